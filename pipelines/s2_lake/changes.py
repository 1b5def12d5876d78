"""What reading changed in cells: every normalisation that touched characters with a meaning.

One row per changed cell, private to the house until it is masked (``before`` and ``after`` hold
what was filed). Reading a form that the dictionary prints (a label, its national code, 是, a plain
number, 202006) changes nothing.
"""

from __future__ import annotations

from typing import Any

import polars as pl

CHANGE: dict[str, Any] = {
    "source_file": pl.String,
    "source_sheet": pl.String,
    "source_row": pl.Int64,
    "table_name": pl.String,
    "column_name": pl.String,
    "header": pl.String,
    "column_letter": pl.String,
    "before": pl.String,
    "after": pl.String,
    "rule_zh": pl.String,
}


def no_changes() -> pl.DataFrame:
    """Return the empty frame of changes."""
    return pl.DataFrame(schema=CHANGE)
