"""Errors of our own while a delivery is read: what its county is told, what is kept of them.

A county is told that the fault is not its own. Kept for the steward is where the program stopped,
without what the errors said: they may quote what was filed.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

from pipelines.core.settings import PROJECT_ROOT
from pipelines.core.statuses import Status
from pipelines.s2_lake.results import FileResult

# Beside the result of a delivery: where the program stopped while it was read.
FAULTS_FILE = "faults.txt"
_NOT_YOURS = "不是报送的问题,无需重报"


class Faults:
    """The unexpected errors of one delivery, from the threads that read its files."""

    def __init__(self) -> None:
        self._traces: list[str] = []

    @property
    def traces(self) -> tuple[str, ...]:
        """The traces, in an order that does not hang on the threads."""
        return tuple(sorted(self._traces))

    def told(self, error: BaseException, what: str) -> str:
        """Return what a county is told of a failure that nobody foresaw, and keep its trace.

        A file for which memory does not suffice is told as the file's: it is too large. All else is
        ours, a panic of compiled code too (a BaseException); what the reading library finds wrong
        with a file's content was told before it comes here.

        Raises:
            BaseException: the error itself, where it is no failure of reading.
        """
        if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            raise error
        if isinstance(error, MemoryError):
            return f"{what}过大,内存不足,未接收,请拆分后重报"
        self._traces.append(trace(error))
        return f"本系统读取{what}时出错,{_NOT_YOURS};系统修复后会自动重新读取"


def is_own_fault(file: FileResult) -> bool:
    """Tell whether a file or sheet was refused for an error of ours."""
    return file.status == Status.REFUSED and _NOT_YOURS in file.reason_zh


def trace(error: BaseException) -> str:
    """Return where an error and its causes arose, one call a line, without what they say."""
    return "\n".join(line for each in _causes(error) for line in _lines(each)) + "\n"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _lines(error: BaseException) -> Iterator[str]:
    yield f"{type(error).__module__}.{type(error).__qualname__}"
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        inside = path.is_relative_to(PROJECT_ROOT)
        shown = path.relative_to(PROJECT_ROOT) if inside else path.name
        yield f"  {shown}:{frame.lineno} {frame.name}"
