"""What reading changed in cells: every normalisation that touched characters with a meaning.

One row per changed cell, private to the house until it is masked (``before`` and ``after`` hold
what was filed). Reading a form that the dictionary prints (a label, its national code, 是, a plain
number, 202006) changes nothing.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.core.dictionary import Dictionary
from pipelines.core.privacy import mask

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


def masked(changes: pl.DataFrame, words: Dictionary) -> pl.DataFrame:
    """Return the changes with names, ids, birth dates, phones and accounts masked."""
    kinds = pl.DataFrame(
        [
            (table.alias, column.name, column.sensitive)
            for table in words.tables.values()
            for column in table.columns
            if column.sensitive
        ],
        schema={"table_name": pl.String, "column_name": pl.String, "kind": pl.String},
        orient="row",
    )
    joined = changes.join(
        kinds, on=["table_name", "column_name"], how="left", maintain_order="left"
    )
    for name in ("before", "after"):
        cells = joined.filter(pl.col("kind").is_not_null()).select(name, "kind").unique()
        shown = [mask(cell, kind) for cell, kind in cells.rows()]
        told = cells.with_columns(pl.Series("shown", shown, dtype=pl.String))
        joined = (
            joined.join(told, on=[name, "kind"], how="left", maintain_order="left")
            .with_columns(
                pl.when(pl.col("kind").is_null()).then(name).otherwise("shown").alias(name)
            )
            .drop("shown")
        )
    return joined.select(list(CHANGE))
