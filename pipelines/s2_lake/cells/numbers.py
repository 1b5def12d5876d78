"""Numbers as offices write them: separators, brackets, exponents, units; exact decimals only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import polars as pl

from pipelines.core.dictionary import Column, dictionary
from pipelines.core.text import BLANKS, MINUS
from pipelines.s2_lake.texts.change_rules import Rule
from pipelines.s2_lake.texts.characters import changed_signs, plain
from pipelines.s2_lake.texts.outcome import Read, Untyped
from pipelines.s2_lake.texts.series import matching

# What a decimal of the lake holds lies below this.
LARGEST = Decimal(10**13)
TOO_LARGE_ZH = "数值过大,请核对"
DEC = pl.Decimal(20, 6)
WIDE = pl.Decimal(24, 8)
PLACES = Decimal("0.000001")

# 千米 and 公里 end in no power; 百, 千, 万, 亿 before a unit are.
_POWERS = {"": 0, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8}
_COUNTED = (None, "元", "万元", "亩", "㎡", "户", "人", "个", "次")

_SPACE = f"[{re.escape(BLANKS)}]"
_GROUPS = rf"[1-9][0-9]{{0,2}}(?P<by>,|{_SPACE}|['’])[0-9]{{3}}(?:(?P=by)[0-9]{{3}})*"
# Possessive blanks (*+): a long run of them is tried once, whatever follows.
_NUMBER = re.compile(
    rf"(?P<open>\(?){_SPACE}*+(?P<sign>[+-]?){_SPACE}*+(?P<currency>¥?){_SPACE}*+(?P<inner>[+-]?)"
    rf"(?P<digits>(?:{_GROUPS}|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)(?P<exponent>e[+-]?[0-9]{{1,2}})?"
    rf"{_SPACE}*+(?P<close>\)?){_SPACE}*+(?P<tail>[^0-9()]*(?:m2)?)(?P<last>\)?)"
)
LONGEST = 100


def fast_int(text: pl.Series) -> pl.Series:
    """Type plain whole numbers."""
    return matching(text, r"^-?[0-9]{1,15}$").cast(pl.Int64)


def fast_dec(text: pl.Series) -> pl.Series:
    """Type plain decimals of no more places than the lake keeps."""
    return matching(text, r"^-?[0-9]{1,13}(\.[0-9]{1,6})?$").cast(DEC)


def read_int(text: str, column: Column, scale: Decimal) -> Read:
    """Read a whole number in the column's unit. Raises Untyped."""
    unit = column.unit or ("年" if column.name.endswith("year") else None)
    value, rules = _number(text, unit, scale)
    if value != value.to_integral_value():
        raise Untyped("应为整数")
    if abs(value) >= 10**15:
        raise Untyped(TOO_LARGE_ZH)
    return Read(int(value), rules)


def read_dec(text: str, column: Column, scale: Decimal) -> Read:
    """Read a decimal in the column's unit, rounded to what the lake keeps. Raises Untyped."""
    value, rules = _number(text, column.unit, scale)
    if abs(value) >= LARGEST:
        raise Untyped(TOO_LARGE_ZH)
    kept = value.quantize(PLACES, ROUND_HALF_UP)
    return Read(kept, rules if kept == value else rules | {Rule.ROUNDED})


def _number(text: str, unit: str | None, scale: Decimal) -> tuple[Decimal, frozenset[Rule]]:
    """Return a cell's number in the column's unit and what was changed.

    ``scale`` is the header's and gives way to a unit in the cell itself.
    """
    bare = plain(text).casefold()
    match = _NUMBER.fullmatch(bare.translate(MINUS)) if len(bare) <= LONGEST else None
    if not match or not _is_balanced(match):
        raise Untyped
    rules = changed_signs(text)
    if match["by"]:
        rules.add(Rule.GROUPS)
        if match["by"].isspace() and not re.search(_SPACE, bare.replace(match["digits"], "")):
            rules.discard(Rule.BLANKS)
    if bare != bare.translate(MINUS):
        rules.add(Rule.MINUS)
    value = Decimal(re.sub(r"[^0-9.]", "", match["digits"]))
    if match["exponent"]:
        value = value.scaleb(int(match["exponent"][1:]))
        rules.add(Rule.EXPONENT)
    if match["open"]:
        rules.add(Rule.BRACKETS)
    if match["open"] or "-" in (match["sign"], match["inner"]):
        value = -value
    value, named = _in_unit(value, match["tail"].strip(BLANKS), bool(match["currency"]), unit)
    if named is None and scale != 1:
        value, named = value * scale, Rule.HEADER_UNIT
    # Minus nought is nought.
    return value + 0, frozenset(rules | ({named} if named else set()))


def _is_balanced(match: re.Match[str]) -> bool:
    signs = match["open"] + match["sign"] + match["inner"]
    return match["open"].replace("(", ")") == match["close"] + match["last"] and len(signs) <= 1


def _in_unit(
    value: Decimal, tail: str, is_money: bool, unit: str | None
) -> tuple[Decimal, Rule | None]:
    """Bring a value with a power and unit of its own to the column's. Raises Untyped."""
    names = _names(unit)
    if is_money and "元" not in names:
        raise Untyped(_wrong_unit("元", unit))
    if not tail:
        if not is_money:
            return value, None
        tail = "元"
    power, name = _split(tail, names)
    if name and name not in names:
        raise Untyped(_wrong_unit(name, unit) if name in _all_names() else "")
    if power and unit not in _COUNTED:
        raise Untyped(_wrong_unit(tail, unit))
    # A bare 万 or 亿 counts yuan.
    factor = names[name or "元"] if name or unit == "万元" else Decimal(1)
    brought = value.scaleb(_POWERS[power]) * factor
    return brought, Rule.SAME_UNIT if brought == value else Rule.UNIT


@cache
def _names(unit: str | None) -> Mapping[str, Decimal]:
    """Return what a column's unit may be called in a cell, and how much of it each name is."""
    known = dictionary().units
    if unit is None:
        return {}
    names = dict.fromkeys(known[unit].spellings, Decimal(1))
    for other, factor in known[unit].factors.items():
        names |= dict.fromkeys(known[other].spellings if other in known else (other,), factor)
    return {plain(name).casefold(): factor for name, factor in names.items()}


@cache
def _all_names() -> frozenset[str]:
    return frozenset(name for unit in dictionary().units for name in _names(unit))


def _split(tail: str, names: Mapping[str, object]) -> tuple[str, str]:
    """Split 万元 into power and unit; what is a unit of the column as a whole is none."""
    if tail in names:
        return "", tail
    power = max((word for word in _POWERS if tail.startswith(word)), key=len)
    return power, tail[len(power) :].strip(BLANKS)


def _wrong_unit(found: str, unit: str | None) -> str:
    return f"单位“{found}”与本列单位“{unit}”不符" if unit else f"本列不带单位“{found}”"
