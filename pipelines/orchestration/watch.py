"""Who tells the steward that a night failed, or had not ended by the hour it should have.

Belongs here: what watches the runs. What a step may do about its own trouble stands with it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dagster import (
    DagsterInstance,
    DefaultSensorStatus,
    RunFailureSensorContext,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    run_failure_sensor,
    sensor,
)

from pipelines.core.errors import FilingsError
from pipelines.core.settings import TIMEZONE, Home, night_ends_at
from pipelines.orchestration.reasons import reason_of
from pipelines.s8_county import tell_steward

INTERVAL_SECONDS = 300


def tell_failure(home: Home, run_id: str, sentence: str) -> str:
    """Tell the steward of a run that failed, once; return why that could not be done, '' else."""
    title = "刷新失败,已发布的数据保持不变"
    try:
        tell_steward(home, f"run {run_id}", title, f"{sentence}\n数据目录:{home.root}")
    except FilingsError as error:
        return str(error)
    return ""


def failure_sensor(home: Home) -> SensorDefinition:
    """Return the sensor that tells of every run that failed."""

    @run_failure_sensor(
        name="steward_of_failed_runs",
        default_status=DefaultSensorStatus.RUNNING,
        description="刷新失败时告诉值守人 | Tells the steward of a run that failed",
    )
    def steward_of_failed_runs(context: RunFailureSensorContext) -> None:
        sentence = str(reason_of(context.get_step_failure_events(), [context.failure_event]))
        if trouble := tell_failure(home, context.dagster_run.run_id, sentence):
            context.log.warning(trouble)

    return steward_of_failed_runs


def late_sensor(home: Home, job_name: str) -> SensorDefinition:
    """Return the sensor that tells of a night that had not ended by ``FILINGS_NIGHT_ENDS``."""

    @sensor(
        name="steward_of_late_nights",
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="到时没有做完时告诉值守人 | Tells the steward of a night that is late",
    )
    def steward_of_late_nights(context: SensorEvaluationContext) -> SkipReason:
        now = datetime.now(ZoneInfo(TIMEZONE))
        sentence = late(context.instance, job_name, now)
        if not sentence:
            return SkipReason("没有到时未完的刷新")
        try:
            tell_steward(home, f"late {now:%Y-%m-%d}", "刷新到时没有做完", sentence)
        except FilingsError as error:
            return SkipReason(str(error))
        return SkipReason(sentence)

    return steward_of_late_nights


def late(instance: DagsterInstance, job_name: str, now: datetime) -> str:
    """Return the sentence of a night that should have ended by ``now``, '' where none is late.

    A night that failed has ended: of that the steward is told when it does.
    """
    hour, minute = night_ends_at()
    ends = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if now < ends:
        return ""
    since = ends - timedelta(hours=12)
    runs = instance.get_runs(RunsFilter(job_name=job_name, created_after=since))
    if any(run.is_finished for run in runs):
        return ""
    what = "还没有做完" if runs else "没有开始"
    return f"{now:%Y-%m-%d} 的刷新到 {hour:02d}:{minute:02d} {what},请查看 make dev 的界面和机器。"
