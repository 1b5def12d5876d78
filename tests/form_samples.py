"""Sheets that are one record's form, as offices lay them out."""

import csv
import io
import zipfile
from html import escape

import xlsxwriter
import xlwt
from hostile_files import (
    ods,
    ods_table,
    zipped,
)


def as_xlsx(content: list[list[str]]) -> bytes:
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed)
    sheet = book.add_worksheet("表")
    for at, row in enumerate(content):
        for column, cell in enumerate(row):
            sheet.write_string(at, column, cell)
    book.close()
    return packed.getvalue()


def as_xls(content: list[list[str]]) -> bytes:
    packed = io.BytesIO()
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for at, row in enumerate(content):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    book.save(packed)
    return packed.getvalue()


def as_ods(content: list[list[str]]) -> bytes:
    body = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string">'
            f"<text:p>{escape(cell)}</text:p></table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in content
    )
    return ods(ods_table(body))


def as_text(separator: str, encoding: str, mark: bytes = b""):
    def write(content: list[list[str]]) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=separator).writerows(content)
        return mark + text.getvalue().encode(encoding)

    return write


def with_macros(content: list[list[str]]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(as_xlsx(content))) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    return zipped(parts | {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})


FORMS = {
    "xlsx": as_xlsx,
    "xlsm": with_macros,
    "xls": as_xls,
    "et": as_xls,
    "ods": as_ods,
    "csv": as_text(",", "utf-8"),
    "txt": as_text("\t", "gb18030"),
}
