"""Damaged files never crash, hang or lose a row: a thin run of ``tests/mutations.py``."""

from pathlib import Path

import pytest
from mutations import KINDS, mutated, run, verdict

from pipelines.s2_lake.deliveries import delivery


@pytest.mark.parametrize("seed", range(3 * len(KINDS)))
def test_damaged_files_are_accounted_for(tmp_path: Path, seed: int) -> None:
    verdict(mutated(10_000_000 + seed, tmp_path))


def test_an_error_of_our_own_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof sees what a county is told of as ours: else no seed could ever find a bug."""
    mutation = mutated(0, tmp_path)
    assert mutation.kind.startswith("cells")  # damage in cells, never in the file's bytes

    def broken(*_: object) -> None:
        raise KeyError("a slip of ours")

    monkeypatch.setattr(delivery, "read_sheets", broken)
    with pytest.raises(AssertionError):
        verdict(mutation)


@pytest.mark.slow
def test_many_damaged_files() -> None:
    ends, wrong, _ = run(600, first=20_000_000)
    assert wrong == []
    assert sum(ends.values()) == 600
    # The damage must reach both sides: files that are read and files that are refused.
    assert {end for _, end in ends} >= {"accepted", "partial", "refused"}
