"""Whether a delivery waits, or would: asked before it is admitted, and before it is filed."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from pipelines import s1_archive
from pipelines.core.errors import FilingsError
from pipelines.core.limits import read_limits
from pipelines.core.settings import Home
from pipelines.core.statuses import Status
from pipelines.s1_archive import Admission
from pipelines.s2_lake.deliveries.ingest import in_force, results
from pipelines.s2_lake.deliveries.waiting import compare
from pipelines.s2_lake.results import SubmissionResult


def admit(
    home: Home, submission_id: str, reason: str, by: str, now: datetime | None = None
) -> Admission:
    """Record that a delivery that waits counts from the next refresh on.

    ``now`` is the moment of admission (default: the clock).

    Raises:
        FilingsError: there is no such delivery, it was withdrawn, was admitted already or does not
            wait; the reason or the name is empty or too long.
    """
    must_wait = partial(_must_wait, home, submission_id)
    return s1_archive.admit(home, submission_id, reason, by, must_wait, now)


def would_wait(home: Home, read: SubmissionResult, known: Home) -> list[str]:
    """Return what would be doubted of a delivery that was read in one home if it came to another.

    ``at`` is where it was read, ``known`` the home whose deliveries it would meet.
    """
    if not (known.archive / "manifests").is_dir():
        return []
    county = [each for each in results(known, []) if each.county_code == read.county_code]
    limits = read_limits().of_day(date.fromisoformat(read.received_at[:10]))
    counted = in_force(known, county)
    return list(compare(read, home.ingested, counted, known.ingested, limits).values())


def _must_wait(home: Home, submission_id: str) -> None:
    found = next((each for each in results(home) if each.submission_id == submission_id), None)
    if found is None:
        raise FilingsError(f"报送 {submission_id} 还没有读取,请先运行 filings refresh。")
    if found.status == Status.SUPERSEDED:
        raise FilingsError(f"报送 {submission_id} 已不再等待确认:其后又收到了同一期的报送。")
    if found.status != Status.WAITING:
        raise FilingsError(f"报送 {submission_id} 没有在等待确认,无需确认。")
