"""Rows below a header that are headers too, the titles above them, what one cannot be read by."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import lru_cache

import polars as pl

from pipelines.core.dictionary import Dictionary, Table
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.tables import titles
from pipelines.s2_lake.tables.foreign_headers import foreign_headers
from pipelines.s2_lake.tables.header_rows import Match, best_places, row_matches
from pipelines.s2_lake.tables.recognise import Field, Recognised
from pipelines.s2_lake.tables.total_labels import total_label
from pipelines.s2_lake.texts.characters import strip

# What the rows between two tables are called where they are told as ignored.
TITLE = "标题行"
REPEATED_HEADER = "重复表头"
OTHER_HEADER = "另起的表头"

# So many known headers, half of the row's texts at least, are a header and no record.
_KNOWN, _ALL_KNOWN = 3, 2
# So many columns of a wide table are as good as all.
_WIDE = 12
# A header holds hardly a number, a record hardly anything else.
_NUMBERS, _LOOKED_AT = 2, 16
_NUMBER = r"^[0-9.,/%-]+$"
# A title fills few cells, and is longer than a person's name.
_TITLE_CELLS, _TITLE_LENGTH = 4, 5
_TITLE_ROWS = 8
_RECORD_KEY = r"^[ -~]*[0-9][ -~]*$"
_AROUND = r"[\s*★☆※●▲◆#]|[(:\uFF08\uFF1A].*$|^[0-9]{1,2}[.、)\uFF09]"


def header_rows(sheet: Sheet, found: Recognised, words: Dictionary) -> list[int]:
    """Return the 0-based rows below a header that are headers too; most rows need no look."""
    key = found.table.key[0]
    at = next(item.positions[0] for item in found.fields if item.column.name == key)
    names = sheet.frame.columns
    first = found.header_row + 1
    is_plain = pl.col(names[at]).str.contains(_RECORD_KEY).fill_null(False)
    numbers = pl.sum_horizontal(
        pl.col(name).str.contains(_NUMBER).fill_null(False) for name in names[:_LOOKED_AT]
    )
    maybe = sheet.frame.slice(first).with_row_index("\0row", first).filter(~is_plain)
    maybe = maybe.filter(numbers <= _NUMBERS)
    if maybe.is_empty():
        return []
    foreign = foreign_headers(sheet, found, maybe)
    heads = pl.Series(sorted(_heads(words))).implode()
    known = pl.sum_horizontal(
        pl.col(name).str.replace_all(_AROUND, "").is_in(heads).fill_null(False) for name in names
    )
    maybe = maybe.filter(known >= _ALL_KNOWN)
    known_ones = (
        row[0] for row in maybe.iter_rows() if is_header(row[1:], len(found.fields), words)
    )
    return sorted({*known_ones, *foreign})


@lru_cache(maxsize=4)
def _heads(words: Dictionary) -> frozenset[str]:
    """Return what known headers begin with, up to a bracket, as they are printed."""
    printed = (h for t in words.tables.values() for c in t.columns for h in c.headers)
    heads = frozenset(re.sub(_AROUND, "", header) for header in printed)
    return heads - {""}


def is_header(row: Sequence[str | None], width: int, words: Dictionary) -> bool:
    """Say whether the texts of a row are the headers of one table.

    ``width`` is how many columns the header above names: without its key a row must name about as
    many, or say nothing else, or it may be a line of a form (县 示例县 乡镇 示例镇).
    """
    cells = [strip(cell or "") for cell in row]
    size = sum(map(bool, cells))
    headers = ["" if cell.endswith((":", "\uff1a")) else cell for cell in cells]
    for match in row_matches(0, headers, words).values():
        named = len({place.position for places in match.found.values() for place in places})
        if match.has_key and 2 * named >= size and (named >= _KNOWN or _ALL_KNOWN <= named == size):
            return True
        most = named == size or 2 * named >= min(width, _WIDE)
        if 3 * named >= 2 * size and named >= _KNOWN and most:
            return True
    return False


def filled(row: Sequence[str | None]) -> list[str]:
    """Return the texts of a row, stripped, without its blank cells."""
    return [text for text in (strip(cell or "") for cell in row) if text]


def repeats(row: Sequence[str | None], header_cells: Sequence[Sequence[str]]) -> bool:
    """Say whether the filled cells of a row, two at least, are a header row's in their places."""
    cells = {at: text for at, text in enumerate(strip(cell or "") for cell in row) if text}
    return len(cells) >= _ALL_KNOWN and any(
        all(at < len(header) and header[at] == text for at, text in cells.items())
        for header in header_cells
    )


def title_start(sheet: Sheet, current: Recognised, row: int) -> int:
    """Return the first of the rows above a later header that are its titles, else its own row."""
    key = current.table.key[0]
    places = [item.positions[0] for item in current.fields if item.column.name == key]
    above = titles_above(sheet, current)
    start = row
    for at in range(row - 1, max(current.header_row, row - 1 - _TITLE_ROWS), -1):
        cells = [strip(cell or "") for cell in sheet.frame.row(at)]
        texts = [cell for cell in cells if cell]
        if texts and not _is_title([cells[place] for place in places], texts, above):
            break
        start = at if texts else start
    return start


def titles_above(sheet: Sheet, found: Recognised) -> frozenset[str]:
    """Return the texts of the few rows above a header, which a page may repeat."""
    first = max(found.header_row - len(found.header_cells) + 1, 0)
    rows = sheet.frame.head(first).tail(_TITLE_ROWS).rows()
    return frozenset(text for row in rows for text in filled(row) if not re.match(_NUMBER, text))


def _is_title(keys: Sequence[str], texts: Sequence[str], above: Collection[str]) -> bool:
    if all(text in above for text in texts):
        return True
    if len(texts) > _TITLE_CELLS or any(re.match(_RECORD_KEY, key) for key in keys):
        return False
    if any(re.match(_NUMBER, text) or total_label(text) for text in texts):
        return False
    return max(map(len, texts)) >= _TITLE_LENGTH or any(map(titles.is_title, texts))


def unreadable(
    sheet: Sheet, table: Table, rows: tuple[int, int], reason: str, words: Dictionary
) -> Recognised:
    """Return a header by which nothing can be read; ``rows``: its own, that before which it ends.

    What it names is known all the same, so that its rows can be shown and corrected.
    """
    row, stop = rows
    cells = [strip(cell or "") for cell in sheet.frame.row(row)]
    texts = {at: text for at, text in enumerate(cells) if text}
    match = row_matches(row, cells, words).get(table.alias, Match((row,), table, {}, texts))
    places = {name: best_places(found)[0] for name, found in match.found.items()}
    fields = tuple(
        Field(table.column(name), (place.position,), (place.header,), place.scale)
        for name, place in places.items()
    )
    used = {place.position for place in places.values()}
    found = Recognised(
        table,
        row,
        fields,
        missing=(),
        unknown=tuple((at, text) for at, text in texts.items() if at not in used),
        is_sample=False,
        width=max(texts) + 1,
        header_cells=(tuple(cells),),
    )
    return with_problem(found, stop, reason)


def with_problem(found: Recognised, stop: int, reason: str) -> Recognised:
    """Return a later header by which nothing may be read, with why; ``stop``: its last row."""
    first = found.header_row + 2
    where = f"第 {first}–{stop} 行未接收" if stop > first else f"第 {first} 行未接收"
    told = f"第 {first - 1} 行另有表头,但无法按它读取:{reason.replace('本表未接收', where)}"
    return replace(
        found,
        told=told if where in told else f"{told};{where}",
        problem=f"第 {first - 1} 行另起的表头无法读取,本行未接收,请把表头改成与模板一致后重报",
    )
