"""Every expression of an indicator bound by DuckDB over the rows it counts, each by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb

from pipelines.core.entries import noting
from pipelines.core.sql import literal
from pipelines.s5_indicators.bench import Examples, bench_database
from pipelines.s5_indicators.definitions import Indicator
from pipelines.s5_indicators.generate import macro_data
from pipelines.s5_indicators.models import FOLDER, Models

AGGREGATES = ("numerator", "denominator", "weight")
CONDITIONS = ("where", "numerator_where", "denominator_where")
# DuckDB's functions that another night would answer otherwise.
NO_CLOCK = ("now(", "current_date", "current_timestamp", "today(", "random(")


def bind_faults(indicators: Sequence[Indicator]) -> list[str]:
    """Return a sentence for each indicator with an expression that cannot be computed."""
    faults: list[str] = []
    if not indicators:
        return faults
    bench = Examples()
    # Without a row DuckDB looks at no constant, and a number compared with words would pass.
    bench.add({"rows": {name: [{}] for name in bench.record_names}}, "lint")
    with bench_database() as connection:
        bench.write_rows(connection)
        models = Models(connection, macro_data(indicators))
        for indicator in indicators:
            with noting(faults):
                for part, fields in _readings(indicator):
                    _bind(models, indicator, part, fields)
    return faults


def _readings(indicator: Indicator) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each reading, completed, with the path of what it says itself."""
    data = indicator.data
    yield "", data
    for number, reading in enumerate(data.get("readings", ())):
        yield f"readings.{number}.", {**data, **reading}


def _bind(models: Models, indicator: Indicator, part: str, fields: Mapping[str, Any]) -> None:
    relation = fields["from"]
    path = f"{part}from" if f"{part}from" in indicator.lines else "from"
    if relation.startswith("ind_") and not (FOLDER / f"{relation}.sql").exists():
        indicator.refuse(f"from: no model is called {relation}", path)
    if relation.startswith("rec_") and not models.has(f"records.{relation}"):
        indicator.refuse(f"from: no record view is called {relation}", path)
    table = models.make(relation) if relation.startswith("ind_") else f"records.{relation}"
    for name in (*AGGREGATES, *CONDITIONS):
        if name in fields:
            own = f"{part}{name}" if f"{part}{name}" in indicator.lines else name
            _try(models.connection, indicator, own, fields[name], table, name in CONDITIONS)
    if "by" in fields:
        by = fields["by"]
        for value in by["values"].values():
            condition = f"{by['column']} = {literal(value)}"
            _try(models.connection, indicator, "by.column", condition, table, True)


def _try(
    connection: duckdb.DuckDBPyConnection,
    indicator: Indicator,
    path: str,
    expression: str,
    table: str,
    is_condition: bool,
) -> None:
    """Refuse an expression that DuckDB cannot compute over a table, or that asks a clock."""
    if clock := next((word for word in NO_CLOCK if word in expression.lower()), None):
        indicator.refuse(f"{path}: {clock} makes another figure of the same filings", path)
    grouped = "" if is_condition else " GROUP BY county_code, period"
    try:
        # The condition is asked of every row, as in a filter.
        found = connection.execute(
            f"SELECT typeof({expression}), ({expression}) FROM {table}{grouped}"
        ).fetchall()
    except duckdb.Error as error:
        indicator.refuse(f"{path}: {_explained(error, table)}", path)
    if is_condition and any(kind not in ("BOOLEAN", '"NULL"') for kind, _ in found):
        indicator.refuse(f"{path} is {found[0][0]}, expected a condition", path)


def _explained(error: duckdb.Error, table: str) -> str:
    """Return DuckDB's complaint in one line, with the table that was asked."""
    sentence = " ".join(str(error).split("\n\n")[0].split())
    return f"{sentence} ({table})"
