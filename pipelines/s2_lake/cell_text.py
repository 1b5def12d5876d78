"""Every cell's text as it is judged: which columns, which rows, trimmed, as displayed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.core.dictionary import Column
from pipelines.core.privacy import Reading, mask, mask_numbers
from pipelines.s2_lake import printed
from pipelines.s2_lake.characters import (
    bare_cells,
    clean_identifiers,
    clean_names,
    clean_texts,
    stripped,
)
from pipelines.s2_lake.recognise import Field, Recognised
from pipelines.s2_lake.sheet import Sheet

# Frame rows, first and last, of the merges in one frame column.
Spans = Mapping[int, Sequence[tuple[int, int]]]


def column_texts(sheet: Sheet, found: Recognised) -> pl.DataFrame:
    """Return the rows below the header: source_row, then each found column's cleaned text.

    A typed column's text keeps what was filed, but for what surrounds it; a text column's text is
    the value: its numbers bare, its names and words without invisible signs.
    """
    height = sheet.frame.height - found.header_row - 1
    first = found.header_row + 2
    rows = pl.int_range(first, first + height, dtype=pl.Int64, eager=True).alias("source_row")
    spans = merged_spans(sheet, found)
    cells = [
        _cleaned(bare_cells(column_cells(sheet, found, item, spans)), item.column).alias(
            item.column.name
        )
        for item in found.fields
    ]
    return pl.DataFrame([rows, *cells])


def column_cells(sheet: Sheet, found: Recognised, item: Field, spans: Spans) -> pl.Series:
    """Return a column's cells below the header as read; those of a numbered list joined."""
    parts = [
        spread_cells(sheet, position, spans).slice(found.header_row + 1)
        for position in item.positions
    ]
    if len(parts) == 1:
        return parts[0]
    several = pl.DataFrame([part.alias(str(at)) for at, part in enumerate(parts)])
    bare = [stripped(pl.col(name)) for name in several.columns]
    return several.select(pl.concat_str(bare, separator=",", ignore_nulls=True)).to_series()


def spread_cells(sheet: Sheet, position: int, spans: Spans) -> pl.Series:
    """Return a whole frame column; every row of a merge has the value of its first."""
    cells = sheet.frame[sheet.frame.columns[position]]
    return _spread(cells, spans[position]) if position in spans else cells


def merged_spans(sheet: Sheet, found: Recognised) -> dict[int, list[tuple[int, int]]]:
    """Return the merges of data cells in one column; a merge over several gives none a value."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for top, left, bottom, right in sheet.merged:
        if left == right and found.header_row < top < bottom:
            spans.setdefault(left, []).append((top, min(bottom, sheet.frame.height - 1)))
    return spans


def formulas_by_column(sheet: Sheet) -> dict[int, dict[int, str]]:
    """Return the formulas, beginning with =, by frame column and 1-based row."""
    found: dict[int, dict[int, str]] = {}
    for (row, position), formula in sheet.formulas.items():
        found.setdefault(position, {})[row] = "=" + formula.removeprefix("=")
    return found


def _spread(cells: pl.Series, spans: Sequence[tuple[int, int]]) -> pl.Series:
    """Give every row of a merge the value that stands in its first."""
    values = cells.to_list()
    for top, bottom in spans:
        values[top + 1 : bottom + 1] = [values[top]] * (bottom - top)
    return pl.Series(cells.name, values, dtype=pl.String)


def _cleaned(cells: pl.Series, column: Column) -> pl.Series:
    if column.type != "str":
        return cells
    if column.is_identifier:
        bare = clean_identifiers(cells)
        return bare.str.to_uppercase() if column.sensitive == "id" else bare
    return clean_names(cells) if column.sensitive == "name" else clean_texts(cells)


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


def shown(column: Column, value: str | None) -> str | None:
    """Return a cell's text as it may be told to the county: masked where it is sensitive."""
    if value is None:
        return None
    if column.sensitive:
        return mask(value, column.sensitive)
    return mask_numbers(value, Reading.CODE if column.is_identifier else Reading.TEXT)
