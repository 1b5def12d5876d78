"""Dagster's own home: inside the filings home, telemetry off, nothing else configured."""

from __future__ import annotations

import json

from pipelines.core.settings import Home, quiet_environment

_CONFIGURATION = """\
# Written by the warehouse. | 由本系统写入。
telemetry:
  enabled: false
event_log_storage:
  module: pipelines.orchestration.storage
  class: EventLog
  config:
    base_dir: {folder}
run_coordinator:
  module: dagster._core.run_coordinator.queued_run_coordinator
  class: QueuedRunCoordinator
  config:
    max_concurrent_runs: 1
# A night that was killed is marked as failed, not left running.
run_monitoring:
  enabled: true
"""


def prepare_instance(at: Home) -> None:
    """Make the instance's folder with its configuration."""
    at.dagster.mkdir(parents=True, exist_ok=True)
    configuration = at.dagster / "dagster.yaml"
    if not configuration.exists():
        text = _CONFIGURATION.format(folder=json.dumps(str(at.dagster / "history")))
        configuration.write_text(text, encoding="utf-8")


def dagster_environment(at: Home) -> dict[str, str]:
    """Return the variables under which Dagster's own processes work on this home."""
    return {
        **quiet_environment(),
        "DAGSTER_HOME": str(at.dagster),
        "FILINGS_HOME": str(at.root),
    }
