"""What lies in the inbox: a folder per county and period, its files, and what is none of these.

Names are hostile until shown (``core.text.printable``).
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.core.settings import Home, size_limits
from pipelines.core.text import printable

DEPTH_LIMIT = 8
NO_FILE = "不是普通文件(链接或设备),不予接收,请放入文件本身"
UNREADABLE = "无法读取,请检查文件权限或重新放入"
STILL_WRITTEN = "接收时文件仍在写入,留待下次接收"
FOLDER_WAITS = "文件仍在写入或正被打开,本文件夹中的文件一并留待下次接收"
UPLOADING = "上传或下载未完成的临时文件,不予接收,传完后请用正式的文件名放入,不用的请删除"
HIDDEN = "隐藏文件或 Office 的临时文件,不予接收,请关闭文件后删除"
UNMOVABLE = "已经收到,但无法从收件文件夹移走,请自行删除"
_COUNTY = re.compile(r"[0-9]{6}")
_PERIOD = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])")
_HIDDEN = (".", "~$")
_OF_WINDOWS = ("thumbs.db", "desktop.ini")
# What browsers, net disks, file transfer and editors call a file that is not whole yet.
_UPLOAD = re.compile(
    r"~$|\.(?:part|partial|tmp|temp|crdownload|opdownload|fdmdownload|qkdownloading|downloading"
    r"|download|filepart|uploading|upload|aria2|xltd|td|swp|lock|lck|!ut|!qb|!bt|!sync|bc!|jc!)"
    r"(?:\.cfg)?$",
    re.IGNORECASE,
)
# Names of files that transfers write before they rename them, and of locks of open documents.
_MARK = re.compile(
    r"~\$.|\.~lock\..+#$|\..+\.[A-Za-z0-9]{6}$|\.in\..+|\.pureftpd-upload\.|\.goutputstream-|~syncthing~"
)


@dataclass(frozen=True)
class LeftFile:
    """Something in the inbox that was left where it is, with the reason in Chinese.

    ``path`` is relative to the inbox, as it can be shown.
    """

    path: str
    reason_zh: str


@dataclass
class Folder:
    """The inbox folder of one county and period: its files in name order, and what is left.

    ``marks`` are what says by its name that somebody is still at work here.
    """

    county_code: str
    period: str
    path: Path
    files: list[Path] = field(default_factory=list)
    left: list[LeftFile] = field(default_factory=list)
    marks: list[Path] = field(default_factory=list)

    def leave(self, home: Home, path: Path, reason: str) -> None:
        """Note that something is left; the latest reason counts."""
        note = left(home, path, reason)
        self.left[:] = [*(each for each in self.left if each.path != note.path), note]


def is_mark(name: str) -> bool:
    """Say whether a name is that of an unfinished upload or of a lock of an open document."""
    return bool(_MARK.match(name) or _UPLOAD.search(name))


def is_left_over(name: str) -> bool:
    """Say whether a name is that of what programs leave behind: hidden, lock, index files."""
    return name.startswith(_HIDDEN) or name.casefold() in _OF_WINDOWS


def is_too_large(size: int) -> bool:
    """Say whether a file of so many bytes is larger than one may be."""
    return size > size_limits().file_bytes


def too_large() -> str:
    """Return why a file over the limit is not received."""
    return f"文件超过 {size_limits().file_bytes >> 20} MB,请拆分后重报"


def folders(home: Home, outside: list[LeftFile]) -> Iterator[Folder]:
    """Yield the folder of each county and period; ``outside`` gets what lies beside them."""
    if not home.inbox.is_dir():
        return
    for county in _entries(home, home.inbox, outside):
        if county.name == "README.md":
            continue
        if not (county.is_dir(follow_symlinks=False) and _COUNTY.fullmatch(county.name)):
            outside.append(
                left(
                    home,
                    Path(county.path),
                    "不在“六位县代码/期次”文件夹内,请移入所属县、期的文件夹",
                )
            )
            continue
        for period in _entries(home, Path(county.path), outside):
            path = Path(period.path)
            if period.is_dir(follow_symlinks=False) and _PERIOD.fullmatch(period.name):
                folder = Folder(county.name, period.name, path)
                folder.files = list(_files(home, folder, path))
                yield folder
            else:
                outside.append(left(home, path, "期次文件夹应写成“年-月”,如 2020-06,请改名"))


def left(home: Home, path: Path, reason: str) -> LeftFile:
    """Return the note of something that is left where it is."""
    return LeftFile(printable(str(path.relative_to(home.inbox))), reason)


def again(home: Home, folder: Folder) -> list[Path]:
    """Return the files that lie in a folder now, in name order."""
    return list(_files(home, Folder(folder.county_code, folder.period, folder.path), folder.path))


def _entries(home: Home, folder: Path, found: list[LeftFile]) -> list[os.DirEntry[str]]:
    """Return a folder's entries in name order; note what programs leave in folders."""
    entries = _listed(home, folder, found)
    for entry in entries:
        if is_left_over(entry.name):
            found.append(left(home, Path(entry.path), HIDDEN))
    return [entry for entry in entries if not is_left_over(entry.name)]


def _listed(home: Home, folder: Path, found: list[LeftFile]) -> list[os.DirEntry[str]]:
    """Return all that lies in a folder, in name order."""
    try:
        with os.scandir(folder) as listed:
            return sorted(listed, key=lambda entry: entry.name)
    except OSError:
        found.append(left(home, folder, UNREADABLE))
        return []


def _files(home: Home, of: Folder, below: Path, depth: int = 0) -> Iterator[Path]:
    """Yield the regular files below a path in name order; note everything else in the folder."""
    for entry in _listed(home, below, of.left):
        path = Path(entry.path)
        try:
            mode = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if is_mark(entry.name):
            of.marks.append(path)
        if is_left_over(entry.name):
            of.left.append(left(home, path, HIDDEN))
        elif not _is_text(entry.name):
            of.left.append(left(home, path, "文件名不是有效文字,请改名后重报"))
        elif is_mark(entry.name):
            of.left.append(left(home, path, UPLOADING))
        elif stat.S_ISDIR(mode.st_mode) and depth < DEPTH_LIMIT:
            yield from _files(home, of, path, depth + 1)
        elif stat.S_ISDIR(mode.st_mode):
            of.left.append(left(home, path, f"文件夹超过 {DEPTH_LIMIT} 层,请把文件移到上层"))
        elif not stat.S_ISREG(mode.st_mode):
            of.left.append(left(home, path, NO_FILE))
        elif is_too_large(mode.st_size):
            of.left.append(left(home, path, too_large()))
        else:
            yield path


def _is_text(name: str) -> bool:
    """Refuse control characters and bytes that are no UTF-8; wide blanks are text."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in name)
