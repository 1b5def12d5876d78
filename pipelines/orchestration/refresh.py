"""One night, here and now: the job of the schedule, run in this process.

``filings refresh`` and the end-to-end tests use it; the schedule runs the same job through
Dagster's own launcher.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import cast

from dagster import DagsterEventType, DagsterInstance, ExecuteInProcessResult

from pipelines.core.errors import FilingsError
from pipelines.core.lock import refresh_lock
from pipelines.core.settings import Home
from pipelines.orchestration.build import JOB, build_definitions
from pipelines.orchestration.instance import prepare_instance
from pipelines.orchestration.launcher import end_dead_runs
from pipelines.orchestration.reasons import reason_of
from pipelines.orchestration.stage import OUTSIDE_FOLDERS, WARNINGS
from pipelines.orchestration.watch import tell_failure


@dataclass(frozen=True)
class NightResult:
    """What one run did: was there anything new, and seconds by stage in the order of the way."""

    is_new: bool
    seconds: dict[str, float]
    warnings: tuple[str, ...]


def run_night(home: Home, wait_seconds: float = 0.0, deciding: str | None = None) -> NightResult:
    """Take the home's refresh lock and run the nightly job once (``run_locked_night``).

    Raises:
        BusyError: another refresh still holds the lock after ``wait_seconds``.
        FilingsError: a stage failed; the sentence says which and why. What was published stays.
    """
    with refresh_lock(home, wait_seconds):
        return run_locked_night(home, deciding)


def run_locked_night(home: Home, deciding: str | None = None) -> NightResult:
    """Run the nightly job once under the caller's refresh lock.

    It tells a line per stage on the error stream.
    ``deciding`` is the hash of the project's files, where the caller took it before it read any.

    Raises:
        FilingsError: a stage failed; the sentence says which and why. What was published stays.
    """
    prepare_instance(home)
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        end_dead_runs(instance)
    # On a night with nothing new it warns of a gate that "emitted no result": it was skipped.
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)
    definitions = build_definitions(home, is_locked=True, deciding=deciding)
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        result = definitions.resolve_job_def(JOB).execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"progress": {"config": {}}}},
        )
    if not result.success:
        error = failure(result)
        # Beside the daemon's own sensor, which tells of the same run no second time.
        trouble = tell_failure(home, result.run_id, str(error))
        raise FilingsError(f"{error}(没能告诉值守人:{trouble})") if trouble else error
    seconds = _seconds(result)
    outside = (f"收件箱中 {line}。" for line in _observed(result, OUTSIDE_FOLDERS))
    warnings = (*outside, *_observed(result, WARNINGS), *_failed_messages(result))
    return NightResult("lake" in seconds, seconds, warnings)


def failure(result: ExecuteInProcessResult) -> FilingsError:
    """Return the error of a run that failed: the first failed stage's own sentence."""
    return reason_of(result.get_step_failure_events(), result.all_events)


def _seconds(result: ExecuteInProcessResult) -> dict[str, float]:
    """Return how long each stage took, in the order they ran; skipped stages are not in it."""
    return {
        str(event.step_key): event.step_success_data.duration_ms / 1000
        for event in result.all_events
        if event.is_step_success
    }


def _observed(result: ExecuteInProcessResult, name: str) -> tuple[str, ...]:
    """Return the lines that stages observed under a name, each once."""
    found = [
        event.asset_observation_data.asset_observation.metadata
        for event in result.all_events
        if event.event_type == DagsterEventType.ASSET_OBSERVATION
    ]
    lines = [
        line
        for metadata in found
        if (value := metadata.get(name)) is not None
        for line in cast(list[str], value.value)
    ]
    return tuple(dict.fromkeys(lines))


def _failed_messages(result: ExecuteInProcessResult) -> tuple[str, ...]:
    """Return one sentence where messages could not be sent."""
    failed = 0
    for event in result.all_events:
        if event.event_type == DagsterEventType.ASSET_MATERIALIZATION:
            value = event.materialization.metadata.get("messages_failed")
            failed += int(str(value.value)) if value is not None else 0
    return (f"{failed} 条消息未能发出,下次刷新时重发(filings alerts 可查看)。",) if failed else ()
