"""Which filings are due: the calendar over the counties and periods that were filed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from pipelines.core.dictionary import Dictionary
from pipelines.core.statuses import Status
from pipelines.s2_lake import SubmissionResult
from pipelines.s3_models.timeliness.filing_calendar import Calendar, Due

SCHEMA: dict[str, Any] = {
    "county_code": pl.String,
    "period": pl.String,
    "table_name": pl.String,
    "frequency": pl.String,
    "is_expected": pl.Boolean,
    "covers_from": pl.Date,
    "covers_to": pl.Date,
    "due_at": pl.Datetime("us"),
    "is_calendar_known": pl.Boolean,
}


def filings_due(
    calendar: Calendar,
    dictionary: Dictionary,
    every: Sequence[SubmissionResult],
    standing: Sequence[SubmissionResult],
) -> pl.DataFrame:
    """Return one row per county, period, table and due moment; columns as in ``SCHEMA``.

    All 29 tables of every county and period that was ever filed, and what the calendar expects of a
    county from its first period on up to the newest period that anybody filed. A period is newest
    only if it was over or running when it was filed: one slip of a year makes nobody late. A reply
    to findings files nothing.
    """
    every = [result for result in every if result.status != Status.REPLY]
    standing = [result for result in standing if result.status != Status.REPLY]
    filed = {(result.county_code, result.period) for result in every}
    first: dict[str, str] = {}
    for result in standing:
        if result.tables:
            known = first.get(result.county_code, result.period)
            first[result.county_code] = min(known, result.period)
    horizon = max((r.period for r in standing if r.period <= r.received_at[:7]), default="")
    rows = []
    for county_code in sorted({county for county, _ in filed}):
        near = calendar.of_county(county_code)
        start = first.get(county_code)
        expected = set(_months(start, horizon)) if start and start <= horizon else set()
        own = {period for county, period in filed if county == county_code}
        for period in sorted(own | expected):
            for alias in dictionary.tables:
                for due in near.dues(alias, period):
                    is_expected = due.is_expected and period in expected
                    if is_expected or period in own:
                        rows.append((county_code, period, alias, *_row(due, is_expected)))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _row(due: Due, is_expected: bool) -> tuple[str | None, bool, date, date, datetime | None, bool]:
    return (
        due.frequency,
        is_expected,
        due.covers_from,
        due.covers_to,
        due.due_at,
        due.is_calendar_known,
    )


def _months(first: str, last: str) -> Iterator[str]:
    """Yield the periods from one to another, both included."""
    year, month = int(first[:4]), int(first[5:])
    while (period := f"{year:04d}-{month:02d}") <= last:
        yield period
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
