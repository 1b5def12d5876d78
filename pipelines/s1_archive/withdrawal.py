"""Withdrawing a delivery that was filed by mistake: the one before it stands again."""

from __future__ import annotations

from datetime import datetime

from pipelines.core.settings import Home
from pipelines.s1_archive.clock import moment
from pipelines.s1_archive.inbox import Reception, finish
from pipelines.s1_archive.records import Withdrawal, moments, write_withdrawal
from pipelines.s1_archive.steward import REASON_LIMIT, one_line, standing_submission


def withdraw(
    home: Home, submission_id: str, reason: str, now: datetime | None = None
) -> Withdrawal:
    """Record that a submission no longer counts; it takes effect at the next refresh.

    ``now`` is the moment of withdrawal (default: the clock).

    Raises:
        FilingsError: there is no such submission, it is withdrawn already, or the reason is empty
            or too long.
    """
    said = one_line("--reason", "撤回的原因", reason, REASON_LIMIT)
    finish(home, Reception())
    standing_submission(home, submission_id)
    withdrawal = Withdrawal(submission_id, moment(now, moments(home)), said)
    write_withdrawal(home, withdrawal)
    return withdrawal
