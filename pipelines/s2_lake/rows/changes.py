"""What reading changed in cells: every normalisation that touched characters with a meaning.

One row per changed cell, private to the house until it is masked (``before`` and ``after`` hold
what was filed). Reading a form that the dictionary prints (a label, its national code, 是, a plain
number, 202006) changes nothing, and neither do blanks around a cell, but for numbers that identify
and names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from pipelines.core.dictionary import Column, Dictionary
from pipelines.core.privacy import with_numbers
from pipelines.s2_lake.cells.cell_text import column_cells, formulas_by_column, shown
from pipelines.s2_lake.files.formula_text import as_wrapped, without_formula
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.rows.filing import Filing
from pipelines.s2_lake.tables.recognise import Field, Recognised
from pipelines.s2_lake.texts.change_rules import Rule, told
from pipelines.s2_lake.texts.characters import (
    bare_cells,
    free_text_rules,
    identifier_rules,
    name_rules,
    strip,
)
from pipelines.s2_lake.texts.outcome import Typed
from pipelines.s2_lake.texts.series import nothing

CHANGE: dict[str, Any] = {
    "source_file": pl.String,
    "source_sheet": pl.String,
    "source_row": pl.Int64,
    "table_name": pl.String,
    "column_name": pl.String,
    "header": pl.String,
    "column_letter": pl.String,
    "before": pl.String,
    "after": pl.String,
    "rule_zh": pl.String,
}


# What a cell held before it took its value from elsewhere, and from where (rules, joined).
Special = tuple[str | None, str]


def no_changes() -> pl.DataFrame:
    """Return the empty frame of changes."""
    return pl.DataFrame(schema=CHANGE)


def masked(changes: pl.DataFrame, words: Dictionary) -> pl.DataFrame:
    """Return the changes with names, ids, birth dates, phones and accounts masked.

    Numbers are, in whatever column they stand.
    """
    columns = {
        (table.alias, column.name): column
        for table in words.tables.values()
        for column in table.columns
    }
    keys = [key for key, column in columns.items() if column.sensitive]
    sensitive = pl.DataFrame(keys, schema=["table_name", "column_name"], orient="row").with_columns(
        pl.lit(True).alias("is_sensitive")
    )
    place = ["table_name", "column_name"]
    joined = changes.join(sensitive, on=place, how="left", maintain_order="left")
    for name in ("before", "after"):
        may_show = joined["is_sensitive"].fill_null(False) | with_numbers(joined[name])
        cells = joined.filter(may_show).select(*place, name).unique()
        shown_cells = [shown(columns[alias, column], cell) for alias, column, cell in cells.rows()]
        told_cells = cells.with_columns(pl.Series("shown", shown_cells, dtype=pl.String))
        joined = (
            joined.join(told_cells, on=[*place, name], how="left", maintain_order="left")
            .with_columns(pl.coalesce("shown", name).alias(name))
            .drop("shown")
        )
    return joined.select(list(CHANGE))


def sheet_changes(
    body: pl.DataFrame,
    typed: dict[str, Typed],
    sheet: Sheet,
    found: Recognised,
    filing: Filing,
) -> pl.DataFrame:
    """Return the changes in a sheet's accepted rows, column by column, in row order."""
    parts = [no_changes()]
    formulas = formulas_by_column(sheet)
    origins = _origins_by_column(sheet)
    filed = as_wrapped(sheet)
    for item in found.fields:
        read = column_cells(filed, found, item)
        if len(read) != body.height:
            read = read.gather(body["source_row"] - found.header_row - 2)
        special = _special_rows(item, sheet.respelt, origins, formulas)
        cells = _changed_cells(body, read, typed[item.column.name], special, item.column)
        if cells is not None and cells.height:
            constants = {
                "source_file": filing.file,
                "source_sheet": sheet.name,
                "table_name": found.table.alias,
                "column_name": item.column.name,
                "header": item.headers[0],
                "column_letter": sheet.letter(item.positions[0]),
            }
            told_cells = cells.with_columns(pl.lit(text).alias(n) for n, text in constants.items())
            parts.append(told_cells.select(*CHANGE))
    return pl.concat(parts)


def _changed_cells(
    body: pl.DataFrame,
    read: pl.Series,
    typed: Typed,
    special: Mapping[int, Special],
    column: Column,
) -> pl.DataFrame | None:
    """Return source_row, before, after and rule_zh of a column's changed cells; None for none."""
    text = body[column.name]
    touched = (read != text).fill_null(False)
    if column.blank_means_none:
        touched |= text.is_null() & bare_cells(read).is_not_null()
    if typed.rules is not None:
        touched |= typed.rules.is_not_null()
    if special:
        touched |= body["source_row"].is_in(sorted(special))
    if not touched.any():
        return None
    rules = nothing(text, pl.String) if typed.rules is None else typed.rules
    cells = pl.DataFrame(
        {
            "source_row": body["source_row"].filter(touched),
            "before": read.filter(touched),
            "text": text.filter(touched),
            "after": canonical(typed.values.filter(touched), column),
            "failed": typed.failed.filter(touched),
            "typing": rules.filter(touched),
        }
    )
    cells = _told(cells, special, column)
    return cells.filter(pl.col("rule_zh").is_not_null())


def _origins_by_column(sheet: Sheet) -> dict[int, dict[int, Special]]:
    """Return what cells said before they took their value from elsewhere, by column and row."""
    found: dict[int, dict[int, Special]] = {}
    for (row, position), (text, rule) in sheet.origins.items():
        found.setdefault(position, {})[row] = (text, rule)
    return found


def _special_rows(
    item: Field,
    respellings: Mapping[int, Mapping[int, str]],
    origins: Mapping[int, Mapping[int, Special]],
    formulas: Mapping[int, Mapping[int, str]],
) -> dict[int, Special]:
    """Return the cells from elsewhere, of a formula or with odd ideographs, by 1-based row."""
    special: dict[int, Special] = {}
    for position in item.positions:
        respelt = {
            row: (filed, str(Rule.IDEOGRAPHS))
            for row, filed in respellings.get(position, {}).items()
        }
        own = {row: (text, str(Rule.FORMULA)) for row, text in formulas.get(position, {}).items()}
        for cells in (respelt, origins.get(position, {}), own):
            for row, (text, rule) in cells.items():
                rules = _named(rule) | _named(special[row][1] if row in special else None)
                special[row] = (text, told(rules) or "")
    return special


def _told(cells: pl.DataFrame, special: Mapping[int, Special], column: Column) -> pl.DataFrame:
    """Add ``rule_zh``, null where nothing with a meaning was changed; each case is judged once."""
    if special:
        rows = cells["source_row"].to_list()
        held = [special.get(row, (None, None)) for row in rows]
        before = [
            special[row][0] if row in special else cell
            for row, cell in zip(rows, cells["before"], strict=True)
        ]
        sources = [rule for _, rule in held]
        cells = cells.with_columns(
            pl.Series("read", cells["before"], dtype=pl.String),
            pl.Series("before", before, dtype=pl.String),
            pl.Series("source", sources, dtype=pl.String),
        )
    else:
        cells = cells.with_columns(
            pl.col("before").alias("read"), pl.lit(None, dtype=pl.String).alias("source")
        )
    case = ["read", "text", "failed", "typing", "source"]
    cases = cells.select(case).unique(maintain_order=True)
    rules = [_rules(*row, column=column) for row in cases.iter_rows()]
    cases = cases.with_columns(pl.Series("rule_zh", rules, dtype=pl.String))
    return cells.join(cases, on=case, how="left", nulls_equal=True, maintain_order="left").select(
        "source_row", "before", "after", "rule_zh"
    )


def _rules(
    read: str | None,
    text: str | None,
    failed: bool,
    typing: str | None,
    source: str | None,
    *,
    column: Column,
) -> str | None:
    """Return what changed one cell: where it was taken from, its signs, its typing."""
    rules = _named(source)
    if rules == {Rule.FORMULA} and text is None:
        rules = {Rule.FORMULA_WITHOUT_VALUE}
    if failed:
        return told(rules)
    rules |= _named(typing)
    bare = None if read is None else without_formula(read)
    if bare != read:
        rules.add(Rule.FORMULA_TEXT)
    if bare is not None and strip(bare) and text is None and not rules:
        rules.add(Rule.PLACEHOLDER)
    if bare is not None and text is not None and bare != text:
        rules |= _sign_rules(column)(bare, text)
    return told(rules)


def _named(rules: str | None) -> set[Rule]:
    return {Rule(name) for name in rules.split("、")} if rules else set()


def _sign_rules(column: Column) -> Callable[[str, str], set[Rule]]:
    if column.is_identifier:
        return identifier_rules
    return name_rules if column.sensitive == "name" else free_text_rules


def canonical(values: pl.Series, column: Column) -> pl.Series:
    """Return typed values as text: 12.5, 是, 2019-03-01, 201903, labels joined by commas."""
    value = pl.col("value")
    if column.printed:
        values = values.struct.field("value")
    kind = "dec" if column.printed else column.type
    forms = {
        "int": value.cast(pl.String),
        "dec": value.cast(pl.String).str.replace(r"\.?0+$", ""),
        "bool": pl.when(value).then(pl.lit("是")).when(~value).then(pl.lit("否")),
        "date": value.dt.to_string("%Y-%m-%d"),
        "month": value.dt.to_string("%Y%m"),
        "datetime": value.dt.to_string("%Y-%m-%d %H:%M:%S"),
        "codes": value.list.join(","),
    }
    return values.alias("value").to_frame().select(forms.get(kind, value)).to_series()
