"""The files of history as a chain: each names the one before it, the head names the newest.

A file that is torn, edited, missing or of another home is named, with the way to restore it; on
what cannot be trusted no night rests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.errors import FilingsError
from pipelines.core.files import sha256, sync
from pipelines.core.history.files import NAME, PUBLICATIONS, Manifest, file_name, read_manifest
from pipelines.core.home import Home

_TOLERATED = ("README.md",)


class HistoryError(FilingsError):
    """History is not what was written; the sentence names the file and how to restore it."""


@dataclass(frozen=True)
class Stamp:
    """By what a file is known not to have changed since its bytes were hashed."""

    size: int
    modified_ns: int


@dataclass(frozen=True)
class File:
    """One whole file of history and its place."""

    path: Path
    stamp: Stamp
    sha256: str
    manifest: Manifest

    @property
    def number(self) -> int:
        """Its place in the chain, from 1."""
        return self.manifest.number

    @property
    def is_publication(self) -> bool:
        """Whether it records what was published."""
        return self.manifest.about.kind in PUBLICATIONS


def read_chain(home: Home, known: Mapping[str, File] | None = None) -> list[File]:
    """Return all files of history, oldest first, none where the home has none.

    ``known`` are files that were hashed before, by name: one that was not touched since is not
    hashed again.

    Raises:
        HistoryError: a file is torn, edited, missing or does not belong here.
    """
    chain = []
    for found in _walk(home, known or {}):
        if isinstance(found, str):
            raise HistoryError(f"{found};{way_out(home)}。")
        chain.append(found)
    return chain


def chain_faults(home: Home) -> Iterator[str]:
    """Yield one sentence per file that is torn, edited, missing or does not belong here."""
    for found in _walk(home, {}):
        if isinstance(found, str):
            yield f"{found}。"


def way_out(home: Home) -> str:
    """Say what can be done where there is no backup of history."""
    return f"没有备份的,请移走 {home.history} 和 {home.history_head},下次刷新由已发布的文件重新建立"


def stamp_of(path: Path) -> Stamp:
    """Return size and time of the last change of a file."""
    found = path.stat()
    return Stamp(found.st_size, found.st_mtime_ns)


def write_head(home: Home, newest: File) -> None:
    """Record which file is the newest, so that its loss is seen."""
    aside = home.history_head.with_name(f".{home.history_head.name}.part")
    body = {"number": newest.number, "sha256": newest.sha256}
    aside.write_text(json.dumps(body) + "\n", encoding="utf-8")
    sync(aside)
    aside.replace(home.history_head)
    sync(home.history_head.parent)


def _walk(home: Home, known: Mapping[str, File]) -> Iterator[File | str]:
    """Yield the files in order, a sentence in the place of each that is not what was written."""
    expected, previous = 1, ""
    head = _read_head(home)
    for path in _listed(home):
        name = NAME.fullmatch(path.name)
        if name is None:
            yield f"{path} 不是历史文件,请移走"
            continue
        number = int(name["number"])
        if number < expected:
            yield f"历史文件 {path} 与另一个编号相同,请移走不属于这里的一个"
            continue
        file = _read(path, name["sha"], known)
        if isinstance(file, File):
            before = file.manifest.previous
            yield from _missing(home, expected, number, before)
            is_next = before == previous or number > expected or previous == "?"
            if file.number != number or not is_next:
                file = f"历史文件 {path} 不属于这里(与前一个文件接不上),请从备份恢复这个文件"
        else:
            yield from _missing(home, expected, number, "?")
        is_head = head is not None and head[0] == number
        if isinstance(file, File) and is_head and head is not None and head[1] != file.sha256:
            file = f"历史文件 {path} 不是最后写入的那一个,请从备份恢复 {file_name(*head)}"
        yield file
        expected, previous = number + 1, file.sha256 if isinstance(file, File) else "?"
    if head is not None and head[0] >= expected:
        yield from _missing(home, expected, head[0] + 1, head[1])


def _missing(home: Home, first: int, until: int, sha: str) -> Iterator[str]:
    """Yield a sentence per number that is not there; ``sha`` is the hash of the last of them."""
    for number in range(first, until):
        is_named = number == until - 1 and len(sha) == 64
        name = file_name(number, sha) if is_named else f"{number:06d}-….zip"
        yield f"历史文件 {home.history / name} 不在了,请从备份恢复这个文件"


def _read(path: Path, short: str, known: Mapping[str, File]) -> File | str:
    """Return a file that is what its name says, else a sentence."""
    stamp = stamp_of(path)
    before = known.get(path.name)
    if before is not None and before.stamp == stamp:
        return before
    found = sha256(path)
    if not found.startswith(short):
        return f"历史文件 {path} 损坏或被改写,请从备份恢复这个文件"
    try:
        return File(path, stamp, found, read_manifest(path))
    except ValueError:
        return f"历史文件 {path} 不是本系统这一版写的,无法读取,请从备份恢复这个文件"


def _listed(home: Home) -> list[Path]:
    """Return what lies in the folder, in the order of the numbers; hidden files are nobody's."""
    if not home.history.is_dir():
        return []
    return sorted(
        path
        for path in home.history.iterdir()
        if not path.name.startswith(".") and path.name not in _TOLERATED
    )


def _read_head(home: Home) -> tuple[int, str] | None:
    """Return number and hash of the newest file, None where they are not recorded (any more)."""
    try:
        found = json.loads(home.history_head.read_text(encoding="utf-8"))
        return int(found["number"]), str(found["sha256"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
