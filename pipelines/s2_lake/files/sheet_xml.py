"""One pass over the XML of an xlsx sheet: how far it reaches, and what the reading library omits.

The library gives a cell's text and nothing else; errors, formulas, merged cells, long numbers and
percentages are found here. Most sheets have little of that, so a block of XML is first asked, in
one scan, whether it holds anything of interest at all. The scans rely on how Office, WPS and the
common libraries write (``<row r="1"``, ``<c r="A1"``, UTF-8); whatever is written in another way
is brought to that form by a real parser first, so that nothing hides behind another spelling.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from xml.parsers import expat
from xml.sax.saxutils import escape

import polars as pl

from pipelines.s2_lake.files.loading import DAMAGED_SHEET, Found
from pipelines.s2_lake.files.number_format import NumberFormat
from pipelines.s2_lake.files.sheet import Refused, column_index, column_letter
from pipelines.s2_lake.files.sheet_xml_hidden import HIDES, HiddenParts

BLOCK = 8 << 20
FIRST_LOOK = 1 << 16
# What may remain uncut: far more than the longest row of a table.
LONGEST_PIECE = 64 << 20
_CUTS = (b"<row", b"<c ", b"<")
MERGES = 100_000
TOO_MANY_MERGES = f"工作表的合并单元格超过 {MERGES} 处,拒绝读取,请取消合并后重报"
DOCTYPE = "文件含 XML 实体或 DTD 声明,有安全风险,拒绝读取,请用 Excel 或 WPS 另存后重报"

_ROW = re.compile(rb'<row r="(\d+)"')
_ADDRESS = re.compile(rb'<c r="([A-Z]+)(\d+)"')
_START = rb'<c r="([A-Z]+)(\d+)"([^>]*[^>/])?>'
_MAYBE_FORMULA = rb"(?:<f(?:\s[^>]*)?(?:/>|>[^<]*</f>))?"
_FORMULA_CELL = re.compile(_START + rb"<f((?:\s[^>]*[^>/])?)\s*(?:/>|>([^<]*)</f>)")
_VALUE_CELL = _START + _MAYBE_FORMULA + rb"<v(?: [^>]*)?>(%b)</v>"
_ERROR_CELL = re.compile(
    rb'<c r="([A-Z]+)(\d+)"([^>]*\st="e"[^>]*)>' + _MAYBE_FORMULA + rb"<v>([^<]*)</v>"
)
_LONG_CELL = re.compile(_VALUE_CELL % rb"[^<]{16,}|[^<]*[eE][^<]*")
_MERGE = re.compile(rb'<mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
# A cell with something in it, be it a blank: what is only formatted is none.
_FILLED = re.compile(rb'<c r="([A-Z]+)(\d+)"(?:[^>]*[^/>])?>(?!</c>)')
_TYPE = re.compile(rb'\st="(\w+)"')
_STYLE = re.compile(rb'\ss="(\d+)"')
_SHARED = re.compile(rb'\ssi="(\d+)"')
# Another spelling than the usual: a prefix, other attributes first, comments, CDATA.
_UNUSUAL = (
    r"<[^<>/!? =]+:(?:c|row|f|v|is|mergeCell)[ \t\r\n/>]"
    r"|<(?:c|row|mergeCell)(?:[\t\r\n/>]| [^r]| r[^e=]| r=[^\x22]| ref=[^\x22])"
    r"|<row r=.[^0-9]|<c r=.(?:[^A-Z]|[A-Z]+[^A-Z0-9])|<!"
)
# The attributes that are asked for.
_KEPT = frozenset(("t", "s", "si", "ref", "min", "max", "hidden", "ht", "width", "defaultColWidth"))
_ERROR = r" t=\x22e\x22"
_LONG = r"<v>[^<]*(?:[^<]{16}|[eE]\+?[0-9])"


@dataclass(frozen=True)
class Wanted:
    """What to look for besides: styles that print %, shared strings too long and how to say so.

    ``forms`` are the number formats, by style, that may show another thing than what is stored.
    """

    percent_styles: frozenset[int] = frozenset()
    forms: Mapping[int, NumberFormat] = field(default_factory=dict)
    overlong: frozenset[int] = frozenset()
    told: Callable[[str], str] = str


class _Unusual(Exception):
    """The XML is not written in the usual spelling."""


def scan(content: Callable[[], Iterable[bytes]], wanted: Wanted) -> Found:
    """Return what a sheet's XML holds. Raises Refused for a DTD or a row without end."""
    try:
        return _scan(rows_of(content()), wanted, strict=True)
    except _Unusual:
        return _scan(usual(content()), wanted, strict=False)


def numbers(
    content: Callable[[], Iterable[bytes]], columns: set[int]
) -> Iterator[tuple[int, int, Decimal, int]]:
    """Yield row, column, value and style of the numbers in the given columns (0-based)."""
    letters = b"|".join(column_letter(column).encode() for column in sorted(columns))
    cells = re.compile(
        rb'<c r="(' + letters + rb')(\d+)"([^>]*[^>/])?>' + _MAYBE_FORMULA + rb"<v>([^<]+)</v>"
    )
    for piece in _in_usual_spelling(content):
        for column, row, attributes, value in cells.findall(piece):
            number, style = _number(value, attributes), _STYLE.search(attributes)
            if number.is_finite():
                shown = Decimal(str(float(number)))
                whole = column_index(column.decode())
                yield int(row), whole, shown, int(style[1]) if style else 0


def _in_usual_spelling(content: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
    unusual = any(_has(_text(piece), _UNUSUAL) for piece in rows_of(content()))
    return usual(content()) if unusual else rows_of(content())


def rows_of(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the XML in pieces cut before a row, before a cell or, failing both, before a tag."""
    rest = b""
    for block in content:
        whole = rest + block
        cut = next((at for mark in _CUTS if (at := whole.rfind(mark)) > 0), 0)
        if len(whole) - cut > LONGEST_PIECE:
            raise Refused("工作表中有一个单元格内容过大,拒绝读取,请检查后重报")
        yield whole[:cut]
        rest = whole[cut:]
    yield rest


def usual(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield rows, cells and merged cells of any XML in the usual spelling."""
    writer = _Writer()
    try:
        for block in content:
            writer.parser.Parse(block, False)
            if writer.size > BLOCK:
                yield writer.taken()
        writer.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused(DAMAGED_SHEET) from error
    yield writer.taken()


class _Writer:
    """Writes what an XML parser reports of a sheet, with every row and cell numbered."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = no_doctype
        # The library takes no text from these, so that a cell would silently be blank.
        self.parser.StartCdataSectionHandler = self._not_read
        self.parser.CommentHandler = self._not_read
        self.parser.buffer_text = True
        self.out: list[str] = []
        self.size = self.row = self.column = 0
        self.is_text = self.is_cell_text = False

    def taken(self) -> bytes:
        text, self.out, self.size = "".join(self.out), [], 0
        return text.encode("utf-8", "replace")

    def _write(self, text: str) -> None:
        self.out.append(text)
        self.size += len(text)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rsplit(" ", 1)[-1]
        if tag == "row":
            given = attributes.pop("r", "").strip()
            self.row = int(given) if given.isdecimal() else self.row + 1
            self.column = 0
            self._write(f'<row r="{self.row}"{_attributes(attributes)}>')
        elif tag in ("col", "sheetFormatPr"):
            self._write(f"<{tag}{_attributes(attributes)}/>")
        elif tag == "c":
            address = attributes.pop("r", "").strip().upper()
            match = re.fullmatch(r"\$?([A-Z]{1,7})\$?(\d{1,10})", address)
            letters, row = (
                (match[1], match[2]) if match else (column_letter(self.column), str(self.row))
            )
            self.column = column_index(letters) + 1
            self._write(f'<c r="{letters}{row}"{_attributes(attributes)}>')
        elif tag in ("f", "v"):
            self._write(f"<{tag}{_attributes(attributes)}>")
            self.is_text = self.is_cell_text = True
        elif tag == "is":
            self._write("<is/>")
        elif tag == "t":
            self.is_cell_text = True
        elif tag == "mergeCell":
            self._write(f'<mergeCell ref="{attributes.get("ref", "").strip()}"/>')

    def _end(self, name: str) -> None:
        tag = name.rsplit(" ", 1)[-1]
        if tag in ("f", "v", "c", "row"):
            self._write(f"</{tag}>")
        self.is_text = self.is_cell_text = False

    def _not_read(self, *_: object) -> None:
        if self.is_cell_text:
            raise Refused("工作表的写法不常见(CDATA 或注释),无法读取,请用 Excel 或 WPS 另存后重报")

    def _text(self, text: str) -> None:
        if self.is_text:
            self._write(escape(text))


def _attributes(given: dict[str, str]) -> str:
    return "".join(
        f' {name}="{escape(value)}"'
        for name, value in given.items()
        if name in _KEPT and '"' not in value
    )


def no_doctype(*_: object) -> None:
    """Refuse a document type: an XML parser's handler for one. Raises Refused."""
    raise Refused(DOCTYPE)


def _scan(pieces: Iterable[bytes], wanted: Wanted, *, strict: bool) -> Found:
    found = Found()
    shared: dict[bytes, str] = {}
    hidden = HiddenParts()
    features = _features(wanted)
    for piece in pieces:
        found.rows = max(found.rows, max(map(int, _ROW.findall(piece)), default=0))
        if not found.columns:
            # The first rows say how wide the sheet is; the scan tells where that is not so.
            _reach(piece[:FIRST_LOOK], found)
        text, beyond = _text(piece), _beyond(found.rows, found.columns)
        if not _has(text, f"{_UNUSUAL}|{beyond}|{features}"):
            continue
        if strict and _has(text, _UNUSUAL):
            if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
                raise Refused(DOCTYPE)
            raise _Unusual
        if _has(text, beyond):
            _reach(piece, found)
        if b"<f" in piece:
            _formulas(piece, shared, found)
        if _has(text, features):
            _cells(piece, wanted, found)
        if b"<mergeCell" in piece:
            _merges(piece, found)
        hidden.note(piece, found)
    hidden.finish(found)
    return found


def _text(piece: bytes) -> pl.Series:
    """Return a piece as the one string that patterns are asked of. Raises Refused."""
    try:
        return pl.Series([piece], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError as error:
        raise Refused("工作表的文字编码有误,无法读取,请用 Excel 或 WPS 另存后重报") from error


def _has(text: pl.Series, pattern: str) -> bool:
    return bool(text.str.contains(pattern)[0])


def _features(wanted: Wanted) -> str:
    """Return the pattern of everything that cells can have besides their text."""
    patterns = [_ERROR, _LONG, "<f", "<mergeCell", HIDES]
    told = wanted.percent_styles | wanted.forms.keys()
    if told:
        styles = "|".join(map(str, sorted(told)))
        patterns.append(rf"<c [^<>]* s=\x22(?:{styles})\x22")
    if wanted.overlong:
        patterns.append(rf"<v>(?:{'|'.join(map(str, sorted(wanted.overlong)[:1000]))})</v>")
    return "|".join(patterns)


def _reach(piece: bytes, found: Found) -> None:
    """Widen the reach by a piece. Rows say theirs; a cell may still say another one."""
    letters: set[bytes] = set()
    for column, row in _ADDRESS.findall(piece):
        letters.add(column)
        if int(row) > found.rows:
            found.rows = int(row)
    reach = max((column_index(column.decode()) + 1 for column in letters), default=0)
    found.columns = max(found.columns, reach)


def _beyond(rows: int, columns: int) -> str:
    """Return the pattern of a cell below the given row or right of the given column."""
    if not columns:
        return "<c r="
    last = column_letter(columns - 1)
    letters = [f"[A-Z]{{{len(last) + 1},}}"]
    for at, letter in enumerate(last):
        if letter < "Z":
            rest = len(last) - at - 1
            letters.append(f"{last[:at]}[{chr(ord(letter) + 1)}-Z][A-Z]{{{rest}}}")
    number = str(rows)
    digits = [f"[0-9]{{{len(number) + 1},}}"]
    for at, digit in enumerate(number):
        if digit < "9":
            digits.append(f"{number[:at]}[{int(digit) + 1}-9][0-9]{{{len(number) - at - 1}}}")
    beyond_column, beyond_row = "|".join(letters), "|".join(digits)
    return rf"<c r=\x22(?:(?:{beyond_column})[0-9]|[A-Z]+(?:{beyond_row})\x22)"


def filled_reach(content: Callable[[], Iterable[bytes]]) -> tuple[int, int]:
    """Return how far the cells that hold something reach from A1: rows, columns."""
    rows, letters = 0, set[bytes]()
    for piece in _in_usual_spelling(content):
        for column, row in _FILLED.findall(piece):
            letters.add(column)
            rows = max(rows, int(row))
    return rows, max((column_index(column.decode()) + 1 for column in letters), default=0)


def _formulas(piece: bytes, shared: dict[bytes, str], found: Found) -> None:
    for letters, row, _, attributes, text in _FORMULA_CELL.findall(piece):
        at = int(row), column_index(letters.decode())
        found.formulas[at] = _formula(attributes, text, shared)


def _cells(piece: bytes, wanted: Wanted, found: Found) -> None:
    """Note the cells of a piece that have an error, a long number, a percentage or a long text."""
    for letters, row, _, word in _ERROR_CELL.findall(piece):
        found.texts[int(row), column_index(letters.decode())] = html.unescape(word.decode())
    for letters, row, attributes, value in _LONG_CELL.findall(piece):
        number = _number(value, attributes)
        if number.is_finite() and abs(number) >= 10**15:
            rows = found.long_numbers.setdefault(column_index(letters.decode()), set())
            rows.add(int(row))
    if (wanted.percent_styles or wanted.forms) and b' s="' in piece:
        _styled(piece, wanted, found)
    for letters, row, attributes, value in (
        re.findall(_VALUE_CELL % rb"\d+", piece) if wanted.overlong else ()
    ):
        if _kind(attributes) == b"s" and int(value) in wanted.overlong:
            found.problem = found.problem or wanted.told(f"{letters.decode()}{row.decode()}")


def _styled(piece: bytes, wanted: Wanted, found: Found) -> None:
    """Note what number formats show of a piece's cells."""
    for letters, row, attributes, value in re.findall(_VALUE_CELL % rb"[^<]+", piece):
        style, number = _STYLE.search(attributes), _number(value, attributes)
        if style is None or not number.is_finite():
            continue
        at, which = (int(row), column_index(letters.decode())), int(style[1])
        if which in wanted.percent_styles:
            found.texts[at] = percent_text(number)
        if which in wanted.forms:
            found.note_number(at, float(number), wanted.forms[which])
    if not wanted.forms:
        return
    for letters, row, attributes in re.findall(_START, piece):
        style = _STYLE.search(attributes)
        form = wanted.forms.get(int(style[1])) if style else None
        if form and _kind(attributes) in (b"s", b"str", b"inlineStr"):
            found.text_forms[int(row), column_index(letters.decode())] = form


def _formula(attributes: bytes, text: bytes, shared: dict[bytes, str]) -> str:
    """Return a formula as Excel shows it; a shared one as it stands in its first cell."""
    told = "=" + html.unescape(text.decode())
    key = _SHARED.search(attributes)
    if key is None:
        return told
    return shared.setdefault(key[1], told) if text else shared.get(key[1], told)


def _kind(attributes: bytes) -> bytes:
    kind = _TYPE.search(attributes)
    return kind[1] if kind else b"n"


def _number(value: bytes, attributes: bytes) -> Decimal:
    """Return a cell's number, not-a-number where it holds none."""
    try:
        return Decimal(value.decode()) if _kind(attributes) == b"n" else Decimal("nan")
    except InvalidOperation:
        return Decimal("nan")


def percent_text(number: float | Decimal) -> str:
    """Return 12.5% for 0.125, without the tail that binary fractions leave."""
    return f"{(Decimal(f'{float(number):.15g}') * 100).normalize():f}%"


def _merges(piece: bytes, found: Found) -> None:
    for left, top, right, bottom in _MERGE.findall(piece):
        if len(found.merged) >= MERGES:
            raise Refused(TOO_MANY_MERGES)
        found.merged.append(
            (
                int(top) - 1,
                column_index(left.decode()),
                int(bottom) - 1,
                column_index(right.decode()),
            )
        )
