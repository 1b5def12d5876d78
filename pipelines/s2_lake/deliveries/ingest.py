"""From archived submissions to the current lake: each read once, the newest per table stands.

``build/ingested/<submission_id>/`` holds what reading a submission gave: ``tables/``,
``amendments/``, ``changes.parquet`` (masked), ``aside.parquet`` and ``quarantined_cells.parquet``
(as filed, private), ``result.json``. It is written aside and committed by one rename. The lake's
partitions are hard links to the newest submission that holds the table, or that table with the
rows that later submissions amend; submissions that were withdrawn or that wait do not count.
Everything here can be deleted and comes back from the archive.
"""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import FilingsError
from pipelines.core.files import TornError
from pipelines.core.limits import read_limits
from pipelines.core.privacy import key_fingerprint, load_key
from pipelines.core.settings import Home
from pipelines.core.statuses import NOT_IN_FORCE, Status
from pipelines.s1_archive import (
    FiledFile,
    Submission,
    blob_path,
    records_hash,
    submissions,
    withdrawals,
)
from pipelines.s2_lake.deliveries import waiting
from pipelines.s2_lake.deliveries.amendments import Earlier
from pipelines.s2_lake.deliveries.delivery import (
    WORKERS,
    Delivery,
    Identity,
    read_delivery,
    refused_delivery,
)
from pipelines.s2_lake.deliveries.faults import FAULTS_FILE
from pipelines.s2_lake.deliveries.partitions import bring_up_to_date
from pipelines.s2_lake.deliveries.plan import (
    FAULTY,
    PROVISIONAL,
    Again,
    Filing,
    damaged,
    filings,
    is_faulty,
    is_whole,
    stored,
    whatever_is_stored,
)
from pipelines.s2_lake.results import SubmissionResult, frames, write_result
from pipelines.s2_lake.rows.changes import CHANGE, masked
from pipelines.s2_lake.rows.retained_cells import ASIDE, QUARANTINED_CELL, ROOT
from pipelines.s2_lake.rows.schema import lake_types

# Raise this when reading changes its meaning: every submission is then read again.
READER = "12"
# From this size on, starting worker processes costs less than they save.
PARALLEL_BYTES = 8 << 20
# What is told of a delivery whose archived bytes are damaged.
LAST_READ = "存档文件缺失或已损坏,沿用损坏前读取的内容,请从备份恢复存档文件后重新刷新"
NEVER_READ = "整次报送未读取,此前的报送照旧有效,请从备份恢复存档文件后重新刷新,或重新报送"


# Deliveries that are read one after another, each with its filing.
_Group = tuple[tuple[Filing, Submission], ...]


@dataclass(frozen=True)
class _Archive:
    """The submissions that can be read, in the order of receipt, and whether these are all."""

    received: Sequence[Submission]
    is_whole: bool


@dataclass(frozen=True)
class IngestResult:
    """What one ingest did: submissions read now, all results, lake partitions that changed.

    ``warnings`` are sentences about deliveries that could not be read; ``faulty`` are the
    submissions at which our own program failed, each with the file that says where.
    """

    ingested: tuple[str, ...]
    results: tuple[SubmissionResult, ...]
    changed_partitions: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    faulty: tuple[tuple[str, Path], ...] = ()


def ingest(
    home: Home,
    progress: Callable[[str], None] | None = None,
    again: tuple[str, str] | None = None,
) -> IngestResult:
    """Read what was not read yet under this dictionary and bring the lake up to date.

    A delivery whose archived bytes are damaged is not read, and told in ``warnings`` (``plan``).
    ``progress`` is called with the name of each file read (of each submission where many are read
    at once). Of ``again``, a county and period, every delivery is read, whatever was read before.

    Raises:
        TornError: a record of the archive is damaged. The filings that it does not concern are
            read; the lake stays as it was.
    """
    version, torn = _version(home), list[TornError]()
    _mark(home).unlink(missing_ok=True)
    received = submissions(home, torn)
    waiting.said(home, torn=torn)
    unsure = {error.path.stem.rpartition("-v")[0] for error in torn}
    sure = [s for s in received if "-".join(s.place) not in unsure]
    planned = filings(home, sure, version, again=_wanted(again))
    to_read = [filing for filing in planned if filing.new]
    archive = _Archive(sure, is_whole=not torn)
    for groups in _groups(to_read, sure):
        if len(groups) > 1 and sum(map(_size, groups)) > PARALLEL_BYTES:
            _ingest_in_processes(home, groups, archive, version, progress)
        else:
            for group in groups:
                _ingest_group(home, group, archive, version, progress)
    if torn:
        raise torn[0]
    all_results = results(home)
    changed = bring_up_to_date(home, in_force(home, all_results))
    home.lake.mkdir(parents=True, exist_ok=True)
    _mark(home).write_text(records_hash(home), encoding="utf-8")
    return IngestResult(
        ingested=tuple(s.submission_id for s in received for f in to_read if s in f.new),
        results=tuple(all_results),
        changed_partitions=tuple(changed),
        warnings=tuple(
            f"{each.submission_id}:{each.reason_zh}。文件在 "
            f"{_blobs(home, filing.damaged[each.submission_id])}。"
            for filing in planned
            for each in all_results
            if each.submission_id in filing.damaged
        ),
        faulty=tuple(
            (each.submission_id, home.ingested / each.submission_id / FAULTS_FILE)
            for each in all_results
            if is_faulty(each)
        ),
    )


def read_again(home: Home, place: tuple[str, str]) -> IngestResult:
    """Read every delivery of one county and period anew, and nothing else.

    Raises:
        FilingsError: something is not read yet, or nothing was filed there.
        TornError: a record of the archive is damaged.
    """
    if not is_up_to_date(home):
        raise FilingsError("有报送、撤回或确认还没有读入,请先做“读取与规范”(lake)。")
    if all(each.place != place for each in submissions(home)):
        raise FilingsError(f"{place[0]} {place[1]} 没有报送,无从重读。")
    return ingest(home, again=place)


def is_up_to_date(home: Home) -> bool:
    """Tell whether the lake is what an ingest would make of the archive as it stands now.

    Raises:
        TornError: a record of the archive is damaged.
    """
    mark = _mark(home)
    if not mark.exists() or mark.read_text(encoding="utf-8") != records_hash(home):
        return False
    return not any(each.new for each in filings(home, submissions(home), _version(home)))


def _wanted(place: tuple[str, str] | None) -> Again:
    """Return what is read once more: a county and period, else what our own program failed at."""
    if place is None:
        return lambda _, result: is_faulty(result)
    return lambda submission, _: submission.place == place


def _mark(home: Home) -> Path:
    """Return the file that says which records of the archive the lake is made of."""
    return home.lake / ".records"


def _blobs(home: Home, files: Sequence[FiledFile]) -> str:
    """Return where the archived bytes of files lie, below the home; a filed name may be private."""
    return "、".join(str(blob_path(home, file).relative_to(home.root)) for file in files[:3])


def results(home: Home, torn: list[TornError] | None = None) -> list[SubmissionResult]:
    """Return the result of every ingested submission as it stands, ordered as they were received.

    Where ``torn`` is given, damaged records of the archive are added to it and passed over; else
    they raise TornError.
    """
    received, told = submissions(home, torn), waiting.said(home, torn=torn)
    found = _read_before(home, received, _version(home))
    doubts = waiting.doubts(home, found, read_limits(), is_whole=not torn)
    return waiting.as_they_stand(found, doubts, told)


def damaged_submissions(home: Home) -> list[str]:
    """Return the submissions that have to be read and cannot be: their bytes are damaged."""
    return damaged(home, submissions(home, []), _version(home))


def in_force(home: Home, all_results: Sequence[SubmissionResult]) -> list[SubmissionResult]:
    """Return the results of the submissions that count, by version.

    Not those that were withdrawn, that wait or that were superseded while they waited.
    """
    withdrawn = withdrawals(home)
    kept = (
        result
        for result in all_results
        if result.submission_id not in withdrawn and result.status not in NOT_IN_FORCE
    )
    return sorted(kept, key=lambda result: result.version)


def lake_frames(home: Home) -> dict[str, pl.DataFrame]:
    """Return the lake's bookkeeping tables: those of ``results.frames`` and ``change``."""
    found = results(home)
    return {**frames(found), "change": changes(home, found)}


def changes(home: Home, found: Sequence[SubmissionResult]) -> pl.DataFrame:
    """Return what reading changed in cells, keyed by submission, masked where sensitive."""
    schema = {"submission_id": pl.String, **CHANGE}
    parts = [
        pl.read_parquet(home.ingested / result.submission_id / "changes.parquet").select(
            pl.lit(result.submission_id).alias("submission_id"), *CHANGE
        )
        for result in found
    ]
    return pl.concat([pl.DataFrame(schema=schema), *parts])


def _version(home: Home) -> str:
    """Return what reading rests on, the key last: rows keyed under another key are read again."""
    key = key_fingerprint(load_key(home))[:8]
    return f"{dictionary().version}-{READER}-{read_limits().version}-{key}"


def _groups(to_read: Sequence[Filing], received: Sequence[Submission]) -> tuple[list[_Group], ...]:
    """Return what is read first, side by side, and what after it.

    The first delivery of a county and period has nothing to amend. The others are read when those
    are, a county's in the order of receipt: what waited before says what they may amend.
    """
    filing_of = {each: filing for filing in to_read for each in filing.new}
    first: list[_Group] = []
    later: dict[str, list[tuple[Filing, Submission]]] = {}
    for each in received:
        filing = filing_of.get(each)
        if filing is not None and each == filing.versions[0]:
            first.append(((filing, each),))
        elif filing is not None:
            later.setdefault(each.county_code, []).append((filing, each))
    return first, [tuple(group) for group in later.values()]


def _size(group: _Group) -> int:
    """Return how many bytes there are to read."""
    return sum(file.size for _, submission in group for file in submission.files)


def _ingest_in_processes(
    home: Home,
    groups: Sequence[_Group],
    archive: _Archive,
    version: str,
    progress: Callable[[str], None] | None,
) -> None:
    """Read groups side by side, the largest first; progress names each delivery of one done."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        running = {
            pool.submit(_ingest_group, home, group, archive, version, None): group
            for group in sorted(groups, key=_size, reverse=True)
        }
        for done in as_completed(running):
            done.result()
            if progress:
                for _, submission in running[done]:
                    progress(submission.submission_id)


def _ingest_group(
    home: Home,
    group: _Group,
    archive: _Archive,
    version: str,
    progress: Callable[[str], None] | None,
) -> None:
    """Read deliveries in their order."""
    for filing, submission in group:
        name = submission.submission_id
        own = version + PROVISIONAL if name in filing.provisional else version
        if name in filing.damaged:
            _stand_in(home, submission, filing.damaged[name], own)
            continue
        earlier = _earlier(home, submission, filing, archive, version)
        files = [(file.name, blob_path(home, file)) for file in submission.files]
        who = _identity(submission)
        delivery = read_delivery(files, who, dictionary(), load_key(home), earlier, progress)
        _commit(home, delivery, own)


def _stand_in(
    home: Home, submission: Submission, broken: Sequence[FiledFile], version: str
) -> None:
    """Let what was last read of a damaged delivery stand, or refuse the delivery as a whole."""
    kept = whatever_is_stored(home, submission)
    same_key = kept is not None and _key_part(kept.dictionary_version) == _key_part(version)
    if kept is not None and same_key and is_whole(home, kept) and _fits(home, kept):
        folder = home.ingested / submission.submission_id
        told = replace(kept, dictionary_version=version, reason_zh=LAST_READ)
        write_result(folder, told)
        return
    files = {
        file.name: ("存档文件缺失或已损坏," if file in broken else "同次报送的其他存档文件已损坏,")
        + NEVER_READ
        for file in submission.files
    }
    reason = f"存档文件缺失或已损坏,{NEVER_READ}"
    _commit(home, refused_delivery(_identity(submission), files, reason), version)


def _key_part(version: str) -> str:
    return version.removesuffix(PROVISIONAL).removesuffix(FAULTY).rpartition("-")[2]


def _fits(home: Home, kept: SubmissionResult) -> bool:
    """Tell whether tables that were read before have the columns and types of today's lake."""
    folder = home.ingested / kept.submission_id
    words = dictionary()
    wanted: dict[str, dict[str, Any]] = {
        "changes": CHANGE,
        "aside": ASIDE,
        "quarantined_cells": QUARANTINED_CELL,
    }
    for alias in kept.tables:
        if alias not in words.tables:
            return False
        wanted[f"tables/{alias}"] = lake_types(words.tables[alias])
    for alias, _ in kept.amended:
        if alias not in words.tables:
            return False
        wanted[f"amendments/{alias}"] = {**lake_types(words.tables[alias]), **ROOT}
    return all(
        dict(pl.read_parquet_schema(folder / f"{name}.parquet")) == types
        for name, types in wanted.items()
    )


def _identity(submission: Submission) -> Identity:
    return Identity(
        submission.submission_id,
        submission.county_code,
        submission.period,
        submission.version,
        submission.received_at,
    )


def _commit(home: Home, delivery: Delivery, version: str) -> None:
    """Put what a delivery gave in place by one rename."""
    name = delivery.result.submission_id
    aside = home.ingested / f".{name}.part"
    shutil.rmtree(aside, ignore_errors=True)
    _write(aside, delivery, version)
    final = home.ingested / name
    # A directory cannot be replaced by rename; the old one is set aside first.
    old = home.ingested / f".{name}.old"
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    aside.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def _earlier(
    home: Home,
    submission: Submission,
    filing: Filing,
    archive: _Archive,
    version: str,
) -> Earlier:
    """Return the deliveries of the same filing that stood or waited when this one was received."""
    if submission == filing.versions[0]:
        return Earlier(home.ingested)
    before = [
        each
        for each in archive.received[: archive.received.index(submission)]
        if each.county_code == submission.county_code
    ]
    found = _read_before(home, before, version)
    doubts = waiting.doubts(home, found, read_limits(), is_whole=archive.is_whole)
    told = waiting.said(home, submission.received_at, torn=[])
    state = waiting.states(found, doubts, told)
    waits = frozenset(name for name, one in state.items() if one == Status.WAITING)
    there = {each.submission_id for each in waiting.in_force(found, doubts, told)} | waits
    own = [
        each
        for each in found
        if (each.county_code, each.period) == submission.place and each.submission_id in there
    ]
    return Earlier(home.ingested, tuple(sorted(own, key=lambda each: each.version)), waits)


def _read_before(
    home: Home, received: Sequence[Submission], version: str
) -> list[SubmissionResult]:
    """Return the stored results of submissions, in their order.

    Of a county none after one that was not read yet: what came before decides what they are.
    """
    found, unread = [], set[str]()
    for each in received:
        result = stored(home, each, version)
        if result is None:
            unread.add(each.county_code)
        elif each.county_code not in unread:
            found.append(result)
    return found


def _write(folder: Path, delivery: Delivery, version: str) -> None:
    """Write all that a delivery gave into a folder of its own."""
    for name, tables in (("tables", delivery.tables), ("amendments", delivery.amendments)):
        (folder / name).mkdir(parents=True)
        for alias, frame in tables.items():
            _write_parquet(frame, folder / name / f"{alias}.parquet")
    _write_parquet(masked(delivery.changes, dictionary()), folder / "changes.parquet")
    _write_parquet(delivery.aside, folder / "aside.parquet")
    _write_parquet(delivery.cells, folder / "quarantined_cells.parquet")
    if delivery.faults:
        (folder / FAULTS_FILE).write_text("\n".join(delivery.faults), encoding="utf-8")
        version = version.removesuffix(PROVISIONAL) + FAULTY
    write_result(folder, replace(delivery.result, dictionary_version=version))


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="zstd", compression_level=1)
