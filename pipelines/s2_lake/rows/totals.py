"""Total rows are no records, but a total that is not the sum of its rows is told (S004).

Which rows a total sums, its label and its place say: those that name its place in a column, those
since the last total of its level, or all. Where several readings are possible, the one that most of
its cells agree with is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import polars as pl

from pipelines.core.dictionary import Column, Dictionary, Table, normal
from pipelines.s2_lake.cells.typed import typed_column
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.results import StructuralNote
from pipelines.s2_lake.rows.amounts import adds_up
from pipelines.s2_lake.rows.filing import Filing
from pipelines.s2_lake.tables.recognise import Field, Recognised
from pipelines.s2_lake.tables.total_labels import SHARE, WHOLE, TotalLabel, place_label, total_label
from pipelines.s2_lake.texts.outcome import Typed

_BARE = TotalLabel("", WHOLE)


@dataclass(frozen=True)
class Summed:
    """A block's total rows beside its records, with what these were typed as."""

    sheet: Sheet
    found: Recognised
    totals: pl.DataFrame
    body: pl.DataFrame
    typed: Mapping[str, Typed]


@dataclass(frozen=True)
class _Total:
    """One total row; ``cells`` are its figures by column: typed, as printed, the field."""

    row: int
    label: TotalLabel
    block: Summed
    cells: Mapping[str, tuple[Decimal, str, Field]]


@dataclass(frozen=True)
class _Group:
    """Rows that a total may sum, by their places among all rows, and how they are called."""

    places: pl.Series
    told: str


class _Sum(NamedTuple):
    """What some rows add up to, and whether a total agrees with it."""

    whole: Decimal
    agrees: bool


def total_notes(
    blocks: Sequence[Summed], words: Dictionary, filing: Filing
) -> list[StructuralNote]:
    """Compare each total row of a sheet with the records of its table that it sums.

    Told only where every one of their cells could be typed, and where the total is neither their
    sum (to the digits that it shows) nor their mean, which some forms print in its place.
    """
    notes: list[StructuralNote] = []
    for table in dict.fromkeys(block.found.table.alias for block in blocks):
        of_table = [block for block in blocks if block.found.table.alias == table]
        totals = [total for block in of_table for total in _totals(block, words)]
        if totals and any(block.body.height for block in of_table):
            notes += _table_notes(of_table, totals, filing)
    return notes


def _table_notes(
    blocks: Sequence[Summed], totals: Sequence[_Total], filing: Filing
) -> Iterator[StructuralNote]:
    rows = pl.concat([block.body["source_row"] for block in blocks])
    named = _named_places(blocks, {total.label.place for total in totals} - {""})
    columns = {name: _column(blocks, name) for name in {n for t in totals for n in t.cells}}
    for at, total in enumerate(totals):
        best, most, told = dict[str, Decimal](), -1, ""
        for group in _groups(at, totals, rows, named):
            sums = {
                name: _compared(printed, columns[name], group.places, item)
                for name, (printed, _, item) in total.cells.items()
            }
            agreed = sum(known is not None and known.agrees for known in sums.values())
            if agreed > most:
                wrong = {n: known.whole for n, known in sums.items() if known and not known.agrees}
                best, most, told = wrong, agreed, group.told
        for name, whole in best.items():
            yield _note(total, name, whole, told, filing)


def _totals(block: Summed, words: Dictionary) -> list[_Total]:
    if block.totals.is_empty() or block.found.problem:
        return []
    items = [item for item in block.found.fields if adds_up(item.column)]
    typed = {item.column.name: typed_column(block.totals, item, words).values for item in items}
    found = []
    for at, row in enumerate(block.totals["source_row"]):
        cells = {
            item.column.name: (Decimal(value), str(block.totals[item.column.name][at]), item)
            for item in items
            if (value := typed[item.column.name][at]) is not None
        }
        labels = (total_label(cell) for cell in block.sheet.frame.row(row - 1) if cell)
        key = block.totals[block.found.table.key[0]][at] or ""
        label = next((label for label in labels if label is not None), place_label(key) or _BARE)
        found.append(_Total(row, label, block, cells))
    return found


def _column(blocks: Sequence[Summed], name: str) -> tuple[pl.Series, pl.Series]:
    """Return a column over all blocks: values, and which cells could not be typed."""
    values, failed = [], []
    for block in blocks:
        typed = block.typed.get(name)
        size = block.body.height
        unknown = pl.Series([None], dtype=pl.Decimal(38, 6)).new_from_index(0, size)
        values.append(unknown if typed is None else typed.values.cast(pl.Decimal(38, 6)))
        is_lost = pl.repeat(bool(block.found.problem), size, dtype=pl.Boolean, eager=True)
        failed.append(is_lost if typed is None else typed.failed | is_lost)
    return pl.concat(values), pl.concat(failed)


def _named_places(blocks: Sequence[Summed], wanted: set[str]) -> dict[str, pl.Series]:
    """Return, by the name in a total's label, the places of the records that hold it in a cell."""
    found: dict[str, list[pl.Series]] = {}
    before = 0
    for block in blocks:
        hits: dict[str, pl.Series] = {}
        for column in _naming(block.found.table) if wanted else ():
            cells = block.body.get_column(column.name, default=None)
            if cells is None:
                continue
            for text in cells.unique().drop_nulls():
                if normal(text) in wanted:
                    here = (cells == text).fill_null(False)
                    hits[normal(text)] = hits.get(normal(text), here) | here
        for name, here in hits.items():
            found.setdefault(name, []).append(here.arg_true().cast(pl.Int64) + before)
        before += block.body.height
    return {name: pl.concat(parts) for name, parts in found.items()}


def _naming(table: Table) -> Iterator[Column]:
    """Return the columns whose texts a subtotal may be called after: places, kinds, no persons."""
    for column in table.columns:
        if column.type in ("str", "code") and not column.sensitive and not column.is_identifier:
            yield column


def _groups(
    at: int, totals: Sequence[_Total], rows: pl.Series, named: Mapping[str, pl.Series]
) -> Iterator[_Group]:
    """Yield the rows that a total may sum, the likeliest first."""
    total, label = totals[at], totals[at].label
    if label.place in named:
        places = named[label.place]
        yield _Group(places, f"“{label.place}”{len(places)} 行")
    if label.level == SHARE:
        return
    limits = [
        (
            max((o.row for o in totals[:at] if _bounds(o.label, label)), default=0),
            total.row,
        )
    ]
    if label.level == WHOLE:
        limits += [(0, total.row), (0, int(rows[-1]) + 1)]
    if label.level == WHOLE or _stand_on_top(totals, rows):
        following = (o.row for o in totals[at + 1 :] if _bounds(o.label, label))
        limits.append((total.row, min(following, default=int(rows[-1]) + 1)))
    for first, last in dict.fromkeys(limits):
        inside = rows.is_between(first, last, closed="none").arg_true().cast(pl.Int64)
        if len(inside):
            begin, end = rows[int(inside[0])], rows[int(inside[-1])]
            told = f"第 {begin} 行" if begin == end else f"第 {begin}–{end} 行"
            yield _Group(inside, told)


def _bounds(other: TotalLabel, label: TotalLabel) -> bool:
    """Say whether another total ends the rows of a total: one of its level or higher does."""
    if label.place == "本页":
        return other.place == "本页"
    return other.level >= label.level


def _stand_on_top(totals: Sequence[_Total], rows: pl.Series) -> bool:
    """Say whether subtotals stand above their rows: the first one has no record above it."""
    first = next((total.row for total in totals if total.label.level < WHOLE), None)
    return first is not None and first < rows[0]


def _compared(
    printed: Decimal, column: tuple[pl.Series, pl.Series], places: pl.Series, item: Field
) -> _Sum | None:
    """Return the sum of some rows and whether a total is it, None where it cannot be told."""
    values, failed = column
    if failed.gather(places).any():
        return None
    cells = values.gather(places).drop_nulls()
    if cells.is_empty():
        return None
    whole = Decimal(cells.sum())
    # A header in 万元 shows ten-thousandths of what is kept in 元.
    digit = Decimal(1).scaleb(-_decimals(printed / item.scale)) * item.scale
    mean = (whole / len(cells)).quantize(digit.normalize(), ROUND_HALF_UP)
    return _Sum(whole, abs(whole - printed) * 2 <= digit or printed in (whole, mean))


def _decimals(number: Decimal) -> int:
    """Return how many decimals a number shows."""
    exponent = number.normalize().as_tuple().exponent
    return max(-int(exponent), 0)


def _note(
    total: _Total, name: str, whole: Decimal, rows_told: str, filing: Filing
) -> StructuralNote:
    _, printed, item = total.cells[name]
    header, unit = item.headers[0], item.column.unit
    return StructuralNote(
        rule_id="S004",
        file=filing.file,
        sheet=total.block.sheet.name,
        row=total.row,
        table=total.block.found.table.alias,
        column=name,
        header=header,
        column_letter=total.block.sheet.letter(item.positions[0]),
        value=printed,
        n_cells=1,
        sentence_zh=(
            f"合计行的“{header}”填{printed},{rows_told}之和为{whole.normalize():f}{unit},两者不符,请核对后更正"
        ),
    )
