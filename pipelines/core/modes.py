"""Who may read what of a home: filings and everything made of them the owner alone, what is
published everybody. The one place that sets modes.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pipelines.core.home import Home

OTHERS = 0o007
GROUP_AND_OTHERS = 0o077


def write_privately() -> None:
    """Let this process and its children make folders with mode 700 and files with 600."""
    os.umask(GROUP_AND_OTHERS)


def private_folders(home: Home) -> tuple[Path, ...]:
    """Return the folders in which people are named, whoever made what lies in them."""
    return (home.archive, home.truth, home.build, home.reports, home.history)


def prepare(home: Home) -> None:
    """Make the folders above what is published passable, and close the private ones.

    A private folder that others may enter (an older version made it so) is closed with all that is
    in it; one that was opened to a group on purpose stays.
    """
    for folder in (home.root, home.root / "warehouse"):
        if not folder.exists():
            folder.mkdir(parents=True)
            for_readers(folder)
    for folder in private_folders(home):
        if folder.is_dir() and _mode(folder) & OTHERS:
            for path in (folder, *_below(folder)):
                _close(path)
    for path in (home.key_file, home.key_record):
        _close(path)


def for_readers(path: Path) -> None:
    """Let everybody read a published file or enter a published folder."""
    path.chmod(0o755 if path.is_dir() else 0o644)


def open_to_others(home: Home) -> Iterator[Path]:
    """Yield what is private and may be read or entered by other users of the machine."""
    for folder in private_folders(home):
        if folder.is_dir():
            yield from (path for path in (folder, *_below(folder)) if _mode(path) & OTHERS)
    if home.inbox.is_dir() and _mode(home.inbox) & stat.S_IROTH:
        yield home.inbox  # to put files in, others need not read it
    for path in (home.key_file, home.key_record):
        if path.exists() and _mode(path) & GROUP_AND_OTHERS:
            yield path


def is_secret(path: Path) -> bool:
    """Tell whether a file that people write is hidden from others: from its group too where it is
    this user's own.
    """
    found = path.stat()
    mine = found.st_uid == os.getuid()
    return not found.st_mode & (GROUP_AND_OTHERS if mine else OTHERS)


def _below(folder: Path) -> Iterator[Path]:
    """Yield everything in a folder but links, which have no mode of their own."""
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            if not path.is_symlink():
                yield path


def _mode(path: Path) -> int:
    try:
        return path.stat(follow_symlinks=False).st_mode
    except OSError:
        return 0


def _close(path: Path) -> None:
    """Take all rights from group and others; what is somebody else's stays, doctor names it."""
    try:
        mode = stat.S_IMODE(_mode(path))
        if mode & GROUP_AND_OTHERS:
            path.chmod(mode & ~GROUP_AND_OTHERS)
    except OSError:
        return
