"""Admitting a delivery that waits: from its moment on it counts like any other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home
from pipelines.s1_archive.clock import moment
from pipelines.s1_archive.inbox import Reception, finish
from pipelines.s1_archive.records import Admission, admissions, moments, write_admission
from pipelines.s1_archive.steward import NAME_LIMIT, REASON_LIMIT, one_line, standing_submission


def admit(
    home: Home,
    submission_id: str,
    reason: str,
    by: str,
    must_wait: Callable[[], None],
    now: datetime | None = None,
) -> Admission:
    """Record that a submission counts; it takes effect at the next refresh.

    Whether it waits, reading knows: ``must_wait`` raises FilingsError where it does not. ``now`` is
    the moment of admission (default: the clock).

    Raises:
        FilingsError: there is no such submission, it was withdrawn, was admitted already or does
            not wait; the reason or the name is empty or too long.
    """
    said = one_line("--reason", "确认的原因", reason, REASON_LIMIT)
    who = one_line("--by", "由谁确认", by, NAME_LIMIT)
    finish(home, Reception())
    standing_submission(home, submission_id)
    earlier = admissions(home, []).get(submission_id)
    if earlier is not None:
        raise FilingsError(f"报送 {submission_id} 已于 {earlier.admitted_at} 确认生效。")
    must_wait()
    admission = Admission(submission_id, moment(now, moments(home)), said, who)
    write_admission(home, admission)
    return admission
