"""Rows below the header that are no records: blank or numbering ones, headers, totals, footers."""

from __future__ import annotations

import polars as pl

from pipelines.s2_lake.cell_text import stripped
from pipelines.s2_lake.faults import KEY_FORMS
from pipelines.s2_lake.filing import Filing
from pipelines.s2_lake.prefilled import PREFILLED, prefilled_rows
from pipelines.s2_lake.recognise import Recognised
from pipelines.s2_lake.results import IgnoredRows
from pipelines.s2_lake.sheet import Sheet

BLANK = "空行"
HEADER = "重复表头"
NUMBERING = "编号行"
TOTAL = "合计行"
FOOTER = "表尾"

TOTAL_CELL = r"^(?:合\s*计|总\s*计|小\s*计|本页合计|累计合计|全[县乡镇村]合计)\s*[:\uFF1A]?$"
_TOTAL_START = r"^(?:合\s*计|总\s*计(?:[^划]|$)|小\s*计|本页合计|累计合计)"
_FOOTER_START = (
    r"^(?:(?:填报人|填表人|制表人|审核人|复核人|经办人|负责人|单位负责人|主要负责人|联系电话|联系人"
    r"|填报日期|填表日期|填报时间|填报单位|单位盖章|盖章|单位\(盖章\)|填报单位\(盖章\)"
    r"|备注|注|说明|填表说明)\s*(?:[:\uFF1A(\uFF08].*)?)$"
    r"|^[(\uFF08]?以下(?:空白|无正文)[)\uFF09]?$"
)


def ignored_kinds(text: pl.DataFrame, sheet: Sheet, found: Recognised) -> pl.Series:
    """Return, per row of ``text``, why it is ignored (Chinese), null for a record.

    A footer or total is told by its first filled cell, its key cell, or a cell that says nothing
    but 合计, and only where the key does not name a record.
    """
    below = sheet.frame.slice(found.header_row + 1)
    suspects = _suspects(text, below, found)
    kinds = pl.Series("kind", [None], dtype=pl.String).new_from_index(0, text.height)
    if not suspects.any():
        return kinds
    told = _kinds(text.filter(suspects), below.filter(suspects), found)
    kinds = kinds.scatter(suspects.arg_true(), told)
    blank = prefilled_rows(text, sheet, found) & kinds.is_null()
    return kinds.scatter(blank.arg_true(), PREFILLED)


def _suspects(text: pl.DataFrame, below: pl.DataFrame, found: Recognised) -> pl.Series:
    """Return which rows may be no records, by their key and first cells alone: most need no look.

    A key is mostly letters and digits; a header, a footer (填报日期:2020) or a blank is not, but a
    total may count the rows below it.
    """
    key = text[found.table.key[0]]
    suspects = ~key.str.contains("^[ -~]*[0-9][ -~]*$").fill_null(False)
    for name in below.columns[:4]:
        suspects |= below[name].str.contains("计", literal=True).fill_null(False)
    if found.numbering_row is not None:
        suspects |= text["source_row"] - 1 == found.numbering_row
    return suspects


def _kinds(text: pl.DataFrame, below: pl.DataFrame, found: Recognised) -> pl.Series:
    """Judge rows in full."""
    key = pl.col(found.table.key[0])
    names = [item.column.name for item in found.fields]
    first = pl.coalesce(stripped(pl.col(name)) for name in below.columns)
    rows = text.with_columns(
        below.select(
            first.alias("first cell"), _repeats_header(below, found).alias("repeats header")
        )
    )
    at_front, in_key = pl.col("first cell"), key
    says_total = pl.any_horizontal(pl.col(name).str.contains(TOTAL_CELL) for name in names)
    # The number below the key's header may be how many rows there are, but no full key.
    form = KEY_FORMS.get(found.table.key[0])
    is_keyed = key.str.contains(form).fill_null(False) if form else pl.lit(False)
    is_total = (
        ((at_front.str.contains(_TOTAL_START) | says_total) & key.is_null())
        | (at_front.str.contains(TOTAL_CELL) & ~is_keyed)
        | in_key.str.contains(_TOTAL_START)
    )
    is_footer = (at_front.str.contains(_FOOTER_START) & key.is_null()) | in_key.str.contains(
        _FOOTER_START
    )
    return rows.select(
        pl.when(pl.col("first cell").is_null())
        .then(pl.lit(BLANK))
        .when(pl.col("repeats header"))
        .then(pl.lit(HEADER))
        .when(pl.col("source_row") - 1 == (found.numbering_row or -1))
        .then(pl.lit(NUMBERING))
        .when(is_total.fill_null(False))
        .then(pl.lit(TOTAL))
        .when(is_footer.fill_null(False))
        .then(pl.lit(FOOTER))
        .alias("kind")
    )["kind"]


def _repeats_header(below: pl.DataFrame, found: Recognised) -> pl.Expr:
    """Say of a row that its filled cells, two at least, are those of a header row in their places.

    One cell that says what its header says may be a careless entry.
    """
    repeated = pl.lit(False)
    for header in found.header_cells:
        cells = [
            (stripped(pl.col(name)), said)
            for name, said in zip(below.columns, header, strict=False)
        ]
        beyond = [stripped(pl.col(name)).is_null() for name in below.columns[len(header) :]]
        same = pl.all_horizontal(
            *(cell.is_null() | (cell == said) for cell, said in cells), *beyond
        )
        filled = pl.sum_horizontal(cell.is_not_null() for cell, _ in cells)
        repeated = repeated | (same & (filled >= min(2, sum(map(bool, header)))) & (filled > 0))
    return repeated


def ignored_rows(
    text: pl.DataFrame, kinds: pl.Series, sheet: Sheet, found: Recognised, filing: Filing
) -> list[IgnoredRows]:
    """Return the ignored rows of a sheet, runs of one kind in one entry."""
    runs: list[IgnoredRows] = []
    chosen = text.select("source_row", kinds).filter(kinds.is_not_null())
    for row, kind in chosen.iter_rows():
        last = runs[-1] if runs else None
        if last and (last.kind_zh, last.last_row + 1) == (kind, row):
            runs[-1] = IgnoredRows(
                last.file, last.sheet, last.table, kind, last.first_row, last_row=row
            )
        else:
            runs.append(IgnoredRows(filing.file, sheet.name, found.table.alias, kind, row, row))
    return runs
