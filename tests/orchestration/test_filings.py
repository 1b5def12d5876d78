"""The grid of county × period: what it shows after a night, and one cell made again alone."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey, AssetRecordsFilter, DagsterInstance
from filing_samples import headers, rows, workbook

from pipelines.core.settings import Home
from pipelines.orchestration.build import build_definitions
from pipelines.orchestration.partitions import partition_key, place_of
from pipelines.orchestration.refresh import failure, run_night
from pipelines.s1_archive import receive

pytestmark = pytest.mark.slow

KEYS = {"990101|2020-06", "990102|2020-06"}


def file(home: Home, county: str, count: int) -> None:
    sheets: dict[str, list[list[object]]] = {
        alias: [
            [*headers(alias)],
            *([county if cell == "990101" else cell for cell in row] for row in rows(alias, count)),
        ]
        for alias in ("hh", "p")
    }
    workbook(home.inbox / county / "2020-06" / "甲.xlsx", sheets)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("filings") / "home")
    file(home, "990101", 4)
    file(home, "990102", 5)
    run_night(home)
    return home


def told(home: Home, asset: str) -> dict[str, dict[str, Any]]:
    """The newest metadata of every cell."""
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        key = AssetKey(asset)
        found = {}
        for partition in instance.get_materialized_partitions(key):
            cell = AssetRecordsFilter(asset_key=key, asset_partitions=[partition])
            (newest,) = instance.fetch_materializations(cell, limit=1).records
            assert newest.asset_materialization is not None
            metadata = newest.asset_materialization.metadata
            found[partition] = {name: value.value for name, value in metadata.items()}
        return found


def make_again(home: Home, asset: str, partition: str) -> str:
    """Do what the UI does with one cell; return the sentence of what failed, '' for success."""
    job = build_definitions(home).resolve_implicit_global_asset_job_def()
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        result = job.execute_in_process(
            instance=instance,
            asset_selection=[AssetKey(asset)],
            partition_key=partition,
            raise_on_error=False,
        )
    return "" if result.success else str(failure(result))


def content(home: Home) -> dict[str, str]:
    """A hash of every file that a night leaves, by path."""
    return {
        str(path.relative_to(home.root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in (home.archive, home.ingested, home.lake, home.published, home.reports)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_key_is_the_county_and_the_period() -> None:
    assert partition_key(("421081", "2020-06")) == "421081|2020-06"
    assert place_of("421081|2020-06") == ("421081", "2020-06")


def test_the_grid_shows_what_became_of_every_county_and_period(home: Home) -> None:
    filings, workbooks = told(home, "filing"), told(home, "county_workbook")
    assert filings.keys() == workbooks.keys() == KEYS
    filed = filings["990102|2020-06"]
    assert filed["submission_id"] == "990102-2020-06-v1" and filed["status"] == "accepted"
    assert (filed["rows_read"], filed["dagster/partition_row_count"]) == (10, 10)
    assert Path(filed["receipt"]).exists()
    judged = workbooks["990102|2020-06"]
    assert judged["vintage"] == 1 and judged["figures_published"] + judged["figures_held"] > 0
    assert judged["findings_open"] > 0 and Path(judged["workbook"]).exists()


@pytest.mark.parametrize("asset", ["filing", "county_workbook"])
def test_one_cell_is_made_again_and_nothing_else_changes(home: Home, asset: str) -> None:
    before, others = content(home), told(home, asset)
    assert make_again(home, asset, "990101|2020-06") == ""
    assert content(home) == before
    assert told(home, asset) == others
    assert not run_night(home).is_new


@pytest.mark.parametrize("asset", ["filing", "county_workbook"])
def test_a_cell_that_holds_nothing_is_refused(home: Home, asset: str) -> None:
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        instance.add_dynamic_partitions("county_period", ["990103|2020-06"])
    before = content(home)
    assert "990103 2020-06" in make_again(home, asset, "990103|2020-06")
    assert content(home) == before


def test_a_cell_is_not_made_again_while_something_is_not_read(home: Home) -> None:
    file(home, "990103", 4)
    receive(home)
    before = content(home)
    assert "lake" in make_again(home, "filing", "990101|2020-06")
    assert content(home) == before
