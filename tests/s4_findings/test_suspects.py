"""A household's findings under the cells that they share."""

from pipelines.s8_county.findings import Finding
from pipelines.s8_county.suspects import suspects


def cell(column: str, row: int = 4) -> dict[str, object]:
    return {"file": "人.xlsx", "sheet": "村", "row": row, "column": column, "value": "x"}


def finding(rule: str, household: str | None, *columns: str, severity: str = "error") -> Finding:
    cells = tuple(cell(column) for column in columns)
    return Finding(
        finding_id=f"F{rule}{household}",
        rule_id=rule,
        title=f"题{rule}",
        severity=severity,
        effect="explain",
        status="open",
        household_code=household,
        person_code=None,
        masked_id=None,
        object_code=None,
        message="",
        advice="",
        owner=None,
        cells=cells,
        first_seen_on=None,
        resolved_on=None,
    )


def told(findings: list[Finding]) -> list[tuple[str, str, list[int]]]:
    return [
        (one.household_code, one.cell["column"], [number for number, _ in one.findings])
        for one in suspects(findings)
    ]


def test_findings_stand_under_the_cell_that_most_of_them_share() -> None:
    waiting = [
        finding("P006", "H1", "出生日期", "证件号码"),
        finding("P018", "H1", "出生日期", "劳动技能"),
        finding("P027", "H1", "出生日期", "在校生状况"),
        finding("P020", "H1", "劳动技能", "健康状况"),
        finding("P022", "H1", "健康状况"),
    ]
    assert told(waiting) == [("H1", "出生日期", [1, 2, 3]), ("H1", "健康状况", [4, 5])]


def test_errors_and_numbers_decide_what_comes_first() -> None:
    waiting = [
        finding("A", "H1", "甲", severity="warn"),
        finding("B", "H1", "甲", severity="warn"),
        finding("C", "H2", "乙"),
        finding("D", "H2", "乙", severity="warn"),
        finding("E", "H3", "丙"),
        finding("F", "H3", "丙"),
    ]
    assert [one[0] for one in told(waiting)] == ["H3", "H2", "H1"]


def test_what_shares_nothing_is_left_to_the_list() -> None:
    waiting = [
        finding("A", "H1", "甲"),
        finding("B", "H1", "乙"),
        finding("C", "H2", "甲"),
        finding("D", None, "甲"),
        finding("E", None, "甲"),
        finding("F", "H3"),
        finding("G", "H3"),
    ]
    assert told(waiting) == []


def test_a_cell_is_its_place_and_not_its_header() -> None:
    one, other = finding("A", "H1", "甲"), finding("B", "H1")
    elsewhere = Finding(**{**other.__dict__, "cells": (cell("甲", row=9),)})
    assert told([one, elsewhere]) == []


def test_the_same_place_in_the_prior_workbook_is_another_cell() -> None:
    now = [finding("H034", "H1", "人均纯收入"), finding("I019", "H1", "人均纯收入")]
    change = finding("I023", "H1", "人均纯收入")
    before = {**cell("人均纯收入"), "value": "7075.00"}
    change = Finding(**{**change.__dict__, "cells": (cell("人均纯收入"), before)})
    (one,) = suspects([*now, change])
    assert one.cell["value"] == "x" and one.weight == (3, 3)
