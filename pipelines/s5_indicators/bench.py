"""A database of examples: record rows as an indicator's example gives them, one county each.

An example gives ``rows`` by record (``household: [{…}]``), ``findings`` of the rules, tables that
were ``not_filed`` and columns that the filed tables ``lack``. What is not given takes the default
of rule examples; a row's period is 2020-06 unless it says so. Each earlier period of an example was
filed, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import CatalogueError
from pipelines.core.sql import quoted
from pipelines.s3_models.history import FILLED_LATER
from pipelines.s4_findings.authoring.examples import (
    Bench,
    empty_database,
    period_end,
)
from pipelines.s4_findings.authoring.thresholds import fill_thresholds
from pipelines.s4_findings.language.records import records

PERIOD = "2020-06"
# What the gate's candidates read beside records and findings; examples have none of it.
RECEIPTS = """
    CREATE TABLE lake.current_delivery
      (county_code VARCHAR, period VARCHAR, table_name VARCHAR, submission_id VARCHAR);
    CREATE TABLE main.fct_submission (submission_id VARCHAR, is_sample BOOLEAN);
"""


class Examples:
    """Examples on their way into a database."""

    def __init__(self) -> None:
        self._bench = Bench(records())
        self._findings: list[tuple[str, dict[str, Any]]] = []
        self._absent: list[tuple[str, str, str, str]] = []
        self._count = 0

    @property
    def record_names(self) -> list[str]:
        """Names of the records that an example may have rows of."""
        return list(self._bench.records.by_name)

    def add(self, example: dict[str, Any], name: str) -> str:
        """Add one example, called ``name`` in complaints; returns the code of its county.

        Raises:
            CatalogueError: a record, column or table of the example does not exist.
        """
        county = _county(self._count)
        self._count += 1
        self._bench.example = name
        rows = {"county": [{}], **example.get("rows", {})}
        periods = {PERIOD}
        for record, given in rows.items():
            if record not in self._bench.records:
                raise CatalogueError(f"no record is called {record}")
            for row in given:
                values = {"county_code": county, **row}
                period = str(values.pop("period", PERIOD))
                periods.add(period)
                self._bench.add_row(self._bench.records[record], values, period, period_end(period))
        self._file(county, sorted(periods), set(example.get("not_filed", ())))
        for column in example.get("lacks", ()):
            self._absent.append((county, PERIOD, *column.split(".")))
        for finding in example.get("findings", ()):
            filled = {"county_code": county, "period": PERIOD, **finding}
            self._findings.append((name, filled))
        return county

    def _file(self, county: str, periods: list[str], not_filed: set[str]) -> None:
        unknown = not_filed - set(dictionary().tables)
        if unknown:
            raise CatalogueError(f"no filed table is called {', '.join(sorted(unknown))}")
        for before, period in zip([None, *periods], periods, strict=False):
            for alias in dictionary().tables:
                if period != PERIOD or alias not in not_filed:
                    self._bench.filings.append((county, period, alias, before))

    def write(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write all examples into a database of ``bench_database``.

        Raises:
            CatalogueError: a value does not fit its column; the message names the example.
        """
        self.write_rows(connection)
        self._bench.write_filings(connection)
        for row in self._absent:
            connection.execute("INSERT INTO records.rec_absent_column VALUES (?, ?, ?, ?)", row)
        fill_thresholds(connection, {county for county, *_ in self._bench.filings})

    def write_rows(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write the rows and findings alone. Raises CatalogueError as ``write`` does."""
        self._bench.write_rows(connection)
        for name, finding in self._findings:
            columns = ", ".join(quoted(column) for column in finding)
            marks = ", ".join("?" for _ in finding)
            try:
                connection.execute(
                    f"INSERT INTO findings.fct_finding ({columns}) VALUES ({marks})",
                    list(finding.values()),
                )
            except duckdb.Error as error:
                raise CatalogueError(f"{name}: {str(error).splitlines()[0]}") from error


@contextmanager
def bench_database() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give an in-memory database with all tables that the indicator models read, empty."""
    with empty_database(records()) as connection:
        connection.execute(RECEIPTS)
        for table in ("fct_finding", "dim_rule"):
            columns = FILLED_LATER["findings"][table].items()
            listed = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns)
            connection.execute(f"CREATE TABLE findings.{table} ({listed})")
        yield connection


def _county(number: int) -> str:
    """Return a code of a county for the example of a number; a code that ends in 00 is a city."""
    city, county = divmod(number, 99)
    return f"99{city + 1:02d}{county + 1:02d}"
