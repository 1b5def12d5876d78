"""The filing calendar: what is due when, read from ``expectations/filing_calendar.yml``."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import CatalogueError
from pipelines.core.fields import checked_fields
from pipelines.core.files import parsed_yaml, read_text
from pipelines.core.settings import EXPECTATIONS
from pipelines.s3_models.timeliness.workdays import on_or_after

CALENDAR_FILE = EXPECTATIONS / "filing_calendar.yml"
END_OF_DAY = time(23, 59, 59)
ALL = "*"
_FIELDS = {
    "monthly": {"due_days"},
    "yearly": {"due_days", "months"},
    "weekly": {"due"},
}
_COMMON = ("area", "tables", "frequency", "valid", "basis")


@dataclass(frozen=True)
class Entry:
    """One entry: for which area and tables ('*': all), between which days, how often, due when.

    ``months`` are those whose periods are filed (monthly: all); ``weekday`` is 1 for Monday.
    """

    area: str
    tables: frozenset[str]
    frequency: str
    valid_from: date
    valid_to: date | None
    basis: str
    months: frozenset[int] = frozenset(range(1, 13))
    due_days: int = 0
    weekday: int = 0
    due_time: time = END_OF_DAY

    def concerns(self, table: str, day: date) -> bool:
        """Return whether the entry speaks of a table on a day."""
        named = table in self.tables or ALL in self.tables
        return named and self.valid_from <= day <= (self.valid_to or day)


@dataclass(frozen=True)
class Due:
    """One due moment of a table: what it covers, until when (county's time), by which rule.

    ``is_expected``: the calendar asks for it, it was not only filed. ``due_at`` is None where no
    entry speaks of the table; ``is_calendar_known``: whether the working days were.
    """

    frequency: str | None
    is_expected: bool
    covers_from: date
    covers_to: date
    due_at: datetime | None
    is_calendar_known: bool


@dataclass(frozen=True)
class Calendar:
    """All entries of the calendar."""

    entries: tuple[Entry, ...]

    def of_county(self, county_code: str) -> Calendar:
        """Return the entries that can speak of a county, the nearest area's first."""
        areas = [county_code, county_code[:4] + "00", county_code[:2] + "0000", "000000"]
        near = [entry for entry in self.entries if entry.area in areas]
        near.sort(key=lambda e: (areas.index(e.area), ALL in e.tables, -e.valid_from.toordinal()))
        return Calendar(tuple(near))

    def entry(self, table: str, day: date) -> Entry | None:
        """Return the entry that decides for a table on a day; of one county's calendar only."""
        return next((entry for entry in self.entries if entry.concerns(table, day)), None)

    def dues(self, table: str, period: str) -> list[Due]:
        """Return a table's due moments in a period: at least one, several where it is weekly.

        Of one county's calendar only. A weekly report belongs to the period of its weekday.
        """
        first, last = bounds(period)
        weekly = list(self._weekly(table, first, last))
        entry = self.entry(table, last)
        if entry is None or entry.frequency == "weekly":
            return weekly or [Due(None, False, first, last, None, True)]
        due = on_or_after(last + timedelta(days=entry.due_days))
        due_at = datetime.combine(due.day, entry.due_time)
        expected = last.month in entry.months
        return [*weekly, Due(entry.frequency, expected, first, last, due_at, due.is_known)]

    def _weekly(self, table: str, first: date, last: date) -> Iterator[Due]:
        if not any(e.frequency == "weekly" and table in e.tables for e in self.entries):
            return
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            entry = self.entry(table, day)
            if entry and entry.frequency == "weekly" and entry.weekday == day.isoweekday():
                due = on_or_after(day)
                due_at = datetime.combine(due.day, entry.due_time)
                yield Due("weekly", True, day - timedelta(days=6), day, due_at, due.is_known)


def bounds(period: str) -> tuple[date, date]:
    """Return the first and last day of a period 'YYYY-MM'."""
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def read_calendar(path: Path = CALENDAR_FILE) -> Calendar:
    """Read the calendar.

    Raises:
        CatalogueError: an entry has an unknown field, area, table, frequency or day; the message
            names the entry.
    """
    raw = parsed_yaml(read_text(path))
    if not isinstance(raw, list):
        raise CatalogueError(f"{path.name} 应为条目的列表。")
    entries = []
    for number, body in enumerate(raw, start=1):
        try:
            entries.append(_entry(body))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CatalogueError(f"{path.name} 第 {number} 条有误:{error}") from error
    return Calendar(tuple(entries))


def _entry(body: dict[str, Any]) -> Entry:
    """Return one entry. Raises KeyError, TypeError or ValueError for what is wrong in it."""
    frequency = body["frequency"]
    checked_fields(body, "", _COMMON, _FIELDS[frequency])
    if not re.fullmatch(r"[0-9]{6}", str(body["area"])):
        raise ValueError(f"area 应为加引号的六位代码:{body['area']}")
    valid = checked_fields(body["valid"], "valid", ("from",), ("to",))
    return Entry(
        area=str(body["area"]),
        tables=_tables(body["tables"], frequency),
        frequency=frequency,
        valid_from=_day(valid["from"]),
        valid_to=_day(valid["to"]) if "to" in valid else None,
        basis=str(body["basis"]),
        **_moment(body, frequency),
    )


def _tables(named: str | Sequence[str], frequency: str) -> frozenset[str]:
    found = frozenset([named] if isinstance(named, str) else named)
    unknown = found - {ALL} - set(dictionary().tables)
    if unknown or not found:
        raise ValueError(f"没有这些表:{sorted(unknown)}")
    # Only these rows say when they were submitted.
    if frequency == "weekly" and found != {"agg"}:
        raise ValueError("周报只有上报汇总数(agg)")
    return found


def _moment(body: dict[str, Any], frequency: str) -> dict[str, Any]:
    """Return the fields that say when a table is due."""
    if frequency == "weekly":
        due = checked_fields(body["due"], "due", ("weekday", "time"))
        weekday = int(due["weekday"])
        if not 1 <= weekday <= 7:
            raise ValueError(f"weekday 应为 1 至 7:{weekday}")
        return {"weekday": weekday, "due_time": time.fromisoformat(due["time"])}
    every = range(1, 13) if frequency == "monthly" else body.get("months", [12])
    months = frozenset(int(month) for month in every)
    if not months or not months <= set(range(1, 13)):
        raise ValueError(f"months 应为 1 至 12:{sorted(months)}")
    return {"months": months, "due_days": int(body["due_days"])}


def _day(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"不是日期:{value}")
    return value
