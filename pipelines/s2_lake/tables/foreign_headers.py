"""Headers of tables that the dictionary does not know, below a table that it knows.

By words alone they are no headers; where they stand and what they would be as a record tells: after
a blank line or a title, words without a digit in the places of numbers, and rows below them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from pipelines.core.dictionary import normal
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.tables.recognise import Recognised
from pipelines.s2_lake.tables.titles import is_footer
from pipelines.s2_lake.tables.total_labels import total_label
from pipelines.s2_lake.texts.characters import strip, stripped
from pipelines.s2_lake.texts.nothing_said import says_nothing

SERIAL_HEADERS = frozenset(
    ("序号", "编号", "行号", "序", "次序", "顺序", "顺序号", "no", "no.", "号")
)
# So many words stand in a header, and so many of them where a record has numbers or dates.
_WORDS, _MISPLACED = 3, 2
_LENGTH = 20
_TYPED = ("int", "dec", "date", "month", "datetime")
_NO_HEADER = r"[0-9\uFF10-\uFF19\u25CB\u221A\u2713]|[:\uFF1A]"


def foreign_headers(sheet: Sheet, found: Recognised, rows: pl.DataFrame) -> list[int]:
    """Return which rows are headers of another table; ``rows``: the row's place, then its cells."""
    names = sheet.frame.columns
    texts = [pl.col(name) for name in names]
    is_words = ~pl.any_horizontal(text.str.contains(_NO_HEADER).fill_null(False) for text in texts)
    size = pl.sum_horizontal((stripped(text) != "").fill_null(False) for text in texts)
    places = [
        item.positions[0]
        for item in found.fields
        if item.column.type in _TYPED and not item.column.printed
    ]
    return [
        row
        for row, *cells in rows.filter(is_words & (size >= _WORDS)).iter_rows()
        if _stands_apart(sheet, found, row) and _heads_others(cells, places)
    ]


def _stands_apart(sheet: Sheet, found: Recognised, row: int) -> bool:
    """Say whether a row follows a blank line or a title, and has a record's row below it."""
    if row - 1 <= found.header_row or row + 1 >= sheet.frame.height:
        return False
    above, below = (_texts(sheet.frame.row(at)) for at in (row - 1, row + 1))
    return len(above) <= 1 and len(below) > 1 and any(re.search(r"\d", text) for text in below)


def _heads_others(cells: Sequence[str | None], places: Sequence[int]) -> bool:
    """Say whether the texts of a row are headers, by where they stand or by a serial number's."""
    texts = _texts(cells)
    if (
        is_footer(texts[0])
        or len(set(texts)) < len(texts)
        or any(len(text) > _LENGTH or says_nothing(text) or total_label(text) for text in texts)
    ):
        return False
    misplaced = sum(bool(strip(cells[at] or "")) for at in places)
    return misplaced >= _MISPLACED or normal(texts[0]) in SERIAL_HEADERS


def _texts(cells: Sequence[str | None]) -> list[str]:
    return [text for text in (strip(cell or "") for cell in cells) if text]
