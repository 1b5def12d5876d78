"""History: what the warehouse remembers of every night, in ``warehouse/history/``.

One file per publication, append-only, each naming the hash of the one before (``files``,
``chain``). ``contract`` declares the tables, ``fold`` adds the files up,
``writing`` adds one. Published file and build folder are made of it and of the archive.
"""

from pipelines.core.history.chain import File, HistoryError, chain_faults, read_chain, way_out
from pipelines.core.history.contract import (
    FIGURE,
    FINDING,
    FIRST_KEY,
    MESSAGE,
    OUTBOX,
    PUBLISHED,
    SENDING,
    SUBMISSION,
    TABLES,
    HistoryTable,
)
from pipelines.core.history.files import (
    KEY_ROTATED,
    NIGHT,
    SAMPLE_REMOVED,
    TAKEN_OVER,
    TOLD,
    About,
)
from pipelines.core.history.fold import History, as_of, read_history
from pipelines.core.history.writing import Change, Draft, draft, whole

__all__ = [
    "FIGURE",
    "FINDING",
    "FIRST_KEY",
    "KEY_ROTATED",
    "MESSAGE",
    "NIGHT",
    "OUTBOX",
    "PUBLISHED",
    "SAMPLE_REMOVED",
    "SENDING",
    "SUBMISSION",
    "TABLES",
    "TAKEN_OVER",
    "TOLD",
    "About",
    "Change",
    "Draft",
    "File",
    "History",
    "HistoryError",
    "HistoryTable",
    "as_of",
    "chain_faults",
    "draft",
    "read_chain",
    "read_history",
    "way_out",
    "whole",
]
