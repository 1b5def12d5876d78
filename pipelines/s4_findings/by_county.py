"""Rules judged county by county: what changed since they were judged last, the rest carried over.

What the rules of a record found stands in schema ``rules`` of the build database, keyed by record.
It is judged again for the counties in which something changed that these rules read, and for all
counties where the rules themselves changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import duckdb

from pipelines.core.partitions import (
    Stale,
    forget,
    note_built,
    note_parents,
    note_table,
    open_partitions,
    stale,
)
from pipelines.core.sql import literal, quoted
from pipelines.s4_findings.catalogue import Catalogue
from pipelines.s4_findings.evaluate import (
    FAILING,
    RESULTS,
    evaluate,
    record_sql,
)

# What rules read: the record views, and two of what the rules themselves give.
_READ = re.compile(r'\b(records|findings)\."?(rec_\w+)"?')
_SCOPE = "scope"
_CREATE_FAILING = """
CREATE OR REPLACE TABLE findings.rec_failing AS
SELECT DISTINCT rule_id, county_code, period,
  unnest([household_code, person_code, object_code, village_code]) AS subject_code
FROM rules.failure WHERE NOT list_contains(?, record)
"""


def evaluate_changed(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Bring the tables ``rules.outcome_counts``, ``rules.failure`` and ``rules.failure_cell`` up to
    date: as RESULTS has them, with the record before.

    Raises CatalogueError naming the rule that cannot be evaluated.
    """
    open_partitions(connection)
    connection.execute("CREATE SCHEMA IF NOT EXISTS rules")
    for table, columns in RESULTS.items():
        connection.execute(f"CREATE TABLE IF NOT EXISTS rules.{table} (record VARCHAR, {columns})")
    records = [record for record in catalogue.wides if catalogue.of_record(record)]
    for table in RESULTS:
        connection.execute(
            f"DELETE FROM rules.{table} WHERE NOT list_contains(?, record)", [records]
        )
    last = [record for record in records if FAILING in catalogue.wides[record].children]
    _bring_up_to_date(connection, catalogue, [each for each in records if each not in last])
    connection.execute(_CREATE_FAILING, [last])
    note_table(connection, "findings.rec_failing", "county_code")
    _bring_up_to_date(connection, catalogue, last)


def _bring_up_to_date(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, records: Iterable[str]
) -> None:
    """Judge the stale counties of some records, those of equal counties in one go."""
    found: dict[str, Stale] = {}
    for record in records:
        code = record_sql(catalogue, record)
        parents = {f"{schema}.{name}" for schema, name in _READ.findall(code)}
        note_parents(connection, _relation(record), sorted(parents))
        found[record] = stale(connection, _relation(record), hashlib.md5(code.encode()).hexdigest())
    groups: dict[tuple[bool, frozenset[str]], list[str]] = {}
    for record, those in found.items():
        if those.is_whole or those.counties:
            groups.setdefault((those.is_whole, those.counties), []).append(record)
    for (is_whole, counties), alike in groups.items():
        for record in alike:
            forget(connection, _relation(record), found[record])
        if is_whole:
            evaluate(connection, catalogue, alike)
        else:
            with _only(connection, counties):
                evaluate(connection, catalogue, alike)
        _take_over(connection, catalogue, alike, None if is_whole else counties)
        for record in alike:
            note_built(connection, _relation(record), found[record])


def _relation(record: str) -> str:
    return f"rules.{record}"


@contextmanager
def _only(connection: duckdb.DuckDBPyConnection, counties: Iterable[str]) -> Iterator[None]:
    """Let what rules read be the rows of some counties: views of the same names stand before it."""
    (main,) = connection.execute("SELECT current_database()").fetchall()[0]
    listed = ", ".join(literal(county) for county in sorted(counties))
    read = connection.execute(
        "SELECT table_schema, table_name, bool_or(column_name = 'county_code')"
        " FROM information_schema.columns WHERE table_catalog = ?"
        " AND table_schema IN ('records', 'findings') GROUP BY ALL",
        [main],
    ).fetchall()
    connection.execute(f"ATTACH ':memory:' AS {_SCOPE}")
    try:
        for schema in ("records", "findings"):
            connection.execute(f"CREATE SCHEMA {_SCOPE}.{schema}")
        for schema, name, has_county in read:
            where = f" WHERE county_code IN ({listed})" if has_county else ""
            connection.execute(
                f"CREATE VIEW {_SCOPE}.{schema}.{quoted(name)} AS"
                f" FROM {quoted(main)}.{schema}.{quoted(name)}{where}"
            )
        connection.execute(f"USE {_SCOPE}")
        yield
    finally:
        connection.execute(f"USE {quoted(main)}")
        connection.execute(f"DETACH {_SCOPE}")


def _take_over(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    records: Iterable[str],
    counties: Iterable[str] | None,
) -> None:
    """Put what was judged now in the place of what stood of these records and counties."""
    rules = [
        (compiled.rule.rule_id, record)
        for record in records
        for compiled in catalogue.of_record(record)
    ]
    where = "list_contains($records, record)"
    values: dict[str, object] = {"records": list(records)}
    if counties is not None:
        where += " AND list_contains($counties, county_code)"
        values["counties"] = sorted(counties)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE rule_record AS"
        " SELECT unnest(?) AS rule_id, unnest(?) AS record",
        [[rule for rule, _ in rules], [record for _, record in rules]],
    )
    connection.execute(
        f"DELETE FROM rules.failure_cell AS cell USING (FROM rules.failure WHERE {where}) AS gone"
        " WHERE cell.record = gone.record AND cell.record_id = gone.record_id",
        values,
    )
    for table in ("outcome_counts", "failure"):
        connection.execute(f"DELETE FROM rules.{table} WHERE {where}", values)
    for table in RESULTS:
        connection.execute(
            f"INSERT INTO rules.{table} SELECT of.record, found.* FROM temp.{table} AS found"
            " JOIN rule_record AS of USING (rule_id)"
        )
