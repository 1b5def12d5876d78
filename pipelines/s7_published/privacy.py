"""The last look before anything leaves: no sensitive column, nobody's id number in any value."""

from __future__ import annotations

from typing import Any

import duckdb

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import FilingsError

# 18 characters with a possible birth date, not part of a longer word. A voucher may look the
# same, so what is found is compared with the numbers that were filed.
NUMBER = (
    r"(?:^|[^0-9A-Za-z])([1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])"
    r"(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx])(?:[0-9]{2}|[0-9]{2}B[0-9])?(?:$|[^0-9A-Za-z])"
)
# Tables about people: here a bare ``name`` is somebody's.
PEOPLE = ("person", "household", "helper", "team", "employment")


def refuse_private(connection: duckdb.DuckDBPyConnection) -> None:
    """Look at every column of schema main; the build database is attached as ``build``.

    Raises:
        FilingsError: a column of that name is sensitive in the dictionary, or a value holds an
            id number that was filed; the message names the column, never the value.
    """
    columns = connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'main' "
        "order by table_name, column_index"
    ).fetchall()
    for table, column, _ in columns:
        if is_sensitive(table, column):
            raise FilingsError(f"停止发布:{table}.{column} 是敏感列。")
    for table in sorted({table for table, _, _ in columns}):
        texts = [name for owner, name, kind in columns if owner == table and "VARCHAR" in kind]
        for column, numbers in _numbers(connection, table, texts).items():
            if _were_filed(connection, numbers):
                raise FilingsError(f"停止发布:{table}.{column} 中有完整的证件号码。")


def is_sensitive(table: str, column: str) -> bool:
    """Tell whether a published column has the name of a sensitive one (and of no other)."""
    entries = [entry for filed in dictionary().tables.values() for entry in filed.columns]
    sensitive = {entry.name for entry in entries if entry.sensitive}
    public = {entry.name for entry in entries if not entry.sensitive}
    if column in sensitive & public:
        return any(part in table for part in PEOPLE)
    return column in sensitive


def _numbers(
    connection: duckdb.DuckDBPyConnection, table: str, columns: list[str]
) -> dict[str, list[str]]:
    """Return, by text column of one table, what looks like an id number; one pass."""
    if not columns:
        return {}
    pattern = NUMBER.replace("'", "''")
    texts = {name: f'cast("{name}" as varchar)' for name in columns}
    lengths = _row(connection, table, [f"max(length({text}))" for text in texts.values()])
    # Most columns are short codes: only what could hold a number is searched for one.
    long = [name for name, length in zip(columns, lengths, strict=True) if (length or 0) >= 18]
    found = _row(
        connection,
        table,
        [
            f"list(distinct nullif(regexp_extract({texts[name]}, '{pattern}', 1), ''))"
            for name in long
        ],
    )
    return {name: some for name, some in zip(long, found, strict=True) if some and any(some)}


def _row(
    connection: duckdb.DuckDBPyConnection, table: str, aggregates: list[str]
) -> tuple[Any, ...]:
    """Return the one row of some aggregates over a table."""
    if not aggregates:
        return ()
    return connection.execute(f"select {', '.join(aggregates)} from main.{table}").fetchone() or ()


def _were_filed(connection: duckdb.DuckDBPyConnection, numbers: list[str]) -> bool:
    """Tell whether one of the numbers is an id that some table filed."""
    ids = " union all ".join(
        f'select upper(left("{column.name}", 18)) as id from build.lake."{table.alias}"'
        for table in dictionary().tables.values()
        for column in table.columns
        if column.sensitive == "id"
    )
    found = connection.execute(
        f"select 1 from ({ids}) where id in (select upper(unnest(?))) limit 1", [numbers]
    ).fetchone()
    return found is not None
