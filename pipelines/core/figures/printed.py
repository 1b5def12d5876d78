"""Printed figures: how many decimals were printed, and which exact values the print allows.

Decision 22: a figure stands for everything within half a unit of its last printed digit; marked
约, 余 or 左右 it reaches further. All arithmetic is exact decimal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from pipelines.core.text import compact

_FIGURE = re.compile(
    r"(?P<before>约|大约|近|将近|超过|超|逾)?"
    r"(?P<number>[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<fraction>[0-9]+))?)"
    r"(?P<inner>余|多)?(?P<power>百|千|万|亿)?(?P<after>余|多)?"
    r"(?P<unit>元|人次|人|户|个|项|亩|%|名)?(?P<around>左右|上下)?"
)
_POWERS = {None: 0, "百": 2, "千": 3, "万": 4, "亿": 8}
_PREFIX = re.compile(r"(百(?!分)|千(?!瓦|克|米)|万|亿)")
# What is measured is rounded even where it is whole; whatever else has a unit is counted, and a
# whole count is exact. Numerators and denominators carry no unit of their own: they are counts.
_MEASURED = re.compile(
    r"[/%‰]|(元|角|分|点|倍|成|亩|顷|米|里|m2|吨|斤|克|度|瓦|时|升|年|月|天|日|岁|立方|方)$"
)
_REMARK = re.compile(r"\(.*?\)")


@dataclass(frozen=True)
class Figure:
    """One printed figure in its filed unit: value, the interval it allows, printed decimals.

    ``decimals`` is negative for a figure printed in thousands or 万 (1.4万 人: -3).
    """

    value: Decimal
    low: Decimal
    high: Decimal
    decimals: int
    is_approx: bool

    @property
    def is_exact(self) -> bool:
        """Whether the print allows one value only."""
        return self.low == self.high

    @property
    def last_digit(self) -> Decimal:
        """One unit of the last printed digit."""
        return Decimal(1).scaleb(-self.decimals)


def unit_power(unit: str | None) -> int:
    """Return the power of ten that a unit carries in front: 4 for 万元 and 万人, else 0."""
    match = _PREFIX.match(compact(unit or ""))
    return _POWERS[match[1]] if match else 0


def is_count(unit: str | None) -> bool:
    """Whether a unit counts things one by one (户, 人次, 个); 万人 and 元 do not."""
    plain = _REMARK.sub("", compact(unit or ""))
    return not unit_power(plain) and not _MEASURED.search(plain)


def figure(text: str, unit: str | None, *, approx: bool = False) -> Figure | None:
    """Read a printed figure; None where it is none.

    ``unit`` is the row's unit label; ``approx`` says that the report's sentence marks the figure
    (约, 余, 左右) although the text alone does not.
    """
    match = _FIGURE.fullmatch(compact(text))
    if not match:
        return None
    power, tail = match["power"], match["unit"]
    if tail and unit and compact(unit).lstrip("百千万亿") != tail:
        return None
    prefix = unit_power(unit)
    exponent = _POWERS[power] - prefix if power or tail == "元" else 0
    mantissa = Decimal(match["number"].replace(",", ""))
    value = mantissa.scaleb(exponent)
    decimals = len(match["fraction"] or "") - exponent
    marked = any(match[name] for name in ("before", "inner", "after", "around"))
    is_whole = not match["fraction"]
    is_approx = approx or (marked and (is_whole or not (power or prefix)))
    last = Decimal(1).scaleb(-decimals)
    if is_whole and not power and not (marked or is_approx) and is_count(unit):
        reach = Decimal(0)
    elif not is_approx:
        reach = last / 2
    elif is_whole and abs(mantissa) >= 10:
        reach = abs(value) / 10
    else:
        reach = last
    low, high = (_plain(value - reach), _plain(value + reach))
    return Figure(_plain(value), low, high, decimals, is_approx)


def number_text(text: str) -> str:
    """Return the number in a printed figure as printed, with its separators; '' for none."""
    match = _FIGURE.fullmatch(compact(text))
    return match["number"] if match else ""


def _plain(number: Decimal) -> Decimal:
    """Write out a positive exponent, which DuckDB misreads (1.45E+4)."""
    return Decimal(format(number, "f"))
