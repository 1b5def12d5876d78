"""No name, number, phone or account leaves, whatever column it stands in and whatever fails.

``FILINGS_LEAK_STAGES=all`` lets a night fail at each stage (default: at two of them).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filing_samples import headers, rows, workbook
from leak_search import ID, NAME, PHONE, PLANTS, leaks, planted
from support_homes import with_parse
from typer.testing import CliRunner

from pipelines import s1_archive, s2_lake, s3_models, s4_findings, s6_gate, s7_published, s8_county
from pipelines.cli.main import app
from pipelines.core.dictionary import dictionary
from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home
from pipelines.orchestration.refresh import run_night

pytestmark = pytest.mark.e2e

COUNTY, OTHER, PERIOD = "990101", "990102", "2020-06"
STAGES: dict[str, tuple[Any, str]] = {
    "history": (s7_published, "restore"),
    "submissions": (s1_archive, "reception"),
    "lake": (s2_lake, "ingest"),
    "build_database": (s3_models, "load"),
    "dbt": (s3_models, "run_dbt"),
    "findings": (s4_findings, "run"),
    "gate": (s6_gate, "run_gate"),
    "published": (s7_published, "publish"),
    "county_reports": (s8_county, "write_reports"),
    "notifications": (s8_county, "send_messages"),
}
CHOSEN = STAGES if os.environ.get("FILINGS_LEAK_STAGES") == "all" else ("lake", "gate")


def plant_table(alias: str) -> list[list[object]]:
    """A row per column with something planted in it, between rows as they should be."""
    columns = dictionary().tables[alias].columns
    body = rows(alias, len(columns) + 2)
    for at, column in enumerate(columns):
        body[at][at] = PLANTS[at % len(PLANTS)]
        if column.sensitive == "name":
            body[at + 1][at] = NAME
    strange = [*headers(alias), f"{NAME}的备注{PHONE}"]
    return [strange, *([*row, PLANTS[at % len(PLANTS)]] for at, row in enumerate(body))]


def plant(home: Home, seed: str) -> None:
    """Planted filings of one county, a plain one of another, and things left in the inbox."""
    folder = home.inbox / COUNTY / PERIOD
    sheets = {
        f"{alias}{NAME if number % 2 else PHONE}"[:31]: plant_table(alias)
        for number, alias in enumerate(dictionary().tables)
    }
    workbook(folder / f"{seed}{NAME}{ID}.xlsx", sheets)
    (folder / f"{seed}.csv").write_text(f'户编号,"{NAME}{ID}\n1,2\n', encoding="utf-8")
    workbook(folder / f"说明{seed}{PHONE}.xlsx", {NAME: [[f"填报人{NAME}", PHONE], [ID]]})
    (folder / f"{NAME}{ID}{seed}").symlink_to("/nowhere")
    (home.inbox / f"{NAME}{ID}{seed}").mkdir()
    other = home.inbox / OTHER / PERIOD
    body = [[OTHER if cell == COUNTY else cell for cell in row] for row in rows("hh", 3)]
    workbook(other / f"户{seed}.xlsx", {"户": [headers("hh"), *body]})


def seen_outside(home: Home) -> dict[str, set[str]]:
    """What stands planted in all that is written, but for what is private: archive, lake, build."""
    warehouse = home.root / "warehouse"
    public = [path for path in warehouse.iterdir() if path != home.build]
    return leaks(*public, home.dagster, home.dbt_target / "logs", home.build / "publish")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Home:
    home = with_parse(Home(tmp_path_factory.mktemp("leaks") / "home"), parsed_project)
    plant(home, "甲")
    run_night(home)
    return home


def test_the_search_finds_what_is_there(home: Home) -> None:
    """Else finding nothing would say nothing."""
    private = leaks(home.archive, home.build / "ingested", home.inbox)
    assert {core for cores in private.values() for core in cores} >= {NAME, ID, PHONE}
    assert planted(f"{ID[:6]}　{ID[6:14]}-{ID[14:]}") == {ID}
    assert home.published_db.exists() and list(home.reports.glob(f"{COUNTY}/{PERIOD}/*.xlsx"))


def test_nothing_planted_is_found_where_others_look(home: Home) -> None:
    assert seen_outside(home) == {}


def test_the_terminal_names_nobody(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILINGS_HOME", str(home.root))
    plant(home, "乙")
    for command in (["receive"], ["findings", "--limit", "5000"], ["doctor"]):
        result = CliRunner().invoke(app, command)
        assert planted(result.output) == set(), command


@pytest.mark.parametrize("step", list(CHOSEN))
def test_a_night_that_fails_names_nobody(
    home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], step: str
) -> None:
    plant(home, f"败{step}")
    module, name = STAGES[step]
    stopped: Callable[..., Any] = getattr(module, name)

    def fail(*args: Any, **options: Any) -> None:
        try:
            raise KeyError(f"{NAME} {ID}")
        except KeyError as error:
            raise RuntimeError(f"cannot convert '{NAME}', '{ID}', '{PHONE}'") from error

    monkeypatch.setattr(module, name, fail)
    with pytest.raises(FilingsError) as failure:
        run_night(home)
    monkeypatch.setattr(module, name, stopped)
    said = capfd.readouterr()
    assert planted(str(failure.value)) | planted(said.out) | planted(said.err) == set()
    assert seen_outside(home) == {}
    kept = "".join(path.read_text(encoding="utf-8") for path in home.errors.iterdir())
    assert NAME in kept, "the steward's own traceback says what it was"


def test_papers_of_the_county_show_masks(home: Home) -> None:
    text = "".join(
        path.read_text(encoding="utf-8-sig") for path in home.reports.glob(f"{COUNTY}/*/*.txt")
    )
    assert "某" in text and Path(f"回执-{COUNTY}-{PERIOD}-v1.txt").name in {
        path.name for path in home.reports.glob(f"{COUNTY}/*/*.txt")
    }
