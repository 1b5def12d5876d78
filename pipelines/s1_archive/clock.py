"""The moment of receipt, withdrawal and admission: the only clock reading that enters a result.

Moments never go back: the order of what was received, withdrawn and admitted is their order. A
machine whose clock was set back keeps receiving; what it takes in follows the newest moment in the
archive.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipelines.core.settings import TIMEZONE


def moment(now: datetime | None = None, known: Iterable[str] = ()) -> str:
    """Return a moment as ISO text to the second, in the county's time, so that texts compare.

    ``now`` stands for the clock; without a zone it is the county's time. ``known`` are the moments
    in the archive: where the clock is before the newest of them, the second after it is returned.
    """
    at = now or datetime.now(ZoneInfo(TIMEZONE))
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(TIMEZONE))
    at = at.replace(microsecond=0)
    newest = max(map(datetime.fromisoformat, known), default=at)
    if at < newest:
        at = newest + timedelta(seconds=1)
    return at.astimezone(ZoneInfo(TIMEZONE)).isoformat(timespec="seconds")


def is_behind(now: datetime | None, known: Iterable[str]) -> str | None:
    """Return the newest known moment where the clock is before it, None where it is not."""
    known = list(known)
    newest = max(known, key=datetime.fromisoformat, default=None)
    return newest if newest and moment(now) != moment(now, known) else None
