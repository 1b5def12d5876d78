"""Texts that an export wrapped in a formula to keep their noughts: ="0901900001".

They are unwrapped where a file is read, headers and totals as well, so that every later step sees
what the spreadsheet shows. A formula that calculates something stays what it is: no value.
"""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl

from pipelines.s2_lake.files.sheet import Sheet

_EQUALS = ("=", "\uff1d")
_QUOTES = '"\u201c\u201d\uff02'
# ="…", ='…' or =0123; a doubled quote within stands for one.
_WRAPPED = (
    rf"^\s*[=\uff1d]\s*(?:[{_QUOTES}]((?:[^{_QUOTES}]|[{_QUOTES}]{{2}})*)[{_QUOTES}]"
    r"|'([^']*)'|([+-]?[0-9][0-9,]*(?:\.[0-9]+)?))\s*$"
)
_FORMULA = re.compile(r"\s*[=\uff1d]\s*[@+\-(]*[A-Za-z$].*", re.DOTALL)


def unwrapped(sheet: Sheet) -> Sheet:
    """Return a sheet with its wrapped cells bare; ``wrapped`` keeps the columns as they were."""
    frame = sheet.frame
    if not frame.width:
        return sheet
    begins = pl.any_horizontal(pl.all().str.starts_with(sign).any() for sign in _EQUALS)
    if not frame.select(begins).item():
        return sheet
    columns, wrapped = [], {}
    for position, cells in enumerate(frame.get_columns()):
        bare = _bare(cells)
        if bare is not None:
            columns.append(bare)
            wrapped[position] = cells
    return replace(sheet, frame=frame.with_columns(columns), wrapped=wrapped) if wrapped else sheet


def as_wrapped(sheet: Sheet) -> Sheet:
    """Return a sheet with the cells that ``unwrapped`` made bare as they were filed."""
    names = sheet.frame.columns
    columns = [cells.alias(names[position]) for position, cells in sheet.wrapped.items()]
    return replace(sheet, frame=sheet.frame.with_columns(columns)) if columns else sheet


def without_formula(text: str) -> str:
    """Return one text without its wrapping."""
    if not text.lstrip().startswith(_EQUALS):
        return text
    bare = _bare(pl.Series([text], dtype=pl.String))
    return text if bare is None else str(bare[0])


def is_formula(text: str) -> bool:
    """Say whether a text is a formula that was never calculated: =VLOOKUP(A1,…), =A2+1."""
    return _FORMULA.fullmatch(text) is not None


def _bare(cells: pl.Series) -> pl.Series | None:
    """Return a column without wrappings, None where it has none."""
    parts = [cells.str.extract(_WRAPPED, group) for group in (1, 2, 3)]
    inside = pl.select(pl.coalesce(parts))
    found = inside.to_series()
    if found.null_count() == len(found):
        return None
    return (
        pl.select(pl.coalesce(found.str.replace_all('""', '"', literal=True), cells))
        .to_series()
        .alias(cells.name)
    )
