"""Exact bounds of polynomials over a box of intervals.

A relation over printed figures is, its fractions multiplied out, the sign of one polynomial over
the box that the prints allow. A figure that occurs twice stays one variable, so nothing is widened
by it and nothing narrowed.

Where a polynomial is affine in a variable (sums, products, ratios multiplied out), its extremes
lie at that variable's ends: those bounds are attained. What is left over — a variable multiplied
by itself — is exact for one variable of the second degree and where it rises or falls all over the
box; beyond that the box is halved and natural interval arithmetic bounds each part from outside, so
that a bound may be too wide and never too narrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product

Box = Mapping[str, tuple[Fraction, Fraction]]
_Powers = tuple[tuple[str, int], ...]
_HALVINGS = 6
_MOST_TERMS = 2_000


class TooLargeError(ValueError):
    """The relation multiplies out to more terms than anybody prints."""


class Polynomial:
    """Terms (powers of variables → coefficient), never a zero coefficient."""

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[_Powers, Fraction]):
        self.terms = {powers: number for powers, number in terms.items() if number}
        if len(self.terms) > _MOST_TERMS:
            raise TooLargeError("关系太长,展开后项数过多")

    @staticmethod
    def constant(value: Fraction) -> Polynomial:
        """Return the polynomial of one number."""
        return Polynomial({(): value})

    @staticmethod
    def variable(name: str) -> Polynomial:
        """Return the polynomial of one variable."""
        return Polynomial({((name, 1),): Fraction(1)})

    def __add__(self, other: Polynomial) -> Polynomial:
        terms = dict(self.terms)
        for powers, number in other.terms.items():
            terms[powers] = terms.get(powers, Fraction(0)) + number
        return Polynomial(terms)

    def __neg__(self) -> Polynomial:
        return Polynomial({powers: -number for powers, number in self.terms.items()})

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + -other

    def __mul__(self, other: Polynomial) -> Polynomial:
        if len(self.terms) * len(other.terms) > _MOST_TERMS:
            raise TooLargeError("关系太长,展开后项数过多")
        terms: dict[_Powers, Fraction] = {}
        for (mine, a), (theirs, b) in product(self.terms.items(), other.terms.items()):
            powers = dict(mine)
            for name, power in theirs:
                powers[name] = powers.get(name, 0) + power
            key = tuple(sorted(powers.items()))
            terms[key] = terms.get(key, Fraction(0)) + a * b
        return Polynomial(terms)

    def degrees(self) -> dict[str, int]:
        """Return the highest power of each variable."""
        found: dict[str, int] = {}
        for powers in self.terms:
            for name, power in powers:
                found[name] = max(found.get(name, 0), power)
        return found

    def coefficient(self, name: str, power: int) -> Polynomial:
        """Return what multiplies a power of a variable."""
        terms: dict[_Powers, Fraction] = {}
        for powers, number in self.terms.items():
            if dict(powers).get(name, 0) == power:
                terms[tuple(item for item in powers if item[0] != name)] = number
        return Polynomial(terms)

    def at(self, name: str, value: Fraction) -> Polynomial:
        """Return the polynomial with a variable set."""
        found = Polynomial({})
        for power in range(self.degrees().get(name, 0) + 1):
            factor = Polynomial.constant(value**power)
            found = found + self.coefficient(name, power) * factor
        return found

    def bounds(self, box: Box) -> tuple[Fraction, Fraction]:
        """Return bounds over the box, exact where the module's head says so."""
        return _least(self, box), -_least(-self, box)


def _least(poly: Polynomial, box: Box) -> Fraction:
    degrees = poly.degrees()
    if not degrees:
        return poly.terms.get((), Fraction(0))
    affine = [name for name, degree in degrees.items() if degree == 1]
    if affine:
        return _least_at_an_end(poly, affine[0], box)
    if list(degrees.values()) == [2]:
        return _least_of_parabola(poly, next(iter(degrees)), box)
    return _least_by_halving(poly, box, _HALVINGS)


def _least_at_an_end(poly: Polynomial, name: str, box: Box) -> Fraction:
    low, high = box[name]
    slope, slope_high = poly.coefficient(name, 1).bounds(box)
    if slope >= 0:
        return _least(poly.at(name, low), box)
    if slope_high <= 0:
        return _least(poly.at(name, high), box)
    return min(_least(poly.at(name, low), box), _least(poly.at(name, high), box))


def _least_of_parabola(poly: Polynomial, name: str, box: Box) -> Fraction:
    low, high = box[name]
    square = poly.coefficient(name, 2).terms.get((), Fraction(0))
    slope = poly.coefficient(name, 1).terms.get((), Fraction(0))
    candidates = [low, high]
    vertex = -slope / (2 * square)
    if low < vertex < high:
        candidates.append(vertex)
    return min(poly.at(name, value).terms.get((), Fraction(0)) for value in candidates)


def _least_by_halving(poly: Polynomial, box: Box, times: int) -> Fraction:
    for name in poly.degrees():
        slope, slope_high = _natural(_slope(poly, name), box)
        if slope >= 0 or slope_high <= 0:
            return _least(poly.at(name, box[name][0 if slope >= 0 else 1]), box)
    outside = _natural(poly, box)[0]
    if times == 0 or outside > 0:
        return outside
    name = max(poly.degrees(), key=lambda each: box[each][1] - box[each][0])
    low, high = box[name]
    if low == high:
        return _least(poly.at(name, low), box)
    middle = (low + high) / 2
    halves: list[Box] = [{**box, name: (low, middle)}, {**box, name: (middle, high)}]
    return min(_least_by_halving(poly, half, times - 1) for half in halves)


def _slope(poly: Polynomial, name: str) -> Polynomial:
    """Return the derivative by a variable."""
    found = Polynomial({})
    for power in range(1, poly.degrees()[name] + 1):
        raised = Polynomial(
            {((name, power - 1),): Fraction(power)} if power > 1 else {(): Fraction(1)}
        )
        found = found + poly.coefficient(name, power) * raised
    return found


def _natural(poly: Polynomial, box: Box) -> tuple[Fraction, Fraction]:
    low = high = Fraction(0)
    for powers, number in poly.terms.items():
        ends = [(number, number)]
        for name, power in powers:
            least, most = box[name]
            candidates = [least**power, most**power]
            if power % 2 == 0 and least < 0 < most:
                candidates.append(Fraction(0))
            ends.append((min(candidates), max(candidates)))
        values = [_product_of(choice) for choice in product(*ends)]
        low, high = low + min(values), high + max(values)
    return low, high


def _product_of(numbers: tuple[Fraction, ...]) -> Fraction:
    result = Fraction(1)
    for number in numbers:
        result *= number
    return result
