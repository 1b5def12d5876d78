"""How grave a contradiction is, and whether the report is at fault at all.

``hard``      no reading of the figures reconciles them.
``soft``      a difference of scope that the report does not state may explain it: another report,
              a cumulative count, moves between opening and closing, a part that is not listed, a
              subset or a cap between two figures of which either may count differently.
``minor``     a rate off by its last digit: cut off instead of rounded, or typed wrong there.
``artifact``  the figures agree but for the decimal point: the print lost it or the unit.
``''``        the relation holds, or it is a second reading of a figure that an earlier relation
              already reads: that it fails says nothing about the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from pipelines.core.figures.judge import CONTRADICTION, Judgement, half_digit
from pipelines.core.figures.relation import Call, Name, Node, Number, Operation, names_of
from pipelines.reconcile.concepts import omits_a_part
from pipelines.reconcile.tables import Printed, Stated

HARD, SOFT, MINOR, ARTIFACT, NONE = "hard", "soft", "minor", "artifact", ""
# Flows, cumulative counts and figures of another date, whose gap natural change may fill.
_FLOW = re.compile(r"^(exited|newly|removed|relapsed)_|_(initial|baseline)$")
_OTHER_DATE = re.compile(r"_(initial|baseline)$")
_HOUSEHOLDS, _PERSONS = re.compile(r"户$"), re.compile(r"(人|名)$")


def weigh(stated: Stated, judgement: Judgement, earlier: Sequence[tuple[Stated, Judgement]]) -> str:
    """Weigh one relation's verdict; ``earlier`` are those before it in the file."""
    if judgement.verdict != CONTRADICTION or second_reading(stated, earlier) is not None:
        return NONE
    if stated.crosses_reports:
        return SOFT
    if stated.relation.comparison != "=":
        return HARD if _is_persons_against_households(stated) or _has_residual(stated) else SOFT
    if judgement.impossible or _calls(stated):
        return HARD
    if all(isinstance(side, Name) for side in _sides(stated)):
        return SOFT
    if _agrees_but_for_the_point(stated, judgement):
        return ARTIFACT
    if _is_ratio(stated):
        return _weigh_ratio(stated, judgement)
    if Number(Fraction(100)) in _sides(stated):
        return HARD
    concepts = [printed.concept for printed in stated.figures.values()]
    if any(_FLOW.search(concept) for concept in concepts) or _is_short_of_a_part(stated, judgement):
        return SOFT
    return HARD


def second_reading(
    stated: Stated, earlier: Sequence[tuple[Stated, Judgement]]
) -> tuple[Stated, Judgement] | None:
    """Return the earlier relation that reads the figure which this one reads again.

    A rate is claimed once: by the first relation over it. A sum read again over some of the same
    parts is another classification, to be blamed only if the first fails too.
    """
    target = lone(stated)
    if target is None or stated.relation.comparison != "=":
        return None
    for other, judged in earlier:
        if other.relation.comparison != "=" or lone(other) != target:
            continue
        if _is_ratio(stated) and _is_ratio(other):
            return other, judged
        shared = _parts(stated, target) & _parts(other, target)
        if not _is_ratio(stated) and shared and judged.verdict != CONTRADICTION:
            return other, judged
    return None


def lone(stated: Stated) -> Printed | None:
    """Return the figure that stands alone on one side of a computation."""
    for side, other in (_sides(stated), _sides(stated)[::-1]):
        if isinstance(side, Name) and not isinstance(other, Name | Number):
            return stated.figures[side.name]
    return None


def _sides(stated: Stated) -> tuple[Node, Node]:
    return stated.relation.left, stated.relation.right


def _walk(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Operation):
        yield from _walk(node.left)
        yield from _walk(node.right)
    elif isinstance(node, Call):
        yield from _walk(node.rate)
        yield from _walk(node.other)


def _nodes(stated: Stated) -> Iterator[Node]:
    for side in _sides(stated):
        yield from _walk(side)


def _calls(stated: Stated) -> bool:
    return any(isinstance(node, Call) for node in _nodes(stated))


def _is_ratio(stated: Stated) -> bool:
    """Whether figures are divided by figures."""
    return any(
        isinstance(node, Operation) and node.operator == "/" and any(names_of(node.right))
        for node in _nodes(stated)
    )


def _has_residual(stated: Stated) -> bool:
    """Whether a bound is on what is left of a figure once others are taken away."""
    return any(
        isinstance(node, Operation) and node.operator == "-" and any(names_of(node.left))
        for node in _nodes(stated)
    )


def _is_persons_against_households(stated: Stated) -> bool:
    left, right = (
        {stated.figures[name].unit for name in names_of(side)} for side in _sides(stated)
    )
    return any(
        one and other and all(map(_HOUSEHOLDS.search, one)) and all(map(_PERSONS.search, other))
        for one, other in ((left, right), (right, left))
    )


def _parts(stated: Stated, target: Printed) -> set[str]:
    return {printed.key for printed in stated.figures.values()} - {target.key}


def _agrees_but_for_the_point(stated: Stated, judgement: Judgement) -> bool:
    target = lone(stated)
    if target is None or not judgement.left or not judgement.right:
        return False
    computed = judgement.right if isinstance(stated.relation.left, Name) else judgement.left
    value, half = Fraction(target.figure.value), half_digit(target.figure)
    if len(target.text.strip("0.")) < 2:
        return False
    return any(
        abs(value * scale - computed) <= half * scale
        for power in (1, 2, 3, 4)
        for scale in (Fraction(10) ** power, Fraction(1, 10**power))
    )


def _weigh_ratio(stated: Stated, judgement: Judgement) -> str:
    target = lone(stated)
    is_left = isinstance(stated.relation.left, Name)
    computed = judgement.right_range if is_left else judgement.left_range
    if target is None or computed is None or target.figure.is_exact:
        return HARD
    value, digit = Fraction(target.figure.value), Fraction(target.figure.last_digit)
    miss = max(computed[0] - value, value - computed[1]) / digit
    spans_dates = any(_OTHER_DATE.search(printed.concept) for printed in stated.figures.values())
    if miss < (1 if spans_dates else 2):
        return MINOR
    return SOFT if spans_dates else HARD


def _is_short_of_a_part(stated: Stated, judgement: Judgement) -> bool:
    """Whether a total is more than its parts and its concepts know a part that is not there."""
    target = lone(stated)
    if target is None or judgement.left is None or judgement.right is None:
        return False
    total, parts = judgement.left, judgement.right
    if not isinstance(stated.relation.left, Name):
        total, parts = parts, total
    concepts = {p.concept for p in stated.figures.values() if p.key != target.key}
    return parts < total and omits_a_part(concepts)
