"""How offices write a value: forms of its content, and signs that come with copy and paste.

``FORMS`` change what is written (12.5 as 1.25E+1), ``SIGNS`` what surrounds it. Each fits columns
of some types and gives None where a value cannot be written so. A number or a date that is
returned is written as a numeric cell; a CSV holds its text.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pipelines.core.dictionary import Column, dictionary

BLANKS = " \u00a0\u3000\u2009\u202f\t\u2003\u205f"
INVISIBLE = "\u200b\ufeff\u200e\u202c\u00ad\u2060"
TYPED = {"int", "dec", "bool", "code", "codes", "date", "month", "datetime"}
EXCEL_ZERO = date(1899, 12, 30)

Write = Callable[[str, Column, random.Random], Any]


@dataclass(frozen=True)
class Disguise:
    name: str
    fits: Callable[[Column], bool]
    write: Write


def of(*types: str) -> Callable[[Column], bool]:
    return lambda column: column.type in types and not column.printed


def is_number(column: Column) -> bool:
    return column.type in ("int", "dec") and not column.printed


def is_year(column: Column) -> bool:
    return column.type == "int" and column.name.endswith("year")


def wide(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def grouped(text: str, separator: str) -> str | None:
    whole, point, rest = text.partition(".")
    by_three = f"{int(whole):,}"
    return by_three.replace(",", separator) + point + rest if "," in by_three else None


# --- numbers ---------------------------------------------------------------------------------


def own_unit(text: str, column: Column, rng: random.Random) -> str | None:
    unit = "年" if is_year(column) else column.unit
    return f"{text}{rng.choice(['', ' '])}{unit}" if unit else None


def larger_unit(text: str, column: Column, rng: random.Random) -> str | None:
    if column.unit == "元":
        return f"{Decimal(text).scaleb(-4):f}万元"
    return f"{Decimal(text).scaleb(4):f}元" if column.unit == "万元" else None


def in_brackets(text: str, column: Column, rng: random.Random) -> str | None:
    return rng.choice(["({})", "（{}）"]).format(text[1:]) if text.startswith("-") else None


def minus_sign(text: str, column: Column, rng: random.Random) -> str | None:
    return "−" + text[1:] if text.startswith("-") else None


def exponent(text: str, column: Column, rng: random.Random) -> str | None:
    sign, digits, power = Decimal(text).as_tuple()
    mantissa = "".join(map(str, digits))
    places = len(mantissa) - 1
    point = f".{mantissa[1:]}" if places else ""
    return f"{'-' * sign}{mantissa[0]}{point}E{places + int(power):+03d}"


def numeric(text: str, column: Column, rng: random.Random) -> float | int:
    return float(text) if "." in text else int(text)


# --- dates -----------------------------------------------------------------------------------

_NUMERALS = "〇一二三四五六七八九"


def in_numerals(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _NUMERALS[tens] + "十") + (
        _NUMERALS[ones] if ones else ""
    )


def parts(text: str) -> tuple[int, int, int]:
    return int(text[:4]), int(text[4:6]), int(text[6:8] or 1)


def dated(pattern: str) -> Write:
    def write(text: str, column: Column, rng: random.Random) -> str:
        year, month, day = parts(text)
        return pattern.format(y=year, m=month, d=day)

    return write


def chinese_date(text: str, column: Column, rng: random.Random) -> str:
    year, month, day = parts(text)
    written = "".join(_NUMERALS[int(digit)] for digit in str(year)) + f"年{in_numerals(month)}月"
    return written + (f"{in_numerals(day)}日" if column.type == "date" else "")


def date_cell(text: str, column: Column, rng: random.Random) -> date:
    return date(*parts(text))


def serial(text: str, column: Column, rng: random.Random) -> int:
    return (date(*parts(text)) - EXCEL_ZERO).days


def timed(pattern: str) -> Write:
    def write(text: str, column: Column, rng: random.Random) -> str:
        moment = datetime.fromisoformat(text)
        return pattern.format(t=moment, h=moment.hour)

    return write


# --- yes and no, codes -----------------------------------------------------------------------


def answer(yes: str, no: str) -> Write:
    return lambda text, column, rng: rng.choice(yes if text == "是" else no)


def answer_digit(text: str, column: Column, rng: random.Random) -> int:
    return int(text == "是")


def each(write: Write, joined: str = ",") -> Write:
    """Write every value of a list so; values that cannot be written so stay."""

    def many(text: str, column: Column, rng: random.Random) -> str | None:
        return joined.join(write(part, column, rng) or part for part in text.split(","))

    return many


def code_of(label: str, column: Column) -> str | None:
    items = dictionary().code_list(column).codes
    return next((item.code for item in items if item.label == label), None)


def national_code(text: str, column: Column, rng: random.Random) -> str | None:
    return code_of(text, column)


def short_code(text: str, column: Column, rng: random.Random) -> str | None:
    code = code_of(text, column)
    return code and (code.lstrip("0") or "0")


def code_and_label(text: str, column: Column, rng: random.Random) -> str | None:
    code = code_of(text, column)
    return code and rng.choice(["{c}{t}", "{c}-{t}", "{c}.{t}", "{t}({c})"]).format(c=code, t=text)


def variant(text: str, column: Column, rng: random.Random) -> str | None:
    items = dictionary().code_list(column).codes
    also = next((item.synonyms for item in items if item.label == text), ())
    fitting = [other for other in also if not set(other) & set("、/,;|")]
    return rng.choice(fitting) if fitting else None


def spaced_label(text: str, column: Column, rng: random.Random) -> str | None:
    known = dictionary().code_list(column).labels
    return rng.choice(BLANKS[:3]).join(text) if text in known and len(text) == 2 else None


def repeated(text: str, column: Column, rng: random.Random) -> str:
    return f"{text},{text.split(',')[0]}"


FORMS = [
    Disguise("own unit", is_number, own_unit),
    Disguise("larger unit", is_number, larger_unit),
    Disguise("thousands comma", is_number, lambda t, c, r: grouped(t, r.choice(",，"))),
    Disguise("thousands blank", is_number, lambda t, c, r: grouped(t, r.choice(" \u2009\u202f'"))),
    Disguise("currency", lambda c: is_number(c) and c.unit == "元", lambda t, c, r: f"￥{t}"),
    Disguise("brackets", is_number, in_brackets),
    Disguise("minus sign", is_number, minus_sign),
    Disguise("exponent", is_number, exponent),
    Disguise("numeric cell", is_number, numeric),
    Disguise("ISO date", of("date"), dated("{y}-{m:02d}-{d:02d}")),
    Disguise("short dashes", of("date"), dated("{y}-{m}-{d}")),
    Disguise("slashes", of("date"), dated("{y}/{m}/{d}")),
    Disguise("dots", of("date"), dated("{y}.{m}.{d}")),
    Disguise("年月日", of("date"), dated("{y}年{m}月{d}日")),
    Disguise("padded 年月日", of("date"), dated("{y}年{m:02d}月{d:02d}日")),
    Disguise("with a time", of("date"), dated("{y}/{m:02d}/{d:02d} 8:30")),
    Disguise("Chinese numerals", of("date", "month"), chinese_date),
    Disguise("date cell", of("date", "month"), date_cell),
    Disguise("serial number", of("date", "month"), serial),
    Disguise("number of digits", of("date", "month"), lambda t, c, r: int(t)),
    Disguise("year.month", of("month"), dated("{y}.{m}")),
    Disguise("year/month", of("month"), dated("{y}/{m}")),
    Disguise("year-month", of("month"), dated("{y}-{m:02d}")),
    Disguise("年月", of("month"), dated("{y}年{m}月")),
    Disguise("slashed time", of("datetime"), timed("{t.year}/{t.month}/{t.day} {h}:{t:%M}")),
    Disguise("年月日 time", of("datetime"), timed("{t.year}年{t.month}月{t.day}日 {t:%H:%M:%S}")),
    Disguise("有/无", of("bool"), answer("有", "无")),
    Disguise("√/×", of("bool"), answer("√✓✔", "×✗✘")),
    Disguise("Y/N", of("bool"), answer("YyＹ", "NnＮ")),
    Disguise("1/0", of("bool"), answer("1１", "0０")),
    Disguise("number 1/0", of("bool"), answer_digit),
    Disguise("national code", of("code", "codes"), each(national_code)),
    Disguise("short code", of("code", "codes"), each(short_code)),
    Disguise("code and label", of("code", "codes"), each(code_and_label)),
    Disguise("variant", of("code", "codes"), each(variant)),
    Disguise("spaced label", of("code", "codes"), each(spaced_label)),
    *(
        Disguise(f"list by {sign!r}", of("codes"), each(lambda t, c, r: t, sign))
        for sign in ["，", "、", ";", "；", "/", "|", "\n", " ", "\u3000", ", "]
    ),
    Disguise("repeated value", of("codes"), repeated),
    Disguise(
        "lower-case x",
        lambda c: c.sensitive == "id",
        lambda t, c, r: t.lower() if t.endswith("X") else None,
    ),
    Disguise(
        "printed thousands",
        lambda c: c.printed,
        lambda t, c, r: grouped(t, r.choice([",", "，", " "])),
    ),
]


# --- signs -----------------------------------------------------------------------------------


def somewhere(text: str, signs: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + rng.choice(signs) + text[at:]


def around(text: str, column: Column, rng: random.Random) -> str:
    return "".join(rng.choices(BLANKS, k=2)) + text + rng.choice(BLANKS)


def inside(text: str, column: Column, rng: random.Random) -> str:
    return somewhere(text, BLANKS, rng)


SIGNS = [
    Disguise("blanks around", lambda c: True, around),
    Disguise("invisible sign", lambda c: True, lambda t, c, r: somewhere(t, INVISIBLE, r)),
    Disguise("full width", lambda c: c.type in TYPED or c.is_identifier, lambda t, c, r: wide(t)),
    Disguise("apostrophe", lambda c: c.type in TYPED or c.is_identifier, lambda t, c, r: f"'{t}"),
    Disguise("blank in a number", lambda c: c.is_identifier, inside),
    Disguise(
        "blank in a name",
        lambda c: c.sensitive == "name",
        lambda t, c, r: f"{t[0]}{r.choice(BLANKS)}{t[1:]}" if t[:2].isalpha() else None,
    ),
]
DISGUISES = [*FORMS, *SIGNS]


def disguise(text: str, column: Column, rng: random.Random) -> tuple[Any, list[str]]:
    """Return a cell that says the same as the plain text, and which disguises it wears."""
    worn: list[str] = []
    cell: Any = text
    for group, chance in ((FORMS, 0.8), (SIGNS, 0.6)):
        fitting = [item for item in group if item.fits(column)]
        if not fitting or not isinstance(cell, str) or rng.random() > chance:
            continue
        chosen = rng.choice(fitting)
        written = chosen.write(cell, column, rng)
        if written is not None and written != cell:
            cell = written
            worn.append(chosen.name)
    return cell, worn
