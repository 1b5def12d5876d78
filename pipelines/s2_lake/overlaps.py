"""Sheets of one delivery that hold the same records for several years or with other contents.

Facts take the first row of a key in file order. Where a table is filed for several years, the rows
of the period's year come first, so that they count wherever their sheet stands; the receipt tells
which rows do not, and why.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipelines.core.dictionary import Table

Place = tuple[str, str]
_PLACE = ["source_file", "source_sheet"]
_YEARS_SHOWN = 3


def in_order_of_years(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Return a table's rows in the order in which they count: file order within the same year.

    Nothing moves unless a key is filed for several years.
    """
    year = _counting_year(table, rows)
    if year is None or _repeated_elsewhere(table, rows, year).is_empty():
        return rows
    is_other = (pl.col("year") != year).fill_null(False)
    before = rows.with_columns(
        pl.when(is_other).then(-pl.col("year")).otherwise(None).alias("rank of year")
    )
    return before.sort("rank of year", nulls_last=False, maintain_order=True).drop("rank of year")


def overlap_sentences(table: Table, rows: pl.DataFrame) -> list[tuple[Place, str]]:
    """Return what to tell of each sheet (file, sheet) whose rows stand behind those of another.

    ``rows`` are all rows of the table, in the order in which they count.
    """
    year = _counting_year(table, rows)
    told = list(_other_years(table, rows, year)) if year is not None else []
    same_year = rows if year is None else rows.filter((pl.col("year") == year).fill_null(True))
    return [*told, *_other_contents(table, same_year)]


def _keys(table: Table) -> list[str]:
    return [Table.stored_name(name) for name in table.key]


def _counting_year(table: Table, rows: pl.DataFrame) -> int | None:
    """Return the year whose rows count, None where no more than one year is filed.

    It is the period's year; where that is not filed, the latest.
    """
    if "year" not in table.by_name or rows.is_empty():
        return None
    years = set(rows["year"].drop_nulls().unique())
    period = int(str(rows["period"][0])[:4])
    if len(years) < 2:
        return None
    return period if period in years else max(years)


def _repeated_elsewhere(table: Table, rows: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the rows of other years whose key is also filed for the year that counts."""
    of_year = rows.filter(pl.col("year") == year).select(_keys(table)).unique()
    return rows.filter(pl.col("year") != year).join(of_year, on=_keys(table), how="semi")


def _other_years(table: Table, rows: pl.DataFrame, year: int) -> Iterator[tuple[Place, str]]:
    repeated = _repeated_elsewhere(table, rows, year)
    others = rows.filter(pl.col("year") != year)
    for place, own in others.group_by(_PLACE, maintain_order=True):
        years = sorted(set(own["year"]))
        shown = "、".join(map(str, years[:_YEARS_SHOWN])) + (
            "等" if len(years) > _YEARS_SHOWN else ""
        )
        again = repeated.join(own.select(*_PLACE, "source_row"), on=[*_PLACE, "source_row"])
        sentence = f"有 {own.height} 行是 {shown} 年的,本次报送还有 {year} 年的行"
        if again.height:
            sentence += (
                f";其中 {again.height} 行的“{_called(table)}”两个年度都有,"
                f"统计时以 {year} 年的行为准,{shown} 年的行不作数"
            )
        yield (str(place[0]), str(place[1])), f"{sentence},请核对后只报一个年度"


def _other_contents(table: Table, rows: pl.DataFrame) -> Iterator[tuple[Place, str]]:
    """Tell of rows whose key stands in an earlier sheet or file with other contents."""
    keys = _keys(table)
    if rows.select(_PLACE).unique().height < 2:
        return
    whole = rows.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in keys))
    firsts = whole.unique(keys, keep="first", maintain_order=True).select(
        *keys,
        pl.col("source_file").alias("first file"),
        pl.col("source_sheet").alias("first sheet"),
    )
    later = whole.join(firsts, on=keys, how="left", maintain_order="left").filter(
        (pl.col("source_file") != pl.col("first file"))
        | (pl.col("source_sheet") != pl.col("first sheet"))
    )
    for place, own in later.group_by(_PLACE, maintain_order=True):
        first = own.row(0, named=True)
        is_here = first["first file"] == place[0]
        sheet = f"工作表“{first['first sheet']}”" if first["first sheet"] else ""
        where = sheet if is_here else f"文件“{first['first file']}”{sheet}"
        sentence = (
            f"有 {own.height} 行的“{_called(table)}”已在{where}中填报而内容不同,"
            "统计时以前面的行为准,请核对后只报一份"
        )
        yield (str(place[0]), str(place[1])), sentence


def _called(table: Table) -> str:
    return "、".join(table.column(name).header for name in table.key)
