"""Accepted rows in the lake's shape: provenance, typed values, texts as filed, keys."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.core.dictionary import Column, Table
from pipelines.core.privacy import keyed
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.rows.filing import Filing
from pipelines.s2_lake.rows.schema import column_types
from pipelines.s2_lake.tables.recognise import Recognised
from pipelines.s2_lake.texts.outcome import Typed
from pipelines.s2_lake.texts.series import mapped


def lake_rows(
    body: pl.DataFrame,
    typed: dict[str, Typed],
    sheet: Sheet,
    found: Recognised,
    filing: Filing,
) -> pl.DataFrame:
    """Return the accepted rows with provenance, typed columns, texts and keys."""
    size = body.height
    constants = {
        "county_code": filing.county_code,
        "period": filing.period,
        "submission_id": filing.submission_id,
        "source_file": filing.file,
        "source_sheet": sheet.name,
    }
    columns: dict[str, pl.Series] = {
        name: pl.repeat(value, size, dtype=pl.String, eager=True)
        for name, value in constants.items()
    }
    columns["source_row"] = body["source_row"]
    columns["row_no"] = pl.int_range(1, size + 1, dtype=pl.Int64, eager=True)
    for column in found.table.columns:
        if column.name in typed:
            columns |= _stored(column, body[column.name], typed[column.name], filing.key)
        else:
            columns |= {
                name: pl.Series([None], dtype=kind).new_from_index(0, size)
                for name, kind in column_types(column).items()
            }
    return pl.DataFrame([values.alias(name) for name, values in columns.items()])


def _stored(column: Column, text: pl.Series, typed: Typed, key: bytes) -> dict[str, pl.Series]:
    name = Table.stored_name(column.name)
    stored = {name: typed.values}
    if column.type != "str":
        stored[f"{name}_text"] = text
    if column.sensitive == "id":
        numbers = typed.values.str.strip_chars().str.to_uppercase().str.slice(0, 18)
        distinct = numbers.filter(numbers.fill_null("") != "").unique()
        keys = keyed(distinct.cast(pl.Binary).to_list(), key)
        stored[f"{name}_key"] = mapped(numbers, dict(zip(distinct, keys, strict=True)), pl.String)
    if column.printed:
        parts = typed.values.struct
        stored[name] = parts.field("value")
        stored |= {f"{name}_{part}": parts.field(part) for part in ("low", "high", "decimals")}
        stored[f"{name}_is_approx"] = parts.field("approx")
    return stored


def repeats(text_columns: Sequence[str], frame: pl.DataFrame) -> pl.Series:
    """Return which rows repeat an earlier one cell for cell in the given columns."""
    if not frame.height:
        return pl.Series("repeat", [], dtype=pl.Boolean)
    cells = [pl.col(name).fill_null("\x00") for name in text_columns]
    # Rows whose hashes differ differ; only the few others are compared in full.
    alike = frame.select(text_columns).hash_rows().is_duplicated()
    rows = frame.filter(alike).select(pl.concat_str(cells, separator="\x1f").alias("whole"))
    repeated = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
    return repeated.scatter(alike.arg_true(), ~rows["whole"].is_first_distinct())


def filed_columns(table: Table) -> list[str]:
    """Return the lake columns that hold what was filed as text, one per dictionary column."""
    return [Table.stored_name(c.name) + ("" if c.type == "str" else "_text") for c in table.columns]
