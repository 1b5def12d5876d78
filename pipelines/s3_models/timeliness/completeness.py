"""How complete the filed rows are: SQL over the lake, generated from the dictionary."""

from __future__ import annotations

from pipelines.core.dictionary import Column, Dictionary, Table
from pipelines.core.sql import literal, quoted


def filled_cells(dictionary: Dictionary) -> str:
    """Return the query of ``lake.filled_cells``: rows, required cells, and those with content.

    One row per county, period and table; where rows say themselves when they were submitted, one
    per data date and time of submission. A cell is required as for S002: ``required: Y``, empty
    does not mean none, and the row is not one that ``unless`` exempts.
    """
    return " union all ".join(_of_table(table) for table in dictionary.tables.values())


def required_columns(table: Table) -> list[Column]:
    """Return the columns whose cells must have content."""
    return [c for c in table.columns if c.required == "Y" and not c.blank_means_none]


def _of_table(table: Table) -> str:
    dated = {"as_of", "submitted_at"} <= set(table.by_name)
    as_of, submitted_at = ("as_of", "submitted_at") if dated else ("null", "null")
    columns = required_columns(table)
    required = " + ".join(_count(column) for column in columns) or "0"
    filled = " + ".join(_count(column, filled=True) for column in columns) or "0"
    grouped = "county_code, period" + (", as_of, submitted_at" if dated else "")
    return (
        f"select county_code, period, {literal(table.alias)} as table_name, "
        f"cast({as_of} as DATE) as as_of, cast({submitted_at} as TIMESTAMP) as submitted_at, "
        f"count(*) as n_rows, {required} as required_cells, {filled} as required_cells_filled "
        f"from lake.{quoted(table.alias)} group by {grouped}"
    )


def _count(column: Column, *, filled: bool = False) -> str:
    """Return the count of a column's required cells, or of those with content as filed."""
    name = Table.stored_name(column.name)
    counted = quoted(name if column.type == "str" else f"{name}_text") if filled else "*"
    if column.unless is None:
        return f"count({counted})"
    other, label = column.unless
    exempt = f"{quoted(Table.stored_name(other))} is not distinct from {literal(label)}"
    return f"count({counted}) filter (where not ({exempt}))"
