"""Schema ``history``: what was published last, from ``warehouse/history``: a night's one look back.

Also the empty tables that Python fills between the groups of models (findings, gate), so that
dbt always finds its sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from pipelines.core.database import read_only
from pipelines.core.history import FIRST_KEY, PUBLISHED, as_of, contract, read_history
from pipelines.core.privacy import key_in_use, known_key, opened
from pipelines.core.settings import Home
from pipelines.core.sql import literal, quoted

# What a finding has tonight; of earlier nights only what history remembers of it.
FINDING = {
    **contract.FINDING.columns,
    "masked_id": "VARCHAR",
    "is_new": "BOOLEAN",
}

RULE_OUTCOME = {
    "rule_id": "VARCHAR",
    "county_code": "VARCHAR",
    "period": "VARCHAR",
    "n_applicable": "BIGINT",
    "n_pass": "BIGINT",
    "n_fail": "BIGINT",
    "n_undecidable": "BIGINT",
    "n_not_applicable": "BIGINT",
    "reason_zh": "VARCHAR",
}

RULE = {
    "rule_id": "VARCHAR",
    "title_zh": "VARCHAR",
    "grain": "VARCHAR",
    "severity": "VARCHAR",
    "effect": "VARCHAR",
    "holds": "VARCHAR[]",
    "owner_zh": "VARCHAR",
    "basis": "VARCHAR",
    "advice_zh": "VARCHAR",
    "valid_from": "DATE",
    "valid_to": "DATE",
}

REFRESH = {
    "vintage": "INTEGER",
    "catalogue_version": "VARCHAR",
    "newest_received_at": "VARCHAR",
    "deliveries": "BIGINT",
    "fingerprint": "VARCHAR",
}

HELD = {
    "region_code": "VARCHAR",
    "period": "VARCHAR",
    "indicator_code": "VARCHAR",
    "breakdown": "VARCHAR",
    "reason_zh": "VARCHAR",
    "rule_ids": "VARCHAR[]",
}


@dataclass(frozen=True)
class Inputs:
    """What a build database is made of: the fingerprint of all inputs, the rules' version.

    ``made_by`` are the files that people edit and that decide it, by path, as they were when it
    was begun: what is edited during a night did not make that night.
    """

    fingerprint: str
    catalogue_version: str
    made_by: Mapping[str, bytes] = field(default_factory=dict)


# Of a build that is never published: a county's dry run, a test of the models.
UNKNOWN = Inputs("", "")

FILLED_LATER = {
    "findings": {"fct_finding": FINDING, "fct_rule_outcome": RULE_OUTCOME, "dim_rule": RULE},
    "gate": {"held": HELD},
}


def create_history(
    connection: duckdb.DuckDBPyConnection, home: Home, until: int | None = None
) -> None:
    """Make schema ``history`` as it was after the file of history with number ``until``.

    By default after the newest; typed and empty where the home has no history.

    Raises:
        HistoryError: history is not whole.
    """
    past = read_history(home)
    until = past.number if until is None else until
    connection.execute("drop schema if exists history cascade")
    connection.execute("create schema history")
    with as_of(home, past, until) as database:
        connection.execute(f"attach {literal(str(database))} as folded (read_only)")
        for table in PUBLISHED:
            rows = past.rows_sql(table, until)
            connection.execute(f"create table history.{table.published} as {rows}")
        _open_first_keys(connection, home, past.rows_sql(FIRST_KEY, until))
        connection.execute("detach folded")
    for name in FINDING.keys() - contract.FINDING.columns:
        connection.execute(f"alter table history.fct_finding add column {name} {FINDING[name]}")
    connection.execute(f"create table history.meta_refresh ({_definition(REFRESH)})")
    for file in past.publications[::-1]:
        if file.number <= until:
            about = file.manifest.about
            values = [getattr(about, name) for name in REFRESH]
            connection.execute("insert into history.meta_refresh values (?, ?, ?, ?, ?)", values)
            break


def _open_first_keys(connection: duckdb.DuckDBPyConnection, home: Home, rows: str) -> None:
    """Create ``history.first_key``: under each key in use, the key that its number had first."""
    connection.execute("create table history.first_key (keyed VARCHAR, first VARCHAR)")
    made = connection.execute(
        f"select keyed, sealed from ({rows}) where made_under = ?", [key_in_use(home)]
    ).fetchall()
    key = known_key(home) if made else None
    if key is not None:
        names = [keyed for keyed, _ in made]
        first = [opened(seal, keyed, key) for keyed, seal in made]
        connection.execute(
            "insert into history.first_key select unnest(?), unnest(?)", [names, first]
        )


def create_filled_later(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the empty tables of ``findings`` and ``gate`` that a later stage replaces."""
    for schema, tables in FILLED_LATER.items():
        connection.execute(f"drop schema if exists {schema} cascade")
        connection.execute(f"create schema {schema}")
        for table, columns in tables.items():
            connection.execute(f"create table {schema}.{table} ({_definition(columns)})")


def create_inputs(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    """Record what this build is made of: the publication is stamped with it, not with its end."""
    connection.execute(
        "create table history.inputs as select ? as fingerprint, ? as catalogue_version",
        [inputs.fingerprint, inputs.catalogue_version],
    )
    connection.execute("create table history.made_by (path VARCHAR, content BLOB)")
    if inputs.made_by:
        connection.execute(
            "insert into history.made_by select unnest(?), unnest(?)",
            [list(inputs.made_by), list(inputs.made_by.values())],
        )


def inputs_of(home: Home) -> Inputs:
    """Return the fingerprint and the rules' version that the build database is made of."""
    with read_only(home.build_db) as connection:
        row = connection.execute(
            "select fingerprint, catalogue_version from history.inputs"
        ).fetchone()
    return Inputs(*row) if row else UNKNOWN


def made_by_of(home: Home) -> dict[str, bytes]:
    """Return the files that people edit and that decided the build database, by path."""
    with read_only(home.build_db) as connection:
        return dict(connection.execute("select path, content from history.made_by").fetchall())


def _definition(columns: dict[str, str]) -> str:
    """Return the column definitions of a create table statement."""
    return ", ".join(f"{quoted(name)} {sql_type}" for name, sql_type in columns.items())
