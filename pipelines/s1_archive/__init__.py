"""Stage 1: what counties dropped in the inbox becomes submissions in the archive, unchanged.

``receive``, ``withdraw`` and ``admit`` are the only events of the whole system, and this stage the
only one that reads the clock.
"""

from pipelines.s1_archive.admission import admit
from pipelines.s1_archive.blobs import blob_path, is_intact
from pipelines.s1_archive.inbox import (
    Reception,
    clock_is_behind,
    receive,
    reception,
    torn_records,
)
from pipelines.s1_archive.notices import Notice, RepeatedFile, notices
from pipelines.s1_archive.quiet import Stamp
from pipelines.s1_archive.records import (
    RECORD_FOLDERS,
    Admission,
    FiledFile,
    Submission,
    Withdrawal,
    admissions,
    records_hash,
    standing_submissions,
    submissions,
    withdrawals,
)
from pipelines.s1_archive.walk import LeftFile, folders, is_left_over, is_too_large, too_large
from pipelines.s1_archive.withdrawal import withdraw

__all__ = [
    "RECORD_FOLDERS",
    "Admission",
    "FiledFile",
    "LeftFile",
    "Notice",
    "Reception",
    "RepeatedFile",
    "Stamp",
    "Submission",
    "Withdrawal",
    "admissions",
    "admit",
    "blob_path",
    "clock_is_behind",
    "folders",
    "is_intact",
    "is_left_over",
    "is_too_large",
    "notices",
    "receive",
    "reception",
    "records_hash",
    "standing_submissions",
    "submissions",
    "too_large",
    "torn_records",
    "withdraw",
    "withdrawals",
]
