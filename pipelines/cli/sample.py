"""The sample that ``make refresh`` works on while no office ever filed."""

from __future__ import annotations

from collections.abc import Callable

from pipelines.core.lock import refresh_lock
from pipelines.core.settings import Home, is_default_sample


def fill_sample(
    at: Home,
    wait_seconds: float = 0.0,
    progress: Callable[[int, int, str], None] | None = None,
) -> bool:
    """Make the sample counties in the sample's home, once; say whether that was done.

    Any other home is left as it is. ``progress`` is called with counties done, counties in all
    and the last one.

    Raises:
        BusyError: another refresh holds the lock.
    """
    if not is_default_sample(at):
        return False
    with refresh_lock(at, wait_seconds):
        # The truth is written last: without it the sample is not whole.
        if any(at.truth.glob("truth-*.csv")):
            return False
        from pipelines.simulate import simulate

        simulate(at, progress=progress)
        return True
