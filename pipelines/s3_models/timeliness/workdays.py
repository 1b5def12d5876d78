"""Working days in China: public holidays and make-up working days, from a kept library.

The library knows the years that the State Council has announced. For any other year Monday to
Friday is taken, and every answer says whether the calendar was known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import chinese_calendar


@dataclass(frozen=True)
class Workday:
    """A working day, and whether all days looked at to find it are in the known calendar."""

    day: date
    is_known: bool


def is_known(day: date) -> bool:
    """Return whether the day's year is in the library."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def is_workday(day: date) -> bool:
    """Return whether people work on that day; Monday to Friday in a year that is not known."""
    return chinese_calendar.is_workday(day) if is_known(day) else day.isoweekday() <= 5


@cache
def on_or_after(day: date) -> Workday:
    """Return the day itself where it is a working day, else the next one."""
    known = is_known(day)
    while not is_workday(day):
        day += timedelta(days=1)
        known = known and is_known(day)
    return Workday(day, known)
