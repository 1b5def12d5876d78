"""Which runs only claim to run, for Dagster's run monitoring and for a refresh that begins.

A run works under the home's refresh lock from before its first step to after its last, and the
kernel releases the lock however the process ends. So a run that says STARTED while nobody holds
the lock was killed; left so, it keeps the queue, which takes one run at a time, waiting for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, DefaultRunLauncher, RunsFilter
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._serdes import ConfigurableClassData
from dagster._time import get_current_timestamp

from pipelines.core.lock import lock_holder
from pipelines.core.settings import Home

DEAD = "这次刷新没有做完就中断了(进程已不在);没做完的由下一次刷新接着做。"
# Between saying STARTED and taking the lock, and between the lock and the end, lie moments.
GRACE_SECONDS = 60


class NightLauncher(DefaultRunLauncher):
    """Dagster's own launcher, and an answer to whether the run it launched is still at work."""

    def __init__(self, root: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        self._home = Home(Path(root))

    @classmethod
    def config_type(cls) -> Any:
        """Return what dagster.yaml says of it: the home's folder."""
        return {"root": str}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> NightLauncher:
        """Return the launcher of an instance."""
        return cls(config_value["root"], inst_data)

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Tell run monitoring that it may ask."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Return FAILED for a run that was killed; monitoring then ends it."""
        if lock_holder(self._home) is None and _has_run_a_while(self._instance, run):
            return CheckRunHealthResult(WorkerStatus.FAILED, DEAD)
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def end_dead_runs(instance: DagsterInstance) -> int:
    """End the runs that were killed and return how many; the caller holds the refresh lock."""
    working = RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING])
    dead = [run for run in instance.get_runs(working) if _has_run_a_while(instance, run)]
    for run in dead:
        if run.status == DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, DEAD)
        else:
            instance.report_run_failed(run, DEAD)
    return len(dead)


def _has_run_a_while(instance: DagsterInstance, run: DagsterRun) -> bool:
    """Tell whether a run started long enough ago to have the lock, if it were alive."""
    record = instance.get_run_record_by_id(run.run_id)
    if record is None:
        return False
    started = record.start_time or record.create_timestamp.timestamp()
    return get_current_timestamp() - started >= GRACE_SECONDS
