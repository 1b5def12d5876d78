"""Every rule's SQL bound by DuckDB, over one row of every record: faults of type without data."""

from __future__ import annotations

import duckdb

from pipelines.core.entries import noting
from pipelines.s4_findings.authoring.examples import empty_database
from pipelines.s4_findings.catalogue import Catalogue, CompiledRule
from pipelines.s4_findings.language.records import Records
from pipelines.s4_findings.outcomes import code_sql, mask_sql, wide_sql


def bind_faults(catalogue: Catalogue) -> list[str]:
    """Return a sentence for each rule whose SQL cannot be bound or whose predicates are none."""
    faults: list[str] = []
    with empty_database(catalogue.records) as connection:
        _add_rows(connection, catalogue.records)
        for record in catalogue.wides:
            rules = catalogue.of_record(record)
            if not rules:
                continue
            faults += _of_record(connection, catalogue, record, rules)
    return faults


def _of_record(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    record: str,
    rules: list[CompiledRule],
) -> list[str]:
    faults: list[str] = []
    try:
        _make(connection, catalogue, record)
        for compiled in rules:
            with noting(faults):
                _bind(connection, catalogue, compiled)
        if not faults:
            connection.execute(mask_sql(record, rules))
    except duckdb.Error as error:
        together = f"record {record}: {catalogue.wides[record].explained(error)}"
        return _alone(connection, catalogue, rules) or [together]
    return faults


def _add_rows(connection: duckdb.DuckDBPyConnection, records: Records) -> None:
    """Put one row into every record view: marks are true, everything else is null.

    Without a row DuckDB looks at no constant, and a number compared with words would pass.
    """
    for place, name in {record.place: name for name, record in records.by_name.items()}.items():
        marks = [c for c, kind in records.columns(name).items() if kind == "BOOLEAN"]
        names = ", ".join(f'"{column}"' for column in ("county_code", "period", *marks))
        values = ", ".join(("'990101'", "'2020-06'", *("true" for _ in marks)))
        connection.execute(f"INSERT INTO {place} ({names}) VALUES ({values})")


def _make(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, record: str) -> None:
    connection.execute(wide_sql(catalogue, record))
    connection.execute(catalogue.told[record].create_sql(f"told_{record}"))


def _alone(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, rules: list[CompiledRule]
) -> list[str]:
    """Return the faults of rules that cannot be evaluated together, each tried by itself."""
    faults: list[str] = []
    for compiled in rules:
        single = Catalogue([compiled.rule], catalogue.records)
        record = compiled.rule.record
        with noting(faults):
            try:
                _make(connection, single, record)
            except duckdb.Error as error:
                compiled.rule.refuse(single.wides[record].explained(error), "must")
            _bind(connection, single, single.rules[0])
    return faults


def _bind(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, compiled: CompiledRule
) -> None:
    record = compiled.rule.record
    parts = {
        "when": f"typeof({compiled.when.sql}), {compiled.when.sql} FROM wide_{record}",
        "must": f"typeof({compiled.must.sql}), {compiled.must.sql}, {code_sql(compiled)}"
        f" FROM wide_{record}",
        "message": f"{compiled.message.sql} FROM told_{record}",
        "advice": f"{compiled.advice.sql} FROM told_{record}",
    }
    for part, sql in parts.items():
        try:
            rows = connection.execute(f"SELECT {sql}").fetchall()
        except duckdb.Error as error:
            wides = catalogue.wides if part in ("when", "must") else catalogue.told
            compiled.rule.refuse(f"{part}: {wides[record].explained(error)}", part)
        if part in ("when", "must") and rows and rows[0][0] not in ("BOOLEAN", '"NULL"'):
            compiled.rule.refuse(f"{part} is {rows[0][0]}, expected a condition", part)
