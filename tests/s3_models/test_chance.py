"""The bound of chance in suspicions about villages never says less than chance itself."""

from __future__ import annotations

from math import comb

import duckdb
import pytest
from jinja2 import Environment

from pipelines.core.settings import DBT_PROJECT


def bound(hits: int, total: int, p: float) -> float:
    """Return what the macro says in DuckDB."""
    text = (DBT_PROJECT / "macros" / "chance.sql").read_text(encoding="utf-8")
    sql = Environment().from_string(text).module.binomial_tail(str(hits), str(total), repr(p))
    row = duckdb.sql(f"SELECT CAST({sql} AS DOUBLE)").fetchone()
    assert row is not None
    return float(row[0])


def tail(hits: int, total: int, p: float) -> float:
    """Return P(X >= hits) for X ~ Binomial(total, p)."""
    return sum(comb(total, k) * p**k * (1 - p) ** (total - k) for k in range(hits, total + 1))


@pytest.mark.parametrize("p", [0.01, 0.5])
@pytest.mark.parametrize("total", [0, 1, 7, 40])
def test_the_bound_is_above_chance_and_falls_with_the_count(total: int, p: float) -> None:
    bounds = [bound(hits, total, p) for hits in range(total + 1)]
    for hits, value in enumerate(bounds):
        assert tail(hits, total, p) <= value + 1e-12 <= 1 + 2e-12
    assert bounds == sorted(bounds, reverse=True)


def test_a_village_of_copied_incomes_stands_out_and_an_ordinary_one_does_not() -> None:
    assert bound(11, 20, 0.01) < 1e-6
    assert bound(1, 40, 0.01) > 0.05
    assert bound(4, 4, 0.5) == pytest.approx(1 / 16)
