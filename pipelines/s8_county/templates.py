"""Blank workbooks for counties, made from the dictionary: headers, comments, drop-downs, examples.

The title row tells the version, which intake reads; the example sheet and the hidden list of
choices are known to intake as no data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from pipelines.core.dictionary import Column, Dictionary, Table, dictionary, examples
from pipelines.core.errors import FilingsError
from pipelines.core.papers import Paper
from pipelines.core.sheet_checks import SheetCheck
from pipelines.core.workbook import Cell, SheetColumn, Workbook
from pipelines.s2_lake.tables.titles import EXAMPLE_SHEET, NO_DATA, sheet_name, version_mark

# No county has more rows of anything; drop-downs and checks reach as far.
ROWS_TO_FILL = 500_000
VERSION_PROPERTY = "模板版本"
_LONG_LIST = 12

_TYPES = {
    "str": "文本",
    "int": "整数",
    "dec": "数值",
    "bool": "是或否",
    "code": "单选",
    "codes": "可多选",
    "date": "日期",
    "month": "年月",
    "datetime": "日期和时间",
}
_HOW = {
    "date": "如 2020-06-30 或 20200630",
    "month": "如 202006",
    "datetime": "如 2020-06-19 12:00",
    "bool": "填“是”或“否”",
    "int": "只填数字,不写单位",
    "dec": "只填数字,不写单位",
    "codes": "可填多项,用逗号分隔",
}
_NUMBERS = {
    "id": "按证件逐位填写,末位 X 大写;残疾人证填 20 位",
    "phone": "11 位手机号码",
    "account": "按存折或卡逐位填写",
}
_CHECKS = {
    "int": SheetCheck.WHOLE,
    "dec": SheetCheck.NUMBER,
    "date": SheetCheck.DATE,
    "month": SheetCheck.MONTH,
    "datetime": SheetCheck.MOMENT,
    "id": SheetCheck.ID,
    "phone": SheetCheck.PHONE,
}
_WIDTHS = {"id": 21, "account": 22, "phone": 13, "date": 12, "datetime": 18}
_REQUIRED = {"Y": "必填", "N": "选填", "cond": "有此情况时必填"}


def write_templates(folder: Path, names: Sequence[str] | None = None) -> list[Path]:
    """Write one blank workbook per table into ``folder`` and return the paths.

    ``names`` are aliases or Chinese titles (default: all). Raises FilingsError for another.
    """
    words = dictionary()
    wanted = {table.alias for name in names or words.tables for table in _called(name, words)}
    return [
        _write(folder, table, words) for table in words.tables.values() if table.alias in wanted
    ]


def _called(name: str, words: Dictionary) -> list[Table]:
    tables = words.tables_called(name)
    if tables:
        return tables
    titles = [title for t in words.tables.values() for title in (t.alias, t.title_zh, *t.titles)]
    near = get_close_matches(name, titles, n=1, cutoff=0.5)
    if near:
        raise FilingsError(f"没有这张表:{name};是否指“{near[0]}”?")
    known = "、".join(f"{table.alias}({table.title_zh})" for table in words.tables.values())
    raise FilingsError(f"没有这张表:{name};可用的表:{known}")


def _write(folder: Path, table: Table, words: Dictionary) -> Path:
    """Write a table's template. Its date is the version's, not that of any receipt."""
    version = words.templates.current
    path = folder / f"模板-{sheet_name(table.title_zh)}.xlsx"
    title = f"{table.title_zh}({version_mark(version.version)})"
    shapes = template_shapes(table, words)
    with Workbook(path, title, f"{version.since}T00:00:00", Paper.TEMPLATE) as book:
        book.note_property(VERSION_PROPERTY, version.version)
        book.sheet(
            sheet_name(table.title_zh),
            [title, instruction(table)],
            shapes,
            [],
            rows_to_fill=ROWS_TO_FILL,
        )
        example = f"{table.title_zh} {EXAMPLE_SHEET}(内容虚构,逐列示范写法,{NO_DATA})"
        book.sheet(EXAMPLE_SHEET, [example], shapes, _example_rows(table), filters=False)
    return path


def instruction(table: Table) -> str:
    """Return the line above a template's header."""
    keys = "、".join(table.column(name).header for name in table.key)
    return (
        f"每行一条({table.grain_zh});关键列:{keys};红字表头为必填;"
        f"表头请勿改动,空白即未填;写法见表头批注和“{EXAMPLE_SHEET}”。"
    )


def _example_rows(table: Table) -> list[list[Cell]]:
    return [
        [_example(column, row[column.name]) for column in table.columns] for row in examples(table)
    ]


def _example(column: Column, text: str) -> Cell:
    """Return an example as a cell: a number where numbers are filled in."""
    is_number = column.type in ("int", "dec") and not column.printed
    return float(text) if text and is_number else text


def template_shapes(table: Table, words: Dictionary) -> list[SheetColumn]:
    """Return how a table's columns stand in a template: headers, choices, checks, comments."""
    return [
        replace(_shape(column, words), repeated=column.name == table.key[0])
        for column in table.columns
    ]


def _shape(column: Column, words: Dictionary) -> SheetColumn:
    codes = words.code_lists.get(column.codes or "")
    labels = codes.labels if codes else ()
    choices = ("是", "否") if column.type == "bool" else labels if column.type == "code" else ()
    hint = ""
    if column.type == "codes":
        hint = f"{_HOW['codes']}:{'、'.join(labels)}"
    return SheetColumn(
        column.header,
        width=max(
            _WIDTHS.get(column.sensitive or column.type, 10), min(2 * len(column.header) + 2, 30)
        ),
        required=column.required == "Y",
        choices=choices,
        is_open=codes is not None and not codes.closed,
        hint=hint,
        comment="\n".join(_comment(column, labels)),
        number_format=None if column.type in ("int", "dec", "bool") else "@",
        check=_check(column),
    )


def _check(column: Column) -> SheetCheck | None:
    """Return what a column's cells are asked while they are filled in; printed figures nothing."""
    if column.printed:
        return None
    if column.type == "int" and "year" in column.name:
        return SheetCheck.YEAR
    return _CHECKS.get(column.sensitive or "" if column.type == "str" else column.type)


def _comment(column: Column, labels: Sequence[str]) -> list[str]:
    """Return the lines of a header's comment: what, whether, in which form, from which list."""
    unit = f",单位:{column.unit}" if column.unit else ""
    lines = [f"{_REQUIRED[column.required]};{_TYPES[column.type]}{unit}"]
    if not column.description_zh.startswith(column.header):
        lines.insert(0, column.description_zh)
    if labels:
        more = f"等 {len(labels)} 项" if len(labels) > _LONG_LIST else ""
        lines.append(f"选项:{'、'.join(labels[:_LONG_LIST])}{more}")
    how = (
        _NUMBERS.get(column.sensitive or "", "") if column.type == "str" else _HOW.get(column.type)
    )
    if how:
        lines.append(f"写法:{how}")
    if column.is_identifier:
        lines.append("本列为文本格式,开头的 0 和末尾的数字都要保留")
    if column.blank_means_none:
        lines.append("空白表示没有")
    return lines
