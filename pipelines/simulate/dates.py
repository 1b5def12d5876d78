"""Periods, data dates and ages."""

from __future__ import annotations

import calendar
from datetime import date, timedelta


def period_end(period: str) -> date:
    """Return the data date of a period ``YYYY-MM``: its last day. Raises ValueError."""
    year, month = int(period[:4]), int(period[5:7])
    return date(year, month, calendar.monthrange(year, month)[1])


def age_at(born: date, day: date) -> int:
    """Return full years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def school_age_at(born: date, day: date) -> int:
    """Return the age at the latest 1 September not after ``day``."""
    start = date(day.year, 9, 1)
    return age_at(born, start if start <= day else date(day.year - 1, 9, 1))


def years_before(day: date, years: int) -> date:
    """Return the same day ``years`` earlier; 29 February becomes the 28th."""
    last = calendar.monthrange(day.year - years, day.month)[1]
    return date(day.year - years, day.month, min(day.day, last))


def months_before(day: date, months: int) -> date:
    """Return the first of the month that lies ``months`` before."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def day_text(day: date | None) -> str | None:
    """Return yyyymmdd as the national exports print it."""
    return f"{day:%Y%m%d}" if day else None


def month_text(day: date | None) -> str | None:
    """Return yyyymm."""
    return f"{day:%Y%m}" if day else None


def days(count: int) -> timedelta:
    """Return a span of days."""
    return timedelta(days=count)
