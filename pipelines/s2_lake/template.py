"""Blank workbooks for counties, made from the dictionary: headers, comments, drop-downs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.core.dictionary import Column, Dictionary, Table, dictionary
from pipelines.core.errors import FilingsError
from pipelines.core.workbook import SheetColumn, Workbook

# Templates belong to no delivery: their date is that of the form, not of any receipt.
CREATED = "2020-01-01T00:00:00+08:00"
EMPTY_ROWS = 1000

_HOW = {
    "date": "日期,如 2020-06-30 或 20200630",
    "month": "年月,如 202006",
    "datetime": "日期和时间,如 2020-06-19 12:00",
    "bool": "填“是”或“否”",
    "int": "整数",
    "dec": "数值",
    "codes": "可填多项,用逗号分隔",
}


def write_templates(folder: Path, tables: Sequence[str] | None = None) -> list[Path]:
    """Write one blank workbook per table into ``folder`` and return the paths.

    ``tables`` are aliases (default: all). Raises FilingsError for an unknown alias.
    """
    words = dictionary()
    unknown = sorted(set(tables or ()) - set(words.tables))
    if unknown:
        known = "、".join(words.tables)
        raise FilingsError(f"没有这些表:{'、'.join(unknown)};可用的表:{known}")
    written = []
    for table in words.tables.values():
        if tables is None or table.alias in tables:
            path = folder / f"模板-{table.title_zh.replace('/', '、')}.xlsx"
            with Workbook(path, table.title_zh, CREATED) as book:
                book.sheet(
                    table.title_zh.replace("/", "、"),
                    [table.title_zh, _instruction(table)],
                    [_shape(column, words) for column in table.columns],
                    [],
                    extra_rows=EMPTY_ROWS,
                )
            written.append(path)
    return written


def _instruction(table: Table) -> str:
    keys = "、".join(table.column(name).header for name in table.key)
    return f"每行一条({table.grain_zh});关键列:{keys};表头请勿改动,空白即未填。"


def _shape(column: Column, words: Dictionary) -> SheetColumn:
    choices: tuple[str, ...] = ()
    if column.type == "bool":
        choices = ("是", "否")
    elif column.type == "code":
        choices = words.code_list(column).labels
    parts = [column.description_zh, _HOW.get(column.type, "")]
    parts.append({"Y": "必填", "N": "选填", "cond": "有此情况时必填"}[column.required])
    if column.is_identifier:
        parts.append("请设为文本格式")
    return SheetColumn(
        column.header,
        width=max(10, min(2 * len(column.header) + 2, 30)),
        choices=choices,
        comment=";".join(part for part in parts if part),
        number_format="@" if column.type in ("str", "date", "month", "datetime") else None,
    )
