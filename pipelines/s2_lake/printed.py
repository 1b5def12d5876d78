"""How a workbook displays its numeric cells, so that printed decimals are known (decision 7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from openpyxl import load_workbook

from pipelines.s2_lake.sheet import Sheet

_FORMAT = re.compile(r"[#,0]*0(?:\.(0+))?(%)?")


def displayed(sheet: Sheet, positions: Sequence[int]) -> dict[int, dict[int, str]]:
    """Return, per frame column and 1-based row, how numeric xlsx cells are displayed.

    Only plain number formats with fixed decimals count; a General cell keeps its shortest form.
    """
    shown: dict[int, dict[int, str]] = {position: {} for position in positions}
    if sheet.kind != "xlsx" or not positions:
        return shown
    book = load_workbook(sheet.path, read_only=True, data_only=True)
    try:
        for number, row in enumerate(book[sheet.name].iter_rows(), start=1):
            for position in positions:
                at = sheet.first_column + position
                cell = row[at] if at < len(row) else None
                if cell is None or not isinstance(cell.value, (int, float)):
                    continue
                text = _display(Decimal(str(cell.value)), cell.number_format)
                if text is not None and not isinstance(cell.value, bool):
                    shown[position][number] = text
    finally:
        book.close()
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
