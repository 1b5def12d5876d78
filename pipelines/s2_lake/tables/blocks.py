"""The tables of one sheet: every header in it heads the rows down to the next one.

A page header that repeats the header above in its places heads nothing new. Any other row of
headers does: the same table in another order, with other columns or in another unit, or another
table. What stands above such a header and is no record (a title, 单位:元, a date) belongs to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipelines.core.dictionary import Dictionary
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.tables import titles
from pipelines.s2_lake.tables.beside import side_by_side
from pipelines.s2_lake.tables.later_headers import (
    OTHER_HEADER,
    REPEATED_HEADER,
    TITLE,
    filled,
    header_rows,
    is_header,
    repeats,
    title_start,
    unreadable,
)
from pipelines.s2_lake.tables.recognise import Recognised, Unrecognised, recognise

# A row that fills more cells than a title does is a record.
_TITLE_CELLS = 4


@dataclass(frozen=True)
class Block:
    """One table of a sheet; ``sheet`` ends where the block does, addresses stay what they are."""

    sheet: Sheet
    found: Recognised | Unrecognised


def blocks(sheet: Sheet, words: Dictionary) -> list[Block]:
    """Return the tables of a sheet in their order, one where it holds one or none.

    A table beside another is refused with its place: two records in one row have one address.
    """
    left, beside = side_by_side(sheet, words)
    found = _first(left, words)
    refused = [Block(replace(part, remarks=()), why) for part, why in beside]
    if not isinstance(found, Recognised):
        return [Block(left, found), *refused]
    return [*_below_each_other(left, found, words), *refused]


def _first(sheet: Sheet, words: Dictionary) -> Recognised | Unrecognised:
    """Return the first table of a sheet, also where a later header names more columns."""
    found = recognise(sheet, words)
    while isinstance(found, Recognised):
        top = _header_top(found)
        earlier = recognise(sheet.before(top), words) if top > 1 else None
        if not isinstance(earlier, Recognised) or not is_header(
            earlier.header_cells[-1], len(earlier.fields), words
        ):
            return found
        between = sheet.frame.slice(earlier.header_row + 1, top - earlier.header_row - 1)
        if not any(len(filled(row)) > _TITLE_CELLS for row in between.rows()):
            return found
        found = earlier
    return found


def _header_top(found: Recognised) -> int:
    return found.header_row - len(found.header_cells) + 1


def _below_each_other(sheet: Sheet, found: Recognised, words: Dictionary) -> list[Block]:
    """Cut a sheet at every header that is not the one above it again."""
    done: list[Block] = []
    current = found
    rows = header_rows(sheet, found, words)
    for at, row in enumerate(rows):
        if row <= current.header_row:
            continue
        start = title_start(sheet, current, row)
        if _says_nothing_new(sheet, current, start, row):
            current = _marked(sheet, current, start, row, row, REPEATED_HEADER)
            continue
        stop = next((r for r in rows[at + 1 :] if r > row + 1), sheet.frame.height)
        following = _read(sheet, current, (start, row, stop), words)
        last = following.header_row
        top = _header_top(following)
        current = _marked(sheet, current, min(start, top), top, last, OTHER_HEADER)
        if last + 1 < sheet.frame.height:
            done.append(_block(sheet.before(last + 1), current, is_first=not done))
            current = following
    return [*done, _block(sheet, current, is_first=not done)]


def _block(sheet: Sheet, found: Recognised, *, is_first: bool) -> Block:
    """Return a block; what is to be said of the whole file is said once."""
    return Block(sheet if is_first else replace(sheet, remarks=()), found)


def _says_nothing_new(sheet: Sheet, current: Recognised, start: int, row: int) -> bool:
    """Say whether a header is the one above again, and so are the units told in its titles."""
    above = [text for at in range(start, row) for text in filled(sheet.frame.row(at))]
    doubt = titles.unit_in_doubt(above, [(f.column, f.headers[0]) for f in current.fields])
    return repeats(sheet.frame.row(row), current.header_cells) and set(doubt.remarks) <= set(
        current.remarks
    )


def _marked(
    sheet: Sheet, current: Recognised, start: int, row: int, last: int, kind: str
) -> Recognised:
    """Mark the titles from ``start`` and the header's rows ``row`` to ``last`` below a header."""
    marks = {at: TITLE if at < row else kind for at in range(start, last + 1)}
    filled_marks = {at: mark for at, mark in marks.items() if filled(sheet.frame.row(at))}
    return replace(current, marked={**current.marked, **filled_marks})


def _read(
    sheet: Sheet, current: Recognised, rows: tuple[int, int, int], words: Dictionary
) -> Recognised:
    """Read a later header: its first title row, its row, the row before which its rows end."""
    start, row, stop = rows
    # The group titles of a header over two rows may be no headers themselves.
    upper = row - 1 if start == row and row - 1 > current.header_row else start
    reason, alias = "", ""
    for begin in dict.fromkeys((upper, start)):
        found = recognise(_window(sheet, begin, stop), words)
        if not isinstance(found, Recognised):
            # Of a table that nobody knows, only that can be said.
            reason, alias = found.reason_zh if found.table else "", found.table
        elif _header_top(found) + begin in ((row - 1, row) if begin < row else (row,)) and (
            found.header_row + begin >= row
        ):
            numbering, place = found.numbering_row, _header_top(found) + begin + 1
            return replace(
                found,
                header_row=found.header_row + begin,
                numbering_row=None if numbering is None else numbering + begin,
                told=f"第 {place} 行另有表头,其下各行按它读取",
            )
    table = words.tables.get(alias, current.table)
    return unreadable(sheet, table, (row, stop), reason or "表头无法识别", words)


def _window(sheet: Sheet, start: int, stop: int) -> Sheet:
    """Return some rows as a sheet of its own, only to read the header at its top."""
    merged = tuple(
        (top - start, left, bottom - start, right)
        for top, left, bottom, right in sheet.merged
        if start <= top < stop
    )
    return replace(sheet, frame=sheet.frame.slice(start, stop - start), merged=merged)
