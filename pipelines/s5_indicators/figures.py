"""From indicators to figures: each reading of an indicator, once more per value of its ``by``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.s5_indicators.definitions import Indicator

TERMS = ("numerator", "denominator", "weight")


@dataclass(frozen=True)
class Term:
    """A SQL aggregate over the rows that meet all conditions."""

    aggregate: str
    where: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """One figure of an indicator; ``breakdown`` is a list name=value;… in the order of the names.

    ``tables`` and ``columns`` (alias.column) must have been filed for it; ``relation`` is the
    model whose rows are counted.
    """

    code: str
    breakdown: str
    tables: tuple[str, ...]
    columns: tuple[str, ...]
    relation: str
    numerator: Term
    denominator: Term | None
    weight: Term | None


def figures(indicators: Iterable[Indicator]) -> list[Figure]:
    """Return every figure of some indicators, in their order."""
    return [figure for indicator in indicators for figure in _figures(indicator.data)]


def _figures(data: Mapping[str, Any]) -> Iterator[Figure]:
    by: Mapping[str, Any] = data.get("by", {})
    for reading in data.get("readings", [{"breakdown": ""}]):
        read = {**data, **reading}
        if not by or by.get("plain", True):
            yield _figure(read, {}, None)
        for printed in by.get("values", ()):
            yield _figure(read, by, printed)


def _figure(read: Mapping[str, Any], by: Mapping[str, Any], printed: str | None) -> Figure:
    """Return one figure; ``printed`` is the value of its ``by``, None without one."""
    parts = [read["breakdown"]] if read["breakdown"] else []
    where: tuple[str, ...] = ()
    if printed is not None:
        parts.append(f"{by['name']}={printed}")
        where = (f"{by['column']} = '{by['values'][printed]}'",)
    below = () if by.get("share") else where
    return Figure(
        code=read["code"],
        breakdown=";".join(sorted(parts)),
        tables=(*read["tables"], *by.get("tables", ())),
        columns=(*read.get("columns", ()), *by.get("columns", ())),
        relation=read["from"],
        numerator=Term(read["numerator"], (*_conditions(read, "numerator"), *where)),
        denominator=_term(read, "denominator", "denominator", below),
        weight=_term(read, "weight", "denominator", below),
    )


def _term(read: Mapping[str, Any], name: str, like: str, where: tuple[str, ...]) -> Term | None:
    """Return a term over the rows of the term ``like``; None where the indicator has no such."""
    if name not in read:
        return None
    return Term(read[name], (*_conditions(read, like), *where))


def _conditions(read: Mapping[str, Any], term: str) -> tuple[str, ...]:
    return tuple(read[name] for name in ("where", f"{term}_where") if name in read)
