"""Numbers that lead to somebody: found in any text by their shape, whether or not anybody filed
them as such.

Known are citizen numbers (18 and 15 digits, within disability certificates too, or half masked),
mobile and landline numbers and bank accounts: written together, with blanks, hyphens, invisible
signs or full-width digits between or in them, glued to letters or to +86. ``Reading.TEXT`` is for
what people write, where no long run of digits is needed; ``Reading.CODE`` for columns of codes,
where a long run of digits is the rule and only one of a person's shape is a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from enum import Enum

import polars as pl

from pipelines.core.text import BLANKS, INVISIBLE

# A citizen number: area, birth date, order with check digit.
ID_HEAD = "[1-9][0-9]{5}"
ID_DATE = "(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
ID_TAIL = "[0-9]{3}[0-9Xx]"
_ID15 = ID_HEAD + "[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}"
_MOBILE = "1[3-9][0-9]{9}"

_SIGN = f"[{re.escape(BLANKS + INVISIBLE)}" + r"\-‐‑‒–—―−－]"
_BETWEEN = _SIGN + "{0,2}"
# Signs that also stand between the parts of a file's name: a number only if its check digit fits.
_RARE = f"(?:{_SIGN}|[_./,,、:·])" + "{0,2}"
_STARS = "[*＊×xX•●]"
_DIGITS = {
    ord(sign): str(unicodedata.decimal(sign))
    for sign in map(chr, range(0x80, 0x20000))
    if unicodedata.decimal(sign, None) is not None
} | {ord("Ｘ"): "X", ord("ｘ"): "x"}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# How a mobile number is spelled out in groups.
_GROUPS = {(11,), (3, 4, 4), (3, 8), (7, 4), (4, 3, 4), (4, 4, 3), (3, 3, 5), (5, 6), (6, 5)}
# 2020-06-30 15:30:12 with thousandths, run together: how exports name their files.
_MOMENT = re.compile(
    "20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
)


class Reading(Enum):
    """What kind of text is searched: what people write, or a column of codes."""

    TEXT = "text"
    CODE = "code"


@dataclass(frozen=True)
class Number:
    """A number found in a text: its kind (id, phone, account, number) and where it stands."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Prefixes:
    """Beginnings of official codes: a code that begins with one is no phone, account or old id.

    ``counties`` are six digits, ``villages`` twelve, of places that filed.
    """

    counties: Collection[str] = field(default_factory=frozenset)
    villages: Collection[str] = field(default_factory=frozenset)

    def excuse(self, kind: str, digits: str) -> bool:
        """Tell whether a code that looks like a number of that kind is an official code."""
        if kind == "id15":
            return digits[:12] in self.villages
        return kind != "id" and digits[:6] in self.counties


NO_PREFIXES = Prefixes()


def _spread(pattern: str, between: str) -> str:
    """Return a pattern of single digits that lets signs stand between them."""
    parts = re.findall(r"\[[^\]]*\](?:\{\d+\})?|\(\?:|[|)]|\d", pattern)
    spread, open_choice = [], True
    for part in parts:
        if part in ("(?:", "|", ")"):
            spread.append(between + part if part == "(?:" and not open_choice else part)
            open_choice = part != ")"
            continue
        counted = re.fullmatch(r"(\[[^\]]*\])\{(\d+)\}", part)
        single = [counted[1]] * int(counted[2]) if counted else [part]
        spread.append(("" if open_choice else between) + between.join(single))
        open_choice = False
    return "".join(spread)


@dataclass(frozen=True)
class _Shape:
    """One way of writing a number: ``core`` screens, ``fits`` judges what was matched."""

    kind: str
    core: str
    readings: frozenset[Reading]
    before: str = "(?<![0-9])"
    after: str = "(?![0-9])"
    fits: Callable[[str], bool] = lambda matched: True

    @property
    def whole(self) -> re.Pattern[str]:
        """The expression that matches the number and nothing of a longer one."""
        return re.compile(f"{self.before}(?:{self.core}){self.after}")


def _bare(text: str) -> str:
    """Return a number's digits and its X."""
    return re.sub("[^0-9X]", "", text.upper())


def _has_check_digit(matched: str) -> bool:
    """Tell whether the 18th character of a citizen number fits the first 17."""
    digits = _bare(matched)
    if not digits[:17].isdecimal():
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False))
    return "10X98765432"[total % 11] == digits[17]


def _is_grouped(matched: str) -> bool:
    """Tell whether a mobile number is written together, in its usual groups or digit by digit."""
    groups = re.findall("[0-9]+", re.sub(r"^\+?(?:00)?86", "", matched.strip()))
    if groups and groups[0] == "0":
        groups = groups[1:]
    lengths = tuple(len(group.removeprefix("0")) for group in groups[:1])
    lengths += tuple(len(group) for group in groups[1:])
    return lengths in _GROUPS or set(lengths) == {1}


def _are_no_dates(matched: str) -> bool:
    """Tell digits with signs between them from months or days one after the other."""
    parts = re.split(f"[{re.escape(BLANKS)}]+", matched)
    return not all(re.fullmatch("[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?", part) for part in parts)


def _is_luhn(digits: str) -> bool:
    """Tell whether the last digit is the check digit of a bank card."""
    doubled = [int(d) * (2 if at % 2 else 1) for at, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _is_account(matched: str) -> bool:
    """Tell whether a run of digits is a card: of UnionPay's range, or with a check digit."""
    if matched.startswith("62"):
        return True
    return _is_luhn(matched) and matched.strip("0") != "" and _is_no_moment(matched)


def _are_no_years(matched: str) -> bool:
    """Tell four groups of four digits from a list of years."""
    return not all(group[:2] in ("19", "20") for group in re.findall("[0-9]{4}", matched))


def _is_no_moment(matched: str) -> bool:
    """Tell a long number from a date and time that are run together."""
    return not (len(matched) <= 17 and _MOMENT.match(matched))


_BOTH = frozenset(Reading)
_TEXT = frozenset({Reading.TEXT})
_CODE = frozenset({Reading.CODE})
_ID18 = ID_HEAD + ID_DATE + ID_TAIL
_CARD = f"(?:{_BETWEEN}[0-9]{{2}}(?:{_BETWEEN}[Bb][0-9])?)?"
SHAPES = (
    # Within a longer run of digits too: nothing says where the number begins.
    _Shape("id", f"{_ID18}(?:[0-9]{{2}}[Bb][0-9])?", _BOTH, before="", after=""),
    _Shape("id", _spread(_ID18, _BETWEEN) + _CARD, _BOTH, fits=_are_no_dates),
    _Shape("id", _spread(_ID18, _RARE), _BOTH, fits=_has_check_digit),
    _Shape("id15", _spread(_ID15, _BETWEEN), _BOTH, fits=_are_no_dates),
    _Shape("id", f"{ID_HEAD}{_STARS}{{3,12}}{ID_TAIL}", _BOTH, after="(?![0-9*])"),
    _Shape("phone", f"1[3-9][0-9]{_STARS}{{3,6}}[0-9]{{4}}", _BOTH),
    _Shape(
        "phone",
        rf"(?:\+?(?:00)?86|0)?{_BETWEEN}" + _spread(_MOBILE, _BETWEEN),
        _BOTH,
        fits=_is_grouped,
    ),
    _Shape("phone", f"(?:{_MOBILE}){{2,3}}", _BOTH),
    _Shape(
        "phone",
        rf"[((]?0(?:10|2[0-9]|[3-9][0-9]{{2}})[))]?{_BETWEEN}"
        f"[2-8][0-9]{{2,3}}{_BETWEEN}[0-9]{{4}}",
        _BOTH,
    ),
    _Shape("phone", "(?:电话|手机|座机|联系方式|[Tt][Ee][Ll])[^0-9]{0,4}[2-8][0-9]{6,7}", _TEXT),
    _Shape("account", "[0-9]{16,19}", _BOTH, fits=_is_account),
    _Shape(
        "account", "[0-9]{4}(?:[  -][0-9]{4}){3}(?:[  -][0-9]{1,3})?", _BOTH, fits=_are_no_years
    ),
    _Shape("number", "[0-9]{15,}[Xx]?", _TEXT, fits=_is_no_moment),
)
_WHOLE = {reading: [(s, s.whole) for s in SHAPES if reading in s.readings] for reading in Reading}
# Every shape's core, without what stands around it: finds at least what is found.
SCREEN = {
    reading: "|".join(f"(?:{shape.core})" for shape, _ in shapes)
    for reading, shapes in _WHOLE.items()
}
# A digit that is none of ours: such a text is always looked at.
_OTHER_DIGIT = r"[\p{Nd}--0-9]|[Ｘｘ]"
_SHOWN = {"id": (6, 4), "id15": (6, 4), "phone": (0, 4), "account": (0, 4), "number": (0, 4)}
# What stands where a value may not be shown.
HIDDEN = "〔未公开〕"


def find_numbers(
    text: str, reading: Reading = Reading.TEXT, official: Prefixes = NO_PREFIXES
) -> list[Number]:
    """Return the numbers in a text, in order, none overlapping another."""
    found = sorted(
        _matches(_plain(text), reading, official), key=lambda number: (number.start, -number.end)
    )
    merged: list[Number] = []
    for number in found:
        if merged and number.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Number(last.kind, last.start, max(last.end, number.end))
        else:
            merged.append(number)
    return merged


def has_number(
    text: str, reading: Reading = Reading.TEXT, official: Prefixes = NO_PREFIXES
) -> bool:
    """Tell whether a text holds a number that leads to somebody."""
    return next(_matches(_plain(text), reading, official), None) is not None


def mask_numbers(text: str, reading: Reading = Reading.TEXT) -> str:
    """Return a text whose numbers show what a county's own papers may show of them.

    Of a citizen number the first six and last four, of others the last four. What is masked
    already stays.
    """
    return _replaced(text, reading, lambda number, part: _masked(number.kind, part))


def hide_numbers(text: str) -> str:
    """Return a text with 〔未公开〕 for each number: its sentence says what stood there."""
    return _replaced(text, Reading.TEXT, lambda number, part: HIDDEN)


def with_numbers(
    texts: pl.Series, reading: Reading = Reading.TEXT, official: Prefixes = NO_PREFIXES
) -> pl.Series:
    """Return, for many texts at once, whether each holds a number (false for null).

    What could hold one is screened by one expression; only that is looked at one by one.
    """
    may = texts.str.contains(f"{SCREEN[reading]}|{_OTHER_DIGIT}").fill_null(False)
    hits = [has_number(text, reading, official) for text in texts.filter(may)]
    at = may.arg_true()
    return pl.repeat(False, len(texts), dtype=pl.Boolean, eager=True).scatter(at, hits)


def _plain(text: str) -> str:
    """Return a text with every digit written plainly, sign by sign."""
    return text if text.isascii() else text.translate(_DIGITS)


def _matches(plain: str, reading: Reading, official: Prefixes) -> Iterator[Number]:
    """Yield what the shapes of a reading match in a text of plain digits."""
    for shape, whole in _WHOLE[reading]:
        for match in whole.finditer(plain):
            start, end = match.span()
            if _is_fraction(plain, start) or not shape.fits(match[0]):
                continue
            if reading is Reading.CODE and official.excuse(shape.kind, _bare(plain)):
                continue
            yield Number(shape.kind, start + _word_before(match[0]), end)


def _word_before(matched: str) -> int:
    """Return the length of the word that says that a number follows."""
    word = re.match("[^0-9+((]*", matched)
    return word.end() if word else 0


def _is_fraction(text: str, start: int) -> bool:
    """Tell whether digits stand behind a decimal point."""
    return start > 1 and text[start - 1] == "." and text[start - 2].isdecimal()


def _replaced(text: str, reading: Reading, shown: Callable[[Number, str], str]) -> str:
    """Return a text with every number replaced."""
    parts, position = [], 0
    for number in find_numbers(text, reading):
        part = text[number.start : number.end]
        parts += [text[position : number.start], shown(number, part)]
        position = number.end
    return "".join([*parts, text[position:]])


def _masked(kind: str, part: str) -> str:
    """Return a number as a county's own papers show it."""
    if re.search(_STARS + "{3,}", part):
        return part
    head, tail = _SHOWN[kind]
    digits = _bare(part.translate(_DIGITS))
    return digits[:head] + "*" * max(len(digits) - head - tail, 4) + digits[-tail:]
