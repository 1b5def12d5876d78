"""Is what is about to be published complete? Asked of the build database before the publication.

Every declared table stands there with every declared column, in the declared type and with a
comment, none is empty that may not be, none has a row without its key or with that of another, and
none lost rows that nothing explains: rows of counties
whose deliveries are what they were, more than ``expectations/limits.yml`` allows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import duckdb

from pipelines.core.database import published_file, read_only
from pipelines.core.errors import FilingsError
from pipelines.core.limits import PublicationLimits, read_limits
from pipelines.core.settings import Home
from pipelines.core.sql import literal, quoted
from pipelines.s7_published.comments import Comments
from pipelines.s7_published.contract import PublicTable, public_tables
from pipelines.s7_published.database import FINDINGS_TABLES

_SHOWN = 5
# What makes a delivery count or not.
_DELIVERY = ("county_code", "submission_id", "status", "withdrawn_at", "admitted_at")
# Made with the publication itself.
_MADE_LAST = "meta_refresh"


class IncompleteError(FilingsError):
    """What was built is not what is declared; ``faults`` are one sentence each."""

    def __init__(self, faults: Sequence[str]) -> None:
        more = f";等 {len(faults)} 处" if len(faults) > _SHOWN else ""
        super().__init__(f"停止发布:{';'.join(faults[:_SHOWN])}{more}。")
        self.faults = tuple(faults)


def check_complete(home: Home) -> int:
    """Make sure that the build database may be published; return the number of declared tables.

    Raises:
        IncompleteError: something declared is missing, or rows went without a cause.
    """
    declared = {name: one for name, one in public_tables().items() if name != _MADE_LAST}
    comments = Comments.of(home)
    with read_only(home.build_db) as connection:
        built = _columns(connection, None)
        faults = [
            fault
            for name, one in declared.items()
            for fault in (
                *_faults_of(connection, name, one, built.get(_place(name))),
                *_uncommented(comments, name, one),
            )
        ]
        faults = faults or [
            fault
            for name, one in declared.items()
            for fault in key_faults(connection, _place(name), one)
        ]
        faults = faults or _lost_since(connection, home)
    if faults:
        raise IncompleteError(faults)
    return len(declared)


def _place(table: str) -> tuple[str, str]:
    """Return schema and name of a public table in the build database."""
    return ("findings" if table in FINDINGS_TABLES else "main", table)


def _faults_of(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    declared: PublicTable,
    built: Mapping[str, str] | None,
) -> Iterator[str]:
    """Yield what a table lacks. A column that is not declared is refused by ``kinds_of``."""
    if built is None:
        yield f"声明要发布的表 {table} 没有建成"
        return
    for column, sql_type in declared.types.items():
        if column not in built:
            if column not in declared.optional:
                yield f"声明要发布的列 {table}.{column} 没有建成"
        elif built[column] != sql_type:
            yield f"{table}.{column} 声明的类型是 {sql_type},构建出的却是 {built[column]}"
    if declared.filled and not _count(connection, ".".join(_place(table))):
        yield f"表 {table} 是空的,而它从不应为空"


def key_faults(
    connection: duckdb.DuckDBPyConnection, place: tuple[str, str], declared: PublicTable
) -> Iterator[str]:
    """Yield a sentence where a table has rows without their key, or with that of another row."""
    key, table = declared.primary_key or declared.unique_key, f"{place[0]}.{place[1]}"
    columns = ", ".join(map(quoted, key))
    is_empty = " or ".join(f"{quoted(column)} is null" for column in key)
    n_rows = _count(connection, table)
    n_empty = _count(connection, f"{table} where {is_empty}")
    distinct = f"(select distinct {columns} from {table} where not ({is_empty}))"
    n_twice = n_rows - n_empty - _count(connection, distinct)
    if n_empty and declared.primary_key:
        yield f"表 {place[1]} 有 {n_empty} 行缺少主键({'、'.join(key)})的值"
    if n_twice:
        yield f"表 {place[1]} 有 {n_twice} 行的主键({'、'.join(key)})与别的行相同"


def _uncommented(comments: Comments, table: str, declared: PublicTable) -> Iterator[str]:
    """Yield the table and the columns that are not described in both languages."""
    if not comments.of_table(table):
        yield f"表 {table} 没有中文和英文的说明"
    for column in declared.types:
        if not comments.of_column(table, column):
            yield f"{table}.{column} 没有中文和英文的说明"


def _lost_since(connection: duckdb.DuckDBPyConnection, home: Home) -> list[str]:
    """Return what was lost against the publication that stands, nothing where none does."""
    if not home.published_db.exists():
        return []
    with published_file(home) as path:
        connection.execute(f"attach {literal(str(path))} as last (read_only)")
        try:
            return lost_rows(connection, read_limits().publication)
        finally:
            connection.execute("detach last")


def lost_rows(connection: duckdb.DuckDBPyConnection, limits: PublicationLimits) -> list[str]:
    """Return one sentence per table that lost rows without a cause.

    ``last`` is the publication that stands, attached to the build database. A delivery, withdrawal
    or admission is a cause for all rows of its county, the removal of the sample for the sample's.
    """
    before, now = _columns(connection, "last"), _columns(connection, None)
    told = before.get(("main", "fct_submission"), {})
    if not {"county_code", "submission_id"} <= told.keys():
        return []
    connection.execute(_unchanged([column for column in _DELIVERY if column in told]))
    faults = []
    for table, declared in public_tables().items():
        place = _place(table)
        if declared.shrinks or ("main", table) not in before or place not in now:
            continue
        common = before["main", table].keys() & now[place].keys()
        which = _no_sample(common) if declared.grows else _of_unchanged(common)
        was = _count(connection, f"last.main.{table} {which}")
        stays = _count(connection, f"{'.'.join(place)} {which}")
        if declared.grows and stays < was:
            faults.append(
                f"表 {table} 已发布 {was} 行,这次只有 {stays} 行,而它只增不减:"
                "请核对构建过程,重新运行 filings refresh"
            )
        elif not declared.grows and _is_too_much(was, stays, limits):
            faults.append(
                f"表 {table} 在没有新报送、撤回或确认的县由 {was} 行减为 {stays} 行:"
                "请核对规则和模型的修改;确应减少的,调高 expectations/limits.yml 的 "
                "publication.most_lost 后重新运行 filings refresh"
            )
    return faults


def _is_too_much(was: int, stays: int, limits: PublicationLimits) -> bool:
    return was >= limits.from_rows and 100 * (was - stays) > limits.most_lost * was


def _unchanged(columns: Sequence[str]) -> str:
    """Return what makes the table of deliveries whose county has the same deliveries as before."""
    listed = ", ".join(columns)
    now, before = (
        f"(select {listed} from main.fct_submission)",
        (f"(select {listed} from last.main.fct_submission)"),
    )
    return (
        "create or replace temp table unchanged_delivery as "
        "select county_code, submission_id from last.main.fct_submission where county_code not in ("
        f"select county_code from ({now} except {before}) union all "
        f"select county_code from ({before} except {now}))"
    )


def _of_unchanged(columns: Collection[str]) -> str:
    """Return the condition for rows of unchanged counties; '' for a table of no county."""
    for column in ("county_code", "submission_id"):
        if column in columns:
            return f"where {column} in (select {column} from temp.unchanged_delivery)"
    return ""


def _no_sample(columns: Collection[str]) -> str:
    return "where not coalesce(is_sample, false)" if "is_sample" in columns else ""


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


def _columns(
    connection: duckdb.DuckDBPyConnection, database: str | None
) -> dict[tuple[str, str], dict[str, str]]:
    """Return column → type by schema and table of an attached database (default: the build)."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, sql_type in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where schema_name in ('main', 'findings') and not internal "
        "and database_name = coalesce(?, current_database())",
        [database],
    ).fetchall():
        found.setdefault((schema, table), {})[column] = sql_type
    return found
