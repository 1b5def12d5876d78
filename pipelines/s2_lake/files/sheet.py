"""One sheet of a delivered file, as every later step of reading sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

ENCRYPTED = "文件已加密,请去除密码后重新报送"
# A workbook that was only saved read-only is encrypted as well, with a password of the program's
# own that nobody typed.
ENCRYPTED_BOOK = (
    f"{ENCRYPTED};如打开时并不要求密码,是设了“只读/修改权限密码”而带有程序的默认密码,"
    "请在“另存为—工具—常规选项”(WPS 在“文件—文档加密—密码加密”)里把密码清空,另存后再报"
)


class Refused(Exception):
    """A file that is not read; the message is one Chinese sentence for its sender."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: ``frame`` row i, column j is the cell in row i+1 of column ``first_column``+j.

    ``kind`` is xlsx, xls, ods or csv; those with a ``problem`` have no content. ``merged`` are
    rectangles of frame positions (first row, first column, last row, last column; 0-based,
    inclusive), whose value stands in their first cell. ``formulas`` are the formula texts by
    1-based row and frame column ("=" alone where an xls keeps it compiled). ``long_numbers`` are,
    by frame column, the 1-based rows of numbers of 16 digits or more, whose last digits no
    spreadsheet keeps. ``shown`` are, by 1-based row and frame column, the texts that a number
    format shows of a cell where they say another thing than its text. ``origins`` are what
    ``as_meant`` took cells from: the text before and the change's name. ``wrapped`` are, by frame
    column, the cells as they were where they had stood in a formula: ="0901". ``is_1904`` says
    from which day Excel serials count. ``remarks`` are Chinese sentences about the file that its
    receipt repeats (macros ignored …). ``hidden_rows`` (1-based) and ``hidden_columns`` (of the
    frame) are read like the others. ``respelt`` are, by frame column and 1-based row, the filed
    texts of cells whose radicals became usual characters.

    Cells as text: numbers in their shortest form, percentages as shown (12.5%), dates and times
    as 2019-03-01 00:00:00 (a time of day with Excel's day zero), yes and no as true and false,
    errors as their word (#N/A). A formula that was never calculated is null.
    """

    name: str
    frame: pl.DataFrame
    first_column: int
    kind: str
    path: Path
    visible: bool = True
    problem: str = ""
    merged: tuple[tuple[int, int, int, int], ...] = ()
    formulas: Mapping[tuple[int, int], str] = field(default_factory=dict)
    long_numbers: Mapping[int, frozenset[int]] = field(default_factory=dict)
    shown: Mapping[tuple[int, int], str] = field(default_factory=dict)
    origins: Mapping[tuple[int, int], tuple[str | None, str]] = field(default_factory=dict)
    wrapped: Mapping[int, pl.Series] = field(default_factory=dict)
    is_1904: bool = False
    remarks: tuple[str, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    respelt: Mapping[int, Mapping[int, str]] = field(default_factory=dict)

    def letter(self, position: int) -> str:
        """Return the spreadsheet letter of a frame column."""
        return column_letter(self.first_column + position)

    def before(self, row: int) -> Sheet:
        """Return the sheet as if it ended before a 0-based row; addresses stay what they are."""
        if row >= self.frame.height:
            return self
        return replace(
            self,
            frame=self.frame.head(row),
            merged=tuple(area for area in self.merged if area[0] < row),
            shown={at: text for at, text in self.shown.items() if at[0] <= row},
            wrapped={at: cells.head(row) for at, cells in self.wrapped.items()},
        )

    def between(self, start: int, stop: int) -> Sheet:
        """Return the frame columns ``start`` to before ``stop``; addresses stay what they are."""
        if (start, stop) == (0, self.frame.width):
            return self

        def moved(by_column: Mapping[int, Any]) -> dict[int, Any]:
            return {at - start: held for at, held in by_column.items() if start <= at < stop}

        def moved_cells(by_cell: Mapping[tuple[int, int], Any]) -> dict[tuple[int, int], Any]:
            cells = by_cell.items()
            return {(row, at - start): held for (row, at), held in cells if start <= at < stop}

        return replace(
            self,
            frame=self.frame.select(self.frame.columns[start:stop]),
            first_column=self.first_column + start,
            merged=tuple(
                (top, left - start, bottom, min(right, stop - 1) - start)
                for top, left, bottom, right in self.merged
                if start <= left < stop
            ),
            formulas=moved_cells(self.formulas),
            long_numbers=moved(self.long_numbers),
            shown=moved_cells(self.shown),
            origins=moved_cells(self.origins),
            wrapped=moved(self.wrapped),
            hidden_columns=frozenset(moved(dict.fromkeys(self.hidden_columns))),
            respelt=moved(self.respelt),
        )


def column_letter(index: int) -> str:
    """Return A for 0, Z for 25, AA for 26 …"""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def row_runs(rows: Iterable[int]) -> list[str]:
    """Return row numbers in their order as 3 and 5–9, a text for each run."""
    runs: list[list[int]] = []
    for row in sorted(rows):
        if runs and runs[-1][1] == row - 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return [str(first) if first == last else f"{first}–{last}" for first, last in runs]


def column_index(letters: str) -> int:
    """Return 0 for A, 25 for Z, 26 for AA …"""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
