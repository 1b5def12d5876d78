"""Dagster's own home: inside the filings home, telemetry and sign-up off, one run at a time."""

from __future__ import annotations

import json

from pipelines.core.settings import Home, home_variables, quiet_environment

_MARK = "# Written by the warehouse; without this line the file is yours. | 由本系统写入。"
_CONFIGURATION = """\
{mark}
telemetry:
  enabled: false
# No window that asks for an e-mail address when the UI is first opened.
nux:
  enabled: false
event_log_storage:
  module: pipelines.orchestration.storage
  class: EventLog
  config:
    base_dir: {history}
# What steps print may quote filings; the stages' own sentences are in the event log.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
run_coordinator:
  module: dagster._core.run_coordinator.queued_run_coordinator
  class: QueuedRunCoordinator
  config:
    max_concurrent_runs: 1
run_launcher:
  module: pipelines.orchestration.launcher
  class: NightLauncher
  config:
    root: {root}
# A night that was killed is marked as failed, not left running, so that the next one may start.
run_monitoring:
  enabled: true
  poll_interval_seconds: 30
  start_timeout_seconds: 600
"""


def prepare_instance(home: Home) -> None:
    """Make the instance's folder and write its configuration, where that is still ours."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    configuration = home.dagster / "dagster.yaml"
    text = _CONFIGURATION.format(
        mark=_MARK,
        history=json.dumps(str(home.dagster / "history")),
        root=json.dumps(str(home.root)),
    )
    there = configuration.read_text(encoding="utf-8") if configuration.exists() else ""
    if there != text and (not there or there.startswith("# Written by the warehouse")):
        configuration.write_text(text, encoding="utf-8")


def dagster_environment(home: Home) -> dict[str, str]:
    """Return the variables under which Dagster's own processes work on this home."""
    return {
        **quiet_environment(),
        **home_variables(home),
        "DAGSTER_HOME": str(home.dagster),
    }
