"""Running the suites with Great Expectations, read-only.

Belongs here: everything that touches GX. Importing GX takes seconds, so it happens on the call.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.errors import GateError
from pipelines.core.settings import Home, quiet_environment
from pipelines.s6_gate.suites import EFFECTS, Check, Suite

KEY = ("region_code", "period", "indicator_code", "breakdown")

# GX cuts the list of failing rows at 20 unless told otherwise, even when it is asked for all.
EVERY_ROW = 2**31 - 1


@dataclass(frozen=True)
class Outcome:
    """What became of one expectation; ``keys`` are the failing rows of a suite that holds."""

    suite: Suite
    check: Check
    passed: bool
    n_failed: int
    keys: tuple[tuple[Any, ...], ...] = ()


def warm_up() -> None:
    """Begin to import Great Expectations, for a process that has seconds to wait for something."""
    os.environ.update(quiet_environment())
    threading.Thread(target=_load_gx, name="great_expectations", daemon=True).start()


def _load_gx() -> None:
    import great_expectations.expectations  # noqa: F401

    from pipelines.s6_gate import duckdb_source  # noqa: F401


def run_suites(home: Home, suites: Sequence[Suite]) -> list[Outcome]:
    """Return one outcome per expectation, in file order.

    Raises:
        GateError: an expectation could not be evaluated, or GX did not name every failing row.
    """
    os.environ.update(quiet_environment())
    import great_expectations as gx

    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    with _datasource(context, home.build_db) as source:
        return [
            outcome
            for effect in EFFECTS
            for outcome in _run(context, source, [s for s in suites if s.effect == effect])
        ]


@contextmanager
def _datasource(context: Any, database: Path) -> Iterator[Any]:
    """Yield the build database as a datasource and close all that GX opened on it."""
    from pipelines.s6_gate import duckdb_source  # noqa: F401  registers add_duckdb

    address = f"duckdb:///{database}?access_mode=read_only"
    source = context.data_sources.add_duckdb("build", connection_string=address)
    try:
        yield source
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()


def _run(context: Any, source: Any, suites: Sequence[Suite]) -> list[Outcome]:
    """Run the suites of one effect as one checkpoint."""
    import great_expectations as gx

    if not suites:
        return []
    effect = suites[0].effect
    result_format: dict[str, Any] = {"result_format": "COMPLETE"}
    if effect == "hold":
        result_format |= {
            "unexpected_index_column_names": list(KEY),
            "partial_unexpected_count": EVERY_ROW,
        }
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(
            name=effect,
            validation_definitions=[_definition(context, source, suite) for suite in suites],
            result_format=result_format,
        )
    )
    results = checkpoint.run().run_results.values()
    by_name = {result.meta["validation_id"]: result for result in results if result.meta}
    definitions = checkpoint.validation_definitions
    return [
        outcome
        for suite, definition in zip(suites, definitions, strict=True)
        for outcome in _outcomes(suite, by_name[definition.id].results)
    ]


def _definition(context: Any, source: Any, suite: Suite) -> Any:
    """Return one suite and its table as a validation definition."""
    import great_expectations as gx

    made = gx.ExpectationSuite(name=suite.name, notes=suite.title)
    for position, check in enumerate(suite.checks):
        made.add_expectation(_expectation(suite, check, position))
    asset = source.add_query_asset(suite.name, query=f"select * from {suite.table}")
    return context.validation_definitions.add(
        gx.ValidationDefinition(
            name=suite.name,
            data=asset.add_batch_definition_whole_table("all"),
            suite=context.suites.add(made),
        )
    )


def _expectation(suite: Suite, check: Check, position: int) -> Any:
    """Return the GX expectation of one entry.

    Raises:
        GateError: GX knows no such type, or refuses the arguments.
    """
    import great_expectations.expectations as known

    name = "".join(part.capitalize() for part in check.type.split("_"))
    try:
        return getattr(known, name)(
            **check.kwargs, description=check.reason, meta={"position": position}
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise GateError(
            f"{suite.name}.yml 第 {position + 1} 项 {check.type} 无效:{error}"
        ) from error


def _outcomes(suite: Suite, results: Sequence[Any]) -> list[Outcome]:
    """Return the outcomes of one suite in file order."""
    ordered = sorted(results, key=lambda result: result.expectation_config.meta["position"])
    if len(ordered) != len(suite.checks):
        raise GateError(
            f"{suite.name}.yml 有 {len(suite.checks)} 项,只得到 {len(ordered)} 个结果。"
        )
    return [
        _outcome(suite, check, result) for check, result in zip(suite.checks, ordered, strict=True)
    ]


def _outcome(suite: Suite, check: Check, result: Any) -> Outcome:
    """Return one outcome; an engine error is not a finding."""
    error = _exception(result.exception_info)
    if error:
        raise GateError(f"检查 {suite.name}:{check.type}({check.reason})无法执行:{error}")
    details = result.result
    failed = int(details.get("unexpected_count", details.get("observed_value", 0)) or 0)
    if suite.effect != "hold" or result.success:
        return Outcome(suite, check, bool(result.success), failed)
    keys = tuple(tuple(row[name] for name in KEY) for row in details["unexpected_index_list"])
    if len(keys) != failed:
        raise GateError(
            f"检查 {suite.name}:{check.type} 有 {failed} 行不通过,只列出 {len(keys)} 行。"
        )
    return Outcome(suite, check, False, failed, keys)


def _exception(info: dict[str, Any] | None) -> str | None:
    """Return the message of an engine error; GX nests it by metric, or not."""
    if not info:
        return None
    entries = [info] if "raised_exception" in info else list(info.values())
    raised = [entry for entry in entries if entry.get("raised_exception")]
    return str(raised[0].get("exception_message")) if raised else None
