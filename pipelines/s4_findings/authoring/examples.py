"""Rules proven on their own examples, all in one DuckDB connection.

An example gives the columns that matter of one record; ``member: [...]`` adds child rows,
``income: {...}`` a joined row, ``prior: {...}`` the same record one filing earlier,
``reported: [...]`` printed totals, ``not_filed: [inc]`` tables the county did not file. What is not
given is null, keys are filled in. Every example lives in a period of its own, so that one pass
evaluates all of them.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import duckdb

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import CatalogueError
from pipelines.core.figures.printed import figure
from pipelines.s4_findings.authoring.thresholds import fill_thresholds
from pipelines.s4_findings.catalogue import (
    EXAMPLE_KINDS,
    OUTCOMES,
    Catalogue,
    CompiledRule,
)
from pipelines.s4_findings.language.message import MACROS
from pipelines.s4_findings.language.records import Link, Record, Records
from pipelines.s4_findings.outcomes import code_sql, wide_sql

COUNTY = "990101"
PERIOD = "2020-06"
CODES = ("not applicable", "passes", "fires", "undecidable")
DEFAULTS: dict[str, Any] = {
    "household_code": "9901010001",
    "person_code": "990101000101",
    "village_code": "990101001001",
    "project_code": "XM-01",
    "doc_no": "ZJ-01",
    "loan_no": "JK-01",
    "post_id": "GW-01",
    "issue_id": "WT-01",
    "helper_id": "BF-01",
    "id_no_key": "key-01",
    "is_first": True,
    "is_live": True,
    "on_roll": True,
    "is_own": True,
    "is_latest": True,
}
UNIT_FACTORS = {"万元": Decimal(10_000), "亿元": Decimal(100_000_000)}


@dataclass(frozen=True)
class Failure:
    """An example that does not come out as its rule says."""

    rule_id: str
    place: str
    number: int
    expected: str
    got: str

    def __str__(self) -> str:
        return (
            f"{self.place}: {self.rule_id} example {self.number}: {self.expected}, got {self.got}"
        )


def empty_database(records: Records) -> duckdb.DuckDBPyConnection:
    """Return an in-memory database with every record view as an empty table of its real shape."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET enable_progress_bar = false")
    connection.execute("CREATE SCHEMA records; CREATE SCHEMA lake; CREATE SCHEMA findings")
    places = {record.place: name for name, record in records.by_name.items()}
    for place, name in places.items():
        columns = ", ".join(f'"{c}" {t}' for c, t in records.columns(name).items())
        connection.execute(f"CREATE TABLE {place} ({columns})")
    connection.execute(
        """
        CREATE TABLE records.rec_filing (county_code VARCHAR, period VARCHAR, table_name VARCHAR,
          n_rows BIGINT, prior_period VARCHAR);
        CREATE TABLE records.rec_absent_column (county_code VARCHAR, period VARCHAR,
          table_name VARCHAR, column_name VARCHAR);
        CREATE TABLE records.rec_threshold (county_code VARCHAR, kind VARCHAR, valid_from DATE,
          valid_to DATE, value DECIMAL(18, 4));
        CREATE TABLE lake.header (submission_id VARCHAR, source_file VARCHAR,
          source_sheet VARCHAR, table_name VARCHAR, column_name VARCHAR, header VARCHAR,
          column_letter VARCHAR, first_row BIGINT, last_row BIGINT);
        """
    )
    connection.execute(MACROS)
    return connection


class Bench:
    """Example rows on their way into the records tables."""

    def __init__(self, records: Records):
        self.records = records
        self.rows: list[tuple[str, dict[str, Any], str]] = []
        self.example = ""
        self.filings: list[tuple[str, str, str, str | None]] = []
        self.counter = 0

    def add(self, compiled: CompiledRule, example: dict[str, Any], period: str) -> int:
        """Add one example in a period of its own; returns the record_id of its record."""
        record = self.records[compiled.rule.record]
        self.example = f"{compiled.rule.at('examples')}: rule {compiled.rule.rule_id}: example"
        values = dict(example)
        not_filed = set(values.pop("not_filed", ()))
        shown = str(values.pop("period", PERIOD))
        as_of = period_end(shown)
        prior = values.pop("prior", None)
        reported = values.pop("reported", None) if record.name != "county" else None
        linked = {**record.joins, **record.children}
        nested = {name: values.pop(name) for name in list(values) if name in linked}
        base = self.add_row(record, values, period, as_of)
        record_id = base["record_id"]
        for name, rows in nested.items():
            for row in [rows] if isinstance(rows, dict) else rows or []:
                self._link(base, linked[name], row, period, as_of)
        for row in reported or []:
            self.add_row(self.records["reported"], dict(row), period, as_of)
        if prior is not None:
            keys = {c: base.get(c) for c in record.prior}
            self.add_row(record, keys | prior, f"{period}<", period_end("2019-12"))
        self._file(base["county_code"], period, not_filed, prior is not None)
        return int(record_id)

    def _file(self, county: str, period: str, not_filed: set[str], has_prior: bool) -> None:
        for alias in dictionary().tables:
            if alias not in not_filed:
                before = f"{period}<" if has_prior else None
                self.filings.append((county, period, alias, before))

    def _link(
        self, base: dict[str, Any], link: Link, row: dict[str, Any], period: str, as_of: date
    ) -> None:
        keys = {theirs: base.get(own) for own, theirs in link.on}
        self.add_row(self.records[link.record], keys | link.example | row, period, as_of)

    def add_row(
        self, record: Record, values: dict[str, Any], period: str, as_of: date
    ) -> dict[str, Any]:
        """Add one row of a record; what ``values`` leaves out takes its default. Returns it.

        Raises CatalogueError where the record has no such column.
        """
        columns = self.records.columns(record.name)
        for name in values:
            if name not in columns:
                raise CatalogueError(f"record {record.name} has no column {name}")
        self.counter += 1
        row = {name: value for name, value in DEFAULTS.items() if name in columns}
        row |= {"county_code": COUNTY, "as_of": as_of, "period_end": as_of}
        row |= {"record_id": self.counter, "row_no": self.counter, "source_row": self.counter}
        row |= {"source_file": "example.xlsx", "source_sheet": "", "submission_id": "example"}
        row = {name: value for name, value in row.items() if name in columns}
        row |= record.example | values
        row["period"] = period
        if "value_low" in columns:
            row = _printed(row)
        row = {name: _typed(columns[name], value) for name, value in row.items()}
        self.rows.append((record.place, row, self.example))
        return row

    def fill(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write the rows, the filings and the thresholds of the counties in use.

        Raises CatalogueError naming the example whose value does not fit its column.
        """
        self.write_rows(connection)
        self.write_filings(connection)
        fill_thresholds(connection, {row["county_code"] for _, row, _ in self.rows})

    def write_filings(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write which tables were filed."""
        connection.execute(
            "INSERT INTO records.rec_filing SELECT unnest(?), unnest(?), unnest(?), 1, unnest(?)",
            [list(column) for column in zip(*self.filings, strict=True)],
        )

    def write_rows(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write the rows alone. Raises CatalogueError as ``fill`` does."""
        for place, row, example in self.rows:
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" for _ in row)
            try:
                connection.execute(
                    f"INSERT INTO {place} ({names}) VALUES ({marks})", list(row.values())
                )
            except duckdb.Error as error:
                raise CatalogueError(f"{example}: {str(error).splitlines()[0]}") from error


def period_end(period: str) -> date:
    """Return the last day of a period YYYY-MM."""
    year, month = (int(part) for part in period.split("-"))
    return date(year, month, monthrange(year, month)[1])


def _typed(duckdb_type: str, value: Any) -> Any:
    """Let examples write dates as 2019, 201906, 2019-06 or 20190601 where the column is a date."""
    if duckdb_type != "DATE" or value is None or isinstance(value, date):
        return value
    digits = "".join(ch for ch in str(value) if ch.isdigit())
    day = int(digits[6:8]) if len(digits) == 8 else 1
    return date(int(digits[:4]), int(digits[4:6]) if len(digits) >= 6 else 1, day)


def _printed(row: dict[str, Any]) -> dict[str, Any]:
    """Fill a printed figure's interval from its text, as the reader would."""
    filled = dict(row)
    for name in ("value", "num", "den"):
        text = filled.get(name)
        if not isinstance(text, str):
            continue
        printed = figure(text, filled.get("unit") if name == "value" else None)
        if printed is None:
            raise CatalogueError(f"{name}: {text} is not a figure")
        derived = {
            name: printed.value,
            f"{name}_text": text,
            f"{name}_low": printed.low,
            f"{name}_high": printed.high,
            f"{name}_decimals": printed.decimals,
            f"{name}_is_approx": printed.is_approx,
        }
        filled |= {k: v for k, v in derived.items() if k == name or row.get(k) is None}
    factor = UNIT_FACTORS.get(filled.get("unit") or "", Decimal(1))
    for base, own in (
        ("base_value", "value"),
        ("base_low", "value_low"),
        ("base_high", "value_high"),
    ):
        if filled.get(base) is None and filled.get(own) is not None:
            filled[base] = Decimal(str(filled[own])) * factor
    filled.setdefault("base_factor", factor)
    return filled


def coverage_gaps(catalogue: Catalogue) -> list[str]:
    """Return a sentence for each rule that lacks one of the three kinds of example."""
    gaps = []
    for compiled in catalogue.rules:
        rule = compiled.rule
        kinds = {kind for example in rule.examples if example for kind in example}
        wanted = set(OUTCOMES) - ({"undecidable"} if rule.two_valued else set())
        # An example of no known kind is told as such.
        if kinds <= set(EXAMPLE_KINDS) and (missing := sorted(wanted - kinds)):
            gaps.append(
                f"{rule.at('examples')}: rule {rule.rule_id} has no example that is"
                f" {', '.join(missing)}"
            )
    return gaps


def run_examples(
    catalogue: Catalogue, ids: Iterable[str] | None = None
) -> tuple[int, list[Failure]]:
    """Run the examples of the named rules (all by default): how many ran, and which fail.

    Raises CatalogueError naming the first example that is none.
    """
    wanted = set(ids or catalogue.by_id)
    unknown = wanted - set(catalogue.by_id)
    if unknown:
        raise CatalogueError(f"没有规则 {'、'.join(sorted(unknown))},请用 filings rules list 查看")
    bench = Bench(catalogue.records)
    cases = [
        case
        for compiled in catalogue.rules
        if compiled.rule.rule_id in wanted
        for case in _add_examples(bench, compiled)
    ]
    with empty_database(catalogue.records) as connection:
        bench.fill(connection)
        return len(cases), _judge(connection, catalogue, cases)


def example_faults(catalogue: Catalogue) -> list[str]:
    """Return a sentence for each rule with an example that is none: its kind, a name, a value."""
    faults = []
    with empty_database(catalogue.records) as connection:
        for compiled in catalogue.rules:
            bench = Bench(catalogue.records)
            try:
                _add_examples(bench, compiled)
                bench.write_rows(connection)
            except CatalogueError as error:
                faults.append(str(error))
    return faults


def _add_examples(bench: Bench, compiled: CompiledRule) -> list[tuple[CompiledRule, int, str, int]]:
    """Add a rule's examples, each in a period of its own: rule, number, kind and record_id."""
    rule = compiled.rule
    cases = []
    for number, example in enumerate(rule.examples, 1):
        if not isinstance(example, dict) or len(example) != 1:
            rule.refuse(f"example {number}: expected one kind and its record", "examples")
        ((kind, values),) = example.items()
        if kind not in EXAMPLE_KINDS:
            known = ", ".join(EXAMPLE_KINDS)
            rule.refuse(f"example {number}: unknown kind {kind} (there are {known})", "examples")
        try:
            record_id = bench.add(compiled, values or {}, f"{rule.rule_id}#{number}")
        except CatalogueError as error:
            rule.refuse(f"example {number}: {error}", "examples")
        cases.append((compiled, number, kind, record_id))
    return cases


def _judge(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    cases: list[tuple[CompiledRule, int, str, int]],
) -> list[Failure]:
    failures = []
    made: set[str] = set()
    for rule_id, group in groupby(cases, key=lambda case: case[0].rule.rule_id):
        compiled = catalogue.by_id[rule_id]
        record = compiled.rule.record
        try:
            if record not in made:
                connection.execute(wide_sql(catalogue, record))
                connection.execute(catalogue.told[record].create_sql(f"told_{record}"))
                made.add(record)
            codes = _codes(connection, compiled)
        except duckdb.Error as error:
            compiled.rule.refuse(catalogue.wides[record].explained(error), "must")
        for _, number, kind, record_id in group:
            got = codes.get(record_id, "no record")
            expected = "not applicable" if kind == "inapplicable" else kind
            if got != expected:
                place = compiled.rule.at("examples")
                failures.append(Failure(rule_id, place, number, expected, got))
    return failures


def _codes(connection: duckdb.DuckDBPyConnection, compiled: CompiledRule) -> dict[int, str]:
    """Return record_id → outcome for a rule's examples, its sentence made wherever it fires."""
    rule = compiled.rule
    rows = connection.execute(
        f"SELECT record_id, {code_sql(compiled)} FROM wide_{rule.record}"
        f" WHERE period LIKE '{rule.rule_id}#%'"
    ).fetchall()
    firing = [record_id for record_id, code in rows if code == CODES.index("fires")]
    sentences = connection.execute(
        f"SELECT {compiled.message.sql}, {compiled.advice.sql} FROM told_{rule.record}"
        " WHERE record_id IN (SELECT unnest(?))",
        [firing],
    ).fetchall()
    if any(part is None for sentence in sentences for part in sentence):
        rule.refuse("message or advice is empty where the rule fires", "message")
    return {record_id: CODES[code] for record_id, code in rows}


__all__ = ["Failure", "coverage_gaps", "run_examples"]
