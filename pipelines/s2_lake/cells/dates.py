"""Dates, months and times as offices write them. A part that is not told is never invented."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl

from pipelines.core.dictionary import Column
from pipelines.core.text import BLANKS
from pipelines.s2_lake.texts.change_rules import Rule
from pipelines.s2_lake.texts.characters import changed_signs, plain
from pipelines.s2_lake.texts.outcome import Read, Untyped
from pipelines.s2_lake.texts.series import matching

LONGEST = 100
EXCEL_EPOCH = date(1899, 12, 30)
DAYS_TO_1904 = 1462
FIRST_YEAR, LAST_YEAR = 1850, 2150
# A month column tells of the programme; an earlier year is a two-digit year with a day (190301).
FIRST_MONTH_YEAR = 1949
AMBIGUOUS_MONTH = r"^[0-9]{4}\.1$"
AMBIGUOUS_ZH = (
    "可能是1月,也可能是10月(数值格式会丢掉末尾的0),请设为文本格式并写成 201901 这样的六位年月"
)

_TWO_DIGITS = "年份应写四位"
_NO_DAY = "只有年月或年份,请补填到日"
_NO_MONTH = "只有年份,请补填到月"
_IMPOSSIBLE = "不是日历上的日期"
_SPACE = f"[{re.escape(BLANKS)}]"
_PARTS = re.compile(
    r"(\d{4})(?:([-/.年])(\d{1,2})(?:([-/.月])(\d{1,2})日?|月份?)?|年)?"
    r"(?:[ t]?(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.0+)?)?",
    re.ASCII,
)
_SHORT = re.compile(
    r"\d{2}(?:年|[-/.]\d{1,2}(?:[-/.]|$)).*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2}", re.ASCII
)
_SERIAL = re.compile(r"(\d{5})(?:\.(\d+))?", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d(?:-\d\d(?:[ t]\d\d:\d\d(?::\d\d)?)?)?|\d{4}|\d{6}|\d{8}", re.ASCII)
_NUMERAL = {"〇": 0, "零": 0, "○": 0} | {
    sign: at for at, sign in enumerate("一二三四五六七八九", 1)
}
_CHINESE_YEAR = re.compile(f"([{''.join(_NUMERAL)}]{{4}})年")
_CHINESE_PART = re.compile("([一二三四五六七八九十]{1,3})([月日号])")


@dataclass(frozen=True)
class _Moment:
    """What a cell says of a point in time; None is not told."""

    year: int
    month: int | None = None
    day: int | None = None
    time: tuple[int, int, int] = (0, 0, 0)


def fast_date(text: pl.Series) -> pl.Series:
    """Type plain full dates: 20190301, 2019-03-01 and what Excel's own dates read as."""
    compact = matching(text, r"^(?:19|20)[0-9]{6}$").str.to_date("%Y%m%d", strict=False)
    dashed = matching(text, r"^(?:19|20)[0-9][0-9]-[0-9][0-9]-[0-9][0-9](?: 00:00:00)?$")
    return compact.fill_null(dashed.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False))


def fast_month(text: pl.Series) -> pl.Series:
    """Type plain months: 201903, and what Excel's own first days of a month read as."""
    compact = matching(text, r"^(?:19[5-9]|20[0-9])[0-9]{3}$")
    dashed = matching(text, r"^(?:19[5-9]|20[0-9])[0-9]-[0-9][0-9]-01(?: 00:00:00)?$")
    months = (compact + "01").str.to_date("%Y%m%d", strict=False)
    return months.fill_null(dashed.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False))


def fast_datetime(text: pl.Series) -> pl.Series:
    """Type plain times."""
    whole = matching(
        text, r"^(?:19|20)[0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]$"
    )
    return whole.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")


def read_date(text: str, column: Column, is_1904: bool) -> Read:
    """Read a full date. Raises Untyped for anything less."""
    moment, rules = _moment(text, column, is_1904)
    day = _full(moment)
    if moment.time != (0, 0, 0) and Rule.SERIAL not in rules:
        rules |= {Rule.DATE_FORM}
    return Read(day.date(), rules)


def read_month(text: str, column: Column, is_1904: bool) -> Read:
    """Read a month, as its first day. Raises Untyped."""
    moment, rules = _moment(text, column, is_1904)
    if moment.month is None:
        raise Untyped(_NO_MONTH)
    if moment.year < FIRST_MONTH_YEAR:
        raise Untyped(_TWO_DIGITS)
    if moment.day not in (None, 1):
        rules |= {Rule.MONTH_OF_DATE}
    return Read(date(moment.year, moment.month, 1), rules)


def read_datetime(text: str, column: Column, is_1904: bool) -> Read:
    """Read a date with its time, midnight where none is told. Raises Untyped."""
    moment, rules = _moment(text, column, is_1904)
    return Read(_full(moment), rules)


def _full(moment: _Moment) -> datetime:
    if not (moment.month and moment.day):
        raise Untyped(_NO_DAY)
    return datetime(moment.year, moment.month, moment.day, *moment.time)


def _moment(text: str, column: Column, is_1904: bool) -> tuple[_Moment, frozenset[Rule]]:
    """Return what a cell says and what was changed to read it. Raises Untyped."""
    # Blanks are part of how a date is written, as are its signs.
    if len(text) > LONGEST:
        raise Untyped
    rules = changed_signs(text) - {Rule.BLANKS}
    bare = re.sub(rf"{_SPACE}+", " ", plain(text).casefold())
    western = _western(re.sub(r" ?([-/.年月日号:]) ?", r"\1", bare))
    western = re.sub(r"^(\d{4}|\d{6}|\d{8})\.0+$", r"\1", western.replace("号", "日"))
    western = re.sub(r"(?<=日)(?=\d)", " ", western)
    moment = _compact(western) or _serial(western, column, is_1904) or _written(western)
    if western != bare or not _ISO.fullmatch(western):
        serial = _SERIAL.fullmatch(western)
        rules.add(Rule.SERIAL if serial else Rule.DATE_FORM)
    _check(moment)
    return moment, frozenset(rules)


def _western(text: str) -> str:
    """Write 二〇一九年三月十二日 in digits; other text stays."""
    match = _CHINESE_YEAR.match(text)
    if not match:
        return text
    year = "".join(str(_NUMERAL[sign]) for sign in match[1])
    rest = _CHINESE_PART.sub(lambda part: f"{_chinese(part[1])}{part[2]}", text[match.end() :])
    return f"{year}年{rest}"


def _chinese(numeral: str) -> str:
    """Return 1 to 99 in digits; what is no numeral stays."""
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return str(_NUMERAL[numeral]) if len(numeral) == 1 else numeral
    if len(tens) > 1 or len(ones) > 1:
        return numeral
    return str((_NUMERAL[tens] if tens else 1) * 10 + (_NUMERAL[ones] if ones else 0))


def _compact(digits: str) -> _Moment | None:
    if not (digits.isascii() and digits.isdecimal()) or len(digits) not in (4, 6, 8):
        return None
    year, month, day = int(digits[:4]), digits[4:6], digits[6:]
    return _Moment(year, int(month) if month else None, int(day) if day else None)


def _serial(text: str, column: Column, is_1904: bool) -> _Moment | None:
    """Read a date cell that lost its format; the fraction is the time of day."""
    match = _SERIAL.fullmatch(text)
    if not match:
        return None
    number = int(match[1])
    if column.sensitive != "birth" and 19001 <= number <= 21009 and number % 10:
        raise Untyped("既像 Excel 日期序号,又像缺一位的年月,请写成 201903 或 20190301 这样")
    days = number + (DAYS_TO_1904 if is_1904 else 0)
    if not 14_611 <= days <= 73_050:
        raise Untyped
    seconds = round(Decimal(f"0.{match[2] or 0}") * 86_400)
    moment = datetime.combine(EXCEL_EPOCH, datetime.min.time()) + timedelta(days, seconds)
    return _Moment(
        moment.year, moment.month, moment.day, (moment.hour, moment.minute, moment.second)
    )


def _written(text: str) -> _Moment:
    match = _PARTS.fullmatch(text)
    if not match:
        raise Untyped(_TWO_DIGITS if _SHORT.fullmatch(text) else "")
    year, first, month, second, day, *time = match.groups()
    if second and second != ("月" if first == "年" else first):
        raise Untyped
    hour, minute, second_of = (int(part or 0) for part in time)
    return _Moment(
        int(year),
        int(month) if month else None,
        int(day) if day else None,
        (hour, minute, second_of),
    )


def _check(moment: _Moment) -> None:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Untyped(_IMPOSSIBLE)
    month = 1 if moment.month is None else moment.month
    day = 1 if moment.day is None else moment.day
    try:
        datetime(moment.year, month, day, *moment.time)
    except ValueError:
        raise Untyped(_IMPOSSIBLE) from None
