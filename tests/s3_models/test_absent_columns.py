"""Counties that lack columns: nobody is accused for it, and no figure is made without them.

Each county of one home files everything but some columns of every table; together they lack every
column that is no key. What each would be told with all its columns is known from another home.
"""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from filing_samples import workbook
from support_homes import filings, with_parse

from pipelines.core.dictionary import dictionary
from pipelines.core.settings import Home
from pipelines.simulate.profiles import invented
from pipelines.simulate.registers import registers
from pipelines.simulate.reported import own_report

pytestmark = pytest.mark.slow

PERIODS = ("2019-12", "2020-06")
HOUSEHOLDS = 150
COUNTIES = 8
TABLES = dictionary().tables


def lacks(number: int) -> set[str]:
    """Return the columns (alias.column) that a county lacks, every eighth of each table.

    Not those without which every row is read as the ordinary case: there the rules go on.
    """
    return {
        f"{alias}.{column.name}"
        for alias, table in TABLES.items()
        for at, column in enumerate(c for c in table.columns if c.name not in table.key)
        if at % COUNTIES == number - 1 and not column.absent_means
    }


def file_county(home: Home, number: int, gone: set[str]) -> None:
    """File both periods of a county, the later one without some columns."""
    filed = invented(number, HOUSEHOLDS, PERIODS, 11, arrivals=2)
    for filing in filed:
        own_report(filing)
        registers(filing, 40)
        left_out = gone if filing is filed[-1] else set()
        sheets: dict[str, list[list[object]]] = {}
        for alias, rows in filing.tables.items():
            columns = [c for c in TABLES[alias].columns if f"{alias}.{c.name}" not in left_out]
            body = [[row.get(column.name) for column in columns] for row in rows]
            sheets[alias] = [[column.header for column in columns], *body]
        workbook(home.inbox / filing.county.code / filing.period / "报送.xlsx", sheets)


def night(root: Path, parsed_project: Path, *, lacking: bool) -> Home:
    home = with_parse(Home(root), parsed_project)
    for number in range(1, COUNTIES + 1):
        file_county(home, number, lacks(number) if lacking else set())
    filings(home, "refresh")
    return home


def ask(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Home:
    return night(tmp_path_factory.mktemp("whole") / "home", parsed_project, lacking=False)


@pytest.fixture(scope="module")
def lacking(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Home:
    return night(tmp_path_factory.mktemp("lacking") / "home", parsed_project, lacking=True)


FINDINGS = (
    "select rule_id, county_code, period, household_code, person_code, object_code from fct_finding"
)
FIGURES = (
    "select region_code, period, indicator_code, breakdown, value from fct_indicator"
    " where is_current and status = 'published' and right(region_code, 2) <> '00'"
    # Counts what the rules found, and they can find less.
    " and indicator_code <> 'i_dq1'"
)


def test_nobody_is_accused_because_a_column_was_not_filed(whole: Home, lacking: Home) -> None:
    told = set(ask(lacking, f"{FINDINGS} where rule_id <> 'S002'")) - set(ask(whole, FINDINGS))
    assert told == set()


def test_the_county_is_told_of_each_column_once(lacking: Home) -> None:
    told = ask(
        lacking,
        "select county_code, count(*) from fct_finding where rule_id = 'S002'"
        " and message_zh like '缺少%' group by all order by all",
    )
    filed = ask(
        lacking,
        """select distinct county_code, "table" from fct_submission_file
        where period = '2020-06' and "table" is not null""",
    )
    assert told == [
        (county, sum((county, column.split(".")[0]) in filed for column in lacks(number)))
        for number, county in enumerate(sorted({county for county, _ in filed}), start=1)
    ]


def test_what_is_published_is_what_the_whole_filing_gives(whole: Home, lacking: Home) -> None:
    figures = ask(lacking, FIGURES)
    assert set(figures) - set(ask(whole, FIGURES)) == set()
    assert len(figures) > 0.5 * len(ask(whole, FIGURES))


def test_rules_that_cannot_be_asked_say_for_want_of_which_column(lacking: Home) -> None:
    ((reason,),) = ask(
        lacking,
        "select reason_zh from fct_rule_outcome where rule_id = 'C004' and period = '2020-06'"
        " and county_code = '990101'",
    )
    assert reason == "缺列:扶贫小额信贷台账“户编号”"


def test_a_figure_that_waits_says_for_want_of_which_column(lacking: Home) -> None:
    reasons = ask(
        lacking,
        "select reason_zh from fct_indicator where indicator_code = 'i_loan1'"
        " and region_code = '990101' and period = '2020-06' and status = 'held'",
    )
    assert reasons == [("缺列:扶贫小额信贷台账“户编号”",)]
