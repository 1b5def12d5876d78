"""The one way of writing a workbook that leaves the house: readable, safe, the same bytes twice.

Every text cell is a string (never a formula, a link or a number), and text that a spreadsheet
could take for a formula after an export is neutralised with a leading apostrophe. Properties
carry a fixed date, so that the same content gives the same file.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from pipelines.core.papers import Paper, mark
from pipelines.core.sheet_checks import SheetCheck, validation

CELL_LIMIT = 32_000
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_NEGATIVE = re.compile(r"-[0-9]+(?:\.[0-9]+)?")
_SURROGATES = re.compile("[\ud800-\udfff\ufffe\uffff]")
# Points of one line in the font that every sheet is written in.
LINE_HEIGHT = 15
ROW_LIMIT = 405

# Excel takes at most 255 characters of literal choices or of a hint; longer lists stand on a sheet.
TEXT_LIMIT = 255
LIST_SHEET = "下拉选项"
_A4 = 9
# So many characters of a row fit on a page that can still be read.
_PAGE_WIDTH = 190

_SHEET_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")

Cell = str | int | float | None


@dataclass(frozen=True)
class Marked:
    """A cell that the reader's eye must find: red ground."""

    value: Cell


@dataclass(frozen=True)
class SheetColumn:
    """One column of a sheet: header, width in characters, and how its cells look.

    ``wrap`` breaks long text; ``write_here`` marks the column yellow for the office to fill in,
    ``required`` the header red; ``choices`` offers a drop-down, which ``is_open`` to other text;
    ``check`` is asked of what is filled in; ``hint`` shows while a cell is filled in; ``comment``
    stands on the header; ``number_format`` is Excel's; ``locked`` cells cannot be written in where
    the sheet is protected; ``repeated`` ones stand on every page of a sheet that is
    printed over several pages' width.
    """

    header: str
    width: float = 12
    wrap: bool = False
    write_here: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()
    is_open: bool = False
    hint: str = ""
    comment: str | None = None
    number_format: str | None = None
    check: SheetCheck | None = None
    locked: bool = False
    repeated: bool = False


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula; a negative number is none."""
    is_formula = text.startswith(_FORMULA_STARTS) and not _NEGATIVE.fullmatch(text)
    return "'" + text if is_formula else text


def neutral(text: str) -> str:
    """Return text that no spreadsheet takes for a formula, cut to what a cell can hold."""
    clean = harmless(_SURROGATES.sub("�", text))
    return clean if len(clean) <= CELL_LIMIT else clean[:CELL_LIMIT] + "…(已截断)"


class Workbook:
    """An xlsx file being written; a context manager that puts the file in place when it is whole.

    ``created`` is a datetime or ISO text (the newest received_at, never the clock). ``paper`` is
    what intake knows the workbook by when it comes back; without another word it is a paper of
    ours and never a filing. ``private`` files can be read by their owner alone from their first
    byte on. ``shown`` makes of all texts of a sheet what its readers may see. On an exception
    nothing is left behind and an older file stays.
    """

    def __init__(
        self,
        path: Path,
        title: str,
        created: datetime | str,
        paper: Paper = Paper.PAPER,
        *,
        private: bool = False,
        shown: Callable[[list[str]], list[str]] | None = None,
    ) -> None:
        self.path = path
        self._shown = shown
        self._aside = path.with_name(f".{path.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        if private:
            self._aside.unlink(missing_ok=True)
            self._aside.touch(mode=0o600)
        moment = datetime.fromisoformat(created) if isinstance(created, str) else created
        self._book = xlsxwriter.Workbook(
            str(self._aside),
            {
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "nan_inf_to_errors": True,
            },
        )
        self._book.set_properties(
            {
                "title": title,
                "author": "filings",
                "keywords": mark(paper),
                "created": moment.replace(tzinfo=None),
            }
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._lists: dict[tuple[str, ...], str] = {}

    def __enter__(self) -> Workbook:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._write_lists()
            self._book.close()
            if kind is None:
                self._aside.replace(self.path)
        finally:
            self._aside.unlink(missing_ok=True)

    def sheet(
        self,
        name: str,
        title_rows: Sequence[str],
        columns: Sequence[SheetColumn | tuple[str, float]],
        rows: Iterable[Sequence[Cell | Marked]],
        notes: Sequence[str] = (),
        *,
        filters: bool = True,
        rows_to_fill: int = 0,
        originals: str | None = None,
    ) -> int:
        """Write one sheet: title rows, a frozen header with filters, the rows, notes below.

        The header stands below the title rows and on every printed page (A4, landscape).
        ``rows_to_fill`` rows of data, written or still empty, take part in drop-downs and checks
        (templates). ``originals`` names the sheet that holds the same rows in the same places: a
        cell that differs from it turns yellow, and locked columns are protected in these rows.
        Returns the number of data rows.
        """
        sheet = self._book.add_worksheet(_SHEET_FORBIDDEN.sub("_", name)[:31])
        shapes = [c if isinstance(c, SheetColumn) else SheetColumn(c[0], c[1]) for c in columns]
        if self._shown:
            title_rows, notes = self._shown(list(title_rows)), self._shown(list(notes))
            headers = self._shown([shape.header for shape in shapes])
            shapes = [
                replace(shape, header=text) for shape, text in zip(shapes, headers, strict=True)
            ]
            rows = _shown_rows(rows, self._shown)
        for at, text in enumerate(title_rows):
            sheet.write_string(at, 0, neutral(text), self._title(first=at == 0))
        top = len(title_rows)
        styles = [(self._body(shape), self._body(shape, marked=True)) for shape in shapes]
        for at, shape in enumerate(shapes):
            # The format stands on the column, so that what is typed into empty rows takes it too.
            sheet.set_column(at, at, shape.width, self._empty(shape, protected=bool(originals)))
            sheet.write_string(top, at, neutral(shape.header), self._header(shape))
            if shape.comment:
                lines = sum(1 + len(line) // 20 for line in shape.comment.split("\n"))
                sheet.write_comment(
                    top, at, shape.comment, {"x_scale": 2, "y_scale": max(1.0, lines / 4)}
                )
        lines = max((_lines(s.header, replace(s, wrap=True)) for s in shapes), default=1)
        if lines > 1:
            sheet.set_row(top, LINE_HEIGHT * lines)
        written = 0
        for written, row in enumerate(rows, start=1):
            lines = max((_lines(v, s) for v, s in zip(row, shapes, strict=False)), default=1)
            if lines > 1:
                sheet.set_row(top + written, min(LINE_HEIGHT * lines, ROW_LIMIT))
            for at, value in enumerate(row):
                plain, red = styles[at]
                if isinstance(value, Marked):
                    _write(sheet, top + written, at, value.value, red)
                else:
                    _write(sheet, top + written, at, value, plain)
        last = top + max(written, 1)
        if filters and shapes and written:
            sheet.autofilter(top, 0, last, len(shapes) - 1)
        sheet.freeze_panes(top + 1, 0)
        self._checks(sheet, shapes, top + 1, top + max(written, rows_to_fill))
        if originals and written:
            self._show_changes(sheet, originals, top + 1, top + written, len(shapes) - 1)
        for at, text in enumerate(notes):
            sheet.write_string(last + 2 + at, 0, neutral(text), self._format(font_color="#595959"))
        _set_pages(sheet, shapes, top)
        return written

    def _show_changes(self, sheet: Any, originals: str, top: int, last: int, columns: int) -> None:
        """Protect the sheet's locked cells and colour each cell that is not as it was."""
        first = xl_rowcol_to_cell(top, 0)
        sheet.conditional_format(
            top,
            0,
            last,
            columns,
            {
                "type": "formula",
                "criteria": f'={first}&""<>\'{originals}\'!{first}&""',
                "format": self._book.add_format({"bg_color": "#FFEB9C"}),
            },
        )
        sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})

    def hidden_copy(
        self, name: str, title_rows: Sequence[str], rows: Iterable[Sequence[Cell]]
    ) -> None:
        """Write rows, from the place on that they have in a sheet of so many title rows, unseen."""
        sheet = self._book.add_worksheet(name)
        for at, text in enumerate(title_rows):
            sheet.write_string(at, 0, neutral(text))
        for at, row in enumerate(rows, start=len(title_rows) + 1):
            for column, value in enumerate(row):
                if value is not None and value != "":
                    _write(sheet, at, column, value, None)
        sheet.very_hidden()

    def note_property(self, name: str, value: str) -> None:
        """Keep a text as a property of the document, where programs can read it."""
        self._book.set_custom_property(name, value, "text")

    def _checks(self, sheet: Any, shapes: Sequence[SheetColumn], top: int, last: int) -> None:
        """Put drop-downs, checks and hints on the columns' cells to fill in."""
        for at, shape in enumerate(shapes):
            if last < top or not (shape.choices or shape.hint or shape.check):
                continue
            rule: dict[str, Any] = {"validate": "any"}
            if shape.check:
                rule = validation(shape.check, xl_rowcol_to_cell(top, at))
            if shape.choices:
                rule = {"validate": "list", "source": self._source(shape.choices)}
                rule["error_type"] = "information" if shape.is_open else "warning"
                rule["error_title"], rule["error_message"] = "请核对", "填写的内容不在选项中"
            if shape.hint:
                rule["input_message"] = shape.hint[:TEXT_LIMIT]
            sheet.data_validation(top, at, last, at, {"ignore_blank": True, **rule})

    def _source(self, choices: tuple[str, ...]) -> list[str] | str:
        """Return choices as Excel takes them: literally, or as a place on the list sheet."""
        if len(",".join(choices)) <= TEXT_LIMIT and not any("," in choice for choice in choices):
            return list(choices)
        if choices not in self._lists:
            letter = xl_col_to_name(len(self._lists))
            self._lists[choices] = f"='{LIST_SHEET}'!${letter}$2:${letter}${len(choices) + 1}"
        return self._lists[choices]

    def _write_lists(self) -> None:
        if not self._lists:
            return
        sheet = self._book.add_worksheet(LIST_SHEET)
        sheet.write_string(0, 0, "下拉选项,请勿改动")
        for at, choices in enumerate(self._lists):
            sheet.write_column(1, at, [neutral(choice) for choice in choices])
        sheet.hide()

    def _format(self, **properties: Any) -> Any:
        known = tuple(sorted(properties.items()))
        if known not in self._formats:
            self._formats[known] = self._book.add_format(
                {"font_name": "宋体", "font_size": 11, **properties}
            )
        return self._formats[known]

    def _title(self, *, first: bool) -> Any:
        return self._format(bold=True, font_size=14) if first else self._format()

    def _header(self, shape: SheetColumn) -> Any:
        colour = "#FFE699" if shape.write_here else "#D9E1F2"
        look: dict[str, Any] = {"bold": True, "bg_color": colour, "border": 1, "text_wrap": True}
        if shape.required:
            look |= {"font_color": "#C00000", "bg_color": "#FCE4D6"}
        return self._format(**look, align="center", valign="vcenter")

    def _empty(self, shape: SheetColumn, *, protected: bool) -> Any:
        """Return the format of a column's cells below the data, which are free to be filled in."""
        properties: dict[str, Any] = {"locked": False} if protected else {}
        if shape.number_format:
            properties["num_format"] = shape.number_format
        return self._format(**properties) if properties else None

    def _body(self, shape: SheetColumn, *, marked: bool = False) -> Any:
        properties: dict[str, Any] = {"border": 1, "valign": "top", "text_wrap": shape.wrap}
        properties["locked"] = shape.locked
        if shape.write_here or marked:
            properties["bg_color"] = "#FFC7CE" if marked else "#FFF9E5"
        if shape.number_format:
            properties["num_format"] = shape.number_format
        return self._format(**properties)


def _shown_rows(
    rows: Iterable[Sequence[Cell | Marked]], shown: Callable[[list[str]], list[str]]
) -> list[list[Cell | Marked]]:
    """Return rows with every text as its readers may see it; all texts are judged at once."""
    copied = [list(row) for row in rows]
    places = [
        (row, at)
        for row in copied
        for at, cell in enumerate(row)
        if isinstance(cell.value if isinstance(cell, Marked) else cell, str)
    ]
    texts = [cell.value if isinstance(cell := row[at], Marked) else cell for row, at in places]
    for (row, at), text in zip(places, shown([str(text) for text in texts]), strict=True):
        row[at] = Marked(text) if isinstance(row[at], Marked) else text
    return copied


def _set_pages(sheet: Any, shapes: Sequence[SheetColumn], header_row: int) -> None:
    """Print on A4, landscape, as many pages wide as can be read, the header on each."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.repeat_rows(header_row)
    pages = math.ceil(sum(shape.width for shape in shapes) / _PAGE_WIDTH)
    sheet.fit_to_pages(max(pages, 1), 0)
    repeated = [at for at, shape in enumerate(shapes) if shape.repeated]
    if pages > 1 and repeated:
        sheet.repeat_columns(repeated[0], repeated[-1])


def _lines(value: Cell | Marked, shape: SheetColumn) -> int:
    """Return how many lines a value takes in its column.

    Excel fits the height of wrapped rows itself, WPS and LibreOffice do not.
    """
    value = value.value if isinstance(value, Marked) else value
    if not shape.wrap or not isinstance(value, str):
        return 1
    widths = (
        sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)
        for line in value.split("\n")
    )
    return sum(max(1, math.ceil(width / max(shape.width - 1, 1))) for width in widths)


def _write(sheet: Any, row: int, column: int, value: Cell, style: Any) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        sheet.write_string(row, column, "是" if value else "否", style)
    elif isinstance(value, (int, float)) and abs(value) < 10**15:
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, neutral(str(value)), style)
