"""One column's cells typed, by the dictionary or, for printed figures, by what they print."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.core.dictionary import Column, Dictionary
from pipelines.core.figures.printed import figure
from pipelines.s2_lake.convert import DEC, WIDE, Typed, convert
from pipelines.s2_lake.recognise import Field


def typed_column(body: pl.DataFrame, item: Field, words: Dictionary) -> Typed:
    """Return a field's typed cells and which of them could not be typed."""
    column = item.column
    codes = words.code_list(column) if column.codes else None
    if column.printed:
        return _printed(body, column)
    return convert(body[column.name], column, codes, item.scale)


def _printed(body: pl.DataFrame, column: Column) -> Typed:
    """Type printed figures; the struct carries value, low, high, decimals and is_approx."""
    units = body["unit"] if "unit" in body.columns else pl.repeat(None, body.height, eager=True)
    figures = [
        figure(cell, unit) if cell is not None else None
        for cell, unit in zip(body[column.name], units, strict=True)
    ]
    kinds: dict[str, Any] = {
        "value": DEC,
        "low": WIDE,
        "high": WIDE,
        "decimals": pl.Int32,
        "approx": pl.Boolean,
    }
    rows = [
        (None,) * 5
        if f is None
        else (_fit(f.value, 6), _fit(f.low, 8), _fit(f.high, 8), f.decimals, f.is_approx)
        for f in figures
    ]
    values = pl.DataFrame(rows, schema=kinds, orient="row").to_struct(column.name)
    failed = [
        f is None and cell is not None for f, cell in zip(figures, body[column.name], strict=True)
    ]
    return Typed(values, pl.Series(column.name, failed, dtype=pl.Boolean))


def _fit(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places))
