"""Kill −9 at any moment of a whole night, run again: published and sent as if nothing had been.

``FILINGS_NIGHT_KILLS`` sets at how many moments (default 1, spread over the night; 20 takes an
hour on a small machine). The moment of receipt is pinned: the deliveries are archived before.
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
from support_homes import with_parse

from pipelines.core.settings import PROJECT_ROOT, Home
from pipelines.s7_published import published_faults

pytestmark = pytest.mark.e2e

FILINGS = Path(sys.executable).with_name("filings")
KILLS = int(os.environ.get("FILINGS_NIGHT_KILLS", "1"))


def start(home: Home, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(FILINGS), *arguments],
        env={
            **os.environ,
            "FILINGS_HOME": str(home.root),
            "FILINGS_QUIET_SECONDS": "0",
            "PYTHONPATH": str(PROJECT_ROOT),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(home: Home, *arguments: str) -> None:
    done = start(home, *arguments)
    _, said = done.communicate(timeout=1800)
    assert done.returncode == 0, said


def left(home: Home) -> dict[str, bytes]:
    """What the world and the counties read, by path.

    Not the database file, whose bytes hold a number that DuckDB draws: its tables are in Parquet.
    """
    found = {}
    for top in (home.parquet, home.reports):
        for path in sorted(top.rglob("*")):
            if path.is_file():
                found[str(path.relative_to(home.root))] = path.read_bytes()
    return found


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Home:
    """A home with two deliveries in its archive, and nothing read of them."""
    home = with_parse(Home(tmp_path_factory.mktemp("archived") / "home"), parsed_project)
    run(home, "simulate", "--profile", "small", "--counties", "1", "--households", "450")
    run(home, "receive")
    return home


@pytest.fixture(scope="module")
def undisturbed(
    archived: Home, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, bytes], float]:
    """What an undisturbed night leaves, and its seconds."""
    home = Home(tmp_path_factory.mktemp("undisturbed") / "home")
    shutil.copytree(archived.root, home.root)
    begun = time.monotonic()
    run(home, "refresh")
    return left(home), time.monotonic() - begun


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_killed_night_run_again_publishes_the_same(
    archived: Home, undisturbed: tuple[dict[str, bytes], float], tmp_path: Path, seed: int
) -> None:
    expected, seconds = undisturbed
    home = Home(tmp_path / "home")
    shutil.copytree(archived.root, home.root)
    moment = (seed + random.Random(seed).random()) / KILLS * seconds
    night = start(home, "refresh")
    try:
        _, said = night.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        night.kill()
        _, said = night.communicate()
    print(f"seed {seed}: killed after {moment:.1f} of {seconds:.1f} s, in {said.splitlines()[-1:]}")
    run(home, "refresh")
    found = left(home)
    assert sorted(found) == sorted(expected)
    assert {path for path in expected if found[path] != expected[path]} == set()
    assert published_faults(home) == ()
    shutil.rmtree(home.root)
