"""Which deliveries of a home are simulated: those of which every file carries the simulator's mark.

The mark stands in a file's title, so that it goes where the file goes; the county code says
nothing. A delivery of which only a part is marked counts as real here: nothing of it is removed.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from pipelines.core.dictionary import dictionary
from pipelines.core.settings import Home
from pipelines.s1_archive import Submission, blob_path, submissions
from pipelines.s2_lake.files.reader import read_sheets
from pipelines.s2_lake.files.sheet import Refused
from pipelines.s2_lake.tables.recognise import recognise
from pipelines.s2_lake.tables.titles import is_sample

_FIRST_SHEET = "xl/worksheets/sheet1.xml"
_HEAD_BYTES = 4096


def is_simulated(home: Home, submission: Submission) -> bool:
    """Say whether every file of a delivery carries the mark."""
    return all(carries_mark(blob_path(home, file), file.name) for file in submission.files)


def carries_mark(path: Path, name: str) -> bool:
    """Say whether a table in a file is marked as simulated; ``name`` is the file's as filed."""
    if _is_marked_at_once(path):
        return True
    try:
        return any(recognise(sheet, dictionary()).is_sample for sheet in read_sheets(path, name))
    except (Refused, OSError):
        return False


def real_deliveries(home: Home) -> Iterator[str]:
    """Yield what a home holds that is not simulated: submissions, then files in the inbox."""
    for submission in submissions(home):
        if not is_simulated(home, submission):
            yield submission.submission_id
    for path in inbox_files(home):
        if not carries_mark(path, path.name):
            yield str(path.relative_to(home.inbox))


def inbox_files(home: Home) -> list[Path]:
    """Return what lies in the inbox to be received, in name order."""
    found = sorted(path for path in home.inbox.rglob("*") if path.is_file())
    return [path for path in found if not path.name.startswith(".") and path.name != "README.md"]


def _is_marked_at_once(path: Path) -> bool:
    """Look at the first cells alone, where the simulator writes its mark: no whole file is read."""
    try:
        with zipfile.ZipFile(path) as book, book.open(_FIRST_SHEET) as sheet:
            return is_sample([sheet.read(_HEAD_BYTES).decode("utf-8", "ignore")])
    except (KeyError, OSError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return False
