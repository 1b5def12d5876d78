"""Stage 2: archived submissions become typed, traceable rows in the lake.

``ingest(at)`` reads what is new; ``results(at)`` tells what came of every submission, and
``lake_frames(at)`` the same as tables (submission, submission_file, quarantine, header,
structural_note, change). ``filed_names(at)`` are the names that no text that leaves may
hold. What a county reads of it, stage 8 writes.

A file becomes sheets (``files``), a sheet tables (``tables``), a cell a value (``cells``, by what
its text says by itself: ``texts``), a row is accepted, quarantined or ignored (``rows``), and a
delivery becomes the lake (``deliveries``).
"""

from pipelines.s2_lake.deliveries.admission import admit, would_wait
from pipelines.s2_lake.deliveries.faults import is_own_fault
from pipelines.s2_lake.deliveries.ingest import (
    IngestResult,
    damaged_submissions,
    in_force,
    ingest,
    is_up_to_date,
    lake_frames,
    read_again,
    results,
)
from pipelines.s2_lake.deliveries.partitions import standing
from pipelines.s2_lake.discretion import Discretion, discretion, log_text, log_texts, path_for_logs
from pipelines.s2_lake.filed_names import filed_names
from pipelines.s2_lake.results import (
    FileResult,
    HeaderCell,
    IgnoredRows,
    QuarantinedRow,
    StructuralNote,
    SubmissionResult,
)
from pipelines.s2_lake.rows.schema import lake_types

__all__ = [
    "Discretion",
    "FileResult",
    "HeaderCell",
    "IgnoredRows",
    "IngestResult",
    "QuarantinedRow",
    "StructuralNote",
    "SubmissionResult",
    "admit",
    "damaged_submissions",
    "discretion",
    "filed_names",
    "in_force",
    "ingest",
    "is_own_fault",
    "is_up_to_date",
    "lake_frames",
    "lake_types",
    "log_text",
    "log_texts",
    "path_for_logs",
    "read_again",
    "results",
    "standing",
    "would_wait",
]
