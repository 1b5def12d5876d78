"""Schema ``lake`` of the build database: what was filed, as the dictionary types it.

One view per dictionary table over the lake's Parquet, an empty one of the same columns where
nothing was filed.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from pipelines.core.dictionary import Column, Dictionary, Table
from pipelines.core.settings import Home
from pipelines.core.sql import literal, quoted

PROVENANCE: tuple[tuple[str, str], ...] = (
    ("county_code", "VARCHAR"),
    ("period", "VARCHAR"),
    ("submission_id", "VARCHAR"),
    ("source_file", "VARCHAR"),
    ("source_sheet", "VARCHAR"),
    ("source_row", "BIGINT"),
    ("row_no", "BIGINT"),
)

LAKE_TYPES = {
    "str": "VARCHAR",
    "int": "BIGINT",
    "dec": "DECIMAL(20,6)",
    "bool": "BOOLEAN",
    "code": "VARCHAR",
    "codes": "VARCHAR[]",
    "date": "DATE",
    "month": "DATE",
    "datetime": "TIMESTAMP",
}


@dataclass(frozen=True)
class LakeColumn:
    """One column of a lake view: what it is made of and whether it may leave the house.

    ``filed`` is the column that was filed, which this one is or is a reading of.
    """

    name: str
    filed: str
    sql_type: str
    zh: str
    en: str
    public: bool


def lake_columns(table: Table) -> tuple[LakeColumn, ...]:
    """Return the columns of a filed table's lake view after the provenance columns, in order."""
    return tuple(part for column in table.columns for part in _parts(column))


def _parts(column: Column) -> list[LakeColumn]:
    """Return the lake columns one dictionary column becomes."""
    name = Table.stored_name(column.name)
    zh, en = column.description_zh, column.description_en
    seen = column.sensitive is None

    def part(suffix: str, sql_type: str, more_zh: str, more_en: str, public: bool) -> LakeColumn:
        return LakeColumn(name + suffix, name, sql_type, zh + more_zh, en + more_en, public)

    parts = [part("", LAKE_TYPES[column.type], "", "", seen)]
    if column.type != "str":
        parts.append(part("_text", "VARCHAR", "(原文)", ", as filed", False))
    if column.sensitive == "id":
        parts.append(part("_key", "VARCHAR", "的保护键", ": protected key", True))
    if column.printed:
        bound = "DECIMAL(24,8)"
        parts += [
            part("_low", bound, ":印刷值下限", ": least value meant", True),
            part("_high", bound, ":印刷值上限", ": largest meant", True),
            part("_decimals", "INTEGER", ":小数位", ": decimals", True),
            part("_is_approx", "BOOLEAN", ":约数", ": approximate", True),
        ]
    return parts


def create_lake(connection: duckdb.DuckDBPyConnection, home: Home, dictionary: Dictionary) -> None:
    """Create one view per dictionary table."""
    connection.execute("create schema if not exists lake")
    for table in dictionary.tables.values():
        connection.execute(f"create view lake.{quoted(table.alias)} as {lake_select(home, table)}")


def lake_select(home: Home, table: Table) -> str:
    """Return the query of one lake view: exact names and types, whatever the files hold."""
    columns = [*PROVENANCE, *((column.name, column.sql_type) for column in lake_columns(table))]
    folder = home.lake / table.alias
    if any(folder.glob("**/*.parquet")):
        listed = ", ".join(f"cast({quoted(n)} as {t}) as {quoted(n)}" for n, t in columns)
        files = literal(str(folder / "**" / "*.parquet"))
        source = f"read_parquet({files}, union_by_name = true, hive_partitioning = false)"
        return f"select {listed} from {source}"
    listed = ", ".join(f"cast(null as {t}) as {quoted(n)}" for n, t in columns)
    return f"select {listed} where false"
