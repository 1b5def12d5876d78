"""Every cell's text as it is judged: which columns, which rows, trimmed, as displayed."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.core.dictionary import Column
from pipelines.core.privacy import mask
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


def column_texts(sheet: Sheet, found: Recognised) -> pl.DataFrame:
    """Return the rows below the header: source_row, then each found column's cleaned text.

    A typed column's text keeps what was filed, but for what surrounds it; a text column's text is
    the value: its numbers bare, its names and words without invisible signs.
    """
    height = sheet.frame.height - found.header_row - 1
    first = found.header_row + 2
    rows = pl.int_range(first, first + height, dtype=pl.Int64, eager=True).alias("source_row")
    cells = [
        _cleaned(bare_cells(column_cells(sheet, found, item)), item.column).alias(item.column.name)
        for item in found.fields
    ]
    return pl.DataFrame([rows, *cells])


def column_cells(sheet: Sheet, found: Recognised, item: Field) -> pl.Series:
    """Return a column's cells below the header as read; those of a numbered list joined."""
    merged = merged_rows(sheet, found, item)
    parts = []
    for position in item.positions:
        cells = sheet.frame[sheet.frame.columns[position]]
        if merged.get(position):
            cells = _spread(cells, merged[position])
        parts.append(cells.slice(found.header_row + 1))
    if len(parts) == 1:
        return parts[0]
    several = pl.DataFrame([part.alias(str(at)) for at, part in enumerate(parts)])
    bare = [stripped(pl.col(name)) for name in several.columns]
    return several.select(pl.concat_str(bare, separator=",", ignore_nulls=True)).to_series()


def merged_rows(sheet: Sheet, found: Recognised, item: Field) -> dict[int, list[tuple[int, int]]]:
    """Return, per frame column of a field, first and last frame row of each merge of data cells."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for top, left, bottom, right in sheet.merged:
        if left == right and left in item.positions and found.header_row < top < bottom:
            spans.setdefault(left, []).append((top, min(bottom, sheet.frame.height - 1)))
    return spans


def formula_cells(sheet: Sheet, item: Field) -> dict[int, str]:
    """Return a field's formulas, beginning with =, by 1-based row."""
    found: dict[int, str] = {}
    for (row, position), formula in sheet.formulas.items():
        if position in item.positions:
            found.setdefault(row, "=" + formula.removeprefix("="))
    return found


def _spread(cells: pl.Series, spans: Sequence[tuple[int, int]]) -> pl.Series:
    """Give every row of a merge the value that stands in its first."""
    below = [(row, cells[top]) for top, bottom in spans for row in range(top + 1, bottom + 1)]
    rows, values = zip(*below, strict=True) if below else ((), ())
    return cells.clone().scatter(list(rows), pl.Series(values, dtype=pl.String))


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
    return mask(value, column.sensitive) if column.sensitive else value
