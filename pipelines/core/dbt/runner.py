"""dbt beside this process: one group of models at a time, in the build database of one home.

In processes of its own, because dbt keeps the database file open as long as it lives; started and
parsed once for all commands of a night (``warm_dbt``), because that takes longer than most of
them; quiet, because a night that went well has nothing to tell.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.core.database import build_database, lock_sentence
from pipelines.core.errors import FilingsError
from pipelines.core.partitions import mark_tested
from pipelines.core.settings import DBT_PROJECT, Home, duckdb_config, quiet_environment

GROUPS = ("models", "indicators", "publication")
# What went well is not told, and not written down either: the debug log costs a tenth of the run.
QUIETLY = ("--quiet", "--no-use-colors", "--log-level-file", "warn")


def dbt_environment(home: Home) -> dict[str, str]:
    """Return a dbt process's environment: whose database, how much of the machine, no calls.

    The process works in the home's dbt folder. Paths that dbt takes for a part of the connection
    are told from there: it keeps its parse with them, and a home moved or copied keeps it too.
    """
    bounds = duckdb_config(home)

    def from_here(path: Path) -> str:
        return os.path.relpath(path, home.dbt_target)

    return {
        **os.environ,
        **quiet_environment(),
        "FILINGS_BUILD_DB": from_here(home.build_db),
        "FILINGS_MEMORY": str(bounds["memory_limit"]),
        "FILINGS_THREADS": str(bounds["threads"]),
        "FILINGS_TEMP": from_here(home.temp),
        "DBT_PROJECT_DIR": str(DBT_PROJECT),
        "DBT_PROFILES_DIR": str(DBT_PROJECT),
        "DBT_TARGET_PATH": str(home.dbt_target),
        "DBT_LOG_PATH": str(home.dbt_target / "logs"),
    }


def dbt_arguments(group: str) -> list[str]:
    """Return dbt's arguments for one group; unit tests belong to ``make test``, not to the night.

    Raises:
        FilingsError: the group is none of GROUPS.
    """
    if group not in GROUPS:
        raise FilingsError(f"dbt 没有名为“{group}”的模型组,只有 {'、'.join(GROUPS)}。")
    return [
        "build",
        "--select",
        f"tag:{group}",
        "--exclude-resource-type",
        "unit_test",
    ]


SERVER = Path(__file__).with_name("server.py")


class Dbt:
    """dbt for one home: a process that starts on first need, parses once and serves commands."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the process where it is not running; this returns before dbt is ready."""
        if self._process is not None:
            return
        self.home.dbt_target.mkdir(parents=True, exist_ok=True)
        self.home.build_db.parent.mkdir(parents=True, exist_ok=True)
        # -P: what lies in the script's folder must not stand for a package of the same name.
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(SERVER), *QUIETLY],
            env=dbt_environment(self.home),
            cwd=self.home.dbt_target,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, arguments: list[str]) -> tuple[int, str]:
        """Run one command and return its exit status and what it printed."""
        self.start()
        assert self._process and self._process.stdin and self._process.stdout
        try:
            print(json.dumps(arguments), file=self._process.stdin, flush=True)
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            return 1, self.close()
        found = json.loads(answer)
        return found["code"], found["output"]

    def close(self) -> str:
        """End the process and return what it said on its error stream."""
        if self._process is None:
            return ""
        _, said = self._process.communicate()
        self._process = None
        return said


_warm: dict[Path, Dbt] = {}


@contextmanager
def warm_dbt(home: Home) -> Iterator[Dbt]:
    """Keep one dbt for all commands of a home while the block lasts; an inner block shares it."""
    if home.root in _warm:
        yield _warm[home.root]
        return
    dbt = _warm[home.root] = Dbt(home)
    try:
        yield dbt
    finally:
        del _warm[home.root]
        dbt.close()


def manifest(home: Home) -> dict[str, Any]:
    """Return dbt's manifest, parsed anew where a file of the project is newer than it.

    Parsing opens no database: it works before the first refresh.

    Raises:
        FilingsError: the project does not parse.
    """
    if not is_parsed(home):
        invoke(home, ["parse"], "dbt 项目解析")
    parsed: dict[str, Any] = json.loads(_manifest_file(home).read_text(encoding="utf-8"))
    return parsed


def is_parsed(home: Home) -> bool:
    """Tell whether the home's manifest is newer than every file and folder of the project."""
    path = _manifest_file(home)
    if not path.exists():
        return False
    changed = (each for each in DBT_PROJECT.rglob("*") if each.name != ".user.yml")
    return path.stat().st_mtime >= max(each.stat().st_mtime for each in changed)


def _manifest_file(home: Home) -> Path:
    return home.dbt_target / "manifest.json"


def run_dbt(home: Home, group: str) -> None:
    """Build and test one group of models in the build database.

    Raises:
        FilingsError: a model or test failed; the message names it and says where the log lies.
    """
    invoke(home, dbt_arguments(group), f"dbt 模型组 {group}")
    with build_database(home) as connection:
        mark_tested(connection)


def invoke(home: Home, arguments: list[str], what: str) -> str:
    """Run dbt with any arguments for one home and return what it printed.

    Raises:
        FilingsError: dbt did not succeed.
    """
    results = home.dbt_target / "run_results.json"
    results.unlink(missing_ok=True)
    with warm_dbt(home) as dbt:
        code, output = dbt.ask(arguments)
    if code != 0:
        reason = _failures(results) or output.strip()[-2000:]
        locked = lock_sentence(reason)
        if locked:
            raise FilingsError(f"{what}失败:{locked},请关闭那个程序后再运行 filings refresh。")
        log = home.dbt_target / "logs" / "dbt.log"
        raise FilingsError(f"{what}失败:{reason}(日志:{log})")
    return output


def _failures(results: Path) -> str:
    """Return the failed models and tests with their first messages, '' where dbt wrote none."""
    if not results.exists():
        return ""
    nodes: list[dict[str, Any]] = json.loads(results.read_text(encoding="utf-8"))["results"]
    failed = [
        f"{node['unique_id']}: {' '.join(str(node.get('message') or '').split())[:500]}"
        for node in nodes
        if node["status"] in ("error", "fail", "runtime error")
    ]
    return "\n".join(failed[:5])
