"""Which numbers add up over rows: amounts, areas, counts; not years, months, shares, means."""

from __future__ import annotations

from pipelines.core.dictionary import Column

# What can be added up over rows; a column of another unit (%, 升/人·日, 年) has no sum.
ADDITIVE_UNITS = ("元", "万元", "亿元", "户", "人", "人次", "个", "亩", "㎡", "公里")


def adds_up(column: Column) -> bool:
    """Say whether the numbers of a column have a sum."""
    return (
        column.type in ("int", "dec")
        and not column.printed
        and column.unit in ADDITIVE_UNITS
        and "人均" not in column.header
    )
