"""Zip files: the workbooks inside are read as if they had been filed one by one.

Members are copied out under names of our own, within size limits; a name inside the zip is a
label for people and never a path.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.s2_lake.reader import UNPACKED_LIMIT, check_package
from pipelines.s2_lake.sheet import Refused

READ_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".csv", ".txt")
_UTF8_NAME = 0x800


def is_package(path: Path) -> bool:
    """Return whether a file is a zip that is no workbook."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return "[Content_Types].xml" not in names


@contextmanager
def members(path: Path, name: str) -> Iterator[list[tuple[str, Path]]]:
    """Yield label and path of every table file in a zip, in label order. Raises Refused."""
    check_package(path)
    with TemporaryDirectory() as folder, zipfile.ZipFile(path) as package:
        found = []
        for number, entry in enumerate(package.infolist()):
            label = _label(entry)
            last = label.rsplit("/", 1)[-1]
            if entry.is_dir() or last.startswith((".", "~$")) or label.startswith("__MACOSX/"):
                continue
            if not last.lower().endswith(READ_SUFFIXES):
                raise Refused(f"压缩包内的“{last}”不是 Excel 或 CSV,请只打包报送的表格")
            target = Path(folder) / f"{number}{Path(last).suffix.lower()}"
            _copy(package, entry, target)
            found.append((f"{name}/{label}", target))
        if not found:
            raise Refused("压缩包内没有表格")
        yield sorted(found)


def _label(entry: zipfile.ZipInfo) -> str:
    """Return a member's name; Chinese Windows writes GB18030 without saying so."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def _copy(package: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Copy a member, counting bytes: the size it declares may lie."""
    size = 0
    try:
        with package.open(entry) as source, target.open("wb") as copy:
            while block := source.read(1 << 20):
                size += len(block)
                if size > UNPACKED_LIMIT:
                    raise Refused("解压后内容过大,拒绝读取,请拆分后重报")
                copy.write(block)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise Refused("压缩包已损坏,无法打开,请重新打包后报送") from error
