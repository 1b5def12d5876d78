"""What typing gives: of one cell a value with what was changed on the way, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines.s2_lake.texts.change_rules import Rule


class Untyped(Exception):
    """A cell that cannot be typed; the message is a Chinese clause for its sender, or empty."""


@dataclass(frozen=True)
class Read:
    """A cell's typed value and the rules by which its text was changed."""

    value: Any
    rules: frozenset[Rule] = frozenset()


@dataclass(frozen=True)
class Typed:
    """A typed column and which of its filled cells could not be typed.

    ``rules`` tells per cell what was changed, as text; None where nothing was in the whole column.
    ``reasons`` say why a text could not be typed, where there is more to say than its type.
    """

    values: pl.Series
    failed: pl.Series
    rules: pl.Series | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)

    def filter(self, kept: pl.Series) -> Typed:
        """Return the column with the kept rows only."""
        rules = None if self.rules is None else self.rules.filter(kept)
        return Typed(self.values.filter(kept), self.failed.filter(kept), rules, self.reasons)
