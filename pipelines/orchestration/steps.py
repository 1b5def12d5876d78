"""What a step may rest on: which steps of this build are done, and of what they were made.

From the build database to the publication every step works on one file, in one order. A mark in
that file says of each step that it was done there: whoever loads the file removes all marks,
whoever begins a step removes its own and those of all steps after it. So whatever is selected, in
whatever order, a step has the results of the steps before it or refuses with what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb
from dagster import AssetExecutionContext

from pipelines import s2_lake, s3_models, s7_published, s8_county
from pipelines.core.database import build_database, read_only
from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home
from pipelines.orchestration.resources import LockedHome
from pipelines.orchestration.stage import STAGE_NAMES, stage

# The steps that work on the build database, each resting on all before it.
ORDER = (
    "build_database",
    "dbt_models",
    "findings",
    "dbt_indicators",
    "gate",
    "dbt_publication",
    "published",
)
_WHOLE_NIGHT = "或运行 filings refresh,它会做完全部步骤"


def check_inputs(home: LockedHome) -> None:
    """Make sure that the build database may be loaded: lake and last publication are whole.

    Raises:
        FilingsError: a delivery is not in the lake yet; the last publication is damaged, or its
            counties were not told of it yet, which is done from the build that made it.
    """
    if not s2_lake.is_up_to_date(home.folders):
        raise FilingsError(
            "有报送、撤回或确认还没有读入,请先做“读取与规范”(lake)," + _WHOLE_NIGHT + "。"
        )
    if home.has_restored:
        return
    faults = s7_published.published_faults(home.folders)
    if faults or not s8_county.are_reports_written(home.folders):
        why = faults[0].rstrip("。") if faults else "上次发布的县级反馈还没有做完"
        raise FilingsError(f"{why},请先做“核对上次发布”(history),{_WHOLE_NIGHT}。")


@contextmanager
def build_step(context: AssetExecutionContext, home: LockedHome, step: str) -> Iterator[None]:
    """Do a step on the build database: refused where it has nothing to rest on, marked at its end.

    Raises:
        Failure: the step was refused or failed, with the sentence of why.
    """
    with stage(step, home.folders):
        begin(home, step, context.run_id)
        yield
        finish(home.folders, step, context.run_id)


def begin(home: LockedHome, step: str, run_id: str) -> None:
    """Take back a step's mark and those after it, where all before it are done.

    Where the build database comes from an earlier run, filings, rules and models must be what they
    were then. Within one run they are not compared: an edit made meanwhile is applied by the next.

    Raises:
        FilingsError: a step before it is missing, or the inputs changed.
    """
    place = ORDER.index(step)
    done = _done(home.folders)
    missing = [each for each in ORDER[:place] if each not in done]
    if missing:
        raise FilingsError(_missing(missing))
    if done[ORDER[0]] != run_id and _inputs_changed(home):
        raise FilingsError(
            "构建库装入以后,报送、规则、模型或密钥已有变化,"
            f"请从“收件”(submissions)起重做,{_WHOLE_NIGHT}。"
        )
    with build_database(home.folders) as connection:
        connection.execute("delete from steps.done where list_contains(?, step)", [ORDER[place:]])


def finish(home: Home, step: str, run_id: str) -> None:
    """Mark a step as done in this build."""
    with build_database(home) as connection:
        connection.execute("create schema if not exists steps")
        connection.execute(
            "create table if not exists steps.done (step VARCHAR PRIMARY KEY, run_id VARCHAR)"
        )
        connection.execute("insert or replace into steps.done values (?, ?)", [step, run_id])


def _done(home: Home) -> dict[str, str]:
    """Return the steps that are done in the build database, each with the run that did it."""
    if not home.build_db.exists():
        return {}
    with read_only(home.build_db) as connection:
        try:
            return dict(connection.execute("select step, run_id from steps.done").fetchall())
        except duckdb.CatalogException:  # cut off before its first step was done
            return {}


def _inputs_changed(home: LockedHome) -> bool:
    made_of = s3_models.inputs_of(home.folders).fingerprint
    return made_of != s7_published.input_fingerprint(home.folders, home.deciding)


def _missing(steps: Sequence[str]) -> str:
    """Return what is missing, and what to do about it."""
    named = "、".join(f"{STAGE_NAMES[step]}({step})" for step in steps)
    return f"前面的步骤还没有做完:{named}。请先依次做完这些步骤,{_WHOLE_NIGHT}。"
