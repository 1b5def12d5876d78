"""The published DuckDB file: every public table of the build database, with its comments.

Tables, not views (a view carries the name of the database it was made in), each in one fixed
order, so that the same inputs give the same content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import FilingsError
from pipelines.core.privacy import load_key
from pipelines.core.settings import Home, duckdb_config
from pipelines.core.sql import literal
from pipelines.core.statuses import DOES_NOT_COUNT, sql_list
from pipelines.s2_lake import filed_names
from pipelines.s4_findings import rule_sentences
from pipelines.s7_published.clean_tables import BuiltTable, CleanTables
from pipelines.s7_published.cleaning import Cleaner, official_prefixes
from pipelines.s7_published.comments import Comments, with_key
from pipelines.s7_published.contract import kinds_of, public_tables, published_key
from pipelines.s7_published.sample import COLUMN as IS_SAMPLE
from pipelines.s7_published.sample import FILINGS, is_sample_of

ABOUT_ZH = (
    "建档立卡报送数据仓库的发布文件:各县报送的户、人、资金、项目等明细(姓名、证件号码已去除)、"
    "逻辑疑点和指标。指标见 fct_indicator,含义见 dim_indicator;"
    "暂缓发布的指标在 reason_zh 说明原因。"
)
ABOUT_EN = (
    "The published file of the poverty-filing warehouse: what counties filed about households, "
    "persons, funds and projects (without names and id numbers), contradictions found in it, and "
    "indicators. See fct_indicator and dim_indicator; held figures say why in reason_zh."
)
# What Python makes in the build database's schema findings; all other tables are dbt's.
FINDINGS_TABLES = ("fct_finding", "fct_rule_outcome", "dim_rule")
SAMPLE_ZH = "【样例数据】含有模拟的报送,人物均为虚构。"
SAMPLE_EN = "[Sample data] Holds simulated deliveries about invented people. "


@dataclass(frozen=True)
class Source:
    """One table of the build database that is published under its own name."""

    schema: str
    name: str


@dataclass(frozen=True)
class Stamp:
    """What meta_refresh says of the inputs."""

    vintage: int
    catalogue_version: str
    fingerprint: str


def build_file(home: Home, target: Path, stamp: Stamp) -> list[str]:
    """Build the file to publish at ``target`` and return the tables and columns without comment.

    Raises:
        FilingsError: a table or column is not declared in ``public.yml``.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in target.parent.glob(f"{target.name}*"):
        leftover.unlink()
    connection = duckdb.connect(str(target), config=duckdb_config(home))
    try:
        connection.execute(f"attach {_text(str(home.build_db))} as build (read_only)")
        connection.execute(FILINGS)
        tables = _built(connection)
        clean = CleanTables(connection, tables, _cleaner(connection, home), home.temp)
        for table in tables:
            is_sample = is_sample_of(table.kinds)
            more = f", {is_sample} as {IS_SAMPLE}" if is_sample else ""
            connection.execute(f"create table main.{table.name} as {clean.select(table, more)}")
        connection.execute("drop table temp.sample_filing")
        _describe(connection, stamp)
        connection.execute("detach build")
        uncommented = _comment(connection, Comments.of(home))
        connection.execute("force checkpoint")
    finally:
        connection.close()
    return uncommented


def _built(connection: duckdb.DuckDBPyConnection) -> list[BuiltTable]:
    """Return the tables of the build database that are published, with what they may show.

    Raises:
        FilingsError: a table or column is not declared in ``public.yml``.
    """
    types: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, sql_type in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where database_name = 'build' order by table_name, column_index"
    ).fetchall():
        types.setdefault((schema, table), {})[column] = sql_type
    return [
        BuiltTable(
            place=f"build.{source.schema}.{source.name}",
            name=source.name,
            kinds=kinds_of(source.name, columns),
            declared=public_tables()[source.name],
            lists=frozenset(name for name, kind in columns.items() if kind == "VARCHAR[]"),
        )
        for source in sources(connection)
        for columns in (types[source.schema, source.name],)
    ]


def _cleaner(connection: duckdb.DuckDBPyConnection, home: Home) -> Cleaner:
    """Return what cleans this home's values: the names filed in it, its official codes, its key."""
    names = filed_names(home, rule_sentences())
    counties = _column(connection, "select distinct county_code from build.main.fct_submission")
    villages = _column(connection, "select distinct village_code from build.main.dim_village")
    return Cleaner(names, official_prefixes(counties, villages), load_key(home))


def _column(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """Return the texts of a query's one column."""
    return [str(value) for (value,) in connection.execute(query).fetchall() if value is not None]


def sources(connection: duckdb.DuckDBPyConnection) -> list[Source]:
    """Return the public tables of the attached build database, by name.

    Raises:
        FilingsError: two schemas have a table of one name.
    """
    rows = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'build' and ("
        "(schema_name = 'main' and (table_name like 'dim\\_%' escape '\\' "
        "or table_name like 'fct\\_%' escape '\\')) or (schema_name = 'findings' and "
        "list_contains(?, table_name))) order by table_name",
        [list(FINDINGS_TABLES)],
    ).fetchall()
    names = [name for _, name in rows]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise FilingsError(f"待发布的表重名:{'、'.join(double)}。")
    return [Source(schema, name) for schema, name in rows]


def table_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the tables of an open published file, by name."""
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = current_database() "
        "and schema_name = 'main' order by table_name"
    ).fetchall()
    return [name for (name,) in rows]


def _describe(connection: duckdb.DuckDBPyConnection, stamp: Stamp) -> None:
    """Create meta_refresh."""
    newest, deliveries, sample = _one(
        connection,
        "select max(greatest(received_at, withdrawn_at, admitted_at)), "
        "count(*) filter (withdrawn_at is null and "
        f"status not in {sql_list(DOES_NOT_COUNT)}), "
        "coalesce(bool_or(is_sample), false) "
        "from main.fct_submission",
    )
    values = [
        stamp.vintage,
        stamp.catalogue_version,
        dictionary().version,
        newest,
        deliveries,
        sample,
        stamp.fingerprint,
        (SAMPLE_ZH if sample else "") + ABOUT_ZH,
        (SAMPLE_EN if sample else "") + ABOUT_EN,
    ]
    connection.execute(
        "create table main.meta_refresh as select cast(? as integer) as vintage, "
        "cast(? as varchar) as catalogue_version, cast(? as varchar) as dictionary_version, "
        "cast(? as varchar) as newest_received_at, cast(? as bigint) as deliveries, "
        "cast(? as boolean) as contains_sample, cast(? as varchar) as fingerprint, "
        "cast(? as varchar) as about_zh, cast(? as varchar) as about_en",
        values,
    )


def _comment(connection: duckdb.DuckDBPyConnection, comments: Comments) -> list[str]:
    """Write the comments and return what has none."""
    missing = []
    connection.execute("begin")
    for table in table_names(connection):
        text = comments.of_table(table)
        missing += [] if text else [table]
        text = with_key(text, published_key(table, column_names(connection, table)))
        connection.execute(f"comment on table main.{table} is {_text(text)}")
        for column in column_names(connection, table):
            text = comments.of_column(table, column)
            missing += [] if text else [f"{table}.{column}"]
            connection.execute(f'comment on column main.{table}."{column}" is {_text(text)}')
    connection.execute("commit")
    return missing


def column_names(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Return a published table's columns in order."""
    rows = connection.execute(
        "select column_name from duckdb_columns() where database_name = current_database() "
        "and schema_name = 'main' and table_name = ? order by column_index",
        [table],
    ).fetchall()
    return [name for (name,) in rows]


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> Sequence[object]:
    """Return the one row of an aggregate."""
    row = connection.execute(query).fetchone()
    assert row is not None
    return row


def _text(value: str) -> str:
    """Return an SQL string; null for an empty comment."""
    return literal(value) if value else "null"
