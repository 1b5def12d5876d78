"""The typed shape of every lake table, from the dictionary: polars types and pandera schemas."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.core.dictionary import Column, Dictionary, Table, dictionary
from pipelines.s2_lake.cells.convert import LAKE_TYPES
from pipelines.s2_lake.cells.numbers import WIDE

if TYPE_CHECKING:
    import pandera.polars as pa

PROVENANCE: dict[str, Any] = {
    "county_code": pl.String,
    "period": pl.String,
    "submission_id": pl.String,
    "source_file": pl.String,
    "source_sheet": pl.String,
    "source_row": pl.Int64,
    "row_no": pl.Int64,
}


def column_types(column: Column) -> dict[str, Any]:
    """Return the lake columns that one dictionary column becomes, in order."""
    name = Table.stored_name(column.name)
    types: dict[str, Any] = {name: LAKE_TYPES[column.type]}
    if column.type != "str":
        types[f"{name}_text"] = pl.String
    if column.sensitive == "id":
        types[f"{name}_key"] = pl.String
    if column.printed:
        types |= {f"{name}_low": WIDE, f"{name}_high": WIDE}
        types |= {f"{name}_decimals": pl.Int32, f"{name}_is_approx": pl.Boolean}
    return types


def lake_types(table: Table) -> dict[str, Any]:
    """Return every column of a lake table with its polars type, in order."""
    types = dict(PROVENANCE)
    for column in table.columns:
        types |= column_types(column)
    return types


@cache
def schema(alias: str, *, values_only: bool = False) -> pa.DataFrameSchema:
    """Return the pandera schema of a lake table: exact columns and types, keys, known codes.

    ``values_only`` leaves out the columns whose values are free; pandera's cost is per column.
    """
    import pandera.polars as pa  # a second to import, and only reading needs it

    words = dictionary()
    table = words.tables[alias]
    first = table.column(table.key[0])
    # A key that could not be typed is still told by its text.
    key = Table.stored_name(first.name) + ("" if first.type == "str" else "_text")
    columns = {}
    for name, kind in lake_types(table).items():
        checks, filled = _checks(name, table, words), name in (*PROVENANCE, key)
        if checks or filled or not values_only:
            columns[name] = pa.Column(kind, nullable=not filled, checks=checks)
    return pa.DataFrameSchema(columns, strict=not values_only, ordered=not values_only, name=alias)


def validate(alias: str, frame: pl.DataFrame) -> None:
    """Check a typed frame, eagerly. Raises pandera.errors.SchemaErrors naming what is wrong.

    The shape is compared in one go; only where it differs does pandera look at every column.
    """
    types = lake_types(dictionary().tables[alias])
    exact = list(frame.schema.items()) == list(types.items())
    schema(alias, values_only=exact).validate(frame, lazy=True)


def _checks(name: str, table: Table, words: Dictionary) -> list[pa.Check]:
    import pandera.polars as pa

    if name == "county_code":
        return [pa.Check.str_matches(r"^\d{6}$")]
    if name == "period":
        return [pa.Check.str_matches(r"^\d{4}-\d{2}$")]
    if name in ("source_row", "row_no"):
        return [pa.Check.ge(1)]
    column = table.by_name.get(name)
    if column is None or column.type != "code":
        return []
    codes = words.code_list(column)
    return [pa.Check.isin(list(codes.labels))] if codes.closed else []
