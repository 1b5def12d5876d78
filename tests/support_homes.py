"""Homes for tests: made once for a whole run of pytest, copied, and worked on by the program."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.core.settings import PROJECT_ROOT, Home

FILINGS = Path(sys.executable).with_name("filings")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that the first process of this test run fills and every other one finds.

    It is everybody's: a test that changes what is in it takes a copy.
    """
    top = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        top = top.parent
    folder, made = top / name, top / f"{name}.made"
    with (top / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


def with_parse(home: Home, parsed_project: Path) -> Home:
    """Return the home with the parsed project in it, as after an earlier night: dbt starts soon."""
    shutil.copytree(parsed_project, home.dbt_target, dirs_exist_ok=True)
    return home


def filings(home: Home, *arguments: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does, in a process of its own; None takes any exit status."""
    done = subprocess.run(
        [str(FILINGS), *arguments],
        env={**os.environ, "FILINGS_HOME": str(home.root), "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert code in (None, done.returncode), done.stdout + done.stderr
    return done
