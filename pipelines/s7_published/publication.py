"""Publishing: build apart, write Parquet, record, replace the file, switch the descriptor.

In this order. Killed at any point, the next call gives the same result: before the replacement
nothing has happened for readers and all is made again; after it, only the descriptor is left to
switch and the record to settle.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.core.database import log_beside, published_file, read_only
from pipelines.core.errors import FilingsError
from pipelines.core.modes import for_readers
from pipelines.core.settings import Home
from pipelines.s7_published import parquet
from pipelines.s7_published.database import Stamp, build_file
from pipelines.s7_published.record import Edition, announce, edition_of, last_vintage, settle


@dataclass(frozen=True)
class Publication:
    """What readers see now; ``changed`` tells whether this call made it.

    ``uncommented`` names tables and columns without a comment in both languages.
    """

    vintage: int
    changed: bool
    database: Path
    uncommented: tuple[str, ...] = ()


def publish(at: Home, *, catalogue_version: str, fingerprint: str) -> Publication:
    """Publish the build database as the next vintage; do nothing where the inputs are the same.

    Raises:
        FilingsError: the build rests on another publication than the one that stands, or has a
            table or column of which nobody said what may be public; what readers see stays as it
            was.
    """
    published = read_meta(at)
    if published and published[1] == fingerprint:
        finish(at, *published)
        return Publication(published[0], False, at.published_db)
    stamp = Stamp(_next_vintage(at, published), catalogue_version, fingerprint)
    built = at.build / "publish" / at.published_db.name
    uncommented = build_file(at, built, stamp)
    parquet.write_vintage(built, at.parquet, stamp.vintage)
    put_in_place(at, built, stamp.vintage, fingerprint)
    return Publication(stamp.vintage, True, at.published_db, tuple(uncommented))


def put_in_place(at: Home, built: Path, vintage: int, fingerprint: str) -> Edition:
    """Let a built file, whose Parquet folder stands, take the place of what readers see."""
    for_readers(built)
    parquet.sync(built)
    coming = edition_of(at, built, vintage, fingerprint)
    announce(at, coming)
    at.published.mkdir(parents=True, exist_ok=True)
    for_readers(at.published)
    # Readers would take what a client left in a log for part of the new file.
    log_beside(at.published_db).unlink(missing_ok=True)
    built.replace(at.published_db)
    parquet.sync(at.published)
    parquet.switch(at.parquet, vintage)
    settle(at, coming)
    return coming


def finish(at: Home, vintage: int, fingerprint: str) -> None:
    """Do what a publication that was interrupted after the replacement left undone."""
    if not parquet.is_complete(at.parquet, vintage):
        with published_file(at) as path:
            parquet.write_vintage(path, at.parquet, vintage)
    if parquet.switched_vintage(at.parquet) != vintage:
        parquet.switch(at.parquet, vintage)
    settle(at, edition_of(at, at.published_db, vintage, fingerprint))


def published_fingerprint(at: Home) -> str | None:
    """Return the fingerprint of the inputs of what stands, None where nothing stands whole."""
    try:
        published = read_meta(at)
    except FilingsError:
        return None
    if not published or parquet.switched_vintage(at.parquet) != published[0]:
        return None
    return published[1]


def _next_vintage(at: Home, published: tuple[int, str] | None) -> int:
    """Return the number of this publication, the one that the indicators were stamped with."""
    with read_only(at.build_db) as connection:
        row = connection.execute("select max(vintage) from history.meta_refresh").fetchone()
    last = int(row[0]) if row and row[0] is not None else 0
    standing = max(published[0] if published else 0, last_vintage(at))
    if last != standing:
        raise FilingsError(f"构建所依据的是第 {last} 版,而已发布的是第 {standing} 版,请重新刷新。")
    return last + 1


def read_meta(at: Home) -> tuple[int, str] | None:
    """Return vintage and fingerprint of the published file, None where there is no file.

    Raises:
        FilingsError: the file is there and cannot be read.
    """
    if not at.published_db.exists():
        return None
    try:
        with published_file(at) as path, read_only(path) as connection:
            row = connection.execute("select vintage, fingerprint from meta_refresh").fetchone()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise FilingsError(f"已发布的文件 {at.published_db} 无法读取:{reason}") from error
    return (int(row[0]), str(row[1])) if row else None
