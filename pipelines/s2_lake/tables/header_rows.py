"""Header rows at the top of a sheet: each row, each two and each three, read as a table's header.

Two rows are a header where group titles stand above some of their columns (务工情况 over 务工状况
and 务工时间) and where the lower row names a column that the upper one alone does not. Of three
rows the upper two are read as one: the nearest text above a column counts. A row of data below a
header never is one: it fills cells below headers that need nothing more. A row that gives units,
tells how the key is written (10 位数字) or is marked as an example belongs to the header.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from pipelines.core.dictionary import Dictionary, Table, normal
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.tables.headers import Meaning, meanings

SEARCHED_ROWS = 10
# Fewer marks may be data.
_NUMBERED = 3
_STEMS = "甲乙丙丁戊己庚辛壬癸"
# 3, (3), 3.0, 3=1+2: how a form numbers a column.
_MARK = re.compile(r"\(?([1-9][0-9]?)\)?(?:\.0)?栏?(?:=[0-9+\-*/×÷()]+)?")
# A cell that starts like this is data, so that its row is no header row.
_DATA = re.compile(r"^[-'(]?[0-9]{5}|^[-'(]?[0-9]+[.,][0-9]|^[0-9]{4}[-/.][0-9]")
# What a form puts below the key's header to tell how it is written, and before an example row.
_EXPLAINS = re.compile(
    r"(?:必填|选填|文本|数字|数值|填写|请|按|见|如:?|[0-9]{1,2}\s*位)[^,]*|(?:示例|样例|例)[::如].*"
)
_EXAMPLE = re.compile(r"[(\uff08]?(?:填写)?(?:示例|样例|示范|例)[)\uff09]?[::]?")
_WHOLE = frozenset(("小计", "合计", "总计", "总额", "总数", "计"))
_NOTHING = frozenset("-–—―/\\－／")


class Place(NamedTuple):
    """Where a header names a column: number and rank of the name, frame column, scale, text."""

    number: int
    rank: int
    position: int
    scale: Decimal
    header: str


@dataclass(frozen=True)
class Match:
    """One to three rows read as the header of a table: places by column name, texts by position.

    ``joined``: some column took two rows to name, if only for its unit.
    """

    rows: tuple[int, ...]
    table: Table
    found: dict[str, list[Place]]
    texts: dict[int, str]
    joined: bool = False

    @property
    def size(self) -> tuple[int, int, bool]:
        """How much is named: columns, header cells (a list has several), whether by both rows."""
        return len(self.found), sum(map(len, self.found.values())), self.joined

    @property
    def has_key(self) -> bool:
        """Say whether every column of the table's key is named."""
        return all(name in self.found for name in self.table.key)


class _Reading(NamedTuple):
    """One way to read a column of two header rows: whether by the lower cell, by both cells."""

    text: str
    meanings: tuple[Meaning, ...]
    lower: bool
    both: bool


class _Merged(NamedTuple):
    """Merged cells of the first rows: last column by first cell of a title, cells over two rows."""

    ends: dict[tuple[int, int], int]
    down: frozenset[tuple[int, int]]


class _Cell(NamedTuple):
    """A column of two header rows: what stands above (own or the group's title) and below."""

    above: str
    below: str
    is_group: bool


def top_rows(sheet: Sheet) -> list[list[str]]:
    """Return the stripped texts of the rows in which a header and what follows it may stand."""
    return [
        ["" if cell is None else cell.strip() for cell in row]
        for row in sheet.frame.head(SEARCHED_ROWS + 2).rows()
    ]


def header_matches(sheet: Sheet, top: Sequence[Sequence[str]], words: Dictionary) -> list[Match]:
    """Return every table that one to three of the first rows name at least one column of."""
    singles = [row_matches(at, row, words) for at, row in enumerate(top[:SEARCHED_ROWS])]
    found = [match for row in singles for match in row.values()]
    merged = _merged(sheet)
    for at in range(min(len(top) - 1, SEARCHED_ROWS)):
        after = (
            singles[at + 1] if at + 1 < len(singles) else row_matches(at + 1, top[at + 1], words)
        )
        lower = _without_dashes(top[at + 1])
        found += _explained(singles[at], lower, words) or _double(
            (at, at + 1), top[at], lower, merged, (singles[at], after), words
        )
    return found + _triples(top, merged, found, words)


def _without_dashes(row: Sequence[str]) -> list[str]:
    return ["" if _NOTHING.issuperset(text) else text for text in row]


def _triples(
    top: Sequence[Sequence[str]], merged: _Merged, found: Sequence[Match], words: Dictionary
) -> list[Match]:
    """Return the matches of three rows that name more than any fewer of these rows do."""
    matches = []
    for at in range(min(len(top) - 2, SEARCHED_ROWS)):
        rows = (at, at + 1, at + 2)
        fewer: dict[str, Match] = {}
        for match in found:
            alias = match.table.alias
            if set(match.rows) <= set(rows) and (
                alias not in fewer or match.size > fewer[alias].size
            ):
                fewer[alias] = match
        if fewer:
            upper, spans = _folded(at, top[at], _without_dashes(top[at + 1]), merged)
            lower = _without_dashes(top[at + 2])
            matches += _double(rows, upper, lower, spans, (fewer,), words)
    return matches


def _folded(
    at: int, upper: Sequence[str], lower: Sequence[str], merged: _Merged
) -> tuple[list[str], _Merged]:
    """Return two rows of titles as one: of each column the text nearest to what stands below."""
    texts, ends, down = [], {}, set()
    for position, (above, below) in enumerate(zip(upper, lower, strict=True)):
        source = (at + 1, position) if below else (at, position)
        texts.append(below or above)
        if source in merged.ends:
            ends[at, position] = merged.ends[source]
        if source in merged.down:
            down.add((at, position))
    return texts, _Merged(ends, frozenset(down))


def row_matches(at: int, row: Sequence[str], words: Dictionary) -> dict[str, Match]:
    """Return, by alias, every table of which one row names a column, with what it names."""
    texts = {position: text for position, text in enumerate(row) if text}
    matches: dict[str, Match] = {}
    for position, text in texts.items():
        for meaning in meanings(text, words):
            table = meaning.table
            match = matches.setdefault(table.alias, Match((at,), table, {}, texts))
            _add(match, meaning, position, text)
    return matches


def _add(match: Match, meaning: Meaning, position: int, text: str) -> None:
    place = Place(meaning.number, meaning.rank, position, meaning.scale, text)
    match.found.setdefault(meaning.column.name, []).append(place)


def _explained(above: Mapping[str, Match], lower: Sequence[str], words: Dictionary) -> list[Match]:
    """Return the matches of a row that the row below it explains, with the units that it gives."""
    if not any(_EXPLAINS.fullmatch(text) or _EXAMPLE.fullmatch(text) for text in lower):
        return []
    matches = []
    first = next((at for at, text in enumerate(lower) if text), None)
    for match in above.values():
        keys = {place.position for place in match.found.get(match.table.key[0], ())}
        named = {place.position for places in match.found.values() for place in places}
        tells = any(_EXPLAINS.fullmatch(lower[at]) for at in keys)
        marks = first is not None and first not in named and _EXAMPLE.fullmatch(lower[first])
        if tells or marks:
            rows = (match.rows[0], match.rows[0] + 1)
            matches.append(
                replace(match, rows=rows, joined=True, found=_in_units(match, lower, words))
            )
    return matches


def _in_units(match: Match, lower: Sequence[str], words: Dictionary) -> dict[str, list[Place]]:
    def scaled(name: str, place: Place) -> Place:
        unit = lower[place.position].strip("()\uff08\uff09")
        told = meanings(f"{place.header}({unit})", words)
        scales = (m.scale for m in told if m.table is match.table and m.column.name == name)
        return place._replace(scale=next(scales, place.scale))

    return {name: [scaled(name, p) for p in places] for name, places in match.found.items()}


def _double(
    rows: tuple[int, ...],
    upper: Sequence[str],
    lower: Sequence[str],
    merged: _Merged,
    fewer: Sequence[Mapping[str, Match]],
    words: Dictionary,
) -> list[Match]:
    """Return the tables of which an upper and a lower row name more than ``fewer`` do."""
    if not any(upper) or not any(lower) or any(_DATA.match(text) for text in (*upper, *lower)):
        return []
    cells = _cells(rows[0], upper, lower, merged)
    readings = {position: _readings(cell, words) for position, cell in cells.items()}
    aliases = {
        meaning.table.alias
        for options in readings.values()
        for option in options
        if option.lower
        for meaning in option.meanings
    }
    matches = []
    for alias in sorted(aliases):
        match = _two_rows(rows, words.tables[alias], cells, readings, merged, words)
        alone = max((one[alias].size for one in fewer if alias in one), default=(0, 0, False))
        if match is not None and match.size > alone:
            matches.append(match)
    return matches


def _merged(sheet: Sheet) -> _Merged:
    """Return what merging says about the first rows: where titles end, which cells reach down."""
    ends, down = {}, set()
    for above, left, below, right in sheet.merged:
        if above < SEARCHED_ROWS and right > left:
            ends[above, left] = right
        elif above < SEARCHED_ROWS and below > above:
            down.add((above, left))
    return _Merged(ends, frozenset(down))


def _cells(
    at: int, upper: Sequence[str], lower: Sequence[str], merged: _Merged
) -> dict[int, _Cell]:
    """Return the filled columns of two rows; a title reaches over the blanks to its right."""
    cells: dict[int, _Cell] = {}
    title, end = "", -1
    for position, (above, below) in enumerate(zip(upper, lower, strict=True)):
        if above:
            title, end = above, merged.ends.get((at, position), -1)
        elif position > end >= 0 or (end < 0 and not below):
            title, end = "", -1
        if above or below:
            cells[position] = _Cell(above or title, below, is_group=not above and bool(title))
    for position, cell in list(cells.items()):
        beside = cells.get(position + 1)
        if upper[position] and beside is not None and beside.is_group:
            cells[position] = cell._replace(is_group=True)
    return cells


@lru_cache(maxsize=20_000)
def _readings(cell: _Cell, words: Dictionary) -> tuple[_Reading, ...]:
    """Return how a column of two rows can be read, the best way first."""
    above, below = cell.above, cell.below
    if not below:
        return (_Reading(above, meanings(above, words), lower=False, both=False),)
    alone = _Reading(below, meanings(below, words), lower=True, both=False)
    if not above:
        return (alone,)
    told = f"{above}/{below}"
    # As exact headers only: what stands in brackets or behind a slash may be anything.
    exact = [form for form in (told, f"{above}({below})") if normal(form) in words.meanings]
    forms = [f"{above}{below}", f"{above}-{below}", *exact]
    joined = (_Reading(told, meanings(form, words), lower=True, both=True) for form in forms)
    if cell.is_group and normal(below) in _WHOLE:
        # 小计 below a group's title is what the group's parts come to.
        return (*joined, _Reading(above, meanings(above, words), lower=True, both=True), alone)
    return (*joined, alone)


def _two_rows(
    rows: tuple[int, ...],
    table: Table,
    cells: dict[int, _Cell],
    readings: dict[int, tuple[_Reading, ...]],
    merged: _Merged,
    words: Dictionary,
) -> Match | None:
    """Read two rows as a table's header; None where the lower one cannot be a header row.

    It cannot where it fills a cell below a header that stands for itself; where the upper row says
    again what the lower says; or where the upper row's headers stand apart from the others.
    """
    texts = {
        position: f"{cell.above}/{cell.below}"
        if cell.above and cell.below
        else cell.above + cell.below
        for position, cell in cells.items()
    }
    match = Match(rows, table, {}, texts)
    joined = False
    above_only: dict[int, str] = {}
    for position, cell in cells.items():
        options = ((r, m) for r in readings[position] for m in r.meanings if m.table is table)
        reading, meaning = next(options, (None, None))
        stands_alone = cell.above and cell.below and not cell.is_group
        if stands_alone and not (reading and reading.both) and _means(cell.above, table, words):
            return None
        if reading is None or meaning is None:
            continue
        texts[position] = reading.text
        _add(match, meaning, position, reading.text)
        joined |= reading.both
        if not reading.lower:
            above_only[position] = meaning.column.name
    if any(len(match.found[name]) > 1 for name in above_only.values()):
        return None
    down = {position for position in above_only if (rows[0], position) in merged.down}
    below = {position for position, cell in cells.items() if cell.below}
    whole = _adjoin(set(above_only) - down, below | down)
    return replace(match, joined=joined) if whole else None


def _means(text: str, table: Table, words: Dictionary) -> bool:
    return any(meaning.table is table for meaning in meanings(text, words))


def _adjoin(positions: set[int], others: set[int]) -> bool:
    """Say whether all positions join on to the others without a gap, as one header does."""
    reached, left = set(others), set(positions)
    while left:
        joining = {p for p in left if {p - 1, p + 1} & reached}
        if not joining:
            return False
        reached |= joining
        left -= joining
    return True


def numbering(top: Sequence[Sequence[str]], match: Match) -> int | None:
    """Return the 0-based row directly below a header that only numbers its columns, or None."""
    at = match.rows[-1] + 1
    marks = [text for text in top[at] if text] if at < len(top) else []
    if len(marks) < max(_NUMBERED, len(match.texts) // 2):
        return None
    letters = list(takewhile(lambda mark: mark in _STEMS, marks))
    rest = [_MARK.fullmatch(unicodedata.normalize("NFKC", m)) for m in marks[len(letters) :]]
    counted = [int(mark[1]) for mark in rest if mark]
    in_order = letters == list(_STEMS[: len(letters)])
    whole = len(counted) == len(rest) and counted == list(range(1, len(counted) + 1))
    return at if in_order and whole else None


def best_places(places: Sequence[Place]) -> list[Place]:
    """Return a column's places that count: a numbered list's, else those with the best name."""
    numbered = sorted(place for place in places if place.number)
    best = min(place.rank for place in places)
    return numbered or [place for place in places if place.rank == best]
