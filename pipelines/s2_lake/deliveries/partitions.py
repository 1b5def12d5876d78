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

from pipelines.core.dictionary import dictionary
from pipelines.core.settings import Home
from pipelines.s2_lake.deliveries.amendments import added_up, amendments_of, compose
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
                and result.amends(key[2], base.submission_id)
            ),
        ]
        for key, base in sorted(filed.items(), key=lambda item: item[0])
    }


def bring_up_to_date(home: Home, found: Sequence[SubmissionResult]) -> list[str]:
    """Make every partition what stands, drop the others, and return those that changed."""
    changed, wanted = [], set()
    for (county, period, alias), deliveries in standing(found).items():
        target = home.lake / alias / f"period={period}" / f"county={county}" / "part.parquet"
        wanted.add(target)
        is_new = (
            _write_composed(_composed(home.ingested, alias, deliveries), target)
            if len(deliveries) > 1
            else _link(_table(home.ingested, alias, deliveries[0]), target)
        )
        if is_new:
            changed.append(str(target.parent.relative_to(home.lake)))
    for target in sorted(home.lake.glob("*/period=*/county=*/part.parquet")):
        if target not in wanted:
            target.unlink()
            changed.append(str(target.parent.relative_to(home.lake)))
    return changed


def standing_columns(
    folder: Path, alias: str, deliveries: Sequence[SubmissionResult], columns: list[str]
) -> pl.DataFrame:
    """Return some columns of the rows of a table that stand, in no order that counts.

    ``deliveries`` are as ``standing`` gives them, ``folder`` holds theirs. Raises OSError.
    """
    rows = pl.read_parquet(_table(folder, alias, deliveries[0]), columns=columns)
    return added_up(rows.select(columns), _amendments(folder, alias, deliveries))


def _composed(folder: Path, alias: str, deliveries: Sequence[SubmissionResult]) -> pl.DataFrame:
    """Return the rows of a table that stand, amended."""
    rows = pl.read_parquet(_table(folder, alias, deliveries[0]))
    return compose(dictionary().tables[alias], rows, _amendments(folder, alias, deliveries))


def _amendments(
    folder: Path, alias: str, deliveries: Sequence[SubmissionResult]
) -> list[pl.DataFrame]:
    base, *later = deliveries
    return [amendments_of(folder, one, alias, base) for one in later]


def _table(folder: Path, alias: str, delivery: SubmissionResult) -> Path:
    return folder / delivery.submission_id / "tables" / f"{alias}.parquet"


def _write_composed(rows: pl.DataFrame, target: Path) -> bool:
    """Write a table with its amended rows; return whether that is new."""
    aside = _aside(target)
    rows.write_parquet(aside, compression="zstd")
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
