"""Tables that stand beside each other in one sheet: where the second one begins.

Only what is a table by itself, with a key of its own, stands beside another; columns that the first
table could have, or that follow its key written a second time, are the first table's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from pipelines.core.dictionary import Dictionary
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.tables.header_rows import Match, header_matches, row_matches, top_rows
from pipelines.s2_lake.tables.recognise import Recognised, Unrecognised, recognise

# A table beside another names so many columns at least.
_COLUMNS = 4
# More tables nobody puts beside each other; a hostile sheet has thousands of gaps.
_PARTS = 12
_LOOKED_AT = 50


def side_by_side(sheet: Sheet, words: Dictionary) -> tuple[Sheet, list[tuple[Sheet, Unrecognised]]]:
    """Return the columns that hold the first table, and each table beside it with where it is."""
    tables = _parted_by_gaps(sheet, words) or _adjoining(sheet, words)
    if len(tables) < 2:
        return sheet, []
    starts = [start for start, _ in tables]
    ends = [*starts[1:], sheet.frame.width]
    beside = [
        (sheet.between(start, end), _refusal(sheet, start, found))
        for (start, found), end in list(zip(tables, ends, strict=True))[1:]
    ]
    return sheet.between(0, starts[1]), beside


def _refusal(sheet: Sheet, start: int, found: Recognised) -> Unrecognised:
    row = found.header_row - len(found.header_cells) + 2
    return Unrecognised(
        f"{sheet.letter(start)} 列起(表头在第 {row} 行)并排另有一张“{found.table.title_zh}”,未接收,"
        "请移到单独的工作表后重报",
        found.table.alias,
        is_sample=found.is_sample,
    )


def _parted_by_gaps(sheet: Sheet, words: Dictionary) -> list[tuple[int, Recognised]]:
    """Return the tables between blank columns: first column, what was recognised."""
    parts = _parts(sheet.frame)
    if not 1 < len(parts) <= _PARTS:
        return []
    tables: list[tuple[int, Recognised]] = []
    extent = (0, 0)
    for start, end in parts:
        part = sheet.between(start, end)
        first, last = _filled_rows(part.frame)
        top = replace(part, frame=part.frame.slice(first), merged=_moved(part, first))
        found = recognise(top, words)
        if not isinstance(found, Recognised):
            continue
        found = replace(found, header_row=found.header_row + first)
        if not tables:
            tables, extent = [(0, found)], (first, last)
        elif (
            first <= extent[1] and extent[0] <= last and _stands_alone(tables[-1][1], found, words)
        ):
            tables.append((start, found))
    return tables


def _moved(sheet: Sheet, rows: int) -> tuple[tuple[int, int, int, int], ...]:
    return tuple(
        (top - rows, left, bottom - rows, right)
        for top, left, bottom, right in sheet.merged
        if top >= rows
    )


def _parts(frame: pl.DataFrame) -> list[tuple[int, int]]:
    """Return the runs of columns that hold something: first, and the one after the last."""
    runs: list[tuple[int, int]] = []
    for at, name in enumerate(frame.columns):
        if _is_blank(frame[name]):
            continue
        if runs and runs[-1][1] == at:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    return runs


def _is_blank(cells: pl.Series) -> bool:
    if cells.null_count() == len(cells):
        return True
    return not any(_has_text(part) for part in (cells.head(_LOOKED_AT), cells))


def _has_text(cells: pl.Series) -> bool:
    return bool(cells.str.contains(r"\S").any())


def _filled_rows(frame: pl.DataFrame) -> tuple[int, int]:
    """Return the first and the last row of a part that hold something."""
    filled = frame.select(
        pl.any_horizontal(pl.all().str.contains(r"\S").fill_null(False))
    ).to_series()
    rows = filled.arg_true()
    return int(rows[0]), int(rows[-1])


def _adjoining(sheet: Sheet, words: Dictionary) -> list[tuple[int, Recognised]]:
    """Return the tables of a header row in which a key is named twice, without a gap between."""
    top = top_rows(sheet)
    keyed = [match for match in header_matches(sheet, top, words) if match.has_key]
    best = max(keyed, key=lambda match: (len(match.found), -match.rows[0]), default=None)
    tables: list[tuple[int, Recognised]] = []
    start, current = 0, None
    while best is not None and len(tables) < _PARTS:
        split = _split(top[best.rows[-1]][start:], words)
        if split is None:
            break
        left = recognise(sheet.between(start, start + split), words)
        right = recognise(sheet.between(start + split, sheet.frame.width), words)
        if not isinstance(left, Recognised) or not isinstance(right, Recognised):
            break
        if not _stands_alone(left, right, words):
            break
        tables.append((start, left))
        start, current = start + split, right
    return [*tables, (start, current)] if current else []


def _split(cells: Sequence[str], words: Dictionary) -> int | None:
    """Return where a header row falls into two tables that name the most columns."""
    named = [text for text in cells if text]
    if len(set(named)) == len(named):
        return None
    best, at = 0, None
    for place in range(2, len(cells) - 1):
        if not cells[place]:
            continue
        sides = (_most(cells[:place], words), _most(cells[place:], words))
        if min(sides) >= _COLUMNS and sum(sides) > best:
            best, at = sum(sides), place
    return at


def _most(cells: Sequence[str], words: Dictionary) -> int:
    """Return how many columns of one table a part of a header row names, its key among them."""
    keyed: list[Match] = [m for m in row_matches(0, cells, words).values() if m.has_key]
    return max((len(match.found) for match in keyed), default=0)


def _stands_alone(left: Recognised, right: Recognised, words: Dictionary) -> bool:
    """Say whether the right table is one by itself: the left one again, or mostly another."""
    names = {item.column.name for item in right.fields}
    if len(names) < _COLUMNS:
        return False
    if left.table is right.table:
        return 2 * len(names & {item.column.name for item in left.fields}) >= len(names)
    cells = right.header_cells[-1]
    as_left = row_matches(0, cells, words).get(left.table.alias)
    return as_left is None or len(names) > 2 * len(as_left.found)
