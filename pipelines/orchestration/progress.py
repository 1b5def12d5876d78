"""One line per stage while the job runs: a Dagster logger that listens to step events."""

from __future__ import annotations

import logging
import sys

from dagster import DagsterEvent, InitLoggerContext, logger

from pipelines.orchestration.stage import STAGE_NAMES


class ProgressHandler(logging.Handler):
    """Writes ``建模 … 12.3 秒`` to the error stream as stages end; everything else is dropped."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the line of a step that ended."""
        event: DagsterEvent | None = (getattr(record, "dagster_meta", None) or {}).get(
            "dagster_event"
        )
        if event is None or event.step_key is None:
            return
        stage = STAGE_NAMES.get(event.step_key, event.step_key)
        if event.is_step_start:
            sys.stderr.write(f"  {stage} …")
        elif event.is_step_success:
            seconds = event.step_success_data.duration_ms / 1000
            sys.stderr.write(f" {seconds:.1f} 秒\n")
        elif event.is_step_failure:
            sys.stderr.write(" 失败\n")
        sys.stderr.flush()


@logger
def progress_logger(context: InitLoggerContext) -> logging.Logger:
    """Return a logger whose only handler is ProgressHandler."""
    own = logging.Logger("filings.progress", level=logging.DEBUG)
    own.addHandler(ProgressHandler())
    return own
