"""The stage: rules over the record views of the build database become findings and outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.core.database import build_database
from pipelines.core.dictionary import dictionary
from pipelines.core.partitions import note_table, open_partitions
from pipelines.core.settings import Home
from pipelines.s4_findings.by_county import evaluate_changed
from pipelines.s4_findings.catalogue import Catalogue, catalogue_version, load_catalogue
from pipelines.s4_findings.lifecycle import read_waivers, write_findings

OUTCOMES = """
CREATE OR REPLACE TABLE findings.fct_rule_outcome AS
WITH filing AS (
  SELECT DISTINCT county_code, period FROM records.rec_filing
), expected AS (
  SELECT rule.rule_id, filing.county_code, filing.period FROM findings.dim_rule AS rule, filing
), unfiled AS (
  SELECT need.rule_id, filing.county_code, filing.period,
    '未报送:' || string_agg(need.title_zh, '、' ORDER BY need.table_name) AS reason_zh
  FROM rule_table AS need, filing
  WHERE NOT EXISTS (
    SELECT 1 FROM records.rec_filing AS filed
    WHERE filed.county_code = filing.county_code AND filed.period = filing.period
      AND filed.table_name = need.table_name)
  GROUP BY ALL
), lacking AS (
  SELECT need.rule_id, absent.county_code, absent.period,
    '缺列:' || string_agg(need.title_zh, '、' ORDER BY need.table_name, need.column_name)
      AS reason_zh
  FROM rule_link AS need
  JOIN records.rec_absent_column AS absent USING (table_name, column_name)
  GROUP BY ALL
), missing AS (
  SELECT rule_id, county_code, period,
    concat_ws(';', unfiled.reason_zh, lacking.reason_zh) AS reason_zh
  FROM unfiled FULL JOIN lacking USING (rule_id, county_code, period)
)
SELECT expected.rule_id, expected.county_code, expected.period,
  coalesce(n_pass + n_fail + n_undecidable, 0)::BIGINT AS n_applicable,
  coalesce(n_pass, 0)::BIGINT AS n_pass, coalesce(n_fail, 0)::BIGINT AS n_fail,
  coalesce(n_undecidable, 0)::BIGINT AS n_undecidable,
  coalesce(n_not_applicable, 0)::BIGINT AS n_not_applicable, missing.reason_zh
FROM expected
LEFT JOIN rules.outcome_counts AS counted USING (rule_id, county_code, period)
LEFT JOIN missing USING (rule_id, county_code, period)
ORDER BY ALL
"""


@dataclass(frozen=True)
class FindingsResult:
    """What the night found: rules evaluated, findings that stand, by severity, new and resolved."""

    rules: int
    standing: int
    by_severity: dict[str, int]
    new: int
    resolved: int


def write_rules(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Write ``findings.dim_rule`` (one row per rule), and what each rule needs: the tables, and the
    columns by which it finds other rows.
    """
    connection.execute(
        """
        CREATE OR REPLACE TABLE findings.dim_rule (
          rule_id VARCHAR, title_zh VARCHAR, grain VARCHAR, severity VARCHAR, effect VARCHAR,
          holds VARCHAR[], owner_zh VARCHAR, advice_zh VARCHAR, basis VARCHAR,
          valid_from DATE, valid_to DATE
        );
        CREATE OR REPLACE TEMP TABLE rule_table (
          rule_id VARCHAR, table_name VARCHAR, title_zh VARCHAR);
        CREATE OR REPLACE TEMP TABLE rule_link (
          rule_id VARCHAR, table_name VARCHAR, column_name VARCHAR, title_zh VARCHAR);
        """
    )
    tables = dictionary().tables
    ordered = sorted(catalogue.rules, key=lambda compiled: compiled.rule.rule_id)
    rules = [
        (
            rule.rule_id, rule.title, rule.grain, rule.severity, rule.effect, list(rule.holds),
            rule.owner, rule.advice, rule.basis, rule.valid_from, rule.valid_to,
        )
        for rule in (compiled.rule for compiled in ordered)
    ]  # fmt: skip
    needs = [
        (compiled.rule.rule_id, alias, tables[alias].title_zh)
        for compiled in ordered
        for alias in compiled.required_tables
    ]
    links = [
        (compiled.rule.rule_id, alias, column, tables[alias].titled(column))
        for compiled in ordered
        for alias, column in compiled.required_links
    ]
    _insert(connection, "findings.dim_rule", rules)
    _insert(connection, "rule_table", needs)
    _insert(connection, "rule_link", links)


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows in one statement: one statement a row takes longer than all rules together."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        listed = ", ".join("unnest(?)" for _ in columns)
        connection.execute(f"INSERT INTO {table} SELECT {listed}", columns)


def write_notes(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Write ``findings.rec_structural_note``: the reader's notes that no rule speaks for.

    Decision 1: of a cell whose column a rule names, that rule speaks. Decision 2: a column that
    is missing as a whole is always told; so is a total that its rows do not add up to.
    """
    named = set().union(*(c.when.needs.columns | c.must.needs.columns for c in catalogue.rules))
    connection.execute(
        """
        CREATE OR REPLACE TABLE findings.rec_structural_note AS
        SELECT note.* FROM records.rec_structural_note AS note
        LEFT JOIN (SELECT unnest(?) AS table_name, unnest(?) AS column_name) AS named
          ON named.table_name = note.table_name AND named.column_name = note.column_name
        WHERE named.column_name IS NULL OR note.note_rule NOT IN ('S001', 'S002')
          OR (note.note_rule = 'S002' AND NOT EXISTS (
            FROM lake.header AS head WHERE head.submission_id = note.submission_id
              AND head.source_file = note.source_file AND head.source_sheet = note.source_sheet
              AND head.table_name = note.table_name AND head.column_name = note.column_name))
        """,
        [[table for table, _ in sorted(named)], [column for _, column in sorted(named)]],
    )


def find(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> FindingsResult:
    """Evaluate a catalogue over an open build database and write schema ``findings``."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS findings")
    write_rules(connection, catalogue)
    write_notes(connection, catalogue)
    open_partitions(connection)
    note_table(connection, "findings.rec_structural_note", "county_code")
    evaluate_changed(connection, catalogue)
    connection.execute(OUTCOMES)
    write_findings(connection, read_waivers())
    return _summary(connection, len(catalogue.rules))


def _summary(connection: duckdb.DuckDBPyConnection, rules: int) -> FindingsResult:
    rows = connection.execute(
        "SELECT severity, count(*) FROM findings.fct_finding WHERE status <> 'resolved'"
        " GROUP BY severity ORDER BY severity"
    ).fetchall()
    new, resolved = connection.execute(
        "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE status = 'resolved')"
        " FROM findings.fct_finding"
    ).fetchall()[0]
    by_severity = {str(severity): int(count) for severity, count in rows}
    return FindingsResult(rules, sum(by_severity.values()), by_severity, int(new), int(resolved))


def run(home: Home) -> FindingsResult:
    """Evaluate the catalogue over the home's build database.

    Raises CatalogueError where a rule is broken: the night stops, nothing is published.
    """
    with build_database(home) as connection:
        absent = connection.execute(
            "SELECT DISTINCT table_name, column_name FROM records.rec_absent_column"
        ).fetchall()
        return find(connection, load_catalogue(frozenset(absent)))


__all__ = ["FindingsResult", "catalogue_version", "find", "run"]
