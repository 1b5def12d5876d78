"""Protected keys: they join the same person across tables and counties and show nobody."""

from __future__ import annotations

import hmac
import os
import secrets
import sys
from collections.abc import Sequence

from pipelines.core.modes import prepare
from pipelines.core.settings import Home, key_from_environment


def known_key(at: Home) -> bytes | None:
    """Return the HMAC key: FILINGS_KEY, else the home's own, None where it has none yet."""
    given = key_from_environment()
    if given:
        return given.encode()
    return at.key_file.read_text().strip().encode() if at.key_file.exists() else None


def load_key(at: Home) -> bytes:
    """Return the HMAC key; where there is none, one is made for the home, with a warning.

    For what receives or refreshes. Whoever only asks takes ``known_key``.
    """
    known = known_key(at)
    if known is not None:
        return known
    prepare(at)
    handle = os.open(at.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    made = secrets.token_hex(32)
    with os.fdopen(handle, "w") as file:
        file.write(made)
    print(
        f"警告:未设置 FILINGS_KEY,已生成本机密钥 {at.key_file}(仅所有者可读),请妥善备份。",
        file=sys.stderr,
    )
    return made.encode()


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
