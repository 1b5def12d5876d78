"""Can the printed figures be true together? Interval arithmetic over one relation.

A relation holds as printed where the printed values satisfy it, a figure that stands alone on one
side taken to half a unit of its last digit. It holds by rounding where some values that the prints
allow satisfy it. Otherwise it is a contradiction: no values can.

The doubt is always the figures': where a bound is not exact (``polynomial``), or a denominator may
be zero, nothing is called a contradiction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import ceil, floor

from pipelines.core.figures.polynomial import Polynomial, TooLargeError
from pipelines.core.figures.printed import Figure, unit_power
from pipelines.core.figures.relation import (
    Call,
    Name,
    Node,
    Number,
    Relation,
    RelationError,
    names_of,
)

HOLDS = "holds"
ROUNDING = "rounding"
CONTRADICTION = "contradiction"
_MOST_CHOICES = 4096
_HUNDRED = Fraction(100)

Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Judgement:
    """A verdict with what it rests on.

    ``left`` and ``right`` are the sides at the printed values (None where a printed denominator is
    zero), ``left_range`` and ``right_range`` what the prints allow each (None where a denominator
    may be zero). ``impossible`` is the call that no whole number satisfies.
    """

    verdict: str
    left: Fraction | None
    right: Fraction | None
    left_range: Interval | None
    right_range: Interval | None
    impossible: Call | None = None

    @property
    def gap(self) -> Fraction | None:
        """Distance between the sides at the printed values."""
        if self.left is None or self.right is None:
            return None
        return abs(self.left - self.right)

    @property
    def least_gap(self) -> Fraction | None:
        """Distance that is left between the sides whatever the prints allow."""
        if self.left_range is None or self.right_range is None:
            return None
        (left, left_high), (right, right_high) = self.left_range, self.right_range
        return max(Fraction(0), left - right_high, right - left_high)


def judge(
    relation: Relation, figures: Mapping[str, Figure], units: Mapping[str, str] | None = None
) -> Judgement:
    """Judge a relation. ``units`` (figure → unit) tell NR, AI and CNT what is counted in 万.

    Raises RelationError where the relation is too long to be multiplied out.
    """
    try:
        return _Judge(relation, figures, units or {}).judgement()
    except TooLargeError as error:
        raise RelationError(str(error)) from None
    except _Unbounded:
        return Judgement(ROUNDING, None, None, None, None)


class _Unbounded(Exception):
    """A whole-number function of a fraction whose denominator may be zero: anything can be."""


@dataclass
class _Ratio:
    over: Polynomial
    under: Polynomial


@dataclass
class _Choice:
    """A whole-number function of the relation: its variable, hull and, if few, its values."""

    name: str
    hull: Interval
    values: list[Fraction] | None


@dataclass
class _Judge:
    relation: Relation
    figures: Mapping[str, Figure]
    units: Mapping[str, str]
    box: dict[str, Interval] = field(default_factory=dict)
    choices: list[_Choice] = field(default_factory=list)
    impossible: Call | None = None

    def judgement(self) -> Judgement:
        for name in self.relation.names:
            figure = self.figures[name]
            self.box[name] = (Fraction(figure.low), Fraction(figure.high))
        left, right = self._ratio(self.relation.left), self._ratio(self.relation.right)
        at_left, at_right = self._printed(self.relation.left), self._printed(self.relation.right)
        if self.impossible or not self._can_be(left, right):
            verdict = CONTRADICTION
        elif self._as_printed(at_left, at_right):
            verdict = HOLDS
        else:
            verdict = ROUNDING
        return Judgement(
            verdict, at_left, at_right, self._range(left), self._range(right), self.impossible
        )

    # -- over the intervals ----------------------------------------------------------------------

    def _ratio(self, node: Node) -> _Ratio:
        one = Polynomial.constant(Fraction(1))
        if isinstance(node, Number):
            return _Ratio(Polynomial.constant(node.value), one)
        if isinstance(node, Name):
            low, high = self.box[node.name]
            exact = low == high
            return _Ratio(
                Polynomial.constant(low) if exact else Polynomial.variable(node.name), one
            )
        if isinstance(node, Call):
            return _Ratio(Polynomial.variable(self._whole(node)), one)
        left, right = self._ratio(node.left), self._ratio(node.right)
        if node.operator == "*":
            return _Ratio(left.over * right.over, left.under * right.under)
        if node.operator == "/":
            return _Ratio(left.over * right.under, left.under * right.over)
        if left.under.terms == right.under.terms:
            over = left.over + right.over if node.operator == "+" else left.over - right.over
            return _Ratio(over, left.under)
        mine, theirs = left.over * right.under, right.over * left.under
        return _Ratio(
            mine + theirs if node.operator == "+" else mine - theirs, left.under * right.under
        )

    def _range(self, ratio: _Ratio) -> Interval | None:
        """Bound a fraction: exact where its denominator is a number, else from outside or exact."""
        under = ratio.under.bounds(self.box)
        if under[0] <= 0 <= under[1]:
            return None
        names = set(ratio.over.degrees()) | set(ratio.under.degrees())
        degrees = [*ratio.over.degrees().values(), *ratio.under.degrees().values()]
        if under[0] == under[1] or max(degrees, default=0) > 1 or len(names) > 8:
            over = ratio.over.bounds(self.box)
            ends = [a / b for a in over for b in under]
            return min(ends), max(ends)
        # A fraction of affine terms is monotone in each variable: its extremes are corners.
        corners = []
        order = sorted(names)
        for corner in product(*(self.box[name] for name in order)):
            over_at, under_at = ratio.over, ratio.under
            for name, value in zip(order, corner, strict=True):
                over_at, under_at = over_at.at(name, value), under_at.at(name, value)
            corners.append(_value(over_at) / _value(under_at))
        return min(corners), max(corners)

    def _can_be(self, left: _Ratio, right: _Ratio) -> bool:
        """Whether some values in the box satisfy the relation."""
        difference = left.over * right.under - right.over * left.under
        under = left.under * right.under
        return any(self._has_solution(difference, under, box) for box in self._boxes())

    def _has_solution(
        self, difference: Polynomial, under: Polynomial, box: dict[str, Interval]
    ) -> bool:
        low, high = difference.bounds(box)
        if self.relation.comparison == "=":
            return low <= 0 <= high
        under_low, under_high = under.bounds(box)
        if self.relation.comparison == ">=":
            low, high = -high, -low
        # difference / under <= 0, where under is nowhere zero.
        return (
            (low <= 0 and under_high > 0)
            or (high >= 0 and under_low < 0)
            or (under_low == under_high == 0)
        )

    def _boxes(self) -> Iterator[dict[str, Interval]]:
        """Yield the box once for every choice of whole numbers, with their hulls if too many."""
        count = 1
        for choice in self.choices:
            count *= len(choice.values) if choice.values is not None else _MOST_CHOICES + 1
        hulls = {choice.name: choice.hull for choice in self.choices}
        if count > _MOST_CHOICES:
            yield self.box | hulls
            return
        lists = [choice.values or [] for choice in self.choices]
        for values in product(*lists):
            chosen = {
                choice.name: (value, value)
                for choice, value in zip(self.choices, values, strict=True)
            }
            yield self.box | chosen

    # -- whole numbers ---------------------------------------------------------------------------

    def _whole(self, node: Call) -> str:
        """Return a variable for a call: over the rates or counts that whole numbers give."""
        rate, other = self._range(self._ratio(node.rate)), self._range(self._ratio(node.other))
        name = f"{node.function}#{len(self.choices)}"
        choice = _Choice(name, (Fraction(0), Fraction(0)), None)
        if rate is None or other is None:
            raise _Unbounded
        made = {"CNT": self._counts, "NR": self._rates, "AI": self._wholes}[node.function]
        found = made(rate, other, self._grain(node.other))
        if found is None:
            self.impossible = self.impossible or node
            found = (rate, None)
        choice.hull, choice.values = found
        self.choices.append(choice)
        self.box[name] = choice.hull
        return name

    def _grain(self, node: Node) -> Fraction:
        """Return the smallest whole thing in an expression's unit: 1/10000 for one in 万人."""
        powers = [unit_power(self.units.get(name)) for name in names_of(node)]
        return Fraction(1, 10 ** max(powers, default=0))

    def _counts(
        self, rate: Interval, of: Interval, grain: Fraction
    ) -> tuple[Interval, list[Fraction] | None] | None:
        ends = [r * o / _HUNDRED / grain for r in rate for o in of]
        first, last = ceil(min(ends)), floor(max(ends))
        if first > last:
            return None
        values = None
        if last - first < _MOST_CHOICES:
            values = [number * grain for number in range(first, last + 1)]
        return (first * grain, last * grain), values

    def _rates(
        self, rate: Interval, of: Interval, grain: Fraction
    ) -> tuple[Interval, list[Fraction] | None] | None:
        found = self._counts(rate, of, grain)
        if found is None:
            return None
        if of[0] != of[1] or not of[0]:
            return rate, None
        (first, last), counts = found
        ends = sorted(_HUNDRED * count / of[0] for count in (first, last))
        values = None if counts is None else [_HUNDRED * count / of[0] for count in counts]
        return (ends[0], ends[1]), values

    def _wholes(
        self, rate: Interval, of: Interval, grain: Fraction
    ) -> tuple[Interval, list[Fraction] | None] | None:
        if rate[0] <= 0 or of[0] <= 0:
            return rate, None
        first = max(1, ceil(_HUNDRED * of[0] / rate[1] / grain))
        last = floor(_HUNDRED * of[1] / rate[0] / grain)
        if first > last:
            return None
        if of[0] != of[1]:
            return rate, None
        numbers = range(first, last + 1)
        values = None
        if len(numbers) <= _MOST_CHOICES:
            values = [_HUNDRED * of[0] / (number * grain) for number in numbers]
        return (_HUNDRED * of[0] / (last * grain), _HUNDRED * of[0] / (first * grain)), values

    # -- as printed ------------------------------------------------------------------------------

    def _printed(self, node: Node) -> Fraction | None:
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Name):
            return Fraction(self.figures[node.name].value)
        if isinstance(node, Call):
            return self._nearest(node)
        left, right = self._printed(node.left), self._printed(node.right)
        if left is None or right is None or (node.operator == "/" and not right):
            return None
        if node.operator == "+":
            return left + right
        if node.operator == "-":
            return left - right
        return left * right if node.operator == "*" else left / right

    def _nearest(self, node: Call) -> Fraction | None:
        rate, other = self._printed(node.rate), self._printed(node.other)
        grain = self._grain(node.other)
        if rate is None or other is None or (node.function != "CNT" and not other):
            return None
        if node.function != "AI":
            count = floor(rate * other / _HUNDRED / grain + Fraction(1, 2)) * grain
            return count if node.function == "CNT" else _HUNDRED * count / other
        if rate <= 0 or other <= 0:
            return None
        about = _HUNDRED * other / rate / grain
        candidates = {max(1, floor(about)), max(1, ceil(about))}
        rates = [_HUNDRED * other / (number * grain) for number in candidates]
        return min(rates, key=lambda each: (abs(each - rate), each))

    def _as_printed(self, left: Fraction | None, right: Fraction | None) -> bool:
        if left is None or right is None:
            return False
        if self.relation.comparison == "<=":
            return left <= right
        if self.relation.comparison == ">=":
            return left >= right
        sides = ((self.relation.left, left, right), (self.relation.right, right, left))
        return left == right or any(
            isinstance(side, Name) and abs(own - other) <= half_digit(self.figures[side.name])
            for side, own, other in sides
        )


def half_digit(figure: Figure) -> Fraction:
    """Return half a unit of a figure's last printed digit, 0 for a whole count."""
    return Fraction(0) if figure.is_exact else Fraction(figure.last_digit) / 2


def _value(constant: Polynomial) -> Fraction:
    return constant.terms.get((), Fraction(0))
