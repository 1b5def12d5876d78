"""Set-wise evaluation: one pass per record, four outcomes per rule, long form only for failures.

For every record a wide view gives what its rules read (joins, children and thresholds shared by all
of them). One pass over it stores, as bit masks of up to 60 rules a word, which rules failed, which
could not be decided and which did not apply; the wide rows themselves are never stored. Counts come
from the few distinct masks. What only sentences and cells need is looked up for the few records
that fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from pipelines.core.errors import CatalogueError
from pipelines.s4_findings.catalogue import Catalogue, CompiledRule
from pipelines.s4_findings.finding_cells import Failing, cells_sql
from pipelines.s4_findings.language.message import MACROS, masked

WORD = 60

CREATE_RESULTS = """
CREATE OR REPLACE TEMP TABLE outcome_counts (
  rule_id VARCHAR, county_code VARCHAR, period VARCHAR,
  n_pass BIGINT, n_fail BIGINT, n_undecidable BIGINT, n_not_applicable BIGINT
);
CREATE OR REPLACE TEMP TABLE failure (
  rule_id VARCHAR, record_id BIGINT, county_code VARCHAR, period VARCHAR,
  household_code VARCHAR, person_code VARCHAR, object_code VARCHAR, record_key VARCHAR,
  masked_id VARCHAR, village_code VARCHAR, message_zh VARCHAR, advice_zh VARCHAR
);
CREATE OR REPLACE TEMP TABLE failure_cell (
  rule_id VARCHAR, record_id BIGINT, ordinal BIGINT, submission_id VARCHAR, file VARCHAR,
  sheet VARCHAR, "row" BIGINT, table_name VARCHAR, column_name VARCHAR, header VARCHAR,
  value VARCHAR
);
"""

FAILING = "failing"
CREATE_FAILING = """
CREATE OR REPLACE TABLE findings.rec_failing AS
SELECT DISTINCT rule_id, county_code, period,
  unnest([household_code, person_code, object_code, village_code]) AS subject_code
FROM failure
"""


def evaluate(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Evaluate every rule over schema ``records`` into the temp tables ``outcome_counts`` (one row
    per rule, county and period with rows), ``failure`` (one per failing record and rule) and
    ``failure_cell``. Raises CatalogueError naming the rule that cannot be evaluated.
    """
    connection.execute(MACROS)
    connection.execute(CREATE_RESULTS)
    last = [record for record, wide in catalogue.wides.items() if FAILING in wide.children]
    for record in [*(r for r in catalogue.wides if r not in last), *last]:
        if record in last:
            connection.execute(CREATE_FAILING)
        rules = catalogue.of_record(record)
        if rules:
            _evaluate_record(connection, catalogue, record, rules)


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
    connection.execute(_counts_sql(record, rules))
    failing = {
        row[0]
        for row in connection.execute(
            "SELECT rule_id FROM outcome_counts GROUP BY ALL HAVING sum(n_fail) > 0"
        ).fetchall()
    }
    if failing:
        connection.execute(hit_sql(catalogue, record, rules))
        told = [
            Failing(compiled, f"(fail_{index // WORD} >> {index % WORD}) & 1 = 1")
            for index, compiled in enumerate(rules)
            if compiled.rule.rule_id in failing
        ]
        for each in told:
            _write_failures(connection, each)
        for cells in cells_sql(catalogue, record, told):
            connection.execute(f"INSERT INTO failure_cell {cells}")
        connection.execute(f"DROP TABLE hit_{record}; DROP TABLE row_{record}")
    connection.execute(f"DROP VIEW wide_{record}; DROP TABLE mask_{record}")


def hit_sql(catalogue: Catalogue, record: str, rules: Sequence[CompiledRule]) -> str:
    """Return SQL that keeps what failures need: ``row_<record>``, the records as filed that fail
    any rule, with their fail words, and ``hit_<record>``, what is told of them.
    """
    view = catalogue.records[record]
    columns = catalogue.records.columns(record)
    sensitive = catalogue.records.sensitive(record)
    fails = [f"fail_{word}" for word, _ in _words(rules)]
    keys = " || '|' || ".join(f"coalesce(CAST(r.\"{c}\" AS VARCHAR), '')" for c in view.key)
    shown = view.masked_id
    extra = [
        f"{_entity(view.entity, 'household_code')} AS household_code",
        f"{_entity(view.entity, 'person_code')} AS person_code",
        f"{keys} AS record_key",
        (masked(f'r."{shown}"', sensitive.get(shown)) if shown else "NULL") + " AS masked_id",
        ('r."village_code"' if "village_code" in columns else "NULL") + " AS village_code",
        *fails,
    ]
    return (
        f"CREATE OR REPLACE TEMP TABLE row_{record} AS SELECT r.*, {', '.join(fails)}"
        f" FROM {view.place} AS r JOIN mask_{record} AS mask ON mask.record_id = r.record_id"
        f" WHERE {' OR '.join(f'{fail} <> 0' for fail in fails)};\n"
        + catalogue.told[record].create_sql(f"hit_{record}", extra, f"row_{record}")
    )


def wide_sql(catalogue: Catalogue, record: str, kind: str = "TABLE") -> str:
    """Return SQL that makes ``wide_<record>``, a temporary table or view: what its rules read.

    It has a flag for each table that rules need filed and each column that they link by.
    """
    rules = catalogue.of_record(record)
    tables = sorted(set().union(*(one.required_tables for one in rules)))
    links = sorted(set().union(*(one.required_links for one in rules)))
    filed = {f"filed_{table}": f"table_name = '{table}'" for table in tables}
    lacks = {
        _lacks(table, column): f"table_name = '{table}' AND column_name = '{column}'"
        for table, column in links
    }
    flags = [f"coalesce(filed.{name}, FALSE) AS {name}" for name in filed]
    flags += [f"coalesce(lacks.{name}, FALSE) AS {name}" for name in lacks]
    joins = _flags_join("filed", "rec_filing", filed) + _flags_join(
        "lacks", "rec_absent_column", lacks
    )
    selected = catalogue.wides[record].select_sql(flags, joins=joins)
    return f"CREATE OR REPLACE TEMP {kind} wide_{record} AS\n{selected}"


def _flags_join(alias: str, relation: str, flags: dict[str, str]) -> list[str]:
    """Return the join of flags that say which conditions some row of a county's period meets.

    One row per county and period is joined: asked by EXISTS, each flag would hold back every wide
    row until it is answered.
    """
    if not flags:
        return []
    asked = ", ".join(f"bool_or({condition}) AS {name}" for name, condition in flags.items())
    return [
        f"LEFT JOIN (SELECT county_code, period, {asked} FROM records.{relation}"
        f" GROUP BY county_code, period) AS {alias}"
        f" ON {alias}.county_code = r.county_code AND {alias}.period = r.period"
    ]


def _entity(entity: dict[str, str], column: str) -> str:
    return f'r."{entity[column]}"' if column in entity else "CAST(NULL AS VARCHAR)"


def _lacks(table: str, column: str) -> str:
    return f"lacks_{table}_{column}"


def code_sql(compiled: CompiledRule) -> str:
    """Return SQL of a rule's outcome: 0 not applicable, 1 pass, 2 fail, 3 undecidable."""
    when, must = f"({compiled.when.sql})", f"({compiled.must.sql})"
    rule = compiled.rule
    outside = [f"NOT filed_{table}" for table in compiled.required_tables]
    outside += [_lacks(*link) for link in compiled.required_links]
    if rule.valid_from:
        outside.append(f"as_of < DATE '{rule.valid_from}'")
    if rule.valid_to:
        outside.append(f"as_of > DATE '{rule.valid_to}'")
    outside.append(f"{when} IS FALSE")
    return (
        f"CASE WHEN {' OR '.join(outside)} THEN 0 WHEN {must} IS TRUE THEN 1"
        f" WHEN {when} IS TRUE AND {must} IS FALSE THEN 2 ELSE 3 END"
    )


def _words(rules: Sequence[CompiledRule]) -> Iterator[tuple[int, Sequence[CompiledRule]]]:
    for word, start in enumerate(range(0, len(rules), WORD)):
        yield word, rules[start : start + WORD]


def mask_sql(record: str, rules: Sequence[CompiledRule]) -> str:
    """Return SQL of ``mask_<record>``: per record the fail, undecidable and inapplicable words."""
    codes = [f"{code_sql(c)} AS c{i}" for i, c in enumerate(rules)]
    words = []
    for word, members in _words(rules):
        for name, code in (("fail", 2), ("open", 3), ("idle", 0)):
            bits = [
                f"(CASE WHEN c{word * WORD + bit} = {code} THEN {1 << bit} ELSE 0 END)::UBIGINT"
                for bit in range(len(members))
            ]
            words.append(f"({' | '.join(bits)}) AS {name}_{word}")
    return (
        f"CREATE OR REPLACE TEMP TABLE mask_{record} AS\n"
        f"SELECT record_id, county_code, period, {', '.join(words)}\n"
        f"FROM (SELECT record_id, county_code, period, {', '.join(codes)} FROM wide_{record})"
    )


def _counts_sql(record: str, rules: Sequence[CompiledRule]) -> str:
    """Return SQL that counts outcomes from the distinct masks of each county and period."""
    statements = []
    for word, members in _words(rules):
        listed = ", ".join(
            f"({bit}, '{compiled.rule.rule_id}')" for bit, compiled in enumerate(members)
        )
        statements.append(
            f"""
            INSERT INTO outcome_counts
            WITH distinct_mask AS (
              SELECT county_code, period, fail_{word} AS f, open_{word} AS o, idle_{word} AS i,
                count(*) AS n
              FROM mask_{record} GROUP BY ALL
            ), counted AS (
              SELECT rule.rule_id, county_code, period, sum(n) AS n_rows,
                sum(n * ((f >> rule.bit) & 1)) AS n_fail,
                sum(n * ((o >> rule.bit) & 1)) AS n_undecidable,
                sum(n * ((i >> rule.bit) & 1)) AS n_not_applicable
              FROM distinct_mask, (VALUES {listed}) AS rule (bit, rule_id) GROUP BY ALL
            )
            SELECT rule_id, county_code, period,
              n_rows - n_fail - n_undecidable - n_not_applicable, n_fail, n_undecidable,
              n_not_applicable
            FROM counted
            """
        )
    return ";\n".join(statements)


def _write_failures(connection: duckdb.DuckDBPyConnection, failing: Failing) -> None:
    compiled = failing.compiled
    rule = compiled.rule
    try:
        connection.execute(
            f"""
            INSERT INTO failure
            SELECT '{rule.rule_id}', record_id, county_code, period, household_code, person_code,
              CAST({compiled.object_sql or "NULL"} AS VARCHAR), record_key, masked_id, village_code,
              {compiled.message.sql}, {compiled.advice.sql}
            FROM hit_{rule.record} WHERE {failing.hit_sql}
            """
        )
    except duckdb.Error as error:
        rule.refuse(f"message cannot be evaluated: {error}", "message")


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
