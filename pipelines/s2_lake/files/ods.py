"""OpenDocument spreadsheets (.ods), read here: the library expands repeats without a bound.

One streaming pass over ``content.xml``. A repeated row or cell is written out only where it holds
something; what is blank up to the end of the sheet, which offices repeat by the million, is not.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from xml.parsers import expat

import polars as pl

from pipelines.core.settings import ReadLimits
from pipelines.s2_lake.files.loading import WHOLE_BELOW, Found, Span, completed, overlong
from pipelines.s2_lake.files.number_format import says_the_same
from pipelines.s2_lake.files.package import BROKEN, DAMAGED, Counter, blocks, checked
from pipelines.s2_lake.files.sheet import ENCRYPTED, Refused, Sheet
from pipelines.s2_lake.files.sheet_xml import MERGES, TOO_MANY_MERGES, no_doctype, percent_text

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _TEXT, _OFFICE, _STYLE = (
    f"{_NAMESPACE}{part}:1.0 " for part in ("table", "text", "office", "style")
)
_MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_TIME = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
# 9.9E+11, 12 1/2 and ###: how a number is shown that has no place or is told otherwise.
_OTHER_FORM = re.compile(r"[0-9][eE][+-]?[0-9]|[0-9]/[0-9]|^#+$")
_FORMULA_PREFIX = re.compile(r"^[a-z]+:(?==)")
# A height or width of nothing: 0cm, 0.000in.
_NO_SIZE = re.compile(r"0+(?:\.0*)?(?:cm|mm|in|pt|pc|px|inch)?")
_ENCRYPTION = b"manifest:encryption-data"


@dataclass
class _Table:
    """One sheet while it is read: filled cells by row, and where blank repeats end."""

    name: str
    is_visible: bool
    rows: list[tuple[int, dict[int, str]]] = field(default_factory=list)
    row: int = 0
    columns: int = 0
    width: int = 0
    found: Found = field(default_factory=Found)


def is_spreadsheet(path: Path, limits: ReadLimits) -> bool:
    """Return whether an OpenDocument package says that it is a spreadsheet. Raises Refused."""
    try:
        with zipfile.ZipFile(path) as package:
            content = blocks(package, package.getinfo("mimetype"), Counter(limits.unpacked_bytes))
            return b"".join(content).startswith(_MIMETYPE)
    except (*BROKEN, KeyError) as error:
        raise Refused(DAMAGED) from error


def read_ods(path: Path, limits: ReadLimits) -> list[Sheet]:
    """Return the sheets of an .ods. Raises Refused."""
    try:
        entries = {entry.filename: entry for entry in checked(path, limits)}
        with zipfile.ZipFile(path) as package:
            counter = Counter(limits.unpacked_bytes)
            if "META-INF/manifest.xml" in entries:
                manifest = blocks(package, entries["META-INF/manifest.xml"], counter)
                if _ENCRYPTION in b"".join(manifest):
                    raise Refused(ENCRYPTED)
            reader = _Reader(limits)
            for block in blocks(package, entries["content.xml"], counter):
                reader.feed(block)
            reader.close()
    except (*BROKEN, KeyError, expat.ExpatError) as error:
        raise Refused(DAMAGED) from error
    return [_sheet(table, path, reader.is_1904, limits) for table in reader.tables]


def _sheet(table: _Table, path: Path, is_1904: bool, limits: ReadLimits) -> Sheet:
    height = table.rows[-1][0] if table.rows else 0
    columns: list[list[str | None]] = [[None] * height for _ in range(table.width)]
    for row, cells in table.rows:
        for column, text in cells.items():
            columns[column][row - 1] = text
    frame = pl.DataFrame(
        [pl.Series(f"c{at}", cells, dtype=pl.String) for at, cells in enumerate(columns)]
    )
    whole = completed(
        Sheet(table.name, frame, 0, "ods", path, table.is_visible, is_1904=is_1904), table.found
    )
    problem = overlong(whole, limits)
    return replace(whole, frame=pl.DataFrame(), problem=problem) if problem else whole


class _Reader:
    """Follows the elements of ``content.xml``."""

    def __init__(self, limits: ReadLimits) -> None:
        self.tables: list[_Table] = []
        self.is_1904 = False
        self._limits = limits
        # Styles, by family and name, of what is not shown; names are unique in a family only.
        self._hidden: set[tuple[str, str]] = set()
        self._style = ("", "")
        # Of the groups of rows and of columns around this place, whether each is folded.
        self._folded: dict[str, list[bool]] = {"row": [], "column": []}
        self._depth = 0  # tables within tables, and cells of a comment, are not the sheet's
        self._annotation = 0
        self._cells: list[tuple[int, int, str]] = []
        self._column = self._row_repeat = 0
        self._row_is_hidden = False
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []
        self._paragraphs = 0
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = no_doctype
        self._parser.buffer_text = True
        self._starts: dict[str, Callable[[dict[str, str]], None]] = {
            f"{_TABLE}table": self._start_table,
            f"{_TABLE}table-row": self._start_row,
            f"{_TABLE}table-column": self._start_column,
            f"{_TABLE}table-cell": self._start_cell,
            f"{_TABLE}covered-table-cell": self._start_cell,
            f"{_TABLE}null-date": self._start_null_date,
            f"{_STYLE}style": self._start_style,
            f"{_STYLE}table-properties": self._start_properties,
            f"{_STYLE}table-row-properties": self._start_properties,
            f"{_STYLE}table-column-properties": self._start_properties,
            f"{_TABLE}table-row-group": lambda given: self._start_group("row", given),
            f"{_TABLE}table-column-group": lambda given: self._start_group("column", given),
            f"{_TEXT}p": self._start_paragraph,
            f"{_TEXT}s": self._start_spaces,
            f"{_TEXT}tab": lambda _: self._characters("\t"),
            f"{_TEXT}line-break": lambda _: self._characters("\n"),
            f"{_OFFICE}annotation": self._start_annotation,
        }
        self._ends: dict[str, Callable[[], None]] = {
            f"{_TABLE}table": self._end_table,
            f"{_TABLE}table-row": self._end_row,
            f"{_TABLE}table-row-group": lambda: self._end_group("row"),
            f"{_TABLE}table-column-group": lambda: self._end_group("column"),
            f"{_TABLE}table-cell": self._end_cell,
            f"{_TABLE}covered-table-cell": self._end_cell,
            f"{_OFFICE}annotation": self._end_annotation,
        }

    def feed(self, block: bytes) -> None:
        self._parser.Parse(block, False)

    def close(self) -> None:
        self._parser.Parse(b"", True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        handler = self._starts.get(name)
        if handler:
            handler(attributes)

    def _end(self, name: str) -> None:
        handler = self._ends.get(name)
        if handler:
            handler()

    def _characters(self, text: str) -> None:
        if self._cell is not None and self._paragraphs and not self._annotation:
            self._text.append(text)

    def _start_annotation(self, _: dict[str, str]) -> None:
        self._annotation += 1

    def _end_annotation(self) -> None:
        self._annotation -= 1

    def _start_null_date(self, attributes: dict[str, str]) -> None:
        self.is_1904 = attributes.get(f"{_TABLE}date-value", "").startswith("1904")

    def _start_style(self, attributes: dict[str, str]) -> None:
        self._style = (attributes.get(f"{_STYLE}family", ""), attributes.get(f"{_STYLE}name", ""))

    def _start_properties(self, attributes: dict[str, str]) -> None:
        sizes = (attributes.get(f"{_STYLE}{size}", "") for size in ("row-height", "column-width"))
        if attributes.get(f"{_TABLE}display") == "false" or any(map(_NO_SIZE.fullmatch, sizes)):
            self._hidden.add(self._style)

    def _start_group(self, of: str, attributes: dict[str, str]) -> None:
        if self._depth == 1:
            self._folded[of].append(attributes.get(f"{_TABLE}display") == "false")

    def _end_group(self, of: str) -> None:
        if self._depth == 1:
            self._folded[of].pop()

    def _is_hidden(self, of: str, attributes: dict[str, str]) -> bool:
        """Say whether a row or column says that it is not shown, has no size or is folded."""
        says_so = attributes.get(f"{_TABLE}visibility", "visible") != "visible"
        style = (f"table-{of}", attributes.get(f"{_TABLE}style-name", ""))
        return says_so or style in self._hidden or any(self._folded[of])

    def _start_table(self, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > 1:
            return
        if len(self.tables) >= self._limits.sheets:
            raise Refused(f"工作表超过 {self._limits.sheets} 张,拒绝读取,请拆分后重报")
        style = ("table", attributes.get(f"{_TABLE}style-name", ""))
        name = attributes.get(f"{_TABLE}name", "")
        self.tables.append(_Table(name, style not in self._hidden))

    def _end_table(self) -> None:
        self._depth -= 1

    def _start_column(self, attributes: dict[str, str]) -> None:
        if self._depth == 1:
            table = self.tables[-1]
            first, table.columns = table.columns, table.columns + _repeated(attributes, "columns")
            if self._is_hidden("column", attributes):
                table.found.hidden_columns.append((first, table.columns - 1))

    def _start_row(self, attributes: dict[str, str]) -> None:
        if self._depth == 1:
            self._row_repeat = _repeated(attributes, "rows")
            self._column, self._cells = 0, []
            self._row_is_hidden = self._is_hidden("row", attributes)

    def _end_row(self) -> None:
        if self._depth != 1:
            return
        table = self.tables[-1]
        first = table.row + 1
        table.row += self._row_repeat
        if not self._cells:
            return
        self._reach(table, first + self._row_repeat - 1)
        cells = {
            column: text
            for start, repeat, text in self._cells
            for column in range(start, start + repeat)
        }
        rows = range(first, first + self._row_repeat)
        table.rows += [(row, cells) for row in rows]
        if self._row_is_hidden:
            table.found.hidden_rows.update(rows)

    def _reach(self, table: _Table, row: int) -> None:
        """Widen a sheet to a filled row. Raises Refused where it becomes too large."""
        table.width = max(table.width, *(start + repeat for start, repeat, _ in self._cells))
        others = sum(other.rows[-1][0] * other.width for other in self.tables[:-1] if other.rows)
        span = Span(self._limits)
        span.cells = others
        problem = span.problem(row, table.width)
        if problem:
            raise Refused(problem)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if self._depth == 1 and not self._annotation:
            self._cell, self._text, self._paragraphs = attributes, [], 0

    def _start_paragraph(self, _: dict[str, str]) -> None:
        if self._cell is not None and not self._annotation:
            if self._paragraphs:
                self._text.append("\n")
            self._paragraphs += 1

    def _start_spaces(self, attributes: dict[str, str]) -> None:
        count = attributes.get(f"{_TEXT}c", "1")
        spaces = int(count) if count.isdecimal() and len(count) < 6 else 1
        self._characters(" " * spaces)

    def _end_cell(self) -> None:
        attributes, self._cell = self._cell, None
        if attributes is None or self._depth != 1:
            return
        repeat, column = _repeated(attributes, "columns"), self._column
        self._column += repeat
        printed = "".join(self._text)
        text = _value(attributes, printed)
        if text:
            self._cells.append((column, repeat, text))
        found, row = self.tables[-1].found, self.tables[-1].row + 1
        if self._paragraphs and attributes.get(f"{_OFFICE}value-type") == "float":
            shown = _shown(printed, text)
            for line in range(row, row + self._row_repeat) if shown is not None else ():
                for at in range(column, column + repeat):
                    found.note_shown((line, at), shown)
        formula = attributes.get(f"{_TABLE}formula")
        if formula is not None and column <= self._limits.columns:
            found.formulas[row, column] = _FORMULA_PREFIX.sub("", formula)
        if len(text) >= 16 and attributes.get(f"{_OFFICE}value-type") == "float":
            found.long_numbers.setdefault(column, set()).update(
                range(row, row + min(self._row_repeat, self._limits.rows))
            )
        down, right = (_spanned(attributes, what) for what in ("rows", "columns"))
        if down > 1 or right > 1:
            if len(found.merged) >= MERGES:
                raise Refused(TOO_MANY_MERGES)
            found.merged.append((row - 1, column, row + down - 2, column + right - 1))


def _repeated(attributes: dict[str, str], what: str) -> int:
    return _count(attributes.get(f"{_TABLE}number-{what}-repeated"))


def _spanned(attributes: dict[str, str], what: str) -> int:
    return _count(attributes.get(f"{_TABLE}number-{what}-spanned"))


def _count(text: str | None) -> int:
    return max(int(text), 1) if text and text.isdecimal() and len(text) < 10 else 1


def _value(attributes: dict[str, str], shown: str) -> str:
    """Return a cell's text in the form in which all workbooks are read (see ``Sheet``)."""
    kind = attributes.get(f"{_OFFICE}value-type", "string")
    given = {
        "date": attributes.get(f"{_OFFICE}date-value", ""),
        "time": attributes.get(f"{_OFFICE}time-value", ""),
        "boolean": attributes.get(f"{_OFFICE}boolean-value", ""),
    }.get(kind, attributes.get(f"{_OFFICE}value", ""))
    if kind == "string" or not given:
        return shown
    if kind == "date":
        return given.replace("T", " ") if "T" in given else f"{given} 00:00:00"
    if kind == "time":
        match = _TIME.fullmatch(given)
        return "1899-12-31 " + ":".join(f"{int(p):02d}" for p in match.groups()) if match else shown
    if kind == "boolean":
        return given
    try:
        number = Decimal(given)
    except InvalidOperation:
        return shown
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return shown
    return percent_text(number) if kind == "percentage" else _plain(number)


def _shown(printed: str, text: str) -> str | None:
    """Return what a number is shown as, None where that says nothing of its own.

    An exponent, a fraction or ### is the number in another form.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    is_other_form = _OTHER_FORM.search(printed) is not None or abs(number) >= WHOLE_BELOW
    # A negative number in red may have no minus.
    is_plain = says_the_same(printed, number) or says_the_same(printed, abs(number))
    return None if is_other_form or is_plain else printed.strip()


def _plain(number: Decimal) -> str:
    """Return a number as the library shows one: no exponent, no trailing zeros.

    One that is too long for a spreadsheet's numbers shows that it is, whatever digits are told.
    """
    if abs(number) >= WHOLE_BELOW:
        return str(int(float(number)))
    if number == number.to_integral_value():
        return str(int(number))
    return f"{number.normalize():f}"
