"""The catalogue itself: complete, understood, and every rule right about its own examples."""

from __future__ import annotations

import pytest
import yaml

from pipelines.core.settings import EXPECTATIONS
from pipelines.s4_findings.catalogue import load_catalogue
from pipelines.s4_findings.examples import run_examples
from pipelines.s4_findings.lint import lint

MAIN_JOB = """
P001 P002 P003 P004 P005 P006 P007 P014 P015 P018 P019 P020 P023 P026 P027 P028 P029 P030 P031
P035 P036 P039 P040 P044 P060 P060W P064 P068
H001 H002 H003 H004 H005 H006 H008 H014 H015 H016 H017 H018 H019 H020 H026 H036 H038 H039 H040 H041
I001 I002 I003 I004 I005 I007 I028 L008 L014 L016 V018 V019 V031
F001 F002 F003 F008 F009 F010 F015 J001 J002 J003 J018 E001 E013 E014 E015 C001 C003 C008
M050 M052 A001 Q001 Q002 R001 R002 R003 R004 R006 R007 R009 R010 R012
T001 T002 T003 T011 Y001 Y008 S001 S002 S003 S004
"""

MONEY_AND_COMPARISONS = """
F004 F005 F006 F007 F011 F012 F013 F014 F016 F017 F018 F019 F020 F021 F022 F023 F025 F026
J004 J005 J006 J007 J008 J009 J010 J011 J012 J013 J014 J015 J016 J017 J019 J020 J021
T004 T005 T006 T007 T008 T009 T010 T012 T013 T014 T015 T017 T018 T019 T020
Y002 Y003 Y004 Y005 Y006 Y007 Y009 Y010
"""

# Decision 15: nothing else holds a figure unless the steward says so.
HOLDS = {
    "H001": ("i_inc1", "i_inc10"),
    "H003": ("i_inc1", "i_inc10"),
    "H040": ("i_inc1", "i_inc10"),
    "F002": ("i_fund1",),
    "F003": ("i_fund1",),
    "J001": ("i_prj1", "i_prj2", "i_prj3"),
    "J002": ("i_prj1", "i_prj2", "i_prj3"),
    "C008": ("i_loan2",),
    "M050": ("i_mon1",),
}
REPORT_RECORDS = ("reported", "reported_group", "reported_rate")


def test_the_catalogue_is_clean() -> None:
    """Names, thresholds and indicators exist, SQL binds, each rule has its kinds of example."""
    assert lint() == []


def test_every_rule_of_the_main_job_stands() -> None:
    """Issue 2, section 6, with the warning twin of P060 and the structural findings; F, J, T, Y."""
    ids = MAIN_JOB.split() + MONEY_AND_COMPARISONS.split()
    assert sorted(ids) == sorted(load_catalogue().by_id)


def test_what_cannot_be_done_says_why() -> None:
    """At most 25 ids, none of them in the catalogue, each with a reason and what it would take."""
    entries = yaml.safe_load((EXPECTATIONS / "not_implemented.yml").read_text(encoding="utf-8"))
    ids = [entry["id"] for entry in entries]
    assert ids == sorted(set(ids))
    assert len(ids) <= 25
    assert not set(ids) & set(load_catalogue().by_id)
    for entry in entries:
        assert set(entry) == {"id", "title", "reason", "needed"} and all(entry.values()), entry


def test_what_holds_figures() -> None:
    """Rules on reported totals alone, F010 and H014 never hold."""
    rules = [compiled.rule for compiled in load_catalogue().rules]
    assert {rule.rule_id: rule.holds for rule in rules if rule.holds} == HOLDS
    assert not [rule.rule_id for rule in rules if rule.holds and rule.record in REPORT_RECORDS]


def test_severity_gives_the_effect_where_nothing_else_is_said() -> None:
    """Errors explain (or hold), warnings note."""
    for compiled in load_catalogue().rules:
        rule = compiled.rule
        allowed = ("explain", "hold") if rule.severity == "error" else ("note",)
        assert rule.effect in allowed, rule.rule_id


@pytest.mark.slow
def test_rules_are_right_about_their_examples() -> None:
    """Every example comes out as its rule says, and says so in a sentence where it fires."""
    count, failures = run_examples(load_catalogue())
    assert count > 500
    assert [str(failure) for failure in failures] == []
