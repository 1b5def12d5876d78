"""From text to typed values, column by column: fast for plain cells, patient with the rest.

A conversion takes a stripped text series (blank = null). Plain cells are typed in one vectorised
pass; every other distinct text is read once, and what was changed to read it is kept. A partial
date in a date column cannot be typed: no day is invented, its text says what is known.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.core.dictionary import CodeList, Column
from pipelines.s2_lake.cells import dates, numbers
from pipelines.s2_lake.cells.codes import read_answer, read_code, read_codes
from pipelines.s2_lake.cells.numbers import DEC
from pipelines.s2_lake.texts.asked import question
from pipelines.s2_lake.texts.change_rules import told
from pipelines.s2_lake.texts.nothing_said import typed_texts
from pipelines.s2_lake.texts.outcome import Read, Typed, Untyped
from pipelines.s2_lake.texts.series import mapped, nothing

LAKE_TYPES: dict[str, Any] = {
    "str": pl.String,
    "int": pl.Int64,
    "dec": DEC,
    "bool": pl.Boolean,
    "code": pl.String,
    "codes": pl.List(pl.String),
    "date": pl.Date,
    "month": pl.Date,
    "datetime": pl.Datetime("us"),
}


def convert(
    text: pl.Series,
    column: Column,
    codes: CodeList | None,
    scale: Decimal = Decimal(1),
    *,
    is_1904: bool = False,
) -> Typed:
    """Type one column.

    ``scale`` multiplies numbers whose header named another unit; ``is_1904`` says from which day
    the workbook counts its serial dates.
    """
    kind = LAKE_TYPES[column.type]
    if column.type == "str":
        return typed_texts(text, column)
    fast = _FAST.get(column.type)
    quick = fast(text) if fast and scale == 1 else nothing(text, kind)
    rest = text.filter(quick.is_null() & text.is_not_null()).unique().to_list()
    values, rules, reasons = _read(rest, _reader(column, codes, scale, is_1904))
    typed = quick.fill_null(mapped(text, values, kind)) if values else quick
    if column.type == "codes" and column.blank_means_none:
        empty = pl.Series(text.name, [[]], dtype=kind).new_from_index(0, len(text))
        typed = typed.zip_with(text.is_not_null(), empty)
    failed = text.is_in(list(reasons)).fill_null(False)
    changed = mapped(text, rules, pl.String) if rules else None
    return Typed(typed, failed, changed, {item: why for item, why in reasons.items() if why})


def _reader(
    column: Column, codes: CodeList | None, scale: Decimal, is_1904: bool
) -> Callable[[str], Read]:
    """Return how one cell of a column is read."""
    if codes is not None:
        return lambda cell: (
            _listed(read_codes(cell, codes), column)
            if column.type == "codes"
            else read_code(cell, codes)
        )
    by_scale = {"int": numbers.read_int, "dec": numbers.read_dec}
    if column.type in by_scale:
        return lambda cell: by_scale[column.type](cell, column, scale)
    by_system = {
        "date": dates.read_date,
        "month": dates.read_month,
        "datetime": dates.read_datetime,
    }
    if column.type in by_system:
        return lambda cell: by_system[column.type](cell, column, is_1904)
    return read_answer


def _listed(read: Read, column: Column) -> Read:
    """A list that holds spellings of blank only is blank, or empty where blank means none."""
    return read if read.value or column.blank_means_none else Read(None, read.rules)


def _read(
    cells: list[str], reader: Callable[[str], Read]
) -> tuple[dict[str, Any], dict[str, str | None], dict[str, str]]:
    """Return values and changes of the cells that can be read, and why others cannot be."""
    values: dict[str, Any] = {}
    rules: dict[str, str | None] = {}
    reasons: dict[str, str] = {}
    for cell in cells:
        try:
            read = reader(cell)
        except Untyped as reason:
            reasons[cell] = str(reason) or question(cell)
            continue
        values[cell] = read.value
        if read.rules:
            rules[cell] = told(read.rules)
    return values, rules, reasons


_FAST: dict[str, Callable[[pl.Series], pl.Series]] = {
    "int": numbers.fast_int,
    "dec": numbers.fast_dec,
    "date": dates.fast_date,
    "month": dates.fast_month,
    "datetime": dates.fast_datetime,
}
