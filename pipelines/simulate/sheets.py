"""Workbooks in the shape of the national exports: two title rows, the header, text cells.

The file is written as plain OOXML with inline strings: a national export is one flat grid of text,
and a general spreadsheet library needs ten times as long for it. The bytes depend on the rows only.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipelines.core.dictionary import dictionary
from pipelines.core.papers import SAMPLE_MARK

TITLE_MARK = f"{SAMPLE_MARK}(模拟生成,人员均为虚构)"
_STAMP = (2020, 1, 1, 0, 0, 0)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CHUNK = 2000


def write_workbook(
    path: Path, tables: Sequence[tuple[str, Sequence[dict[str, object]]]], *, title: str, note: str
) -> None:
    """Write one workbook: a sheet per (table alias, rows), headers from the dictionary.

    ``title`` and ``note`` are the first two rows of every sheet, above the header; the title is
    followed by the mark of simulated data. An existing file is replaced.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=2) as archive:
        names = [dictionary().tables[alias].title_zh for alias, _ in tables]
        _store(archive, "[Content_Types].xml", [_content_types(len(tables))])
        _store(archive, "_rels/.rels", [_relations([("officeDocument", "xl/workbook.xml")])])
        _store(archive, "xl/workbook.xml", [_workbook(names)])
        sheets = [("worksheet", f"worksheets/sheet{i + 1}.xml") for i in range(len(tables))]
        links = [*sheets, ("styles", "styles.xml")]
        _store(archive, "xl/_rels/workbook.xml.rels", [_relations(links)])
        _store(archive, "xl/styles.xml", [_styles()])
        for index, (alias, rows) in enumerate(tables):
            head = [f"{title}{names[index]} {TITLE_MARK}"], [note]
            _store(archive, f"xl/worksheets/sheet{index + 1}.xml", _sheet(alias, rows, head))
    partial.replace(path)


def _store(archive: zipfile.ZipFile, name: str, parts: Iterable[str]) -> None:
    entry = zipfile.ZipInfo(name, _STAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    with archive.open(entry, "w") as file:
        for part in parts:
            file.write(part.encode())


def _sheet(
    alias: str, rows: Sequence[dict[str, object]], head: Iterable[list[str]]
) -> Iterable[str]:
    table = dictionary().tables[alias]
    columns = [column.name for column in table.columns]
    letters = [_letters(index) for index in range(len(columns))]
    yield f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'
    number = 1
    for line in [*head, [column.header for column in table.columns]]:
        yield _row(number, letters, line)
        number += 1
    for start in range(0, len(rows), _CHUNK):
        block = []
        for row in rows[start : start + _CHUNK]:
            block.append(_row(number, letters, [row.get(name) for name in columns]))
            number += 1
        yield "".join(block)
    yield "</sheetData></worksheet>"


def _row(number: int, letters: Sequence[str], values: Sequence[object]) -> str:
    cells = "".join(
        [
            f'<c r="{letter}{number}" t="inlineStr"><is><t>{value}</t></is></c>'
            for letter, value in zip(letters, map(_text, values), strict=False)
            if value
        ]
    )
    return f'<row r="{number}">{cells}</row>'


def _text(value: object) -> str:
    """Return a cell's text with the three characters escaped that XML reserves; '' for none."""
    if value is None:
        return ""
    text = str(value)
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def _letters(index: int) -> str:
    """Return a column's letters for its index from 0."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def _content_types(sheets: int) -> str:
    override = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i + 1}.xml" '
        f'ContentType="{_TYPE}.worksheet+xml"/>'
        for i in range(sheets)
    )
    return (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        f"{override}</Types>"
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="rId{i + 1}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets)
    )
    return f'{_HEAD}<Relationships xmlns="{_RELATIONS}">{links}</Relationships>'


def _workbook(names: Sequence[str]) -> str:
    # Excel allows no slash in a sheet's name and at most 31 characters.
    sheets = "".join(
        f'<sheet name="{_text(name.replace("/", "、"))[:31]}" sheetId="{i + 1}" r:id="rId{i + 1}"/>'
        for i, name in enumerate(names)
    )
    return (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'
    )


def _styles() -> str:
    """Return one style: text, so that Excel does not take a code for a number when it is edited."""
    plain = 'numFmtId="{}" fontId="0" fillId="0" borderId="0"'
    return (
        f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
        '<fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        f'<cellStyleXfs count="1"><xf {plain.format(0)}/></cellStyleXfs>'
        f'<cellXfs count="1"><xf {plain.format(49)} xfId="0" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    )
