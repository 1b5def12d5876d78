"""Stage 1: what counties dropped in the inbox becomes submissions in the archive, unchanged.

``receive`` is the only place of the whole system that reads the clock.
"""

from pipelines.s1_archive.inbox import (
    FiledFile,
    LeftFile,
    Reception,
    RepeatedFile,
    Submission,
    blob_path,
    receive,
    reception,
    submissions,
)

__all__ = [
    "FiledFile",
    "LeftFile",
    "Reception",
    "RepeatedFile",
    "Submission",
    "blob_path",
    "receive",
    "reception",
    "submissions",
]
