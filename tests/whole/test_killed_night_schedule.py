"""After kill −9 of a night the next scheduled one runs: Dagster's daemons at a simulated 02:00.

The scheduler, run monitoring and the queue are evaluated as the daemon does, on the instance that
``make dev`` uses; the run is launched through Dagster's gRPC server and does a real night.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support_homes import with_parse

from pipelines.core.lock import lock_holder
from pipelines.core.settings import PROJECT_ROOT, Home

pytestmark = pytest.mark.e2e

CHINA = ZoneInfo("Asia/Shanghai")
LOG = logging.getLogger("daemon")
FILINGS = Path(sys.executable).with_name("filings")


def wait(condition: Any, seconds: float = 1800) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError("waited in vain")


@pytest.fixture
def killed(home: Home, parsed_project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home whose night was killed at work: ``filings refresh``, as soon as a run has the lock."""
    from dagster import DagsterInstance, DagsterRunStatus

    from pipelines.orchestration.instance import dagster_environment, prepare_instance

    home.inbox.mkdir(parents=True)
    with_parse(home, parsed_project)
    prepare_instance(home)
    for name, value in dagster_environment(home).items():
        monkeypatch.setenv(name, value)
    night = subprocess.Popen(
        [str(FILINGS), "refresh"],
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with DagsterInstance.from_config(str(home.dagster)) as instance:

        def at_work() -> bool:
            runs = instance.get_runs()
            started = bool(runs) and runs[0].status == DagsterRunStatus.STARTED
            assert night.poll() is None, "killed before its end"
            return started and lock_holder(home) is not None

        wait(at_work)
    night.send_signal(signal.SIGKILL)
    night.wait()
    assert lock_holder(home) is None
    yield home


def test_the_next_scheduled_night_runs(killed: Home) -> None:
    from dagster import DagsterInstance, DagsterRunStatus
    from dagster._core.test_utils import create_test_daemon_workspace_context, freeze_time
    from dagster._core.workspace.load_target import ModuleTarget
    from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration
    from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import (
        QueuedRunCoordinatorDaemon,
    )
    from dagster._scheduler.scheduler import launch_scheduled_runs

    module = "pipelines.orchestration.definitions"
    target = ModuleTarget(
        module_name=module, attribute=None, working_directory=None, location_name="filings"
    )
    tomorrow = datetime.now(CHINA) + timedelta(days=1)
    night = tomorrow.replace(hour=2, minute=0, second=10, microsecond=0)
    with (
        DagsterInstance.from_config(str(killed.dagster)) as instance,
        create_test_daemon_workspace_context(target, instance) as workspace,
    ):
        (dead,) = instance.get_runs()
        assert dead.status == DagsterRunStatus.STARTED, "it still claims to run"
        queue = QueuedRunCoordinatorDaemon(interval_seconds=1)

        def schedule(moment: datetime) -> None:
            with freeze_time(moment):
                list(launch_scheduled_runs(workspace, LOG, moment, iteration_times={}))

        schedule(night - timedelta(seconds=40))
        schedule(night)
        (queued,) = [run for run in instance.get_runs() if run.run_id != dead.run_id]
        assert queued.status == DagsterRunStatus.QUEUED
        list(queue.run_iteration(workspace))
        assert instance.get_run_by_id(queued.run_id).status == DagsterRunStatus.QUEUED
        with freeze_time(night + timedelta(seconds=30)):
            list(execute_run_monitoring_iteration(workspace, LOG))
        assert instance.get_run_by_id(dead.run_id).status == DagsterRunStatus.FAILURE
        told = [entry.message for entry in instance.all_logs(dead.run_id)]
        assert any("没有做完就中断了" in message for message in told)
        list(queue.run_iteration(workspace))

        def finished() -> Any:
            run = instance.get_run_by_id(queued.run_id)
            return run if run.is_finished else None

        run = wait(finished)
        problems = [
            entry.message
            for entry in instance.all_logs(queued.run_id)
            if entry.dagster_event and entry.dagster_event.is_failure
        ]
        assert run.status == DagsterRunStatus.SUCCESS, problems
    assert killed.published_db.exists()


def test_a_refresh_by_hand_ends_the_dead_run_too(killed: Home) -> None:
    """What is young is left alone: it may be about to take the lock."""
    from dagster import DagsterInstance, DagsterRunStatus
    from dagster._core.test_utils import freeze_time

    from pipelines.orchestration.launcher import end_dead_runs

    with DagsterInstance.from_config(str(killed.dagster)) as instance:
        started = instance.get_run_records()[0].start_time
        with freeze_time(datetime.fromtimestamp(started + 30, CHINA)):
            assert end_dead_runs(instance) == 0
        with freeze_time(datetime.fromtimestamp(started + 90, CHINA)):
            assert end_dead_runs(instance) == 1
        assert instance.get_runs()[0].status == DagsterRunStatus.FAILURE
