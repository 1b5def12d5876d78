"""Every cell's text as it is judged: which columns, which rows, trimmed, as displayed."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.core.dictionary import Column
from pipelines.core.privacy import mask
from pipelines.s2_lake import printed
from pipelines.s2_lake.recognise import Field, Recognised
from pipelines.s2_lake.sheet import Sheet


def column_texts(sheet: Sheet, found: Recognised) -> pl.DataFrame:
    """Return the rows below the header: source_row, then each found column's stripped text."""
    below = sheet.frame.slice(found.header_row + 1)
    names = below.columns
    columns = [_column_text(item, names).alias(item.column.name) for item in found.fields]
    first = found.header_row + 2
    return below.select(
        pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias("source_row"), *columns
    )


def _column_text(item: Field, names: Sequence[str]) -> pl.Expr:
    parts = [stripped(pl.col(names[position])) for position in item.positions]
    if len(parts) > 1:
        return stripped(pl.concat_str(parts, separator=",", ignore_nulls=True))
    if item.column.is_identifier:
        bare = parts[0].str.strip_prefix("'").str.strip_chars()
        return stripped(bare.str.to_uppercase() if item.column.sensitive == "id" else bare)
    return parts[0]


def as_displayed(text: pl.DataFrame, sheet: Sheet, found: Recognised) -> pl.DataFrame:
    """Replace numbers in printed columns by what the workbook displays (45.3 in 0.00: 45.30)."""
    items = [item for item in found.fields if item.column.printed]
    shown = printed.displayed(sheet, [item.positions[0] for item in items])
    for item in items:
        name, cells_shown = item.column.name, shown[item.positions[0]]
        if cells_shown:
            pairs = zip(text["source_row"], text[name], strict=True)
            cells = [cells_shown.get(row, cell) for row, cell in pairs]
            text = text.with_columns(pl.Series(name, cells, dtype=pl.String))
    return text


def stripped(cell: pl.Expr) -> pl.Expr:
    """Return text without blanks around it, null where nothing is left."""
    bare = cell.str.strip_chars()
    return pl.when(bare != "").then(bare)


def shown(column: Column, value: str | None) -> str | None:
    """Return a cell's text as it may be told to the county: masked where it is sensitive."""
    return mask(value, column.sensitive) if column.sensitive else value
