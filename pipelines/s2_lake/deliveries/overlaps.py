"""Sheets of one delivery that hold the same records for several years or with other contents.

Facts take the first row of a key in file order. Where a key is filed for several years, the rows
of the period's year come first, so that they count wherever their sheet stands; the receipt tells
which rows do not, and why. A row's year is what its column says, else what the name of its sheet
or file says.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipelines.core.dictionary import Table

Place = tuple[str, str]
_PLACE = ["source_file", "source_sheet"]
_YEAR, _FIRST = "year of row", ["first file", "first sheet"]
_YEAR_IN_NAME = r"(?:^|[^0-9])((?:19|20)[0-9]{2})(?:[^0-9]|$)"
_YEARS_SHOWN = 3


def in_order_of_years(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Return a table's rows in the order in which they count: file order within the same year.

    Nothing moves unless a key is filed for several years.
    """
    dated = _dated(table, rows)
    year = _counting_year(dated)
    if year is None or _repeated_elsewhere(table, dated, year).is_empty():
        return rows
    rank = pl.when(pl.col(_YEAR) != year).then(-pl.col(_YEAR))
    ordered = dated.with_columns(rank.alias(_YEAR)).sort(
        _YEAR, nulls_last=False, maintain_order=True
    )
    return ordered.drop(_YEAR)


def overlap_sentences(table: Table, rows: pl.DataFrame) -> list[tuple[Place, str]]:
    """Return what to tell of each sheet (file, sheet) whose rows stand behind those of another.

    ``rows`` are all rows of the table, in the order in which they count.
    """
    dated = _dated(table, rows)
    year = _counting_year(dated)
    if year is None:
        return list(_other_contents(table, dated))
    of_year = dated.filter((pl.col(_YEAR) == year).fill_null(True))
    return [*_other_years(table, dated, year), *_other_contents(table, of_year)]


def _dated(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the year that each is of, null where nothing says it."""
    named = [
        pl.col(name).str.extract(_YEAR_IN_NAME).cast(pl.Int64, strict=False)
        for name in reversed(_PLACE)
    ]
    own = [pl.col("year")] if "year" in table.by_name else []
    return rows.with_columns(pl.coalesce(*own, *named).alias(_YEAR))


def _keys(table: Table) -> list[str]:
    return [Table.stored_name(name) for name in table.key]


def _counting_year(rows: pl.DataFrame) -> int | None:
    """Return the year whose rows count, None where no more than one year is filed.

    It is the period's year; where that is not filed, the latest.
    """
    years = set(rows[_YEAR].drop_nulls().unique())
    if len(years) < 2:
        return None
    period = int(str(rows["period"][0])[:4])
    return period if period in years else max(years)


def _repeated_elsewhere(table: Table, rows: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the rows of other years whose key is also filed for the year that counts."""
    of_year = rows.filter(pl.col(_YEAR) == year).select(_keys(table)).unique()
    return rows.filter(pl.col(_YEAR) != year).join(of_year, on=_keys(table), how="semi")


def _other_years(table: Table, rows: pl.DataFrame, year: int) -> Iterator[tuple[Place, str]]:
    """Tell of rows of other years: in a table that names years, else only of repeated keys."""
    repeated = _repeated_elsewhere(table, rows, year)
    others = rows.filter(pl.col(_YEAR) != year) if "year" in table.by_name else repeated
    for place, own in others.group_by(_PLACE, maintain_order=True):
        years = sorted(set(own[_YEAR]))
        more = "等" if len(years) > _YEARS_SHOWN else ""
        shown = "、".join(map(str, years[:_YEARS_SHOWN])) + more
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
    places = [pl.col(name).alias(first) for name, first in zip(_PLACE, _FIRST, strict=True)]
    firsts = whole.unique(keys, keep="first", maintain_order=True).select(*keys, *places)
    elsewhere = [pl.col(n) != pl.col(f) for n, f in zip(_PLACE, _FIRST, strict=True)]
    later = whole.join(firsts, on=keys, how="left", maintain_order="left").filter(
        pl.any_horizontal(elsewhere)
    )
    for place, own in later.group_by(_PLACE, maintain_order=True):
        file, sheet = (str(own[name][0]) for name in _FIRST)
        where = "" if file == place[0] else f"文件“{file}”"
        where += f"工作表“{sheet}”" if sheet else ""
        sentence = (
            f"有 {own.height} 行的“{_called(table)}”已在{where}中填报而内容不同,"
            "统计时以前面的行为准,请核对后只报一份"
        )
        yield (str(place[0]), str(place[1])), sentence


def _called(table: Table) -> str:
    return "、".join(table.column(name).header for name in table.key)
