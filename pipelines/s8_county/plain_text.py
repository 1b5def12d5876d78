"""Short texts for a county office: one line is one thing, and any Windows editor opens them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.core.text import printable


def one_line(text: str) -> str:
    """Return text on one line: no line end, nothing that turns a line, whatever a sheet's name."""
    return printable(" ".join(text.split()))


def encoded(lines: Sequence[str]) -> bytes:
    """Return lines as the file that Windows' editor expects: UTF-8 with its mark, CR LF."""
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")


def write_text(path: Path, content: bytes) -> None:
    """Put a text in place whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.stem}.part")
    aside.write_bytes(content)
    aside.replace(path)
