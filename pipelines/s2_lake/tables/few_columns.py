"""A sheet with the key of a table and hardly anything else of it is asked about, not taken.

It may be a list of something else that names households or persons. A column that is there and
empty counts as there: that is how a county answers.
"""

from __future__ import annotations

from pipelines.core.dictionary import Column
from pipelines.core.limits import ColumnLimits
from pipelines.s2_lake.tables.doubled_headers import SHOWN
from pipelines.s2_lake.tables.recognise import Recognised


def too_few_columns(found: Recognised, limits: ColumnLimits) -> str:
    """Return what is asked about a sheet that lacks most of its table's columns, '' for nothing.

    Enough is the share of ``limits.yml``, of the required columns or of all; keys do not count.
    """
    key = found.table.key
    beside = [column for column in found.table.columns if column.name not in key]
    needed = [column for column in beside if column.required == "Y"]
    if len(needed) < limits.from_columns:
        return ""
    missing = {column.name for column in found.missing}
    if any(_has_enough(some, missing, limits.least_share) for some in (needed, beside)):
        return ""
    lacking = [column.header for column in needed if column.name in missing]
    more = f"等 {len(lacking)} 列" if len(lacking) > SHOWN else ""
    keys = "、".join(found.table.column(name).header for name in key)
    return (
        f"有“{found.table.title_zh}”的关键列({keys}),但缺少大部分必填列:"
        f"{'、'.join(lacking[:SHOWN])}{more},无法确定是不是这张表,本表未接收;"
        "是这张表的,请补齐这些列后重报(没有内容的列保留表头、留空),不是报表的不必理会"
    )


def _has_enough(columns: list[Column], missing: set[str], least_share: int) -> bool:
    there = sum(column.name not in missing for column in columns)
    return 100 * there >= least_share * len(columns)
