"""One refresh of one home at a time: a lock that the kernel releases however the holder ends.

The lock is ``flock`` on ``Home.lock``; the file's text (pid and since when, UTC) is only for
people, so a text left behind by a killed process blocks nobody.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

from pipelines.core.errors import BusyError
from pipelines.core.modes import prepare
from pipelines.core.settings import Home

_POLL_SECONDS = 0.2


@contextmanager
def refresh_lock(home: Home, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the home's refresh lock for the length of the block.

    Raises:
        BusyError: another process still holds it after ``wait_seconds``; the message says who.
    """
    prepare(home)
    home.lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with home.lock.open("a+", encoding="utf-8", errors="replace") as file:
        _acquire(file, wait_seconds)
        _write_holder(file)
        try:
            yield
        finally:
            file.truncate(0)
            fcntl.flock(file, fcntl.LOCK_UN)


def lock_holder(home: Home) -> str | None:
    """Return who holds the home's lock (pid and since), None where nobody does."""
    if not home.lock.exists():
        return None
    with home.lock.open("a+", encoding="utf-8", errors="replace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read_holder(file)
    return None


def _acquire(file: TextIO, wait_seconds: float) -> None:
    """Take the lock, trying again until the time is up.

    At least once again: whoever looks at the lock (lock_holder) has it for a moment.
    """
    deadline = time.monotonic() + max(wait_seconds, _POLL_SECONDS)
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise BusyError(
                    f"另一次刷新正在进行({_read_holder(file)}),请等它结束,"
                    "或用 filings refresh --wait 秒数 等候。"
                ) from None
        time.sleep(_POLL_SECONDS)


def _write_holder(file: TextIO) -> None:
    """Leave a line for whoever finds the lock taken; the only clock reading outside intake.

    It describes a running process and enters no result.
    """
    since = datetime.now(UTC).isoformat(timespec="seconds")
    file.truncate(0)
    file.write(f"pid {os.getpid()},自 {since}")
    file.flush()


def _read_holder(file: TextIO) -> str:
    file.seek(0)
    return file.read().strip() or "进程号未知"
