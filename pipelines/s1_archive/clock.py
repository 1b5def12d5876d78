"""The moment of receipt and of withdrawal: the only reading of the clock that enters a result."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from pipelines.core.settings import TIMEZONE


def moment(now: datetime | None = None) -> str:
    """Return a moment as ISO text to the second, in the county's time, so that texts compare.

    ``now`` stands for the clock; without a zone it is the county's time.
    """
    at = now or datetime.now(ZoneInfo(TIMEZONE))
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(TIMEZONE))
    return at.astimezone(ZoneInfo(TIMEZONE)).isoformat(timespec="seconds")
