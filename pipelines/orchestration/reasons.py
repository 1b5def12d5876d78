"""Why a run failed, in one sentence, from the events that Dagster keeps of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dagster import DagsterEvent, DagsterEventType

from pipelines.core.errors import BusyError, FilingsError
from pipelines.orchestration.stage import STAGE_NAMES


def reason_of(steps: Iterable[DagsterEvent], events: Iterable[DagsterEvent]) -> FilingsError:
    """Return the error of a run that failed: the first failed stage's own sentence.

    ``steps`` are its step failures, ``events`` others, the failure of the run among them.
    """
    for event in steps:
        data = event.step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            return FilingsError(data.user_failure_data.description)
        step = STAGE_NAMES.get(event.step_key or "", event.step_key)
        return FilingsError(f"阶段“{step}”失败,已发布的数据保持不变:{_root(data.error)}")
    for event in events:
        if event.event_type == DagsterEventType.PIPELINE_FAILURE:
            return _run_failure(getattr(event.event_specific_data, "error", None))
    return FilingsError("刷新失败,原因未知,请用 make dev 打开 Dagster 查看这次运行。")


def _run_failure(error: Any) -> FilingsError:
    """Return what stopped a run before its first step: mostly the lock."""
    while error is not None:
        if error.cls_name == BusyError.__name__:
            return BusyError(_message(error))
        if error.cause is None:
            return FilingsError(f"刷新未能开始:{_message(error)}")
        error = error.cause
    return FilingsError("刷新未能开始,原因未知。")


def _root(error: Any) -> str:
    """Return the message of the innermost cause."""
    while error is not None and error.cause is not None:
        error = error.cause
    return _message(error) if error is not None else "原因未知"


def _message(error: Any) -> str:
    """Return an error's message without its class path."""
    text = " ".join(str(error.message).split())
    head, colon, rest = text.partition(": ")
    return rest if colon and head.endswith(str(error.cls_name)) else text
