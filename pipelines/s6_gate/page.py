"""The page 发布检查: what the gate asked of the figures and what it answered, for the steward.

One file that opens from a folder, without a request to anywhere. It holds codes, counts and our own
sentences, nothing that a county typed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.s6_gate.checkpoint import Outcome


@dataclass(frozen=True)
class HeldFigure:
    """One figure that may not be published, why, and the rules that hold it.

    ``key``: county, period, indicator and breakdown.
    """

    key: tuple[str, ...]
    name_zh: str
    reason_zh: str
    rule_ids: tuple[str, ...]


@dataclass(frozen=True)
class HeldLine:
    """What one county, period and indicator has held for one reason; ``n`` counts breakdowns."""

    region_code: str
    period: str
    name_zh: str
    reason_zh: str
    n: int


def write_page(path: Path, outcomes: Sequence[Outcome], held: Sequence[HeldFigure]) -> None:
    """Write the page; the same outcomes give the same bytes."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    suites = [
        (suite, list(asked)) for suite, asked in groupby(outcomes, lambda outcome: outcome.suite)
    ]
    text = environment.get_template("page.html.j2").render(
        suites=suites,
        blocking=[each for each in outcomes if each.suite.effect == "block" and not each.passed],
        held=held_lines(held),
        n_held=len(held),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


def held_lines(held: Sequence[HeldFigure]) -> list[HeldLine]:
    """Return the held figures by county, period, indicator and reason, in that order."""
    counts = Counter((*each.key[:3], each.name_zh, each.reason_zh) for each in held)
    return [
        HeldLine(region, period, name, reason, n)
        for (region, period, _, name, reason), n in sorted(counts.items())
    ]
