"""Archived bytes: where they lie, and whether they are still what was received."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from pipelines.core.settings import Home
from pipelines.s1_archive.records import FiledFile

_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


def blob_path(home: Home, file: FiledFile) -> Path:
    """Return where the archived bytes of a file lie."""
    suffix = Path(file.name).suffix.lower()
    suffix = suffix if _SUFFIX.fullmatch(suffix) else ""
    return home.archive / "blobs" / file.sha256[:2] / f"{file.sha256}{suffix}"


def is_intact(home: Home, file: FiledFile) -> bool:
    """Tell whether the archived bytes of a file are there and have the hash of what was received.

    Reads them all.
    """
    try:
        with blob_path(home, file).open("rb") as blob:
            return hashlib.file_digest(blob, "sha256").hexdigest() == file.sha256
    except OSError:
        return False
