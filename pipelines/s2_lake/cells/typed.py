"""One column's cells typed, by the dictionary or, for printed figures, by what they print."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.core.dictionary import Dictionary
from pipelines.core.figures.printed import Figure
from pipelines.s2_lake.cells import printed
from pipelines.s2_lake.cells.convert import convert
from pipelines.s2_lake.cells.dates import AMBIGUOUS_MONTH, AMBIGUOUS_ZH
from pipelines.s2_lake.cells.numbers import DEC, LARGEST, TOO_LARGE_ZH, WIDE
from pipelines.s2_lake.files.reader import numeric_cells
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.tables.recognise import Field, Recognised
from pipelines.s2_lake.texts.asked import question
from pipelines.s2_lake.texts.change_rules import Rule, told
from pipelines.s2_lake.texts.characters import changed_signs
from pipelines.s2_lake.texts.outcome import Typed
from pipelines.s2_lake.texts.series import nothing

_FIGURE: dict[str, Any] = {
    "value": DEC,
    "low": WIDE,
    "high": WIDE,
    "decimals": pl.Int32,
    "approx": pl.Boolean,
}


def typed_columns(
    body: pl.DataFrame, sheet: Sheet, found: Recognised, words: Dictionary
) -> dict[str, Typed]:
    """Return every found column typed, by name."""
    typed: dict[str, Typed] = {}
    # Printed figures come last: what they mean depends on their row's unit.
    for item in sorted(found.fields, key=lambda item: item.column.printed):
        units = typed["unit"].values.fill_null(body["unit"]) if "unit" in typed else None
        typed[item.column.name] = typed_column(
            body, item, words, is_1904=sheet.is_1904, units=units
        )
    return typed | _without_ambiguous_months(body, typed, sheet, found)


def typed_column(
    body: pl.DataFrame,
    item: Field,
    words: Dictionary,
    *,
    is_1904: bool = False,
    units: pl.Series | None = None,
) -> Typed:
    """Return a field's typed cells and which of them could not be typed.

    ``units`` are the labels of the units that printed figures are filed in.
    """
    column = item.column
    if column.printed:
        return _printed(body[column.name], units)
    codes = words.code_list(column) if column.codes else None
    typed = convert(body[column.name], column, codes, item.scale, is_1904=is_1904)
    return _without_unit(typed) if item.is_of_unknown_unit else typed


def _without_unit(typed: Typed) -> Typed:
    """Take back the amounts that do not name their unit themselves; zero is zero in any unit.

    The sheet's remark asks about them all at once.
    """
    named = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(typed.values))
    if typed.rules is not None:
        units = "|".join((Rule.SAME_UNIT, Rule.UNIT))
        named = typed.rules.str.contains(units).fill_null(False)
    kept = named | (typed.values == 0).fill_null(False)
    nothing = pl.Series([None], dtype=typed.values.dtype)
    return replace(typed, values=typed.values.zip_with(kept, nothing))


def _without_ambiguous_months(
    body: pl.DataFrame, typed: dict[str, Typed], sheet: Sheet, found: Recognised
) -> dict[str, Typed]:
    """Take back the months of numeric cells 2019.1: Excel shows October 2019.10 so as well."""
    suspects = {
        item: mask
        for item in found.fields
        if item.column.type == "month" and sheet.kind != "csv"
        for mask in [body[item.column.name].str.contains(AMBIGUOUS_MONTH).fill_null(False)]
        if mask.any()
    }
    numbers = numeric_cells(sheet, [item.positions[0] for item in suspects])
    taken = {}
    for item, mask in suspects.items():
        if sheet.kind == "xlsx":
            mask &= body["source_row"].is_in(sorted(numbers.get(item.positions[0], ())))
        column = typed[item.column.name]
        cells = body[item.column.name].filter(mask).unique()
        taken[item.column.name] = replace(
            column,
            values=column.values.zip_with(~mask, pl.Series([None], dtype=column.values.dtype)),
            failed=column.failed | mask,
            reasons={**column.reasons, **dict.fromkeys(cells, AMBIGUOUS_ZH)},
        )
    return taken


def _printed(texts: pl.Series, units: pl.Series | None) -> Typed:
    """Type printed figures; the struct carries value, low, high, decimals and is_approx."""
    filed = nothing(texts, pl.String) if units is None else units
    pairs = list(zip(texts, filed, strict=True))
    figures = {
        (text, unit): printed.figure(text, unit) for text, unit in set(pairs) if text is not None
    }
    rows = {
        pair: _row(figure)
        for pair, figure in figures.items()
        if figure is not None and max(abs(figure.low), abs(figure.high)) < LARGEST
    }
    too_large = {pair[0] for pair in figures.keys() - rows.keys() if figures[pair] is not None}
    values = pl.DataFrame(
        [rows.get(pair, (None,) * 5) for pair in pairs], schema=_FIGURE, orient="row"
    )
    failed = [pair[0] is not None and pair not in rows for pair in pairs]
    changed = {pair: _figure_rules(pair[0], row[0]) for pair, row in rows.items()}
    asked = {pair[0]: why for pair in figures if pair not in rows and (why := question(pair[0]))}
    return Typed(
        values.to_struct(texts.name),
        pl.Series(texts.name, failed, dtype=pl.Boolean),
        pl.Series(texts.name, [changed.get(pair) for pair in pairs], dtype=pl.String)
        if any(changed.values())
        else None,
        dict.fromkeys(too_large, TOO_LARGE_ZH) | asked,
    )


def _row(figure: Figure) -> tuple[Decimal, Decimal, Decimal, int, bool]:
    low, high = _fit(figure.low, 8), _fit(figure.high, 8)
    return _fit(figure.value, 6), low, high, figure.decimals, figure.is_approx


def _figure_rules(text: str, value: Decimal) -> str | None:
    """Return what reading a printed figure changed; 约 and 余 are kept in its interval."""
    rules = changed_signs(text)
    printed_number = printed.digits(text)
    if "," in printed_number:
        rules.add(Rule.GROUPS)
    if abs(Decimal(printed_number.replace(",", ""))) != abs(value):
        rules.add(Rule.UNIT)
    return told(rules)


def _fit(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places))
