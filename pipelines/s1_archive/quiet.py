"""Is what lies in an inbox folder at rest? A file that is still being copied is no delivery yet.

A file is at rest when nothing of it changed for the quiet time and nobody holds it open for
writing, as far as the system can tell. What lies in a folder is one delivery: one file that is not
at rest lets the whole folder wait.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

# A name of an upload under way, or a lock, counts for this many quiet times after its last change:
# an upload may pause, and a program that crashed leaves its lock behind for ever.
MARK_COUNTS = 360


@dataclass(frozen=True)
class Stamp:
    """What a write to a file changes. ``ctime_ns`` is set by the system alone, never by a copy."""

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, found: os.stat_result) -> Stamp:
        """Return the stamp of a file's state."""
        return cls(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@dataclass(frozen=True)
class _Look:
    stamp: Stamp
    moment: float


class Watch:
    """Tells which files are at rest, by their age and by what it saw of them before.

    Age is measured from the last change on the machine's clock. Where that lies ahead of the clock
    (a file server's time, a clock set back), only watching tells: unchanged for the quiet time.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[Path, _Look] = {}

    def wait(
        self, files: Iterable[Path], marks: Iterable[Path], tell: Callable[[str], None]
    ) -> None:
        """Look at files and marks, and wait once, for the quiet time at most, where some are young.

        ``tell`` is called with a sentence before the waiting.
        """
        young = [each for each in files if self._remaining(each) > 0]
        ahead = [each for each in marks if self._age(each) < 0 and self._remaining(each) > 0]
        pause = max(map(self._remaining, (*young, *ahead)), default=0.0)
        if pause > 0:
            tell(
                f"有 {len(young) + len(ahead)} 个文件刚放入收件箱,等候 {pause:.0f} 秒以免收到一半 …"
            )
            time.sleep(pause)

    def at_rest(self, path: Path) -> bool:
        """Tell whether a file is at rest; one that is gone is."""
        return self._remaining(path) <= 0 and not _is_in_use(path)

    def is_alive(self, mark: Path) -> bool:
        """Tell whether a mark (an unfinished upload, a lock file) still says that work goes on."""
        age = self._age(mark)
        return age < self._seconds * MARK_COUNTS and (age >= 0 or self._remaining(mark) > 0)

    def _age(self, path: Path) -> float:
        stamp = _stamp(path)
        return time.time() - stamp.ctime_ns / 1e9 if stamp else float("inf")

    def _remaining(self, path: Path) -> float:
        """Return the seconds that a file has to stay as it is until it is quiet."""
        stamp = _stamp(path)
        if stamp is None:
            return 0.0
        look = self._seen.get(path)
        if look is None or look.stamp != stamp:
            look = self._seen[path] = _Look(stamp, time.monotonic())
        age = time.time() - stamp.ctime_ns / 1e9
        watched = time.monotonic() - look.moment
        return self._seconds - max(age if age >= 0 else 0.0, watched)


def is_in_use(handle: int) -> bool:
    """Tell whether somebody writes to a file or holds a lock on it, where that can be told."""
    return _is_locked(handle) or _has_writer(handle)


def _is_in_use(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False  # receiving says why
    try:
        return is_in_use(handle)
    finally:
        os.close(handle)


def _stamp(path: Path) -> Stamp | None:
    try:
        return Stamp.of(path.stat(follow_symlinks=False))
    except OSError:
        return None


def _is_locked(handle: int) -> bool:
    """Try both kinds of lock; a file system without locks tells nothing."""
    for lock in (fcntl.flock, fcntl.lockf):
        try:
            lock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                return True
        else:
            lock(handle, fcntl.LOCK_UN)
    return False


def _has_writer(handle: int) -> bool:
    """Ask Linux for a read lease, which it refuses while anybody has the file open for writing.

    Of others' files and on some file systems it says nothing. A writer that comes while the lease
    is held makes it send a signal: one that is ignored by default.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
