"""Every form a delivery comes in: opened by content, every cell as filed, at its address."""

import datetime
import io
import struct
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
import xlwt
from filing_samples import csv_bytes, headers, read, rows
from form_samples import FORMS, as_ods, as_text
from hostile_files import (
    CENTRAL,
    LOCAL,
    ods,
    ods_table,
    sheet_xml,
    text_cell,
    xlsx,
    xlsx_parts,
    zipped,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.settings import size_limits
from pipelines.s2_lake.cells.printed import displayed
from pipelines.s2_lake.files.delimited import careful_frame, fast_frame
from pipelines.s2_lake.files.package import label_of
from pipelines.s2_lake.files.reader import numeric_cells, read_sheets
from pipelines.s2_lake.files.sheet import Refused, Sheet

NOON = datetime.datetime(2019, 3, 1, 12, 30, 15)
DAY = datetime.datetime(2019, 3, 1)


def table(count: int = 2) -> list[list[str]]:
    return [headers("ben"), *rows("ben", count)]


TEXTS = [
    (separator, encoding, mark)
    for separator in ",\t;"
    for encoding, mark in [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("gb18030", b""),
    ]
]


def opened(folder: Path, name: str, content: bytes) -> list[Sheet]:
    path = folder / name
    path.write_bytes(content)
    return read_sheets(path, name)


def cells(sheet: Sheet) -> list[list[str]]:
    return [[cell or "" for cell in row] for row in sheet.frame.rows()]


def reason(folder: Path, name: str, content: bytes) -> str:
    with pytest.raises(Refused) as refusal:
        opened(folder, name, content)
    return str(refusal.value)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_cells_as_filed(tmp_path, form):
    content = [*table(3), ["  首尾空格　", "a\tb", "<&>", "０１２"]]
    (sheet,) = opened(tmp_path, f"a.{form}", FORMS[form](content))
    assert cells(sheet) == content
    assert sheet.visible and not sheet.problem and not sheet.formulas and not sheet.merged
    assert sheet.remarks == (("含宏,已忽略宏",) if form == "xlsm" else ())


@pytest.mark.parametrize("form", FORMS)
def test_every_form_goes_through_intake(tmp_path, form):
    path = tmp_path / f"a.{form}"
    path.write_bytes(FORMS[form](table(3)))
    assert read(path).result.rows_accepted == 3


@pytest.mark.parametrize(("separator", "encoding", "mark"), TEXTS)
def test_text_in_every_encoding_and_separator(tmp_path, separator, encoding, mark):
    content = [*table(), ["含,;和\t", '引"号', "两\r\n行", ""]]
    written = as_text(separator, encoding, mark)(content)
    (sheet,) = opened(tmp_path, "a.txt", written)
    assert cells(sheet) == content


@pytest.mark.parametrize(
    ("name", "form", "says"),
    [
        ("a.xls", "xlsx", "内容是.xlsx 工作簿"),
        ("a.xlsx", "xls", "内容是.xls 工作簿"),
        ("a.csv", "xlsx", "内容是.xlsx 工作簿"),
        ("a.xlsx", "ods", "内容是.ods 工作簿"),
        ("a.zip", "xls", "内容是.xls 工作簿"),
        ("a.dat", "csv", "内容是文本"),
        ("a.txt", "csv", ""),
        ("a.XLSX", "xlsx", ""),
    ],
)
def test_a_wrong_extension_is_remarked_where_the_content_is_safe(tmp_path, name, form, says):
    (sheet,) = opened(tmp_path, name, FORMS[form](table()))
    assert cells(sheet) == table()
    assert [says in remark for remark in sheet.remarks] == ([True] if says else [])


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.et", "a.ods"])
def test_plain_text_under_a_workbooks_name_is_refused(tmp_path, name):
    assert "是文本" in reason(tmp_path, name, csv_bytes(table()))


# --- archives ---------------------------------------------------------------------------------


def results(folder: Path, content: bytes) -> dict[str, str]:
    path = folder / "打包.zip"
    path.write_bytes(content)
    result = read(path).result
    return {item.file: item.reason_zh or item.status for item in result.files}


def test_an_archive_of_every_form_and_an_archive_within(tmp_path):
    forms = {f"{form}.{form}": write(rows_of(at)) for at, (form, write) in enumerate(FORMS.items())}
    inner = zipped({"内.csv": csv_bytes(rows_of(20)), "说明.pdf": b"%PDF-1.4"})
    found = results(tmp_path, zipped(forms | {"里面.zip": inner, "空/": "", ".hidden": "x"}))
    assert {name for name, told in found.items() if told in ("accepted", "含宏,已忽略宏")} == {
        *(f"打包.zip/{form}.{form}" for form in FORMS),
        "打包.zip/里面.zip/内.csv",
    }
    assert "PDF" in found["打包.zip/里面.zip/说明.pdf"] and len(found) == len(FORMS) + 2


def rows_of(seed: int) -> list[list[str]]:
    """Two rows whose keys no other seed has."""
    body = rows("ben", 2 * seed + 2, seed)
    return [headers("ben"), *body[-2:]]


def test_an_archive_two_deep_is_refused_and_the_rest_is_read(tmp_path):
    deep = zipped({"b.zip": zipped({"c.zip": zipped({"d.csv": csv_bytes(rows_of(3))})})})
    found = results(tmp_path, zipped({"a.zip": deep, "e.csv": csv_bytes(rows_of(4))}))
    assert found["打包.zip/e.csv"] == "accepted"
    assert "嵌套过深" in found["打包.zip/a.zip/b.zip"] and len(found) == 2


def test_of_an_archive_only_the_locked_files_are_refused(tmp_path):
    packed = zipped({"锁.csv": csv_bytes(rows_of(3)), "开.csv": csv_bytes(rows_of(4))})
    # The flag of the first entry alone, in its directory record and at its content.
    for mark, at in ((CENTRAL, 8), (LOCAL, 6)):
        place = packed.find(mark) + at
        (flags,) = struct.unpack_from("<H", packed, place)
        packed = packed[:place] + struct.pack("<H", flags | 1) + packed[place + 2 :]
    assert results(tmp_path, packed) == {
        "打包.zip/锁.csv": "文件已加密,请去除密码后重新报送",
        "打包.zip/开.csv": "accepted",
    }


def test_an_archive_without_tables_is_refused(tmp_path):
    assert results(tmp_path, zipped({})) == {"打包.zip": "压缩包内没有表格,请放入报表后重报"}


@pytest.mark.parametrize(
    ("name", "encoding", "flag"),
    [
        ("受益情况表.csv", "gb18030", 0),
        ("乡镇/联通.csv", "gb18030", 0),
        ("受益情况表.csv", "utf-8", 0),
        ("受益情况表.csv", "utf-8", 0x800),
        ("plain.csv", "ascii", 0),
    ],
)
def test_names_in_archives_of_windows_and_macos(name, encoding, flag):
    raw = name.encode(encoding)
    entry = zipfile.ZipInfo(name if flag else raw.decode("cp437"))
    entry.flag_bits = flag
    assert label_of(entry) == name


# --- addresses, sheets ------------------------------------------------------------------------


def placed(form: str, cell_rows: dict[tuple[int, int], str]) -> bytes:
    """A workbook with text in the given (row, column) places only, both 0-based."""
    packed = io.BytesIO()
    if form == "xls":
        old = xlwt.Workbook()
        sheet = old.add_sheet("表")
        for (row, column), text in cell_rows.items():
            sheet.write(row, column, text)
        old.save(packed)
        return packed.getvalue()
    if form == "ods":
        height = max(row for row, _ in cell_rows) + 1
        return as_ods([[cell_rows.get((r, c), "") for c in range(9)] for r in range(height)])
    book = xlsxwriter.Workbook(packed)
    sheet = book.add_worksheet()
    for (row, column), text in cell_rows.items():
        sheet.write_string(row, column, text)
    book.close()
    return packed.getvalue()


@pytest.mark.parametrize("form", ["xlsx", "xls", "ods"])
def test_addresses_hold_where_a_sheet_starts_at_c5(tmp_path, form):
    filled = {(4, 2): "c5", (4, 4): "e5", (9, 3): "d10"}
    (sheet,) = opened(tmp_path, f"a.{form}", placed(form, filled))
    found = {
        f"{sheet.letter(position)}{row}": cell
        for row, line in enumerate(sheet.frame.rows(), start=1)
        for position, cell in enumerate(line)
        if cell
    }
    assert found == {"C5": "c5", "E5": "e5", "D10": "d10"}


def test_hidden_sheets_are_read_and_marked_and_charts_are_blank(tmp_path):
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed)
    for name in ("看得见", "隐藏", "深藏"):
        book.add_worksheet(name).write_string(0, 0, name)
    book.get_worksheet_by_name("隐藏").hide()
    book.get_worksheet_by_name("深藏").very_hidden()
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=看得见!$A$1:$A$2"})
    book.add_chartsheet("图").set_chart(chart)
    book.add_worksheet("空")
    book.close()
    sheets = opened(tmp_path, "a.xlsx", packed.getvalue())
    assert [(s.name, s.visible, cells(s), s.problem) for s in sheets] == [
        ("看得见", True, [["看得见"]], ""),
        ("隐藏", False, [["隐藏"]], ""),
        ("深藏", False, [["深藏"]], ""),
        ("图", True, [], ""),
        ("空", True, [], ""),
    ]


def test_hidden_sheets_of_the_other_forms(tmp_path):
    old = xlwt.Workbook()
    for at, name in enumerate(("见", "藏", "深藏")):
        sheet = old.add_sheet(name)
        sheet.write(0, 0, name)
        sheet.visibility = at
    packed = io.BytesIO()
    old.save(packed)
    found = opened(tmp_path, "a.xls", packed.getvalue())
    assert [(s.visible, cells(s)) for s in found] == [
        (True, [["见"]]),
        (False, [["藏"]]),
        (False, [["深藏"]]),
    ]
    style = (
        '<style:style style:name="ta2" style:family="table">'
        '<style:table-properties table:display="false"/></style:style>'
    )
    row = (
        "<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>"
    )
    body = ods_table(row).replace("<table:table ", '<table:table table:style-name="ta2" ')
    (sheet,) = opened(tmp_path, "a.ods", ods(style + body))
    assert not sheet.visible and cells(sheet) == [["x"]]


# --- what cells look like ---------------------------------------------------------------------


def formatted(form: str, *, is_1904: bool = False) -> list[str]:
    """One row of a workbook: numbers and dates in their number formats."""
    written = [
        (DAY, "yyyy-mm-dd"),
        (DAY, 'yyyy"年"m"月"'),
        (NOON, "yyyy/m/d hh:mm:ss"),
        (datetime.time(8, 30), "h:mm"),
        (0.125, "0.0%"),
        (1.1, "0%"),
        (True, None),
        (43525, None),
        (1234.5, "#,##0.00"),
        (202006, None),
        (0.1 + 0.2, None),
        (990101198001010024, None),
    ]
    packed = io.BytesIO()
    if form == "xls":
        old = xlwt.Workbook()
        old.dates_1904 = is_1904
        sheet = old.add_sheet("表")
        for at, (value, shape) in enumerate(written):
            style = xlwt.easyxf(num_format_str=shape) if shape else xlwt.easyxf()
            sheet.write(0, at, value, style)
        old.save(packed)
    else:
        book = xlsxwriter.Workbook(packed, {"date_1904": is_1904})
        new = book.add_worksheet()
        for at, (value, shape) in enumerate(written):
            style = book.add_format({"num_format": shape}) if shape else None
            if isinstance(value, (datetime.datetime, datetime.time)):
                new.write_datetime(0, at, value, style)
            else:
                new.write(0, at, value, style)
        book.close()
    return packed.getvalue()


@pytest.mark.parametrize("form", ["xlsx", "xls"])
@pytest.mark.parametrize("is_1904", [False, True])
def test_dates_percentages_and_numbers_as_text(tmp_path, form, is_1904):
    (sheet,) = opened(tmp_path, f"a.{form}", formatted(form, is_1904=is_1904))
    first_day = "1904-01-01" if is_1904 else "1899-12-31"
    assert sheet.is_1904 is is_1904
    assert list(sheet.frame.row(0)) == [
        "2019-03-01 00:00:00",
        "2019-03-01 00:00:00",
        "2019-03-01 12:30:15",
        f"{first_day} 08:30:00",
        "12.5%",
        "110%",
        "true",
        "43525",
        "1234.5",
        "202006",
        "0.3",
        "990101198001010048",
    ]
    assert sheet.long_numbers == {11: frozenset({1})}


def test_cells_of_an_ods_as_text(tmp_path):
    def cell(kind: str, shown: str, **values: str) -> str:
        given = " ".join(f'office:{name.replace("_", "-")}="{v}"' for name, v in values.items())
        return (
            f'<table:table-cell office:value-type="{kind}" {given}>'
            f"<text:p>{shown}</text:p></table:table-cell>"
        )

    row = (
        cell("date", "19-3-1", date_value="2019-03-01")
        + cell("date", "x", date_value="2019-03-01T12:30:15")
        + cell("time", "8:30", time_value="PT08H30M00S")
        + cell("percentage", "13%", value="0.125")
        + cell("boolean", "TRUE", boolean_value="true")
        + cell("float", "1,234.50", value="1234.5")
        + cell("float", "9.9E17", value="990101198001010048")
        + '<table:table-cell><text:p>甲<text:s text:c="2"/>乙</text:p><text:p>丙</text:p>'
        "<office:annotation><text:p>批注</text:p></office:annotation></table:table-cell>"
    )
    body = f"<table:table-row>{row}</table:table-row>"
    (sheet,) = opened(tmp_path, "a.ods", ods(ods_table(body)))
    assert list(sheet.frame.row(0)) == [
        "2019-03-01 00:00:00",
        "2019-03-01 12:30:15",
        "1899-12-31 08:30:00",
        "12.5%",
        "true",
        "1234.5",
        "990101198001010048",
        "甲  乙\n丙",
    ]
    assert sheet.long_numbers == {6: frozenset({1})}


def test_repeated_rows_and_cells_of_an_ods_are_written_out_where_they_hold_something(tmp_path):
    text = (
        '<table:table-cell table:number-columns-repeated="2"><text:p>x</text:p></table:table-cell>'
    )
    blank = '<table:table-cell table:number-columns-repeated="16382"/>'
    body = (
        f'<table:table-row table:number-rows-repeated="2">{blank}</table:table-row>'
        f'<table:table-row table:number-rows-repeated="3">{text}{blank}</table:table-row>'
        f'<table:table-row table:number-rows-repeated="1048571">{blank}</table:table-row>'
    )
    (sheet,) = opened(tmp_path, "a.ods", ods(ods_table(body)))
    assert cells(sheet) == [["", ""], ["", ""], ["x", "x"], ["x", "x"], ["x", "x"]]


def test_rich_text_phonetics_and_escapes(tmp_path):
    rich = (
        '<is><r><t>富</t></r><r><rPr><b/></rPr><t xml:space="preserve"> 文 </t></r>'
        '<rPh sb="0" eb="1"><t>fu</t></rPh></is>'
    )
    body = (
        f'<row r="1"><c r="A1" t="inlineStr">{rich}</c>'
        f'<c r="B1" t="s"><v>0</v></c>{text_cell("C1", "a&#10;b&lt;_x0041_")}</row>'
    )
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<si><r><t>共</t></r><r><t>享</t></r><rPh sb="0" eb="1"><t>gong</t></rPh></si></sst>'
    )
    content = xlsx(sheet_xml(body), extra={"xl/sharedStrings.xml": strings})
    (sheet,) = opened(tmp_path, "a.xlsx", content)
    assert list(sheet.frame.row(0)) == ["富 文 ", "共享", "a\nb<A"]


# --- formulas, errors, merges -----------------------------------------------------------------

SPECIAL = sheet_xml(
    '<row r="2"><c r="B2" t="inlineStr"><is><t>x</t></is></c>'
    '<c r="C2"><f>SUM(1,2)&amp;"&lt;"</f><v>3</v></c>'
    '<c r="D2"><f t="shared" ref="D2:D3" si="0">B2+1</f><v>7</v></c>'
    '<c r="E2"><f t="array" ref="E2:E3">A1:A2*2</f><v>8</v></c>'
    '<c r="F2"><f>NOW()</f></c><c r="G2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    '<c r="H2" t="str"><f>"a"</f><v>a</v></c></row>'
    '<row r="3"><c r="D3"><f t="shared" si="0"/><v>9</v></c><c r="F3" t="e"><v>#N/A</v></c>'
    '<c r="H3" t="b"><v>1</v></c></row>',
    '<mergeCells count="2"><mergeCell ref="A1:C1"/><mergeCell ref="B2:B3"/></mergeCells>',
)


def unusual(xml: str) -> str:
    """The same sheet as other writers spell it: a prefix, other quotes, other order, comments."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    for tag in (*("worksheet", "sheetData", "row", "c"), *("is", "t", "f", "v", "mergeCell")):
        xml = xml.replace(f"<{tag}>", f"<x:{tag}>").replace(f"<{tag} ", f"<x:{tag} ")
        xml = xml.replace(f"</{tag}>", f"</x:{tag}>")
    xml = xml.replace(f'xmlns="{main}"', f'xmlns:x="{main}"')
    xml = xml.replace('<x:c r="D3">', "<!-- D3 --><x:c\n s='0' r='D3'>")
    return xml.replace('<x:row r="3">', "<x:row>")


@pytest.mark.parametrize("spelling", [str, unusual], ids=["usual", "unusual"])
def test_formulas_errors_and_merges_of_an_xlsx(tmp_path, spelling):
    (sheet,) = opened(tmp_path, "a.xlsx", xlsx(spelling(SPECIAL)))
    assert sheet.first_column == 1
    assert sheet.frame.rows() == [
        (None,) * 7,
        ("x", "3", "7", "8", None, "#DIV/0!", "a"),
        (None, None, "9", None, "#N/A", None, "true"),
    ]
    assert dict(sheet.formulas) == {
        (2, 1): '=SUM(1,2)&"<"',
        (2, 2): "=B2+1",
        (2, 3): "=A1:A2*2",
        (2, 4): "=NOW()",
        (2, 5): "=1/0",
        (2, 6): '="a"',
        (3, 2): "=B2+1",
    }
    assert sheet.merged == ((0, 0, 0, 1), (1, 0, 2, 0))
    assert numeric_cells(sheet, [1, 2, 6]) == {1: {2}, 2: {2, 3}, 6: set()}


@pytest.mark.parametrize("value", ["<![CDATA[3]]>", "3<!-- drei -->4"])
def test_text_that_the_library_would_drop_is_refused(tmp_path, value):
    content = xlsx(sheet_xml(f'<row r="1"><c r="A1"><v>{value}</v></c></row>'))
    assert "另存" in reason(tmp_path, "a.xlsx", content)


def test_formulas_errors_and_merges_of_an_xls(tmp_path):
    old = xlwt.Workbook()
    sheet = old.add_sheet("表")
    sheet.write(1, 2, xlwt.Formula("1/0"))
    sheet.write(1, 1, "x")
    sheet.write_merge(3, 5, 1, 2, "合")
    sheet.write(6, 1, "y")
    packed = io.BytesIO()
    old.save(packed)
    (found,) = opened(tmp_path, "a.xls", packed.getvalue())
    assert found.formulas == {(2, 1): "="} and found.merged == ((3, 0, 5, 1),)
    assert found.frame.row(1) == ("x", None)


def test_formulas_and_merges_of_an_ods(tmp_path):
    row = (
        '<table:table-cell table:number-columns-spanned="2" table:number-rows-spanned="2">'
        "<text:p>合</text:p></table:table-cell><table:covered-table-cell/>"
        '<table:table-cell table:formula="of:=[.A1]" office:value-type="float" office:value="3">'
        "<text:p>3</text:p></table:table-cell>"
        '<table:table-cell table:formula="of:=1/0" office:value-type="string"'
        ' office:string-value=""><text:p>#DIV/0!</text:p></table:table-cell>'
    )
    second = "<table:table-row><table:table-cell/><table:table-cell/></table:table-row>"
    last = (
        "<table:table-row><table:table-cell><text:p>y</text:p></table:table-cell></table:table-row>"
    )
    body = f"<table:table-row>{row}</table:table-row>{second}{last}"
    (sheet,) = opened(tmp_path, "a.ods", ods(ods_table(body)))
    assert sheet.frame.row(0) == ("合", None, "3", "#DIV/0!")
    assert sheet.formulas == {(1, 2): "=[.A1]", (1, 3): "=1/0"}
    assert sheet.merged == ((0, 0, 1, 1),)


def test_displayed_decimals_come_from_the_number_format(tmp_path):
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed)
    sheet = book.add_worksheet()
    for at, (value, shape) in enumerate(
        [(45.3, "0.00"), (0.587, "0.0%"), (1234, "#,##0"), (5, "General"), (6.5, '0.0"万"')]
    ):
        sheet.write_number(at + 2, 3, value, book.add_format({"num_format": shape}))
    sheet.write_string(8, 3, "7")
    book.close()
    (read,) = opened(tmp_path, "a.xlsx", packed.getvalue())
    assert displayed(read, [0]) == {0: {3: "45.30", 4: "58.7%", 5: "1234"}}


def test_a_part_in_another_place_is_found(tmp_path):
    parts = xlsx_parts(sheet_xml(f'<row r="1">{text_cell("A1", "x")}</row>'))
    moved = {
        name.replace("worksheets/sheet1", "sheets/data").replace("/", "\\"): content
        for name, content in parts.items()
    }
    links = str(parts["xl/_rels/workbook.xml.rels"])
    moved["xl\\_rels\\workbook.xml.rels"] = links.replace("worksheets/sheet1", "/xl/sheets/data")
    (sheet,) = opened(tmp_path, "a.xlsx", zipped(moved))
    assert cells(sheet) == [["x"]]


# --- delimited text ---------------------------------------------------------------------------


def test_ragged_rows_lose_nothing_and_keep_their_numbers(tmp_path):
    text = "标题\n\n户编号,项目编码,x\n1\n2,3,4,5,6\n\n,,,\n7,8\n"
    (sheet,) = opened(tmp_path, "a.csv", text.encode())
    assert cells(sheet) == [
        ["标题", "", "", "", ""],
        [""] * 5,
        ["户编号", "项目编码", "x", "", ""],
        ["1", "", "", "", ""],
        ["2", "3", "4", "5", "6"],
        [""] * 5,
        [""] * 5,
        ["7", "8", "", "", ""],
    ]


FIELD = st.one_of(
    st.sampled_from(["", "甲", '"', '""', "a", " ", "#", "'", "1", "\t", ";", ",", "=1+1"]),
    st.text(alphabet='ab,";\t\n\r甲 ', max_size=5),
)
LINE_END = st.sampled_from(["\n", "\r\n", "\r", "\n\n", ""])


@settings(max_examples=400, deadline=None)
@given(
    parts=st.lists(st.tuples(st.lists(FIELD, max_size=4), LINE_END, st.booleans()), max_size=7),
    separator=st.sampled_from(",\t;"),
)
def test_the_fast_reader_reads_what_the_careful_one_reads(parts, separator):
    """Well-formed and ill-formed text alike: the same cells, or the fast one steps back."""
    text = ""
    for fields, end, is_quoted in parts:
        if is_quoted:
            fields = ['"' + field.replace('"', '""') + '"' for field in fields]
        text += separator.join(fields) + end
    fast = fast_frame(text.encode(), separator, size_limits())
    try:
        careful, remarks = careful_frame(text.encode(), separator, size_limits())
    except Refused:
        assert fast is None or '"' in text
        return
    assert fast is None or not remarks
    if fast is not None:
        assert fast.rows() == careful.rows() and fast.width == careful.width


@pytest.mark.parametrize("quote", ["", '"'])
def test_the_fast_reader_takes_ordinary_exports(quote):
    text = "\r\n".join(",".join(f"{quote}{cell}{quote}" for cell in row) for row in table(50))
    fast = fast_frame(text.encode(), ",", size_limits())
    assert fast is not None and fast.rows() == [tuple(row) for row in table(50)]


def test_a_long_row_far_down_is_read_whole():
    lines = ["a,b"] * 40_000 + ["1,2,3,4"] + ["c"]
    data = "\n".join(lines).encode()
    fast = fast_frame(data, ",", size_limits())
    assert fast is not None and fast.rows() == careful_frame(data, ",", size_limits())[0].rows()
    assert fast.row(40_000) == ("1", "2", "3", "4") and fast.row(40_001) == ("c", "", "", "")


@pytest.mark.slow
def test_both_readers_agree_on_a_large_text_with_line_breaks_in_cells():
    lines = ["a,b,c"]
    for at in range(200_000):
        remark = f'"第{at}行\n续,""{at}"""' if at % 7 == 0 else f"文字{at}"
        lines.append(f"{at},{remark},{at % 13}" if at % 11 else f"{at},{remark}")
    text = "\n".join(lines)
    fast = fast_frame(text.encode(), ",", size_limits())
    assert fast is not None and fast.height == 200_001
    assert fast.rows() == careful_frame(text.encode(), ",", size_limits())[0].rows()
