"""Which partitions are stale: what changed and what follows from it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from pipelines.core.partitions import mark_tested, note_lineage, note_table, open_partitions

ONE, OTHER = "990101", "990102"


def node(
    kind: str, schema: str, name: str, *parents: str, across: bool = False
) -> dict[str, object]:
    return {
        "resource_type": kind,
        "schema": schema,
        "alias": name,
        "tags": ["models"] if kind == "model" else [],
        "depends_on": {"nodes": list(parents)},
        "config": {"meta": {"compares_counties": across}},
        "checksum": {"checksum": "seeded"},
    }


MANIFEST = {
    "nodes": {
        "own": node("model", "main", "own", "filed", "names"),
        "compared": node("model", "main", "compared", "filed", across=True),
        "unknown": node("model", "main", "unknown", "nowhere"),
        "names": node("seed", "seeds", "names"),
    },
    "sources": {
        "filed": node("source", "lake", "filed"),
        "nowhere": node("source", "lake", "nowhere"),
    },
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        open_partitions(found)
        note_lineage(found, MANIFEST)
        found.execute("create schema lake; create table lake.filed (county_code varchar, n int)")
        found.execute(f"insert into lake.filed values ('{ONE}', 1), ('{OTHER}', 2)")
        note_table(found, "lake.filed", "county_code")
        for model in ("main.own", "main.compared"):
            build(found, model)
        yield found


def stale(found: duckdb.DuckDBPyConnection, model: str, code: str = "code") -> dict[str, bool]:
    return dict(
        found.execute(
            "select county_code, is_wanted from partitions.stale(?, ?)", [model, code]
        ).fetchall()
    )


def build(found: duckdb.DuckDBPyConnection, model: str) -> None:
    found.execute("delete from partitions.built where relation = ?", [model])
    found.execute(
        "insert into partitions.built select $model, county_code, inputs, inputs, false "
        "from partitions.wanted($model, 'code')",
        {"model": model},
    )


def test_what_was_built_of_the_same_is_not_stale(connection):
    assert stale(connection, "main.own") == stale(connection, "main.compared") == {}
    open_partitions(connection)
    note_lineage(connection, MANIFEST)
    note_table(connection, "lake.filed", "county_code")
    assert stale(connection, "main.own") == stale(connection, "main.compared") == {}


def test_of_a_county_that_changed_its_own_partition_is_stale(connection):
    connection.execute(f"update lake.filed set n = 3 where county_code = '{OTHER}'")
    note_table(connection, "lake.filed", "county_code")
    assert stale(connection, "main.own") == {OTHER: True}
    assert stale(connection, "main.compared") == {"": True}


def test_rows_in_another_order_are_the_same(connection):
    connection.execute("create or replace table lake.filed as from lake.filed order by n desc")
    note_table(connection, "lake.filed", "county_code")
    assert stale(connection, "main.own") == {}


def test_a_county_that_came_and_one_that_went(connection):
    connection.execute(f"update lake.filed set county_code = '990103' where county_code = '{ONE}'")
    note_table(connection, "lake.filed", "county_code")
    assert stale(connection, "main.own") == {"990103": True, ONE: False}


@pytest.mark.parametrize("change", ["alter table lake.filed add column m int", None])
def test_other_columns_or_another_seed_leave_nothing(connection, change):
    if change:
        connection.execute(change)
        note_table(connection, "lake.filed", "county_code")
    else:
        connection.execute(
            "update partitions.built set content = 'x' where relation like 'seeds.%'"
        )
    assert stale(connection, "main.own") == {"": True, ONE: True, OTHER: True}


def test_other_code_leaves_nothing(connection):
    assert stale(connection, "main.own", "other") == {"": True, ONE: True, OTHER: True}
    assert stale(connection, "main.compared", "other") == {"": True}


def test_what_rests_on_something_unknown_is_always_stale(connection):
    build(connection, "main.unknown")
    assert stale(connection, "main.unknown") == {"": True}


def test_a_model_that_the_project_no_longer_has_is_dropped(connection):
    connection.execute("create table main.own as select 1 as x")
    less = {**MANIFEST, "nodes": {k: v for k, v in MANIFEST["nodes"].items() if k != "own"}}
    open_partitions(connection)
    note_lineage(connection, less)
    assert connection.execute("from duckdb_tables() where table_name = 'own'").fetchall() == []
    assert connection.execute("from partitions.built where relation = 'main.own'").fetchall() == []


def test_what_was_tested_is_marked(connection):
    mark_tested(connection)
    assert connection.execute("from partitions.built where not is_tested").fetchall() == []
