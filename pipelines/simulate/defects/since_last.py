"""What planted defects contradict besides: the county's own last filing (rules of section T)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pipelines.simulate.defects.planter import Planter
from pipelines.simulate.filing import Filing, Row, is_live

_STAGES = {
    "学龄前儿童": (0, 1), "学前教育": (1, 1), "小学": (2, 2), "七年级": (3, 3), "八年级": (3, 3),
    "九年级": (3, 3), "初中": (3, 3),
    "普通高中一年级": (4, 4), "普通高中二年级": (5, 5), "普通高中三年级": (6, 6),
    "中职一年级": (4, 4), "中职二年级": (5, 5), "中职三年级": (6, 6),
    "高职高专一年级": (7, 7), "高职高专二年级": (8, 8), "高职高专三年级": (9, 9),
    "技师": (4, 9), "本科": (7, 10), "硕士生及以上": (11, 14),
}  # fmt: skip
"""The years of schooling, counted through, that a student status may stand for."""


def against_last_time(planter: Planter, prior: Filing) -> None:
    """Record whom defects of other rules also made differ from the prior filing in a way that
    T006, T010 or T018 does not allow.
    """
    before = _first(prior.tables["p"], "person_code")
    years = max(1, planter.filing.as_of.year - prior.as_of.year)
    eventful = {
        str(row["household_code"])
        for row in planter.filing.tables["chg"]
        if str(row["change_date"]) > f"{prior.as_of:%Y%m%d}"
    }
    members: dict[str, list[Row]] = defaultdict(list)
    for code, row in _first(planter.filing.tables["p"], "person_code").items():
        members[str(row["household_code"])].append(row)
        then = before.get(code)
        if then is None:
            continue
        if any(row.get(name) != then.get(name) for name in ("health", "student_status")):
            eventful.add(str(row["household_code"]))
        if _leaps(row, then, years):
            planter.found_person(row, "在校年级与上期相比跳跃或倒退", rule="T006")
    earlier = {str(row["household_code"]): row for row in prior.tables["hh"]}
    seen: set[str] = set()
    for row in planter.filing.tables["hh"]:
        code = str(row["household_code"])
        if code in seen or code not in earlier or row["household_type"] == "一般农户":
            continue
        seen.add(code)
        if _rewritten(row, earlier[code]):
            planter.found("household", "脱贫年度与上期不同", household=code, rule="T010")
        if code not in eventful and _other_cause(row, earlier[code]):
            planter.found("household", "无新事件而致贫原因变更", household=code, rule="T018")


def _first(rows: Iterable[Row], key: str) -> dict[str, Row]:
    """Return the live rows, the first of each key."""
    found: dict[str, Row] = {}
    for row in rows:
        if is_live(row):
            found.setdefault(str(row[key]), row)
    return found


def _leaps(row: Row, then: Row, years: int) -> bool:
    now = _STAGES.get(str(row["student_status"]))
    last = _STAGES.get(str(then["student_status"]))
    if now is None or last is None:
        return False
    return now[0] - last[1] > years or now[1] - last[0] < -1


def _rewritten(row: Row, then: Row) -> bool:
    if str(row["first_identified_on"]) != str(then["first_identified_on"]):
        return True
    changed = then.get("exit_year") and str(row.get("exit_year")) != str(then["exit_year"])
    returned = "返贫" in (row["exit_status"], then["exit_status"])
    return bool(changed) and not (returned or row.get("return_year") or then.get("return_year"))


def _other_cause(row: Row, then: Row) -> bool:
    now, last = row["main_cause"], then["main_cause"]
    single = bool(now and last) and "," not in str(now)
    return single and now not in (last, "因灾")
