"""All models over a small lake: built, tested and unit-tested by dbt as in the night."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml
from support_homes import with_parse

from pipelines.core.database import read_only
from pipelines.core.dictionary import Table, dictionary
from pipelines.core.settings import DBT_PROJECT, Home
from pipelines.s3_models import invoke, load
from pipelines.s3_models.lake import PROVENANCE, lake_columns
from pipelines.s4_findings.language.records import SUMMARIES

pytestmark = pytest.mark.slow

COUNTY = "990101"
# Columns of the lake that the published tables say in another way.
SAID_OTHERWISE = {"name": "project_name"}


def file(home: Home, alias: str, period: str, rows: list[dict[str, object]]) -> None:
    """Write one filing of one table into the lake; columns that are not given are empty."""
    table = dictionary().tables[alias]
    types = dict(PROVENANCE) | {column.name: column.sql_type for column in lake_columns(table)}
    folder = home.lake / alias / f"period={period}" / f"county={COUNTY}"
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        definition = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
        connection.execute(f"create table filed ({definition})")
        for number, row in enumerate(rows, start=1):
            complete = {
                "county_code": COUNTY,
                "period": period,
                "submission_id": f"{COUNTY}-{period}-v1",
                "source_file": "表.xlsx",
                "source_sheet": "一",
                "source_row": number + 3,
                "row_no": number,
                **row,
            }
            names = ", ".join(f'"{name}"' for name in complete)
            marks = ", ".join("?" for _ in complete)
            connection.execute(
                f"insert into filed ({names}) values ({marks})", list(complete.values())
            )
        connection.execute(f"copy filed to '{folder / 'part.parquet'}'")


def key_values(table: Table) -> dict[str, object]:
    """Return a row that has its key, in the key columns' own types."""
    values: dict[str, object] = {}
    for name in table.key:
        column = table.column(name)
        stored = Table.stored_name(name)
        value = {"date": "2020-01-02", "month": "2020-01-01"}.get(column.type, "x")
        values[stored] = value
        if column.sensitive == "id":
            values[f"{stored}_key"] = "k"
    return values


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, parsed_project: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build database with one row of every table, two of households; built by dbt once."""
    home = with_parse(Home(tmp_path_factory.mktemp("models") / "home"), parsed_project)
    for table in dictionary().tables.values():
        if table.alias not in ("hh", "p"):
            file(home, table.alias, "2020-06", [key_values(table)])
    household = {"household_code": "0000000001", "household_type": "贫困户", "main_cause": "因病"}
    file(home, "hh", "2019-12", [{**household, "exit_status": "未脱贫"}])
    file(
        home,
        "hh",
        "2020-06",
        [
            {**household, "exit_status": "已脱贫", "county_name": "示例甲县"},
            {**household, "exit_status": "返贫", "county_name": "13800001111"},
        ],
    )
    person = {"person_code": "000000000101", "household_code": "0000000001"}
    number = {"id_no": "990101199001010013", "id_no_key": "k", "name": "某人", "phone": "1"}
    file(home, "p", "2020-06", [{**person, **number, "birth_date": "1990-01-01"}])
    load(home)
    invoke(home, ["build", "--select", "tag:models"], "dbt")
    with read_only(home.build_db) as connection:
        yield connection


def described(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where schema_name = ? and database_name = current_database() order by 1, column_index",
        [schema],
    ).fetchall():
        found.setdefault(table, {})[column] = kind
    return found


def test_the_documented_record_columns_are_those_of_the_database(
    built: duckdb.DuckDBPyConnection,
) -> None:
    records = yaml.safe_load((DBT_PROJECT / "models" / "records" / "_records.yml").read_text())
    catalogue = yaml.safe_load((DBT_PROJECT.parent / "expectations" / "records.yml").read_text())
    filed = {entry["relation"]: entry["table"] for entry in catalogue.values()}
    there = described(built, "records")
    provenance = {*dict(PROVENANCE), "record_id", "as_of", "is_first"}
    for model in records["models"]:
        name = model["name"]
        alias = filed.get(name)
        inherits = alias and name not in SUMMARIES
        columns = lake_columns(dictionary().tables[alias]) if inherits else ()
        inherited = {column.name: column.sql_type for column in columns}
        if inherits:
            inherited["absent_columns"] = "VARCHAR[]"
        listed = {
            column["name"]: column["data_type"].upper().replace(" ", "")
            for column in model.get("columns", [])
        }
        assert not listed.keys() & inherited.keys(), name
        assert inherited.items() <= there[name].items(), name
        derived = {
            column: kind
            for column, kind in there[name].items()
            if column not in inherited and column not in provenance
        }
        assert derived == listed, name


def test_all_29_tables_can_be_queried_without_what_is_sensitive(
    built: duckdb.DuckDBPyConnection,
) -> None:
    published = described(built, "main")
    sensitive = {
        column.name
        for table in dictionary().tables.values()
        for column in table.columns
        if column.sensitive
    } - {"name"}
    for table, columns in published.items():
        assert not sensitive & columns.keys(), table
    for name in ("fct_person", "dim_person", "fct_household", "fct_helper_link", "fct_reg_police"):
        assert "name" not in published[name]
    for table in dictionary().tables.values():
        wanted = {column.name for column in lake_columns(table) if column.public}
        wanted = {SAID_OTHERWISE.get(name, name) for name in wanted} | wanted
        holders = [
            name
            for name, columns in published.items()
            if name.startswith("fct_") and len(wanted & columns.keys()) >= 0.6 * len(wanted)
        ]
        assert holders, table.alias


def test_the_first_row_stands_in_the_facts_and_history_goes_on(
    built: duckdb.DuckDBPyConnection,
) -> None:
    facts = built.execute(
        "select period, exit_status, on_roll, is_still_poor, live_member_count, household_key "
        "from main.fct_household order by period"
    ).fetchall()
    assert facts == [
        ("2019-12", "未脱贫", True, True, None, f"{COUNTY}-0000000001-2019-12-31"),
        ("2020-06", "已脱贫", True, False, 1, f"{COUNTY}-0000000001-2020-06-30"),
    ]
    both = built.execute("select count(*) from records.rec_household").fetchall()
    assert both == [(3,)]


def test_people_are_shown_by_key_and_year_of_birth(built: duckdb.DuckDBPyConnection) -> None:
    row = built.execute("select person_key, id_no_key, birth_year from main.dim_person").fetchall()
    assert row == [(f"{COUNTY}-000000000101", "k", 1990)]


def test_codes_and_names_of_regions(built: duckdb.DuckDBPyConnection) -> None:
    named = dict(
        built.execute(
            "select region_code, region_name from main.dim_region where valid_to is null"
        ).fetchall()
    )
    assert named["421081"] == "石首市"
    # An invented county is called what it calls itself.
    assert named[COUNTY] == "示例甲县"
    causes = dict(
        built.execute("select cause_code, cause_name_en from main.dim_cause_of_poverty").fetchall()
    )
    assert causes["01"] == "Illness"
    assert all(causes.values())
