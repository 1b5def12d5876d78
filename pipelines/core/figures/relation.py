"""Relations over printed figures: ``s47 = 100*s46/s44``, read by a small parser of their own.

A relation is two expressions with ``=``, ``<=`` or ``>=`` between them. An expression has numbers,
names (``s4``, of another report ``R071.s1``), ``+ - * /``, brackets and three functions: ``NR(rate,
den)`` the nearest rate that a whole numerator gives, ``AI(rate, num)`` the nearest that a whole
denominator gives, ``CNT(rate, den)`` the whole count behind a rate in percent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)?)"
    r"|(?P<sign><=|>=|≤|≥|=|[-+*/(),]))"
)
_COMPARISONS = {"=": "=", "<=": "<=", ">=": ">=", "≤": "<=", "≥": ">="}
FUNCTIONS = ("NR", "AI", "CNT")
_DEEPEST = 60


class RelationError(ValueError):
    """The text is no relation; the message (Chinese) says where it goes wrong."""


@dataclass(frozen=True)
class Number:
    """A constant, exact."""

    value: Fraction


@dataclass(frozen=True)
class Name:
    """A printed figure by its name."""

    name: str


@dataclass(frozen=True)
class Operation:
    """``left operator right``; a leading minus is 0 - x."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Call:
    """One of the FUNCTIONS; ``other`` is the denominator, for AI the numerator."""

    function: str
    rate: Node
    other: Node


Node = Number | Name | Operation | Call


@dataclass(frozen=True)
class Relation:
    """``left comparison right``, comparison one of ``=``, ``<=``, ``>=``."""

    left: Node
    comparison: str
    right: Node

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every figure named, once each, in reading order."""
        return tuple(dict.fromkeys([*names_of(self.left), *names_of(self.right)]))


def names_of(node: Node) -> Iterator[str]:
    """Yield the names in an expression, in reading order, repetitions included."""
    if isinstance(node, Name):
        yield node.name
    elif isinstance(node, Operation):
        yield from names_of(node.left)
        yield from names_of(node.right)
    elif isinstance(node, Call):
        yield from names_of(node.rate)
        yield from names_of(node.other)


def parse(text: str) -> Relation:
    """Read a relation. Raises RelationError."""
    return _Reader(text).relation()


def render(node: Node, name: Callable[[str], str], inside: int = 0) -> str:
    """Write an expression in Chinese typography, each figure as ``name`` prints it."""
    if isinstance(node, Number):
        return plain(node.value)
    if isinstance(node, Name):
        return name(node.name)
    if isinstance(node, Call):
        return f"{node.function}({render(node.rate, name)},{render(node.other, name)})"
    if node.operator == "-" and node.left == Number(Fraction(0)):
        return f"-{render(node.right, name, 3)}"
    rank = 1 if node.operator in "+-" else 2
    sign = {"*": "×", "/": "÷"}.get(node.operator, node.operator)
    right = render(node.right, name, rank + (node.operator in "-/"))
    text = f"{render(node.left, name, rank)}{sign}{right}"
    return f"({text})" if rank < inside else text


def plain(value: Fraction, places: int = 6) -> str:
    """Return a number without padding, rounded half up to some places where it goes on."""
    scaled = abs(value) * 10**places
    whole = int(scaled + Fraction(1, 2))
    head, tail = divmod(whole, 10**places)
    fraction = f"{tail:0{places}d}".rstrip("0")
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{head}.{fraction}" if fraction else f"{sign}{head}"


class _Reader:
    def __init__(self, text: str):
        self.text = unicodedata.normalize("NFKC", text)
        self.tokens = list(self._tokens())
        self.at = 0
        self.depth = 0

    def _tokens(self) -> Iterator[tuple[str, str, int]]:
        at = 0
        end = len(self.text.rstrip())
        while at < end:
            match = _TOKEN.match(self.text, at)
            if not match or not match.lastgroup:
                at += len(self.text[at:]) - len(self.text[at:].lstrip())
                raise RelationError(f"第{at + 1}个字符“{self.text[at]}”不认识")
            yield match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1
            at = match.end()
        yield "end", "", end + 1

    def _take(self) -> tuple[str, str, int]:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def _next_is(self, *signs: str) -> bool:
        kind, text, _ = self.tokens[self.at]
        return kind == "sign" and text in signs

    def _expect(self, sign: str) -> None:
        _, text, place = self._take()
        if text != sign:
            raise RelationError(f"第{place}个字符处应为“{sign}”,却是“{text or '结尾'}”")

    def relation(self) -> Relation:
        left = self._sum()
        _, text, place = self._take()
        if text not in _COMPARISONS:
            raise RelationError(f"第{place}个字符处应为 =、<= 或 >=,却是“{text or '结尾'}”")
        right = self._sum()
        kind, text_after, place = self._take()
        if kind != "end":
            raise RelationError(f"第{place}个字符“{text_after}”多余")
        return Relation(left, _COMPARISONS[text], right)

    def _sum(self) -> Node:
        node = self._product()
        while self._next_is("+", "-"):
            _, operator, _ = self._take()
            node = Operation(operator, node, self._product())
        return node

    def _product(self) -> Node:
        node = self._factor()
        while self._next_is("*", "/"):
            _, operator, _ = self._take()
            node = Operation(operator, node, self._factor())
        return node

    def _factor(self) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise RelationError("括号套得太深")
        node = self._atom()
        self.depth -= 1
        return node

    def _atom(self) -> Node:
        kind, text, place = self._take()
        if kind == "number":
            return Number(Fraction(text))
        if kind == "name":
            if not self._next_is("("):
                return Name(text)
            if text not in FUNCTIONS:
                raise RelationError(f"没有函数 {text},只有 {'、'.join(FUNCTIONS)}")
            self._expect("(")
            rate = self._sum()
            self._expect(",")
            other = self._sum()
            self._expect(")")
            return Call(text, rate, other)
        if text == "(":
            node = self._sum()
            self._expect(")")
            return node
        if text in ("-", "+"):
            node = self._factor()
            return Operation("-", Number(Fraction(0)), node) if text == "-" else node
        raise RelationError(f"第{place}个字符处应为数、指标或括号,却是“{text or '结尾'}”")
