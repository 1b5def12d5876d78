"""The lake's partitions: of every table, county and period the rows that stand.

A partition is a hard link to the newest submission that filed the table whole; where later
submissions amended rows of it, the table is written with those rows in place of a link.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipelines.core.dictionary import Table, dictionary
from pipelines.core.settings import Home
from pipelines.s2_lake.amendments import compose
from pipelines.s2_lake.results import SubmissionResult

PartitionKey = tuple[str, str, str]


def standing(found: Sequence[SubmissionResult]) -> dict[PartitionKey, list[SubmissionResult]]:
    """Return, by county, period and table, whose rows stand, in that order of keys.

    The first is the delivery that filed the table, the others amended rows of it, oldest first.
    """
    in_order = sorted(found, key=lambda result: result.version)
    filed = {
        (result.county_code, result.period, alias): result
        for result in in_order
        for alias in result.tables
    }
    return {
        key: [
            base,
            *(
                result
                for result in in_order
                if (result.county_code, result.period) == key[:2]
                and result.amends(key[2]) == base.submission_id
            ),
        ]
        for key, base in sorted(filed.items(), key=lambda item: item[0])
    }


def bring_up_to_date(at: Home, found: Sequence[SubmissionResult]) -> list[str]:
    """Make every partition what stands, drop the others, and return those that changed."""
    changed, wanted = [], set()
    for (county, period, alias), deliveries in standing(found).items():
        target = at.lake / alias / f"period={period}" / f"county={county}" / "part.parquet"
        wanted.add(target)
        base, *later = (at.ingested / result.submission_id for result in deliveries)
        source = base / "tables" / f"{alias}.parquet"
        amended = [pl.read_parquet(one / "amendments" / f"{alias}.parquet") for one in later]
        is_new = (
            _write_composed(dictionary().tables[alias], source, amended, target)
            if amended
            else _link(source, target)
        )
        if is_new:
            changed.append(str(target.parent.relative_to(at.lake)))
    for target in sorted(at.lake.glob("*/period=*/county=*/part.parquet")):
        if target not in wanted:
            target.unlink()
            changed.append(str(target.parent.relative_to(at.lake)))
    return changed


def _write_composed(
    table: Table, source: Path, amended: Sequence[pl.DataFrame], target: Path
) -> bool:
    """Write a table with its amended rows; return whether that is new."""
    aside = _aside(target)
    compose(table, pl.read_parquet(source), amended).write_parquet(aside, compression="zstd")
    if target.exists() and target.read_bytes() == aside.read_bytes():
        aside.unlink()
        return False
    aside.replace(target)
    return True


def _link(source: Path, target: Path) -> bool:
    """Link a partition to a submission's table; return whether it was another before."""
    if target.exists() and target.samefile(source):
        return False
    aside = _aside(target)
    try:
        os.link(source, aside)
    except OSError:
        shutil.copyfile(source, aside)
    aside.replace(target)
    return True


def _aside(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(".part.aside")
    aside.unlink(missing_ok=True)
    return aside
