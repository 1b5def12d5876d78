"""What the text of one header cell can mean, with whatever an office writes around the header.

Around a known header are understood: stars and serial numbers, a unit, and in brackets the choices,
another name of the same column, the national code, or how the cell is to be filled in. Anything
else in brackets may make it another header, so that it is not taken.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pipelines.core.dictionary import Column, Dictionary, Table, normal

# Longer texts are sentences. The longest header of the dictionary has 28 characters.
LONGEST_HEADER = 80
_PEELS = 3

_SIGNS = re.compile(r"[*★☆※●▲◆#]")
_SERIAL = re.compile(
    r"^(?:\([0-9]{1,2}\)|[0-9]{1,2}[.、)]|[一二三四五六七八九十]{1,2}、)(?=[^0-9])"
)
_TAIL_UNIT = re.compile(r"^(.+?)[:/,;_-](?:计量)?(?:单位:?)?([^:/,;_()-]+)$")
_HINT = re.compile(
    r"(?:必填|选填|必录|可不填|可空|可为空)项?|可?多选.*|可?单选.*|下拉.*"
    r"|文本(?:格式|型)?|数字|数值|整数|日期|年月日?|公历|阳历|(?:系统)?自动(?:生成|计算|求和)"
    r"|(?:如|例|示例|样例|格式|填|请|按|精确|保留|注:|见|须|应|以|限|不超过|最多).*"
    r"|[0-9]{1,2}位.*|y{4}.*|[0-9]{4}[-./年][0-9]{1,2}.*|[12][09][0-9]{4}(?:[0-9]{2})?"
)
_NATIONAL = re.compile(r"a[a-z]{2}[0-9]{3}[a-z]?")
_YES_NO = frozenset(map(normal, ("是", "否", "有", "无", "√", "×", "1", "0", "y", "n")))
_CHOICES = re.compile(r"[/、,;|或]")


class Meaning(NamedTuple):
    """A column that a header can name.

    ``number`` is the place in a numbered list (0: the whole), ``rank`` how good a name it is (0:
    the printed one), ``scale`` what turns the header's unit into the column's.
    """

    table: Table
    column: Column
    number: int
    rank: int
    scale: Decimal


@lru_cache(maxsize=50_000)
def meanings(text: str, words: Dictionary) -> tuple[Meaning, ...]:
    """Return what a header cell can mean, at most one column of each table."""
    if not text or len(text) > LONGEST_HEADER or text.isdecimal():
        return ()
    bare = _SIGNS.sub("", normal(text)).strip(":")
    found = {m.table.alias: m for m in reversed(_exact(bare, words))}
    for base, added in _readings(_SERIAL.sub("", bare)):
        for meaning in _exact(base, words):
            if meaning.table.alias not in found:
                scale = _scale(added, meaning.column, words)
                if scale is not None:
                    found[meaning.table.alias] = meaning._replace(scale=scale)
    for meaning in _joined(bare, words):
        found.setdefault(meaning.table.alias, meaning)
    return tuple(found.values())


def wrong_units(text: str, words: Dictionary) -> dict[tuple[str, str], str]:
    """Return, by table alias and column name, the unit in a header that cannot be converted."""
    bare = _SIGNS.sub("", normal(text)).strip(":")
    if bare in words.meanings:
        return {}
    return {
        (meaning.table.alias, meaning.column.name): unit
        for base, added in _readings(bare)
        for unit in map(_unit, added)
        if len(added) == 1 and unit in _all_units(words)
        for meaning in _exact(base, words)
        if meaning.column.type in ("int", "dec") and _scale(added, meaning.column, words) is None
    }


@lru_cache(maxsize=4)
def _all_units(words: Dictionary) -> frozenset[str]:
    units = words.units.values()
    return frozenset(normal(name) for unit in units for name in (*unit.spellings, *unit.factors))


def _exact(header: str, words: Dictionary) -> list[Meaning]:
    return [Meaning(*known, Decimal(1)) for known in words.meanings.get(header, ())]


def _readings(bare: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the shorter headers that a text may be, each with what was taken off around it."""
    readings: list[tuple[str, tuple[str, ...]]] = [(bare, ())]
    base, added = bare, tuple[str, ...]()
    for _ in range(_PEELS):
        tail = _TAIL_UNIT.match(base)
        if tail:
            readings.append((tail[1], (*added, f"单位:{tail[2]}")))
        split = _last_bracket(base) or _first_bracket(base)
        if split is None:
            break
        base, content = split
        added = (*added, content)
        readings.append((base, added))
    return readings


def _last_bracket(text: str) -> tuple[str, str] | None:
    """Split off a bracket at the end, with the brackets inside it."""
    if not text.endswith(")"):
        return None
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == ")") - (text[at] == "(")
        if depth == 0:
            return (text[:at], text[at + 1 : -1]) if at else None
    return None


def _first_bracket(text: str) -> tuple[str, str] | None:
    start, closed, rest = text.partition(")")
    return (rest, start[1:]) if start.startswith("(") and closed and rest else None


def _joined(bare: str, words: Dictionary) -> list[Meaning]:
    """Return what a header means that gives several names of one column (状态/五级分类)."""
    parts = bare.split("/")
    if len(parts) < 2 or not all(parts):
        return []
    return [
        first
        for first in _exact(parts[0], words)
        if all(
            any(m.column is first.column for m in _exact(part, words) if m.table is first.table)
            for part in parts[1:]
        )
    ]


def _scale(added: tuple[str, ...], column: Column, words: Dictionary) -> Decimal | None:
    """Return the scale that additions around a column's header ask for, None where one is alien."""
    scale: Decimal | None = None
    for content in added:
        factor = _factor(_unit(content), column, words)
        if factor is not None and scale in (None, factor):
            scale = factor
        elif factor is not None or not _is_harmless(content, column, words):
            return None
    return Decimal(1) if scale is None else scale


def _unit(content: str) -> str:
    return content.removeprefix("计量").removeprefix("单位").strip(":")


def _factor(unit: str, column: Column, words: Dictionary) -> Decimal | None:
    if column.unit is None:
        return None
    known = words.units[column.unit]
    if unit in map(normal, known.spellings):
        return Decimal(1)
    return next((factor for name, factor in known.factors.items() if normal(name) == unit), None)


def _is_harmless(content: str, column: Column, words: Dictionary) -> bool:
    if _HINT.fullmatch(content) or _NATIONAL.fullmatch(content):
        return True
    if content in map(normal, column.headers):
        return True
    choices = [choice for choice in _CHOICES.split(content) if choice]
    if len(choices) < 2:
        return False
    if column.type == "bool":
        return _YES_NO.issuperset(choices)
    return column.codes is not None and all(
        choice in words.code_list(column).lookup for choice in choices
    )
