"""Schema ``history``: what the last publication holds, the only look back that a night takes.

Also the empty tables that Python fills between the groups of models (findings, gate), so that
dbt always finds its sources.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from pipelines.core.database import published_file, read_only
from pipelines.core.settings import Home
from pipelines.s2_lake import results
from pipelines.s3_models.lake import literal, quoted

FINDING = {
    "finding_id": "VARCHAR",
    "rule_id": "VARCHAR",
    "county_code": "VARCHAR",
    "period": "VARCHAR",
    "grain": "VARCHAR",
    "household_code": "VARCHAR",
    "person_code": "VARCHAR",
    "object_code": "VARCHAR",
    "severity": "VARCHAR",
    "effect": "VARCHAR",
    "status": "VARCHAR",
    "message_zh": "VARCHAR",
    "advice_zh": "VARCHAR",
    "owner_zh": "VARCHAR",
    "cells": (
        'STRUCT(file VARCHAR, sheet VARCHAR, "row" BIGINT, "column" VARCHAR, "value" VARCHAR)[]'
    ),
    "masked_id": "VARCHAR",
    "village_code": "VARCHAR",
    "is_new": "BOOLEAN",
    "first_seen_on": "DATE",
    "last_seen_on": "DATE",
    "resolved_on": "DATE",
    "is_sample": "BOOLEAN",
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

INDICATOR = {
    "region_code": "VARCHAR",
    "period": "VARCHAR",
    "indicator_code": "VARCHAR",
    "breakdown": "VARCHAR",
    "vintage": "INTEGER",
    "numerator": "DECIMAL(38,8)",
    "denominator": "DECIMAL(38,8)",
    "value": "DOUBLE",
    "unit": "VARCHAR",
    "as_of": "DATE",
    "status": "VARCHAR",
    "reason_zh": "VARCHAR",
    "is_current": "BOOLEAN",
    "known_at": "VARCHAR",
    "is_sample": "BOOLEAN",
}

REFRESH = {
    "vintage": "INTEGER",
    "catalogue_version": "VARCHAR",
    "newest_received_at": "VARCHAR",
    "deliveries": "BIGINT",
    "fingerprint": "VARCHAR",
}

SUBMISSION = {
    "submission_id": "VARCHAR",
    "county_code": "VARCHAR",
    "period": "VARCHAR",
    "received_at": "VARCHAR",
    "withdrawn_at": "VARCHAR",
    "status": "VARCHAR",
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
    """What a build database is made of: the fingerprint of all inputs, the rules' version."""

    fingerprint: str
    catalogue_version: str


# Of a build that is never published: a county's dry run, a test of the models.
UNKNOWN = Inputs("", "")

HISTORY = {
    "fct_finding": FINDING,
    "fct_indicator": INDICATOR,
    "fct_submission": SUBMISSION,
    "meta_refresh": REFRESH,
}
FILLED_LATER = {
    "findings": {"fct_finding": FINDING, "fct_rule_outcome": RULE_OUTCOME, "dim_rule": RULE},
    "gate": {"held": HELD},
}


def create_history(connection: duckdb.DuckDBPyConnection, at: Home, last_vintage: int = 0) -> None:
    """Copy the last publication's history; typed and empty where there is none.

    A column that this version publishes and the last one did not is added, empty. Vintages go on
    from ``last_vintage`` where what stands is an older one, restored because that one was lost.
    """
    connection.execute("create schema history")
    if not at.published_db.exists():
        for table, columns in HISTORY.items():
            connection.execute(f"create table history.{table} ({_definition(columns)})")
        return
    with published_file(at) as path:
        connection.execute(f"attach {literal(str(path))} as published (read_only)")
        try:
            for table, columns in HISTORY.items():
                _copy(connection, table, columns)
        finally:
            connection.execute("detach published")
    if not any(result.is_sample for result in results(at)):
        # The sample was taken out (filings sample remove): it leaves no past behind.
        for table in ("fct_finding", "fct_indicator"):
            connection.execute(f"delete from history.{table} where is_sample")
    connection.execute(
        "update history.meta_refresh set vintage = greatest(vintage, ?)", [last_vintage]
    )


def create_filled_later(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the empty tables of ``findings`` and ``gate`` that a later stage replaces."""
    for schema, tables in FILLED_LATER.items():
        connection.execute(f"create schema {schema}")
        for table, columns in tables.items():
            connection.execute(f"create table {schema}.{table} ({_definition(columns)})")


def create_inputs(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    """Record what this build is made of: the publication is stamped with it, not with its end."""
    connection.execute(
        "create table history.inputs as select ? as fingerprint, ? as catalogue_version",
        [inputs.fingerprint, inputs.catalogue_version],
    )


def inputs_of(at: Home) -> Inputs:
    """Return what the build database is made of."""
    with read_only(at.build_db) as connection:
        row = connection.execute(
            "select fingerprint, catalogue_version from history.inputs"
        ).fetchone()
    return Inputs(*row) if row else UNKNOWN


def _copy(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str]) -> None:
    """Copy one published table and complete its columns."""
    there = {
        name
        for (name,) in connection.execute(
            "select column_name from duckdb_columns() where database_name = 'published' "
            "and schema_name = 'main' and table_name = ?",
            [table],
        ).fetchall()
    }
    if not there:
        connection.execute(f"create table history.{table} ({_definition(columns)})")
        return
    connection.execute(f"create table history.{table} as from published.main.{table}")
    for name, sql_type in columns.items():
        if name not in there:
            connection.execute(f"alter table history.{table} add column {quoted(name)} {sql_type}")


def _definition(columns: dict[str, str]) -> str:
    """Return the column definitions of a create table statement."""
    return ", ".join(f"{quoted(name)} {sql_type}" for name, sql_type in columns.items())
