"""What the XML of an xlsx sheet hides: rows and columns that say so or have no size.

A row that stands in the XML is shown unless it says otherwise, also where the sheet hides by
default the rows that do not stand in it (``zeroHeight``): those hold nothing. A column may hold
cells and not be described; where columns have no width by default, such a one is hidden.
"""

from __future__ import annotations

import re

from pipelines.s2_lake.files.loading import Found

_ZERO = r'"0+(?:\.0*)?"'
_SAYS_SO = r'hidden="(?:1|true)"'
_ROW = re.compile(rf'<row r="(\d+)"[^>]*\s(?:{_SAYS_SO}|ht={_ZERO})'.encode())
_COLUMN = re.compile(rb"<col [^>]*>")
_HIDDEN = re.compile(rf"\s(?:{_SAYS_SO}|width={_ZERO})".encode())
_WIDE = re.compile(rb'\swidth="')
_BOUND = re.compile(rb'\s(min|max)="(\d{1,5})"')
_NO_WIDTH = re.compile(rf"<sheetFormatPr [^>]*\bdefaultColWidth={_ZERO}".encode())

# The pattern, for polars, of a piece of XML that hides something.
HIDES = (
    r"<(?:row|col) [^<>]*(?:hidden=|(?:ht|width)=\x220+(?:\.0*)?\x22)"
    r"|<sheetFormatPr [^<>]*defaultColWidth=\x220+(?:\.0*)?\x22"
)


class HiddenParts:
    """Collects over the pieces of a sheet's XML what is hidden in it."""

    def __init__(self) -> None:
        self._no_width = False
        self._shown: list[tuple[int, int]] = []

    def note(self, piece: bytes, found: Found) -> None:
        """Note the hidden rows and columns of a piece."""
        found.hidden_rows.update(map(int, _ROW.findall(piece)))
        self._no_width |= _NO_WIDTH.search(piece) is not None
        for column in _COLUMN.findall(piece):
            bounds = {name: int(number) - 1 for name, number in _BOUND.findall(column)}
            run = bounds.get(b"min", 0), bounds.get(b"max", 0)
            if _HIDDEN.search(column):
                found.hidden_columns.append(run)
            elif _WIDE.search(column):
                self._shown.append(run)

    def finish(self, found: Found) -> None:
        """Add the columns that have no width because nothing gives them one."""
        if self._no_width:
            found.hide_all_but(self._shown)
