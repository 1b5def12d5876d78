"""Whole nights on small sample counties: what was planted is found, corrected, published.

The first night is made once; a test that goes on from it takes a copy of that home.
"""

import csv
import hashlib
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support_homes import filings

from pipelines.core.settings import PROJECT_ROOT, Home

pytestmark = pytest.mark.e2e


def ask(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def truth(home: Home) -> list[dict[str, str]]:
    """What the simulator planted: one row per finding that has to be."""
    (path,) = home.truth.glob("truth-*.csv")
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def findings(home: Home) -> dict[str, tuple[Any, ...]]:
    """Findings by id: rule, county, period, household, person, object, status."""
    rows = ask(
        home,
        "select finding_id, rule_id, county_code, period, household_code, person_code, "
        "object_code, status from fct_finding",
    )
    return {row[0]: row[1:] for row in rows}


@pytest.fixture
def home(first_night: Home, tmp_path: Path) -> Home:
    """A copy of that home to go on from."""
    home = Home(tmp_path / "home")
    shutil.copytree(first_night.root, home.root)
    return home


def test_the_night_tells_what_it_did_and_that_it_is_the_sample(first_night: Home) -> None:
    said = (first_night.root.parent / "said.txt").read_text(encoding="utf-8")
    assert "合计" in said and "样例数据" in said


def test_every_planted_defect_is_found_at_its_entity(first_night: Home) -> None:
    found = {row[:3] + row[3:6] for row in findings(first_night).values()}

    def is_found(row: dict[str, str]) -> bool:
        return any(
            each[:3] == (row["rule_id"], row["county_code"], row["period"])
            and (not row["household_code"] or each[3] == row["household_code"])
            and (not row["person_code"] or each[4] == row["person_code"])
            and (not row["object_code"] or each[5] == row["object_code"])
            for each in found
        )

    missed = [row for row in truth(first_night) if not is_found(row)]
    assert missed == []


def test_every_table_of_what_counties_filed_says_that_it_is_the_sample(first_night: Home) -> None:
    """Whatever names a county or a delivery; regions and the catalogue's own tables do not."""
    columns = ask(
        first_night,
        "select table_name, list(column_name), list(column_name) filter (comment like '%|%') "
        "from duckdb_columns() where schema_name = 'main' group by table_name",
    )
    filed = {
        table: commented
        for table, names, commented in columns
        if {"county_code", "submission_id"} & set(names)
    }
    assert {"dim_household", "dim_person", "dim_village", "dim_project", "dim_fund"} <= set(filed)
    assert [table for table, commented in filed.items() if "is_sample" not in commented] == []
    for table in filed:
        assert ask(first_night, f"select count(*) from {table} where not is_sample") == [(0,)], (
            table
        )


def test_every_finding_points_to_what_was_filed(first_night: Home) -> None:
    """To cells, or to whole columns where a table was counted."""
    rows = ask(first_night, "select rule_id, cells from fct_finding")
    assert {rule for rule, cells in rows if not cells} == set()
    whole = {rule for rule, cells in rows if all(cell["row"] is None for cell in cells)}
    assert whole == {"E015", "F010", "T011"}
    ((cells,),) = ask(
        first_night,
        "select cells from fct_finding where rule_id = 'T011' and county_code = '990101'",
    )
    assert [(cell["column"], cell["value"]) for cell in cells] == [
        ("脱贫标志", None), ("人员状态", None), ("变更类型", None),
    ]  # fmt: skip


def test_the_clean_county_has_no_finding(first_night: Home) -> None:
    counties = {path.name for path in first_night.reports.iterdir() if path.name.isdigit()}
    dirty = {row["county_code"] for row in truth(first_night)}
    (clean,) = counties - dirty
    assert [row for row in findings(first_night).values() if row[1] == clean] == []


def test_nothing_is_found_that_was_not_planted(first_night: Home) -> None:
    planted = {(row["rule_id"], row["county_code"], row["period"]) for row in truth(first_night)}
    extra = {row[:3] for row in findings(first_night).values()} - planted
    assert extra == set()


def test_no_names_or_ids_are_published(first_night: Home) -> None:
    """18-digit numbers of the sample's prefix stand in the inbox's archive and nowhere else."""
    with duckdb.connect(str(first_night.published_db), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name from duckdb_columns() "
            "where schema_name = 'main' and data_type like '%VARCHAR%'"
        ).fetchall()
        for table, column in columns:
            hits = connection.execute(
                f'select count(*) from "{table}" '
                f"where regexp_matches(cast(\"{column}\" as varchar), '9901\\d{{13}}[0-9X]')"
            ).fetchone()
            assert hits == (0,), f"{table}.{column}"


def test_the_county_gets_a_workbook_and_a_receipt(first_night: Home) -> None:
    names = {path.name for path in first_night.reports.rglob("*.xlsx")}
    assert "问题清单-2020-06.xlsx" in names
    assert len(names) > 1


def test_a_second_night_with_nothing_new_changes_nothing(home: Home) -> None:
    before = digest(home.published_db)
    files = {path: path.stat().st_mtime_ns for path in home.published.rglob("*") if path.is_file()}
    done = filings(home, "refresh")
    assert "没有新的报送" in done.stdout
    assert digest(home.published_db) == before
    assert files == {path: path.stat().st_mtime_ns for path in files}


def test_a_correction_publishes_the_held_figure_and_closes_that_finding_only(home: Home) -> None:
    held = ask(
        home,
        "select region_code, period, indicator_code from fct_indicator where status = 'held' "
        "and breakdown = '' and region_code in (select distinct county_code from fct_finding "
        "where rule_id = 'C008' and effect = 'hold')  and indicator_code = 'i_loan2'",
    )
    assert held, "the sample holds i_loan2 by C008"
    county, period, _ = held[0]
    before = findings(home)
    correct = (
        "from pipelines.core.settings import home; from pipelines.simulate import write_correction;"
        f"write_correction(home(), county='{county}', period='{period}', rule_id='C008')"
    )
    subprocess.run(
        [sys.executable, "-c", correct],
        env={**os.environ, "FILINGS_HOME": str(home.root)},
        cwd=PROJECT_ROOT,
        check=True,
    )
    filings(home, "refresh")
    after = findings(home)
    assert before.keys() == after.keys()
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {key for key, row in before.items() if row[:3] == ("C008", county, period)}
    assert {after[key][-1] for key in changed} == {"resolved"}
    figure = ask(
        home,
        "select status, vintage, value is not null from fct_indicator where is_current and "
        f"region_code = '{county}' and period = '{period}' and indicator_code = 'i_loan2' "
        "and breakdown = ''",
    )
    assert figure == [("published", 2, True)]
    outbox = sorted((home.reports / "outbox").glob("*.json"))
    told = json.loads(outbox[-1].read_text(encoding="utf-8"))
    assert {(each["county_code"], each["period"]) for each in told} == {(county, period)}


def run_refresh(root: str, results: Any) -> None:
    done = filings(Home(Path(root)), "refresh", "--wait", "300", code=None)
    results.put((done.returncode, done.stdout, done.stderr))


def test_two_refreshes_at_once_take_turns(home: Home) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    processes = [
        context.Process(target=run_refresh, args=(str(home.root), results)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    outcomes = [results.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()
    assert [code for code, _, _ in outcomes] == [0, 0], outcomes


@pytest.fixture
def broken_published(home: Home) -> Iterator[Home]:
    """A home whose next night cannot finish: its Parquet folder is a file."""
    shutil.rmtree(home.parquet)
    home.parquet.write_text("in the way")
    yield home


def test_a_failing_stage_leaves_the_published_file(broken_published: Home) -> None:
    home = broken_published
    before = digest(home.published_db)
    inbox = home.inbox / "990101" / "2020-06"
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / "新.csv").write_text("户编号,户主姓名\n9901010001,某\n", encoding="utf-8")
    done = filings(home, "refresh", code=None)
    assert done.returncode == 1
    assert "阶段“" in done.stderr and "失败" in done.stderr
    assert "Traceback" not in done.stderr
    assert digest(home.published_db) == before
