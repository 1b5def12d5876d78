"""Which table is this sheet, and where does each field stand? Headers decide, names do not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from pipelines.core.dictionary import Column, Dictionary, Table, normal
from pipelines.s2_lake.sheet import Sheet

SEARCHED_ROWS = 10
SAMPLE_MARK = "样例数据"
# A table with its key is preferred to the best match without, if it matches nearly as well.
NEARLY = 0.8

_UNIT_BRACKET = re.compile(r"^(.+)\(([^()]+)\)$")
_SCALES = {
    ("元", "万元"): Decimal(10_000),
    ("元", "亿元"): Decimal(100_000_000),
    ("万元", "元"): Decimal("0.0001"),
    ("万元", "亿元"): Decimal(10_000),
}


@dataclass(frozen=True)
class Field:
    """Where a column of the table stands in the sheet.

    ``positions`` are frame columns (several only for a numbered list), ``headers`` as filed,
    ``scale`` turns the header's unit into the dictionary's.
    """

    column: Column
    positions: tuple[int, ...]
    headers: tuple[str, ...]
    scale: Decimal = Decimal(1)


@dataclass(frozen=True)
class Recognised:
    """A sheet taken for a table: the header's 0-based row, fields, what is missing or unknown.

    ``width`` is the number of frame columns up to the last header cell.
    """

    table: Table
    header_row: int
    fields: tuple[Field, ...]
    missing: tuple[Column, ...]
    unknown: tuple[tuple[int, str], ...]
    is_sample: bool
    width: int


@dataclass(frozen=True)
class Unrecognised:
    """Why a sheet is not taken; ``table`` is the alias it was close to, else ''."""

    reason_zh: str
    table: str = ""
    is_blank: bool = False
    is_sample: bool = False


@dataclass(frozen=True)
class _Match:
    row: int
    table: Table
    found: dict[str, list[tuple[int, int, int, Decimal]]]  # column: (number, rank, position, scale)

    @property
    def has_key(self) -> bool:
        return all(name in self.found for name in self.table.key)


def recognise(sheet: Sheet, words: Dictionary) -> Recognised | Unrecognised:
    """Find header row and table among the first rows of a sheet."""
    top = [
        ["" if cell is None else cell for cell in row]
        for row in sheet.frame.head(SEARCHED_ROWS).rows()
    ]
    if not any(cell.strip() for row in top for cell in row) and _is_blank(sheet.frame):
        return Unrecognised("工作表没有内容", is_blank=True)
    matches = [
        match
        for at, row in enumerate(top)
        for match in _matches(at, row, words)
        if len(match.found) >= 2
    ]
    header_row = max(matches, key=lambda m: len(m.found)).row if matches else len(top)
    sample = any(SAMPLE_MARK in cell for row in top[:header_row] for cell in row)
    if not matches:
        return Unrecognised("前 10 行中没有找到已知的表头", is_sample=sample)
    best = max(len(match.found) for match in matches)
    close = [m for m in matches if m.has_key and len(m.found) >= NEARLY * best]
    if not close:
        nearest = max(matches, key=lambda m: (len(m.found), -m.row))
        lacking = [
            nearest.table.column(k).header for k in nearest.table.key if k not in nearest.found
        ]
        return Unrecognised(
            f"疑似“{nearest.table.title_zh}”,但缺少关键列:{'、'.join(lacking)},本表未接收",
            nearest.table.alias,
            is_sample=sample,
        )
    most = max(len(match.found) for match in close)
    leaders = [match for match in close if len(match.found) == most]
    if len({match.table.alias for match in leaders}) > 1:
        share = {m.table.alias: len(m.found) / len(m.table.columns) for m in leaders}
        top_share = max(share.values())
        leaders = [m for m in leaders if share[m.table.alias] == top_share]
    if len({match.table.alias for match in leaders}) > 1:
        titles = "、".join(sorted({f"“{match.table.title_zh}”" for match in leaders}))
        return Unrecognised(f"表头同时符合{titles},无法判断是哪一张表", is_sample=sample)
    return _settle(sheet, min(leaders, key=lambda m: m.row), top, sample)


def _is_blank(frame: pl.DataFrame) -> bool:
    if frame.width == 0 or frame.height == 0:
        return True
    blank = frame.select(pl.all_horizontal(pl.all().fill_null("").str.strip_chars() == "").all())
    return bool(blank.item())


def _matches(at: int, row: list[str], words: Dictionary) -> list[_Match]:
    found: dict[str, _Match] = {}
    for position, cell in enumerate(row):
        for table, column, number, rank, scale in _meanings(normal(cell), words):
            match = found.setdefault(table.alias, _Match(at, table, {}))
            match.found.setdefault(column.name, []).append((number, rank, position, scale))
    return list(found.values())


def _meanings(header: str, words: Dictionary) -> list[tuple[Table, Column, int, int, Decimal]]:
    """Return what a header can mean; a unit in brackets that the dictionary lacks is understood."""
    known = words.meanings
    if header in known:
        return [(*meaning, Decimal(1)) for meaning in known[header]]
    bracket = _UNIT_BRACKET.match(header)
    if not bracket or bracket[1] not in known:
        return []
    meanings = []
    for table, column, number, rank in known[bracket[1]]:
        same = column.unit is not None and normal(column.unit) == bracket[2]
        scale = Decimal(1) if same else _SCALES.get((column.unit or "", bracket[2]))
        if scale is not None:
            meanings.append((table, column, number, rank, scale))
    return meanings


def _settle(
    sheet: Sheet, match: _Match, top: list[list[str]], sample: bool
) -> Recognised | Unrecognised:
    """Choose one position per column; two columns with equally good headers refuse the table."""
    row = top[match.row]
    fields, used = [], set()
    for column in match.table.columns:
        places = match.found.get(column.name)
        if not places:
            continue
        numbered = sorted(place for place in places if place[0])
        best = min(place[1] for place in places)
        chosen = numbered or [place for place in places if place[1] == best]
        if len({place[0] for place in chosen}) < len(chosen):
            letters = "、".join(sheet.letter(place[2]) for place in chosen)
            return Unrecognised(
                f"表头“{row[chosen[0][2]].strip()}”重复出现在 {letters} 列,本表未接收,请只保留一列",
                match.table.alias,
                is_sample=sample,
            )
        positions = tuple(place[2] for place in chosen)
        used |= set(positions)
        headers = tuple(row[position].strip() for position in positions)
        fields.append(Field(column, positions, headers, chosen[0][3]))
    unknown = tuple(
        (at, cell.strip()) for at, cell in enumerate(row) if cell.strip() and at not in used
    )
    missing = tuple(c for c in match.table.columns if c.name not in match.found)
    width = max(at for at, cell in enumerate(row) if cell.strip()) + 1
    return Recognised(match.table, match.row, tuple(fields), missing, unknown, sample, width)
