"""Workbooks of the old binary format (.xls, WPS .et): checked record by record, then read.

The reading library takes sizes from the records as they are, so every size is asked here first.
"""

from __future__ import annotations

import math
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.core.settings import ReadLimits
from pipelines.s2_lake.files.loading import Found, Span, loaded, opened
from pipelines.s2_lake.files.number_format import NumberFormat, is_percent, number_format
from pipelines.s2_lake.files.ole import DAMAGED, CompoundFile
from pipelines.s2_lake.files.sheet import ENCRYPTED_BOOK, Refused, Sheet
from pipelines.s2_lake.files.sheet_xml import MERGES, TOO_MANY_MERGES, percent_text

_BOF, _EOF, _FILEPASS, _DATEMODE, _BOUNDSHEET = 0x0809, 0x000A, 0x002F, 0x0022, 0x0085
_DIMENSIONS, _SST, _XF, _FORMAT, _MERGED = 0x0200, 0x00FC, 0x00E0, 0x041E, 0x00E5
_ROW, _COLINFO = 0x0208, 0x007D
_LABEL_SST = 0x00FD
_FORMULA, _NUMBER, _RK, _MULRK, _BOOLERR, _MULBLANK = 0x06, 0x0203, 0x027E, 0x00BD, 0x0205, 0x00BE
# Records that begin with row, column and style.
_CELLS = {0x0201, 0x0203, 0x0204, 0x0205, 0x0006, 0x00FD, 0x00D6, 0x027E, 0x00BD, 0x00BE}
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
TRIAL_SECONDS = 300
_TRIAL = """
import sys
import fastexcel
book = fastexcel.read_excel(open(sys.argv[1], "rb").read())
for at in range(len(book.sheet_names)):
    book.load_sheet(at, header_row=None, dtypes="string")
"""
_WORKSHEET = 0
_BIFF8 = 0x0600


@dataclass
class _Scanned:
    """A workbook stream: per sheet its offset, whether it is visible and a worksheet."""

    is_1904: bool = False
    offsets: list[int] = field(default_factory=list)
    visible: list[bool] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    style_formats: list[int] = field(default_factory=list)
    percent_formats: set[int] = field(default_factory=lambda: {9, 10})
    formats: dict[int, NumberFormat] = field(default_factory=dict)

    @property
    def percent(self) -> set[int]:
        """The cell styles that print %."""
        return {at for at, form in enumerate(self.style_formats) if form in self.percent_formats}

    @property
    def forms(self) -> dict[int, NumberFormat]:
        """The number formats, by cell style, that may show another thing than what is stored."""
        return {
            at: self.formats[form]
            for at, form in enumerate(self.style_formats)
            if form in self.formats
        }


@dataclass(frozen=True)
class _Styles:
    """What the cell styles of a workbook print: those with %, those with more than the number."""

    percent: set[int]
    forms: dict[int, NumberFormat]


def read_xls(path: Path, limits: ReadLimits) -> list[Sheet]:
    """Return the sheets of an .xls or .et. Raises Refused."""
    stream = _stream(CompoundFile(path))
    book = _globals(stream, limits)
    if len(set(book.offsets)) < len(book.offsets):
        raise Refused(DAMAGED)
    span = Span(limits)
    found = [_found(stream, book, at, span) for at in range(len(book.offsets))]
    for seen in found:
        if seen.problem:  # opening the workbook reads all of its sheets
            raise Refused(seen.problem)
    _try_apart(path)
    reader = opened(path, DAMAGED)
    names = reader.sheet_names
    if len(names) != len(found):
        raise Refused(DAMAGED)
    sheets = []
    for at, name in enumerate(names):
        bare = Sheet(name, pl.DataFrame(), 0, "xls", path, book.visible[at], is_1904=book.is_1904)
        has_cells = book.kinds[at] == _WORKSHEET
        sheets.append(loaded(reader, at, bare, found[at], limits) if has_cells else bare)
    return sheets


def _try_apart(path: Path) -> None:
    """Open a workbook once in a process of its own: what kills the library kills only that.

    The library reserves memory by figures that stand anywhere in this format; where one is absurd
    it ends its process, which no caller can catch. Raises Refused.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TRIAL, str(path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TRIAL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(DAMAGED) from error
    if done.returncode != 0:
        raise Refused(DAMAGED)


def _stream(container: CompoundFile) -> bytes:
    names = {name.casefold(): name for name in container.names}
    if "encryptedpackage" in names:
        raise Refused(ENCRYPTED_BOOK)
    for name in ("workbook", "book"):
        if name in names:
            return container.read(names[name])
    if "worddocument" in names:
        raise Refused("这是 Word 文档,不是工作簿,请按模板另存为 .xlsx 后报送")
    if "powerpoint document" in names:
        raise Refused("这是演示文稿,不是工作簿,请按模板另存为 .xlsx 后报送")
    raise Refused(DAMAGED)


def _records(stream: bytes, at: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yield kind, start and size of records. Raises Refused where one reaches beyond the end."""
    end = len(stream)
    while at + 4 <= end:
        kind, size = struct.unpack_from("<HH", stream, at)
        at += 4
        if at + size > end:
            raise Refused(DAMAGED)
        yield kind, at, size
        at += size


def _globals(stream: bytes, limits: ReadLimits) -> _Scanned:
    book = _Scanned()
    for kind, at, size in _records(stream):
        record = stream[at : at + size]
        if kind == _EOF:
            break
        try:
            _global(kind, record, book, len(stream))
        except struct.error as error:
            raise Refused(DAMAGED) from error
        if len(book.offsets) > limits.sheets:
            raise Refused(f"工作表超过 {limits.sheets} 张,拒绝读取,请拆分后重报")
    return book


def _global(kind: int, record: bytes, book: _Scanned, whole: int) -> None:
    if kind == _FILEPASS:
        raise Refused(ENCRYPTED_BOOK)
    if kind == _BOF and struct.unpack_from("<H", record)[0] < _BIFF8:
        # Excel 5.0 and 95 too: their texts are in a code page that the library takes for another.
        raise Refused("是很旧的 Excel 格式(5.0/95 或更早),文字无法可靠读取,请另存为 .xlsx 后重报")
    if kind == _DATEMODE:
        book.is_1904 = record[:1] == b"\1"
    elif kind == _SST:
        # The library reserves room for as many strings as the record says; each takes 3 bytes.
        if struct.unpack_from("<I", record, 4)[0] * 3 > whole:
            raise Refused(DAMAGED)
    elif kind == _BOUNDSHEET:
        offset, state, sheet_kind = struct.unpack_from("<IBB", record)
        book.offsets.append(offset)
        book.visible.append(state & 3 == 0)
        book.kinds.append(sheet_kind)
    elif kind == _XF:
        book.style_formats.append(struct.unpack_from("<H", record, 2)[0])
    elif kind == _FORMAT:
        number, code = struct.unpack_from("<H", record)[0], _format_code(record)
        if is_percent(code):
            book.percent_formats.add(number)
        form = number_format(code)
        if form:
            book.formats[number] = form


def _format_code(record: bytes) -> str:
    """Return the text of a format's record: 2 bytes, then length and whether a sign has two."""
    size, wide = struct.unpack_from("<HB", record.ljust(5, b"\0"), 2)
    text = record[5 : 5 + (size * 2 if wide & 1 else size)]
    return text.decode("utf-16-le" if wide & 1 else "latin-1", "replace")


def _found(stream: bytes, book: _Scanned, number: int, span: Span) -> Found:
    """Scan one sheet's records; the result has a problem where it is not to be read."""
    found = Found()
    styles = _Styles(book.percent, book.forms)
    depth = 0
    for kind, at, size in _records(stream, book.offsets[number]):
        if kind in _CELLS:
            if size < 6:
                raise Refused(DAMAGED)
            row, column, style = struct.unpack_from("<HHH", stream, at)
            if row >= found.rows:
                found.rows = row + 1
            last = column
            if kind in (_MULRK, _MULBLANK):
                last = struct.unpack_from("<H", stream, at + size - 2)[0]
            if last >= found.columns:
                found.columns = last + 1
            if kind in (_NUMBER, _RK, _MULRK, _BOOLERR, _FORMULA, _LABEL_SST):
                record = stream[at : at + size]
                try:
                    _note(kind, record, (row, column, style), styles, found)
                except struct.error as error:
                    raise Refused(DAMAGED) from error
        elif kind == _DIMENSIONS:
            found.problem = found.problem or _dimensions(stream[at : at + size], span)
        elif kind in (_ROW, _COLINFO) and size >= (16 if kind == _ROW else 10):
            _hidden(kind, stream, at, found)
        elif kind == _MERGED:
            found.merged += _merged(stream[at : at + size])
            if len(found.merged) > MERGES:
                raise Refused(TOO_MANY_MERGES)
        elif kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
    found.problem = found.problem or span.problem(found.rows, found.columns)
    return found


def _dimensions(record: bytes, span: Span) -> str:
    """Refuse a declared size that is too large: the library reserves that much."""
    form = "<IIHH" if len(record) >= 14 else "<HHHH"
    if len(record) < struct.calcsize(form):
        return ""
    top, bottom, left, right = struct.unpack_from(form, record)
    if bottom < top or right < left:
        raise Refused(DAMAGED)
    cells = (bottom - top + 1) * (right - left + 1)
    return span.problem(span.limits.rows + 1, 0) if cells > span.limits.cells else ""


def _hidden(kind: int, stream: bytes, at: int, found: Found) -> None:
    """Note a row or a run of columns that is not shown: it says so or has no size."""
    if kind == _ROW:
        row, _, _, height = struct.unpack_from("<HHHH", stream, at)
        if stream[at + 12] & 0x20 or not height & 0x7FFF:
            found.hidden_rows.add(row + 1)
    else:
        first, last, width = struct.unpack_from("<HHH", stream, at)
        if stream[at + 8] & 1 or not width:
            found.hidden_columns.append((first, last))


def _merged(record: bytes) -> list[tuple[int, int, int, int]]:
    found = []
    for at in range(2, len(record) - 7, 8):
        top, bottom, left, right = struct.unpack_from("<HHHH", record, at)
        found.append((top, left, bottom, right))
    return found


def _note(
    kind: int, record: bytes, cell: tuple[int, int, int], styles: _Styles, found: Found
) -> None:
    """Note what a cell (row, column, style) has besides its text: error, formula, long number …"""
    row, column, style = cell
    if kind == _BOOLERR:
        value, is_error = struct.unpack_from("<BB", record, 6)
        if is_error:
            found.texts[row + 1, column] = _ERRORS.get(value, "#N/A")
    elif kind == _FORMULA:
        found.formulas[row + 1, column] = "="
        kind_of_result, value = record[6], record[8]
        if record[12:14] != b"\xff\xff":
            _number(struct.unpack_from("<d", record, 6)[0], cell, styles, found)
        elif kind_of_result == 2:
            found.texts[row + 1, column] = _ERRORS.get(value, "#N/A")
    elif kind == _LABEL_SST:
        if style in styles.forms:
            found.text_forms[row + 1, column] = styles.forms[style]
    elif kind == _NUMBER:
        _number(struct.unpack_from("<d", record, 6)[0], cell, styles, found)
    elif kind == _RK:
        _number(_rk(struct.unpack_from("<I", record, 6)[0]), cell, styles, found)
    else:
        for at in range(4, len(record) - 7, 6):
            style, packed = struct.unpack_from("<HI", record, at)
            _number(_rk(packed), (row, column + (at - 4) // 6, style), styles, found)


def _number(value: float, cell: tuple[int, int, int], styles: _Styles, found: Found) -> None:
    row, column, style = cell
    if abs(value) >= 1e15:
        found.long_numbers.setdefault(column, set()).add(row + 1)
    if not math.isfinite(value):
        return
    if style in styles.percent:
        found.texts[row + 1, column] = percent_text(value)
    found.note_number((row + 1, column), value, styles.forms.get(style))


def _rk(packed: int) -> float:
    """Return the number that a packed RK value stands for."""
    if packed & 2:
        whole = packed >> 2
        value = float(whole - (1 << 30) if whole & (1 << 29) else whole)
    else:
        value = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0]
    return value / 100 if packed & 1 else value
