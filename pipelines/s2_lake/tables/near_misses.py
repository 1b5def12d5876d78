"""Headers that are not known but nearly are: which column was meant. Conservative, and only asked.

A suggestion is a sentence to the county, never a reading: the column stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from pipelines.core.dictionary import Column, Dictionary, Table, normal
from pipelines.s2_lake.tables.headers import LONGEST_HEADER, wrong_units

CUT_OFF = 0.75
# One wrong sign in so short a header is more than CUT_OFF allows.
_SHORT = 3
# Nobody reads more questions about one sheet; a hostile one has thousands of columns.
MOST_ASKED = 200
# Words that offices use for each other; a header that differs in them only is the same header.
_ALIKE = (
    ("身份证", "证件"),
    ("编码", "编号"),
    ("代码", "编号"),
    ("号码", "号"),
    ("时间", "日期"),
    ("数量", "数"),
    ("手机", "电话"),
    ("名字", "姓名"),
    ("月份", "月"),
)


class Near(NamedTuple):
    """A column whose name a header comes near to, and how near: 0.66 … 1."""

    alias: str
    column: str
    score: float


def suggestions(
    unknown: Iterable[str], table: Table, missing: Iterable[Column], words: Dictionary
) -> dict[str, Column]:
    """Return, by unknown header as filed, the missing column that it nearly names.

    Each column is suggested once, for the header nearest to it; none where two are equally near.
    """
    wanted = {column.name for column in missing}
    scores = {
        (text, item.column): item.score
        for text in islice(unknown, MOST_ASKED)
        for item in near(text, words)
        if item.alias == table.alias and item.column in wanted
    }
    found: dict[str, Column] = {}
    for (text, name), score in sorted(scores.items(), key=lambda pair: (-pair[1], pair[0])):
        equal = [other for other, value in scores.items() if value == score]
        rivals = [o for o in equal if (o[0] == text) != (o[1] == name)]
        taken = text in found or any(column.name == name for column in found.values())
        if not rivals and not taken:
            found[text] = table.column(name)
    return found


def questions(found: Mapping[str, Column], table: Table, words: Dictionary) -> list[str]:
    """Return the sentences to the county, one for each suggestion."""
    told = []
    for text, column in found.items():
        shown = " ".join(text.split())
        unit = wrong_units(text, words).get((table.alias, column.name))
        if unit is None:
            told.append(f"“{shown}”未识别,是否指“{column.header}”?是的请改用该列名后重报")
        else:
            wanted = f"应为{column.unit}" if column.unit else "该列没有单位"
            told.append(
                f"“{shown}”未识别:单位“{unit}”不能换算为“{column.header}”的单位,{wanted},请改正后重报"
            )
    return told


@lru_cache(maxsize=20_000)
def near(text: str, words: Dictionary) -> tuple[Near, ...]:
    """Return the columns of all tables that a header nearly names.

    Of two header rows (上/下) the lower may nearly name one by itself.
    """
    found: dict[tuple[str, str], Near] = {}
    lower = text if normal(text) in words.meanings else text.rpartition("/")[2]
    for form in dict.fromkeys((text, lower)):
        for item in _near(form, words):
            best = found.setdefault((item.alias, item.column), item)
            found[item.alias, item.column] = max(best, item, key=lambda one: one.score)
    return tuple(found.values())


def _near(text: str, words: Dictionary) -> tuple[Near, ...]:
    bare = normal(text)
    if not bare or len(bare) > LONGEST_HEADER or bare.isdecimal():
        return ()
    found = dict.fromkeys(wrong_units(text, words), 1.0)
    # The exact name of something else is no slip of the pen.
    exact = {column.name for _, column, _, _ in words.meanings.get(bare, ())}
    header = _folded(bare)
    signs = frozenset(header)
    for alias, name, other, other_signs in _folded_headers(words):
        # Too short, or too few signs in common, to come near: most, told without comparing.
        whole = len(header) + len(other)
        if 2 * min(len(header), len(other)) < CUT_OFF * whole:
            continue
        if 3 * len(signs & other_signs) < len(other_signs) or (exact and exact != {name}):
            continue
        score = SequenceMatcher(None, header, other, autojunk=False).ratio()
        if score >= CUT_OFF or _ends_wrong(header, other):
            found[alias, name] = max(score, found.get((alias, name), 0.0))
    return tuple(Near(alias, name, score) for (alias, name), score in found.items())


def _ends_wrong(header: str, other: str) -> bool:
    """Say whether two headers of three signs differ in the last only: 户编好."""
    return len(header) == len(other) == _SHORT and header[:-1] == other[:-1]


@lru_cache(maxsize=4)
def _folded_headers(words: Dictionary) -> list[tuple[str, str, str, frozenset[str]]]:
    return [
        (table.alias, column.name, header, frozenset(header))
        for table in words.tables.values()
        for column in table.columns
        for header in dict.fromkeys(_folded(normal(text)) for text in column.headers)
    ]


def _folded(header: str) -> str:
    for word, other in _ALIKE:
        header = header.replace(word, other)
    return header
