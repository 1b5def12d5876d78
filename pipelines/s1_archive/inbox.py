"""Receiving: inbox files at rest → blobs by content hash → what they are → archive → inbox emptied.

Safe at any interruption: blobs come first; then the decision on a folder is put down whole
(``decided/``), carried out (manifest, files removed, notice) and crossed out. A rerun first carries
out what was decided, so that it decides the same and says the same.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.core.files import TornError
from pipelines.core.settings import Home, quiet_seconds
from pipelines.s1_archive import walk
from pipelines.s1_archive.blobs import blob_path
from pipelines.s1_archive.clock import is_behind, moment
from pipelines.s1_archive.notices import (
    Notice,
    RepeatedFile,
    notice,
    notices,
    standing_ids,
    torn_notices,
    write_notice,
)
from pipelines.s1_archive.quiet import Stamp, Watch, is_in_use
from pipelines.s1_archive.records import (
    FiledFile,
    Submission,
    admissions,
    last_versions,
    moments,
    read_record,
    standing_submissions,
    submission,
    submissions,
    withdrawals,
    write_submission,
    write_whole,
)
from pipelines.s1_archive.repeats import repeats
from pipelines.s1_archive.walk import Folder, LeftFile

DECISION_TORN = "作废,该文件夹中的文件重新收一次"


@dataclass
class Reception:
    """What one receive did: new submissions, repeats removed, things left in the inbox.

    ``outside`` lies in no county's and period's folder, so no county is told of it. ``warnings``
    are sentences for the steward.
    """

    submissions: list[Submission] = field(default_factory=list)
    repeated: list[RepeatedFile] = field(default_factory=list)
    left: list[LeftFile] = field(default_factory=list)
    outside: list[LeftFile] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Seen:
    """An inbox file as it was when it was copied."""

    path: Path
    filed: FiledFile
    mtime_ns: int


@dataclass(frozen=True)
class _Copy:
    """A file of which a whole copy is in the archive, and its state before and after copying."""

    seen: _Seen
    stamp: Stamp


@dataclass(frozen=True)
class _Decision:
    """What becomes of one folder: perhaps a submission, the notice after it, files to remove."""

    notice: Notice
    submission: Submission | None = None
    repeated: tuple[RepeatedFile, ...] = ()
    removed: tuple[_Seen, ...] = ()


def receive(home: Home, now: datetime | None = None) -> list[Submission]:
    """Archive what lies in the inbox and return the new submissions, in order.

    ``now`` is the moment of receipt (default: the clock). Raises OSError where the archive cannot
    be written; then nothing has left the inbox that is not archived.
    """
    return reception(home, now).submissions


def reception(
    home: Home,
    now: datetime | None = None,
    tell: Callable[[str], None] = lambda sentence: None,
    quiet: float | None = None,
) -> Reception:
    """Do what ``receive`` does and also tell what was repeated and what was left.

    Files that were put in just now are waited for, up to the quiet time (``quiet`` seconds, by
    default the setting); ``tell`` is called with a sentence before. A folder in which something is
    still written after that is left as it is.
    """
    result = Reception()
    finish(home, result)
    torn = torn_notices(home)
    for error in torn:
        error.path.unlink(missing_ok=True)
    standing, versions, known = standing_submissions(home, torn), last_versions(home), moments(home)
    result.warnings += map(str, torn)
    received_at = moment(now, known)
    if (newest := is_behind(now, known)) is not None:
        result.warnings.append(
            f"本机时钟早于档案中最近的时刻 {newest},接收时间按 {received_at} 记录,请校准本机时钟。"
        )
    # What is left is told once, by the state that the inbox is in now.
    result.left.clear()
    told = notices(home, standing)
    watch = Watch(quiet_seconds() if quiet is None else quiet)
    first = list(walk.folders(home, []))
    watch.wait(
        [path for folder in first for path in folder.files],
        [path for folder in first for path in folder.marks],
        tell,
    )
    for folder in walk.folders(home, result.outside):
        place = (folder.county_code, folder.period)
        seen = _copied(home, folder, watch)
        before = told.pop(place, Notice(*place, standing_ids(standing, place)))
        version = 1 + versions.get(place, 0)
        here = [each for each in standing if each.place == place]
        decision = _decide(folder, seen, before, here, version, received_at)
        path = _decided_path(home, place)
        if seen:
            _put_down(home, path, decision)
        _carry_out(home, path, decision, result)
    for state in told.values():
        write_notice(home, state.noting([], []))
    return result


def finish(home: Home, result: Reception) -> None:
    """Carry out what an interrupted reception had decided, before anything else is decided."""
    for path, decision in list(_decided(home, result)):
        _carry_out(home, path, decision, result)


def torn_records(home: Home) -> list[TornError]:
    """Return what is wrong with the records of the archive that cannot be read."""
    torn: list[TornError] = []
    submissions(home, torn)
    withdrawals(home, torn)
    admissions(home, torn)
    return torn + torn_notices(home)


def clock_is_behind(home: Home) -> str | None:
    """Return the newest moment in the archive where the clock is before it."""
    return is_behind(None, moments(home))


def _decide(
    folder: Folder,
    seen: list[_Seen],
    before: Notice,
    standing: list[Submission],
    version: int,
    received_at: str,
) -> _Decision:
    """Decide by the set of bytes in a folder: nothing to receive, received before, or new."""
    place, removed = (folder.county_code, folder.period), tuple(seen)
    if not seen:
        return _Decision(before.noting([], folder.left))
    files = tuple(item.filed for item in seen)
    repeated = repeats(files, standing, received_at)
    if repeated:
        return _Decision(before.noting(repeated, folder.left), None, tuple(repeated), removed)
    new = Submission(f"{'-'.join(place)}-v{version}", *place, version, received_at, files)
    after = before.under(standing_ids([*standing, new], place)).noting([], folder.left)
    return _Decision(after, new, (), removed)


def _copied(home: Home, folder: Folder, watch: Watch) -> list[_Seen]:
    """Copy a folder's files into the archive; none where one of them is still being written."""
    busy = [path for path in folder.files if not watch.at_rest(path)]
    busy += [path for path in folder.marks if watch.is_alive(path)]
    kept: list[_Copy] = []
    if not busy:
        kept = [found for path in folder.files if (found := _keep(home, folder, path))]
        # What changed or came while others were copied belongs to the same delivery.
        known = set(folder.files)
        busy = [path for path in walk.again(home, folder) if path not in known]
        busy += [each.seen.path for each in kept if not _is_still(each)]
    for path in busy:
        folder.leave(home, path, walk.FOLDER_WAITS)
    return [] if busy else [each.seen for each in kept]


def _is_still(copy: _Copy) -> bool:
    """Tell whether a copied file is what it was when the copying began."""
    try:
        return Stamp.of(copy.seen.path.stat(follow_symlinks=False)) == copy.stamp
    except FileNotFoundError:
        return True


def _keep(home: Home, folder: Folder, path: Path) -> _Copy | None:
    """Copy a file into the archive under its hash and return what was copied.

    A file that cannot be read is left; one that is gone is nothing.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError:
        folder.left.append(walk.left(home, path, walk.UNREADABLE))
        return None
    aside = home.archive / "blobs" / ".part"
    aside.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with os.fdopen(handle, "rb") as source, aside.open("wb") as target:
        before = os.fstat(source.fileno())
        for block in _blocks(source.fileno()) if stat.S_ISREG(before.st_mode) else (None,):
            size += len(block or b"")
            if block is None or walk.is_too_large(size):
                reason = walk.UNREADABLE if block is None else walk.too_large()
                folder.left.append(walk.left(home, path, reason))
                return None
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    filed = FiledFile(path.relative_to(folder.path).as_posix(), digest.hexdigest(), size)
    blob = blob_path(home, filed)
    blob.parent.mkdir(parents=True, exist_ok=True)
    aside.replace(blob)
    return _Copy(_Seen(path, filed, before.st_mtime_ns), Stamp.of(before))


def _blocks(source: int) -> Iterator[bytes | None]:
    """Yield a file's content, None where it cannot be read: that is not the archive's failure."""
    try:
        while block := os.read(source, 1 << 20):
            yield block
    except OSError:
        yield None


def _decided_path(home: Home, place: tuple[str, str]) -> Path:
    return home.archive / "decided" / f"{'-'.join(place)}.json"


def _put_down(home: Home, path: Path, decision: _Decision) -> None:
    """Write a decision: from here on it holds, whatever happens."""
    body = asdict(decision)
    for item in body["removed"]:
        item["path"] = str(item["path"].relative_to(home.inbox))
    write_whole(path, body)


def _decided(home: Home, result: Reception) -> Iterator[tuple[Path, _Decision]]:
    """Yield the decisions that an interrupted reception left, in the order of their names.

    A damaged one is dropped: its files still lie in the inbox or in a submission, and are decided
    on anew.
    """
    for path in sorted((home.archive / "decided").glob("*.json")):
        try:
            yield path, read_record(path, lambda body: _decision(home, body), DECISION_TORN)
        except TornError as error:
            path.unlink(missing_ok=True)
            result.warnings.append(str(error))


def _decision(home: Home, body: dict[str, Any]) -> _Decision:
    """Return a decision from its record's content."""
    return _Decision(
        notice(body["notice"]),
        submission(body["submission"]) if body["submission"] else None,
        notice({**body["notice"], "repeated": body["repeated"]}).repeated,
        tuple(
            _Seen(home.inbox / item["path"], FiledFile(**item["filed"]), item["mtime_ns"])
            for item in body["removed"]
        ),
    )


def _carry_out(home: Home, path: Path, decision: _Decision, result: Reception) -> None:
    """Do what was decided, as often as needed, and cross it out."""
    state = decision.notice
    if decision.submission:
        write_submission(home, decision.submission)
        result.submissions.append(decision.submission)
    still = [
        walk.left(home, item.path, reason)
        for item in decision.removed
        if (reason := _remove(item)) is not None
    ]
    write_notice(home, state.noting([], [*state.left, *still]))
    path.unlink(missing_ok=True)
    result.repeated += decision.repeated
    result.left += [*state.left, *still]


def _remove(item: _Seen) -> str | None:
    """Remove an archived file from the inbox, unless it changed since it was copied.

    Returns why it is still there, None where it is not.
    """
    try:
        handle = os.open(item.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            now, in_use = os.fstat(handle), is_in_use(handle)
        finally:
            os.close(handle)
        if in_use or (now.st_mtime_ns, now.st_size) != (item.mtime_ns, item.filed.size):
            return walk.STILL_WRITTEN
        item.path.unlink()
    except FileNotFoundError:
        return None
    except OSError:
        return walk.UNMOVABLE
    return None
