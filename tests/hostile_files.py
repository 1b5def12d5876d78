"""A corpus of files that must not be read, made byte by byte, each with the reason to expect."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import xlsxwriter
import xlwt
from filing_samples import csv_bytes, headers, rows
from xlwt.CompoundDoc import XlsDoc

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


@dataclass(frozen=True)
class Hostile:
    """A file: its name, what makes it, and a part of the sentence that refuses it."""

    name: str
    content: Callable[[], bytes]
    reason: str


def table() -> list[list[str]]:
    return [headers("ben"), *rows("ben", 2)]


def zipped(entries: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as package:
        for name, content in entries.items():
            package.writestr(name, content)
    return packed.getvalue()


def text_cell(address: str, text: str) -> str:
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def sheet_xml(body: str, after: str = "", before: str = "") -> str:
    return (
        f'{DECLARATION}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}">{before}'
        f"<sheetData>{body}</sheetData>{after}</worksheet>"
    )


def xlsx_parts(
    sheet: str | bytes, *, sheets: str = "", extra: dict[str, bytes | str] | None = None
) -> dict[str, bytes | str]:
    """The parts of a workbook with one sheet; ``extra`` adds parts or replaces them."""
    listed = sheets or '<sheet name="表" sheetId="1" r:id="rId1"/>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return {
        "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}"/></Types>',
        "_rels/.rels": f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"{DECLARATION}"
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": sheet,
    } | (extra or {})


def xlsx(sheet: str | bytes, **more: object) -> bytes:
    return zipped(xlsx_parts(sheet, **more))  # type: ignore[arg-type]


def good_sheet() -> str:
    letters = "ABCDEFGHIJ"
    return sheet_xml(
        "".join(
            f'<row r="{at}">'
            + "".join(text_cell(f"{letters[c]}{at}", cell) for c, cell in enumerate(row))
            + "</row>"
            for at, row in enumerate(table(), start=1)
        )
    )


def good_xlsx() -> bytes:
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed)
    sheet = book.add_worksheet()
    for at, row in enumerate(table()):
        sheet.write_row(at, 0, row)
    book.close()
    return packed.getvalue()


def patched(packed: bytes, mark: bytes, at: int, form: str, value: int) -> bytes:
    """Overwrite a field of every record that begins with ``mark``."""
    out, place = bytearray(packed), packed.find(mark)
    while place >= 0:
        struct.pack_into(form, out, place + at, value)
        place = packed.find(mark, place + 4)
    return bytes(out)


LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


def lying_size() -> bytes:
    packed = zipped({"a.csv": b"x" * (60 << 20)})
    return patched(patched(packed, CENTRAL, 24, "<I", 100), LOCAL, 22, "<I", 100)


def encrypted_entry() -> bytes:
    packed = zipped({"a.csv": csv_bytes(table())})
    return patched(patched(packed, CENTRAL, 8, "<H", 1), LOCAL, 6, "<H", 1)


def overlapping() -> bytes:
    """Two entries whose directory records point to the same data."""
    packed = zipped({"a.csv": csv_bytes(table()), "b.csv": csv_bytes(table())})
    second = packed.rfind(CENTRAL)
    out = bytearray(packed)
    struct.pack_into("<I", out, second + 42, 0)
    return bytes(out)


def twice_the_same() -> bytes:
    packed = zipped({"a.csv": csv_bytes(table()), "b.csv": csv_bytes(table())})
    return packed.replace(b"b.csv", b"a.csv")


def linked(mode: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        entry = zipfile.ZipInfo("a.csv")
        entry.create_system = 3
        entry.external_attr = (mode | 0o777) << 16
        package.writestr(entry, "/etc/hostname")
    return packed.getvalue()


def badly_named(raw: bytes, flag: int) -> bytes:
    """An archive whose only name is the given bytes, marked as UTF-8 or not."""
    packed = zipped({"n" * len(raw): csv_bytes(table())}).replace(b"n" * len(raw), raw)
    return patched(patched(packed, CENTRAL, 8, "<H", flag), LOCAL, 6, "<H", flag)


def nested(depth: int) -> bytes:
    content, name = csv_bytes(table()), "受益.csv"
    for level in range(depth):
        content, name = zipped({name: content}), f"{level}.zip"
    return content


def compound(names: list[str], stream: bytes = b"", n_fat: int = 1) -> bytes:
    """A compound file with empty streams of the given names."""
    unused, end = 0xFFFFFFFF, 0xFFFFFFFE
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack(
        "<HHHHH6xIIIIIIIII", 62, 3, 0xFFFE, 9, 6, 0, n_fat, 1, 0, 4096, end, 0, end, 0
    )
    head += struct.pack("<109I", 0, *[unused] * 108)
    fat = struct.pack("<128I", 0xFFFFFFFD, end, *[unused] * 126)
    entries = b""
    for number, name in enumerate(["Root Entry", *names]):
        text = name.encode("utf-16-le") + b"\0\0"
        kind = 5 if number == 0 else 2
        entries += text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
        entries += struct.pack("<III", unused, unused, 1 if number == 0 else unused)
        entries += bytes(36) + struct.pack("<IQ", end, 0)
    return head + fat + entries.ljust(512, b"\0")


def xls_stream() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for at, row in enumerate(table()):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    return book.get_biff_data()


def old_xls(change: Callable[[bytes], bytes] = bytes) -> bytes:
    """An .xls whose workbook stream went through ``change``."""
    packed = io.BytesIO()
    XlsDoc().save(packed, change(xls_stream()))
    return packed.getvalue()


def with_filepass(stream: bytes) -> bytes:
    after_bof = 4 + struct.unpack_from("<H", stream, 2)[0]
    return stream[:after_bof] + struct.pack("<HHH", 0x2F, 2, 0) + stream[after_bof:]


def record_patched(kind: int, offset: int, form: str, value: int) -> Callable[[bytes], bytes]:
    def change(stream: bytes) -> bytes:
        out, at = bytearray(stream), 0
        while at + 4 <= len(stream):
            found, size = struct.unpack_from("<HH", stream, at)
            if found == kind:
                struct.pack_into(form, out, at + 4 + offset, value)
            at += 4 + size
        return bytes(out)

    return change


_SPACE = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = " ".join(
    f'xmlns:{part}="{_SPACE}:{part}:1.0"' for part in ("office", "table", "text", "style")
)


def ods(body: str, before: str = "", extra: dict[str, bytes | str] | None = None) -> bytes:
    parts: dict[str, bytes | str] = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": f"{DECLARATION}{before}<office:document-content {_SPACES}>{body}"
        "</office:document-content>",
    }
    return zipped(parts | (extra or {}))


def ods_table(rows_xml: str, name: str = "表", more: str = "") -> str:
    return (
        f"<office:body><office:spreadsheet>{more}"
        f'<table:table table:name="{name}">{rows_xml}</table:table>'
        "</office:spreadsheet></office:body>"
    )


def shared_strings_bomb() -> bytes:
    body = "".join(
        f'<row r="{at}">' + "".join(f'<c r="{c}{at}" t="s"><v>0</v></c>' for c in "ABCD") + "</row>"
        for at in range(1, 40_001)
    )
    text = f'{DECLARATION}<sst xmlns="{MAIN}"><si><t>{"长" * 30_000}</t></si></sst>'
    return xlsx(sheet_xml(body), extra={"xl/sharedStrings.xml": text})


def long_shared_string() -> bytes:
    body = '<row r="7"><c r="C7" t="s"><v>1</v></c></row>'
    text = (
        f'{DECLARATION}<sst xmlns="{MAIN}"><si><t>短</t></si><si><t>{"长" * 40_000}</t></si></sst>'
    )
    return xlsx(sheet_xml(body), extra={"xl/sharedStrings.xml": text})


def binary(size: int) -> bytes:
    return random.Random(1).randbytes(size)


def many_sheets() -> bytes:
    listed = "".join(
        f'<sheet name="s{at}" sheetId="{at}" r:id="rId1"/>' for at in range(1, 100_001)
    )
    return xlsx(good_sheet(), sheets=listed)


def many_merges() -> bytes:
    merged = "".join(f'<mergeCell ref="A{at}:B{at}"/>' for at in range(2, 100_100))
    return xlsx(
        sheet_xml(f'<row r="1">{text_cell("A1", "x")}</row>', f"<mergeCells>{merged}</mergeCells>")
    )


FAR = sheet_xml(
    f'<row r="1">{text_cell("A1", "x")}</row><row r="1048576">{text_cell("XFD1048576", "y")}</row>'
)
FULL_ROW = (
    '<table:table-row table:number-rows-repeated="1048576"><table:table-cell'
    ' table:number-columns-repeated="16384" office:value-type="string"><text:p>x</text:p>'
    "</table:table-cell></table:table-row>"
)
ODS_LAUGHS = ods_table(
    "<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>"
)


CORPUS = [
    # bombs
    Hostile("压缩炸弹.xlsx", lambda: xlsx(b"0" * (60 << 20)), "压缩比异常"),
    Hostile("压缩炸弹.zip", lambda: zipped({"a.csv": b"0" * (60 << 20)}), "压缩比异常"),
    Hostile(
        "声明过大.zip",
        lambda: patched(zipped({"a.csv": "x"}), CENTRAL, 24, "<I", 0x7FFFFFFF),
        "过大",
    ),
    Hostile("声明过小.zip", lying_size, "损坏"),
    Hostile("三层压缩.zip", lambda: nested(3), "嵌套过深"),
    Hostile("重叠.zip", overlapping, "相互重叠"),
    Hostile("同名.zip", twice_the_same, "同名文件"),
    Hostile(
        "太多文件.zip", lambda: zipped({f"{at}.csv": "" for at in range(5_001)}), "超过 5000 个"
    ),
    Hostile(
        "目录过大.zip",
        lambda: patched(zipped({"a.csv": "x"}), b"PK\x05\x06", 12, "<I", 1 << 30),
        "超过 5000 个",
    ),
    # names
    Hostile("上级.zip", lambda: zipped({"../a.csv": "x"}), "越界路径"),
    Hostile("绝对.zip", lambda: zipped({"/etc/a.csv": "x"}), "越界路径"),
    Hostile("盘符.zip", lambda: zipped({"C:/a.csv": "x"}), "越界路径"),
    Hostile("反斜杠.zip", lambda: zipped({"..\\a.csv": "x"}), "越界路径"),
    Hostile("上级.xlsx", lambda: xlsx(good_sheet(), extra={"../a.xml": "x"}), "越界路径"),
    Hostile("链接.zip", lambda: linked(0o120000), "链接"),
    Hostile("设备.zip", lambda: linked(0o020000), "链接"),
    Hostile("坏名一.zip", lambda: badly_named(b"\xff\xfe.csv", 0x800), "不是有效文字"),
    Hostile("坏名二.zip", lambda: badly_named(b"\xff\xff.csv", 0), "不是有效文字"),
    Hostile("坏名三.zip", lambda: badly_named(b"a\x07b.csv", 0), "不是有效文字"),
    # XML
    Hostile(
        "实体一.xlsx",
        lambda: xlsx(good_sheet(), extra={"xl/sharedStrings.xml": f"{LAUGHS}<sst/>"}),
        "XML 实体",
    ),
    Hostile(
        "实体二.xlsx",
        lambda: xlsx(good_sheet().replace("<worksheet", f"{LAUGHS}<worksheet", 1)),
        "XML 实体",
    ),
    Hostile(
        "实体三.xlsx",
        lambda: xlsx(good_sheet(), extra={"xl/workbook.xml": f"{LAUGHS}<workbook>&c;</workbook>"}),
        "XML 实体",
    ),
    Hostile(
        "实体四.xlsx",
        lambda: xlsx(
            good_sheet(), extra={"xl/workbook.xml": f"{LAUGHS}<workbook/>".encode("utf-16")}
        ),
        "UTF-8",
    ),
    Hostile("实体五.ods", lambda: ods(ODS_LAUGHS, LAUGHS), "XML 实体"),
    # encryption
    Hostile(
        "加密.xlsx",
        lambda: compound(["EncryptedPackage", "EncryptionInfo"]),
        "请去除密码后重新报送",
    ),
    Hostile("加密.xls", lambda: old_xls(with_filepass), "请去除密码后重新报送"),
    Hostile("加密.zip", encrypted_entry, "请去除密码后重新报送"),
    Hostile(
        "加密.ods",
        lambda: ods(
            ODS_LAUGHS, extra={"META-INF/manifest.xml": "<m><manifest:encryption-data/></m>"}
        ),
        "请去除密码后重新报送",
    ),
    # damage
    Hostile("空.xlsx", lambda: b"", "为空"),
    Hostile("截断.xlsx", lambda: good_xlsx()[:-900], "损坏"),
    Hostile("截断.xls", lambda: old_xls()[:3000], "无法打开"),
    Hostile(
        "缺工作表.xlsx",
        lambda: zipped({k: v for k, v in xlsx_parts("").items() if "sheet1" not in k}),
        "无法读取",
    ),
    Hostile(
        "同一部分.xlsx",
        lambda: xlsx(
            good_sheet(),
            sheets='<sheet name="a" sheetId="1" r:id="rId1"/>'
            '<sheet name="b" sheetId="2" r:id="rId1"/>',
        ),
        "损坏",
    ),
    Hostile("编码.xlsx", lambda: xlsx(good_sheet().encode("gb18030")), "编码"),
    # text
    Hostile("空字符.csv", lambda: csv_bytes(table()) + b"a,\0,b\n", "不是 Excel 工作簿或 CSV"),
    Hostile("二进制.csv", lambda: binary(5_000), "不是 Excel 工作簿或 CSV"),
    Hostile("无空字符.csv", lambda: binary(5_000).replace(b"\0", b""), "不是 Excel 工作簿或 CSV"),
    Hostile(
        "长单元格.csv", lambda: csv_bytes([*table(), ["甲" * 40_000]]), "单元格 A4 的文字超过 32767"
    ),
    Hostile("巨单元格.csv", lambda: csv_bytes([*table(), ["甲", "乙" * 10_000_000]]), "B4"),
    Hostile(
        "巨引号.csv",
        lambda: csv_bytes(table()) + b'a"b,"' + b"c" * 10_000_000,
        "第 4 行的引号没有配对",
    ),
    Hostile("太宽.csv", lambda: csv_bytes(table()) + b"," * 20_000, "CSV 过大"),
    Hostile("太大.csv", lambda: b"," * 9_000 + b"\n" * 9_000, "CSV 过大"),
    # sizes
    Hostile("无边.xlsx", lambda: xlsx(FAR), "范围过大"),
    Hostile("行号不符.xlsx", lambda: xlsx(FAR.replace('r="1048576"', 'r="2"')), "范围过大"),
    Hostile("前缀.xlsx", lambda: xlsx(prefixed(FAR)), "范围过大"),
    Hostile(
        "单引号.xlsx", lambda: xlsx(FAR.replace('r="XFD1048576"', "r='XFD1048576'")), "范围过大"
    ),
    Hostile("小写.xlsx", lambda: xlsx(FAR.replace("XFD1048576", "xfd1048576")), "范围过大"),
    Hostile(
        "属性在后.xlsx",
        lambda: xlsx(
            FAR.replace('<c r="XFD1048576" t="inlineStr"', '<c t="inlineStr" r="XFD1048576"')
        ),
        "范围过大",
    ),
    Hostile("行号巨大.xlsx", lambda: xlsx(FAR.replace("1048576", "4294967295")), "范围过大"),
    Hostile(
        "无地址.xlsx",
        lambda: xlsx(
            sheet_xml(
                "<row>"
                + "<c/>" * 16_000
                + "<c><v>1</v></c></row>"
                + "<row/>" * 9_999
                + "<row><c><v>1</v></c></row>"
            )
        ),
        "范围过大",
    ),
    Hostile("重复行列.ods", lambda: ods(ods_table(FULL_ROW)), "范围过大"),
    Hostile("尺寸.xls", lambda: old_xls(record_patched(0x0200, 4, "<I", 0xFFFFFFF0)), "范围过大"),
    Hostile(
        "尺寸倒置.xls", lambda: old_xls(record_patched(0x0200, 0, "<I", 0x80000000)), "无法打开"
    ),
    Hostile("列号.xls", lambda: old_xls(record_patched(0x00FD, 2, "<H", 0xFFFF)), "范围过大"),
    Hostile(
        "字符串数.xls", lambda: old_xls(record_patched(0x00FC, 4, "<I", 0x7FFFFFFF)), "无法打开"
    ),
    Hostile("扇区数.xls", lambda: compound(["Workbook"], n_fat=0x7FFFFFFF), "无法打开"),
    Hostile("十万工作表.xlsx", many_sheets, "工作表超过 1000 张"),
    Hostile("合并.xlsx", many_merges, "合并单元格超过"),
    Hostile("共享字符串.xlsx", shared_strings_bomb, "反复引用"),
    Hostile("长共享字符串.xlsx", long_shared_string, "单元格 C7 的文字超过 32767"),
    Hostile(
        "巨单元格.xlsx",
        lambda: xlsx(sheet_xml(f'<row r="3">{text_cell("B3", "长" * 10_000_000)}</row>')),
        "单元格 B3 的文字超过",
    ),
    # what it is instead
    Hostile(
        "网页.xls",
        lambda: b"\xef\xbb\xbf<html><table><tr><td>1</td></tr></table></html>",
        "网页(HTML)",
    ),
    Hostile("网页.csv", lambda: b"<!DOCTYPE html><html></html>", "网页(HTML)"),
    Hostile("表格.xls", lambda: b'<?xml version="1.0"?><Workbook/>', "XML 文本"),
    Hostile("文本.xls", lambda: csv_bytes(table()), "是文本"),
    Hostile(
        "文档.xlsx", lambda: zipped({"[Content_Types].xml": "x", "word/document.xml": "x"}), "docx"
    ),
    Hostile(
        "二进制.xlsb",
        lambda: zipped({"[Content_Types].xml": "x", "xl/workbook.bin": "x"}),
        "另存为 .xlsx",
    ),
    Hostile("文档.doc", lambda: compound(["WordDocument"]), "Word 文档"),
    Hostile("打包.rar", lambda: b"Rar!\x1a\x07\x00", "改用 zip"),
    Hostile("扫描.xlsx", lambda: b"%PDF-1.4", "PDF"),
    Hostile("照片.csv", lambda: b"\xff\xd8\xff\xe0" + binary(100), "图片"),
    Hostile(
        "文字.ods",
        lambda: zipped({"mimetype": "application/vnd.oasis.opendocument.text"}),
        "不是电子表格",
    ),
]


def prefixed(xml: str) -> str:
    """The same XML with every element in a prefix."""
    for tag in ("worksheet", "sheetData", "row", "c", "is", "t"):
        xml = xml.replace(f"<{tag}>", f"<x:{tag}>").replace(f"<{tag} ", f"<x:{tag} ")
        xml = xml.replace(f"</{tag}>", f"</x:{tag}>")
    return xml.replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"')
