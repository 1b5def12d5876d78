"""What a spreadsheet's number format shows of a number: 0!.0, and 3300000 is shown as 330.0.

Only formats that may show another number or text than the one that is stored are worked out: those
that scale, pad, hide, or write something beside the digits. Dates, exponents and fractions show
the stored value in another way and are none of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

# Written around a number without saying anything about it.
_DECORATION = re.compile(r"[\s()¥￥$€+\-_*]*")
_SHOWN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)?(?:\.[0-9]+)?")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?[0-9]+(?:\.[0-9]+)?)")
_CURRENCY = re.compile(r"\$([^\-\]]*)")
_GENERAL = ("general", "g/通用格式")
_HOLDERS = ("0", "#", "?")
_HOLDS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
    "=": lambda value, bound: value == bound,
    "<>": lambda value, bound: value != bound,
}


class _NoNumber(Exception):
    """A section that shows a date, an exponent or a fraction."""


@dataclass
class _Section:
    """One section of a format. ``whole`` and ``decimals`` hold placeholders (0 # ?) and literals.

    A literal stands as text with a quote before it, so that it is no placeholder; % stands alone.
    """

    whole: list[str] = field(default_factory=list)
    decimals: list[str] = field(default_factory=list)
    scale: int = 0
    percent: int = 0
    is_grouped: bool = False
    is_general: bool = False
    is_text: bool = False
    condition: tuple[str, Decimal] | None = None

    @property
    def digits(self) -> list[str]:
        """The placeholders before the decimal point."""
        return [token for token in self.whole if token in _HOLDERS]

    @property
    def literal(self) -> str:
        """Everything that is written beside the digits."""
        return "".join(token[1:] for token in (*self.whole, *self.decimals) if token[0] == '"')

    @property
    def is_blank(self) -> bool:
        """Whether it shows no digit of a number."""
        return not (self.digits or self.decimals or self.is_general or self.is_text)


@dataclass(frozen=True)
class NumberFormat:
    """A format whose shown text may say another thing than the stored value."""

    sections: tuple[_Section, ...]

    def shown(self, value: Decimal) -> str | None:
        """Return the text that a number is shown as, None where it says nothing of its own.

        Nothing of its own: the number itself, grouped or rounded, or a nought that is left blank.
        """
        section, is_negative = self._chosen(value)
        text = _rendered(section, abs(value) if is_negative else value)
        return None if says_the_same(text, value) else text.strip()

    def shown_text(self, text: str) -> str | None:
        """Return what a text is shown as, None where it is shown as it is."""
        section = next((item for item in self.sections if item.is_text), None)
        if section is None or _DECORATION.fullmatch(section.literal):
            return None
        return "".join(text if t == "@" else _literal(t) for t in section.whole).strip()

    def _chosen(self, value: Decimal) -> tuple[_Section, bool]:
        """Return the section for a number and whether it shows the number without its sign."""
        numbers = [item for item in self.sections[:3] if not item.is_text] or [self.sections[0]]
        for at, section in enumerate(numbers):
            if section.condition is None:
                continue
            sign, bound = section.condition
            if _HOLDS[sign](value, bound):
                return section, value < 0 and at > 0
        if any(section.condition for section in numbers):
            rest = [section for section in numbers if section.condition is None]
            return (rest or numbers)[-1], False
        if value < 0 and len(numbers) > 1:
            return numbers[1], True
        if value == 0 and len(numbers) > 2:
            return numbers[2], False
        return numbers[0], False


@cache
def number_format(code: str) -> NumberFormat | None:
    """Return a format of which some number or text is shown as another, None for all others."""
    if not code.strip():
        return None
    try:
        sections = tuple(_section(part) for part in _parts(code))
    except _NoNumber:
        return None
    told = NumberFormat(sections)
    odd = any(map(_is_odd, sections[:2])) or any(_is_odd(s) and s.literal for s in sections[2:3])
    return told if odd or told.shown_text("x") is not None else None


def is_percent(code: str) -> bool:
    """Say whether a format shows a number times a hundred, with a % that is more than a text."""
    return "%" in re.sub(r'"[^"]*"|[\\!].', "", code.split(";")[0])


def _is_odd(section: _Section) -> bool:
    if section.is_text:
        return False
    pads = section.digits[1:].count("0") > 0 and "0" in section.digits[:-1]
    says = not _DECORATION.fullmatch(section.literal)
    return bool(says or section.scale or pads or section.is_blank or section.condition)


def says_the_same(text: str, value: Decimal) -> bool:
    """Say whether a shown text is the number itself, at most grouped, rounded or decorated."""
    bare = _DECORATION.sub("", text.replace(",", "").replace("-", "~", 1)).replace("~", "-")
    is_negative = "(" in text or "-" in text
    if not re.search("[1-9]", bare):
        # A nought is a nought whether it is shown as 0, as - or not at all.
        is_padded = bool(re.search("0[0-9]", bare))
        return not is_padded and (value == 0 or ("0" in bare and _is_near(Decimal(0), bare, value)))
    digits = bare.replace("-", "")
    if not _SHOWN_NUMBER.fullmatch(digits):
        return False
    number = Decimal(digits)
    return _is_near(-number if is_negative else number, digits, value)


def _is_near(number: Decimal, digits: str, value: Decimal) -> bool:
    places = len(digits.partition(".")[2])
    return abs(number - value) * 2 <= Decimal(1).scaleb(-places)


def _parts(code: str) -> list[str]:
    """Split a format into its sections."""
    parts, at, start = [], 0, 0
    while at < len(code):
        if code[at] == '"':
            at = code.find('"', at + 1) if '"' in code[at + 1 :] else len(code)
        elif code[at] in "\\!_*":
            at += 1
        elif code[at] == ";":
            parts.append(code[start:at])
            start = at + 1
        at += 1
    return [*parts, code[start:]]


def _section(code: str) -> _Section:
    """Read one section. Raises _NoNumber."""
    section = _Section()
    at, commas, target = 0, 0, section.whole
    while at < len(code):
        sign = code[at]
        general = next((word for word in _GENERAL if code[at:].lower().startswith(word)), "")
        if sign == '"':
            end = code.find('"', at + 1)
            end = len(code) if end < 0 else end
            target.append('"' + code[at + 1 : end])
            at = end
        elif sign in "\\!":
            target.append('"' + code[at + 1 : at + 2])
            at += 1
        elif sign in "_*":
            at += 1
        elif sign == "[":
            end = code.find("]", at)
            end = len(code) if end < 0 else end
            _bracket(code[at + 1 : end], section, target)
            at = end
        elif general:
            section.is_general = True
            target.append("General")
            at += len(general) - 1
        elif sign in _HOLDERS:
            # Between digits a comma groups them; behind the last ones it divides by a thousand.
            section.is_grouped |= bool(commas) and target is section.whole
            commas = 0
            target.append(sign)
        elif sign == ",":
            commas += bool(section.digits or section.decimals)
        elif sign == "." and target is section.whole:
            section.scale += commas
            commas, target = 0, section.decimals
        elif sign == "%":
            section.percent += 1
            target.append("%")
        elif sign == "@":
            section.is_text = True
            target.append("@")
        elif sign.lower() in "ymdhseabg" or (sign == "/" and section.digits):
            raise _NoNumber
        else:
            target.append('"' + sign)
        at += 1
    section.scale += commas
    return section


def _bracket(inside: str, section: _Section, target: list[str]) -> None:
    """Read [>=10000], [$¥-804]; colours and languages say nothing. Raises _NoNumber for [h]."""
    condition, currency = _CONDITION.fullmatch(inside.strip()), _CURRENCY.match(inside)
    if condition:
        section.condition = (condition[1], Decimal(condition[2]))
    elif currency:
        target.append('"' + currency[1])
    elif inside.lower().strip("hms") == "" or inside.lower().startswith("dbnum"):
        raise _NoNumber


def _rendered(section: _Section, value: Decimal) -> str:
    """Return a number as a section shows it."""
    number = value.scaleb(2 * section.percent - 3 * section.scale)
    sign = "-" if number < 0 else ""
    number = abs(number)
    if section.is_general or section.is_text:
        plain = f"{number.normalize():f}"
        return sign + "".join(_literal(token) or plain for token in section.whole)
    places = sum(token in _HOLDERS for token in section.decimals)
    whole, _, decimals = (
        f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}".partition(".")
    )
    holders = "".join(token for token in section.decimals if token in _HOLDERS)
    optional = places - len(holders.rstrip("#?"))
    kept = decimals.rstrip("0").ljust(places - optional, "0") if optional else decimals
    return sign + _whole(section, whole) + _decimals(section, kept)


def _whole(section: _Section, whole: str) -> str:
    """Put the digits before the point into their places, from the right."""
    holders = section.digits
    least = len("".join(holders).lstrip("#?"))
    digits = list(("" if whole == "0" else whole).zfill(least) if least else whole.lstrip("0"))
    if section.is_grouped:
        count = len(digits)
        digits = [
            digit + ("," if (count - at) % 3 == 1 and at < count - 1 else "")
            for at, digit in enumerate(digits)
        ]
    out, left = [], len(holders)
    for token in reversed(section.whole):
        if token not in _HOLDERS:
            out.append(_literal(token))
        else:
            left -= 1
            taken = digits if left == 0 else digits[-1:]
            out.append("".join(taken))
            digits = [] if left == 0 else digits[:-1]
    return "".join(reversed(out))


def _literal(token: str) -> str:
    """Return what a literal or a % writes, '' for a place that holds a digit or a text."""
    return token if token == "%" else token[1:] if token[0] == '"' else ""


def _decimals(section: _Section, digits: str) -> str:
    """Put the digits after the point into their places."""
    if not section.decimals:
        return ""
    out, rest = [], list(digits)
    for token in section.decimals:
        if token not in _HOLDERS:
            out.append(_literal(token))
        elif rest:
            out.append(rest.pop(0))
    has_holder = any(token in _HOLDERS for token in section.decimals)
    return ("." if has_holder else "") + "".join(out)
