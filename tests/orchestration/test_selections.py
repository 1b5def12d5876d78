"""Any selection of assets, in any order, gives the true result or a refusal; nothing is lost.

What the UI's "Materialize selected" runs, on copies of a tiny home. Its archive holds a delivery
that was received and one that was withdrawn after the last night. ``FILINGS_PAIRS=all`` takes
every step alone and every ordered pair of steps (default: some of them).
"""

from __future__ import annotations

import json
import os
import shutil
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey
from filing_samples import headers, rows, workbook

from pipelines import s1_archive
from pipelines.core.database import read_only
from pipelines.core.settings import Home
from pipelines.orchestration.build import build_definitions
from pipelines.orchestration.refresh import failure, run_night

pytestmark = pytest.mark.slow

TABLES = ("hh", "p", "inc", "prj", "team", "agg")
STEPS = (
    "history",
    "submissions",
    "lake",
    "build_database",
    "records/rec_team",
    "findings",
    "indicators/ind_county",
    "gate",
    "main/fct_indicator",
    "published",
    "county_reports",
    "notifications",
)
Content = dict[str, tuple[Any, ...]]


def file(home: Home, county: str, name: str, count: int) -> None:
    """A workbook in the inbox with some rows of some tables."""
    sheets: dict[str, list[list[object]]] = {
        alias: [
            [*headers(alias)],
            *([county if cell == "990101" else cell for cell in row] for row in rows(alias, count)),
        ]
        for alias in TABLES
    }
    workbook(home.inbox / county / "2020-06" / name, sheets)


def materialise(home: Home, *keys: str) -> str:
    """Do what "Materialize selected" does; return the sentence of what failed, '' for success."""
    job = build_definitions(home).resolve_implicit_global_asset_job_def()
    chosen = [AssetKey(key.split("/")) for key in keys]
    result = job.execute_in_process(asset_selection=chosen, raise_on_error=False)
    return "" if result.success else str(failure(result))


def content(home: Home) -> Content:
    """What is published: rows and a hash of them, by table."""
    with read_only(home.published_db) as connection:
        tables = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
        return {
            name: connection.execute(f"select count(*), bit_xor(hash(t)) from {name} t").fetchall()[
                0
            ]
            for (name,) in tables
        }


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after a night, with one delivery received and one withdrawn since."""
    home = Home(tmp_path_factory.mktemp("selections") / "home")
    file(home, "990101", "甲.xlsx", 6)
    file(home, "990102", "乙.xlsx", 6)
    run_night(home)
    file(home, "990103", "丙.xlsx", 6)
    s1_archive.receive(home)
    s1_archive.withdraw(home, "990102-2020-06-v1", "报错了县")
    return home


@pytest.fixture(scope="module")
def built(night: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """That home with the new build database, from which nothing was made yet."""
    home = Home(tmp_path_factory.mktemp("built") / "home")
    shutil.copytree(night.root, home.root, symlinks=True)
    for step in ("lake", "build_database"):
        assert materialise(home, step) == ""
    return home


@pytest.fixture(scope="module")
def before(night: Home) -> Content:
    """What stands before anything is selected."""
    found = content(night)
    assert found["fct_finding"][0] > 0 and found["fct_indicator"][0] > 0
    return found


@pytest.fixture(scope="module")
def truth(night: Home, tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What a whole night makes of it."""
    home = Home(tmp_path_factory.mktemp("truth") / "home")
    shutil.copytree(night.root, home.root, symlinks=True)
    run_night(home)
    return content(home)


@pytest.fixture
def home(night: Home, tmp_path: Path) -> Home:
    return copy(night, tmp_path)


def copy(home: Home, folder: Path) -> Home:
    found = Home(folder / "home")
    shutil.copytree(home.root, found.root, symlinks=True)
    return found


def test_the_two_clicks_that_emptied_the_publication_are_refused(
    built: Home, tmp_path: Path, before: Content
) -> None:
    at = copy(built, tmp_path)
    published = at.published_db.read_bytes()
    assert materialise(at, "records/rec_team") == ""
    said = materialise(at, "published")
    assert "前面的步骤还没有做完" in said and "逻辑核查(findings)" in said
    assert "发布前检查(gate)" in said and "建模" not in said
    assert at.published_db.read_bytes() == published and content(at) == before


def test_one_selected_model_tells_of_the_whole_group(built: Home, tmp_path: Path) -> None:
    """All of it is built, and whoever looks at another model of it learns that."""
    at = copy(built, tmp_path)
    job = build_definitions(at).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(asset_selection=[AssetKey(["records", "rec_team"])])
    told = {
        event.asset_key.to_user_string(): event.materialization.metadata
        for event in result.get_asset_materialization_events()
    }
    manifest = json.loads((at.dbt_target / "manifest.json").read_text(encoding="utf-8"))
    group = [
        f"{node['schema']}/{node['name']}"
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed") and "models" in node["tags"]
    ]
    assert sorted(told) == sorted(group)
    facts = told["main/fct_household"]
    assert facts["dagster/row_count"].value == 12
    columns = {column.name: column.type for column in facts["dagster/column_schema"].value.columns}
    assert columns["exit_year"] == "BIGINT" and columns["as_of"] == "DATE"
    assert facts["sql"].value == "dbt_project/models/facts/fct_household.sql"
    assert "dagster/row_count" not in told["records/rec_team"], "a view"
    graph = build_definitions(at).resolve_asset_graph()
    checks = {key for key in graph.asset_check_keys if key.asset_key.to_user_string() in group}
    evaluated = result.get_asset_check_evaluations()
    assert {(each.asset_key, each.check_name) for each in evaluated} == {
        (key.asset_key, key.name) for key in checks
    }
    assert all(each.passed for each in evaluated)


def test_on_the_build_of_another_night_the_two_clicks_are_refused(home: Home) -> None:
    published = home.published_db.read_bytes()
    assert "已有变化,请从“收件”(submissions)起重做" in materialise(home, "records/rec_team")
    assert "已有变化" in materialise(home, "published")
    assert home.published_db.read_bytes() == published


def test_a_delivery_that_is_not_read_is_never_claimed_by_a_build(home: Home) -> None:
    build = home.build_db.read_bytes()
    assert materialise(home, "submissions") == ""
    assert "请先做“读取与规范”(lake)" in materialise(home, "build_database")
    assert home.build_db.read_bytes() == build


def test_a_withdrawal_alone_has_to_reach_the_lake_too(built: Home, tmp_path: Path) -> None:
    at = copy(built, tmp_path)
    s1_archive.withdraw(at, "990103-2020-06-v1", "也报错了县")
    assert "请先做“读取与规范”(lake)" in materialise(at, "build_database")


def test_a_build_waits_for_what_the_counties_have_to_be_told(built: Home, tmp_path: Path) -> None:
    """Only the build that made a publication knows what was new in it."""
    at = copy(built, tmp_path)
    for path in at.outbox.glob("*.json"):
        path.unlink()
    assert "县级反馈还没有做完,请先做“核对上次发布”(history)" in materialise(at, "build_database")
    assert materialise(at, "history", "build_database") == ""


def test_a_build_waits_for_a_damaged_publication(built: Home, tmp_path: Path) -> None:
    at = copy(built, tmp_path)
    at.published_db.write_bytes(b"not a database")
    assert "请先做“核对上次发布”(history)" in materialise(at, "build_database")


def test_without_a_build_every_step_names_the_first(home: Home) -> None:
    home.build_db.unlink()
    for step in ("records/rec_team", "findings", "gate", "published"):
        assert "装入构建库(build_database)" in materialise(home, step), step
    assert materialise(home, "county_reports", "notifications") == ""


def test_step_by_step_gives_what_a_night_gives(
    built: Home, tmp_path: Path, truth: Content, before: Content
) -> None:
    at = copy(built, tmp_path)
    for step in STEPS[STEPS.index("build_database") + 1 :]:
        if step != "published":
            assert content(at) == (truth if step in STEPS[-2:] else before)
        assert materialise(at, step) == "", step
    assert content(at) == truth != before
    assert materialise(at, "published") == "", "again: nothing to do"
    assert not run_night(at).is_new


ALONE = [(step,) for step in STEPS]
PAIRS = list(product(STEPS, STEPS))
CHOSEN: list[tuple[str, ...]] = (
    [*ALONE, *PAIRS]
    if os.environ.get("FILINGS_PAIRS") == "all"
    else [("findings", "published"), ("published", "findings"), ("lake", "published")]
)


@pytest.mark.parametrize("steps", CHOSEN, ids="-".join)
@pytest.mark.parametrize("state", ["night", "built"])
def test_every_pair_of_steps_is_true_or_refused(
    request: pytest.FixtureRequest,
    state: str,
    steps: tuple[str, ...],
    tmp_path: Path,
    before: Content,
    truth: Content,
) -> None:
    at = copy(request.getfixturevalue(state), tmp_path)
    said = []
    for step in steps:
        build = at.build_db.read_bytes()
        said.append(materialise(at, step))
        if said[-1]:
            assert "请" in said[-1] and "filings refresh" in said[-1], said
            assert at.build_db.read_bytes() == build, "who refuses changes nothing"
        assert content(at) in (before, truth)
    if os.environ.get("FILINGS_PAIRS") == "all" and not any(said):
        # Where a step was refused, what stands is what the other steps left.
        run_night(at)
        assert content(at) == truth
    shutil.rmtree(at.root)
