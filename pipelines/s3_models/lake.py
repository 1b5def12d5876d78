"""Schema ``lake`` of the build database: what was filed, as the dictionary types it.

One view per dictionary table over the lake's Parquet, an empty one of the same columns where
nothing was filed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.core.dictionary import Column, Dictionary, Table
from pipelines.core.files import sha256
from pipelines.core.partitions import note_files
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
    """Create one view per dictionary table, and note what each county filed of it."""
    connection.execute("create schema if not exists lake")
    for table in dictionary.tables.values():
        files = _files(home, table)
        everything = [path for paths in files.values() for path in paths]
        select = f"select {_columns(table)} from read_parquet({{files}}, union_by_name = true)"
        view = f"lake.{quoted(table.alias)}"
        if everything:
            listed = ", ".join(literal(str(path)) for path in everything)
            query = select.replace("{files}", f"[{listed}]")
        else:
            query = f"select {_columns(table, empty=True)} where false"
        connection.execute(f"create or replace view {view} as {query}")
        note_files(connection, f"lake.{table.alias}", _columns(table), select, files)


def _files(home: Home, table: Table) -> dict[str, dict[Path, str]]:
    """Return by county the files of a table in the lake, each with the hash of its bytes."""
    found: dict[str, dict[Path, str]] = {}
    for path in sorted((home.lake / table.alias).glob("period=*/county=*/*.parquet")):
        county = path.parent.name.removeprefix("county=")
        found.setdefault(county, {})[path] = sha256(path)
    return found


def _columns(table: Table, *, empty: bool = False) -> str:
    """Return the select list of a lake view: exact names and types, whatever the files hold."""
    columns = [*PROVENANCE, *((column.name, column.sql_type) for column in lake_columns(table))]
    return ", ".join(
        f"cast({'null' if empty else quoted(name)} as {kind}) as {quoted(name)}"
        for name, kind in columns
    )
