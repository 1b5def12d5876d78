"""Damaged files never crash, hang or lose a row: a thin run of ``tests/mutations.py``."""

from pathlib import Path

import pytest
from mutations import KINDS, mutated, run, verdict


@pytest.mark.parametrize("seed", range(3 * len(KINDS)))
def test_damaged_files_are_accounted_for(tmp_path: Path, seed: int) -> None:
    verdict(mutated(10_000_000 + seed, tmp_path))


@pytest.mark.slow
def test_many_damaged_files() -> None:
    ends, wrong, _ = run(600, first=20_000_000)
    assert wrong == []
    assert sum(ends.values()) == 600
    # The damage must reach both sides: files that are read and files that are refused.
    assert {end for _, end in ends} >= {"accepted", "partial", "refused"}
