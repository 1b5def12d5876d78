"""The lake and history schemas, the staging generator, and how dbt is called."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
import yaml
from support_homes import with_parse

from pipelines.core.database import build_database, read_only
from pipelines.core.dbt import runner as dbt
from pipelines.core.dictionary import dictionary
from pipelines.core.errors import FilingsError
from pipelines.core.history import NIGHT, About, draft, whole
from pipelines.core.history import contract as remembered
from pipelines.core.settings import DBT_PROJECT, Home
from pipelines.s2_lake import lake_types
from pipelines.s3_models import load
from pipelines.s3_models.history import FINDING
from pipelines.s3_models.lake import PROVENANCE, lake_columns
from pipelines.s3_models.staging import STAGING, differences, generate
from pipelines.s3_models.submission_tables import create_absent_columns


def columns(home: Home, schema: str, table: str) -> dict[str, str]:
    with read_only(home.build_db) as connection:
        return dict(
            connection.execute(
                "select column_name, data_type from duckdb_columns() "
                "where schema_name = ? and table_name = ? order by column_index",
                [schema, table],
            ).fetchall()
        )


def test_the_committed_staging_folder_is_what_the_dictionary_gives() -> None:
    stale = list(differences(STAGING, generate(dictionary())))
    assert not stale, "python -m pipelines.s3_models.staging --write"


def test_a_new_dictionary_column_needs_no_new_line_of_sql() -> None:
    words = dictionary()
    loans = words.tables["loan"]
    new = replace(loans.columns[0], name="guarantor", header="担保人", sensitive="name")
    wider = replace(loans, columns=(*loans.columns, new))
    files = generate(replace(words, tables={**words.tables, "loan": wider}))
    assert files["stg_filings__microloans.sql"] == generate(words)["stg_filings__microloans.sql"]
    sources = yaml.safe_load(files["_sources.yml"])["sources"][0]["tables"]
    described = next(table for table in sources if table["name"] == "loan")["columns"]
    assert described[-1]["name"] == "guarantor"
    assert described[-1]["config"]["meta"]["public"] is False


def test_the_lake_has_the_columns_that_intake_writes() -> None:
    for table in dictionary().tables.values():
        here = [name for name, _ in PROVENANCE] + [column.name for column in lake_columns(table)]
        assert here == list(lake_types(table))


def test_what_is_sensitive_or_text_as_filed_is_not_public() -> None:
    for table in dictionary().tables.values():
        public = {column.name for column in lake_columns(table) if column.public}
        sensitive = {column.name for column in table.columns if column.sensitive}
        assert not public & sensitive
        assert not {name for name in public if name.endswith("_text")}


def test_load_gives_typed_empty_schemas_where_nothing_was_filed(home: Home) -> None:
    load(home)
    for table in dictionary().tables.values():
        expected = dict(PROVENANCE) | {c.name: c.sql_type for c in lake_columns(table)}
        assert columns(home, "lake", table.alias) == expected
    assert columns(home, "history", "fct_finding") == columns(home, "findings", "fct_finding")
    assert columns(home, "gate", "held")


def test_load_reads_the_lake_by_name_and_numbers_the_filings(home: Home) -> None:
    for period in ("2019-12", "2020-06"):
        folder = home.lake / "iss" / f"period={period}" / "county=990101"
        folder.mkdir(parents=True)
        duckdb.execute(
            f"copy (select 'I1' as issue_id, '990101' as county_code, '{period}' as period, "
            f"{', '.join(f'null as {name}' for name in missing_columns())}) "
            f"to '{folder / 'part.parquet'}'"
        )
    load(home)
    with read_only(home.build_db) as connection:
        filings = connection.execute(
            "select county_code, period, table_name, n_rows from lake.filing"
        ).fetchall()
        issues = connection.execute("select issue_id, period from lake.iss order by 2").fetchall()
    assert filings == [("990101", "2019-12", "iss", 1), ("990101", "2020-06", "iss", 1)]
    assert issues == [("I1", "2019-12"), ("I1", "2020-06")]


def missing_columns() -> list[str]:
    given = {"issue_id", "county_code", "period"}
    filed = [column.name for column in lake_columns(dictionary().tables["iss"])]
    return [name for name in [*dict(PROVENANCE), *filed] if name not in given]


def test_load_starts_anew_and_takes_over_what_history_has(home: Home) -> None:
    load(home)
    with build_database(home) as connection:
        connection.execute("create table main.leftover as select 1 as one")
    with draft(home) as night:
        rows = remembered.FINDING.selected(("finding_id", "status"))
        night.add(
            whole(
                remembered.FINDING,
                f"select {rows} from (select 'f1' as finding_id, 'open' as status)",
            )
        )
        night.commit(About(NIGHT, vintage=1, fingerprint="inputs"))
    load(home)
    assert set(columns(home, "history", "fct_finding")) == {*FINDING}
    assert columns(home, "history", "fct_indicator")
    assert columns(home, "main", "leftover") == {}
    with read_only(home.build_db) as connection:
        found = connection.execute("select finding_id, status from history.fct_finding").fetchall()
    assert found == [("f1", "open")]


def test_dbt_builds_known_groups_only() -> None:
    assert "tag:models" in dbt.dbt_arguments("models")
    with pytest.raises(FilingsError, match="没有名为“nonsense”"):
        dbt.dbt_arguments("nonsense")


def test_dbt_works_inside_the_home_and_calls_nobody(home: Home) -> None:
    given = dbt.dbt_environment(home)
    for name, path in (("FILINGS_BUILD_DB", home.build_db), ("FILINGS_TEMP", home.temp)):
        assert (home.dbt_target / given[name]).resolve() == path.resolve()
    assert given["DBT_TARGET_PATH"].startswith(str(home.root))
    assert given["DBT_LOG_PATH"].startswith(str(home.root))
    assert given["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"


def test_a_failure_names_the_model_and_the_log(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = home.root / "failing.py"
    failing.parent.mkdir(parents=True)
    result = {"unique_id": "model.filings.rec_person", "status": "error", "message": "no such\nrow"}
    text = json.dumps({"results": [result]})
    failing.write_text(
        f"input()\nopen('run_results.json', 'w').write({text!r})\n"
        """print('{"code": 1, "output": "told twice"}')"""
    )
    monkeypatch.setattr(dbt, "SERVER", failing)
    with pytest.raises(FilingsError, match=r"rec_person: no such row.*dbt\.log"):
        dbt.run_dbt(home, "models")


def test_a_dbt_that_dies_says_why(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    dying = home.root / "dying.py"
    dying.parent.mkdir(parents=True)
    dying.write_text("raise SystemExit('no dbt here')")
    monkeypatch.setattr(dbt, "SERVER", dying)
    with dbt.warm_dbt(home), pytest.raises(FilingsError, match="失败:no dbt here"):
        dbt.run_dbt(home, "models")


@pytest.mark.slow
def test_a_parse_is_good_for_any_home(home: Home, parsed_project: Path) -> None:
    """dbt keeps its parse with what the connection is told; a home's own place is not in that."""
    with_parse(home, parsed_project)
    dbt.invoke(home, ["parse"], "解析")
    told = json.loads((home.dbt_target / "perf_info.json").read_text(encoding="utf-8"))
    assert told["path_count"] > 0 and told["parsed_path_count"] == 0


@pytest.mark.slow
def test_a_warm_dbt_serves_many_commands_and_lets_go_of_the_database(
    home: Home, parsed_project: Path
) -> None:
    load(with_parse(home, parsed_project))
    with dbt.warm_dbt(home):
        for _ in range(2):
            dbt.invoke(home, ["run", "--select", "dim_period"], "期次")
            with build_database(home) as connection:
                assert connection.execute("select count(*) from main.dim_period").fetchone()
        with pytest.raises(FilingsError, match="No such option"):
            dbt.invoke(home, ["run", "--no-such-option"], "期次")
    with pytest.raises(FilingsError, match="nowhere"):
        dbt.invoke(home, ["run-operation", "nowhere"], "期次")


def test_seeds_keep_their_codes() -> None:
    regions = (DBT_PROJECT / "seeds" / "regions.csv").read_text(encoding="utf-8").splitlines()
    named = {line.split(",")[0]: line.split(",")[1] for line in regions[1:]}
    for code, name in {
        "420000": "湖北省",
        "421000": "荆州市",
        "421081": "石首市",
        "420500": "宜昌市",
        "411400": "商丘市",
        "610300": "宝鸡市",
        "610327": "陇县",
        "990100": "示例市",
    }.items():
        assert named[code] == name


def test_every_model_says_in_both_languages_what_it_is() -> None:
    for folder in ("staging", "dimensions", "facts", "records"):
        for path in sorted((DBT_PROJECT / "models" / folder).glob("_*.yml")):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            for model in content.get("models", []):
                texts = [model["description"]]
                texts += [column["description"] for column in model.get("columns", [])]
                assert all(" | " in text for text in texts), model["name"]


def test_a_column_is_absent_for_the_rows_below_the_header_that_lacks_it() -> None:
    """A sheet may have several headers, one below the other."""
    with duckdb.connect() as connection:
        connection.execute(
            """
            CREATE SCHEMA lake;
            CREATE TABLE lake.submission_file AS SELECT 's' AS submission_id,
              'a.xlsx' AS source_file, '' AS source_sheet, 'ben' AS table_name, 2 AS rows_accepted;
            CREATE TABLE lake.header AS SELECT 's' AS submission_id, 'a.xlsx' AS source_file,
              '' AS source_sheet, 'ben' AS table_name, * FROM (VALUES
              ('project_code', 2, 4), ('household_code', 2, 4), ('benefit_kind', 2, 4),
              ('amount_yuan', 2, 4), ('project_code', 6, 9), ('household_code', 6, 9),
              ('benefit_kind', 6, 9)) AS t (column_name, first_row, last_row)
            """
        )
        create_absent_columns(connection, dictionary())
        found = connection.execute(
            "SELECT first_row, last_row, absent_columns FROM lake.absent_columns"
        ).fetchall()
    assert found == [(6, 9, ["amount_yuan"])]
