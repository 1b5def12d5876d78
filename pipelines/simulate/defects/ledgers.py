"""Defects in funds, projects, villages, issues, and figures that the county's rows contradict."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

from pipelines.simulate.dates import day_text, days
from pipelines.simulate.defects.planter import Planter
from pipelines.simulate.filing import NO, YES, Row, is_live
from pipelines.simulate.reported import CAUSES, figure, percent, persons_by_cause


def _int(value: object) -> int:
    return int(str(value))


def _day(value: object) -> date:
    return date.fromisoformat(str(value))


def _paid(planter: Planter) -> Counter[str]:
    total: Counter[str] = Counter()
    for row in planter.filing.tables["fp"]:
        total[str(row["project_code"])] += _int(row["amount_yuan"])
    return total


def v018(planter: Planter, index: int) -> None:
    """More poor households than households."""
    row = planter.row("vil", lambda one: _int(one["poor_hh"]) >= 2, "village_code")
    planter.change("vil", row, total_hh=_int(row["poor_hh"]) - 1)
    planter.found("village", "贫困户数大于总户数", subject=row["village_code"])
    planter.found("village", "户均人口大于10", subject=row["village_code"], rule="V020")
    for one in planter.filing.tables["prj"]:
        if one["village_code"] == row["village_code"]:
            planter.found(
                "project", "受益户数大于实施村总户数", subject=one["project_code"], rule="J010"
            )


def v019(planter: Planter, index: int) -> None:
    """More insured people than people."""
    row = planter.row("vil", lambda one: True, "village_code")
    planter.change("vil", row, medical_pop=_int(row["total_pop"]) + 40)
    planter.found("village", "参保人数大于总人口", subject=row["village_code"])


def v031(planter: Planter, index: int) -> None:
    """More poor people than the persons' table has in the village, which has not exited."""
    row = planter.row("vil", lambda one: one["is_exited"] == NO, "village_code")
    planter.change("vil", row, poor_pop=_int(row["poor_pop"]) + 2)
    planter.found("village", "村贫困人口与户表汇总不一致", subject=row["village_code"])


def f001(planter: Planter, index: int) -> None:
    """A document that gives out more than came in."""
    rows = planter.filing.tables["fa"]
    docs = sorted({str(row["doc_no"]) for row in rows} - planter.used)
    doc = docs[0]
    planter.used.add(doc)
    for row in rows:
        if row["doc_no"] == doc:
            planter.change("fa", row, received_yuan=_int(row["received_yuan"]) - 30000)
    planter.found("fund", "分配金额大于到位金额", subject=doc)


def f002(planter: Planter, index: int) -> None:
    """A payment above its allocation; another line of the document takes the difference."""
    paid = _paid(planter)

    def sibling(row: Row) -> Row | None:
        """Return another line of the same document and using unit."""
        for one in planter.filing.tables["fa"]:
            same = all(one[name] == row[name] for name in ("doc_no", "using_unit"))
            if one is not row and same and str(one["project_code"]) not in planter.used:
                return one
        return None

    row = planter.row(
        "fa",
        lambda one: paid[str(one["project_code"])] > 20000 and sibling(one) is not None,
        "project_code",
    )
    other = sibling(row)
    assert other is not None
    before = _int(row["allocated_yuan"])
    after = paid[str(row["project_code"])] - 6000
    planter.change("fa", row, allocated_yuan=after)
    planter.change("fa", other, allocated_yuan=_int(other["allocated_yuan"]) + before - after)
    planter.found("fund", "支付金额大于下达金额", subject=row["project_code"])


def f003(planter: Planter, index: int) -> None:
    """A settled amount below what was paid."""
    paid = _paid(planter)
    row = planter.row(
        "prj",
        lambda one: one.get("final_yuan") is not None and paid[str(one["project_code"])] > 20000,
        "project_code",
    )
    planter.change("prj", row, final_yuan=paid[str(row["project_code"])] - 8000)
    planter.found("fund", "累计支付大于决算金额", subject=row["project_code"])


def f015(planter: Planter, index: int) -> None:
    """A payment for a project that is not in the pool."""
    count = Counter(str(row["project_code"]) for row in planter.filing.tables["fp"])
    row = planter.row("prj", lambda one: count[str(one["project_code"])] == 1, "project_code")
    planter.change("prj", row, in_pool=NO)
    planter.found("fund", "资金支付给未入库项目", subject=row["project_code"])
    planter.found("project", "未入库即实施、安排资金", subject=row["project_code"], rule="J004")


def _line(planter: Planter) -> Row:
    """Return a line of a document that no defect used yet."""
    return planter.row("fa", lambda one: True, "doc_no")


def f006(planter: Planter, index: int) -> None:
    """A line given out forty days after the money came."""
    row = _line(planter)
    late = _day(row["received_on"]) + days(40)
    planter.change("fa", row, allocated_on=day_text(late))
    planter.found("fund", "资金下达滞后超过一个月", subject=row["doc_no"])


def f019(planter: Planter, index: int) -> None:
    """Money back without saying of which payment."""
    row = planter.row("fp", lambda one: _int(one["amount_yuan"]) > 20000, "project_code")
    voucher = f"{planter.county}V9{index:04d}"
    back = {**row, "voucher_no": voucher, "amount_yuan": -100, "pay_kind": "退回冲销"}
    planter.add("fp", back)
    planter.found("fund", "负数支付无原凭证", subject=row["project_code"])


def f020(planter: Planter, index: int) -> None:
    """A line that was not announced."""
    row = _line(planter)
    planter.change("fa", row, is_announced=NO)
    planter.found("fund", "资金未公告公示", subject=row["doc_no"])


def j006(planter: Planter, index: int) -> None:
    """A project in the pool without a goal."""
    row = planter.row("prj", lambda one: True, "project_code")
    planter.change("prj", row, performance_goal=None)
    planter.found("project", "未设定绩效目标却入库", subject=row["project_code"])


def j007(planter: Planter, index: int) -> None:
    """More poor people than people who benefit."""
    row = planter.row("prj", lambda one: True, "project_code")
    planter.change("prj", row, benefit_poor_pop=_int(row["benefit_pop"]) + 1)
    planter.found("project", "受益贫困人口大于受益人口", subject=row["project_code"])


def j012(planter: Planter, index: int) -> None:
    """A project planned to end the day before it begins, and long done."""
    row = planter.row("prj", lambda one: one.get("completed_on") is not None, "project_code")
    before = _day(row["planned_start"]) - days(1)
    planter.change("prj", row, planned_end=day_text(before))
    planter.found("project", "计划完工早于计划开工", subject=row["project_code"])


def j014(planter: Planter, index: int) -> None:
    """A project that should have been done yesterday."""
    row = planter.row("prj", lambda one: one.get("completed_on") is None, "project_code")
    planter.change("prj", row, planned_end=day_text(planter.day - days(1)))
    planter.found("project", "超过计划完工日期仍未完工", subject=row["project_code"])


def f010(planter: Planter, index: int) -> None:
    """Projects worth more than the money planned for them."""
    row = planter.row("prj", lambda one: one["status"] == "未开工", "project_code")
    planter.change("prj", row, budget_yuan=_int(row["budget_yuan"]) + 1_500_000)
    planter.found("county", "项目资金总规模大于统筹资金计划", subject=planter.county)


def j001(planter: Planter, index: int) -> None:
    """A project in the pool after its approval."""
    row = planter.row("prj", lambda one: one["status"] != "未开工", "project_code")
    planter.change("prj", row, in_pool_on=row["started_on"])
    planter.found("project", "入库日期晚于批复和合同日期", subject=row["project_code"])


def j002(planter: Planter, index: int) -> None:
    """Progress without a start, or all done and still building."""
    if index % 2:
        row = planter.row("prj", lambda one: one["status"] == "在建", "project_code")
        planter.change("prj", row, progress_pct=100)
    else:
        row = planter.row("prj", lambda one: one["status"] == "未开工", "project_code")
        planter.change("prj", row, progress_pct=35)
    planter.found("project", "项目状态与形象进度矛盾", subject=row["project_code"])


def q002(planter: Planter, index: int) -> None:
    """A problem done without a day or without evidence."""
    row = planter.row("iss", lambda one: one["status"] == "已完成", "issue_id")
    if index % 2:
        planter.change("iss", row, evidence=None)
    else:
        planter.change("iss", row, closed_on=None)
    planter.found("issue", "已完成而无销号日期或佐证", subject=row["issue_id"])


def e015(planter: Planter, index: int) -> None:
    """More people at work than can work; those added are on nobody's roll."""
    counted = ("技能劳动力", "普通劳动力", "弱劳动力或半劳动力")
    able = sum(
        is_live(row) and row["labor_ability"] in counted for row in planter.filing.tables["p"]
    )
    working = {
        row["person_code"] for row in planter.filing.tables["emp"] if row["is_working"] == YES
    }
    model = next(row for row in planter.filing.tables["emp"] if row["is_working"] == YES)
    county = planter.filing.county
    for number in range(able - len(working) + 5):
        code = f"{county.code[:2]}{county.code[4:]}{970000 + number:06d}"
        row = dict(model) | {"household_code": code, "person_code": f"{code}01"}
        planter.add("emp", row)
    planter.found("report", "务工人数大于劳动力人数", subject=planter.county)


def _figure(planter: Planter, indicator: str) -> Row:
    rows = planter.filing.tables["agg"]
    return next(row for row in rows if row["indicator"] == indicator)


def _value(row: Row) -> Decimal:
    return Decimal(str(row["value"]))


def _shift(planter: Planter, indicator: str, by: int) -> None:
    row = _figure(planter, indicator)
    planter.change("agg", row, value=_value(row) + by)


def _about(planter: Planter, grain: str, indicator: str, note: str, rule: str = "") -> None:
    planter.found(grain, note, subject=indicator, rule=rule)


def r001(planter: Planter) -> None:
    """Another number of households than the roll has."""
    _shift(planter, "hh", 3)
    _about(planter, "report", "hh", "上报户数与户表不一致")


def r002(planter: Planter) -> None:
    """Another number of persons, in keeping with its own parts."""
    _shift(planter, "pop", 9)
    _shift(planter, "pop_exited", 9)
    _about(planter, "report", "pop", "上报人数与成员表不一致")


def r003(planter: Planter) -> None:
    """Persons who are neither out of poverty nor still in it."""
    _shift(planter, "pop_exited", -30)
    _about(planter, "report", "pop", "在册人口不等于脱贫加未脱贫")


def r004(planter: Planter) -> None:
    """A rate of poverty that its persons do not give."""
    row = _figure(planter, "incidence")
    planter.change("agg", row, value=_value(row) + Decimal("0.1"))
    _about(planter, "report", "incidence", "贫困发生率与人口不符")
    _about(planter, "report", "incidence", "两期反推的乡村人口相差超过5%", rule="R005")


def r006(planter: Planter) -> None:
    """Shares that leave out eight per cent; without a denominator R007 has nothing to say."""
    for code, value in (("01", "52.0"), ("02", "25.0"), ("03", "15.0")):
        row = figure(planter.filing, f"exit_path_{code}", value, "%", parent="exit_path")
        planter.add("agg", row)
    _about(planter, "report", "exit_path", "构成占比之和偏离100%")


def r007(planter: Planter) -> None:
    """Shares that lie within the rounding of 100 % and still fit no count."""
    parts = [row for row in planter.filing.tables["agg"] if row["parent"] == "cause_share"]
    shares = ("58.7", "13.5", "2.8", "6.3", "8.5", "9.9")
    counts = persons_by_cause(planter.filing)
    for row, share in zip(parts, shares, strict=False):
        planter.change("agg", row, value=share)
        if not _may_be_share(counts, str(row["indicator"])[-2:], Decimal(share)):
            _about(planter, "report", str(row["indicator"]), "占比与成员表重算不一致", rule="R008")
    planter.remove("agg", parts[-1])
    _about(planter, "report", "cause_share", "占比不可由任何整数分布得到")


def _may_be_share(counts: Counter[str], code: str, share: Decimal) -> bool:
    """Whether a share may be that of its cause, whether those without one have it or not."""
    total, hits = counts.total(), counts[dict(CAUSES)[code]]
    half = Decimal("0.05")
    return (
        100 * hits <= (share + half) * total and 100 * (hits + counts[""]) >= (share - half) * total
    )


def r009(planter: Planter) -> None:
    """A rate that is not its numerator by its denominator."""
    row = _figure(planter, "coverage")
    planter.change("agg", row, value="97.50")
    _about(planter, "report", "coverage", "上报比率不等于分子除以分母")


def r010(planter: Planter) -> None:
    """A total that is not the sum of its parts."""
    _shift(planter, "mon_hh_edge", -1)
    _about(planter, "report", "mon_hh", "合计不等于分项之和")


def r012(planter: Planter) -> None:
    """A part greater than the whole; with one part missing the sum says nothing (R010)."""
    projects = _figure(planter, "projects")
    town = _figure(planter, "projects_town")
    planter.change("agg", town, value=_value(projects) + 4)
    planter.remove("agg", _figure(planter, "projects_city"))
    _about(planter, "report", "projects", "子集大于全集")


def f008(planter: Planter) -> None:
    """A rate of disbursement that the ledgers do not give."""
    row = _figure(planter, "disb_rate")
    planter.change("agg", row, value=_value(row) + 4)
    _about(planter, "report", "disb_rate", "上报拨付率与台账不一致")


def f009(planter: Planter) -> None:
    """Money paid that the townships and the county do not make up."""
    _shift(planter, "paid_town", 3)
    _about(planter, "report", "paid", "拨付总额不等于乡镇加县直")
    _about(planter, "report", "paid", "拨付总额不等于分项之和", rule="R010")


def j003(planter: Planter) -> None:
    """More projects completed than started."""
    started = _figure(planter, "started")
    planter.change("agg", _figure(planter, "completed"), value=_value(started) + 2)
    _about(planter, "report", "completed", "完工数大于开工数")


def j018(planter: Planter) -> None:
    """A rate of projects started that fits its own fraction and not the projects."""
    row = _figure(planter, "start_rate")
    num, den = _int(row["num"]) - 3, _int(row["den"])
    planter.change("agg", row, num=num, value=percent(num, den, "0.01"))
    _about(planter, "report", "start_rate", "上报开工率与项目台账不一致")


def e013(planter: Planter) -> None:
    """People who came back and neither work again nor do not."""
    _shift(planter, "returned", 2)
    _about(planter, "report", "returned", "返乡人数不等于再就业加未就业")
    _about(planter, "report", "returned", "合计不等于分项之和", rule="R010")


def e014(planter: Planter) -> None:
    """More people away than want to be."""
    row = _figure(planter, "out_demand")
    planter.change("agg", row, value=_value(_figure(planter, "out_now")) - 15)
    _about(planter, "county", "out_now", "外出务工人数大于总需求")


def c003(planter: Planter) -> None:
    """More lent per household than the cap allows."""
    row = _figure(planter, "loan_amount")
    households = _value(_figure(planter, "loan_hh"))
    planter.change("agg", row, value=f"{households * Decimal('6.2'):f}")
    _about(planter, "report", "loan_amount", "户均发放额超过5万元")
    _about(planter, "report", "loan_amount", "户均贷款超出常见范围", rule="R016")


def m052(planter: Planter) -> None:
    """More monitored households reported than filed, in keeping with the parts."""
    _shift(planter, "mon_hh", 3)
    _shift(planter, "mon_hh_unstable", 3)
    _about(planter, "report", "mon_hh", "上报监测户数与台账不一致")


def q001(planter: Planter) -> None:
    """More problems reported than filed, in keeping with the parts."""
    _shift(planter, "issues", 1)
    _shift(planter, "issues_done", 1)
    _about(planter, "report", "issues", "上报问题数与台账不一致")


def t011(planter: Planter) -> None:
    """The roll does not balance: more departures than arrivals go unrecorded (T001, T002)."""
    planter.found("county", "期初与增减不等于期末", subject=planter.county)
