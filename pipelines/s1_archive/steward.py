"""What the steward says of a delivery: words of one line, of a delivery that there is."""

from __future__ import annotations

from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home
from pipelines.s1_archive.records import submissions, withdrawals

REASON_LIMIT = 500
NAME_LIMIT = 50


def one_line(option: str, what: str, text: str, limit: int) -> str:
    """Return text without signs that cannot be shown. Raises FilingsError: empty or too long."""
    said = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not said or len(said) > limit:
        raise FilingsError(f"请用 {option} 写明{what}(不超过 {limit} 字)。")
    return said


def standing_submission(home: Home, submission_id: str) -> None:
    """Raise FilingsError where there is no such submission, or it was withdrawn."""
    # Another record that is damaged must not stand in the way.
    if submission_id not in {each.submission_id for each in submissions(home, [])}:
        raise FilingsError(f"没有编号为 {submission_id} 的报送,编号见回执。")
    withdrawn = withdrawals(home, []).get(submission_id)
    if withdrawn is not None:
        raise FilingsError(f"报送 {submission_id} 已于 {withdrawn.withdrawn_at} 撤回。")
