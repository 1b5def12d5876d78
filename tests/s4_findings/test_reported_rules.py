"""The nightly rules on reported figures say what the engine of ``filings reconcile`` says."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from pipelines.core.figures.judge import CONTRADICTION, judge
from pipelines.core.figures.printed import Figure, figure
from pipelines.core.figures.relation import parse
from pipelines.s4_findings.authoring.examples import CODES, Bench, empty_database
from pipelines.s4_findings.catalogue import Catalogue, load_catalogue
from pipelines.s4_findings.outcomes import code_sql, wide_sql

CASES = 40
Case = tuple[dict[str, Any], str, dict[str, Figure]]


def printed(value: object, unit: str | None) -> Figure:
    found = figure(str(value), unit)
    assert found is not None
    return found


def near(draw: Random, value: Decimal, places: int, reach: int = 3) -> str:
    """Print a value to some places, up to a few units of the last one away."""
    digit = Decimal(1).scaleb(-places)
    return str((value + draw.randint(-reach, reach) * digit).quantize(digit))


def reported(values: dict[str, tuple[str, str]]) -> dict[str, Any]:
    return {"reported": [{"indicator": n, "value": v, "unit": u} for n, (v, u) in values.items()]}


def of_figures(relation: str, values: dict[str, tuple[str, str]]) -> Case:
    return reported(values), relation, {n: printed(v, u) for n, (v, u) in values.items()}


def roll(draw: Random) -> Case:
    exited, left = draw.randint(1, 9000), draw.randint(0, 90)
    own = near(draw, Decimal(exited + left), 0, 1)
    gone = f"{draw.choice(['', '', '约'])}{exited}"
    return of_figures(
        "pop = pop_exited + pop_remaining",
        {"pop": (own, "人"), "pop_exited": (gone, "人"), "pop_remaining": (str(left), "人")},
    )


def incidence(draw: Random) -> Case:
    poor, people = draw.randint(1, 900), draw.randint(2000, 90000)
    places = draw.randint(1, 4)
    rate = near(draw, Decimal(100 * poor) / people, places)
    return of_figures(
        "incidence = 100*pop_remaining/rural_pop",
        {"incidence": (rate.lstrip("-"), "%"), "pop_remaining": (str(poor), "人"),
         "rural_pop": (f"{people / 10000:.2f}万", "人")},
    )  # fmt: skip


def rate(draw: Random) -> Case:
    over, under = draw.randint(1, 90), draw.randint(90, 200)
    value = near(draw, Decimal(100 * over) / under, draw.randint(0, 2))
    row = {"indicator": "start_rate", "value": value, "unit": "%", "num": str(over)}
    known = {"value": printed(value, "%"), "num": printed(over, None)}
    return {**row, "den": str(under)}, "value = 100*num/den", {**known, "den": printed(under, None)}


def parts(draw: Random, unit: str, total: Decimal) -> tuple[list[str], dict[str, Figure]]:
    places = 0 if unit == "户" else draw.randint(0, 2)
    count = draw.randint(2, 5)
    texts = [near(draw, total / count, places, 1) for _ in range(count)]
    return texts, {f"p{number}": printed(text, unit) for number, text in enumerate(texts)}


def shares(draw: Random) -> Case:
    texts, known = parts(draw, "%", Decimal(100))
    rows = [{"indicator": f"x_{i}", "value": text, "unit": "%"} for i, text in enumerate(texts)]
    example = {"indicator": "x", "part_count": len(rows), "part": rows}
    return example, f"100 = {' + '.join(known)}", known


def total(draw: Random) -> Case:
    unit = draw.choice(["户", "万元"])
    whole = Decimal(draw.randint(10, 500))
    texts, known = parts(draw, unit, whole)
    rows = [{"indicator": f"x_{i}", "value": text, "unit": unit} for i, text in enumerate(texts)]
    own = near(draw, sum(map(Decimal, texts), Decimal(0)), 0 if unit == "户" else 1, 2)
    example = {"indicator": "x", "value": own, "unit": unit, "part": rows}
    return example, f"own = {' + '.join(known)}", {**known, "own": printed(own, unit)}


def subset(draw: Random) -> Case:
    unit = draw.choice(["户", "万元"])
    whole = Decimal(draw.randint(10, 500))
    part = near(draw, whole, 0 if unit == "户" else 1, 2)
    rows = [{"indicator": "x_1", "value": part, "unit": unit}]
    example = {"indicator": "x", "value": str(whole), "unit": unit, "part": rows}
    return example, "p <= own", {"p": printed(part, unit), "own": printed(whole, unit)}


MAKERS = {
    "R003": roll, "R004": incidence, "R006": shares, "R009": rate, "R010": total, "R012": subset,
}  # fmt: skip


def outcomes(catalogue: Catalogue, rule_id: str, examples: list[dict[str, Any]]) -> list[str]:
    compiled = catalogue.by_id[rule_id]
    record = compiled.rule.record
    bench = Bench(catalogue.records)
    ids = [bench.add(compiled, each, f"{rule_id}#{number}") for number, each in enumerate(examples)]
    with empty_database(catalogue.records) as connection:
        bench.fill(connection)
        connection.execute(wide_sql(catalogue, record))
        rows = connection.execute(f"SELECT record_id, {code_sql(compiled)} FROM wide_{record}")
        codes = dict(rows.fetchall())
    return [CODES[codes[record_id]] for record_id in ids]


@pytest.mark.slow
@pytest.mark.parametrize("rule_id", MAKERS)
def test_a_rule_fires_exactly_where_the_engine_sees_a_contradiction(rule_id: str) -> None:
    """Figures at and around the bound of rounding, seeded, so that each case can be replayed."""
    cases = [MAKERS[rule_id](Random(f"{rule_id}/{number}")) for number in range(CASES)]
    expected = [
        "fires" if judge(parse(text), known).verdict == CONTRADICTION else "passes"
        for _, text, known in cases
    ]
    assert {"fires", "passes"} <= set(expected)
    got = outcomes(load_catalogue(), rule_id, [example for example, _, _ in cases])
    assert got == expected
