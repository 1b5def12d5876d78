"""Which defects are planted where, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from pipelines.simulate.defects import help as aid
from pipelines.simulate.defects import households as hh
from pipelines.simulate.defects import incomes as inc
from pipelines.simulate.defects import ledgers as led
from pipelines.simulate.defects import persons as per
from pipelines.simulate.defects.cells import CELL_RULES
from pipelines.simulate.defects.cells_of_ledgers import LEDGER_CELL_RULES
from pipelines.simulate.defects.planter import Planter, Truth
from pipelines.simulate.defects.registers import REGISTER_RULES
from pipelines.simulate.filing import Filing
from pipelines.simulate.reported import own_report

# First those that need a newcomer or a rare household, so that the others leave them alone.
ENTITY_RULES: dict[str, Callable[[Planter, int], None]] = {
    "P001": per.p001, "P002": per.p002, "P003": per.p003, "P004": per.p004, "P005": per.p005,
    "P006": per.p006, "P007": per.p007, "H008": hh.h008, "T002": per.t002,
    "C001": hh.c001, "C008": hh.c008, "E001": hh.e001, "M050": hh.m050,
    "P039": per.p039, "L014": hh.l014, "T001": per.t001,
    "P064": per.p064, "P015": per.p015, "P060": per.p060, "P060W": per.p060w,
    "P026": per.p026, "P029": per.p029, "P030": per.p030, "P027": per.p027, "P028": per.p028,
    "P031": per.p031, "P014": per.p014, "P018": per.p018, "P044": per.p044, "H005": hh.h005,
    "P023": per.p023, "H020": hh.h020, "H017": hh.h017, "H018": hh.h018, "H019": hh.h019,
    "P019": per.p019, "P020": per.p020, "P035": per.p035, "P036": per.p036, "P040": per.p040,
    "P068": per.p068, "T003": per.t003, "H001": hh.h001, "H002": per.h002, "H003": hh.h003,
    "H004": hh.h004, "H006": hh.h006, "H014": hh.h014, "H015": hh.h015, "H016": hh.h016,
    "H026": hh.h026, "H036": inc.h036, "H038": hh.h038, "H039": hh.h039, "H040": hh.h040,
    "H041": hh.h041, "I001": inc.i001, "I002": inc.i002, "I003": inc.i003, "I004": inc.i004,
    "I005": inc.i005, "I007": inc.i007, "I028": inc.i028, "L008": hh.l008, "L016": hh.l016,
    "A001": hh.a001, "Y008": hh.y008, "V018": led.v018, "V019": led.v019, "V031": led.v031,
    "F001": led.f001, "F002": led.f002, "F003": led.f003, "F015": led.f015, "J001": led.j001,
    "J002": led.j002, "Q002": led.q002, "F019": led.f019, "F006": led.f006, "F020": led.f020,
    "J006": led.j006, "J007": led.j007, "J012": led.j012, "J014": led.j014, "T005": per.t005,
    "H007": hh.h007, "H011": hh.h011, "H012": hh.h012, "H046": hh.h046, "I011": inc.i011,
    "A002": aid.a002, "A006": aid.a006, "A007": aid.a007, "A009": aid.a009, "A010": aid.a010,
    "A012": aid.a012, "Q003": aid.q003, "Q004": aid.q004, "Q005": aid.q005, "Q006": aid.q006,
    "Q007": aid.q007,
    **CELL_RULES,
    **LEDGER_CELL_RULES,
}  # fmt: skip

# One finding per county at most: the first set stands in the second county of defects, the second
# in the third, both in the first; so figures that agree stand beside figures that do not.
_FIRST: dict[str, Callable[[Planter], None]] = {
    "R002": led.r002, "R003": led.r003, "R006": led.r006, "F009": led.f009, "J003": led.j003,
    "C003": led.c003, "E013": led.e013, "Q001": led.q001, "M052": led.m052, "T011": led.t011,
}  # fmt: skip
_SECOND: dict[str, Callable[[Planter], None]] = {
    "R001": led.r001, "R004": led.r004, "R007": led.r007, "R009": led.r009, "R010": led.r010,
    "R012": led.r012, "F008": led.f008, "J018": led.j018, "E014": led.e014,
}  # fmt: skip
COUNTY_RULES = {**_FIRST, **_SECOND}
_BEFORE_REPORT = ("E015", "F010")
RULES = (*ENTITY_RULES, *COUNTY_RULES, *_BEFORE_REPORT, "Y001", *REGISTER_RULES)
"""All rules that a sample plants."""


def arrivals(times: int, pairs: int) -> int:
    """Return how many people must move in so that every defect of a newcomer finds one."""
    return 10 * times + pairs


def plant(filing: Filing, *, seed: int, place: int, times: int, pairs: Sequence[int]) -> Planter:
    """Plant every rule's defect ``times`` times into a county's last filing and file its totals.

    ``place`` is the county's place among those with defects (from 0), ``pairs`` the people whom it
    shares with its neighbours (Y001). Raises FilingsError where the county is too small.
    """
    planter = Planter(filing, Random(f"{seed}/{filing.county.code}/defects"))
    for pair in pairs:
        with planter.planting("Y001"):
            per.y001(planter, pair)
    for rule, function in ENTITY_RULES.items():
        # One departure more than arrivals goes unrecorded, or the roll would balance (T011).
        for index in range(times + (rule == "T001")):
            with planter.planting(rule):
                function(planter, index)
    for rule, function in (("E015", led.e015), ("F010", led.f010)):
        if place != 1:
            with planter.planting(rule):
                function(planter, 0)
    own_report(filing)
    sets = (COUNTY_RULES, _FIRST, _SECOND | {"T011": led.t011})
    for rule, county_function in sets[min(place, 2)].items():
        with planter.planting(rule):
            county_function(planter)
    return planter


_SHISHOU_REPORT = (
    ("R003", "report", "pop", "43010+62≠42740"),
    ("R007", "report", "cause_share", "六项占比合计99.7%,任何整数分布都得不到"),
    ("E014", "county", "out_now", "14752人已外出,总需求约1.4万"),
    ("C003", "report", "loan_amount", "户均60704元,超过5万元"),
    ("F010", "county", "421081", "项目资金19622.09万元,统筹资金17340.46万元"),
    ("R016", "report", "loan_amount", "户均60704元,超出常见范围"),
    ("A004", "report", "helper_n", "“一对一”结对,6668人帮14538户"),
)


def shishou_truth(filing: Filing) -> list[Truth]:
    """Return what Shishou's filing must raise: its report's contradictions, where it has a report.

    In every filing the households without a cause (the 0.3 % that the printed shares leave over)
    break H014, and its teams, fewer than two people each on average, A007.
    """

    def planted(rule: str, grain: str, household: str, subject: str, note: str) -> Truth:
        place = (filing.county.code, filing.period)
        return Truth(*place, rule, grain, household, "", subject, "planted", note)

    truth = [
        planted("H014", "household", str(row["household_code"]), "", "无主要致贫原因")
        for row in filing.tables["hh"]
        if row["household_type"] != "一般农户" and row["main_cause"] is None
    ]
    # 430 members in 228 teams: nowhere are there three.
    truth += [
        planted("A007", "village", "", str(row["village_code"]), "驻村工作队少于3人")
        for row in filing.tables["team"]
    ]
    if filing.tables["agg"]:
        truth += [planted(rule, grain, "", *rest) for rule, grain, *rest in _SHISHOU_REPORT]
    return truth
