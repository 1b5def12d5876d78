"""Cells that are kept without standing in the lake: of unknown columns, of quarantined rows.

Both are private to the house (nothing is masked here) and as filed. What is kept of a quarantined
row lets the county's returned receipt amend it without typing again what it may not be shown. It
says by itself what it was in its sheet, which is one ``as_meant``; a number that lost digits looks
like it (9.90101E+17).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.rows.filing import Filing
from pipelines.s2_lake.tables.recognise import Recognised
from pipelines.s2_lake.texts.characters import stripped

ASIDE: dict[str, Any] = {
    "source_file": pl.String,
    "source_sheet": pl.String,
    "source_row": pl.Int64,
    "table_name": pl.String,
    "header": pl.String,
    "column_letter": pl.String,
    "text": pl.String,
}
# The address under which a row first came; it differs from its own only for amended rows.
ROOT: dict[str, Any] = {
    "root_submission": pl.String,
    "root_file": pl.String,
    "root_sheet": pl.String,
    "root_row": pl.Int64,
}
QUARANTINED_CELL: dict[str, Any] = {
    "source_file": pl.String,
    "source_sheet": pl.String,
    "source_row": pl.Int64,
    "table_name": pl.String,
    "column_name": pl.String,
    "position": pl.Int64,
    "header": pl.String,
    "text": pl.String,
    **ROOT,
}

# A hostile sheet has thousands of columns that nobody knows.
UNKNOWN_KEPT = 50
# What stands over the cells of a row that is longer than its header, and how many are shown.
BEYOND, BEYOND_SHOWN = "(表头以外)", 20


def aside_cells(
    body: pl.DataFrame, sheet: Sheet, found: Recognised, filing: Filing
) -> pl.DataFrame:
    """Return the filled cells of unknown columns in the rows of ``body``, one row per cell."""
    if not found.unknown or not body.height:
        return pl.DataFrame(schema=ASIDE)
    rows = sheet.frame[body["source_row"] - 1]
    parts = [
        pl.DataFrame(
            {"source_row": body["source_row"], "text": rows[rows.columns[position]]}
        ).select(
            pl.lit(filing.file).alias("source_file"),
            pl.lit(sheet.name).alias("source_sheet"),
            "source_row",
            pl.lit(found.table.alias).alias("table_name"),
            pl.lit(header).alias("header"),
            pl.lit(sheet.letter(position)).alias("column_letter"),
            "text",
        )
        for position, header in found.unknown
    ]
    filled = stripped(pl.col("text")).is_not_null()
    return (
        pl.concat(parts)
        .filter(filled)
        .sort("source_row", maintain_order=True)
        .cast(pl.Schema(ASIDE))
    )


def quarantined_cells(
    rows: Iterable[int],
    sheet: Sheet,
    found: Recognised,
    filing: Filing,
    lost: Sequence[tuple[str, int]] = (),
) -> pl.DataFrame:
    """Return the headed cells of the given rows, one row per cell, blanks included.

    Of unknown columns the first UNKNOWN_KEPT: one cell is one row here, and the archive has them.
    An amount whose unit is in doubt is left out, and its header names the column's unit: what is
    filled in below it is in that unit, while the figure as filed may have been in another one.
    ``lost`` are the numbers that lost digits: column name and row.
    """
    wanted = sorted(rows)
    if not wanted:
        return pl.DataFrame(schema=QUARANTINED_CELL)
    indexes = [row - 1 for row in wanted]
    names = {at: item.column.name for item in found.fields for at in item.positions}
    headers = {
        at: header
        for item in found.fields
        for at, header in zip(item.positions, item.headers, strict=True)
    } | dict(found.unknown[:UNKNOWN_KEPT])
    headers |= dict.fromkeys(_beyond(sheet, found, indexes), BEYOND)
    doubted = {
        at: item.column.unit
        for item in found.fields
        if item.is_of_unknown_unit
        for at in item.positions
    }
    headers |= {at: f"{headers[at]}({unit})" for at, unit in doubted.items()}
    parts = [
        pl.DataFrame(
            {
                "source_row": pl.Series(wanted, dtype=pl.Int64),
                "text": _clear_amounts(sheet.frame.to_series(at).gather(indexes), at in doubted),
            }
        ).select(
            pl.lit(filing.file).alias("source_file"),
            pl.lit(sheet.name).alias("source_sheet"),
            "source_row",
            pl.lit(found.table.alias).alias("table_name"),
            pl.lit(names.get(at, "")).alias("column_name"),
            pl.lit(at).alias("position"),
            pl.lit(headers[at]).alias("header"),
            "text",
            pl.lit(filing.submission_id).alias("root_submission"),
            pl.lit(filing.file).alias("root_file"),
            pl.lit(sheet.name).alias("root_sheet"),
            pl.col("source_row").alias("root_row"),
        )
        for at in sorted(headers)
    ]
    cells = pl.concat(parts).sort("source_row", "position").cast(pl.Schema(QUARANTINED_CELL))
    return _with_lost(cells, lost)


def _clear_amounts(cells: pl.Series, is_doubted: bool) -> pl.Series:
    """Return cells; of a column whose unit is in doubt, those that name theirs, and zeros."""
    if not is_doubted:
        return cells
    is_clear = cells.str.contains(r"元|^\s*[0\uff10]+(?:[.\uff0e][0\uff10]*)?\s*$").fill_null(False)
    return cells.zip_with(is_clear, pl.Series([None], dtype=pl.String))


def _beyond(sheet: Sheet, found: Recognised, indexes: list[int]) -> list[int]:
    """Return the filled frame columns of a delimited text's rows that no header stands over."""
    surplus = range(found.width, sheet.frame.width) if sheet.kind == "csv" else ()
    filled = [
        at
        for at in surplus
        if (sheet.frame.to_series(at).gather(indexes) != "").fill_null(False).any()
    ]
    return filled[:BEYOND_SHOWN]


def _with_lost(cells: pl.DataFrame, lost: Sequence[tuple[str, int]]) -> pl.DataFrame:
    """Let whole numbers that lost digits look like it: 990101198001010000 is 9.90101E+17."""
    if not lost:
        return cells
    schema = {"column_name": pl.String, "source_row": pl.Int64}
    keys = pl.DataFrame(lost, schema=schema, orient="row")
    is_whole = pl.col("text").str.strip_chars().str.contains(r"^[0-9]{16,}$")
    hit = cells.with_row_index("at").filter(is_whole).join(keys, on=keys.columns, how="semi")
    shown = [f"{float(text):.5E}" for text in hit["text"]]
    return cells.with_columns(cells["text"].scatter(hit["at"], shown))
