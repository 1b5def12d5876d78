"""The gate's expectations as Dagster's asset checks, one by one, with how many rows fail each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
)

from pipelines import s6_gate
from pipelines.core.errors import GateError

GATE = AssetKey("gate")


def readable_suites() -> list[s6_gate.Suite] | None:
    """Return the suites as they are now, None where they cannot be read.

    The gate then fails with the sentence that says why; nothing before it is kept from running.
    """
    try:
        return s6_gate.load_suites()
    except (GateError, OSError):
        return None


def specs(suites: Sequence[s6_gate.Suite]) -> list[AssetCheckSpec]:
    """Return one check per expectation; a broken identity blocks, a held figure only warns."""
    return [
        AssetCheckSpec(
            name=_name(suite, check.name),
            asset=GATE,
            blocking=suite.effect == "block",
            description=f"{suite.title}——不应有:{check.question}",
        )
        for suite in suites
        for check in suite.checks
    ]


def results(
    context: AssetExecutionContext, outcomes: Sequence[s6_gate.Outcome]
) -> Iterator[AssetCheckResult]:
    """Yield what became of each expectation that was selected."""
    for outcome in outcomes:
        name = _name(outcome.suite, outcome.check.name)
        if AssetCheckKey(GATE, name) not in context.selected_asset_check_keys:
            continue
        blocks = outcome.suite.effect == "block"
        yield AssetCheckResult(
            asset_key=GATE,
            check_name=name,
            passed=outcome.passed,
            severity=AssetCheckSeverity.ERROR if blocks else AssetCheckSeverity.WARN,
            metadata={"n_failed": outcome.n_failed, "reason": outcome.check.question},
        )


def _name(suite: s6_gate.Suite, check: str) -> str:
    return f"{suite.name}_{check}"
