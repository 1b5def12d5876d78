"""Shishou's simulated filing carries the published report's figures (figures.md, Seed 004)."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

import pytest

from pipelines.simulate.defects.plan import shishou_truth
from pipelines.simulate.filing import Filing, is_live
from pipelines.simulate.profiles import shishou

pytestmark = pytest.mark.slow
Rows = list[dict]


@pytest.fixture(scope="module")
def filings() -> list[Filing]:
    return shishou(2020)


@pytest.fixture(scope="module")
def now(filings: list[Filing]) -> Filing:
    return filings[-1]


def money(rows: Rows, column: str) -> Decimal:
    """Sum in 万元."""
    return Decimal(sum(int(row[column]) for row in rows)) / 10000


def roll(filing: Filing) -> dict[str, dict]:
    return {
        row["household_code"]: row
        for row in filing.tables["hh"]
        if row["household_type"] != "一般农户"
    }


def live_people(filing: Filing, homes: set[str]) -> int:
    return sum(is_live(row) and row["household_code"] in homes for row in filing.tables["p"])


def test_roll_and_causes(now: Filing) -> None:
    homes = roll(now)
    assert len(homes) == 14538
    assert live_people(now, set(homes)) == 42740
    causes = Counter(
        homes[row["household_code"]]["main_cause"]
        for row in now.tables["p"]
        if is_live(row) and row["household_code"] in homes
    )
    printed = {
        cause: (Decimal(100) * n / 42740).quantize(Decimal("0.1"), ROUND_HALF_UP)
        for cause, n in causes.items()
    }
    assert printed == {
        "因病": Decimal("58.7"),
        "因残": Decimal("13.5"),
        "因学": Decimal("2.8"),
        "缺劳力": Decimal("6.3"),
        "缺技术": Decimal("8.5"),
        "其他": Decimal("9.9"),
        None: Decimal("0.3"),
    }


def test_still_poor_and_villages(now: Filing) -> None:
    poor = {code for code, row in roll(now).items() if row["exit_status"] == "未脱贫"}
    assert len(poor) == 22
    assert live_people(now, poor) == 62
    assert {roll(now)[code]["first_identified_on"][:4] for code in poor} == {"2019"}
    villages = now.tables["vil"]
    assert sum(row["total_pop"] for row in villages) == 516775
    assert sum(row["poor_hh"] for row in villages) == 22
    assert sum(row["poor_pop"] for row in villages) == 62
    assert len(now.tables["team"]) == 228
    assert sum(row["member_n"] for row in now.tables["team"]) == 430


def test_monitoring(now: Filing) -> None:
    homes = roll(now)
    found = {}
    for row in now.tables["mon"]:
        key = (row["household_code"] in homes, row["risk_eliminated"])
        found.setdefault(key, set()).add(row["household_code"])
    counts = {key: (len(codes), live_people(now, codes)) for key, codes in found.items()}
    assert counts == {
        (True, "是"): (24, 73),
        (True, "否"): (153, 421),
        (False, "是"): (49, 111),
        (False, "否"): (184, 550),
    }


def test_projects_and_money(now: Filing) -> None:
    units = {row["project_code"]: row["using_unit"] for row in now.tables["fa"]}
    projects = now.tables["prj"]
    town = [row for row in projects if units[row["project_code"]] == "乡镇"]
    assert (len(projects), len(town)) == (121, 89)
    assert sum(bool(row.get("started_on")) for row in town) == 79
    assert sum(bool(row.get("completed_on")) for row in town) == 60
    assert all(str(row.get("completed_on") or "") <= "20200616" for row in projects)
    assert money(projects, "budget_yuan") == Decimal("19622.09")
    assert money(now.tables["fa"], "allocated_yuan") == Decimal("17340.46")
    payments = now.tables["fp"]
    assert money(payments, "amount_yuan") == 7851
    of_towns = [row for row in payments if units[row["project_code"]] == "乡镇"]
    assert money(of_towns, "amount_yuan") == 5111


def away(filing: Filing) -> set[str]:
    return {
        row["person_code"]
        for row in filing.tables["emp"]
        if row["is_working"] == "是" and row["work_county"] != filing.county.code
    }


def test_work(filings: list[Filing]) -> None:
    before, now = filings
    assert (len(away(before)), len(away(now))) == (14212, 14752)
    back = {row["person_code"]: row for row in now.tables["emp"] if row["is_returned"] == "是"}
    assert len(back) == 259
    assert sum(row["is_reemployed"] == "是" for row in back.values()) == 41
    assert not set(back) & away(now)


def test_loans(now: Filing) -> None:
    rows = now.tables["loan"]
    homes = {row["household_code"] for row in rows}
    lent = sum(row["amount_yuan"] for row in rows)
    assert (len(homes), lent, lent // len(homes)) == (2415, 146_600_000, 60703)
    running: Counter[str] = Counter()
    for row in rows:
        assert row["is_renewal"] == "否"
        assert row["balance_yuan"] <= row["amount_yuan"]
        if row["balance_yuan"]:
            running[row["household_code"]] += row["amount_yuan"]
    assert max(running.values()) == 50000


def test_helpers_and_issues(now: Filing) -> None:
    links = now.tables["link"]
    assert len({row["helper_id"] for row in links}) == 6668
    assert {row["household_code"] for row in links} == {
        row["household_code"] for row in now.tables["hh"]
    }
    issues = now.tables["iss"]
    assert Counter(row["status"] for row in issues) == {
        "已完成": 20,
        "正在整改": 2,
        "已完成并长期坚持": 19,
    }
    assert len({row["category"] for row in issues}) == 15
    assert all(
        row["closed_on"] and row["evidence"] for row in issues if row["status"] != "正在整改"
    )


def test_the_reports_own_contradictions_are_the_truth(now: Filing) -> None:
    found = Counter((row.rule_id, row.object_code) for row in shishou_truth(now))
    without_cause = found.pop(("H014", ""))
    assert without_cause == sum(row["main_cause"] is None for row in roll(now).values())
    teams = {row["village_code"] for row in now.tables["team"]}
    assert {found.pop(("A007", str(village))) for village in teams} == {1}
    assert found == {
        ("A004", "helper_n"): 1,
        ("R003", "pop"): 1,
        ("R007", "cause_share"): 1,
        ("E014", "out_now"): 1,
        ("C003", "loan_amount"): 1,
        ("R016", "loan_amount"): 1,
        ("F010", "421081"): 1,
    }


def test_the_roll_of_both_filings_balances(filings: list[Filing]) -> None:
    before, now = filings
    was = {row["person_code"] for row in before.tables["p"] if is_live(row)}
    stays = {row["person_code"] for row in now.tables["p"] if is_live(row)}
    assert {row["person_code"] for row in now.tables["chg"]} == was ^ stays
