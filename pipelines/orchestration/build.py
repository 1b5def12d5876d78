"""The definitions of one home: assets, checks, the nightly job, its schedule.

Tests and production share this one graph; a test gives another home or other resources.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dagster import (
    AssetKey,
    AssetsDefinition,
    AssetSelection,
    DefaultScheduleStatus,
    Definitions,
    ScheduleDefinition,
    colored_console_logger,
    define_asset_job,
    in_process_executor,
)

from pipelines import s3_models, s5_indicators, s6_gate, s7_published
from pipelines.core.settings import TIMEZONE, Home
from pipelines.orchestration import assets, dbt, filings, sensors, watch
from pipelines.orchestration.progress import progress_logger
from pipelines.orchestration.resources import LockedHome

JOB = "nightly"

# Importing dagster and dbt costs more than the stages: one process for all steps.
nightly = define_asset_job(
    JOB,
    # What is made cell by cell is told of by the steps that make all cells at once.
    selection=AssetSelection.all() - AssetSelection.assets(*filings.CELLS),
    executor_def=in_process_executor,
    description="一晚的刷新:收件、读取、建模、核查、把关、发布、反馈 | One night's refresh",
)

nightly_schedule = ScheduleDefinition(
    name="nightly_at_two",
    job=nightly,
    cron_schedule="0 2 * * *",
    execution_timezone=TIMEZONE,
    default_status=DefaultScheduleStatus.RUNNING,
    description="每天凌晨两点(北京时间)| Every day at 02:00, Asia/Shanghai",
)


def build_definitions(
    home: Home,
    *,
    is_locked: bool = False,
    deciding: str | None = None,
    resources: dict[str, Any] | None = None,
) -> Definitions:
    """Return the code location of one home.

    ``is_locked`` says that the caller holds the refresh lock while a run lasts; ``deciding`` is the
    hash of the project's files, where the caller took it earlier; ``resources`` replace those of
    production.

    Raises:
        FilingsError: the dbt project does not parse.
    """
    deciding = deciding or s7_published.deciding_fingerprint()  # before any of them is read
    parsed = s3_models.manifest(home)
    models = dbt.group_assets(parsed, "models", first=s6_gate.warm_up)
    indicators = dbt.group_assets(parsed, "indicators", first=s5_indicators.refuse_stale)
    publication = dbt.group_assets(parsed, "publication")
    return Definitions(
        assets=[
            assets.history,
            assets.submissions,
            assets.lake,
            assets.build_database,
            models,
            assets.rule_findings(_in_schema(models, "records")),
            indicators,
            assets.publication_gate(_ends(indicators)),
            publication,
            assets.published_warehouse([*_in_schema(publication, "main"), AssetKey("gate")]),
            assets.county_reports,
            assets.notifications,
            filings.filing,
            filings.county_workbook,
        ],
        jobs=[nightly],
        schedules=[nightly_schedule],
        sensors=[
            sensors.inbox_sensor(home, JOB),
            watch.failure_sensor(home),
            watch.late_sensor(home, JOB),
        ],
        executor=in_process_executor,
        loggers={"console": colored_console_logger, "progress": progress_logger},
        resources={
            "home": LockedHome(root=str(home.root), is_locked=is_locked, deciding=deciding),
            **(resources or {}),
        },
    )


def _in_schema(group: AssetsDefinition, schema: str) -> Iterable[AssetKey]:
    """Return the group's assets of one schema: ``records`` is what rules read, ``main`` leaves."""
    return sorted(key for key in group.keys if key.path[0] == schema)


def _ends(group: AssetsDefinition) -> Iterable[AssetKey]:
    """Return the group's assets that nothing in the group reads: what the next stage waits for."""
    read = {dep.asset_key for spec in group.specs for dep in spec.deps}
    return sorted(key for key in group.keys if key not in read)
