"""What Dagster knows of a home: whether its scheduler lives, and how the last night went."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from dagster import DagsterInstance

from pipelines.core.settings import Home
from pipelines.orchestration.build import JOB

SCHEDULER = "SCHEDULER"


@dataclass(frozen=True)
class Night:
    """One run of the nightly job: Dagster's status, when it began, seconds (None while running)."""

    status: str
    began_at: datetime
    seconds: float | None


def scheduler_seen_at(home: Home) -> datetime | None:
    """Return the last sign of life of the scheduler, None where there never was one."""
    with _instance(home) as instance:
        beat = instance.get_daemon_heartbeats().get(SCHEDULER) if instance else None
    return datetime.fromtimestamp(beat.timestamp, UTC) if beat else None


def last_night(home: Home) -> Night | None:
    """Return the last run of the nightly job, scheduled or not, None where there was none."""
    with _instance(home) as instance:
        records = instance.get_run_records(limit=20) if instance else []
    for record in records:
        if record.dagster_run.job_name == JOB:
            began = record.start_time or record.create_timestamp.timestamp()
            seconds = record.end_time - began if record.end_time else None
            status = record.dagster_run.status.value
            return Night(status, datetime.fromtimestamp(began, UTC), seconds)
    return None


@contextmanager
def _instance(home: Home) -> Iterator[DagsterInstance | None]:
    """Open the home's Dagster; None where it was never used, so that asking makes nothing."""
    if not (home.dagster / "dagster.yaml").exists():
        yield None
        return
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        yield instance
