"""What became of a delivery, and which of these count: said once, for Python and for SQL.

The models have the same sets in ``dbt_project/macros/statuses.sql``; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    """What became of a delivery, and of a sheet of it."""

    ACCEPTED = "accepted"
    PARTIAL = "partial"
    REFUSED = "refused"
    IGNORED = "ignored"
    REPLY = "reply"
    WAITING = "waiting"
    SUPERSEDED = "superseded"

    @property
    def label(self) -> str:
        """Return what an office reads."""
        return _LABELS[self]


_LABELS = {
    Status.ACCEPTED: "已接收",
    Status.PARTIAL: "部分接收",
    Status.REFUSED: "未接收",
    Status.IGNORED: "未读取",
    Status.REPLY: "已存档",
    Status.WAITING: "等待确认",
    Status.SUPERSEDED: "未生效",
}
# Deliveries that hold rows which do not stand: they wait, or waited in vain.
NOT_IN_FORCE = (Status.WAITING, Status.SUPERSEDED)
# Deliveries of which no row was taken.
NOTHING_TAKEN = (Status.REFUSED, Status.IGNORED, Status.REPLY)
# A delivery that does not count changes nothing in what is published.
DOES_NOT_COUNT = (*NOTHING_TAKEN, *NOT_IN_FORCE)


def sql_list(statuses: Iterable[Status]) -> str:
    """Return statuses as SQL has them after ``in``: ('waiting', 'superseded')."""
    return f"({', '.join(repr(each.value) for each in statuses)})"
