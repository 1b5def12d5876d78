"""Texts as a county's own papers, the terminal and logs may show them: nobody's number or name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from pipelines.core.privacy import Names, Reading, hide_numbers, mask_numbers, with_numbers
from pipelines.core.settings import Home
from pipelines.s2_lake.filed_names import filed_names


class Discretion:
    """Hides the numbers of people and the names that were filed in a home."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def for_county(self, texts: Iterable[str | None], reading: Reading = Reading.TEXT) -> list[str]:
        """Return texts with numbers masked (first six, last four) and names as 某; '' for null."""
        series = pl.Series([text or "" for text in texts], dtype=pl.String)
        hits = with_numbers(series, reading)
        if hits.any():
            shown = [mask_numbers(text, reading) for text in series.filter(hits)]
            series = series.clone().scatter(hits.arg_true(), shown)
        return self._names.hide(series).to_list()

    def for_logs(self, texts: Iterable[str]) -> list[str]:
        """Return texts with numbers as 〔未公开〕 and names as 某."""
        return self._names.hide(pl.Series(map(hide_numbers, texts), dtype=pl.String)).to_list()


def discretion(home: Home, own_words: list[str] | None = None) -> Discretion:
    """Return what hides the names of all deliveries that were read; ``own_words`` give nobody away.

    Raises whatever reading damaged files raises; ``log_texts`` does not.
    """
    return Discretion(filed_names(home, own_words))


def log_texts(home: Home, texts: Sequence[str]) -> list[str]:
    """Return texts for a log. Where the names cannot be read, their numbers at least are hidden."""
    if not texts:
        return []
    try:
        return discretion(home).for_logs(texts)
    except Exception:
        return [hide_numbers(text) for text in texts]


def path_for_logs(path: str) -> str:
    """Return a path in the inbox for a log: whose name it may say is known only once it is read.

    Folders and files with a name in Chinese are shown by their suffix alone; the county's own
    收件提示 names them.
    """
    parts = (
        part if part.isascii() else f"…{suffix if (suffix := Path(part).suffix).isascii() else ''}"
        for part in path.split("/")
    )
    return hide_numbers("/".join(parts))


def log_text(home: Home, text: str) -> str:
    """Return one text as ``log_texts`` does."""
    return log_texts(home, [text])[0]
