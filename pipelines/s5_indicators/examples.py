"""Indicators proven on their own examples, by the models that the night builds.

Each example says what comes out: ``computed`` (terms and value), ``unknown`` (which tables,
columns or terms are missing) or ``no_base`` (the denominator is zero, so that there is no value).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.core.entries import noting
from pipelines.core.errors import CatalogueError
from pipelines.s5_indicators.bench import PERIOD, Examples, bench_database
from pipelines.s5_indicators.definitions import Indicator
from pipelines.s5_indicators.figures import figures
from pipelines.s5_indicators.generate import macro_data
from pipelines.s5_indicators.models import Models

OUTCOMES = ("computed", "unknown", "no_base")
TERMS = ("numerator", "denominator")
# As many decimals as the terms of a figure have.
DECIMALS = 6


@dataclass(frozen=True)
class Failure:
    """An example that does not come out as its indicator says."""

    code: str
    place: str
    number: int
    expected: dict[str, Any]
    got: dict[str, Any]

    def __str__(self) -> str:
        return (
            f"{self.place}: {self.code} example {self.number}: {_shown(self.expected)}, "
            f"got {_shown(self.got)}"
        )


@dataclass(frozen=True)
class _Case:
    """One example in its county."""

    indicator: Indicator
    number: int
    county: str
    breakdown: str
    expected: dict[str, Any]


def run_examples(
    indicators: Sequence[Indicator], codes: Iterable[str] | None = None
) -> tuple[int, list[Failure]]:
    """Run the examples of the named indicators (all by default): how many ran, and which fail.

    Raises:
        CatalogueError: an example is none, or an indicator's SQL cannot be computed.
    """
    known = {indicator.code for indicator in indicators}
    wanted = set(codes or known)
    if wanted - known:
        raise CatalogueError(
            f"没有指标 {'、'.join(sorted(wanted - known))},请用 filings indicators list 查看"
        )
    bench = Examples()
    chosen = [indicator for indicator in indicators if indicator.code in wanted]
    cases = [case for indicator in chosen for case in add_examples(bench, indicator)]
    with bench_database() as connection:
        bench.write(connection)
        try:
            candidates = Models(connection, macro_data(chosen)).make("gate_candidate")
        except duckdb.Error as error:
            sentence = str(error).splitlines()[0]
            raise CatalogueError(f"{sentence} (filings indicators lint says where)") from error
        return len(cases), _judge(connection, candidates, cases)


def add_examples(bench: Examples, indicator: Indicator) -> list[_Case]:
    """Add an indicator's examples, each in a county of its own.

    Raises:
        CatalogueError: an example names what does not exist; the message says where.
    """
    breakdowns = [figure.breakdown for figure in figures([indicator])]
    cases = []
    for number, example in enumerate(indicator.data["examples"]):
        part = f"examples.{number}"
        name = f"{indicator.at(part)}: indicator {indicator.code}: example {number + 1}"
        breakdown = example.get("breakdown", "")
        if breakdown not in breakdowns:
            indicator.refuse(f"example {number + 1}: no figure {breakdown!r}", part)
        try:
            county = bench.add(example, name)
        except CatalogueError as error:
            indicator.refuse(f"example {number + 1}: {error}", part)
        (kind,) = (kind for kind in OUTCOMES if kind in example)
        expected = {kind: example[kind]}
        cases.append(_Case(indicator, number + 1, county, breakdown, expected))
    return cases


def example_faults(indicators: Sequence[Indicator]) -> list[str]:
    """Return a sentence for each indicator with an example that is none: a name, a value."""
    faults: list[str] = []
    if not indicators:
        return faults
    with bench_database() as connection:
        for indicator in indicators:
            bench = Examples()
            with noting(faults):
                add_examples(bench, indicator)
                bench.write_rows(connection)
    return faults


def coverage_gaps(indicators: Iterable[Indicator]) -> list[str]:
    """Return a sentence for each indicator that lacks one of the kinds of example.

    A difference of counts has no base, hence no example without one.
    """
    gaps = []
    for indicator in indicators:
        data = indicator.data
        has_base = data["kind"] == "ratio" or "weight" in data
        there = {kind for example in data["examples"] for kind in OUTCOMES if kind in example}
        wanted = OUTCOMES if has_base else OUTCOMES[:2]
        if missing := [kind for kind in wanted if kind not in there]:
            indicator_at = indicator.at("examples")
            gaps.append(
                f"{indicator_at}: indicator {indicator.code} has no example that is"
                f" {', '.join(missing)}"
            )
    return gaps


def _judge(
    connection: duckdb.DuckDBPyConnection, candidates: str, cases: Iterable[_Case]
) -> list[Failure]:
    """Return the failures among examples whose figures stand in the gate's candidates."""
    found = connection.execute(f"SELECT * FROM {candidates} WHERE period = ?", [PERIOD])
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    by_key = {(row["region_code"], row["indicator_code"], row["breakdown"]): row for row in rows}
    failures = []
    for case in cases:
        row = by_key[case.county, case.indicator.code, case.breakdown]
        got = _outcome(row)
        if _comparable(case.expected) != _comparable(got, like=case.expected):
            part = f"examples.{case.number - 1}"
            place = case.indicator.at(part)
            failures.append(Failure(case.indicator.code, place, case.number, case.expected, got))
    return failures


def _outcome(row: dict[str, Any]) -> dict[str, Any]:
    """Return what came out for one figure, in the words of an example."""
    missing = [row[f"missing_{what}"] for what in ("tables", "columns")]
    unfiled = [name for listed in missing if listed for name in listed.split(",")]
    terms = TERMS[:1] if row["kind"] == "count" else TERMS
    unknown = unfiled or [term for term in terms if row[f"{term}_sum"] is None]
    if unknown:
        return {"unknown": unknown}
    if row["value"] is None:
        return {"no_base": {"numerator": row["numerator"]}}
    return {"computed": {name: row[name] for name in (*terms, "value")}}


def _comparable(outcome: dict[str, Any], like: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an outcome with rounded numbers; of what ``like`` does not say, nothing."""
    ((kind, content),) = outcome.items()
    if isinstance(content, list):
        return {kind: sorted(content)}
    said = (like or outcome).get(kind, content)
    return {
        kind: {
            name: None if value is None else round(float(value), DECIMALS)
            for name, value in content.items()
            if name in said
        }
    }


def _shown(outcome: dict[str, Any]) -> str:
    ((kind, content),) = outcome.items()
    if isinstance(content, list):
        return f"{kind} [{', '.join(content)}]"
    listed = (
        f"{name}: {'null' if value is None else format(float(value), 'g')}"
        for name, value in content.items()
    )
    return f"{kind} {{{', '.join(listed)}}}"
