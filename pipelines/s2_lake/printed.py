"""Printed figures: how many decimals were printed, and which exact values the print allows.

Decision 22: a figure stands for everything within half a unit of its last printed digit; marked
约, 余 or 左右 it reaches further. All arithmetic is exact decimal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from pipelines.s2_lake.characters import BLANKS, MINUS, plain, unblank
from pipelines.s2_lake.sheet import Sheet
from pipelines.s2_lake.xlsx import number_formats

_FIGURE = re.compile(
    r"(?P<before>约|大约|近|将近|超过|超|逾)?"
    r"(?P<number>[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<fraction>[0-9]+))?)"
    r"(?P<inner>余|多)?(?P<power>百|千|万|亿)?(?P<after>余|多)?"
    r"(?P<unit>元|人次|人|户|个|项|亩|%|名)?(?P<around>左右|上下)?"
)
_POWERS = {None: 0, "百": 2, "千": 3, "万": 4, "亿": 8}
_UNIT_POWERS = {"万元": 4, "亿元": 8}
# What is counted whole is exact; numerators and denominators carry no unit of their own.
COUNT_UNITS = (None, "户", "人", "人次", "个", "项")
_BETWEEN_DIGITS = re.compile(f"(?<=[0-9])[{re.escape(BLANKS)}'’](?=[0-9])")
_FORMAT = re.compile(r"[#,0]*0(?:\.(0+))?(%)?")


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


def figure(text: str, unit: str | None) -> Figure | None:
    """Read a printed figure; None where it is none. ``unit`` is the row's unit label."""
    match = _FIGURE.fullmatch(_tidy(text))
    if not match:
        return None
    power, tail = match["power"], match["unit"]
    if tail and unit and unit.lstrip("万亿") != tail:
        return None
    unit_power = _UNIT_POWERS.get(unit or "", 0)
    exponent = _POWERS[power] - unit_power if power or tail == "元" else 0
    mantissa = Decimal(match["number"].replace(",", ""))
    value = mantissa.scaleb(exponent)
    decimals = len(match["fraction"] or "") - exponent
    marked = any(match[name] for name in ("before", "inner", "after", "around"))
    is_whole = not match["fraction"]
    is_approx = marked and (is_whole or not (power or unit_power))
    last = Decimal(1).scaleb(-decimals)
    if is_whole and not power and not marked and unit in COUNT_UNITS:
        reach = Decimal(0)
    elif not is_approx:
        reach = last / 2
    elif is_whole and abs(mantissa) >= 10:
        reach = abs(value) / 10
    else:
        reach = last
    low, high = (_plain(value - reach), _plain(value + reach))
    return Figure(_plain(value), low, high, decimals, is_approx)


def digits(text: str) -> str:
    """Return the number in a printed figure as printed, with its separators."""
    match = _FIGURE.fullmatch(_tidy(text))
    return match["number"] if match else ""


def _tidy(text: str) -> str:
    """Return a figure narrow and without blanks; one between digits must separate thousands."""
    bare = plain(text).casefold().translate(MINUS)
    return unblank(_BETWEEN_DIGITS.sub(",", bare))


def _plain(number: Decimal) -> Decimal:
    """Write out a positive exponent, which DuckDB misreads (1.45E+4)."""
    return Decimal(format(number, "f"))


def displayed(sheet: Sheet, positions: Sequence[int]) -> dict[int, dict[int, str]]:
    """Return, per frame column and 1-based row, how numeric xlsx cells are displayed.

    Only plain number formats with fixed decimals count; a General cell keeps its shortest form.
    """
    shown: dict[int, dict[int, str]] = {position: {} for position in positions}
    if sheet.kind != "xlsx" or not positions:
        return shown
    columns = {sheet.first_column + position: position for position in positions}
    for row, column, value, form in number_formats(sheet.path, sheet.name, set(columns)):
        text = _display(value, form)
        if text is not None:
            shown[columns[column]][row] = text
    return shown


def _display(value: Decimal, number_format: str) -> str | None:
    match = _FORMAT.fullmatch(number_format.split(";")[0].strip().rstrip("_ )"))
    if not match:
        return None
    places, percent = len(match[1] or ""), bool(match[2])
    try:
        rounded = (value * 100 if percent else value).quantize(
            Decimal(1).scaleb(-places), ROUND_HALF_UP
        )
    except InvalidOperation:
        return None
    return f"{rounded}{'%' if percent else ''}"
