"""What may be asked of the published file in SQL: one question that reads its tables.

The connection is read-only and sees no file and no network. What is left to refuse: statements
that are no question, and functions that change the database program itself (``enable_logging``
ends the interpreter on some paths), of which DuckDB locks none away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from pipelines.core.errors import FilingsError

if TYPE_CHECKING:
    import duckdb

_ROWS = 10_000
_HINT = "表名用 SHOW TABLES 查看,列用 DESCRIBE 表名。"
# Functions that give a table and only read what is published or count.
_READING = {
    "duckdb_columns", "duckdb_constraints", "duckdb_databases", "duckdb_dependencies",
    "duckdb_functions", "duckdb_indexes", "duckdb_keywords", "duckdb_schemas", "duckdb_sequences",
    "duckdb_settings", "duckdb_tables", "duckdb_types", "duckdb_views", "generate_series",
    "histogram", "histogram_values", "icu_calendar_names", "json_each", "json_tree",
    "pg_timezone_names", "pragma_collations", "pragma_database_size", "pragma_show",
    "pragma_storage_info", "pragma_table_info", "pragma_version", "query_table", "range", "repeat",
    "repeat_row", "summary", "unnest",
}  # fmt: skip
# Of those that give a value, what writes.
_WRITING = {"write_log"}


def answer(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyConnection:
    """Ask one question and return its result.

    Raises:
        FilingsError: it is empty, more than one, no question, or DuckDB refuses it.
    """
    import duckdb

    try:
        _refuse_what_is_no_question(connection, sql)
        return connection.execute(sql)
    except duckdb.Error as error:
        raise _failed(error) from None


def in_parts(result: duckdb.DuckDBPyConnection) -> Iterator[list[tuple[Any, ...]]]:
    """Yield a result's rows some at a time. Raises FilingsError where one cannot be computed."""
    import duckdb

    try:
        while part := result.fetchmany(_ROWS):
            yield part
    except duckdb.Error as error:
        raise _failed(error) from None


def _failed(error: duckdb.Error) -> FilingsError:
    reason = (str(error).splitlines() or [""])[0]
    return FilingsError(f"查询失败:{reason} {_HINT}")


def _refuse_what_is_no_question(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    tokens = _tokens(sql)
    parts = [part for part in _split(tokens) if part]
    statements = connection.extract_statements(sql)
    if not parts or not statements:
        raise FilingsError(f"查询是空的,请写一条 SELECT 语句。{_HINT}")
    if len(parts) > 1:
        raise FilingsError(f"查询失败:一次只能问一条,这里有 {len(parts)} 条,请分开查询。")
    # One PIVOT comes as two: a type that DuckDB makes for itself, and the SELECT.
    kind = statements[-1].type.name
    if kind not in ("SELECT", "EXPLAIN"):
        raise FilingsError(f"查询失败:已发布的数据只能查询,不能用 {kind} 语句。{_HINT}")
    makers = connection.execute(
        "select distinct lower(function_name) from duckdb_functions() "
        "where function_type in ('table', 'table_macro')"
    ).fetchall()
    refused = ({name for (name,) in makers} - _READING) | _WRITING
    called = {name.strip('"').lower() for name, after in pairwise(tokens) if after == "("}
    found = sorted(refused & called)
    if found:
        raise FilingsError(f"查询失败:只能读已发布的表,不能用函数 {'、'.join(found)}。{_HINT}")


def _tokens(sql: str) -> list[str]:
    """Return the words and signs of a text in SQL, without comments."""
    import duckdb

    text = sql.encode()  # DuckDB counts bytes
    starts = [start for start, _ in duckdb.tokenize(sql)]
    return [
        text[start:end].decode(errors="replace").split("/*")[0].split("--")[0].strip()
        for start, end in pairwise([*starts, len(text)])
    ]


def _split(tokens: Iterable[str]) -> Iterator[list[str]]:
    """Yield the tokens between semicolons."""
    for is_end, part in groupby(tokens, lambda token: token == ";"):
        if not is_end:
            yield list(part)
