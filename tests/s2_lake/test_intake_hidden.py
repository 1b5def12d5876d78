"""Hidden rows and columns are read and told; what is only formatted makes no sheet too large."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
import xlsxwriter
import xlwt
from filing_samples import headers, read, rows
from hostile_files import FAR, ods, ods_table, prefixed, sheet_xml, text_cell, xlsx

from pipelines.s2_lake.files.sheet import column_letter


def table(count: int = 8) -> list[list[str]]:
    return [headers("ben"), *rows("ben", count)]


def as_xlsx(hidden_rows, hidden_columns, content) -> bytes:
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed)
    sheet = book.add_worksheet("表")
    for at, row in enumerate(content):
        sheet.write_row(at, 0, row)
    for row in hidden_rows:
        sheet.set_row(row - 1, None, None, {"hidden": True})
    for column in hidden_columns:
        sheet.set_column(column, column, None, None, {"hidden": True})
    book.close()
    return packed.getvalue()


def as_unusual_xlsx(hidden_rows, hidden_columns, content) -> bytes:
    """With prefixed elements and other attributes before the address."""
    mark = "hidden='true' "
    columns = "".join(f'<col hidden="true" max="{c + 1}" min="{c + 1}"/>' for c in hidden_columns)
    body = "".join(
        f'<row {mark if at in hidden_rows else ""}r="{at}">'
        + "".join(text_cell(f"{column_letter(c)}{at}", cell) for c, cell in enumerate(row))
        + "</row>"
        for at, row in enumerate(content, start=1)
    )
    return xlsx(prefixed(sheet_xml(body, before=f"<cols>{columns}</cols>")))


def as_xls(hidden_rows, hidden_columns, content) -> bytes:
    packed = io.BytesIO()
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for at, row in enumerate(content):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    for row in hidden_rows:
        sheet.row(row - 1).hidden = True
    for column in hidden_columns:
        sheet.col(column).hidden = True
    book.save(packed)
    return packed.getvalue()


def as_ods(hidden_rows, hidden_columns, content, after: str = "") -> bytes:
    columns = "".join(
        f"<table:table-column{_hidden(c in hidden_columns, 'collapse')}/>"
        for c in range(len(content[0]))
    )
    body = "".join(
        f"<table:table-row{_hidden(at in hidden_rows, 'filter')}>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p>'
            "</table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for at, row in enumerate(content, start=1)
    )
    return ods(ods_table(columns + body + after))


def _hidden(is_hidden: bool, how: str) -> str:
    return f' table:visibility="{how}"' if is_hidden else ""


WRITERS = {"xlsx": as_xlsx, "unusual.xlsx": as_unusual_xlsx, "xls": as_xls, "ods": as_ods}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(
    ("rows_hidden", "columns", "told"),
    [
        ([3], [], ["第 3 行是隐藏的"]),
        ([3, 4, 5, 8], [], ["第 3–5、8 行是隐藏的"]),
        ([], [2], ["C 列是隐藏的"]),
        ([2], [1, 3], ["第 2 行是隐藏的", "B、D 列是隐藏的"]),
        ([], [], []),
        ([1], [], []),  # a hidden header, and hidden rows below the table, hide no record
        ([12, 400], [200], []),
    ],
)
def test_hidden_records_are_read_and_told(tmp_path, kind, rows_hidden, columns, told):
    path = tmp_path / f"受益.{kind}"
    path.write_bytes(WRITERS[kind](rows_hidden, columns, table()))
    delivery = read(path)
    (only,) = delivery.result.files
    assert (only.status, only.rows_accepted) == ("accepted", 8)
    codes = [row[0] for row in rows("ben", 8)]
    assert delivery.tables["ben"]["project_code"].to_list() == codes
    sentences = [part for part in only.reason_zh.split(";") if "是隐藏的" in part]
    assert len(sentences) == len(told) and all(t in only.reason_zh for t in told), only.reason_zh


def test_of_many_hidden_rows_the_first_are_named(tmp_path):
    path = tmp_path / "受益.xlsx"
    path.write_bytes(as_xlsx(range(2, 31, 2), [], table(40)))
    (only,) = read(path).result.files
    assert "第 2、4、6、8、10 等 15 行是隐藏的" in only.reason_zh


BODY = "".join(
    f'<row r="{at}">'
    + "".join(text_cell(f"{column_letter(c)}{at}", cell) for c, cell in enumerate(row))
    + "</row>"
    for at, row in enumerate(table(), start=1)
)
LAST = 1_048_576
EMPTY = {
    "one cell": f'<row r="{LAST}"><c r="XFD{LAST}" s="1"/></row>',
    "a whole row": f'<row r="{LAST}">'
    + "".join(f'<c r="{column_letter(c)}{LAST}" s="1"/>' for c in range(16_384))
    + "</row>",
    "closed apart": f'<row r="{LAST}"><c r="XFD{LAST}" s="1"></c></row>',
    "a row and a column": f'<row r="3000"><c r="XFD3000" s="1"/></row><row r="{LAST}" ht="9"/>',
}


@pytest.mark.parametrize("spelling", [str, prefixed])
@pytest.mark.parametrize("stray", EMPTY.values(), ids=EMPTY)
def test_a_sheet_blown_up_by_formats_is_read(tmp_path, stray, spelling):
    path = tmp_path / "受益.xlsx"
    path.write_bytes(xlsx(spelling(sheet_xml(BODY + stray))))
    delivery = read(path)
    assert (delivery.result.rows_read, delivery.result.rows_accepted) == (8, 8)


def test_an_xls_and_an_ods_blown_up_by_formats_are_read(tmp_path):
    path = tmp_path / "受益.xls"
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for at, row in enumerate(table()):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    bold = xlwt.easyxf("font: bold on")
    for column in range(256):
        sheet.write(65_535, column, None, bold)
    book.save(str(path))
    assert (read(path).result.rows_read, read(path).result.rows_accepted) == (8, 8)
    path = tmp_path / "受益.ods"
    blank = (
        '<table:table-row table:number-rows-repeated="1048567"><table:table-cell'
        ' table:style-name="b" table:number-columns-repeated="16384"/></table:table-row>'
    )
    path.write_bytes(as_ods([], [], table(), blank))
    assert (read(path).result.rows_read, read(path).result.rows_accepted) == (8, 8)


@pytest.mark.parametrize(
    "content", ["<v>1</v>", "<is><t> </t></is>", "\n<v>1</v>", "<f>A1</f>", "<v> </v>"]
)
def test_a_cell_that_holds_something_there_is_named(tmp_path, content):
    stray = f'<row r="{LAST}"><c r="XFD{LAST}" t="inlineStr">{content}</c></row>'
    path = tmp_path / "受益.xlsx"
    path.write_bytes(xlsx(sheet_xml(BODY + stray)))
    (only,) = read(path).result.files
    assert only.status == "refused" and f"到第 {LAST} 行、XFD 列" in only.reason_zh


def test_the_others_of_a_workbook_are_read(tmp_path):
    path = tmp_path / "受益.xlsx"
    sheets = '<sheet name="远" sheetId="1" r:id="rId1"/><sheet name="近" sheetId="2" r:id="rId3"/>'
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="rId{number}" Target="worksheets/sheet{at}.xml" Type="http://schemas'
            '.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>'
            for number, at in ((1, 1), (3, 2))
        )
        + "</Relationships>"
    )
    extra = {
        "xl/worksheets/sheet2.xml": sheet_xml(BODY),
        "xl/_rels/workbook.xml.rels": relations,
    }
    path.write_bytes(xlsx(FAR, sheets=sheets, extra=extra))
    by_sheet = {item.sheet: item for item in read(path).result.files}
    assert "到第 1048576 行" in by_sheet["远"].reason_zh and by_sheet["近"].rows_accepted == 8


def as_sheet(before: str, row_attributes: dict[int, str]) -> str:
    """The XML of a sheet that says of some rows, and before them of the whole, what it is told."""
    body = "".join(
        f'<row r="{at}"{row_attributes.get(at, "")}>'
        + "".join(text_cell(f"{column_letter(c)}{at}", cell) for c, cell in enumerate(row))
        + "</row>"
        for at, row in enumerate(table(), start=1)
    )
    return sheet_xml(body, before=before)


def cols(*parts: str) -> str:
    return "<cols>" + "".join(f"<col {part}/>" for part in parts) + "</cols>"


ZERO_COLUMNS = '<sheetFormatPr defaultColWidth="0" defaultRowHeight="15"/>'
NO_SIZE = {
    "rows of no height": (
        "",
        {3: ' ht="0" customHeight="1"', 4: ' customHeight="1" ht="0.0"', 6: ' ht="0.75"'},
        ["第 3–4 行是隐藏的"],
    ),
    "columns of no width": (
        cols('min="2" max="2" width="0" customWidth="1"', 'min="4" max="4" width="0.5"'),
        {},
        ["B 列是隐藏的"],
    ),
    "columns are hidden where nothing is said of them": (
        ZERO_COLUMNS + cols('min="1" max="2" width="9"', 'min="4" max="16384" width="9"'),
        {},
        ["C 列是隐藏的"],
    ),
    "a column whose width is not said": (
        ZERO_COLUMNS
        + cols(
            'min="1" max="3" width="9"', 'min="4" max="4" style="1"', 'min="5" max="99" width="9"'
        ),
        {},
        ["D 列是隐藏的"],
    ),
    # A row that stands in the sheet at all is shown, unless it says that it is not.
    "rows are hidden where nothing is said of them": (
        '<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>',
        {2: ' hidden="0"', 3: ' ht="15"', 5: ' hidden="1"'},
        ["第 5 行是隐藏的"],
    ),
}


@pytest.mark.parametrize("spelling", [str, prefixed])
@pytest.mark.parametrize(("before", "attributes", "told"), NO_SIZE.values(), ids=NO_SIZE)
def test_what_has_no_size_is_hidden(tmp_path, spelling, before, attributes, told):
    path = tmp_path / "受益.xlsx"
    path.write_bytes(xlsx(spelling(as_sheet(before, attributes))))
    (only,) = read(path).result.files
    assert (only.status, only.rows_accepted) == ("accepted", 8)
    assert sentences_on_hidden(only) == told


def sentences_on_hidden(result) -> list[str]:
    parts = result.reason_zh.split(";")
    return [re.split("[,(]", part)[0] for part in parts if "隐藏" in part]


def test_a_sheet_that_hides_its_unused_rows_hides_no_record(tmp_path):
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed)
    sheet = book.add_worksheet("表")
    sheet.set_default_row(hide_unused_rows=True)
    for at, row in enumerate(table()):
        sheet.write_row(at, 0, row)
    book.close()
    assert b'zeroHeight="1"' in zipfile.ZipFile(packed).read("xl/worksheets/sheet1.xml")
    path = tmp_path / "受益.xlsx"
    path.write_bytes(packed.getvalue())
    (only,) = read(path).result.files
    assert only.rows_accepted == 8 and not sentences_on_hidden(only)


def test_an_xls_row_or_column_of_no_size_is_hidden(tmp_path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for at, row in enumerate(table()):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    sheet.row(2).height_mismatch, sheet.row(2).height = True, 0
    sheet.col(1).width = 0
    path = tmp_path / "受益.xls"
    book.save(str(path))
    (only,) = read(path).result.files
    assert only.rows_accepted == 8
    assert sentences_on_hidden(only) == ["第 3 行是隐藏的", "B 列是隐藏的"]


def ods_row(row: list[str], attributes: str = "") -> str:
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        for cell in row
    )
    return f"<table:table-row{attributes}>{cells}</table:table-row>"


def test_an_ods_group_that_is_folded_hides_its_rows_and_columns(tmp_path):
    content = table()
    closed = '-group table:display="false">'
    columns = (
        f"<table:table-column/><table:table-column{closed}<table:table-column/>"
        "</table:table-column-group><table:table-column/>"
    )
    inner = f"<table:table-row-group>{ods_row(content[4])}</table:table-row-group>"
    body = (
        "".join(map(ods_row, content[:3]))
        + f"<table:table-row{closed}{ods_row(content[3])}{inner}</table:table-row-group>"
        + "<table:table-row-group>"
        + "".join(map(ods_row, content[5:]))
        + "</table:table-row-group>"
    )
    path = tmp_path / "受益.ods"
    path.write_bytes(ods(ods_table(columns + body)))
    (only,) = read(path).result.files
    assert only.rows_accepted == 8
    assert sentences_on_hidden(only) == ["第 4–5 行是隐藏的", "B 列是隐藏的"]


def test_an_ods_row_or_column_of_no_size_is_hidden(tmp_path):
    content = table()
    styles = (
        '<style:style style:name="s1" style:family="table-row">'
        '<style:table-row-properties style:row-height="0cm"/></style:style>'
        '<style:style style:name="s2" style:family="table-row">'
        '<style:table-row-properties style:row-height="0.452cm"/></style:style>'
        '<style:style style:name="s1" style:family="table-column">'
        '<style:table-column-properties style:column-width="2.2cm"/></style:style>'
        '<style:style style:name="s3" style:family="table-column">'
        '<style:table-column-properties style:column-width="0.000in"/></style:style>'
    )
    columns = (
        '<table:table-column table:style-name="s1" table:number-columns-repeated="2"/>'
        '<table:table-column table:style-name="s3"/>'
    )
    body = "".join(
        ods_row(row, f' table:style-name="{"s1" if at == 5 else "s2"}"')
        for at, row in enumerate(content, start=1)
    )
    path = tmp_path / "受益.ods"
    told = f"<office:automatic-styles>{styles}</office:automatic-styles>"
    path.write_bytes(ods(told + ods_table(columns + body)))
    (only,) = read(path).result.files
    assert only.rows_accepted == 8
    assert sentences_on_hidden(only) == ["第 5 行是隐藏的", "C 列是隐藏的"]
