"""Every cell's text as it is judged: which columns, which rows, trimmed, as displayed."""

from __future__ import annotations

import polars as pl

from pipelines.core.dictionary import Column
from pipelines.core.privacy import Reading, mask, mask_numbers
from pipelines.s2_lake.cells import printed
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.tables.recognise import Field, Recognised
from pipelines.s2_lake.texts.characters import (
    bare_cells,
    clean_identifiers,
    clean_names,
    clean_texts,
    stripped,
)
from pipelines.s2_lake.texts.nothing_said import without_placeholders


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
    parts = [
        sheet.frame.to_series(position).slice(found.header_row + 1) for position in item.positions
    ]
    if len(parts) == 1:
        return parts[0]
    several = pl.DataFrame([part.alias(str(at)) for at, part in enumerate(parts)])
    bare = [stripped(pl.col(name)) for name in several.columns]
    return several.select(pl.concat_str(bare, separator=",", ignore_nulls=True)).to_series()


def formulas_by_column(sheet: Sheet) -> dict[int, dict[int, str]]:
    """Return the formulas, beginning with =, by frame column and 1-based row."""
    found: dict[int, dict[int, str]] = {}
    for (row, position), formula in sheet.formulas.items():
        found.setdefault(position, {})[row] = "=" + formula.removeprefix("=")
    return found


def _cleaned(cells: pl.Series, column: Column) -> pl.Series:
    if column.type != "str":
        # A dash in a column that may be blank says that it is.
        return without_placeholders(cells, column) if column.blank_means_none else cells
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
