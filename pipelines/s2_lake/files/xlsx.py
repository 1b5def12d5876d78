"""Workbooks of the Office format (.xlsx, .xlsm): checked part by part, then read by fastexcel."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import polars as pl

from pipelines.core.settings import ReadLimits, size_limits
from pipelines.s2_lake.files import sheet_xml
from pipelines.s2_lake.files.loading import DAMAGED_SHEET, Found, Span, loaded, opened, too_long
from pipelines.s2_lake.files.number_format import is_percent, number_format
from pipelines.s2_lake.files.package import BROKEN, DAMAGED, Counter, blocks, checked
from pipelines.s2_lake.files.sheet import Refused, Sheet
from pipelines.s2_lake.files.sheet_xml import DOCTYPE, Wanted

_BUILTIN_FORMATS = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    37: "#,##0 ;(#,##0)",
    38: "#,##0 ;[Red](#,##0)",
    39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;[Red](#,##0.00)",
}
_SHARED_STRING = re.compile(rb"<(?:[^<>/!? ]+:)?si[ />]")
_SHARED_TEXT = re.compile(rb"<(?:[^<>/!? ]+:)?t(?: [^>]*)?>([^<]*)<")
_SHARED_CELL = re.compile(rb"<(?:[^<>/!? ]+:)?v>(\d+)<")
_PHONETIC = re.compile(rb"<(?:[^<>/!? ]+:)?rPh .*?</(?:[^<>/!? ]+:)?rPh>", re.DOTALL)
_WORKBOOK = "xl/workbook.xml"
# The parts that are opened here or by the library, but for the sheets that stand elsewhere.
# Pictures, drawings, comments, custom XML and properties hold no cells and may be anything.
_READ = re.compile(
    r"\[content_types\]\.xml|_rels/.*"
    r"|xl/(?:(?:workbook|sharedstrings|styles)\.xml|(?:_rels|worksheets|tables)/.*)"
)
# One of these in a part's opening bytes means that it is not UTF-8, which alone is read.
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")


@dataclass(frozen=True)
class _Entry:
    """A sheet as the workbook lists it, with the part that holds its cells ('': none)."""

    name: str
    part: str
    is_visible: bool
    has_cells: bool


@dataclass
class Book:
    """What a workbook's small parts say."""

    entries: list[_Entry] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    is_1904: bool = False
    remarks: tuple[str, ...] = ()
    wanted: Wanted = field(default_factory=Wanted)
    text_sizes: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.Int64))


class Parts:
    """The parts of a package by normal name; everything that is read of them is counted."""

    def __init__(self, package: zipfile.ZipFile, path: Path, limits: ReadLimits) -> None:
        self.package = package
        self.limits = limits
        self.entries = {
            normal_part(entry.filename): entry
            for entry in checked(path, limits)
            if not entry.is_dir()
        }

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield a part's content. Raises KeyError where there is none, Refused on trouble."""
        counter = Counter(self.limits.unpacked_bytes)
        yield from blocks(self.package, self.entries[name], counter, sheet_xml.BLOCK)

    def read(self, name: str) -> bytes:
        """Return a part's content. Raises KeyError, Refused."""
        return b"".join(self.blocks(name))

    def tree(self, name: str) -> ElementTree.Element:
        """Parse a small part that was checked before. Raises KeyError, Refused."""
        parser = ElementTree.XMLParser(encoding="utf-8")
        try:
            return ElementTree.fromstring(self.read(name), parser)
        except ElementTree.ParseError as error:
            raise Refused(DAMAGED) from error


def normal_part(name: str) -> str:
    """Return a part's name as references resolve it: no leading slash, lower case."""
    return posixpath.normpath(name.replace("\\", "/").lstrip("/")).casefold()


def read_xlsx(path: Path, limits: ReadLimits) -> list[Sheet]:
    """Return the sheets of a workbook. Raises Refused."""
    try:
        with zipfile.ZipFile(path) as package:
            parts = Parts(package, path, limits)
            read = list(filter(_READ.fullmatch, parts.entries))
            _refuse_traps(parts, [name for name in read if not _is_sheet(name)])
            book = _book(parts)
            used = {entry.part for entry in book.entries}
            _refuse_traps(parts, [name for name in read if _is_sheet(name) and name not in used])
            span = Span(limits)
            found = [_found(parts, entry, book, span) for entry in book.entries]
    except BROKEN as error:
        raise Refused(DAMAGED) from error
    reader = opened(path, "工作簿无法打开(可能已损坏),请重新导出后报送")
    if reader.sheet_names != [entry.name for entry in book.entries]:
        raise Refused("工作簿的工作表目录不一致(可能已损坏),请用 Excel 或 WPS 另存后报送")
    sheets = []
    for at, (entry, seen) in enumerate(zip(book.entries, found, strict=True)):
        bare = Sheet(
            entry.name,
            pl.DataFrame(),
            0,
            "xlsx",
            path,
            entry.is_visible,
            is_1904=book.is_1904,
            remarks=book.remarks,
        )
        sheets.append(loaded(reader, at, bare, seen, limits) if entry.has_cells else bare)
    return sheets


def number_formats(
    path: Path, sheet: str, columns: set[int]
) -> Iterator[tuple[int, int, Decimal, str]]:
    """Yield row (1-based), column (0-based), value and number format of a sheet's numbers.

    Only those in the given columns, of a sheet that ``read_xlsx`` has read.
    """
    with zipfile.ZipFile(path) as package:
        parts = Parts(package, path, size_limits())
        book = _book(parts)
        entry = next((entry for entry in book.entries if entry.name == sheet), None)
        if entry is not None and entry.part in parts.entries:
            cells = sheet_xml.numbers(lambda: parts.blocks(entry.part), columns)
            for row, column, value, style in cells:
                yield row, column, value, book.formats[style] if style < len(book.formats) else ""


def kind_of(names: set[str]) -> str:
    """Say which Office document a package is, by its parts: xlsx, xlsb, docx, pptx or ''."""
    known = {
        "xl/workbook.xml": "xlsx",
        "xl/workbook.bin": "xlsb",
        "word/document.xml": "docx",
        "ppt/presentation.xml": "pptx",
    }
    return next((kind for part, kind in known.items() if part in names), "")


def _is_sheet(name: str) -> bool:
    return name.startswith("xl/worksheets/sheet")


def _refuse_traps(parts: Parts, names: list[str]) -> None:
    """Unpack parts that are read once, counting; refuse DTDs and entities in any of them.

    The parts of sheets are not among them: the scan of their cells asks the same.
    """
    counter = Counter(parts.limits.unpacked_bytes)
    for name in names:
        end = b""
        for block in blocks(parts.package, parts.entries[name], counter):
            if not end and block.startswith(_OTHER_ENCODINGS):
                raise Refused("工作簿的文字编码不是 UTF-8,无法读取,请用 Excel 或 WPS 另存后重报")
            whole = end + block
            if b"<!DOCTYPE" in whole or b"<!ENTITY" in whole:
                raise Refused(DOCTYPE)
            end = block[-9:]


def _book(parts: Parts) -> Book:
    try:
        tree = parts.tree(_WORKBOOK)
        links = _links(parts)
    except KeyError as error:
        raise Refused(DAMAGED) from error
    listed = tree.findall(".//{*}sheets/{*}sheet")
    if len(listed) > parts.limits.sheets:
        raise Refused(f"工作表超过 {parts.limits.sheets} 张,拒绝读取,请拆分后重报")
    book = Book(entries=[_entry(sheet, links) for sheet in listed])
    used = [entry.part for entry in book.entries if entry.part]
    if len(set(used)) < len(used):
        raise Refused(DAMAGED)
    properties = tree.find("{*}workbookPr")
    date1904 = "" if properties is None else properties.get("date1904", "")
    book.is_1904 = date1904.strip().lower() in ("1", "true", "on")
    book.remarks = _remarks(parts)
    with suppress(KeyError):
        book.formats = _formats(parts.tree("xl/styles.xml"))
    percent = frozenset(at for at, form in enumerate(book.formats) if is_percent(form))
    book.text_sizes, overlong = _shared_strings(parts)
    forms = {at: form for at, code in enumerate(book.formats) if (form := number_format(code))}
    told = Wanted(percent, forms, overlong, lambda address: too_long(address, parts.limits))
    book.wanted = told
    return book


def _remarks(parts: Parts) -> tuple[str, ...]:
    told = {
        "含宏,已忽略宏": any(name.endswith("vbaproject.bin") for name in parts.entries),
        "含指向其他文件的链接,未打开,只取保存在本文件中的值": any(
            name.startswith("xl/externallinks/") for name in parts.entries
        ),
    }
    return tuple(remark for remark, holds in told.items() if holds)


def _links(parts: Parts) -> dict[str, tuple[str, str]]:
    """Return part and kind of what the workbook refers to, by relation id; nothing outside."""
    found = {}
    for link in parts.tree("xl/_rels/workbook.xml.rels"):
        target = unquote(link.get("Target", ""))
        place = target if target.startswith("/") else f"xl/{target}"
        if link.get("TargetMode", "").lower() != "external":
            found[link.get("Id", "")] = (normal_part(place), link.get("Type", ""))
    return found


def _entry(sheet: ElementTree.Element, links: dict[str, tuple[str, str]]) -> _Entry:
    relation = next((value for name, value in sheet.items() if name.endswith("}id")), "")
    part, kind = links.get(relation, ("", ""))
    state = sheet.get("state", "visible")
    return _Entry(sheet.get("name", ""), part, state == "visible", not kind.endswith("chartsheet"))


def _formats(styles: ElementTree.Element) -> list[str]:
    """Return the number format of each cell style."""
    own = {
        form.get("numFmtId", ""): form.get("formatCode", "")
        for form in styles.iterfind("{*}numFmts/{*}numFmt")
    }
    found = []
    for style in styles.iterfind("{*}cellXfs/{*}xf"):
        number = style.get("numFmtId", "0")
        built_in = _BUILTIN_FORMATS.get(int(number)) if number.isdecimal() else None
        found.append(own.get(number, built_in or ""))
    return found


def _shared_strings(parts: Parts) -> tuple[pl.Series, frozenset[int]]:
    """Return the bytes of each shared string, and the numbers of those over the limit."""
    try:
        content = parts.read("xl/sharedstrings.xml")
    except KeyError:
        return pl.Series([], dtype=pl.Int64), frozenset()
    pieces = (_SHARED_STRING.split(content) if b":si" in content else content.split(b"<si"))[1:]
    limit = parts.limits.cell_chars
    long = frozenset(
        at for at, piece in enumerate(pieces) if len(piece) > limit and _characters(piece) > limit
    )
    return pl.Series(list(map(len, pieces)), dtype=pl.Int64), long


def _characters(shared: bytes) -> int:
    texts = _SHARED_TEXT.findall(_PHONETIC.sub(b"", shared))
    return sum(len(text.decode("utf-8", "replace")) for text in texts)


def _found(parts: Parts, entry: _Entry, book: Book, span: Span) -> Found:
    """Scan a sheet's part; the result has a problem where the sheet is not to be read."""
    if not entry.has_cells:
        return Found()
    if entry.part not in parts.entries:
        return Found(problem=DAMAGED_SHEET)
    found = sheet_xml.scan(lambda: parts.blocks(entry.part), book.wanted)
    if not span.holds(found.rows, found.columns):
        # One formatted cell in the last row blows a sheet up; only cells with content are held.
        found.rows, found.columns = sheet_xml.filled_reach(lambda: parts.blocks(entry.part))
    found.problem = found.problem or span.problem(found.rows, found.columns)
    if not found.problem and _repeats_too_much(parts, entry, book.text_sizes):
        found.problem = "工作表中反复引用的长文字过多,拒绝读取,请拆分后重报"
    return found


def _repeats_too_much(parts: Parts, entry: _Entry, sizes: pl.Series) -> bool:
    """Say whether the texts that cells share, written out, are larger than may be unpacked."""
    limit = 2 * parts.limits.unpacked_bytes
    # A cell takes 22 bytes at least; each may repeat the longest text.
    longest = sizes.max() if len(sizes) else 0
    if parts.entries[entry.part].file_size // 22 * int(str(longest)) <= limit:
        return False
    total = 0
    for piece in sheet_xml.rows_of(parts.blocks(entry.part)):
        numbers = pl.Series(_SHARED_CELL.findall(piece), dtype=pl.Binary).cast(pl.String)
        places = numbers.cast(pl.Int64, strict=False).drop_nulls()
        total += int(sizes.gather(places.filter(places < len(sizes))).sum())
    return total > limit
