"""Text as people type it, made comparable."""

from __future__ import annotations

import re
import unicodedata


def narrow(text: str) -> str:
    """Return text in half-width characters, lower case, without blanks around and inside."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold().replace("−", "-")
