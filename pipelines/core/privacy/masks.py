"""What a county's own papers may show of a sensitive cell."""

from __future__ import annotations

import re

# A full birth date is sensitive because it fills the gap of a masked id.
SENSITIVE_KINDS = ("name", "id", "birth", "phone", "account")
_YEAR = re.compile("(?:18|19|20)[0-9]{2}")
# A number in scientific notation has lost its digits: 9.90101E+17 shows what was filed.
_HEAD = re.compile("[A-Za-z]{0,2}[0-9*.]+")
_TAIL = re.compile(r"[0-9BbXx*]{4}|E\+[0-9]{2}")


def mask(value: str | None, kind: str) -> str | None:
    """Return what may be shown: ids 6+4, names 某, birth years, phones' and accounts' last four.

    Only digits are shown: what stands in the wrong column (a name among the ids) is hidden whole.
    """
    if value is None:
        return None
    text = str(value)
    if kind == "name":
        return "某" if text else text
    if kind == "birth":
        return text[:4] + "****" if len(text) > 4 and _YEAR.match(text) else "*" * len(text)
    if kind == "id":
        if len(text) <= 10:
            return "*" * len(text)
        head = text[:6] if _HEAD.fullmatch(text[:6]) else "*" * 6
        return head + "*" * max(len(text) - 10, 4) + _tail(text)
    return "*" * max(len(text) - 4, 3) + _tail(text) if len(text) > 4 else "*" * len(text)


def _tail(text: str) -> str:
    """Return the last four characters of a number, stars where they are none of one."""
    return text[-4:] if _TAIL.fullmatch(text[-4:]) else "****"
