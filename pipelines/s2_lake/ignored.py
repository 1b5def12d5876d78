"""Rows below the header that are no records: blank ones, repeated headers, footers."""

from __future__ import annotations

import polars as pl

from pipelines.s2_lake.cell_text import header_text, stripped
from pipelines.s2_lake.recognise import Recognised
from pipelines.s2_lake.sheet import Sheet

FOOTER = (
    r"^(?:合\s*计|总\s*计(?:[^划]|$)|小\s*计|本页合计|累计合计"
    r"|(?:填报人|填表人|制表人|审核人|复核人|经办人|负责人|单位负责人|主要负责人|联系电话|联系人"
    r"|填报日期|填表日期|填报时间|填报单位|单位盖章|盖章|单位\(盖章\)|填报单位\(盖章\)"
    r"|备注|注|说明|填表说明)\s*(?:[:\uFF1A(\uFF08].*)?)$"
)


def ignored(text: pl.DataFrame, sheet: Sheet, found: Recognised) -> tuple[pl.Series, pl.Series]:
    """Return the masks of blank rows and of repeated headers and footers."""
    below = sheet.frame.slice(found.header_row + 1)
    if not below.height:
        none = pl.Series("none", [], dtype=pl.Boolean)
        return none, none
    first_cell = pl.coalesce(stripped(pl.col(name)) for name in below.columns)
    first = below.select(first_cell.alias("first"))["first"]
    blank = first.is_null()
    key = text[found.table.key[0]]
    at_front = first.str.contains(FOOTER).fill_null(False) & key.is_null()
    footer = at_front | key.str.contains(FOOTER).fill_null(False)
    repeated = text.select(
        pl.all_horizontal(
            pl.col(item.column.name).is_null() | (pl.col(item.column.name) == header_text(item))
            for item in found.fields
        )
        & pl.col(found.table.key[0]).is_not_null()
    ).to_series()
    return blank, (footer | repeated).fill_null(False) & ~blank
