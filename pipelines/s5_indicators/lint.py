"""What a steward runs after a change of the indicators: all that can be known without data."""

from __future__ import annotations

from pathlib import Path

from pipelines.core.entries import noting
from pipelines.core.settings import INDICATORS
from pipelines.s5_indicators.bind import bind_faults
from pipelines.s5_indicators.definitions import read_indicators
from pipelines.s5_indicators.examples import coverage_gaps, example_faults
from pipelines.s5_indicators.generate import refuse_stale


def lint(folder: Path = INDICATORS) -> list[str]:
    """Return a sentence for every fault of the indicators, with file and line.

    Entries are checked against the schema, expressions by letting DuckDB bind them, examples for
    their names and values and for the kinds every indicator needs. Where nothing is wrong, the
    generated macro must be that of the entries.
    """
    faults: list[str] = []
    indicators = read_indicators(folder, faults)
    faults += bind_faults(indicators)
    faults += example_faults(indicators)
    faults += coverage_gaps(indicators)
    if not faults and folder == INDICATORS:
        with noting(faults):
            refuse_stale()
    return faults
