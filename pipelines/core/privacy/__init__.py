"""How people's names and numbers are kept out of everything that leaves.

``keys`` joins the same person without showing who it is; ``numbers`` and ``names`` find what leads
to somebody in any text; ``masks`` is what a county's own papers may show of a sensitive cell.
"""

from __future__ import annotations

from pipelines.core.privacy.first_keys import opened, sealed
from pipelines.core.privacy.keys import (
    key_fingerprint,
    key_in_use,
    keyed,
    known_key,
    load_key,
    protected_key,
    rotate_key,
)
from pipelines.core.privacy.masks import SENSITIVE_KINDS, mask
from pipelines.core.privacy.names import HIDDEN_NAME, Names
from pipelines.core.privacy.numbers import (
    HIDDEN,
    Prefixes,
    Reading,
    find_numbers,
    has_number,
    hide_numbers,
    mask_numbers,
    with_numbers,
)

__all__ = [
    "HIDDEN",
    "HIDDEN_NAME",
    "SENSITIVE_KINDS",
    "Names",
    "Prefixes",
    "Reading",
    "find_numbers",
    "has_number",
    "hide_numbers",
    "key_fingerprint",
    "key_in_use",
    "keyed",
    "known_key",
    "load_key",
    "mask",
    "mask_numbers",
    "opened",
    "protected_key",
    "rotate_key",
    "sealed",
    "with_numbers",
]
