"""A number's first key under a later one: sealed, so that it tells nothing without that later key.

Ids of findings are made of the keys that numbers had first. After a change of the key, history
keeps for each new key the first one, covered with what only the new HMAC key gives: whoever has
history, or history and an older HMAC key, cannot say which new key belongs to which number.
"""

from __future__ import annotations

import hmac


def sealed(first: str, keyed: str, key: bytes) -> str:
    """Return the first key (hex) of the number that is ``keyed`` under ``key``, covered (hex)."""
    cover = hmac.digest(key, b"first key " + keyed.encode(), "sha256")
    return bytes(a ^ b for a, b in zip(bytes.fromhex(first), cover, strict=True)).hex()


def opened(seal: str, keyed: str, key: bytes) -> str:
    """Return the first key (hex) that was sealed under ``key``."""
    return sealed(seal, keyed, key)
