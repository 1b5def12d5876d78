"""After kill −9 of a night its dbt ends too, at once and whatever it was doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support_homes import with_parse

from pipelines.core.errors import FilingsError
from pipelines.core.settings import PROJECT_ROOT, Home
from pipelines.s3_models import run_dbt

pytestmark = pytest.mark.slow

# Asks for a command that takes long: every test of the project, on a database without a table.
NIGHT = """
import sys
from pathlib import Path
from pipelines.core.settings import Home
from pipelines.core.dbt.runner import warm_dbt

at = Home(Path(sys.argv[1]))
with warm_dbt(at) as dbt:
    dbt.start()
    print(dbt._process.pid, flush=True)
    while True:
        dbt.ask(["build", "--exclude-resource-type", "unit_test"])
"""


# A platform whose kernel sends no signal when a parent ends.
NO_SIGNAL = """
import ctypes

class Without:
    def prctl(self, *arguments):
        return -1

load = ctypes.CDLL
ctypes.CDLL = lambda name=None, *more, **options: (
    Without() if name is None else load(name, *more, **options)
)
"""


def forks(pid: int) -> list[int]:
    """The children that run the same program, not another one."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    program = Path(f"/proc/{pid}/cmdline").read_bytes()
    return [int(each) for each in found if Path(f"/proc/{each}/cmdline").read_bytes() == program]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: object, seconds: float = 120) -> bool:
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("by_signal", [True, False])
def test_dbt_ends_with_the_night_that_was_killed(
    home: Home, parsed_project: Path, monkeypatch: pytest.MonkeyPatch, by_signal: bool
) -> None:
    """By the kernel's signal; and without it, by the closed input, also in the middle of work."""
    with_parse(home, parsed_project)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    if not by_signal:
        hook = home.root / "site"
        hook.mkdir(parents=True)
        (hook / "sitecustomize.py").write_text(NO_SIGNAL)
        environment["PYTHONPATH"] += f"{os.pathsep}{hook}"
    night = subprocess.Popen(
        [sys.executable, "-c", NIGHT, str(home.root)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert night.stdout is not None
    server = int(night.stdout.readline())
    assert until(lambda: forks(server)), "dbt works in a fork"
    (fork,) = forks(server)
    night.send_signal(signal.SIGKILL)
    night.wait()
    assert until(lambda: not is_alive(server) and not is_alive(fork), 20)


HOLDER = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"


def test_who_keeps_the_build_database_locked_is_named(home: Home, parsed_project: Path) -> None:
    with_parse(home, parsed_project)
    home.build_db.parent.mkdir(parents=True)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home.build_db)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "open\n"
        with pytest.raises(FilingsError) as raised:
            run_dbt(home, "models")
        holder.communicate("\n")
    assert f"{home.build_db} 正被其他程序打开(进程 {holder.pid}" in str(raised.value)
    assert "\n" not in str(raised.value) and "请关闭" in str(raised.value)
