"""From text to typed values, column by column: fast for plain cells, patient with the rest.

Each conversion takes a stripped text series (blank = null) and returns the typed series and the
mask of cells that are filled but cannot be typed. A partial date in a date column is one of them:
no day is invented, its text says what is known.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

import polars as pl

from pipelines.core.dictionary import CodeList, Column, normal
from pipelines.core.text import narrow

DEC = pl.Decimal(20, 6)
WIDE = pl.Decimal(24, 8)
LAKE_TYPES: dict[str, Any] = {
    "str": pl.String,
    "int": pl.Int64,
    "dec": DEC,
    "bool": pl.Boolean,
    "code": pl.String,
    "codes": pl.List(pl.String),
    "date": pl.Date,
    "month": pl.Date,
    "datetime": pl.Datetime("us"),
}
EXCEL_EPOCH = date(1899, 12, 30)

_TRUE = {normal(t) for t in ["是", "有", "1", "√", "✓", "✔", "☑", "y", "yes", "true", "t", "对"]}
_FALSE = {normal(t) for t in ["否", "无", "0", "×", "✗", "✘", "x", "n", "no", "false", "f", "没有"]}
_NUMBER = re.compile(
    r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[+-]?\.\d+)(?:e([+-]?\d{1,2}))?(万|亿|千|百)?(.*)"
)
_POWERS = {None: 0, "百": 2, "千": 3, "万": 4, "亿": 8}
_SAME_UNIT = {
    "㎡": ("平方米", "平米", "m2", "㎡"),
    "公里": ("公里", "千米", "km"),
    "升/人·日": ("升/人·日", "升", "升/人.日", "l"),
    "分钟": ("分钟", "分"),
    "月": ("月", "个月"),
    "天": ("天", "日"),
    "户": ("户",),
    "人": ("人", "名"),
    "个": ("个", "所", "处"),
    "次": ("次",),
    "亩": ("亩",),
    "年": ("年",),
    "%": ("%",),
    "元": ("元", "块"),
    "万元": ("万元",),
    "亿元": ("亿元",),
}
_DIGITS = re.compile(r"\d{4,8}")
_PARTS = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?"
    r"(?:[ t]?(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.0+)?)?"
)
_SPLIT = re.compile(r"[,，、;；|/\s]+")


@dataclass(frozen=True)
class Typed:
    """A typed series and which filled cells could not be typed."""

    values: pl.Series
    failed: pl.Series


def convert(text: pl.Series, column: Column, codes: CodeList | None, scale: Decimal) -> Typed:
    """Type one column. ``scale`` multiplies numbers whose header named another unit."""
    if column.type == "str":
        return Typed(text, pl.repeat(False, len(text), dtype=pl.Boolean, eager=True))
    if codes is not None:
        return _codes(text, codes, column) if column.type == "codes" else _code(text, codes)
    parse, fast = _PARSERS[column.type]
    quick = fast(text) if scale == 1 else _nothing(text, LAKE_TYPES[column.type])
    rest = text.filter(quick.is_null() & text.is_not_null()).unique().to_list()
    if not rest:
        return Typed(quick, quick.is_null() & text.is_not_null())
    parsed = {item: parse(item, column, scale) for item in rest}
    known = {item: value for item, value in parsed.items() if not isinstance(value, str)}
    slow = _mapped(text, known, LAKE_TYPES[column.type])
    values = quick.fill_null(slow)
    return Typed(values, values.is_null() & text.is_not_null())


def _nothing(text: pl.Series, kind: Any) -> pl.Series:
    return pl.Series(text.name, [None], dtype=kind).new_from_index(0, len(text))


def _mapped(text: pl.Series, values: dict[str, Any], kind: Any) -> pl.Series:
    """Return the value of each text, null where the mapping has none."""
    if not values:
        return _nothing(text, kind)
    pairs = pl.DataFrame(
        {
            "text": pl.Series(list(values), dtype=pl.String),
            "value": pl.Series(list(values.values()), dtype=kind),
        }
    )
    joined = text.alias("text").to_frame().join(pairs, on="text", how="left", maintain_order="left")
    return joined["value"].alias(text.name)


def _masked(text: pl.Series, pattern: str) -> pl.Series:
    """Return the texts that match the whole pattern, null for all others."""
    return text.to_frame().select(
        pl.when(pl.col(text.name).str.contains(pattern)).then(pl.col(text.name))
    )[text.name]


# --- numbers ---------------------------------------------------------------------------------


def _fast_int(text: pl.Series) -> pl.Series:
    return _masked(text, r"^-?[0-9]{1,15}$").cast(pl.Int64)


def _fast_dec(text: pl.Series) -> pl.Series:
    return _masked(text, r"^-?[0-9]{1,13}(\.[0-9]{1,6})?$").cast(DEC)


def _parse_number(text: str, unit: str | None, scale: Decimal) -> Decimal | None:
    """Read one number with separators, 万/亿 and the column's unit; None where it is none.

    ``scale`` is the header's and gives way to a unit in the cell itself.
    """
    match = _NUMBER.fullmatch(narrow(text))
    if not match:
        return None
    digits, exponent, power, tail = match.groups()
    try:
        value = Decimal(digits.replace(",", "")).scaleb(int(exponent or 0) + _POWERS[power])
    except InvalidOperation:
        return None
    if tail and not _is_unit(tail, unit):
        return None
    if not (tail or power):
        return value * scale
    if unit in ("万元", "亿元"):
        # The cell names its own unit, so the value is in yuan until it is brought to the column's.
        value = value.scaleb(-4 if unit == "万元" else -8)
    return value


def _is_unit(tail: str, unit: str | None) -> bool:
    if unit in ("万元", "亿元", "元"):
        return tail in ("元", "块")
    return unit is not None and tail in (narrow(unit), *map(narrow, _SAME_UNIT.get(unit, ())))


def _slow_int(text: str, column: Column, scale: Decimal) -> int | str:
    unit = column.unit or ("年" if column.name.endswith("year") else None)
    value = _parse_number(text, unit, scale)
    if value is None:
        return "failed"
    return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else "failed"


def _slow_dec(text: str, column: Column, scale: Decimal) -> Decimal | str:
    value = _parse_number(text, column.unit, scale)
    if value is None or abs(value) >= 10**13:
        return "failed"
    return value.quantize(Decimal("0.000001"), ROUND_HALF_EVEN)


# --- dates -----------------------------------------------------------------------------------


def _fast_date(text: pl.Series) -> pl.Series:
    compact = _masked(text, r"^(?:19|20)[0-9]{6}$").str.to_date("%Y%m%d", strict=False)
    dashed = _masked(text, r"^(?:19|20)[0-9][0-9]-[0-9][0-9]-[0-9][0-9](?: 00:00:00)?$").str.slice(
        0, 10
    )
    return compact.fill_null(dashed.str.to_date("%Y-%m-%d", strict=False))


def _fast_month(text: pl.Series) -> pl.Series:
    compact = _masked(text, r"^(?:19|20)[0-9]{4}$")
    return (compact + "01").str.to_date("%Y%m%d", strict=False)


def _fast_datetime(text: pl.Series) -> pl.Series:
    whole = _masked(
        text, r"^(?:19|20)[0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]$"
    )
    return whole.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")


def _moment(text: str) -> tuple[int, int | None, int | None, tuple[int, int, int]] | None:
    """Return year, month, day and time of what a cell says; None where it is no date at all."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    plain = re.sub(r"\s*([-/.年月日:])\s*", r"\1", plain)
    if plain.isdigit() and _DIGITS.fullmatch(plain):
        return _compact(plain)
    match = _PARTS.fullmatch(plain)
    if not match:
        return None
    year, month, day, hour, minute, second = (
        int(part) if part else None for part in match.groups()
    )
    return year or 0, month, day, (hour or 0, minute or 0, second or 0)


def _compact(digits: str) -> tuple[int, int | None, int | None, tuple[int, int, int]] | None:
    midnight = (0, 0, 0)
    if len(digits) == 4:
        return int(digits), None, None, midnight
    if len(digits) == 5:
        # Five digits are an Excel serial number: a date cell that lost its format.
        if not 14_611 <= int(digits) <= 73_050:
            return None
        day = EXCEL_EPOCH + timedelta(days=int(digits))
        return day.year, day.month, day.day, midnight
    if len(digits) == 6:
        return int(digits[:4]), int(digits[4:]), None, midnight
    if len(digits) == 8:
        return int(digits[:4]), int(digits[4:6]), int(digits[6:]), midnight
    return None


def _slow_date(text: str, column: Column, scale: Decimal) -> date | str:
    parts = _moment(text)
    if parts is None or not _is_plausible(parts):
        return "failed"
    year, month, day, _ = parts
    return date(year, month, day) if month and day else "failed"


def _slow_month(text: str, column: Column, scale: Decimal) -> date | str:
    parts = _moment(text)
    if parts is None or not _is_plausible(parts):
        return "failed"
    year, month, _, _ = parts
    return date(year, month, 1) if month else "failed"


def _slow_datetime(text: str, column: Column, scale: Decimal) -> datetime | str:
    parts = _moment(text)
    if parts is None or not _is_plausible(parts):
        return "failed"
    year, month, day, (hour, minute, second) = parts
    if not (month and day):
        return "failed"
    return datetime(year, month, day, hour, minute, second)


def _is_plausible(parts: tuple[int, int | None, int | None, tuple[int, int, int]]) -> bool:
    year, month, day, (hour, minute, second) = parts
    if not 1850 <= year <= 2150:
        return False
    try:
        datetime(
            year, 1 if month is None else month, 1 if day is None else day, hour, minute, second
        )
    except ValueError:
        return False
    return True


# --- yes and no, codes -----------------------------------------------------------------------


def _fast_bool(text: pl.Series) -> pl.Series:
    return _nothing(text, pl.Boolean)


def _slow_bool(text: str, column: Column, scale: Decimal) -> bool | str:
    word = normal(text)
    if word in _TRUE:
        return True
    return False if word in _FALSE else "failed"


def _code(text: pl.Series, codes: CodeList) -> Typed:
    found: dict[str, str] = {}
    failed = []
    blanks = {normal(label) for label in codes.blank_labels}
    for item in text.drop_nulls().unique().to_list():
        label = codes.lookup.get(normal(item))
        if label is not None:
            found[item] = label
        elif normal(item) in blanks:
            continue
        elif codes.closed:
            failed.append(item)
        else:
            found[item] = item
    return Typed(_mapped(text, found, pl.String), text.is_in(failed).fill_null(False))


def _codes(text: pl.Series, codes: CodeList, column: Column) -> Typed:
    found: dict[str, list[str]] = {}
    failed = []
    for item in text.drop_nulls().unique().to_list():
        labels = _labels(item, codes)
        if labels is None:
            failed.append(item)
        elif labels or column.blank_means_none:
            found[item] = labels
    values = _mapped(text, found, pl.List(pl.String))
    if column.blank_means_none:
        empty = pl.Series(values.name, [[]], dtype=pl.List(pl.String)).new_from_index(0, len(text))
        values = values.zip_with(text.is_not_null(), empty)
    return Typed(values, text.is_in(failed).fill_null(False))


def _labels(item: str, codes: CodeList) -> list[str] | None:
    """Return the labels of one cell in filed order, each once; None where one is unknown."""
    blanks = {normal(label) for label in codes.blank_labels}
    whole = codes.lookup.get(normal(item))
    if whole is not None:
        return [whole]
    labels: dict[str, None] = {}
    for part in filter(None, _SPLIT.split(item.strip())):
        label = codes.lookup.get(normal(part))
        if label is None and normal(part) in blanks:
            continue
        if label is None and codes.closed:
            return None
        labels[label or part] = None
    return list(labels)


_PARSERS: dict[str, tuple[Callable[..., Any], Callable[[pl.Series], pl.Series]]] = {
    "int": (_slow_int, _fast_int),
    "dec": (_slow_dec, _fast_dec),
    "bool": (_slow_bool, _fast_bool),
    "date": (_slow_date, _fast_date),
    "month": (_slow_month, _fast_month),
    "datetime": (_slow_datetime, _fast_datetime),
}
