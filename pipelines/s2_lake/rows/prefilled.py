"""Rows that a form was prepared with and nobody filled in: a running number, a place, a year, sums.

Offices number the rows of a form to the end of its page, and drag places and formulas down with
them. Such a row is blank, for nothing in it is about a record.
"""

from __future__ import annotations

import polars as pl

from pipelines.core.dictionary import normal
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.tables.foreign_headers import SERIAL_HEADERS
from pipelines.s2_lake.tables.recognise import Recognised
from pipelines.s2_lake.texts.characters import stripped

PREFILLED = "空行(只有序号等预填内容)"
_SERIAL = r"^[(\uFF08]?([0-9]{1,6})(?:\.0)?[)\uFF09]?[.、]?$"
# What a formula says of cells that are blank.
_OF_NOTHING = r"^(?:-?0+(?:\.0+)?%?|#DIV/0!|#N/A|#VALUE!)$"
# A column is numbered where most of its numbers, and so many at least, follow each other.
_MOST, _AT_LEAST = 0.8, 3


def prefilled_rows(text: pl.DataFrame, sheet: Sheet, found: Recognised) -> pl.Series:
    """Return which rows of ``text`` (source_row, then a column each) hold nothing but such cells.

    A place or a year alone is prefilled where several rows say so, or beside a running number.
    """
    nothing = pl.Series([False], dtype=pl.Boolean).new_from_index(0, text.height)
    key = found.table.key[0]
    if key not in text.columns or not text[key].is_null().any():
        return nothing
    no_key = text[key].is_null()
    rows = text.filter(no_key)
    has_content = _has_content(rows, text.filter(~no_key), sheet, found)
    numbered, beside = _serial_cells(text, no_key, sheet, found)
    filled = rows.select(
        pl.any_horizontal(pl.exclude("source_row").is_not_null()).alias("filled")
    ).to_series()
    blank = ~has_content & ~beside & (numbered | filled)
    if int(blank.sum()) < 2:
        blank &= numbered
    return nothing.scatter(no_key.arg_true().filter(blank), True)


def _has_content(
    rows: pl.DataFrame, records: pl.DataFrame, sheet: Sheet, found: Recognised
) -> pl.Series:
    """Return which rows have a cell that says something of a record."""
    content = pl.Series([False], dtype=pl.Boolean).new_from_index(0, rows.height)
    formulas: dict[int, list[int]] = {}
    for row, position in sheet.formulas:
        formulas.setdefault(position, []).append(row)
    for item in found.fields:
        cells = rows[item.column.name]
        says = cells.is_not_null()
        if item.column.is_whereabouts:
            known = records[item.column.name].drop_nulls().unique()
            told = cells.drop_nulls().unique()
            says &= ~cells.is_in((known if len(known) else told.head(1)).to_list())
        calculated = [row for at in item.positions for row in formulas.get(at, ())]
        if calculated:
            of_nothing = cells.str.contains(_OF_NOTHING).fill_null(False)
            says &= ~(rows["source_row"].is_in(calculated) & of_nothing)
        content |= says
    return content


def _serial_cells(
    text: pl.DataFrame, chosen: pl.Series, sheet: Sheet, found: Recognised
) -> tuple[pl.Series, pl.Series]:
    """Return which chosen rows hold a running number, and which another cell of no column."""
    used = {at for item in found.fields for at in item.positions}
    headers = dict(found.unknown)
    below = sheet.frame[text["source_row"] - 1]
    numbered = pl.Series([False], dtype=pl.Boolean).new_from_index(0, int(chosen.sum()))
    beside = numbered
    for position, name in enumerate(below.columns):
        if position in used:
            continue
        cells = below.select(stripped(pl.col(name))).to_series()
        here = cells.filter(chosen)
        if not here.is_not_null().any():
            continue
        number = here.str.contains(_SERIAL).fill_null(False)
        if not number.any() or not (
            normal(headers.get(position, "")) in SERIAL_HEADERS or _runs(cells)
        ):
            # What each record says alike (示例县) was dragged down.
            records = cells.filter(~chosen)
            said = records.head(1).to_list() if records.n_unique() == 1 else []
            beside |= here.is_not_null() & ~here.is_in(said).fill_null(False)
            continue
        numbered |= number
        beside |= here.is_not_null() & ~number
    return numbered, beside


def _runs(cells: pl.Series) -> bool:
    """Say whether a column's numbers follow each other, but for where they begin anew."""
    steps = cells.str.extract(_SERIAL).cast(pl.Int64, strict=False).drop_nulls().diff().drop_nulls()
    return len(steps) + 1 >= _AT_LEAST and int((steps == 1).sum()) >= _MOST * len(steps)
