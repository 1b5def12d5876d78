"""Rows of a delimited text in which quotes may be wrong.

A quote that nobody closed would swallow the records below it, and two of them would pair up over
many lines. So a cell may span lines only where what it holds does not look like records; a quote
without a partner ends at its line, and where even that is not certain the file is refused with the
line's number.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from pipelines.s2_lake.files.sheet import Refused, column_letter

_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
# A cell as every record of every table has one: a code, a number, a year.
_CODE = re.compile(r"\s*\"?[A-Za-z_/()-]*[0-9][0-9A-Za-z_/()-]{3,}\"?\s*")
# What may stand between two quotes; possessive, because a hostile text has millions of signs there.
_INSIDE = r'[^"]*+(?:""[^"]*+)*+'
_OPEN = re.compile(rf'"{_INSIDE}\Z')
_GOES_ON = re.compile(_INSIDE)
# A quote at a cell's end alone closes what was never opened, unless it may say inches.
_CLOSED_ALONE = re.compile(r'[^"]+"')
_INCHES = re.compile(r'(?:.*[^0-9])?[0-9]{1,3}(?:\.[0-9]+)?"')
# So many cells no remark has by chance.
_WIDE = 6
_TOLD = 5


@dataclass
class Quoted:
    """The rows of a text, and where a quote without a partner stood: row (1-based), column."""

    rows: list[list[str]] = field(default_factory=list)
    stray: list[tuple[int, int]] = field(default_factory=list)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The sentence for the receipt, if any quote was without a partner."""
        if not self.stray:
            return ()
        shown = "、".join(f"第 {row} 行 {column_letter(at)} 列" for row, at in self.stray[:_TOLD])
        more = f"等 {len(self.stray)} 处" if len(self.stray) > _TOLD else ""
        return (f"{shown}{more}的引号没有配对,已略去引号、按在本行结束读取,请核对",)


def quoted_rows(text: str, separator: str) -> Quoted:
    """Return the rows of a text. Raises Refused where a quote leaves open which cell is meant."""
    return _Reader(text, separator).read()


class _Reader:
    """Reads a text line by line; a cell that spans lines takes several."""

    def __init__(self, text: str, separator: str) -> None:
        self._lines = [(m[1], m[2]) for m in _LINE.finditer(text) if m[0]]
        self._separator = separator
        mark = re.escape(separator)
        self._field = re.compile(rf'"({_INSIDE})"(?={mark}|\Z)')
        self._bare = re.compile(rf"[^{mark}]*")
        self._close = re.compile(rf'({_INSIDE})"(?={mark}|\Z)')
        self._width = self._usual_width()
        self._at = 0
        self._found = Quoted()

    def read(self) -> Quoted:
        while self._at < len(self._lines):
            line = self._lines[self._at][0]
            if '"' in line:
                self._found.rows.append(self._row())
            else:
                self._found.rows.append(line.split(self._separator))
            self._at += 1
        return self._found

    def _usual_width(self) -> int:
        """Return how many cells most lines have; of lines with quotes only those that are whole."""
        counts: Counter[int] = Counter()
        for line, _ in self._lines:
            if '"' not in line:
                counts[line.count(self._separator) + 1] += 1
            elif (cells := self._whole(line)) is not None:
                counts[cells] += 1
        return max(counts, key=lambda width: (counts[width], width), default=1)

    def _whole(self, line: str) -> int | None:
        """Return the cells of a line in which every quote has its partner, else None."""
        at = count = 0
        while True:
            match = self._field.match(line, at)
            if match is None:
                if line.startswith('"', at):
                    return None
                match = self._bare.match(line, at)
            at, count = match.end() if match else at, count + 1
            if at >= len(line):
                return count
            at += 1

    def _row(self) -> list[str]:
        """Read the row that begins at the current line."""
        first = self._at
        line, at = self._lines[first][0], 0
        cells: list[str] = []
        opened, closed = list[int](), list[int]()
        while True:
            whole = self._field.match(line, at)
            if whole:
                cells.append(whole[1].replace('""', '"'))
                at = whole.end()
            elif _OPEN.match(line, at) and (spanning := self._spanning(line[at + 1 :])):
                text, line, at = spanning
                cells.append(text)
            else:
                bare = self._bare.match(line, at)
                text, at = (bare[0], bare.end()) if bare else ("", at)
                if text.startswith('"'):
                    opened.append(len(cells))
                    text = text.removeprefix('"').removesuffix('"')
                elif _CLOSED_ALONE.fullmatch(text) and not (
                    line.count('"') == 1 and _INCHES.fullmatch(text)
                ):
                    closed.append(len(cells))
                    text = text.removesuffix('"')
                cells.append(text)
            if at >= len(line):
                break
            at += 1
        if opened:
            self._refuse_open_end(first, len(cells))
        row = len(self._found.rows) + 1
        self._found.stray += [(row, column) for column in sorted(opened + closed)]
        return cells

    def _spanning(self, start: str) -> tuple[str, str, int] | None:
        """Return a cell that ends on a later line, that line and where it goes on; None for none.

        Raises Refused where the lines within the quotes look like records.
        """
        first, parts = self._at, [start, self._lines[self._at][1]]
        for last in range(first + 1, len(self._lines)):
            line, end = self._lines[last]
            if '"' in line:
                close = self._close.match(line)
                if close:
                    self._refuse_records(first, last)
                    self._at = last
                    return "".join([*parts, close[1]]).replace('""', '"'), line, close.end()
                if not _GOES_ON.fullmatch(line):
                    return None
            parts += [line, end]
        return None

    def _refuse_records(self, first: int, last: int) -> None:
        lines = [line for line, _ in self._lines[first : last + 1]]
        ends_are_records = all(self._cells(line) >= self._width for line in (lines[0], lines[-1]))
        if any(map(self._is_record, lines[1:-1])) or (
            ends_are_records and self._is_record(lines[-1])
        ):
            raise Refused(
                f"第 {first + 1} 行至第 {last + 1} 行在同一对引号之内,内容却像多条记录,无法判断,"
                f"本文件未接收,请检查第 {first + 1} 行和第 {last + 1} 行的引号后重报"
            )

    def _refuse_open_end(self, first: int, count: int) -> None:
        """Refuse a quote that may not end at its line: this and the next must be whole records."""
        below = (self._lines[at][0] for at in range(self._at + 1, len(self._lines)))
        following = next((line for line in below if line.strip()), None)
        is_whole = count <= self._width and 2 * count > self._width
        if not is_whole or not (following is None or self._is_line(following)):
            raise Refused(
                f"第 {first + 1} 行的引号没有配对,无法判断单元格到哪里结束,本文件未接收,"
                "请补上或删去该引号后重报"
            )

    def _is_line(self, line: str) -> bool:
        """Say whether a line is one by itself: a record, or as wide as the others are."""
        return self._is_record(line) or self._cells(line) == self._width >= _WIDE

    def _cells(self, line: str) -> int:
        return line.count(self._separator) + 1

    def _is_record(self, line: str) -> bool:
        """Say whether a line has cells enough for a record, a code or a number among them."""
        return 2 * self._cells(line) > self._width and any(
            map(_CODE.fullmatch, line.split(self._separator))
        )
