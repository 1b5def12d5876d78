"""Cells in usual characters, whatever look-alikes a copy out of a PDF left in them."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from pipelines.core.ideographs import ODD_IDEOGRAPH, usual_ideographs
from pipelines.s2_lake.files.sheet import Sheet


def in_usual_characters(sheet: Sheet) -> Sheet:
    """Return a sheet without radicals and compatibility ideographs, its filed texts kept aside."""
    frame = sheet.frame
    if not frame.width:
        return sheet
    # One look at a whole column is faster than one at each cell, and most columns have none.
    odd = frame.select(pl.all().str.join("").str.contains(ODD_IDEOGRAPH).fill_null(False)).row(0)
    columns, respelt = [], {}
    for position in (at for at, is_odd in enumerate(odd) if is_odd):
        cells = frame.to_series(position)
        rows = cells.str.contains(ODD_IDEOGRAPH).fill_null(False).arg_true()
        filed = cells.gather(rows)
        usual = pl.Series(map(usual_ideographs, filed), dtype=pl.String)
        columns.append(cells.scatter(rows, usual))
        respelt[position] = {
            row + 1: before
            for row, before, after in zip(rows, filed, usual, strict=True)
            if before != after
        }
    return replace(sheet, frame=frame.with_columns(columns), respelt=respelt)
