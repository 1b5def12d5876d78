"""What a publication adds to history before readers see it, and what a night rests on.

A night that was recorded and not published (killed between the two, or the published file was
lost) is computed again on what it was computed on: it must come out the same, and is not recorded
twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from pipelines.core.errors import FilingsError
from pipelines.core.history import (
    NIGHT,
    PUBLISHED,
    TAKEN_OVER,
    About,
    Draft,
    History,
    HistoryTable,
    draft,
    read_history,
    whole,
)
from pipelines.core.privacy import key_fingerprint, load_key
from pipelines.core.settings import Home
from pipelines.core.sql import literal
from pipelines.s3_models import made_by_of
from pipelines.s7_published.record import distrust, read_record


def base_of(home: Home, fingerprint: str, standing: int | None) -> int:
    """Return the number of the file of history that a night of these inputs rests on.

    ``standing`` is the vintage that readers see, None for none. Where the last recorded night is
    of these inputs and not what stands, it is computed again: on what came before it.
    """
    past = read_history(home)
    last = past.last
    if last is None:
        return 0
    about = last.manifest.about
    is_lost = standing != about.vintage and read_record(home).differs != about.vintage
    is_again = about.kind == NIGHT and about.fingerprint == fingerprint and is_lost
    return last.number - 1 if is_again else past.number


def next_vintage(past: History, built_on: int, fingerprint: str) -> int:
    """Return the vintage of a build that rests on the publication ``built_on``.

    Raises:
        FilingsError: history has gone on since.
    """
    *before, last = [0, *(file.manifest.about.vintage for file in past.publications)]
    if built_on == last:
        return last + 1
    is_again = past.last is not None and past.last.manifest.about.fingerprint == fingerprint
    if is_again and before and built_on == before[-1] == last - 1:
        return last
    raise FilingsError(f"构建所依据的是第 {built_on} 版,而历史已到第 {last} 版,请重新刷新。")


def remember(home: Home, built: Path, vintage: int) -> None:
    """Record a built file as the next night of history, or see that it is the last one again.

    Raises:
        FilingsError: it lacks rows that history has, or the last night came out otherwise.
    """
    past = read_history(home)
    last = past.last
    is_again = last is not None and last.manifest.about.vintage == vintage
    with draft(home, last.number - 1 if last is not None and is_again else None) as night:
        night.connection.execute(f"attach {literal(str(built))} as built (read_only)")
        for table in PUBLISHED:
            _refuse_loss(night, table)
            night.add(whole(table, _rows(night, table)))
        if last is not None and is_again:
            _compare(home, vintage, night.hashes(), last.manifest.members)
            return
        night.commit(_about(home, night, NIGHT, vintage))


def take_over(home: Home, published: Path, vintage: int, has_sample: bool) -> str:
    """Begin the history of a home that an older version published, and say so in a sentence.

    All that is remembered then is what its published file holds. Rows of the sample are left out
    where it was taken out since (``has_sample`` is false).
    """
    with draft(home) as first:
        first.connection.execute(f"attach {literal(str(published))} as built (read_only)")
        counts = []
        for table in PUBLISHED:
            rows = _rows(first, table)
            rows += "" if has_sample else " where not coalesce(is_sample, false)"
            first.add(whole(table, rows))
            counts.append(_count(first, rows))
        first.commit(_about(home, first, TAKEN_OVER, vintage))
    findings, figures, deliveries = counts
    return (
        f"历史从此存于 {home.history}:已由第 {vintage} 版已发布的文件记入疑点 {findings} 条、"
        f"指标 {figures} 条、报送 {deliveries} 次。"
    )


def _rows(night: Draft, table: HistoryTable) -> str:
    """Return the query of a published table as history has it."""
    there = {
        name
        for (name,) in night.connection.execute(
            "select column_name from duckdb_columns() where database_name = 'built' "
            "and schema_name = 'main' and table_name = ?",
            [table.published],
        ).fetchall()
    }
    source = f"built.main.{table.published}" if there else "(select 1) where false"
    return f"select * from (select {table.selected(there)} from {source})"


def _refuse_loss(night: Draft, table: HistoryTable) -> None:
    """Refuse a build that lost what history has. Raises FilingsError."""
    if not table.kept_zh:
        return
    lost = _count(night, whole(table, _rows(night, table)).gone)
    if lost:
        raise FilingsError(
            f"本次构建不完整,没有发布:历史中有 {lost} 条{table.kept_zh}不在 {table.published} 中,"
            "请运行 filings refresh 重新构建。"
        )


def _compare(
    home: Home, vintage: int, again: Mapping[str, str], recorded: Mapping[str, str]
) -> None:
    """See that a night came out as it is recorded. Raises FilingsError; the next night goes on."""
    rows = {name: sha for name, sha in recorded.items() if not name.startswith("content/")}
    if again != rows:
        distrust(home, vintage)
        differing = sorted({Path(name).stem for name, _ in again.items() ^ rows.items()})
        raise FilingsError(
            f"第 {vintage} 版按同样的输入重新得出的结果与历史所记不同({'、'.join(differing)}),"
            f"没有发布;再运行 filings refresh 则发布为第 {vintage + 1} 版,请告知维护人员。"
        )


def _about(home: Home, night: Draft, kind: str, vintage: int) -> About:
    """Return what the built file's meta_refresh and the project say of a publication."""
    meta = "select * from built.main.meta_refresh"
    found: duckdb.DuckDBPyConnection = night.connection.execute(meta)
    names = [column[0] for column in found.description or ()]
    values = dict(zip(names, found.fetchone() or (), strict=False))
    return About(
        kind,
        vintage,
        fingerprint=values.get("fingerprint") or "",
        catalogue_version=values.get("catalogue_version") or "",
        newest_received_at=values.get("newest_received_at") or "",
        deliveries=values.get("deliveries") or 0,
        key_fingerprint=key_fingerprint(load_key(home)) if kind == NIGHT else "",
        made_by=night.keep(made_by_of(home)) if kind == NIGHT else {},
    )


def _count(night: Draft, query: str) -> int:
    row = night.connection.execute(f"select count(*) from ({query})").fetchone()
    return int(row[0]) if row else 0
