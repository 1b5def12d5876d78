"""Keys and masks: how people's names and numbers are kept out of everything that leaves.

``protected_key`` joins the same person across tables and counties without showing who it is;
``mask`` is what a county's own workbook may show.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import sys
from collections.abc import Sequence

from pipelines.core.settings import Home, key_from_environment

# A citizen number: area, birth date, order with check digit. Read by Python and by DuckDB alike.
ID_HEAD = "[1-9][0-9]{5}"
ID_DATE = "(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
ID_TAIL = "[0-9]{3}[0-9Xx]"
_ID = re.compile(f"(?<![0-9A-Za-z])({ID_HEAD}){ID_DATE}({ID_TAIL})(?![0-9A-Za-z])")
# A full birth date is sensitive because it fills the gap of a masked id.
SENSITIVE_KINDS = ("name", "id", "birth", "phone", "account")


def load_key(at: Home) -> bytes:
    """Return the HMAC key: FILINGS_KEY, else the home's own, made on first use with a warning."""
    given = key_from_environment()
    if given:
        return given.encode()
    if not at.key_file.exists():
        at.key_file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(at.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
        print(
            f"警告:未设置 FILINGS_KEY,已生成本机密钥 {at.key_file}(仅所有者可读),请妥善备份。",
            file=sys.stderr,
        )
    return at.key_file.read_text().strip().encode()


def protected_key(value: str | None, key: bytes) -> str | None:
    """Return the HMAC-SHA256 (hex) of an id's first 18 characters, upper case; None for none.

    The first 18 are the citizen number inside a 20 or 22 character disability certificate.
    """
    if not value:
        return None
    return keyed([value.strip().upper()[:18].encode()], key)[0]


def keyed(numbers: Sequence[bytes], key: bytes) -> list[str]:
    """Return the HMAC-SHA256 (hex) of citizen numbers that are trimmed, upper case and cut to 18.

    What ``protected_key`` does, for a million at a time.
    """
    return [hmac.digest(key, number, "sha256").hex() for number in numbers]


def mask_ids(text: str) -> str:
    """Return text with every citizen number in it masked, whatever column it was filed in."""
    return _ID.sub(r"\1********\2", text)


def mask(value: str | None, kind: str) -> str | None:
    """Return what may be shown: ids 6+4, names 某, birth years, phones' and accounts' last four."""
    if value is None:
        return None
    text = str(value)
    if kind == "name":
        return "某" if text else text
    if kind == "birth":
        return text[:4] + "****" if len(text) > 4 else "*" * len(text)
    if kind == "id":
        if len(text) <= 10:
            return "*" * len(text)
        return text[:6] + "*" * max(len(text) - 10, 4) + text[-4:]
    return "*" * max(len(text) - 4, 3) + text[-4:] if len(text) > 4 else "*" * len(text)
