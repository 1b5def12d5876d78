"""Zip packages: refused where they are hostile, and archives of tables copied out to be read.

Members are copied out under names of our own, within size limits; a name inside the zip is a
label for people and never a path.
"""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.core.settings import ReadLimits, size_limits
from pipelines.s1_archive import is_left_over
from pipelines.s2_lake.files.sheet import ENCRYPTED, Refused

DAMAGED = "压缩包或工作簿已损坏,无法打开,请重新导出或打包后报送"
NUMBERS = "是苹果 Numbers 表格,无法读取,请在 Numbers 里选“文件—导出为—Excel”,导出 .xlsx 后报送"
TOO_LARGE = "解压后内容过大,拒绝读取,请拆分后重报"
BROKEN = (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, zlib.error)
# Below this size a high compression ratio is that of any table with repeated cells.
RATIO_FROM = 50 << 20
BLOCK = 1 << 20

# General purpose bits of a zip entry: encrypted, name in UTF-8.
_LOCKED = 0x1
_UTF8_NAME = 0x800
_END = b"PK\x05\x06"
_END64_LOCATOR = b"PK\x06\x07"
_DRIVE = re.compile(r"^[A-Za-z]:")
# Parts that say what a zip is: an Office file or an OpenDocument file is no archive.
_OFFICE, _OPEN_DOCUMENT = "[Content_Types].xml", "mimetype"
# A Numbers document is such a zip, or (as a mail program packs it) a folder of that name in one.
_NUMBERS_PART = re.compile(r"index/[^/]+\.iwa|index\.apxl(?:\.gz)?", re.IGNORECASE)
_NUMBERS_FOLDER = re.compile(r"(.*?\.numbers)/", re.IGNORECASE)


@dataclass(frozen=True)
class Member:
    """A file of an archive, copied out to ``path``; not to be read where it has a ``problem``."""

    label: str
    path: Path
    problem: str = ""


class Counter:
    """Counts what is unpacked from one filed file: the sizes that a zip declares may lie."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0

    def add(self, block: bytes) -> None:
        """Count a block. Raises Refused where the whole has become too large."""
        self.size += len(block)
        if self.size > self.limit:
            raise Refused(TOO_LARGE)


def is_archive(path: Path) -> bool:
    """Return whether a file is a zip that is no workbook.

    Raises Refused where it is hostile, locked or a Numbers document.
    """
    with path.open("rb") as file:
        if file.read(4) not in (b"PK\x03\x04", _END):
            return False
    entries = checked(path, size_limits())
    names = {entry.filename for entry in entries}
    if any(map(_NUMBERS_PART.fullmatch, names)):
        raise Refused(NUMBERS)
    if not {_OFFICE, _OPEN_DOCUMENT} & names:
        return True
    if any(map(_is_locked, entries)):
        raise Refused(ENCRYPTED)
    return False


def checked(path: Path, limits: ReadLimits) -> list[zipfile.ZipInfo]:
    """Return a zip's entries. Raises Refused where it is broken, too large or a trap."""
    _check_directory(path, limits)
    try:
        with zipfile.ZipFile(path) as package:
            entries, end = package.infolist(), package.start_dir
    except UnicodeDecodeError as error:
        raise Refused("压缩包内有文件名不是有效文字,请改名后重新打包") from error
    except BROKEN as error:
        raise Refused(DAMAGED) from error
    if len(entries) > limits.entries:
        raise Refused(f"压缩包内文件超过 {limits.entries} 个,拒绝读取,请拆分后重报")
    if any(_climbs(entry) for entry in entries):
        raise Refused("压缩包内含越界路径或链接,拒绝读取,请只放报表、重新打包后重报")
    labels = [label_of(entry) for entry in entries]
    if any(unicodedata.category(c) in ("Cc", "Cs") for label in labels for c in label):
        raise Refused("压缩包内有文件名不是有效文字,请改名后重新打包")
    if len({label.replace("\\", "/").casefold() for label in labels}) < len(labels):
        raise Refused("压缩包内有同名文件,无法判断以哪一个为准,请改名后重新打包")
    _check_sizes(entries, end, limits)
    return entries


def _check_directory(path: Path, limits: ReadLimits) -> None:
    """Refuse a directory of more entries than may be held, before it is parsed."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 65_557, 0))
        tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise Refused(DAMAGED)
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    if directory > limits.entries * 1024 or tail[max(at - 20, 0) : at].startswith(_END64_LOCATOR):
        raise Refused(f"压缩包内文件超过 {limits.entries} 个或过大,拒绝读取,请拆分后重报")


def _check_sizes(entries: list[zipfile.ZipInfo], end: int, limits: ReadLimits) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if unpacked > limits.unpacked_bytes:
        raise Refused(TOO_LARGE)
    if unpacked > RATIO_FROM and unpacked / packed > limits.ratio:
        raise Refused("压缩比异常,疑似压缩炸弹,拒绝读取,请重新打包后重报")
    placed = sorted(entries, key=lambda entry: entry.header_offset)
    ends = [*(entry.header_offset for entry in placed), end]
    for entry, following in zip(placed, ends[1:], strict=True):
        # 30 bytes of local header; its name and extra field come on top.
        if entry.header_offset + 30 + entry.compress_size > following:
            raise Refused("压缩包内文件相互重叠,疑似压缩炸弹,拒绝读取,请重新打包后重报")


def _climbs(entry: zipfile.ZipInfo) -> bool:
    """Say whether a name leads out of the package or the entry is a link or a device."""
    mode = stat.S_IFMT(entry.external_attr >> 16)
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        return True
    name = entry.filename.replace("\\", "/")
    return name.startswith("/") or ".." in name.split("/") or bool(_DRIVE.match(name))


def label_of(entry: zipfile.ZipInfo) -> str:
    """Return a member's name: marked UTF-8, unmarked UTF-8 (macOS) or GB18030 (Windows)."""
    if entry.flag_bits & _UTF8_NAME or entry.filename.isascii():
        return entry.filename
    raw = entry.filename.encode("cp437")
    try:
        name = raw.decode("utf-8")
        # Chinese in UTF-8 takes three bytes; two-byte characters are GBK that happens to decode.
        if all(c.isascii() or ord(c) >= 0x800 for c in name):
            return name
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError as error:
        raise Refused("压缩包内有文件名不是有效文字,请改名后重新打包") from error


def blocks(
    package: zipfile.ZipFile, entry: zipfile.ZipInfo, counter: Counter, size: int = BLOCK
) -> Iterator[bytes]:
    """Yield an entry's content in blocks, counted. Raises Refused."""
    try:
        with package.open(entry) as source:
            while block := source.read(size):
                counter.add(block)
                yield block
    except BROKEN as error:
        raise Refused(DAMAGED) from error


@contextmanager
def members(path: Path, name: str) -> Iterator[list[Member]]:
    """Yield every table file in an archive and in the archives within it, in label order.

    Raises Refused where the archive itself is not read.
    """
    limits = size_limits()
    with TemporaryDirectory() as folder:
        counter = Counter(limits.unpacked_bytes)
        found = list(_members(path, name, Path(folder), counter, limits, 0))
        if not found:
            raise Refused("压缩包内没有表格,请放入报表后重报")
        yield sorted(found, key=lambda member: member.label)


def _members(
    path: Path, name: str, folder: Path, counter: Counter, limits: ReadLimits, depth: int
) -> Iterator[Member]:
    folder.mkdir(exist_ok=True)
    entries = checked(path, limits)
    documents: set[str] = set()
    with zipfile.ZipFile(path) as package:
        for number, entry in enumerate(entries):
            label = label_of(entry).replace("\\", "/")
            if document := _NUMBERS_FOLDER.match(label):
                if document[1] not in documents and not label.startswith("__MACOSX/"):
                    documents.add(document[1])
                    yield Member(f"{name}/{document[1]}", folder / str(number), NUMBERS)
                continue
            last = label.rsplit("/", 1)[-1]
            if not last or is_left_over(last) or label.startswith("__MACOSX/"):
                continue
            target = folder / f"{number}{_suffix(last)}"
            if _is_locked(entry):
                yield Member(f"{name}/{label}", target, ENCRYPTED)
                continue
            with target.open("wb") as copy:
                for block in blocks(package, entry, counter):
                    copy.write(block)
            yield from _opened(target, f"{name}/{label}", counter, limits, depth)


def _opened(
    path: Path, label: str, counter: Counter, limits: ReadLimits, depth: int
) -> Iterator[Member]:
    """Yield a copied member, or what is in it where it is an archive; its troubles are its own."""
    try:
        if not is_archive(path):
            yield Member(label, path)
        elif depth >= limits.nesting:
            yield Member(label, path, "压缩包嵌套过深,未读取,请把表格直接打包后重报")
        else:
            inner = path.with_suffix(".d")
            yield from list(_members(path, label, inner, counter, limits, depth + 1))
    except Refused as refusal:
        if counter.size > counter.limit:
            raise
        yield Member(label, path, str(refusal))


def _is_locked(entry: zipfile.ZipInfo) -> bool:
    return bool(entry.flag_bits & _LOCKED)


def _suffix(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z]{1,5}", suffix) else ""
