"""Structural notes: cells that cannot be typed, columns and required cells that are missing."""

from __future__ import annotations

import polars as pl

from pipelines.core.dictionary import Column, Dictionary, normal
from pipelines.s2_lake.cells.cell_text import formulas_by_column, shown
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.results import StructuralNote
from pipelines.s2_lake.rows.filing import Filing
from pipelines.s2_lake.rows.quarantine import LOST_ZH
from pipelines.s2_lake.tables.recognise import Field, Recognised
from pipelines.s2_lake.texts.outcome import Typed

ROWS_TOLD = 5
CODES_TOLD = 8


def structural_notes(
    body: pl.DataFrame,
    typed: dict[str, Typed],
    sheet: Sheet,
    found: Recognised,
    filing: Filing,
    words: Dictionary,
) -> list[StructuralNote]:
    """Return the notes of a sheet's accepted rows: S002 once a column, S001 once a cell."""
    notes = []
    for column in found.missing:
        reading = (
            f"各行按“{column.absent_means}”处理" if column.absent_means else "相关核对无法进行"
        )
        sentence = f"缺少“{column.header}”列,{reading},请补充该列后重报"
        notes.append(_note("S002", sheet, found, filing, column, None, None, 0, sentence))
    formulas = formulas_by_column(sheet)
    for item in found.fields:
        column = item.column
        blanks = _required_blanks(body, column)
        if len(blanks):
            sentence = f"必填列“{item.headers[0]}”有 {len(blanks)} 行为空({_where(blanks)}),请补填"
            notes.append(
                _note("S002", sheet, found, filing, column, item, None, len(blanks), sentence)
            )
        own = formulas.get(item.positions[0], {})
        notes += _without_result(body, own, sheet, found, filing, item)
        if not typed[column.name].failed.any():
            continue
        wrong = body.filter(typed[column.name].failed)
        for row, cell in wrong.select("source_row", column.name).iter_rows():
            told = shown(column, cell)
            why = typed[column.name].reasons.get(cell) or _expected(column, words)
            sentence = f"“{item.headers[0]}”填“{told}”,{why}"
            notes.append(
                _note("S001", sheet, found, filing, column, item, (row, told), 1, sentence)
            )
    return notes


def _without_result(
    body: pl.DataFrame,
    formulas: dict[int, str],
    sheet: Sheet,
    found: Recognised,
    filing: Filing,
    item: Field,
) -> list[StructuralNote]:
    """Return a note for every formula that was saved without its value; it reads as blank."""
    if not formulas:
        return []
    blank = body["source_row"].filter(body[item.column.name].is_null())
    sentence = f"“{item.headers[0]}”的公式没有计算结果,请填数值"
    return [
        _note(
            "S001",
            sheet,
            found,
            filing,
            item.column,
            item,
            (row, shown(item.column, formulas[row])),
            1,
            sentence,
        )
        for row in blank.filter(blank.is_in(sorted(formulas)))
    ]


def _where(rows: pl.Series) -> str:
    """Return 第 4、9 行; of many the first ones, where filling in begins."""
    more = "等" if len(rows) > ROWS_TOLD else ""
    return f"第 {'、'.join(map(str, rows.head(ROWS_TOLD)))} 行{more}"


def _required_blanks(body: pl.DataFrame, column: Column) -> pl.Series:
    """Return the source rows in which a required column is blank."""
    if column.required != "Y" or column.blank_means_none:
        return body["source_row"].clear()
    blank = body[column.name].is_null()
    if column.unless and column.unless[0] in body.columns:
        exempt = body[column.unless[0]].is_not_null() & body[column.unless[0]].map_elements(
            lambda cell: normal(cell) == normal(column.unless[1]) if column.unless else False,
            return_dtype=pl.Boolean,
        ).fill_null(False)
        blank &= ~exempt
    return body["source_row"].filter(blank)


def _expected(column: Column, words: Dictionary) -> str:
    if column.codes:
        labels = words.code_list(column).labels
        more = f"等 {len(labels)} 种,见模板的下拉选项" if len(labels) > CODES_TOLD else ""
        what = "不在代码表内" if column.type == "code" else "含有代码表以外的内容"
        return f"{what},应填{'、'.join(labels[:CODES_TOLD])}{more}"
    return {
        "str": LOST_ZH,
        "int": "不是整数",
        "dec": "不是数值",
        "bool": "应填“是”或“否”",
        "date": "不是有效日期",
        "month": "不是有效年月",
        "datetime": "不是有效时间",
    }[column.type]


def _note(
    rule: str,
    sheet: Sheet,
    found: Recognised,
    filing: Filing,
    column: Column,
    item: Field | None,
    cell: tuple[int, str | None] | None,
    cells: int,
    sentence: str,
) -> StructuralNote:
    return StructuralNote(
        rule_id=rule,
        file=filing.file,
        sheet=sheet.name,
        row=cell[0] if cell else None,
        table=found.table.alias,
        column=column.name,
        header=item.headers[0] if item else column.header,
        column_letter=sheet.letter(item.positions[0]) if item else "",
        value=cell[1] if cell else None,
        n_cells=cells,
        sentence_zh=sentence,
    )
