"""One slip trips many rules: a household's findings by the cell that they share.

A cell that several findings point to is the first to look at; once it is mended, they all may go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.s8_county.findings import Finding

CellKey = tuple[str, str, int, str, str]


@dataclass(frozen=True)
class Suspect:
    """A cell of a household and the findings that point to it, by number in the list (from 1)."""

    household_code: str
    cell: dict[str, Any]
    findings: tuple[tuple[int, Finding], ...]

    @property
    def weight(self) -> tuple[int, int]:
        """How suspicious it is: errors first, then all findings."""
        return sum(f.severity == "error" for _, f in self.findings), len(self.findings)


def suspects(findings: Sequence[Finding]) -> list[Suspect]:
    """Return the cells that two findings of a household or more share, most suspicious first.

    Every finding stands under one cell: the one that the most of its household's findings that
    are not told of yet point to. ``findings`` are in the order of the list.
    """
    homes: dict[str, list[tuple[int, Finding]]] = {}
    for number, finding in enumerate(findings, start=1):
        if finding.household_code:
            homes.setdefault(finding.household_code, []).append((number, finding))
    found = [one for code, own in homes.items() if len(own) > 1 for one in _of_home(code, own)]
    return sorted(
        found,
        key=lambda one: (*(-n for n in one.weight), one.household_code, one.findings[0][0]),
    )


def _of_home(code: str, left: list[tuple[int, Finding]]) -> list[Suspect]:
    found = []
    while len(left) > 1:
        cells = {_key(cell): cell for _, finding in left for cell in finding.cells}
        errors, counts = Counter[CellKey](), Counter[CellKey]()
        for _, finding in left:
            for key in {_key(cell) for cell in finding.cells}:
                counts[key] += 1
                errors[key] += finding.severity == "error"
        best = min(counts, key=lambda key: (-counts[key], -errors[key], key), default=None)
        if best is None or counts[best] < 2:
            break
        own = [(n, f) for n, f in left if best in {_key(cell) for cell in f.cells}]
        found.append(Suspect(code, cells[best], tuple(own)))
        left = [pair for pair in left if pair not in own]
    return found


def _key(cell: dict[str, Any]) -> CellKey:
    """Return what tells cells apart: the place, and the value, since the prior period's workbook
    may have the same name.
    """
    row = cell["row"]
    return (
        str(cell["file"] or ""),
        str(cell["sheet"] or ""),
        int(row) if row is not None else 0,
        str(cell["column"] or ""),
        str(cell["value"] or ""),
    )
