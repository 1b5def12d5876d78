"""Deliveries that wait: one that takes away more of a table than is usual counts when admitted.

Every delivery is compared once, with what counted when it was received: table by table with the
filing of the same period, and tables whose keys last, where that period has none, with the county's
period before. The result lies beside what reading gave (``doubts.json``). A delivery with a doubt
waits as a whole until it is admitted; one that comes after it with a table of its own ends that.
Archive and limits alone decide all this: read again, the same deliveries wait.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import polars as pl

from pipelines.core.dictionary import Table, dictionary
from pipelines.core.files import TornError
from pipelines.core.limits import DeliveryLimits, Limits
from pipelines.core.settings import Home
from pipelines.core.statuses import Status
from pipelines.s1_archive import admissions, withdrawals
from pipelines.s2_lake.deliveries.partitions import standing, standing_columns
from pipelines.s2_lake.deliveries.plan import FAULTY, PROVISIONAL
from pipelines.s2_lake.results import FileResult, SubmissionResult

_STORED = "doubts.json"

# What is doubted of a delivery: a sentence by table alias.
Doubts = Mapping[str, str]


@dataclass(frozen=True)
class Said:
    """What the steward said up to a moment: which deliveries were withdrawn, which admitted."""

    withdrawn: frozenset[str]
    admitted: frozenset[str]


def said(home: Home, until: str | None = None, torn: list[TornError] | None = None) -> Said:
    """Return what the archive records up to a moment (ISO, included); without one all of it.

    Where ``torn`` is given, damaged records are added to it and passed over; else they raise
    TornError.
    """
    gone = {each.submission_id: each.withdrawn_at for each in withdrawals(home, torn).values()}
    admitted = {each.submission_id: each.admitted_at for each in admissions(home, torn).values()}
    return Said(_up_to(gone, until), _up_to(admitted, until))


def _up_to(moments: Mapping[str, str], until: str | None) -> frozenset[str]:
    last = datetime.fromisoformat(until) if until else None
    return frozenset(
        name for name, at in moments.items() if last is None or datetime.fromisoformat(at) <= last
    )


def doubts(
    home: Home, found: Sequence[SubmissionResult], limits: Limits, *, is_whole: bool
) -> dict[str, Doubts]:
    """Return what is doubted of each delivery, by submission_id; compare those not compared yet.

    ``found`` are results in the order in which they were received, of each county from the first
    on. Where they are not all that was received (``is_whole``), or one of a county is provisional,
    what is found is not kept.
    """
    known: dict[str, Doubts] = {}
    before: dict[str, list[SubmissionResult]] = {}
    for result in found:
        earlier = before.setdefault(result.county_code, [])
        earlier.append(result)
        is_kept = not any(
            each.dictionary_version.endswith((PROVISIONAL, FAULTY)) for each in earlier
        )
        path = home.ingested / result.submission_id / _STORED
        told = _stored(path) if is_kept else None
        if told is None:
            of_day = limits.of_day(date.fromisoformat(result.received_at[:10]))
            counted = in_force(earlier[:-1], known, said(home, result.received_at, torn=[]))
            told = compare(result, home.ingested, counted, home.ingested, of_day)
            if is_kept and is_whole:
                path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        known[result.submission_id] = told
    return known


def forget_doubts(home: Home) -> None:
    """Let every delivery be compared again: what it was compared with may be gone."""
    for path in home.ingested.glob(f"*/{_STORED}"):
        path.unlink(missing_ok=True)


def _stored(path: Path) -> Doubts | None:
    """Return what was found before, None where nothing whole is there."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def states(
    found: Sequence[SubmissionResult], known: Mapping[str, Doubts], told: Said
) -> dict[str, str]:
    """Return ``waiting`` or ``superseded`` by submission_id, of the deliveries that are either."""
    there = [each for each in found if each.submission_id not in told.withdrawn]
    return {
        each.submission_id: Status.SUPERSEDED if _later(each, there) else Status.WAITING
        for each in there
        if known[each.submission_id] and each.submission_id not in told.admitted
    }


def _later(one: SubmissionResult, there: Sequence[SubmissionResult]) -> SubmissionResult | None:
    """Return the first delivery that came after one with a table that it holds too, or None."""
    return next(
        (
            other
            for other in sorted(there, key=lambda each: each.version)
            if (other.county_code, other.period) == (one.county_code, one.period)
            and other.version > one.version
            and set(other.tables) & set(one.tables)
        ),
        None,
    )


def in_force(
    found: Sequence[SubmissionResult], known: Mapping[str, Doubts], told: Said
) -> list[SubmissionResult]:
    """Return the deliveries that count: not withdrawn, waiting or superseded while they waited."""
    out = {*told.withdrawn, *states(found, known, told)}
    return [each for each in found if each.submission_id not in out]


def as_they_stand(
    found: Sequence[SubmissionResult], known: Mapping[str, Doubts], told: Said
) -> list[SubmissionResult]:
    """Return the results with the status and reason of those that wait or were superseded."""
    state = states(found, known, told)
    there = [each for each in found if each.submission_id not in told.withdrawn]
    return [
        _told(each, state[each.submission_id], known[each.submission_id], _later(each, there))
        if each.submission_id in state
        else each
        for each in found
    ]


def _told(
    result: SubmissionResult, status: str, told: Doubts, later: SubmissionResult | None
) -> SubmissionResult:
    end = "等待市扶贫办确认,确认前不生效,原有数据保持不变"
    whole = f"本次报送整体{end}"
    if later is not None:
        end = whole = f"其后已收到第 {later.version} 次报送,本次没有生效"
    files = tuple(_file_told(item, status, told, whole) for item in result.files)
    reason = ";".join([*told.values(), end])
    return replace(result, status=status, reason_zh=reason, files=files)


def _file_told(item: FileResult, status: str, told: Doubts, whole: str) -> FileResult:
    """Return a sheet with what is doubted of its table, else with what holds for the delivery."""
    if item.status not in ("accepted", "partial"):
        return item
    reasons = (told.get(item.table, whole), item.reason_zh)
    return replace(item, status=status, reason_zh=";".join(filter(None, reasons)))


def compare(
    result: SubmissionResult,
    folder: Path,
    counted: Sequence[SubmissionResult],
    counted_folder: Path,
    limits: DeliveryLimits | None,
) -> Doubts:
    """Return what is doubted of a delivery beside those of its county that count.

    ``folder`` and ``counted_folder`` hold what reading gave. Without limits nothing is doubted.
    """
    if limits is None:
        return {}
    there = standing(counted)
    told = {}
    for alias in result.tables:
        place = _compared_with(result, alias, [key for key in there if key[2] == alias], limits)
        if place is None:
            continue
        table = dictionary().tables[alias]
        keys = [table.stored_name(name) for name in table.key]
        old = standing_columns(counted_folder, alias, there[place], keys)
        new = standing_columns(folder, alias, [result], keys)
        version = there[place][0].version
        against = f"第 {version} 次报送" if place[1] == result.period else f" {place[1]} 期"
        sentence = "且".join(_differences(table, old, new, limits))
        if sentence:
            told[alias] = f"“{table.title_zh}”与{against}相比,{sentence}"
    return told


def _compared_with(
    result: SubmissionResult,
    alias: str,
    places: Sequence[tuple[str, str, str]],
    limits: DeliveryLimits,
) -> tuple[str, str, str] | None:
    """Return the filing of a table that a delivery would replace, or that it follows, or None."""
    same = (result.county_code, result.period, alias)
    if same in places:
        return same
    before = [key for key in places if key[1] < result.period]
    return max(before, default=None) if alias in limits.lasting else None


def _differences(
    table: Table, old: pl.DataFrame, new: pl.DataFrame, limits: DeliveryLimits
) -> Iterator[str]:
    if old.height < limits.from_rows:
        return
    fewer = old.height - new.height
    if 100 * fewer > limits.most_taken_away * old.height:
        yield (
            f"由 {old.height} 行减为 {new.height} 行,减少 {_percent(fewer, old.height)}"
            f"(超过 {limits.most_taken_away}%)"
        )
    before = old.unique()
    again = before.join(new.unique(), on=old.columns, how="semi", nulls_equal=True).height
    is_compared = table.alias not in limits.renewed
    if is_compared and 100 * again < limits.least_overlap * before.height:
        headers = "、".join(table.column(name).header for name in table.key)
        yield (
            f"原有的{headers}只有 {_percent(again, before.height)} 仍在其中"
            f"(不足 {limits.least_overlap}%)"
        )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%"
