"""The sample that the first refresh of an empty home works on."""

from __future__ import annotations

from collections.abc import Callable

from pipelines.core.lock import refresh_lock
from pipelines.core.settings import Home


def nothing_received(at: Home) -> bool:
    """Say whether neither the inbox nor the archive holds a file."""
    return not any(
        path.is_file() for folder in (at.inbox, at.archive) for path in folder.rglob("*")
    )


def make_sample(
    at: Home,
    wait_seconds: float = 0.0,
    progress: Callable[[int, int, str], None] | None = None,
) -> bool:
    """Make the sample counties where nothing was ever received; say whether that was done.

    ``progress`` is called with counties done, counties in all and the last one.

    Raises:
        BusyError: another refresh holds the lock.
    """
    with refresh_lock(at, wait_seconds):
        if not nothing_received(at):
            return False
        from pipelines.simulate import simulate

        simulate(at, progress=progress)
        return True
