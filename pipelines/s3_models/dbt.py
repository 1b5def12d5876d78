"""dbt as a subprocess: one group of models at a time, in the build database of one home.

A subprocess, because dbt in process keeps the database file open; quiet, because a night that
went well has nothing to tell.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipelines.core.errors import FilingsError
from pipelines.core.settings import DBT_PROJECT, Home, duckdb_config, quiet_environment

GROUPS = ("models", "indicators", "publication")
# What went well is not told, and not written down either: the debug log costs a tenth of the run.
QUIETLY = ("--quiet", "--no-use-colors", "--log-level-file", "warn")


def dbt_environment(at: Home) -> dict[str, str]:
    """Return a dbt process's environment: whose database, how much of the machine, no calls."""
    bounds = duckdb_config(at)
    return {
        **os.environ,
        **quiet_environment(),
        "FILINGS_BUILD_DB": str(at.build_db),
        "FILINGS_MEMORY": str(bounds["memory_limit"]),
        "FILINGS_THREADS": str(bounds["threads"]),
        "FILINGS_TEMP": str(bounds["temp_directory"]),
        "DBT_PROJECT_DIR": str(DBT_PROJECT),
        "DBT_PROFILES_DIR": str(DBT_PROJECT),
        "DBT_TARGET_PATH": str(at.dbt_target),
        "DBT_LOG_PATH": str(at.dbt_target / "logs"),
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


def dbt_executable() -> str:
    """Return the dbt that belongs to this interpreter, whatever PATH says."""
    return str(Path(sys.executable).with_name("dbt"))


def run_dbt(at: Home, group: str) -> None:
    """Build and test one group of models in the build database.

    Raises:
        FilingsError: a model or test failed; the message names it and says where the log lies.
    """
    invoke(at, dbt_arguments(group), f"dbt 模型组 {group}")


def invoke(at: Home, arguments: list[str], what: str) -> str:
    """Run dbt with any arguments for one home and return what it printed.

    Raises:
        FilingsError: dbt did not succeed.
    """
    at.dbt_target.mkdir(parents=True, exist_ok=True)
    at.build_db.parent.mkdir(parents=True, exist_ok=True)
    results = at.dbt_target / "run_results.json"
    results.unlink(missing_ok=True)
    done = subprocess.run(
        [dbt_executable(), *QUIETLY, *arguments],
        env=dbt_environment(at),
        cwd=at.dbt_target,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = _failures(results) or (done.stdout + done.stderr).strip()[-2000:]
        log = at.dbt_target / "logs" / "dbt.log"
        raise FilingsError(f"{what}失败:{reason}(日志:{log})")
    return done.stdout


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
