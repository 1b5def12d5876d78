"""The catalogue itself: complete, understood, and every rule right about its own examples."""

from __future__ import annotations

import pytest
import yaml

from pipelines.core.settings import EXPECTATIONS, PROJECT_ROOT
from pipelines.s4_findings.authoring.coverage import coverage
from pipelines.s4_findings.authoring.examples import run_examples
from pipelines.s4_findings.authoring.lint import lint
from pipelines.s4_findings.catalogue import load_catalogue

# domain/rules.md: how many rules each section has, numbered from 001.
SECTIONS = {
    "P": 70, "H": 50, "I": 29, "L": 27, "V": 32, "F": 26, "J": 21, "E": 19, "W": 12, "C": 16,
    "M": 53, "A": 13, "Q": 8, "X": 24, "R": 25, "T": 20, "Y": 10,
}  # fmt: skip
# What reading a delivery notices, and a figure filed twice: rules of the house.
STRUCTURE = {"S001", "S002", "S003", "S004"}

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
REPORT_RECORDS = (
    "reported", "reported_group", "reported_incidence", "reported_rate", "reported_row",
    "reported_share",
)  # fmt: skip


def test_the_catalogue_is_clean() -> None:
    """Names, thresholds and indicators exist, SQL binds, each rule has its kinds of example."""
    assert lint() == []


def catalogue_ids() -> set[str]:
    return {f"{letter}{n:03d}" for letter, count in SECTIONS.items() for n in range(1, count + 1)}


def test_every_rule_of_the_catalogue_has_a_place() -> None:
    """Each of the 455 is implemented, or listed with the reason and what would be needed."""
    assert len(catalogue_ids()) == 455
    left_out = yaml.safe_load((EXPECTATIONS / "not_implemented.yml").read_text(encoding="utf-8"))
    missing = {entry["id"] for entry in left_out}
    assert len(missing) == len(left_out) <= 25
    assert all(entry["title"] and entry["reason"] and entry["needed"] for entry in left_out)
    there = set(load_catalogue().by_id)
    assert not there & missing
    # A rule of two severities is two rules; the second one's id ends in W (decision 15).
    twins = {rule_id for rule_id in there if rule_id.endswith("W")}
    assert {rule_id.removesuffix("W") for rule_id in twins} <= there
    # A steward's own rules come on top.
    assert there - twins | missing >= catalogue_ids() | STRUCTURE


def test_the_coverage_table_is_that_of_the_catalogue() -> None:
    """All but the findings on the sample, which a refresh gives; a steward's own rules may wait."""
    now, written = (
        {row[0]: row[:6] + row[7:] for row in table_rows(text)}
        for text in (
            coverage(load_catalogue(), {}),
            (PROJECT_ROOT / "docs" / "rules.md").read_text(encoding="utf-8"),
        )
    )
    own = {f"| {rule_id}" for rule_id in load_catalogue().by_id}
    own -= {f"| {rule_id}{twin}" for rule_id in catalogue_ids() | STRUCTURE for twin in ("", "W")}
    for rule_id in own - written.keys():
        del now[rule_id]
    assert written == now, "filings rules coverage --out docs/rules.md, after a refresh"


def table_rows(text: str) -> list[list[str]]:
    return [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]


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
