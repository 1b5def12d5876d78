"""Defects that are a cell or two of a ledger's row: whose row, what is wrong, and the note."""

from __future__ import annotations

from collections.abc import Callable

from pipelines.simulate.dates import day_text, days
from pipelines.simulate.defects.planter import Planter
from pipelines.simulate.filing import NO, YES, Row

Defect = Callable[[Planter, int], None]
Cells = Callable[[Planter, Row], Row]


def _away(planter: Planter, row: Row) -> bool:
    return row["is_working"] == YES and row["work_county"] != planter.county


def _at_home(planter: Planter, row: Row) -> bool:
    return row["is_working"] == YES and row["work_county"] == planter.county


def _running(planter: Planter, row: Row) -> bool:
    balance, amount = int(str(row["balance_yuan"])), int(str(row["amount_yuan"]))
    return row["status"] == "正常" and 0 < balance <= amount <= 50000


def _watched(planter: Planter, row: Row) -> bool:
    return row["risk_eliminated"] == NO


def _developed(planter: Planter, row: Row) -> bool:
    return _watched(planter, row) and row["dev_measure_status"] == YES


_SPELLS: dict[str, tuple[Callable[[Planter, Row], bool], Row, str]] = {
    "E005": (_away, {"work_county": "广东省"}, "务工地点只填到省"),
    "E006": (_away, {"channel": "帮扶车间"}, "县外务工填帮扶车间"),
    "E007": (_away, {"company": None}, "务工企业名称为空"),
    "E009": (_at_home, {"plan_work": YES, "plan_county": "宝安区"}, "计划务工无服务需求"),
    "E010": (_at_home, {"plan_work": YES, "service_need": "岗位信息"}, "计划务工无所在县"),
    "E011": (_at_home, {"transport_subsidy": 300}, "县内务工有交通补助"),
}

_LOANS: dict[str, tuple[Cells, str]] = {
    "C002": (lambda planter, row: {"due_on": _years_after(row, 4)}, "贷款期限4年"),
    "C009": (lambda planter, row: {"overdue_days": 15}, "逾期天数大于0而状态正常"),
    "C010": (
        lambda planter, row: {"due_on": _days_ago(planter, 10), "subsidy_yuan": 0},
        "到期未结清却不计逾期",
    ),
    "C011": (lambda planter, row: {"status": "结清"}, "结清贷款仍有余额"),
    "C012": (lambda planter, row: {"actual_user": "样例农业开发有限公司"}, "户贷企用"),
    "C014": (lambda planter, row: {"subsidy_yuan": row["amount_yuan"]}, "贴息超过应付利息"),
}

_POSTS: dict[str, tuple[Cells, str]] = {
    "W004": (lambda planter, row: {"contract_end": _days_ago(planter, 40)}, "协议过期仍发放"),
    "W012": (lambda planter, row: {"attendance_days": 0}, "考勤为0仍发放"),
}

_MONITORED: dict[str, tuple[Callable[[Planter, Row], bool], Row, str]] = {
    "M001": (_watched, {"risks": None}, "致贫返贫风险为空"),
    "M013": (_watched, {"risks": "其他"}, "其他风险无备注"),
    "M040": (_developed, {"dev_measure_status": "尚未实施"}, "已登记开发式措施而填尚未实施"),
    "M049": (_watched, {"publicity_days": 3}, "公示少于5天"),
}


def _years_after(row: Row, years: int) -> str:
    text = str(row["loan_on"])
    return f"{int(text[:4]) + years}{text[4:6]}28"


def _days_ago(planter: Planter, count: int) -> str | None:
    return day_text(planter.day - days(count))


def _spell(rule: str) -> Defect:
    want, cells, note = _SPELLS[rule]

    def plant(planter: Planter, index: int) -> None:
        row = planter.row("emp", lambda one: want(planter, one), "household_code")
        planter.change("emp", row, **cells)
        planter.found_person(row, note)

    return plant


def _loan(rule: str) -> Defect:
    cells, note = _LOANS[rule]

    def plant(planter: Planter, index: int) -> None:
        row = planter.row("loan", lambda one: _running(planter, one), "loan_no")
        planter.change("loan", row, **cells(planter, row))
        planter.found("household", note, household=row["household_code"], subject=row["loan_no"])

    return plant


def _post(rule: str) -> Defect:
    cells, note = _POSTS[rule]

    def plant(planter: Planter, index: int) -> None:
        row = planter.row("post", lambda one: True, "post_id")
        planter.change("post", row, **cells(planter, row))
        planter.found(
            "person",
            note,
            household=row["household_code"],
            person=row["person_code"],
            subject=row["post_id"],
        )

    return plant


def _monitored(rule: str) -> Defect:
    want, cells, note = _MONITORED[rule]

    def plant(planter: Planter, index: int) -> None:
        row = planter.row("mon", lambda one: want(planter, one), "household_code")
        planter.change("mon", row, **cells)
        planter.found("household", note, household=row["household_code"])

    return plant


LEDGER_CELL_RULES: dict[str, Defect] = {
    **{rule: _spell(rule) for rule in _SPELLS},
    **{rule: _loan(rule) for rule in _LOANS},
    **{rule: _post(rule) for rule in _POSTS},
    **{rule: _monitored(rule) for rule in _MONITORED},
}
"""One defect per rule, each on a row of its own."""
