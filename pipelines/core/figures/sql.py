"""The verdict of ``judge`` as one SQL condition, for relations judged set-wise every night.

A relation is multiplied out to a sum of terms. Each term is bounded by the corners of its figures'
intervals, the sum by the sum of the bounds; the relation can be true where zero lies between them.
That is the verdict of ``judge`` where every figure stands in one term (sums, differences, ratios,
shares, growth over a figure of its own). A figure in several terms makes the condition wider, never
narrower: it may pass what ``judge`` would not, and accuses nobody that ``judge`` clears.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product

from pipelines.core.figures.polynomial import Polynomial
from pipelines.core.figures.relation import (
    Call,
    Name,
    Node,
    Number,
    Operation,
    Relation,
    RelationError,
)

Column = Callable[[str], str]


def condition(relation: Relation, low: Column, high: Column) -> str:
    """Return SQL that is false where the relation cannot be true, null where a figure is missing.

    ``low`` and ``high`` give the SQL of the ends of a figure's interval. A denominator that may be
    zero leaves the condition null. Raises RelationError for NR, AI and CNT.
    """
    left, right = _fraction(relation.left), _fraction(relation.right)
    difference = left[0] * right[1] - right[0] * left[1]
    least, most = _bounds(difference, low, high)
    conditions = {"=": f"({least} <= 0 AND {most} >= 0)", "<=": f"({least} <= 0)"}
    test = conditions.get(relation.comparison, f"({most} >= 0)")
    divisors = [under for under in (left[1], right[1]) if any(under.terms)]
    if not divisors:
        return test
    positive = " AND ".join(f"{_bounds(under, low, high)[0]} > 0" for under in divisors)
    return f"CASE WHEN {positive} THEN {test} END"


def _fraction(node: Node) -> tuple[Polynomial, Polynomial]:
    one = Polynomial.constant(Fraction(1))
    if isinstance(node, Number):
        return Polynomial.constant(node.value), one
    if isinstance(node, Name):
        return Polynomial.variable(node.name), one
    if isinstance(node, Call):
        raise RelationError(f"{node.function} 不能写成 SQL")
    assert isinstance(node, Operation)
    (over, under), (other_over, other_under) = _fraction(node.left), _fraction(node.right)
    if node.operator == "*":
        return over * other_over, under * other_under
    if node.operator == "/":
        return over * other_under, under * other_over
    mine, theirs = over * other_under, other_over * under
    return mine + theirs if node.operator == "+" else mine - theirs, under * other_under


def _bounds(poly: Polynomial, low: Column, high: Column) -> tuple[str, str]:
    least: list[str] = []
    most: list[str] = []
    for powers, number in poly.terms.items():
        names = [name for name, power in powers for _ in range(power)]
        ends = [(low(name), high(name)) for name in names]
        corners = [" * ".join(corner) for corner in product(*ends)] if names else []
        for function, ordered in (("least", least), ("greatest", most)):
            bound = _extreme(corners, function if number > 0 else _OTHER[function])
            ordered.append(_times(number, bound))
    return f"({' + '.join(least) or '0'})", f"({' + '.join(most) or '0'})"


_OTHER = {"least": "greatest", "greatest": "least"}


def _extreme(corners: list[str], function: str) -> str:
    if len(corners) == 2:
        return corners[0] if function == "least" else corners[1]
    return f"{function}({', '.join(corners)})" if corners else ""


def _times(number: Fraction, bound: str) -> str:
    """Write a coefficient as SQL; decimals only, so that the arithmetic stays exact."""
    denominator = number.denominator
    for factor in (2, 5):
        while denominator % factor == 0:
            denominator //= factor
    if denominator != 1:
        raise RelationError(f"系数 {number} 不是有限小数,不能写成 SQL")
    text = f"({_decimal(number)})"
    if not bound:
        return text
    return bound if number == 1 else f"{text} * {bound}"


def _decimal(number: Fraction) -> str:
    places = 0
    while (number * 10**places).denominator != 1:
        places += 1
    digits = f"{abs(int(number * 10**places)):0{places + 1}d}"
    sign = "-" if number < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)
