"""Kill −9 at any moment of receiving and reading, run again: as if nothing had happened.

``FILINGS_KILLS`` sets how often (default 12; 50 takes some minutes).
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filing_samples import csv_bytes, headers, national, rows, workbook
from kill_nine import intake

from pipelines.core.settings import PROJECT_ROOT, Home

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("FILINGS_KILLS", "12"))
COUNTIES = ("990101", "990102")


def fill(home: Home) -> None:
    """Two counties' deliveries: several tables and sheets, bad rows, a broken file."""
    for county in COUNTIES:
        folder = home.inbox / county / "2020-06"
        folder.mkdir(parents=True)
        for alias in ("p", "hh", "inc", "liv", "vil"):
            body = rows(alias, 150)
            body[3] = list(body[2])
            body[5] = ["", *body[5][1:]]
            filed = [[county if cell == "990101" else cell for cell in row] for row in body]
            sheets = {"一村": national(alias, filed[:80]), "二村": national(alias, filed[80:])}
            workbook(folder / f"{alias}.xlsx", sheets)
        (folder / "ben.csv").write_bytes(csv_bytes([headers("ben"), *rows("ben", 300)]))
        (folder / "坏.xlsx").write_bytes(b"PK\x03\x04 nothing")


def everything(home: Home) -> dict[str, bytes]:
    """All files that the intake leaves, by path; the key is the tests' own."""
    found = {}
    for top in (home.inbox, home.archive, home.lake, home.ingested, home.reports):
        for path in sorted(top.rglob("*")):
            if path.is_file():
                found[str(path.relative_to(home.root))] = path.read_bytes()
    return found


def start(home: Home) -> subprocess.Popen[str]:
    folder = Path(__file__).parents[1]
    child = subprocess.Popen(
        [sys.executable, str(folder / "kill_nine.py"), str(home.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{PROJECT_ROOT}{os.pathsep}{folder}"},
    )
    assert child.stdout is not None and child.stdout.readline() == "ready\n"
    return child


def begin(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("go\n")
    child.stdin.flush()


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deliveries, made once: a workbook made twice differs in its date."""
    home = Home(tmp_path_factory.mktemp("made"))
    fill(home)
    return home.inbox


@pytest.fixture(scope="module")
def undisturbed(
    inbox: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, bytes], float]:
    """What an undisturbed run leaves, and its seconds."""
    home = Home(tmp_path_factory.mktemp("undisturbed"))
    shutil.copytree(inbox, home.inbox)
    child = start(home)
    begun = time.monotonic()
    begin(child)
    assert child.wait(120) == 0
    return everything(home), time.monotonic() - begun


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_killed_intake_run_again_leaves_the_same(
    tmp_path: Path, inbox: Path, undisturbed: tuple[dict[str, bytes], float], seed: int
) -> None:
    expected, seconds = undisturbed
    home = Home(tmp_path / "home")
    shutil.copytree(inbox, home.inbox)
    rng = random.Random(seed)
    for _ in range(rng.choice([1, 1, 2])):
        child = start(home)
        begin(child)
        time.sleep(rng.uniform(0, seconds * 1.05))
        child.kill()
        child.wait()
    intake(home)
    left = everything(home)
    assert sorted(left) == sorted(expected)
    assert {path for path in expected if left[path] != expected[path]} == set()
    shutil.rmtree(home.root)
