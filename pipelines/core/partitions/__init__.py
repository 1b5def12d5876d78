"""What the build database was made of, county by county: only what changed is computed again.

A relation's rows of one county are a partition. ``partitions.sql`` says what is kept of each and
how a stale one is told; dbt computes them (``dbt_project/macros/partitions.sql``), and what Python
writes is noted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.core.sql import literal, quoted

_SQL = Path(__file__).with_name("partitions.sql")
# How a row of what intake recorded says its county.
OF_SUBMISSION = "left(submission_id, 6)"


def open_partitions(connection: duckdb.DuckDBPyConnection) -> None:
    """Make schema ``partitions`` where it is not, and the macros that ask of it."""
    connection.execute(_SQL.read_text(encoding="utf-8"))


def note_lineage(connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> None:
    """Note what each model of dbt's group ``models`` reads, and the seeds' content.

    Models of other groups, which every night makes anew, and models that the project no longer has
    are dropped.
    """
    nodes: dict[str, Any] = {**manifest["nodes"], **manifest["sources"]}
    models = [node for node in nodes.values() if node["resource_type"] == "model"]
    kept = [node for node in models if "models" in node["tags"]]
    lineage = [
        (_name(node), _name(nodes[parent]), _is_across(node))
        for node in kept
        for parent in node["depends_on"]["nodes"]
    ]
    gone = {*_names(connection), *map(_name, models)} - {*map(_name, kept)}
    _drop(connection, gone)
    connection.execute("delete from partitions.parent")
    _insert(connection, "partitions.parent", lineage)
    for node in nodes.values():
        if node["resource_type"] == "seed":
            _note(connection, _name(node), [("", node["checksum"]["checksum"])])


def _name(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{node.get('identifier') or node.get('alias') or node['name']}"


def _is_across(node: Mapping[str, Any]) -> bool:
    return bool(node["config"].get("meta", {}).get("compares_counties"))


def _names(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the models of the last night, and what else was said to read something."""
    rows = connection.execute("select distinct relation from partitions.parent").fetchall()
    return {relation for (relation,) in rows}


def _drop(connection: duckdb.DuckDBPyConnection, relations: Iterable[str]) -> None:
    """Drop tables and views, and forget what they were made of."""
    found = connection.execute(
        "select table_schema, table_name, table_type from information_schema.tables"
        " where table_catalog = current_database()"
        " and list_contains(?, table_schema || '.' || table_name)",
        [sorted(relations)],
    ).fetchall()
    for schema, name, kind in found:
        what = "view" if kind == "VIEW" else "table"
        connection.execute(f"drop {what} {quoted(schema)}.{quoted(name)}")
        connection.execute("delete from partitions.built where relation = ?", [f"{schema}.{name}"])


def note_parents(
    connection: duckdb.DuckDBPyConnection, relation: str, parents: Iterable[str]
) -> None:
    """Note what something that is no model reads."""
    connection.execute("delete from partitions.parent where relation = ?", [relation])
    _insert(connection, "partitions.parent", [(relation, parent, False) for parent in parents])


@dataclass(frozen=True)
class Stale:
    """What is to be computed again: all counties or some, and what they are then made of.

    ``made_of`` has the inputs of each; a county that filed nothing any more is in ``counties``
    alone.
    """

    is_whole: bool
    counties: frozenset[str]
    made_of: Mapping[str, str | None]


def stale(connection: duckdb.DuckDBPyConnection, relation: str, code: str) -> Stale:
    """Return what of something that ``code`` makes no longer agrees with its inputs."""
    rows = connection.execute(
        "select county_code, inputs, is_wanted from partitions.stale(?, ?)", [relation, code]
    ).fetchall()
    if any(county == "" for county, _, _ in rows):
        rows = connection.execute(
            "select county_code, inputs, true from partitions.wanted(?, ?)", [relation, code]
        ).fetchall()
        return Stale(True, frozenset(), {county: inputs for county, inputs, _ in rows})
    made_of = {county: inputs for county, inputs, is_wanted in rows if is_wanted}
    return Stale(False, frozenset(county for county, _, _ in rows), made_of)


def forget(connection: duckdb.DuckDBPyConnection, relation: str, those: Stale) -> None:
    """Note that something is about to be computed: cut off in between, it is computed again."""
    what, values = (
        ("", [])
        if those.is_whole
        else (" and list_contains(?, county_code)", [sorted(those.counties)])
    )
    connection.execute(
        f"delete from partitions.built where relation = ?{what}", [relation, *values]
    )


def note_built(connection: duckdb.DuckDBPyConnection, relation: str, those: Stale) -> None:
    """Note that what was stale is computed; nothing reads what it holds."""
    rows = [(relation, county, inputs, "", True) for county, inputs in those.made_of.items()]
    _insert(connection, "partitions.built", rows)


def note_table(
    connection: duckdb.DuckDBPyConnection, relation: str, county: str | None = None
) -> None:
    """Note what a table that Python wrote holds; ``county`` is how a row says its county."""
    columns = connection.execute(f"describe {relation}").fetchall()
    shape = literal(str([column[:2] for column in columns]))
    content = "count(*) || ' ' || coalesce(sum(hash(part)), 0)"
    if county is None:
        parts = f"select '', md5({shape}) || {content} from {relation} as part"
    else:
        parts = (
            f"select '', md5({shape}) union all "
            f"select {county}, {content} from {relation} as part group by all"
        )
    _note(connection, relation, connection.execute(parts).fetchall(), county)


def note_files(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    shape: str,
    files_sql: str,
    files: Mapping[str, Mapping[Path, str]],
) -> None:
    """Note what a relation over files holds.

    ``files_sql`` reads those that stand for ``{files}``; ``files`` are each county's, with the
    hash of their bytes; ``shape`` is what the query makes of them.
    """
    contents = [("", shape)]
    contents += [(county, " ".join(paths.values())) for county, paths in files.items()]
    _note(connection, relation, contents, "county_code", files_sql)
    connection.execute("delete from partitions.file where relation = ?", [relation])
    listed = [(relation, county, str(path)) for county, paths in files.items() for path in paths]
    _insert(connection, "partitions.file", listed)


def _note(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    contents: Iterable[tuple[str, str]],
    county: str | None = None,
    files_sql: str | None = None,
) -> None:
    for table in ("built", "county"):
        connection.execute(f"delete from partitions.{table} where relation = ?", [relation])
    rows = [(relation, code, None, content, True) for code, content in contents]
    _insert(connection, "partitions.built", rows)
    if county is not None:
        _insert(connection, "partitions.county", [(relation, county, files_sql)])


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        listed = ", ".join("unnest(?)" for _ in rows[0])
        columns = [list(column) for column in zip(*rows, strict=True)]
        connection.execute(f"insert into {table} select {listed}", columns)


def mark_tested(connection: duckdb.DuckDBPyConnection) -> None:
    """Note that the tests have passed on all that stands, where it is kept what that is."""
    if connection.execute("from duckdb_tables() where schema_name = 'partitions'").fetchall():
        connection.execute("update partitions.built set is_tested = true where not is_tested")
