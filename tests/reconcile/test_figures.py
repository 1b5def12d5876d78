"""What printed figures allow, and which relations between them can be true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from itertools import product

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.core.figures.judge import CONTRADICTION, HOLDS, ROUNDING, judge
from pipelines.core.figures.polynomial import Polynomial
from pipelines.core.figures.printed import Figure, figure, is_count, unit_power
from pipelines.core.figures.relation import Name, Number, Operation, RelationError, parse, render
from pipelines.core.figures.sql import condition


def printed(text: str, unit: str = "万元", *, approx: bool = False) -> Figure:
    found = figure(text, unit, approx=approx)
    assert found is not None
    return found


def verdict(expression: str, **texts: str | Figure) -> str:
    """Judge over figures in 万元, or in 户 where they are whole and marked so (``"3户"``)."""
    figures = {
        name: text
        if isinstance(text, Figure)
        else printed(text.removesuffix("户"), "户" if text.endswith("户") else "万元")
        for name, text in texts.items()
    }
    return judge(parse(expression), figures).verdict


# --- what a print allows ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "counts", "power"),
    [
        ("户", True, 0), ("人次", True, 0), ("起", True, 0), ("套", True, 0), ("", True, 0),
        ("户次", True, 0), ("万人", False, 4), ("万户次", False, 4), ("亿元", False, 8),
        ("元", False, 0), ("%", False, 0), ("0.01%(小数点丢失)", False, 0), ("百分点", False, 0),
        ("亩", False, 0), ("平方米", False, 0), ("千瓦", False, 0), ("公里", False, 0),
        ("元/人", False, 0), ("个", True, 0), ("个(含在建)", True, 0), ("千人", False, 3),
    ],
)  # fmt: skip
def test_whole_counts_are_exact_and_what_is_measured_is_rounded(unit, counts, power):
    assert (is_count(unit), unit_power(unit)) == (counts, power)
    assert printed("12", unit).is_exact == counts


@pytest.mark.parametrize(
    ("text", "unit", "low", "high"),
    [
        ("160", "万户", "144", "176"), ("9", "户", "8", "10"), ("10", "户", "9", "11"),
        ("1.8", "万人", "1.7", "1.9"), ("15", "万人", "13.5", "16.5"),
    ],
)  # fmt: skip
def test_a_figure_the_sentence_marks_reaches_further(text, unit, low, high):
    found = printed(text, unit, approx=True)
    assert (found.low, found.high, found.is_approx) == (Decimal(low), Decimal(high), True)


# --- the parser -------------------------------------------------------------------------------


def test_a_relation_is_read_with_precedence_and_written_back():
    relation = parse("s6 = 100*(R120.s2 - s4)/(R120.s2/(R120.s3/100)) ")
    assert relation.names == ("s6", "R120.s2", "s4", "R120.s3")
    written = render(relation.right, lambda name: name)
    assert written == "100×(R120.s2-s4)÷(R120.s2÷(R120.s3÷100))"
    again = parse(f"s6 = {written.replace('×', '*').replace('÷', '/')}")
    assert again.right == relation.right


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("s1 + s2", "结尾"), ("s1 = s2 = s3", "第9个"), ("s1 = (s2", "结尾"), ("s1 = s2 s3", "第9"),
        ("s1 = __import__('os')", "第17个"), ("s1 = MAX(s2,s3)", "MAX"), ("s1 = NR(s2)", "“,”"),
        ("", "结尾"), ("s1 < s2", "第4个"), ("s1 = 1e5", "第7个"), ("s1 = s2**2", "第9个"),
    ],
)  # fmt: skip
def test_what_is_no_relation_says_where(text, place):
    with pytest.raises(RelationError, match=place):
        parse(text)


def test_deep_brackets_are_refused_rather_than_crash():
    with pytest.raises(RelationError, match="太深"):
        parse("s1 = " + "(" * 500 + "s2" + ")" * 500)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_relation_or_refused(text):
    with suppress(RelationError):
        parse(text)


# --- verdicts at their bounds -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "expression", "texts"),
    [
        (HOLDS, "a = b + c", {"a": "5.0", "b": "2.0", "c": "3.0"}),
        (ROUNDING, "a = b + c", {"a": "5.0", "b": "2.1", "c": "3.0"}),
        (ROUNDING, "a = b + c", {"a": "516", "b": "240", "c": "277"}),
        (CONTRADICTION, "a = b + c", {"a": "516户", "b": "240户", "c": "277户"}),
        # Three halves of a tenth is the most that rounding moves; the bound itself can be.
        (ROUNDING, "a = b + c", {"a": "5.00", "b": "2.0", "c": "3.1"}),
        (CONTRADICTION, "a = b + c", {"a": "5.00", "b": "2.0", "c": "3.2"}),
        (ROUNDING, "100 = a + b + c", {"a": "33.3", "b": "33.3", "c": "33.3"}),
        (ROUNDING, "100 = a + b", {"a": "50.0", "b": "49.9"}),
        (CONTRADICTION, "100 = a + b + c", {"a": "33.3", "b": "33.3", "c": "33.2"}),
        (HOLDS, "a = 100*b/c", {"a": "88.76", "b": "79户", "c": "89户"}),
        (CONTRADICTION, "a = 100*b/c", {"a": "88.77", "b": "79户", "c": "89户"}),
        (HOLDS, "a = 100*b/c", {"a": "46", "b": "503户", "c": "1091户"}),
        (ROUNDING, "a <= b", {"a": "5.1", "b": "5.0"}),
        (CONTRADICTION, "a <= b", {"a": "5.2", "b": "5.0"}),
        (CONTRADICTION, "a >= b", {"a": "3户", "b": "4户"}),
        (HOLDS, "a/b <= 5", {"a": "10", "b": "2户"}),
        (CONTRADICTION, "a*10000 >= b", {"a": "1.4", "b": "14752户"}),
        (HOLDS, "a = b", {"a": "1.0", "b": "1.04"}),
        (ROUNDING, "a/b = c/d", {"a": "1.0", "b": "3.0", "c": "2.0", "d": "6.1"}),
    ],
)  # fmt: skip
def test_verdicts_at_their_bounds(expected, expression, texts):
    assert verdict(expression, **texts) == expected


def test_a_figure_that_occurs_twice_is_one_figure():
    # a - a is 0 whatever a is; two figures of the same print may differ by a whole unit.
    assert verdict("a - a = b", a="5", b="1户") == CONTRADICTION
    assert verdict("a - c = b", a="5", b="1户", c="5") == ROUNDING
    # x/(x+y) at x=39.95±0.005, y=459±0.5: both ends of x move together.
    share = "a = 100*x/(x+y)"
    assert verdict(share, a="8.00", x="39.95", y="459") == ROUNDING
    assert verdict(share, a="8.03", x="39.95", y="459") == CONTRADICTION


def test_a_denominator_of_zero_accuses_only_what_no_value_satisfies():
    assert verdict("a = 100*b/c", a="88.8", b="5户", c="0户") == CONTRADICTION
    assert verdict("a = 100*b/c", a="88.8", b="0户", c="0户") == ROUNDING
    # A denominator of at most 0.05 makes the rate 10000 at least.
    assert verdict("a = 100*b/c", a="88.8", b="5户", c="0.0") == CONTRADICTION
    assert verdict("a = 100*b/c", a="20000", b="5户", c="0.0") == ROUNDING
    assert verdict("a/b <= 5", a="5户", b="0.0") == ROUNDING


def test_a_whole_number_behind_a_rate_in_wan_is_a_person():
    figures = {"r": printed("81.84", "%"), "d": printed("38.92", "万个")}
    assert judge(parse("r = NR(r,d)"), figures, {"d": "万个"}).verdict == HOLDS


def test_shares_that_no_counts_give():
    """S4-03: six shares of 99.7 % lie within rounding of 100 % and fit no number of persons."""
    shares = ["58.7", "13.5", "2.8", "6.3", "8.5", "9.9"]
    figures = {f"s{i}": printed(text, "%") for i, text in enumerate(shares)}
    total = " + ".join(f"CNT(s{i},n)" for i in range(6))
    for count in ("42740", "14538"):
        known = {**figures, "n": printed(count, "户")}
        assert judge(parse(f"n = {total}"), known).verdict == CONTRADICTION
    assert judge(parse("100 = " + " + ".join(figures)), figures).verdict == ROUNDING


# --- properties -------------------------------------------------------------------------------

NAMES = ("a", "b", "c", "d")
whole = st.integers(min_value=0, max_value=5000).map(Decimal)
measured = st.decimals(min_value=0, max_value=5000, places=4)


@st.composite
def expressions(draw: Callable, depth: int = 3) -> str:
    """Expressions over four figures that may occur any number of times."""
    kind = draw(st.sampled_from(["name", "name", "number", *["operation"] * depth]))
    if kind == "name":
        return draw(st.sampled_from(NAMES))
    if kind == "number":
        return str(draw(st.sampled_from(["1", "2", "100", "0.5", "10000"])))
    operator = draw(st.sampled_from("+-*/"))
    left, right = draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1))
    return f"({left} {operator} {right})"


def value_at(node: object, values: Mapping[str, Fraction]) -> Fraction:
    """Evaluate an expression without functions, by itself."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return values[node.name]
    assert isinstance(node, Operation)
    left, right = value_at(node.left, values), value_at(node.right, values)
    if node.operator == "+":
        return left + right
    if node.operator == "-":
        return left - right
    return left * right if node.operator == "*" else left / right


def print_of(draw: Callable, true: Fraction, *, may_count: bool = True) -> Figure:
    """Print a true value as an honest office would: whole counts whole, the rest rounded."""
    if may_count and true.denominator == 1 and draw(st.booleans()):
        return printed(str(true.numerator), "户")
    places = draw(st.integers(min_value=0, max_value=3))
    scaled = true * 10**places
    down = Decimal(scaled.numerator // scaled.denominator)
    rest = scaled - int(down)
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and draw(st.booleans()))
    return printed(format((down + up).scaleb(-places), "f"), "万元")


@settings(deadline=None)
@given(st.data())
def test_true_values_are_never_a_contradiction(data):
    """Whatever true values satisfy a relation exactly, their prints are never called impossible."""
    text = data.draw(expressions())
    comparison = data.draw(st.sampled_from(["=", "<=", ">="]))
    relation = parse(f"s {comparison} {text}")
    true = {name: Fraction(data.draw(st.one_of(whole, measured))) for name in NAMES}
    try:
        stated = value_at(relation.right, true)
    except ZeroDivisionError:
        assume(False)
    assume(abs(stated) < 10**9)
    slack = Fraction(data.draw(measured))
    stated += {"=": 0, "<=": -slack, ">=": slack}[comparison]
    figures = {name: print_of(data.draw, value) for name, value in true.items()}
    figures["s"] = print_of(data.draw, stated)
    assert judge(relation, figures).verdict != CONTRADICTION


@settings(deadline=None)
@given(st.data())
def test_each_figure_once_the_verdict_is_that_of_the_corners(data):
    """With each figure once a relation is monotone in each: its corners alone decide."""
    template = data.draw(
        st.sampled_from(["a + b - c", "100*a/b", "a/(b/100)", "a*b/c", "100*(a-b)/c", "a/b + c/d"])
    )
    comparison = data.draw(st.sampled_from(["=", "<=", ">="]))
    relation = parse(f"s {comparison} {template}")
    figures = {
        name: print_of(data.draw, Fraction(data.draw(st.one_of(whole, measured))))
        for name in relation.names
    }
    assume(all(figures[name].low > 0 for name in relation.names if name != "s"))
    ends = [(Fraction(figures[n].low), Fraction(figures[n].high)) for n in relation.names]
    gaps = []
    for corner in product(*ends):
        values = dict(zip(relation.names, corner, strict=True))
        gaps.append(values["s"] - value_at(relation.right, values))
    can_be = {
        "=": min(gaps) <= 0 <= max(gaps), "<=": min(gaps) <= 0, ">=": max(gaps) >= 0
    }[comparison]  # fmt: skip
    assert (judge(relation, figures).verdict != CONTRADICTION) == can_be


rates = st.builds(
    lambda number, places: format(Decimal(number).scaleb(-places), "f"),
    st.integers(min_value=0, max_value=1200),
    st.integers(min_value=0, max_value=2),
)


def reaches(rate: Figure, value: Fraction) -> bool:
    return Fraction(rate.low) <= value <= Fraction(rate.high)


@settings(deadline=None)
@given(rates, st.integers(min_value=1, max_value=60))
def test_attainable_rates_are_those_that_some_whole_numerator_gives(text, den):
    figures = {"r": printed(text, "%"), "d": printed(str(den), "户")}
    brute = any(reaches(figures["r"], Fraction(100 * k, den)) for k in range(8 * den + 1200))
    assert (judge(parse("r = NR(r,d)"), figures).verdict == CONTRADICTION) == (not brute)


@settings(deadline=None)
@given(rates, st.integers(min_value=1, max_value=60))
def test_attainable_rates_are_those_that_some_whole_denominator_gives(text, num):
    figures = {"r": printed(text, "%"), "n": printed(str(num), "户")}
    assume(figures["r"].low >= 1)
    most = int(100 * num / figures["r"].low) + 2
    brute = any(reaches(figures["r"], Fraction(100 * num, d)) for d in range(1, most))
    assert (judge(parse("r = AI(r,n)"), figures).verdict == CONTRADICTION) == (not brute)


@settings(deadline=None)
@given(rates, rates, st.integers(min_value=1, max_value=40))
def test_counts_behind_shares_add_up_or_cannot(first, second, den):
    figures = {"p": printed(first, "%"), "q": printed(second, "%"), "n": printed(str(den), "户")}
    relation = parse("n = CNT(p,n) + CNT(q,n)")
    # A share may print below 0 or above 100 by rounding; counts on either side are tried too.
    span = range(-den, 14 * den + 14)
    fits = {
        name: [k for k in span if reaches(figures[name], Fraction(100 * k, den))] for name in "pq"
    }
    brute = any(i + j == den for i in fits["p"] for j in fits["q"])
    assert (judge(relation, figures).verdict == CONTRADICTION) == (not brute)


@settings(deadline=None)
@given(st.data())
def test_bounds_of_polynomials_are_sound(data):
    """Every value inside the box lies within the bounds, squares and products included."""
    text = data.draw(expressions()).replace("/", "*")
    box = {}
    for name in NAMES:
        ends = sorted(data.draw(st.tuples(*[st.integers(-20, 20)] * 2)))
        box[name] = (Fraction(ends[0]), Fraction(ends[1]))
    point = {
        name: low + (high - low) * Fraction(data.draw(st.integers(0, 8)), 8)
        for name, (low, high) in box.items()
    }
    node = parse(f"s = {text}").right
    low, high = polynomial(node).bounds(box)
    assert low <= value_at(node, point) <= high


def polynomial(node: object) -> Polynomial:
    if isinstance(node, Number):
        return Polynomial.constant(node.value)
    if isinstance(node, Name):
        return Polynomial.variable(node.name)
    assert isinstance(node, Operation)
    left, right = polynomial(node.left), polynomial(node.right)
    if node.operator == "*":
        return left * right
    return left + right if node.operator == "+" else left - right


# --- the same verdict in SQL ------------------------------------------------------------------

NIGHTLY = (
    "a = b + c", "a = b - c", "a = 100*b/c", "a <= b", "a >= b + c", "100*a/b <= c",
    "100 = a + b + c", "a = 100*b/(c + d)", "a/b <= 5", "b*100 = a*c",
)  # fmt: skip


@settings(deadline=None)
@given(st.data())
def test_sql_says_what_the_engine_says(data):
    relation = parse(data.draw(st.sampled_from(NIGHTLY)))
    figures = {
        name: print_of(data.draw, Fraction(data.draw(st.one_of(whole, measured))))
        for name in relation.names
    }
    sql = condition(relation, lambda name: f"{name}_low", lambda name: f"{name}_high")
    got = evaluate(sql, figures)
    if got is None:
        assert any(figures[name].low <= 0 for name in relation.names)
    else:
        assert got == (judge(relation, figures).verdict != CONTRADICTION)


def evaluate(sql: str, figures: Mapping[str, Figure]) -> bool | None:
    columns = ", ".join(
        f"CAST('{value}' AS DECIMAL(24,8)) AS {name}_{end}"
        for name, found in figures.items()
        for end, value in (("low", found.low), ("high", found.high))
    )
    row = duckdb.sql(f"SELECT {sql} FROM (SELECT {columns})").fetchone()
    return None if row is None else row[0]


def test_sql_is_unknown_where_a_figure_is_missing():
    sql = condition(parse("a = b + c"), lambda name: f"{name}_low", lambda name: f"{name}_high")
    columns = (
        "1.0 AS a_low, 1.0 AS a_high, NULL AS b_low, NULL AS b_high, 0.0 AS c_low, 0.0 AS c_high"
    )
    assert duckdb.sql(f"SELECT {sql} FROM (SELECT {columns})").fetchone() == (None,)


def test_sql_refuses_whole_number_functions():
    with pytest.raises(RelationError, match="NR"):
        condition(parse("a = NR(a,b)"), str, str)
