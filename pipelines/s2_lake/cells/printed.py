"""Printed figures in cells: their text made readable, and how a workbook displays its numbers.

What a printed figure stands for is ``core.figures``' to say; here its cell is brought to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from pipelines.core.figures import printed
from pipelines.core.text import BLANKS, MINUS, unblank
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.files.xlsx import number_formats
from pipelines.s2_lake.texts.characters import plain

_BETWEEN_DIGITS = re.compile(f"(?<=[0-9])[{re.escape(BLANKS)}'’](?=[0-9])")
_FORMAT = re.compile(r"[#,0]*0(?:\.(0+))?(%)?")


def figure(text: str, unit: str | None) -> printed.Figure | None:
    """Read a cell that prints a figure; None where it prints none."""
    return printed.figure(_tidy(text), unit)


def digits(text: str) -> str:
    """Return the number in a printed figure as printed, with its separators; '' for none."""
    return printed.number_text(_tidy(text))


def _tidy(text: str) -> str:
    """Return a figure narrow and without blanks; one between digits must separate thousands."""
    bare = plain(text).casefold().translate(MINUS)
    return unblank(_BETWEEN_DIGITS.sub(",", bare))


def displayed(sheet: Sheet, positions: Sequence[int]) -> dict[int, dict[int, str]]:
    """Return, per frame column and 1-based row, how numeric xlsx cells are displayed.

    Only plain number formats with fixed decimals count; a General cell keeps its shortest form.
    """
    shown: dict[int, dict[int, str]] = {position: {} for position in positions}
    if sheet.kind != "xlsx" or not positions:
        return shown
    columns = {sheet.first_column + position: position for position in positions}
    for row, column, value, form in number_formats(sheet.path, sheet.name, set(columns)):
        text = _display(value, form)
        if text is not None:
            shown[columns[column]][row] = text
    return shown


def _display(value: Decimal, number_format: str) -> str | None:
    match = _FORMAT.fullmatch(number_format.split(";")[0].strip().rstrip("_ )"))
    if not match:
        return None
    places, percent = len(match[1] or ""), bool(match[2])
    try:
        rounded = (value * 100 if percent else value).quantize(
            Decimal(1).scaleb(-places), ROUND_HALF_UP
        )
    except InvalidOperation:
        return None
    return f"{rounded}{'%' if percent else ''}"
