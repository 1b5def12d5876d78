"""Set-wise evaluation: one pass per record, four outcomes per rule, long form only for failures.

For every record a wide view gives what its rules read (joins, children and thresholds shared by all
of them). One pass over it stores two bits a rule: whether it passed, failed, could not be decided
or did not apply; the wide rows themselves are never stored. Counts come from the few distinct words
of such bits. What only sentences and cells need is looked up for the few records that fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb

from pipelines.core.errors import CatalogueError
from pipelines.core.sql import literal
from pipelines.s4_findings.catalogue import Catalogue, CompiledRule
from pipelines.s4_findings.finding_cells import Failing, cells_sql
from pipelines.s4_findings.language.message import MACROS, masked
from pipelines.s4_findings.outcomes import (
    FAIL,
    code_sql,
    counts_sql,
    fails_any_sql,
    mask_sql,
    outcome_sql,
    wide_sql,
    word_names,
)

# What the rules of some records found: of every rule, county and period the outcomes, of every
# failing record and rule a row, and the cells that it shows.
RESULTS = {
    "outcome_counts": """
        rule_id VARCHAR, county_code VARCHAR, period VARCHAR,
        n_pass BIGINT, n_fail BIGINT, n_undecidable BIGINT, n_not_applicable BIGINT""",
    "failure": """
        rule_id VARCHAR, record_id BIGINT, county_code VARCHAR, period VARCHAR,
        household_code VARCHAR, person_code VARCHAR, object_code VARCHAR, record_key VARCHAR,
        masked_id VARCHAR, village_code VARCHAR, message_zh VARCHAR, advice_zh VARCHAR""",
    "failure_cell": """
        rule_id VARCHAR, record_id BIGINT, ordinal BIGINT, submission_id VARCHAR, file VARCHAR,
        sheet VARCHAR, "row" BIGINT, table_name VARCHAR, column_name VARCHAR, header VARCHAR,
        value VARCHAR""",
}
# What other rules found of a household or person: the child that rules of rules read.
FAILING = "failing"


def create_results(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables of RESULTS, empty."""
    for table, columns in RESULTS.items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")


def evaluate(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, records: Iterable[str]
) -> None:
    """Evaluate the rules of some records over schema ``records``, into the tables of RESULTS.

    Raises CatalogueError naming the rule that cannot be evaluated.
    """
    connection.execute(MACROS)
    create_results(connection)
    for record in records:
        _evaluate_record(connection, catalogue, record, catalogue.of_record(record))


def record_sql(catalogue: Catalogue, record: str) -> str:
    """Return all SQL by which the rules of a record are judged and told: what they rest on."""
    rules = catalogue.of_record(record)
    every = [Failing(compiled, "TRUE") for compiled in rules]
    told = [f"{c.rule.rule_id} {c.object_sql} {c.message.sql} {c.advice.sql}" for c in rules]
    return "\n".join(
        [
            wide_sql(catalogue, record, "VIEW"),
            mask_sql(record, rules),
            hit_sql(catalogue, record, rules),
            *told,
            *cells_sql(catalogue, record, every),
        ]
    )


def _evaluate_record(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    record: str,
    rules: list[CompiledRule],
) -> None:
    connection.execute(wide_sql(catalogue, record, "VIEW"))
    try:
        connection.execute(mask_sql(record, rules))
    except duckdb.Error as error:
        raise _culprit(connection, catalogue, record, rules, error) from error
    connection.execute(counts_sql(record, rules))
    failing = _failing(connection, rules)
    if failing:
        connection.execute(hit_sql(catalogue, record, rules))
        _write_failures(connection, record, failing)
        for cells in cells_sql(catalogue, record, failing):
            connection.execute(f"INSERT INTO failure_cell {cells}")
        connection.execute(f"DROP TABLE hit_{record}; DROP TABLE row_{record}")
    connection.execute(f"DROP VIEW wide_{record}; DROP TABLE mask_{record}")


def _failing(connection: duckdb.DuckDBPyConnection, rules: Sequence[CompiledRule]) -> list[Failing]:
    """Return those of a record's rules that some record fails."""
    counted = connection.execute("SELECT DISTINCT rule_id FROM outcome_counts WHERE n_fail > 0")
    failing = {rule_id for (rule_id,) in counted.fetchall()}
    return [
        Failing(compiled, f"{outcome_sql(index)} = {FAIL}")
        for index, compiled in enumerate(rules)
        if compiled.rule.rule_id in failing
    ]


def hit_sql(catalogue: Catalogue, record: str, rules: Sequence[CompiledRule]) -> str:
    """Return SQL that keeps what failures need: ``row_<record>``, the records as filed that fail
    any rule, with the words of their outcomes, and ``hit_<record>``, what is told of them.
    """
    view = catalogue.records[record]
    columns = catalogue.records.columns(record)
    sensitive = catalogue.records.sensitive(record)
    words = word_names(rules)
    keys = " || '|' || ".join(f"coalesce(CAST(r.\"{c}\" AS VARCHAR), '')" for c in view.key)
    shown = view.masked_id
    extra = [
        f"{_entity(view.entity, 'household_code')} AS household_code",
        f"{_entity(view.entity, 'person_code')} AS person_code",
        f"{keys} AS record_key",
        (masked(f'r."{shown}"', sensitive.get(shown)) if shown else "NULL") + " AS masked_id",
        ('r."village_code"' if "village_code" in columns else "NULL") + " AS village_code",
        *words,
    ]
    return (
        f"CREATE OR REPLACE TEMP TABLE row_{record} AS SELECT r.*, {', '.join(words)}"
        f" FROM {view.place} AS r JOIN mask_{record} AS mask ON mask.record_id = r.record_id"
        f" WHERE {fails_any_sql(words)};\n"
        + catalogue.told[record].create_sql(f"hit_{record}", extra, f"row_{record}")
    )


def _entity(entity: dict[str, str], column: str) -> str:
    return f'r."{entity[column]}"' if column in entity else "CAST(NULL AS VARCHAR)"


def _write_failures(
    connection: duckdb.DuckDBPyConnection, record: str, failing: Sequence[Failing]
) -> None:
    """Write what each rule says of each record that fails it, all rules in one statement."""
    try:
        connection.execute(_failures_sql(record, failing))
    except duckdb.Error:
        for each in failing:
            try:
                connection.execute(_failures_sql(record, [each]))
            except duckdb.Error as error:
                each.compiled.rule.refuse(f"message cannot be evaluated: {error}", "message")
        raise


def _failures_sql(record: str, failing: Sequence[Failing]) -> str:
    """Return SQL that adds to ``failure`` a row for each failing rule of each row of the record."""
    numbers = ", ".join(f"CASE WHEN {each.hit_sql} THEN {n} END" for n, each in enumerate(failing))

    def chosen(texts: Sequence[str | None]) -> str:
        branches = [f"WHEN {n} THEN {text}" for n, text in enumerate(texts) if text is not None]
        return f"CASE number {' '.join(branches)} END" if branches else "NULL"

    rules = [each.compiled for each in failing]
    objects = [one.object_sql and f"CAST({one.object_sql} AS VARCHAR)" for one in rules]
    return f"""
        INSERT INTO failure
        SELECT {chosen([literal(one.rule.rule_id) for one in rules])}, record_id, county_code,
          period, household_code, person_code, {chosen(objects)}, record_key, masked_id,
          village_code, {chosen([one.message.sql for one in rules])},
          {chosen([one.advice.sql for one in rules])}
        FROM (SELECT *, unnest([{numbers}]) AS number FROM hit_{record})
        WHERE number IS NOT NULL
    """


def _culprit(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    record: str,
    rules: Sequence[CompiledRule],
    error: duckdb.Error,
) -> CatalogueError:
    """Find the rule that breaks the pass, by evaluating them one at a time."""
    for compiled in rules:
        try:
            connection.execute(f"SELECT max({code_sql(compiled)}) FROM wide_{record}").fetchone()
        except duckdb.Error as single:
            rule = compiled.rule
            reason = catalogue.wides[record].explained(single)
            return CatalogueError(f"{rule.at()}: rule {rule.rule_id}: {reason}")
    return CatalogueError(f"record {record}: {error}")
