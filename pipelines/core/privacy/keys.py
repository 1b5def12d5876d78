"""Protected keys: they join the same person across tables and counties and show nobody.

Keys made under two HMAC keys never join. So a home knows its HMAC key by a fingerprint, refuses
another one, and changes it by ``rotate_key`` alone.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pipelines.core.errors import FilingsError
from pipelines.core.files import TornError
from pipelines.core.modes import prepare
from pipelines.core.settings import Home, key_from_environment

_FINGERPRINT = re.compile(rb"[0-9a-f]{64}")
_RESTORE = "请从备份恢复原来的密钥;要换用新密钥,请运行 filings rotate-key,全部报送会用它重新读取。"


def known_key(home: Home) -> bytes | None:
    """Return the HMAC key: FILINGS_KEY, else the home's own, None where it has none yet.

    Raises:
        FilingsError: everything in the home was keyed under another key, or that key is lost.
    """
    key, recorded = _present_key(home), _recorded(home)
    if recorded is None or (key is not None and key_fingerprint(key) == recorded):
        return key
    if key is None:
        raise FilingsError(
            f"密钥不见了({home.key_file} 不存在或是空的,也没有设置 FILINGS_KEY),"
            f"而数据是用它加密的,{_RESTORE}"
        )
    where = "FILINGS_KEY" if key_from_environment() else str(home.key_file)
    raise FilingsError(f"密钥({where})与数据加密时所用的不是同一个,{_RESTORE}")


def load_key(home: Home) -> bytes:
    """Return the HMAC key; where there is none, one is made for the home, with a warning.

    For what receives or refreshes: from then on the home knows the key by its fingerprint. Whoever
    only asks takes ``known_key``.

    Raises:
        FilingsError: as ``known_key``.
    """
    key = known_key(home) or _make_key(home)
    if _recorded(home) is None:
        _record(home, key)
    return key


def rotate_key(home: Home, before: Callable[[bytes], None] = lambda key: None) -> bytes:
    """Take a new key for the home and return it: what was keyed before is read and keyed anew.

    The new key is the one that was put in place already (FILINGS_KEY or the key file differ from
    what is recorded), else one is made. ``before`` is called with it before it counts.

    Raises:
        FilingsError: FILINGS_KEY is set and still the old one.
    """
    present, recorded = _present_key(home), _recorded(home, torn_is_none=True)
    if present is not None and key_fingerprint(present) != recorded:
        new = present
        before(new)
    elif key_from_environment():
        raise FilingsError(
            "FILINGS_KEY 还是原来的密钥,请先把它改为新的值,再运行 filings rotate-key。"
        )
    else:
        new = secrets.token_hex(32).encode()
        before(new)
        _write(home, home.key_file, new.decode())
    _record(home, new)
    return new


def key_in_use(home: Home) -> str | None:
    """Return the fingerprint of the key under which everything is keyed, None where none is known.

    It is told without the key, which may be lost or changed already.
    """
    return _recorded(home, torn_is_none=True)


def key_fingerprint(key: bytes) -> str:
    """Return by what a key is known without being told: a hash made with itself (hex)."""
    return hmac.digest(key, b"fingerprint", "sha256").hex()


def _present_key(home: Home) -> bytes | None:
    given = key_from_environment()
    if given:
        return given.encode()
    return (home.key_file.read_bytes().strip() if home.key_file.exists() else b"") or None


def _recorded(home: Home, *, torn_is_none: bool = False) -> str | None:
    """Return the recorded fingerprint. Raises TornError where it is none."""
    if not home.key_record.exists():
        return None
    found = home.key_record.read_bytes().strip()
    if _FINGERPRINT.fullmatch(found):
        return found.decode()
    if torn_is_none:
        return None
    raise TornError(home.key_record, "请从备份恢复,确认密钥没有换过的,可以删除它")


def _record(home: Home, key: bytes) -> None:
    _write(home, home.key_record, key_fingerprint(key))


def _make_key(home: Home) -> bytes:
    made = secrets.token_hex(32)
    _write(home, home.key_file, made)
    print(
        f"警告:未设置 FILINGS_KEY,已生成本机密钥 {home.key_file}(仅所有者可读),请妥善备份。",
        file=sys.stderr,
    )
    return made.encode()


def _write(home: Home, path: Path, text: str) -> None:
    """Put a short secret text in place whole, for the owner alone."""
    prepare(home)
    aside = path.with_name(f".{path.name}.part")
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


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
