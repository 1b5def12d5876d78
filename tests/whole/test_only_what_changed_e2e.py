"""A night computes what changed; what it gives is what a build from nothing gives."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines import s3_models, s4_findings
from pipelines.core.database import build_database, read_only
from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home
from pipelines.core.sql import literal

pytestmark = pytest.mark.e2e

CHANGED, SAME = "990102", "990101"
MODELS = ("stg_filings__households", "rec_household")
SCHEMAS = ("lake", "staging", "main", "records", "findings", "rules")


@pytest.fixture
def home(first_night: Home, tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    shutil.copytree(first_night.root, home.root)
    return home


def judge(home: Home) -> None:
    s3_models.load(home, models=s3_models.manifest(home))
    s3_models.run_dbt(home, "models")
    s4_findings.run(home)


def thin_out(home: Home, county: str) -> None:
    """Take one row in eight out of every table that a county filed, as a correction might."""
    rng = random.Random(county)
    for path in sorted(home.lake.glob(f"*/period=*/county={county}/part.parquet")):
        rows = pl.read_parquet(path)
        kept = rows.filter(pl.Series([rng.random() > 0.125 for _ in range(rows.height)]))
        aside = path.with_name("aside")  # the file is a link to what was read of the delivery
        kept.write_parquet(aside)
        aside.replace(path)


def differing(one: Home, other: Home) -> dict[str, int]:
    """Return by table how many rows stand in one build database alone."""
    with duckdb.connect() as connection:
        for name, home in (("one", one), ("other", other)):
            connection.execute(f"attach {literal(str(home.build_db))} as {name} (read_only)")
        tables = [
            f"{schema}.{table}"
            for schema, table in connection.execute(
                "select distinct schema_name, table_name from duckdb_tables() where "
                "database_name in ('one', 'other') and list_contains(?, schema_name)",
                [list(SCHEMAS)],
            ).fetchall()
        ]
        assert len(tables) > 120
        count = "select count(*) from (from {0}.{2} except all from {1}.{2})"
        found = {
            table: sum(
                connection.execute(count.format(*ends, table)).fetchall()[0][0]
                for ends in (("one", "other"), ("other", "one"))
            )
            for table in tables
        }
    return {table: n for table, n in found.items() if n}


def computed(home: Home) -> dict[str, set[str]]:
    """Return by model which counties the last night computed, all of them as the empty county."""
    with read_only(home.build_db) as connection:
        rows = connection.execute(
            "select relation, county_code from partitions.changed where relation like 'records.%'"
        ).fetchall()
    found: dict[str, set[str]] = {}
    for relation, county in rows:
        found.setdefault(relation, set()).add(county)
    return found


def test_a_changed_county_is_computed_alone_and_gives_what_all_anew_gives(home, tmp_path):
    with read_only(home.build_db) as connection:
        everything = connection.execute("select count(*) from records.rec_person").fetchall()
    thin_out(home, CHANGED)
    judge(home)
    assert computed(home)["records.rec_person"] == {CHANGED}
    with read_only(home.build_db) as connection:
        assert connection.execute("select count(*) from records.rec_person").fetchall() < everything
    anew = Home(tmp_path / "anew")
    shutil.copytree(home.root, anew.root)
    anew.build_db.unlink()
    judge(anew)
    assert computed(anew)["records.rec_person"] > {"", CHANGED, SAME}
    assert differing(home, anew) == {}


def test_a_test_that_failed_fails_again_though_nothing_changed(home):
    (path,) = home.lake.glob(f"hh/period=2020-06/county={CHANGED}/part.parquet")
    rows = pl.read_parquet(path)
    path.unlink()
    pl.concat([rows, rows.head(1)]).write_parquet(path)
    s3_models.load(home, models=s3_models.manifest(home))
    for _ in range(2):
        with pytest.raises(FilingsError, match="unique_combination"):
            build = ["build", "--select", *MODELS, "--exclude-resource-type", "unit_test"]
            s3_models.invoke(home, build, "dbt")


def test_a_database_of_another_layout_is_made_anew(home):
    with build_database(home) as connection:
        connection.execute("update partitions.layout set layout = 'another'")
    s3_models.load(home, models=s3_models.manifest(home))
    with read_only(home.build_db) as connection:
        assert connection.execute("from partitions.built where inputs is not null").fetchall() == []
