"""Is what lies in the inbox anything new? Decided by whole sets of bytes, per county and period."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.s1_archive.notices import RepeatedFile
from pipelines.s1_archive.records import FiledFile, Submission


def repeats(
    files: Sequence[FiledFile], standing: Sequence[Submission], noted_at: str
) -> list[RepeatedFile]:
    """Return the files as repeats where one standing submission holds all their bytes, else none.

    ``standing`` are the submissions of the same county and period that were not withdrawn. The
    newest that holds all the bytes counts: if nothing came after it, nothing is new; else an older
    version was sent again, of which a table may still stand. Files that only together come from
    several submissions, or of which one is unknown, are a new delivery with all of them.
    """
    ordered = sorted(standing, key=lambda each: each.version)
    sent = {file.sha256 for file in files}
    holding = [each for each in ordered if sent <= each.hashes]
    if not holding:
        return []
    first = {sha: each for each in reversed(ordered) for sha in each.hashes}
    later = tuple(s.submission_id for s in ordered if s.version > holding[-1].version)
    return [
        RepeatedFile(
            county_code=came.county_code,
            period=came.period,
            name=file.name,
            sha256=file.sha256,
            noted_at=noted_at,
            first_received_at=came.received_at,
            submission_id=came.submission_id,
            replaced_by=later,
        )
        for file in files
        for came in [first[file.sha256]]
    ]
