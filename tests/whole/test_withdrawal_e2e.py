"""A delivery filed by mistake is withdrawn: the nights before, with it, and after.

One home goes through the nights in order; the state of each is kept for the tests to compare.
"""

import os
import shutil
import subprocess
import sys
from typing import Any

import duckdb
import pytest
from support_homes import filings

from pipelines.core.settings import PROJECT_ROOT, Home
from pipelines.s1_archive import blob_path, submissions
from pipelines.s8_county.inbox_notice import NAME

pytestmark = pytest.mark.e2e

PERIOD = "2020-06"


def said_by(home: Home, *arguments: str, code: int = 0) -> str:
    done = filings(home, *arguments, code=code)
    return done.stdout + done.stderr


def ask(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def state(home: Home) -> dict[str, Any]:
    """What the world reads: figures with a value, those held, findings that stand, facts."""
    figures = (
        "select region_code, period, indicator_code, breakdown, numerator, denominator, value, "
        "unit, as_of, status, reason_zh, is_sample from fct_indicator where is_current and "
    )
    findings = (
        "select finding_id, rule_id, county_code, period, severity, message_zh, cells::varchar "
        "from fct_finding where status in ('open', 'reopened') order by all"
    )
    filed = (
        "select * exclude (submission_id) from fct_loan order by all",
        "select * exclude (received_at) from fct_filing order by all",
    )
    return {
        "published": ask(home, f"{figures} status <> 'held' order by all"),
        "held": ask(home, f"{figures} status = 'held' and breakdown = '' order by all"),
        "findings": ask(home, findings),
        "facts": [ask(home, query) for query in filed],
        "vintages": ask(
            home,
            "select region_code, period, indicator_code, breakdown, vintage from fct_indicator "
            "where is_current order by all",
        ),
        "texts": {path: path.read_bytes() for path in home.reports.rglob(NAME)},
    }


class Nights:
    """The home and the states after each night."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.after: dict[str, dict[str, Any]] = {}
        self.county = ""

    def refresh(self, name: str) -> None:
        self.said = said_by(self.home, "refresh")
        self.after[name] = state(self.home)

    @property
    def second(self) -> str:
        return f"{self.county}-{PERIOD}-v2"


@pytest.fixture(scope="module")
def nights(first_night: Home, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    nights = Nights(Home(tmp_path_factory.mktemp("withdrawal") / "home"))
    home = nights.home
    shutil.copytree(first_night.root, home.root)
    nights.after["first"] = state(home)
    ((nights.county,),) = ask(
        home,
        "select min(county_code) from fct_finding where rule_id = 'C008' and effect = 'hold' "
        f"and period = '{PERIOD}'",
    )
    correct = (
        "from pipelines.core.settings import home; from pipelines.simulate import write_correction;"
        f"write_correction(home(), county='{nights.county}', period='{PERIOD}', rule_id='C008')"
    )
    subprocess.run(
        [sys.executable, "-c", correct],
        env={**os.environ, "FILINGS_HOME": str(home.root), "PYTHONPATH": str(PROJECT_ROOT)},
        check=True,
    )
    nights.refresh("second")
    filings(home, "withdraw", nights.second, "--reason", "误报了别的表")
    nights.refresh("withdrawn")
    return nights


def test_the_second_delivery_changed_what_is_published(nights: Nights) -> None:
    first, second = nights.after["first"], nights.after["second"]
    assert first["published"] != second["published"]
    assert first["findings"] != second["findings"]


@pytest.mark.parametrize("what", ["published", "held", "findings", "facts"])
def test_after_the_withdrawal_all_is_as_before_the_delivery(nights: Nights, what: str) -> None:
    assert nights.after["withdrawn"][what] == nights.after["first"][what]


def test_what_was_published_from_it_has_a_new_vintage(nights: Nights) -> None:
    figure = (
        "select vintage, status, is_current from fct_indicator where breakdown = '' and "
        f"region_code = '{nights.county}' and period = '{PERIOD}' and indicator_code = 'i_loan2' "
        "order by vintage"
    )
    assert ask(nights.home, figure) == [
        (1, "held", False),
        (2, "published", False),
        (3, "held", True),
    ]


def test_the_delivery_keeps_its_row_and_says_why(nights: Nights) -> None:
    rows = ask(
        nights.home,
        "select version, status, withdrawn_reason, withdrawn_at > received_at from fct_submission "
        f"where county_code = '{nights.county}' and period = '{PERIOD}' order by version",
    )
    assert [row[1:] for row in rows][1] == ("withdrawn", "误报了别的表", True)
    assert rows[0][1] in ("accepted", "partial") and rows[0][2:] == (None, None)
    ((newest, moment),) = ask(
        nights.home,
        "select newest_received_at, (select max(withdrawn_at) from fct_submission) "
        "from meta_refresh",
    )
    assert newest == moment


def test_what_it_had_settled_is_open_again_since_the_withdrawal(nights: Nights) -> None:
    again = ask(
        nights.home,
        "select distinct rule_id, f.last_seen_on = m.day from fct_finding as f, "
        "(select cast(left(newest_received_at, 10) as date) as day from meta_refresh) as m "
        "where status = 'reopened'",
    )
    assert again == [("C008", True)]


def test_the_county_hears_of_it(nights: Nights) -> None:
    newest = sorted((nights.home.reports / "outbox").glob("*.json"))[-1]
    assert "撤回报送1次" in newest.read_text(encoding="utf-8")


def test_it_cannot_be_withdrawn_again(nights: Nights) -> None:
    said = said_by(nights.home, "withdraw", nights.second, "--reason", "再撤", code=1)
    assert "已于" in said and "Traceback" not in said


def test_its_bytes_again_are_a_new_delivery_and_twice_a_repeat(nights: Nights) -> None:
    home = nights.home
    (gone,) = [each for each in submissions(home) if each.submission_id == nights.second]
    folder = home.inbox / nights.county / PERIOD

    def resend() -> None:
        for file in gone.files:
            (folder / file.name).write_bytes(blob_path(home, file).read_bytes())

    resend()
    nights.refresh("third")
    assert submissions(home)[-1].submission_id == f"{nights.county}-{PERIOD}-v3"
    assert nights.after["third"]["published"] == nights.after["second"]["published"]
    assert nights.after["third"]["texts"] == {}
    resend()
    (home.inbox / "在外.txt").write_text("x")
    nights.refresh("repeat")
    # A name in Chinese may be somebody's: the log, and what is said from it, shows its suffix.
    assert "没有新的报送" in nights.said and "….txt" in nights.said
    ((path, text),) = nights.after["repeat"]["texts"].items()
    assert path == home.reports / nights.county / PERIOD / NAME
    assert f"第3次报送({nights.county}-{PERIOD}-v3)" in text.decode("utf-8-sig")


def test_without_any_delivery_left_the_figures_are_held(nights: Nights) -> None:
    home = nights.home
    other = next(c for c in ("990101", "990102", "990103") if c != nights.county)
    filings(home, "withdraw", f"{other}-{PERIOD}-v1", "--reason", "报错了期次")
    nights.refresh("lone")
    assert ask(
        home,
        "select distinct status, reason_zh, value is null from fct_indicator where is_current and "
        f"region_code = '{other}' and period = '{PERIOD}'",
    ) == [("held", "报送已撤回", True)]
    assert ask(
        home,
        f"select count(*) from fct_household where county_code = '{other}' and period = '{PERIOD}'",
    ) == [(0,)]
    assert ask(
        home,
        "select bool_or(is_received), bool_and(is_expected), bool_or(is_on_time) from fct_filing "
        f"where county_code = '{other}' and period = '{PERIOD}'",
    ) == [(False, True, False)]
    assert ask(
        home,
        "select count(*) from fct_finding where status in ('open', 'reopened') and "
        f"county_code = '{other}' and period = '{PERIOD}'",
    ) == [(0,)]
