"""Withdrawing a delivery that was filed by mistake: the one before it stands again."""

from __future__ import annotations

from datetime import datetime

from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home
from pipelines.s1_archive.clock import moment
from pipelines.s1_archive.inbox import Reception, finish
from pipelines.s1_archive.records import (
    Withdrawal,
    moments,
    submissions,
    withdrawals,
    write_withdrawal,
)

REASON_LIMIT = 500


def withdraw(at: Home, submission_id: str, reason: str, now: datetime | None = None) -> Withdrawal:
    """Record that a submission no longer counts; it takes effect at the next refresh.

    ``now`` is the moment of withdrawal (default: the clock).

    Raises:
        FilingsError: there is no such submission, it is withdrawn already, or the reason is empty
            or too long.
    """
    said = " ".join("".join(c if c.isprintable() else " " for c in reason).split())
    if not said or len(said) > REASON_LIMIT:
        raise FilingsError(f"请用 --reason 写明撤回的原因(不超过 {REASON_LIMIT} 字)。")
    finish(at, Reception())
    # Another record that is damaged must not stand in the way.
    if submission_id not in {each.submission_id for each in submissions(at, [])}:
        raise FilingsError(f"没有编号为 {submission_id} 的报送,编号见回执。")
    earlier = withdrawals(at, []).get(submission_id)
    if earlier is not None:
        raise FilingsError(f"报送 {submission_id} 已于 {earlier.withdrawn_at} 撤回。")
    withdrawal = Withdrawal(submission_id, moment(now, moments(at)), said)
    write_withdrawal(at, withdrawal)
    return withdrawal
