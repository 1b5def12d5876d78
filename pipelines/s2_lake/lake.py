"""From archived submissions to the current lake: each read once, the newest per table stands.

``build/ingested/<submission_id>/`` holds a submission's tables and result; it is written aside
and committed by rename. The lake's partitions are hard links to the newest submission that holds
the table and was not withdrawn. Everything here can be deleted and comes back from the archive.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import FilingsError
from pipelines.core.privacy import load_key
from pipelines.core.settings import Home
from pipelines.s1_archive import Submission, blob_path, submissions, withdrawals
from pipelines.s2_lake.delivery import WORKERS, Identity, read_delivery
from pipelines.s2_lake.results import SubmissionResult, frames, read_result, write_result

# Raise this when reading changes its meaning: every submission is then read again.
READER = "2"
# From this size on, starting worker processes costs less than they save.
PARALLEL_BYTES = 8 << 20


@dataclass(frozen=True)
class IngestResult:
    """What one ingest did: submissions read now, all results, lake partitions that changed."""

    ingested: tuple[str, ...]
    results: tuple[SubmissionResult, ...]
    changed_partitions: tuple[str, ...]


def ingest(at: Home, progress: Callable[[str], None] | None = None) -> IngestResult:
    """Read what was not read yet under this dictionary and bring the lake up to date.

    Raises FilingsError where the archive lacks a file that was received.
    ``progress`` is called with the name of each file read (of each submission where many are read
    at once).
    """
    version = _version()
    known = submissions(at)
    new = [s for s in known if _stored(at, s.submission_id, version) is None]
    load_key(at)  # made here where it is missing, not by two workers at once
    if len(new) > 1 and sum(f.size for s in new for f in s.files) > PARALLEL_BYTES:
        _ingest_in_processes(at, new, version, progress)
    else:
        for submission in new:
            _ingest_one(at, submission, version, progress)
    all_results = results(at)
    return IngestResult(
        ingested=tuple(submission.submission_id for submission in new),
        results=tuple(all_results),
        changed_partitions=tuple(_bring_up_to_date(at, standing(at, all_results))),
    )


def results(at: Home) -> list[SubmissionResult]:
    """Return the result of every ingested submission, ordered as they were received."""
    found = (_stored(at, s.submission_id, _version()) for s in submissions(at))
    return [result for result in found if result is not None]


def standing(at: Home, all_results: Sequence[SubmissionResult]) -> list[SubmissionResult]:
    """Return the results of the submissions that were not withdrawn, by version."""
    withdrawn = withdrawals(at)
    kept = (result for result in all_results if result.submission_id not in withdrawn)
    return sorted(kept, key=lambda result: result.version)


def lake_frames(at: Home) -> dict[str, pl.DataFrame]:
    """Return submission, submission_file, quarantine, header and structural_note as frames."""
    return frames(results(at))


def check(files: Sequence[Path], county: str, period: str, key: bytes = b"") -> SubmissionResult:
    """Read files as if they had been filed, and store nothing (the county's dry run).

    Raises FileNotFoundError for a missing file.
    """
    for path in files:
        path.stat()
    who = Identity(f"{county}-{period}-check", county, period, 0, "")
    named = [(path.name, path) for path in files]
    return read_delivery(named, who, dictionary(), key).result


def _version() -> str:
    return f"{dictionary().version}-{READER}"


def _stored(at: Home, submission_id: str, version: str) -> SubmissionResult | None:
    """Return a stored result of this dictionary version, None where there is none."""
    try:
        result = read_result(at.ingested / submission_id)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return result if result.dictionary_version == version else None


def _ingest_in_processes(
    at: Home,
    new: Sequence[Submission],
    version: str,
    progress: Callable[[str], None] | None,
) -> None:
    """Read submissions side by side, the largest first; progress names each one when it is done."""
    largest = sorted(new, key=lambda s: -sum(file.size for file in s.files))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        running = {pool.submit(_ingest_one, at, s, version, None): s for s in largest}
        for done in as_completed(running):
            done.result()
            if progress:
                progress(running[done].submission_id)


def _ingest_one(
    at: Home, submission: Submission, version: str, progress: Callable[[str], None] | None
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
    delivery = read_delivery(files, who, dictionary(), load_key(at), progress)
    aside = at.ingested / f".{submission.submission_id}.part"
    shutil.rmtree(aside, ignore_errors=True)
    (aside / "tables").mkdir(parents=True)
    for alias, frame in delivery.tables.items():
        frame.write_parquet(aside / "tables" / f"{alias}.parquet", compression="zstd")
    write_result(aside, replace(delivery.result, dictionary_version=version))
    final = at.ingested / submission.submission_id
    if final.exists():
        # A directory cannot be replaced by rename; the old one is set aside first.
        old = at.ingested / f".{submission.submission_id}.old"
        shutil.rmtree(old, ignore_errors=True)
        final.rename(old)
        aside.rename(final)
        shutil.rmtree(old, ignore_errors=True)
    else:
        aside.rename(final)


def _bring_up_to_date(at: Home, in_order: Sequence[SubmissionResult]) -> list[str]:
    """Point every lake partition at the newest submission with that table; drop the others."""
    wanted: dict[Path, Path] = {}
    for result in in_order:
        for alias in result.tables:
            folder = at.lake / alias / f"period={result.period}" / f"county={result.county_code}"
            source = at.ingested / result.submission_id / "tables" / f"{alias}.parquet"
            wanted[folder / "part.parquet"] = source
    changed = []
    for target, source in sorted(wanted.items()):
        if not (target.exists() and target.samefile(source)):
            _link(source, target)
            changed.append(str(target.parent.relative_to(at.lake)))
    if at.lake.is_dir():
        for target in sorted(at.lake.glob("*/period=*/county=*/part.parquet")):
            if target not in wanted:
                target.unlink()
                changed.append(str(target.parent.relative_to(at.lake)))
    return changed


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(".part.aside")
    aside.unlink(missing_ok=True)
    try:
        os.link(source, aside)
    except OSError:
        shutil.copyfile(source, aside)
    aside.replace(target)
