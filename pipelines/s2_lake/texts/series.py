"""Columns of text worked on by their distinct cells: what Python does, it does once for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl


def nothing(text: pl.Series, kind: Any) -> pl.Series:
    """Return a column of nulls as long as ``text``."""
    return pl.Series(text.name, [None], dtype=kind).new_from_index(0, len(text))


def mapped(
    text: pl.Series, values: Mapping[str, Any], kind: Any, otherwise: pl.Series | None = None
) -> pl.Series:
    """Return the value of each text; what the mapping lacks is null, or as in ``otherwise``."""
    if not values:
        return nothing(text, kind) if otherwise is None else otherwise
    pairs = pl.DataFrame(
        {
            "text": pl.Series(list(values), dtype=pl.String),
            "value": pl.Series(list(values.values()), dtype=kind),
        }
    ).with_columns(known=True)
    joined = text.alias("text").to_frame().join(pairs, on="text", how="left", maintain_order="left")
    if otherwise is not None:
        kept = pl.when("known").then("value").otherwise(otherwise)
        joined = joined.select(kept.alias("value"))
    return joined["value"].alias(text.name)


def matching(text: pl.Series, pattern: str) -> pl.Series:
    """Return the texts that match a pattern, null for all others."""
    return text.to_frame().select(
        pl.when(pl.col(text.name).str.contains(pattern)).then(pl.col(text.name))
    )[text.name]
