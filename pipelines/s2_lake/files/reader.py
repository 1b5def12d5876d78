"""Opening what a county sent: every cell as text with its place, hostile files refused.

What a file is, its content says and not its name. Every form becomes ``Sheet`` objects whose
frame has one text column per spreadsheet column and one row per spreadsheet row, so that a cell's
address is its position.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipelines.core.settings import ReadLimits, size_limits
from pipelines.s1_archive import is_too_large, too_large
from pipelines.s2_lake.files.delimited import read_delimited
from pipelines.s2_lake.files.formula_text import unwrapped
from pipelines.s2_lake.files.ods import is_spreadsheet, read_ods
from pipelines.s2_lake.files.ole import MAGIC
from pipelines.s2_lake.files.package import DAMAGED, checked
from pipelines.s2_lake.files.respelling import in_usual_characters
from pipelines.s2_lake.files.sheet import Refused, Sheet
from pipelines.s2_lake.files.xls import read_xls
from pipelines.s2_lake.files.xlsx import kind_of, normal_part, number_formats, read_xlsx

_SUFFIXES = {
    "xlsx": (".xlsx", ".xlsm", ".xltx", ".xltm"),
    "xls": (".xls", ".et", ".xlt", ".ett"),
    "ods": (".ods", ".ots"),
    "csv": (".csv", ".txt", ".tsv"),
}
_CALLED = {"xlsx": ".xlsx 工作簿", "xls": ".xls 工作簿", "ods": ".ods 工作簿", "csv": "文本"}
# What else lands in an inbox, by its first bytes.
_OTHERS = {
    b"%PDF": "PDF 文件",
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf\x27\x1c": "7z 压缩包",
    b"\x1f\x8b": "gzip 压缩包",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"BM": "图片",
    b"{\\rtf": "RTF 文档",
    b"MZ": "程序",
    b"\x7fELF": "程序",
}
_ARCHIVES = ("RAR 压缩包", "7z 压缩包", "gzip 压缩包")
_MARKUP = (b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<div", b"<body")
_NOT_A_WORKBOOK = "文件内容不是 Excel 工作簿"
_EXPORT = "请用 Excel 或 WPS 打开后另存为 .xlsx 再报送"


def read_sheets(path: Path, name: str) -> list[Sheet]:
    """Return the sheets of a file, hidden ones marked as such. Raises Refused."""
    limits = size_limits()
    size = path.stat().st_size
    if size == 0:
        raise Refused("文件为空,请检查后重报")
    if is_too_large(size):
        raise Refused(too_large())
    with path.open("rb") as file:
        start = file.read(512)
    suffix = Path(name).suffix.lower()
    found = map(in_usual_characters, _read(path, start, suffix, limits))
    sheets = list(map(unwrapped, found))
    kind = sheets[0].kind if sheets else ""
    if not kind or suffix in _SUFFIXES[kind]:
        return sheets
    remark = f"扩展名是“{suffix}”,内容是{_CALLED[kind]},已按内容读取"
    return [replace(sheet, remarks=(*sheet.remarks, remark)) for sheet in sheets]


def numeric_cells(sheet: Sheet, positions: list[int]) -> dict[int, set[int]]:
    """Return, per frame column, the 1-based rows whose cell is a number, not text (xlsx only).

    Read from the sheet's XML again, because a cell read as text no longer tells.
    """
    if sheet.kind != "xlsx" or not positions:
        return {}
    columns = {sheet.first_column + position: position for position in positions}
    found: dict[int, set[int]] = {position: set() for position in positions}
    for row, column, _, _ in number_formats(sheet.path, sheet.name, set(columns)):
        found[columns[column]].add(row)
    return found


def _read(path: Path, start: bytes, suffix: str, limits: ReadLimits) -> list[Sheet]:
    if start.startswith(b"PK"):
        return _read_package(path, limits)
    if start.startswith(MAGIC[:4]):
        return read_xls(path, limits)
    _refuse_others(start, suffix)
    return [read_delimited(path, limits)]


def _read_package(path: Path, limits: ReadLimits) -> list[Sheet]:
    names = {normal_part(entry.filename) for entry in checked(path, limits)}
    kind = kind_of(names)
    if kind == "xlsx":
        return read_xlsx(path, limits)
    if kind == "xlsb":
        raise Refused("是二进制工作簿(.xlsb),请另存为 .xlsx 后重报")
    if kind:
        raise Refused(f"是 {kind} 文档,不是工作簿,请按模板另存为 .xlsx 后报送")
    if "mimetype" in names:
        if is_spreadsheet(path, limits):
            return read_ods(path, limits)
        raise Refused("不是电子表格文件,请按模板另存为 .xlsx 后报送")
    if "[content_types].xml" in names:
        raise Refused("不是常见的 Excel 工作簿,请用 Excel 或 WPS 另存为 .xlsx 后重报")
    raise Refused(DAMAGED)


def _refuse_others(start: bytes, suffix: str) -> None:
    """Refuse what is no text, and text that pretends to be a workbook."""
    for mark, what in _OTHERS.items():
        if start.startswith(mark) and not (mark == b"BM" and b"\0" not in start):
            advice = "请改用 zip 打包后重报" if what in _ARCHIVES else "请按模板填写 .xlsx 后报送"
            raise Refused(f"是{what},不是报送的表格,{advice}")
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_MARKUP):
        raise Refused(f"{_NOT_A_WORKBOOK}或 CSV,而是网页(HTML),{_EXPORT}")
    if head.startswith((b"<?xml", b"<!")):
        raise Refused(f"{_NOT_A_WORKBOOK}或 CSV,而是 XML 文本,{_EXPORT}")
    if start[:2] in (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08"):
        raise Refused("是很旧的 Excel 格式(5.0/95 或更早),无法读取,请另存为 .xlsx 后重报")
    if any(suffix in _SUFFIXES[kind] for kind in ("xlsx", "xls", "ods")):
        raise Refused(f"{_NOT_A_WORKBOOK}(是文本、已损坏或改了扩展名),{_EXPORT}")
