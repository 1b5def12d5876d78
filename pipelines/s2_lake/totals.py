"""Total rows are no records, but a total that is not the sum of its rows is told (S004)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from pipelines.core.dictionary import Dictionary
from pipelines.s2_lake.amounts import adds_up
from pipelines.s2_lake.filing import Filing
from pipelines.s2_lake.outcome import Typed
from pipelines.s2_lake.recognise import Field, Recognised
from pipelines.s2_lake.results import StructuralNote
from pipelines.s2_lake.sheet import Sheet
from pipelines.s2_lake.typed import typed_column

_PART = r"小\s*计|本页"


def total_notes(
    totals: pl.DataFrame,
    body: pl.DataFrame,
    typed: dict[str, Typed],
    sheet: Sheet,
    found: Recognised,
    words: Dictionary,
    filing: Filing,
) -> list[StructuralNote]:
    """Compare each total row with the rows above it: a subtotal with those since the last total.

    Told only where every cell above could be typed, and where the total is neither their sum (to
    the digits that it shows) nor their mean, which some forms print in its place.
    """
    if totals.is_empty() or body.is_empty():
        return []
    notes = []
    for item in found.fields:
        if not adds_up(item.column):
            continue
        told = typed_column(totals, item, words)
        for at, printed in enumerate(told.values):
            if printed is None:
                continue
            since = _start(totals, at, sheet, found)
            above = body["source_row"].is_between(since, totals["source_row"][at], closed="none")
            wrong = _difference(Decimal(printed), typed[item.column.name], above, item)
            if wrong is not None:
                cell = (int(totals["source_row"][at]), str(totals[item.column.name][at]))
                notes.append(_note(cell, wrong, item, sheet, found, filing))
    return notes


def _start(totals: pl.DataFrame, at: int, sheet: Sheet, found: Recognised) -> int:
    """Return the row after which the rows of a total begin: the header, or the last total."""
    says = "".join(_texts(sheet, int(totals["source_row"][at])))
    is_part = pl.Series([says]).str.contains(_PART).item()
    return int(totals["source_row"][at - 1]) if is_part and at else found.header_row + 1


def _texts(sheet: Sheet, row: int) -> Iterator[str]:
    return (cell for cell in sheet.frame.row(row - 1) if cell)


def _difference(printed: Decimal, cells: Typed, above: pl.Series, item: Field) -> Decimal | None:
    """Return the sum that the total should be, None where it is in order or cannot be told."""
    if cells.failed.filter(above).any():
        return None
    values = [Decimal(value) for value in cells.values.filter(above).drop_nulls()]
    if not values:
        return None
    whole = sum(values, Decimal(0))
    # A header in 万元 shows ten-thousandths of what is kept in 元.
    digit = Decimal(1).scaleb(-_places(printed / item.scale)) * item.scale
    if abs(whole - printed) * 2 <= digit and whole != printed:
        return None
    mean = (whole / len(values)).quantize(digit.normalize(), ROUND_HALF_UP)
    return None if printed in (whole, mean) else whole


def _places(number: Decimal) -> int:
    """Return how many decimals a number shows."""
    exponent = number.normalize().as_tuple().exponent
    return max(-int(exponent), 0)


def _note(
    cell: tuple[int, str],
    whole: Decimal,
    item: Field,
    sheet: Sheet,
    found: Recognised,
    filing: Filing,
) -> StructuralNote:
    header, unit = item.headers[0], item.column.unit
    return StructuralNote(
        rule_id="S004",
        file=filing.file,
        sheet=sheet.name,
        row=cell[0],
        table=found.table.alias,
        column=item.column.name,
        header=header,
        column_letter=sheet.letter(item.positions[0]),
        value=cell[1],
        n_cells=1,
        sentence_zh=f"合计行的“{header}”填{cell[1]},上面各行之和为{whole.normalize():f}{unit},两者不符",
    )
