"""A sheet's cells as the person who filled it in reads them, each by itself.

A merged cell stands for all of its rows, a number format shows a code with its leading noughts, a
ditto mark means the cell above. What a reader of the sheet sees is written into the cell, and
``origins`` tell what stood there, so that the change is told. Numbers that add up are never
spread, scaled or repeated: where it is not plain what a row's amount is, the cell is asked about
(``asked``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import polars as pl

from pipelines.core.dictionary import Column, Dictionary, Table
from pipelines.s2_lake.cells.by_format import meant_by_format
from pipelines.s2_lake.cells.cell_text import column_texts
from pipelines.s2_lake.cells.printed import displayed
from pipelines.s2_lake.cells.typed import typed_column
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.rows.amounts import adds_up
from pipelines.s2_lake.rows.ignored import ignored_kinds
from pipelines.s2_lake.tables.recognise import Field, Recognised
from pipelines.s2_lake.texts import asked
from pipelines.s2_lake.texts.change_rules import Rule
from pipelines.s2_lake.texts.characters import stripped
from pipelines.s2_lake.texts.nothing_said import DITTO_MARK

# A ditto mark alone in a cell, maybe between dashes. For polars and for Python.
_DASHES = r"[\s\-\u2014\u2013\uff0d]*"
_DITTO = f"^{_DASHES}{DITTO_MARK}{_DASHES}$"

# A number of so many digits with a fraction; for polars and for Python.
_FRACTION = r"^[0-9]{5,}\.[0-9]*[1-9][0-9]*$"


@dataclass
class _Draft:
    """Columns of a sheet while their cells are rewritten, by frame position."""

    sheet: Sheet
    columns: dict[int, list[str | None]] = field(default_factory=dict)
    origins: dict[tuple[int, int], tuple[str | None, str]] = field(default_factory=dict)

    def cells(self, position: int) -> list[str | None]:
        """Return a column's cells by 0-based row, to be read and changed."""
        if position not in self.columns:
            self.columns[position] = self.sheet.frame.to_series(position).to_list()
        return self.columns[position]

    def put(self, row: int, position: int, text: str | None, rule: Rule) -> None:
        """Let a cell say what it means, and remember what it said."""
        cells = self.cells(position)
        self.origins.setdefault((row + 1, position), (cells[row], rule))
        cells[row] = text

    def result(self) -> Sheet:
        """Return the sheet as it was rewritten."""
        names = self.sheet.frame.columns
        columns = [
            pl.Series(names[position], cells, dtype=pl.String)
            for position, cells in self.columns.items()
        ]
        frame = self.sheet.frame.with_columns(columns) if columns else self.sheet.frame
        return replace(self.sheet, frame=frame, merged=(), shown={}, origins=self.origins)


def as_meant(sheet: Sheet, found: Recognised, words: Dictionary) -> Sheet:
    """Return a sheet whose cells below the header need neither format, merge nor ditto mark."""
    draft = _Draft(sheet)
    shown = _shown(sheet, found)
    if shown:
        _heed_formats(draft, shown, found, words)
    if sheet.merged:
        _fill_merges(draft, found, words)
    marks = _ditto_marks(sheet, found)
    if marks:
        _resolve(draft, marks, found)
    return draft.result() if draft.columns else sheet


# --- number formats --------------------------------------------------------------------------


def _shown(sheet: Sheet, found: Recognised) -> dict[int, dict[int, str]]:
    """Return what cells below the header are shown as, by frame column and 0-based row."""
    by_column = _whole_codes(sheet, found)
    for (row, position), text in sheet.shown.items():
        if row - 1 > found.header_row:
            by_column.setdefault(position, {})[row - 1] = text
    return by_column


def _whole_codes(sheet: Sheet, found: Recognised) -> dict[int, dict[int, str]]:
    """Return the codes that were worked out, 9901990001.4, and are shown as whole numbers."""
    below = sheet.frame.slice(found.header_row + 1)
    places = [
        position
        for item in found.fields
        if item.column.is_identifier and sheet.kind == "xlsx"
        for position in item.positions
        if below.to_series(position).str.contains(_FRACTION).any()
    ]
    return {
        position: {
            row - 1: text
            for row, text in cells.items()
            if row - 1 > found.header_row
            and re.search(_FRACTION, sheet.frame.to_series(position)[row - 1] or "")
        }
        for position, cells in displayed(sheet, places).items()
    }


def _heed_formats(
    draft: _Draft, shown: dict[int, dict[int, str]], found: Recognised, words: Dictionary
) -> None:
    for item in found.fields:
        for position in item.positions:
            pairs = {
                row: (stored, text)
                for row, text in shown.get(position, {}).items()
                if (stored := draft.cells(position)[row])
            }
            taken = meant_by_format(pairs.values(), item, words, is_1904=draft.sheet.is_1904)
            for row, pair in pairs.items():
                if pair in taken:
                    _write(draft, row, position, taken[pair])


def _write(draft: _Draft, row: int, position: int, text: str) -> None:
    """Write what a cell is shown as; a cell that is asked about is told as such, not as changed."""
    if asked.question(text):
        draft.cells(position)[row] = text
    else:
        draft.put(row, position, text, Rule.SHOWN)


# --- merged cells ----------------------------------------------------------------------------


def _fill_merges(draft: _Draft, found: Recognised, words: Dictionary) -> None:
    """Give every row of a merge the value of its first cell, in the first of its columns.

    A row that holds nothing of its own is no record: it is the lower half of the one above.
    """
    at = {position: item for item in found.fields for position in item.positions}
    height = draft.sheet.frame.height
    spans = sorted(
        (left, top, min(bottom, height - 1))
        for top, left, bottom, _ in draft.sheet.merged
        if found.header_row < top < bottom
    )
    filled = _filled_rows(draft.sheet.frame).to_list()
    reached: dict[int, int] = {}
    for position, top, bottom in spans:
        if top <= reached.get(position, -1):
            continue  # no program lets merges overlap; a hostile file may, over and over
        reached[position] = bottom
        text = draft.cells(position)[top]
        rows = [row for row in range(top + 1, bottom + 1) if filled[row]]
        if text is None or not rows:
            continue
        item = at.get(position)
        if item is not None and _is_undivided(text, item, words):
            cells = draft.cells(position)
            cells[top] = asked.merged_over(text, len(rows) + 1)
            for row in rows:
                # What a merge covers may still be stored; nobody sees it.
                stored = cells[row]
                cells[row] = asked.shown_otherwise(stored, "") if stored else None
            continue
        for row in rows:
            draft.put(row, position, text, Rule.MERGED)


def _filled_rows(frame: pl.DataFrame) -> pl.Series:
    """Say of each row whether it holds anything."""
    return frame.select(pl.any_horizontal(stripped(pl.all()).is_not_null())).to_series()


def _is_undivided(text: str, item: Field, words: Dictionary) -> bool:
    """Say whether a merged cell holds an amount of which each row has a part that nobody told."""
    if not (adds_up(item.column) or item.column.printed):
        return False
    told = typed_column(pl.DataFrame({item.column.name: [text]}), item, words)
    values = told.values.struct.field("value") if item.column.printed else told.values
    return values[0] is not None and values[0] != 0


# --- ditto marks -----------------------------------------------------------------------------


def _ditto_marks(sheet: Sheet, found: Recognised) -> dict[int, list[int]]:
    """Return the 0-based rows of ditto marks by frame column, where the cell above may be meant."""
    places = [
        position
        for item in found.fields
        for position in item.positions
        if _may_repeat(item.column, found.table)
    ]
    below = sheet.frame.slice(found.header_row + 1)
    names = [sheet.frame.columns[position] for position in places]
    hits = (
        below.select(pl.col(name).str.contains(_DITTO).any() for name in names) if names else None
    )
    return {
        position: [
            row + found.header_row + 1
            for row in below.to_series(position).str.contains(_DITTO).fill_null(False).arg_true()
        ]
        for position, name in zip(places, names, strict=True)
        if hits is not None and hits[name].item()
    }


def _may_repeat(column: Column, table: Table) -> bool:
    """Say whether a cell can be the same as the one above by a ditto mark.

    A number of a row's own cannot: an id, an account, the key of a table with one row for each.
    Amounts are written out or asked about.
    """
    if column.sensitive in ("id", "account") or table.key == (column.name,):
        return False
    is_number = column.type in ("int", "dec") and not column.name.endswith("year")
    return not is_number and not column.printed


def _resolve(draft: _Draft, marks: dict[int, list[int]], found: Recognised) -> None:
    """Write the cell above in place of ditto marks; rows that are no records are stepped over."""
    sheet = draft.result()
    kinds = ignored_kinds(column_texts(sheet, found), sheet, found)
    records = [row for row, kind in enumerate(kinds, found.header_row + 1) if kind is None]
    above = dict(zip(records[1:], records, strict=False))
    for position, rows in marks.items():
        cells = draft.cells(position)
        for row in rows:
            source = cells[above[row]] if row in above else None
            mark = str(cells[row])
            if row not in above and row not in records:
                continue
            if source is None or re.search(_DITTO, source) or asked.question(source):
                cells[row] = asked.nothing_above(mark.strip())
            else:
                draft.put(row, position, source, Rule.DITTO)
