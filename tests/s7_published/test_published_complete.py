"""What a publication may not lack, and what it may not lose without a cause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines.core.errors import FilingsError
from pipelines.core.files import parsed_yaml
from pipelines.core.limits import PublicationLimits
from pipelines.core.settings import DBT_PROJECT
from pipelines.s7_published.complete import key_faults, lost_rows
from pipelines.s7_published.contract import public_tables

LIMITS = PublicationLimits(most_lost=50, from_rows=50)
BOTH = ("build", "last")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A build and the publication before it, alike: two counties with a delivery and 100 households
    each, 30 findings of which ten are of the sample, and 200 rules."""
    with duckdb.connect() as opened:
        for name in BOTH:
            opened.execute(f"attach ':memory:' as {name}")
            opened.execute(f"use {name}")
            opened.execute(
                "create table fct_submission as select '99010' || n as county_code, "
                "'s' || n as submission_id, 'accepted' as status, "
                "null::varchar as withdrawn_at, null::varchar as admitted_at from range(1, 3) t(n)"
            )
            opened.execute(
                "create table fct_household as select '99010' || (1 + n % 2) as county_code, "
                "'h' || n as household_code from range(200) t(n)"
            )
            opened.execute("create schema findings")
            for schema in ("main", "findings"):
                opened.execute(
                    f"create table {schema}.fct_finding as select n as finding_id, "
                    "'990101' as county_code, n < 10 as is_sample from range(30) t(n)"
                )
                opened.execute(f"create table {schema}.dim_rule as select n from range(200) t(n)")
            for table in ("fct_quarantine", "fct_submission_column"):
                opened.execute(
                    f"create table {table} as select 's1' as submission_id from range(80)"
                )
        opened.execute("use build")
        yield opened


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("delete from fct_household where county_code = '990101'", ""),  # just the half
        ("delete from fct_household where household_code > 'h15'", "表 fct_household"),
        ("delete from fct_household", "由 200 行减为 0 行"),
        ("delete from fct_submission_column", "表 fct_submission_column"),
        ("delete from fct_quarantine", ""),  # a better reading
        ("delete from findings.dim_rule", "表 dim_rule"),
        ("delete from findings.fct_finding where finding_id = 29", "已发布 20 行,这次只有 19 行"),
        ("delete from findings.fct_finding", "这次只有 0 行,而它只增不减"),
        ("delete from findings.fct_finding where is_sample", ""),
        ("insert into fct_household select '990101', 'x' from range(9)", ""),
    ],
)
def test_rows_that_go_without_a_cause_are_told(
    connection: duckdb.DuckDBPyConnection, statement: str, named: str
) -> None:
    assert lost_rows(connection, LIMITS) == []
    connection.execute(statement)
    told = lost_rows(connection, LIMITS)
    assert (
        (len(told) == 1 and named in told[0] and "filings refresh" in told[0])
        if named
        else not told
    )


@pytest.mark.parametrize(
    "cause",
    [
        "insert into fct_submission values ('990101', 's9', 'accepted', null, null)",
        "update fct_submission set withdrawn_at = 'now' where county_code = '990101'",
        "update fct_submission set admitted_at = 'now' where county_code = '990101'",
        "update fct_submission set status = 'superseded' where county_code = '990101'",
        "delete from fct_submission where county_code = '990101'",  # the sample was removed
    ],
)
def test_what_a_county_filed_or_withdrew_explains_its_rows_alone(
    connection: duckdb.DuckDBPyConnection, cause: str
) -> None:
    connection.execute(cause)
    connection.execute("delete from fct_household where county_code = '990101'")
    connection.execute("delete from fct_submission_column")
    assert lost_rows(connection, LIMITS) == []
    connection.execute("delete from fct_household")
    (told,) = lost_rows(connection, LIMITS)
    assert "由 100 行减为 0 行" in told


def test_small_tables_and_a_higher_limit_are_let_through(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("delete from fct_household where household_code > 'h15'")
    assert lost_rows(connection, replace(LIMITS, most_lost=100)) == []
    assert lost_rows(connection, replace(LIMITS, from_rows=201)) == []


def test_a_publication_of_an_earlier_version_is_compared_as_far_as_it_goes(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("alter table last.main.fct_submission drop column admitted_at")
    connection.execute("drop table last.main.fct_submission_column")
    connection.execute("delete from fct_household")
    (told,) = lost_rows(connection, LIMITS)
    assert "fct_household" in told


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("t:\n  own: [a]\n  types: {BIGINT: [a]}", "t.a 是 own,类型不能是 BIGINT"),
        ("t:\n  private: [a]\n  types: {BIGINT: [a]}", "却不是公开的列"),
        ("t:\n  date: [a]\n  types: {VARCHAR: [a]}", "类型不能是 VARCHAR"),
    ],
)
def test_a_type_that_no_kind_has_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "public.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FilingsError, match=reason):
        public_tables(path)


TABLES = [name for name in public_tables() if name != "meta_refresh"]


@pytest.mark.parametrize("table", TABLES)
def test_a_row_without_its_key_or_with_that_of_another_is_told(table: str) -> None:
    declared = public_tables()[table]
    key = declared.primary_key or declared.unique_key
    named = "、".join(key)
    with duckdb.connect() as connection:
        columns = ", ".join(f'"{name}" VARCHAR' for name in key)
        connection.execute(f"create table main.{table} ({columns}, what VARCHAR)")

        def added(*values: str | None) -> list[str]:
            marks = ", ".join("?" for _ in values)
            connection.execute(f"insert into main.{table} values ({marks}, 'x')", values)
            return list(key_faults(connection, ("main", table), declared))

        assert added(*("a" for _ in key)) == []
        for place in range(len(key)):
            assert added(*("b" if place == each else "a" for each in range(len(key)))) == []
        n_empty = [f"表 {table} 有 1 行缺少主键({named})的值"] if declared.primary_key else []
        assert added(None, *("a" for _ in key[1:])) == n_empty
        twice = f"表 {table} 有 1 行的主键({named})与别的行相同"
        assert added(*("a" for _ in key)) == [*n_empty, twice]


def test_the_keys_are_those_that_the_models_are_tested_for() -> None:
    """What each model's own test says of its grain, and what is published as its key, are one."""
    named: dict[str, set[str]] = {}
    for path in sorted((DBT_PROJECT / "models").rglob("_*.yml")):
        for model in parsed_yaml(path.read_text(encoding="utf-8")).get("models") or ():
            tests = [each for each in model.get("data_tests", ()) if isinstance(each, dict)]
            combined = [
                each["unique_combination"] for each in tests if "unique_combination" in each
            ]
            keys = [one["arguments"]["columns"] for one in combined if "name" not in one]
            if keys and model["name"] in TABLES:
                named[model["name"]] = set(keys[0])
    assert len(named) > 40
    joined = {"household_key", "person_key"}  # put together of what the model is tested for
    for table, columns in named.items():
        declared = public_tables()[table]
        key = set(declared.primary_key or declared.unique_key)
        assert key == columns or key <= joined, table


@pytest.mark.parametrize(
    "about",
    ["", "primary_key: [c]", "primary_key: [a], unique_key: [b]", "filed: hh"],
)
def test_a_table_without_one_key_of_its_columns_is_refused(tmp_path: Path, about: str) -> None:
    path = tmp_path / "public.yml"
    path.write_text(f"fct_x: {{own: [a, b], {about}}}", encoding="utf-8")
    with pytest.raises(FilingsError, match="fct_x 应写明一个主键,由公开的列组成"):
        public_tables(path)
