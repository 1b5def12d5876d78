"""Receiving: inbox files → blobs by content hash → one manifest per delivery → inbox emptied.

Safe at any interruption: blobs come first, the manifest's rename is the commit, the inbox is
emptied last; a rerun finds the rest of an already committed delivery and only tidies it away.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.core.settings import TIMEZONE, Home

SIZE_LIMIT = 512 * 1024 * 1024
_COUNTY = re.compile(r"\d{6}")
_PERIOD = re.compile(r"(?:19|20)\d{2}-(?:0[1-9]|1[0-2])")
_HIDDEN = (".", "~$")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True)
class FiledFile:
    """One file of a delivery: its name relative to the inbox folder, hash and size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Submission:
    """One delivery: county × period × version; ``received_at`` is ISO with offset."""

    submission_id: str
    county_code: str
    period: str
    version: int
    received_at: str
    files: tuple[FiledFile, ...]


@dataclass(frozen=True)
class RepeatedFile:
    """A file whose bytes had been received before; it was removed from the inbox."""

    county_code: str
    period: str
    name: str
    first_received_at: str
    submission_id: str


@dataclass(frozen=True)
class LeftFile:
    """Something in the inbox that was left where it is, with the reason in Chinese."""

    path: str
    reason_zh: str


@dataclass
class Reception:
    """What one receive did: new submissions, repeats removed, things left in the inbox."""

    submissions: list[Submission] = field(default_factory=list)
    repeated: list[RepeatedFile] = field(default_factory=list)
    left: list[LeftFile] = field(default_factory=list)


@dataclass(frozen=True)
class _Seen:
    """An inbox file as it was when it was copied."""

    path: Path
    filed: FiledFile
    mtime_ns: int


def receive(at: Home, now: datetime | None = None) -> list[Submission]:
    """Archive what lies in the inbox and return the new submissions, in order.

    ``now`` is the moment of receipt (default: the clock). Raises OSError where the archive cannot
    be written; then nothing has left the inbox that is not archived.
    """
    return reception(at, now).submissions


def reception(at: Home, now: datetime | None = None) -> Reception:
    """Do what ``receive`` does and also tell what was repeated and what was left."""
    result, moment = Reception(), _moment(now)
    known = submissions(at)
    for county, period, folder in _folders(at, result):
        earlier = [s for s in known if (s.county_code, s.period) == (county, period)]
        seen = [_keep(at, folder, path) for path in _files(at, folder, result)]
        if not seen:
            continue
        latest = max(earlier, key=lambda s: s.version, default=None)
        standing = {file.sha256 for file in latest.files} if latest else set()
        if latest and {item.filed.sha256 for item in seen} <= standing:
            result.repeated += _repeats(earlier, seen)
        else:
            new = Submission(
                submission_id=f"{county}-{period}-v{len(earlier) + 1}",
                county_code=county,
                period=period,
                version=len(earlier) + 1,
                received_at=moment,
                files=tuple(item.filed for item in seen),
            )
            _commit(at, new)
            result.submissions.append(new)
        for item in seen:
            _remove(item, at, result)
    return result


def submissions(at: Home) -> list[Submission]:
    """Return every submission ever received, ordered by received_at, county, period, version."""
    found = []
    for path in sorted(_manifests(at).glob("*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))
        files = tuple(FiledFile(**item) for item in body.pop("files"))
        found.append(Submission(files=files, **body))
    found.sort(
        key=lambda s: (datetime.fromisoformat(s.received_at), s.county_code, s.period, s.version)
    )
    return found


def blob_path(at: Home, file: FiledFile) -> Path:
    """Return where the archived bytes of a file lie."""
    suffix = Path(file.name).suffix.lower()
    suffix = suffix if _SUFFIX.fullmatch(suffix) else ""
    return at.archive / "blobs" / file.sha256[:2] / f"{file.sha256}{suffix}"


def _manifests(at: Home) -> Path:
    return at.archive / "manifests"


def _moment(now: datetime | None) -> str:
    moment = now or datetime.now(ZoneInfo(TIMEZONE))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(TIMEZONE))
    return moment.astimezone(ZoneInfo(TIMEZONE)).isoformat(timespec="seconds")


def _shown(at: Home, path: Path) -> str:
    """Return a path relative to the inbox that can be printed, whatever bytes are in its name."""
    return str(path.relative_to(at.inbox)).encode("utf-8", "backslashreplace").decode()


def _entries(at: Home, folder: Path, result: Reception) -> list[os.DirEntry[str]]:
    """Return a folder's visible entries in name order; report hidden and lock files of Office."""
    with os.scandir(folder) as found:
        entries = sorted((e for e in found if e.name != "README.md"), key=lambda e: e.name)
    for entry in entries:
        if entry.name.startswith(_HIDDEN):
            _leave(at, Path(entry.path), "隐藏文件或 Office 的临时文件,不予接收", result)
    return [entry for entry in entries if not entry.name.startswith(_HIDDEN)]


def _folders(at: Home, result: Reception) -> Iterator[tuple[str, str, Path]]:
    """Yield county, period and folder of each inbox folder; report what is none."""
    if not at.inbox.is_dir():
        return
    for county in _entries(at, at.inbox, result):
        if not (county.is_dir(follow_symlinks=False) and _COUNTY.fullmatch(county.name)):
            _leave(at, Path(county.path), "不在“六位县代码/期次”文件夹内", result)
            continue
        for period in _entries(at, Path(county.path), result):
            if period.is_dir(follow_symlinks=False) and _PERIOD.fullmatch(period.name):
                yield county.name, period.name, Path(period.path)
            else:
                reason = "期次文件夹应写成“年-月”,如 2020-06"
                _leave(at, Path(period.path), reason, result)


def _files(at: Home, folder: Path, result: Reception) -> Iterator[Path]:
    """Yield the regular files below a folder in name order; report everything else."""
    for entry in _entries(at, folder, result):
        path = Path(entry.path)
        mode = entry.stat(follow_symlinks=False)
        if not _is_text(entry.name):
            _leave(at, path, "文件名不是有效文字,请改名后重报", result)
        elif stat.S_ISDIR(mode.st_mode):
            yield from _files(at, path, result)
        elif not stat.S_ISREG(mode.st_mode):
            _leave(at, path, "不是普通文件(链接或设备),不予接收", result)
        elif mode.st_size > SIZE_LIMIT:
            _leave(at, path, "文件超过 512 MB,请拆分后重报", result)
        else:
            yield path


def _is_text(name: str) -> bool:
    """Refuse control characters and bytes that are no UTF-8; wide blanks are text."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in name)


def _leave(at: Home, path: Path, reason: str, result: Reception) -> None:
    result.left.append(LeftFile(_shown(at, path), reason))


def _keep(at: Home, folder: Path, path: Path) -> _Seen:
    """Copy a file into the archive under its hash and return what was copied."""
    aside = at.archive / "blobs" / ".part"
    aside.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as source, aside.open("wb") as target:
        before = os.fstat(source.fileno())
        while block := source.read(1 << 20):
            digest.update(block)
            target.write(block)
            size += len(block)
        target.flush()
        os.fsync(target.fileno())
    name = path.relative_to(folder).as_posix()
    filed = FiledFile(name, digest.hexdigest(), size)
    blob = blob_path(at, filed)
    blob.parent.mkdir(parents=True, exist_ok=True)
    aside.replace(blob)
    return _Seen(path, filed, before.st_mtime_ns)


def _commit(at: Home, new: Submission) -> None:
    folder = _manifests(at)
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{new.submission_id}.part"
    with aside.open("w", encoding="utf-8") as file:
        json.dump(asdict(new), file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(folder / f"{new.submission_id}.json")


def _repeats(earlier: list[Submission], seen: list[_Seen]) -> list[RepeatedFile]:
    first: dict[str, Submission] = {}
    for submission in sorted(earlier, key=lambda s: s.version):
        for file in submission.files:
            first.setdefault(file.sha256, submission)
    return [
        RepeatedFile(s.county_code, s.period, item.filed.name, s.received_at, s.submission_id)
        for item in seen
        for s in [first[item.filed.sha256]]
    ]


def _remove(item: _Seen, at: Home, result: Reception) -> None:
    """Remove an archived file from the inbox, unless it changed since it was copied."""
    try:
        now = item.path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    if (now.st_mtime_ns, now.st_size) == (item.mtime_ns, item.filed.size):
        item.path.unlink()
    else:
        _leave(at, item.path, "接收时文件仍在写入,留待下次接收", result)
