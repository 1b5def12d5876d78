"""Opening what a county sent: every cell as text with its place, hostile files refused.

A workbook or CSV becomes ``Sheet`` objects whose frame has one text column per spreadsheet
column and one row per spreadsheet row, so that a cell's address is its position.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import fastexcel
import polars as pl

from pipelines.core.dictionary import dictionary, normal
from pipelines.s2_lake.sheet import Refused, Sheet, column_index

UNPACKED_LIMIT = 1 << 30
RATIO_LIMIT = 300
ENTRY_LIMIT = 5_000
CELL_LIMIT = 60_000_000
OLE = b"\xd0\xcf\x11\xe0"

_ERROR_CELL = re.compile(
    rb'<c r="([A-Z]+)(\d+)"[^>]*?\bt="e"[^>]*>(?:<f[^>]*>[^<]*</f>|<f[^>]*/>)?<v>([^<]*)</v>'
)
_ROW = re.compile(rb'<row [^>]*?\br="(\d+)"')
_FAR_COLUMN = re.compile(rb'<c r="[A-Z]{3}')
_CELL_LETTERS = re.compile(rb'<c r="([A-Z]+)\d')
_NS = {
    "m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
}


def read_sheets(path: Path, name: str) -> list[Sheet]:
    """Return the sheets of a file, hidden ones without content. Raises Refused."""
    size = path.stat().st_size
    if size == 0:
        raise Refused("文件为空,请检查后重报")
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK"):
        check_package(path)
        return _workbook(path, "xlsx")
    if start.startswith(OLE):
        return _workbook(path, "xls")
    if Path(name).suffix.lower() in (".xlsx", ".xlsm", ".xls"):
        raise Refused("文件内容不是 Excel 工作簿(可能损坏或改了扩展名),请重新导出后报送")
    return [_csv(path)]


def check_package(path: Path) -> None:
    """Refuse a zip or workbook that is broken, encrypted, too large or climbs out of itself."""
    try:
        with zipfile.ZipFile(path) as package:
            entries = package.infolist()
            names = {entry.filename for entry in entries}
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Refused("压缩包已损坏,无法打开,请重新导出后报送") from error
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if len(entries) > ENTRY_LIMIT or unpacked > UNPACKED_LIMIT:
        raise Refused("解压后内容过大,拒绝读取,请拆分后重报")
    if unpacked > 50 << 20 and unpacked / packed > RATIO_LIMIT:
        raise Refused("压缩比异常,疑似压缩炸弹,拒绝读取")
    if any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise Refused("压缩包内含越界路径,拒绝读取")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused("文件已加密,请取消密码后重报")


def _workbook(path: Path, kind: str) -> list[Sheet]:
    damaged = (
        "工作簿无法打开(可能已损坏),请重新导出后报送"
        if kind == "xlsx"
        else "无法打开(可能已加密或损坏),请另存为 .xlsx 后重报"
    )
    try:
        book = fastexcel.read_excel(str(path))
    except Exception as error:
        raise Refused(damaged) from error
    return [_sheet(book, name, path, kind) for name in book.sheet_names]


def _sheet(book: fastexcel.ExcelReader, name: str, path: Path, kind: str) -> Sheet:
    """Load one sheet; what cannot be loaded becomes a sheet with a problem, so the others go on."""
    nothing = pl.DataFrame()
    content = _cells_part(path, name) if kind == "xlsx" else b""
    if _extent(content) > CELL_LIMIT:
        problem = "工作表的范围过大,拒绝读取,请删除多余的行列后重报"
        return Sheet(name, nothing, 0, kind, path, problem=problem)
    try:
        loaded = book.load_sheet(name, header_row=None, dtypes="string", skip_rows=0)
        columns = loaded.available_columns()
        visible = loaded.visible == "visible"
        frame = loaded.to_polars() if visible and columns else nothing
    except Exception:
        problem = "工作表无法读取(不是表格或已损坏)"
        return Sheet(name, nothing, 0, kind, path, problem=problem)
    first = columns[0].absolute_index if columns else 0
    return _with_errors(Sheet(name, frame, first, kind, path, visible), content)


def _extent(content: bytes) -> int:
    """Return rows × columns that a sheet's XML spans; the declared dimension may lie."""
    rows = max(map(int, _ROW.findall(content)), default=0)
    if not _FAR_COLUMN.search(content) and rows * 702 <= CELL_LIMIT:
        return rows * 702  # within column ZZ
    letters = set(_CELL_LETTERS.findall(content))
    return rows * max((column_index(column.decode()) + 1 for column in letters), default=0)


def _with_errors(sheet: Sheet, content: bytes) -> Sheet:
    """Put #N/A and its like back, which the reader shows as blank: a broken cell is not empty."""
    if b't="e"' not in content or not sheet.frame.width:
        return sheet
    broken: dict[str, dict[int, str]] = {}
    for letters, row, word in _ERROR_CELL.findall(content):
        position = column_index(letters.decode()) - sheet.first_column
        name = sheet.frame.columns[position]
        broken.setdefault(name, {})[int(row) - 1] = word.decode()
    columns = []
    for name, cells in broken.items():
        texts = sheet.frame[name].to_list()
        for at, word in cells.items():
            texts[at] = word
        columns.append(pl.Series(name, texts, dtype=pl.String))
    return replace(sheet, frame=sheet.frame.with_columns(columns))


def _csv(path: Path) -> Sheet:
    text = _decode(path.read_bytes())
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error as error:
        raise Refused("CSV 结构有误(引号不配对或单元格过长),请重新导出后报送") from error
    width = max(map(len, rows), default=0)
    if width * len(rows) > CELL_LIMIT:
        raise Refused("CSV 过大,请拆分后重报")
    padded = [row + [""] * (width - len(row)) for row in rows]
    columns = list(zip(*padded, strict=True)) if width else []
    frame = pl.DataFrame(
        [pl.Series(f"c{at}", column, dtype=pl.String) for at, column in enumerate(columns)]
    )
    return Sheet("", frame, 0, "csv", path)


def _delimiter(text: str) -> str:
    """Return the separator with which the most known headers stand on one of the first lines."""
    known = dictionary().meanings
    top = text[:50_000].splitlines()[:10]

    def headers(delimiter: str) -> int:
        return max(
            sum(normal(c.strip('"')) in known for c in line.split(delimiter)) for line in top
        )

    return max(",\t;", key=headers) if top else ","


def _decode(data: bytes) -> str:
    """Decode by byte order mark, then strict UTF-8, then GB18030. Raises Refused."""
    marks = {
        codecs.BOM_UTF8: "utf-8-sig",
        codecs.BOM_UTF16_LE: "utf-16",
        codecs.BOM_UTF16_BE: "utf-16",
    }
    marked = [encoding for mark, encoding in marks.items() if data.startswith(mark)]
    if not marked and b"\0" in data:
        raise Refused("不是 Excel 工作簿或 CSV 文本,请按模板另存为 .xlsx 或 .csv 后报送")
    for encoding in marked or ["utf-8", "gb18030"]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("文字编码无法识别,请另存为 UTF-8 或 GB18030 编码的 CSV,或改报 .xlsx")


def numeric_cells(sheet: Sheet, positions: list[int]) -> dict[int, set[int]]:
    """Return, per frame column, the 1-based rows whose xlsx cell is a number, not text.

    Read from the sheet's XML, because a cell read as text no longer tells. Empty where the
    workbook is not an xlsx or does not write cell addresses.
    """
    if sheet.kind != "xlsx" or not positions:
        return {}
    wanted = {sheet.letter(position).encode(): position for position in positions}
    found: dict[int, set[int]] = {position: set() for position in positions}
    pattern = re.compile(rb'<c r="(' + b"|".join(sorted(wanted)) + rb')(\d+)"([^>]*)>')
    for letter, row, rest in pattern.findall(_cells_part(sheet.path, sheet.name)):
        if b't="' not in rest or b't="n"' in rest:
            found[wanted[letter]].add(int(row))
    return found


def _cells_part(path: Path, name: str) -> bytes:
    """Return the XML of an xlsx sheet's cells, empty where the package names it in no known way."""
    try:
        with zipfile.ZipFile(path) as package:
            return package.read(_sheet_part(package, name))
    except (KeyError, ElementTree.ParseError):
        return b""


def _sheet_part(package: zipfile.ZipFile, name: str) -> str:
    """Return the package part that holds a sheet's cells. Raises KeyError."""
    book = ElementTree.fromstring(package.read("xl/workbook.xml"))
    links = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): str(link.get("Target")) for link in links}
    for sheet in book.iterfind(".//m:sheet", _NS):
        if sheet.get("name") == name:
            target = targets[sheet.get(f"{{{_NS['r']}}}id")]
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise KeyError(name)
