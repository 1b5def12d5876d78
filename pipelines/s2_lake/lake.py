"""From archived submissions to the current lake: each read once, the newest per table stands.

``build/ingested/<submission_id>/`` holds what reading a submission gave: ``tables/``,
``amendments/``, ``changes.parquet`` (masked), ``aside.parquet`` and ``quarantined_cells.parquet``
(as filed, private), ``result.json``. It is written aside and committed by one rename. The lake's
partitions are hard links to the newest submission that holds the table, or that table with the
rows that later submissions amend; withdrawn submissions do not count. Everything here can be
deleted and comes back from the archive.
"""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import FilingsError
from pipelines.core.limits import read_limits
from pipelines.core.privacy import load_key
from pipelines.core.settings import Home
from pipelines.s1_archive import Submission, Withdrawal, blob_path, submissions, withdrawals
from pipelines.s2_lake.amendments import Earlier
from pipelines.s2_lake.changes import CHANGE, masked
from pipelines.s2_lake.delivery import WORKERS, Delivery, Identity, read_delivery
from pipelines.s2_lake.partitions import bring_up_to_date
from pipelines.s2_lake.results import SubmissionResult, frames, read_result, write_result

# Raise this when reading changes its meaning: every submission is then read again.
READER = "6"
# From this size on, starting worker processes costs less than they save.
PARALLEL_BYTES = 8 << 20


@dataclass(frozen=True)
class IngestResult:
    """What one ingest did: submissions read now, all results, lake partitions that changed."""

    ingested: tuple[str, ...]
    results: tuple[SubmissionResult, ...]
    changed_partitions: tuple[str, ...]


@dataclass(frozen=True)
class _Filing:
    """All deliveries of one county for one period, oldest first, and those not read yet."""

    versions: tuple[Submission, ...]
    new: tuple[Submission, ...]

    @property
    def size(self) -> int:
        """How many bytes there are to read."""
        return sum(file.size for submission in self.new for file in submission.files)


def ingest(at: Home, progress: Callable[[str], None] | None = None) -> IngestResult:
    """Read what was not read yet under this dictionary and bring the lake up to date.

    Raises FilingsError where the archive lacks a file that was received.
    ``progress`` is called with the name of each file read (of each submission where many are read
    at once).
    """
    version = _version()
    received = submissions(at)
    new = [s for s in received if _stored(at, s.submission_id, version) is None]
    load_key(at)  # made here where it is missing, not by two workers at once
    filings = _filings(received, new)
    if len(filings) > 1 and sum(filing.size for filing in filings) > PARALLEL_BYTES:
        _ingest_in_processes(at, filings, version, progress)
    else:
        for filing in filings:
            _ingest_filing(at, filing, version, progress)
    all_results = results(at)
    return IngestResult(
        ingested=tuple(submission.submission_id for submission in new),
        results=tuple(all_results),
        changed_partitions=tuple(bring_up_to_date(at, not_withdrawn(at, all_results))),
    )


def results(at: Home) -> list[SubmissionResult]:
    """Return the result of every ingested submission, ordered as they were received."""
    version = _version()
    found = (_stored(at, s.submission_id, version) for s in submissions(at))
    return [result for result in found if result is not None]


def not_withdrawn(at: Home, all_results: Sequence[SubmissionResult]) -> list[SubmissionResult]:
    """Return the results of the submissions that were not withdrawn, by version."""
    withdrawn = withdrawals(at)
    kept = (result for result in all_results if result.submission_id not in withdrawn)
    return sorted(kept, key=lambda result: result.version)


def lake_frames(at: Home) -> dict[str, pl.DataFrame]:
    """Return the lake's bookkeeping tables: those of ``results.frames`` and ``change``."""
    found = results(at)
    return {**frames(found), "change": changes(at, found)}


def changes(at: Home, found: Sequence[SubmissionResult]) -> pl.DataFrame:
    """Return what reading changed in cells, keyed by submission, masked where sensitive."""
    schema = {"submission_id": pl.String, **CHANGE}
    parts = [
        pl.read_parquet(at.ingested / result.submission_id / "changes.parquet").select(
            pl.lit(result.submission_id).alias("submission_id"), *CHANGE
        )
        for result in found
    ]
    return pl.concat([pl.DataFrame(schema=schema), *parts])


def _version() -> str:
    return f"{dictionary().version}-{READER}-{read_limits().columns.version}"


def _filings(received: Sequence[Submission], new: Sequence[Submission]) -> list[_Filing]:
    """Group what is to be read: an amendment reads what was kept of the deliveries before it."""
    by_place: dict[tuple[str, str], list[Submission]] = {}
    for submission in sorted(received, key=lambda s: s.version):
        by_place.setdefault(submission.place, []).append(submission)
    unread = {submission.submission_id for submission in new}
    filings = (
        _Filing(tuple(versions), tuple(s for s in versions if s.submission_id in unread))
        for versions in by_place.values()
    )
    return [filing for filing in filings if filing.new]


def _stored(at: Home, submission_id: str, version: str) -> SubmissionResult | None:
    """Return a stored result of this dictionary version, None where there is none."""
    try:
        result = read_result(at.ingested / submission_id)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return result if result.dictionary_version == version else None


def _ingest_in_processes(
    at: Home,
    filings: Sequence[_Filing],
    version: str,
    progress: Callable[[str], None] | None,
) -> None:
    """Read filings side by side, the largest first; progress names each one when it is done."""
    largest = sorted(filings, key=lambda filing: -filing.size)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        running = {pool.submit(_ingest_filing, at, f, version, None): f for f in largest}
        for done in as_completed(running):
            done.result()
            if progress:
                for submission in running[done].new:
                    progress(submission.submission_id)


def _ingest_filing(
    at: Home, filing: _Filing, version: str, progress: Callable[[str], None] | None
) -> None:
    """Read the new deliveries of one filing, oldest first."""
    withdrawn = withdrawals(at)
    for submission in filing.new:
        earlier = _earlier(at, submission, filing, withdrawn, version)
        _ingest_one(at, submission, earlier, version, progress)


def _ingest_one(
    at: Home,
    submission: Submission,
    earlier: Earlier,
    version: str,
    progress: Callable[[str], None] | None,
) -> None:
    who = Identity(
        submission.submission_id,
        submission.county_code,
        submission.period,
        submission.version,
        submission.received_at,
    )
    files = [(file.name, blob_path(at, file)) for file in submission.files]
    for name, path in files:
        if not path.exists():
            raise FilingsError(
                f"归档中缺少 {submission.submission_id} 的文件“{name}”({path.name}),请从备份恢复"
            )
    delivery = read_delivery(files, who, dictionary(), load_key(at), earlier, progress)
    aside = at.ingested / f".{submission.submission_id}.part"
    shutil.rmtree(aside, ignore_errors=True)
    _write(aside, delivery, version)
    final = at.ingested / submission.submission_id
    # A directory cannot be replaced by rename; the old one is set aside first.
    old = at.ingested / f".{submission.submission_id}.old"
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    aside.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def _earlier(
    at: Home,
    submission: Submission,
    filing: _Filing,
    withdrawn: Mapping[str, Withdrawal],
    version: str,
) -> Earlier:
    """Return the deliveries of the same filing that stood when this one was received."""
    moment = datetime.fromisoformat(submission.received_at)
    gone = {
        one.submission_id
        for one in withdrawn.values()
        if datetime.fromisoformat(one.withdrawn_at) <= moment
    }
    found = [
        _stored(at, other.submission_id, version)
        for other in filing.versions
        if other.version < submission.version and other.submission_id not in gone
    ]
    return Earlier(at.ingested, tuple(result for result in found if result is not None))


def _write(folder: Path, delivery: Delivery, version: str) -> None:
    """Write all that a delivery gave into a folder of its own."""
    for name, tables in (("tables", delivery.tables), ("amendments", delivery.amendments)):
        (folder / name).mkdir(parents=True)
        for alias, frame in tables.items():
            _write_parquet(frame, folder / name / f"{alias}.parquet")
    _write_parquet(masked(delivery.changes, dictionary()), folder / "changes.parquet")
    _write_parquet(delivery.aside, folder / "aside.parquet")
    _write_parquet(delivery.cells, folder / "quarantined_cells.parquet")
    write_result(folder, replace(delivery.result, dictionary_version=version))


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="zstd", compression_level=1)
