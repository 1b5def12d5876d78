"""Text as people type it, made comparable: blanks of every kind, invisible signs, wide forms."""

from __future__ import annotations

import re
import unicodedata

BLANKS = (
    " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
# Soft hyphen, marks of direction, joiners, byte order mark, variation selectors, fillers, controls.
INVISIBLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c"
    "\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2065\u2066\u2067\u2068\u2069\u206a\u206b\u206c"
    "\u206d\u206e\u206f\u3164\ufe0e\ufe0f\ufeff\uffa0\ufff9\ufffa\ufffb"
    + "".join(map(chr, [*range(0x09), *range(0x0E, 0x1C), 0x7F, *range(0x80, 0x85)]))
    + "".join(map(chr, range(0x86, 0xA0)))
)
MINUS = str.maketrans(dict.fromkeys("−‐‑–", "-"))

BLANK = re.compile(f"[{re.escape(BLANKS)}]")
UNSEEN = re.compile(f"[{re.escape(INVISIBLE)}]")
WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
# Control characters, half pairs, line separators; of the invisible ones, those that turn a line.
_UNSHOWN = ("Cc", "Cs", "Zl", "Zp")
_TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def narrow(text: str) -> str:
    """Return text in half-width characters without invisible signs.

    Signs that only look like digits (², ①) stay what they are: they are no digits.
    """
    if text.isascii():
        return UNSEEN.sub("", text)
    return "".join(map(narrow_sign, UNSEEN.sub("", text)))


def narrow_sign(sign: str) -> str:
    """Return one sign in its common form; one that only looks like a digit as it is."""
    if sign.isascii():
        return sign
    if ord(sign) in WIDE:
        return chr(WIDE[ord(sign)])
    return sign if has_mock_digit(sign) else unicodedata.normalize("NFKC", sign)


def has_mock_digit(text: str) -> bool:
    """Say whether text holds a sign that only looks like a digit: ², ①, ½."""
    return any(
        not sign.isascii()
        and not "０" <= sign <= "９"
        and unicodedata.normalize("NFKC", sign) != sign
        and any(part.isdigit() for part in unicodedata.normalize("NFKC", sign))
        and unicodedata.numeric(sign, None) is not None
        for sign in text
    )


def unblank(text: str) -> str:
    """Return text without any blank."""
    return BLANK.sub("", text)


def compact(text: str) -> str:
    """Return text narrow, without any blank, in lower case, every minus a hyphen."""
    return unblank(narrow(text)).casefold().translate(MINUS)


def printable(text: str) -> str:
    """Return text as one line for a terminal, what cannot be shown there as its code."""
    plain = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(
        repr(one)[1:-1] if unicodedata.category(one) in _UNSHOWN or one in _TURNING else one
        for one in plain
    )


def printable_lines(text: str) -> str:
    """Return text as ``printable`` does, its line breaks kept."""
    return "\n".join(printable(line) for line in text.split("\n"))
