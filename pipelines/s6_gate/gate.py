"""The gate: run the suites, stop where an identity breaks, write down what is held.

``gate.held`` has one row per county, period, indicator and breakdown that may not be published:
region_code, period, indicator_code, breakdown, reason_zh, rule_ids. The page 发布检查 says the same
to the steward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.core.database import build_database, read_only
from pipelines.core.dictionary import dictionary
from pipelines.core.errors import GateError
from pipelines.core.settings import Home
from pipelines.s6_gate.checkpoint import KEY, Outcome, run_suites
from pipelines.s6_gate.page import HeldFigure, write_page
from pipelines.s6_gate.suites import Suite, load_suites

Key = tuple[Any, ...]


@dataclass(frozen=True)
class GateResult:
    """What the gate decided: how many figures are held, what became of each check, the page."""

    held: int
    outcomes: tuple[Outcome, ...]
    page: Path


class BrokenIdentityError(GateError):
    """An identity does not hold, so that our own computation is wrong; ``outcomes`` say which."""

    def __init__(self, sentence: str, outcomes: Sequence[Outcome]) -> None:
        super().__init__(sentence)
        self.outcomes = tuple(outcomes)


def run_gate(home: Home, suites: Sequence[Suite] | None = None) -> GateResult:
    """Run suites (default: all) over the build database, write ``gate.held`` and the page.

    Raises:
        GateError: a suite could not run.
        BrokenIdentityError: an identity does not hold; ``gate.held`` stays as it was.
    """
    if not home.build_db.exists():
        raise GateError(f"没有待检查的数据库 {home.build_db},请先运行前面的阶段。")
    suites = suites or load_suites()
    try:
        outcomes = run_suites(home, suites)
    except GateError:
        raise
    except Exception as error:
        raise GateError(f"发布前检查无法执行:{type(error).__name__}: {error}") from error
    blocking = broken_identities(outcomes)
    with read_only(home.build_db) as connection:
        held = held_figures(connection, outcomes)
    write_page(home.gate_page, outcomes, held)
    if blocking:
        raise BrokenIdentityError(
            f"恒等式不成立,停止发布:{';'.join(blocking)}(详见 {home.gate_page})", outcomes
        )
    with build_database(home) as connection:
        write_held(connection, held)
    return GateResult(len(held), tuple(outcomes), home.gate_page)


def broken_identities(outcomes: Sequence[Outcome]) -> list[str]:
    """Return one sentence per blocking expectation that failed."""
    return [
        f"{outcome.suite.title}——{outcome.check.reason}({outcome.n_failed} 行)"
        for outcome in outcomes
        if outcome.suite.effect == "block" and not outcome.passed
    ]


def held_figures(
    connection: duckdb.DuckDBPyConnection, outcomes: Sequence[Outcome]
) -> list[HeldFigure]:
    """Return the figures to hold in key order, each with the first reason that applies."""
    reasons: dict[Key, tuple[str, str]] = {}
    for outcome in outcomes:
        for key in outcome.keys:
            reasons.setdefault(key, (outcome.suite.table, outcome.check.reason))
    candidates = {
        table: _rows_by_key(connection, table) for table in {table for table, _ in reasons.values()}
    }
    return [
        _held(key, candidates[table][key], reason)
        for key, (table, reason) in sorted(reasons.items())
    ]


def _held(key: Key, row: dict[str, Any], reason: str) -> HeldFigure:
    rules = _listed(row, "hold_rule_ids")
    return HeldFigure(key, row["name_zh"], _filled(reason, row), tuple(rules))


def write_held(connection: duckdb.DuckDBPyConnection, held: Sequence[HeldFigure]) -> None:
    """Replace ``gate.held``."""
    connection.execute("create schema if not exists gate")
    connection.execute(
        "create or replace table gate.held (region_code varchar, period varchar, "
        "indicator_code varchar, breakdown varchar, reason_zh varchar, rule_ids varchar[])"
    )
    if held:
        rows = ((*each.key, each.reason_zh, list(each.rule_ids)) for each in held)
        columns = [list(column) for column in zip(*rows, strict=True)]
        listed = ", ".join("unnest(?)" for _ in columns)
        connection.execute(f"insert into gate.held select {listed}", columns)


def _rows_by_key(connection: duckdb.DuckDBPyConnection, table: str) -> dict[Key, dict[str, Any]]:
    """Return a candidate table's rows by key."""
    found = connection.execute(f"select * from {table}")
    names = [column[0] for column in found.description]
    rows = (dict(zip(names, row, strict=True)) for row in found.fetchall())
    return {tuple(row[name] for name in KEY): row for row in rows}


def _filled(reason: str, row: dict[str, Any]) -> str:
    """Return a reason with the row's values; tables and columns by their titles, lists with 、."""
    known = dictionary().tables
    tables = [known[alias].title_zh for alias in _listed(row, "missing_tables")]
    columns = [
        known[alias].titled(column)
        for alias, column in (each.split(".") for each in _listed(row, "missing_columns"))
    ]
    shown = {
        "missing_tables": "、".join(tables),
        "missing_columns": "、".join(columns),
        "hold_rule_ids": "、".join(_listed(row, "hold_rule_ids")),
    }
    return reason.format_map({**row, **shown})


def _listed(row: dict[str, Any], column: str) -> list[str]:
    return [each for each in str(row.get(column) or "").split(",") if each]
