"""Publishing: build apart, write Parquet, record, replace the file, switch the descriptor.

In this order. Killed at any point, the next call gives the same result: before the replacement
nothing has happened for readers and all is made again; after it, only the descriptor is left to
switch and the record to settle.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.core.database import read_only
from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home
from pipelines.s7_published import parquet
from pipelines.s7_published.database import Stamp, build_file
from pipelines.s7_published.record import Record, edition_of, read_record, write_record


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
        FilingsError: the build rests on another publication than the one that stands, or
            something private is in it; what readers see stays as it was.
    """
    published = _meta(at.published_db)
    if published and published[1] == fingerprint:
        _finish(at, *published)
        return Publication(published[0], False, at.published_db)
    stamp = Stamp(_next_vintage(at, published), catalogue_version, fingerprint)
    built = at.build / "publish" / at.published_db.name
    uncommented = build_file(at, built, stamp)
    parquet.write_vintage(built, at.parquet, stamp.vintage)
    parquet.sync(built)
    coming = edition_of(at, built, stamp.vintage, stamp.fingerprint)
    write_record(at, Record(read_record(at).standing, coming))
    at.published_db.parent.mkdir(parents=True, exist_ok=True)
    built.replace(at.published_db)
    parquet.sync(at.published_db.parent)
    parquet.switch(at.parquet, stamp.vintage)
    write_record(at, Record(coming))
    return Publication(stamp.vintage, True, at.published_db, tuple(uncommented))


def published_fingerprint(at: Home) -> str | None:
    """Return the fingerprint of the inputs of what stands, None where nothing stands whole."""
    published = _meta(at.published_db)
    if not published or parquet.switched_vintage(at.parquet) != published[0]:
        return None
    return published[1]


def _finish(at: Home, vintage: int, fingerprint: str) -> None:
    """Do what a publication that was interrupted after the replacement left undone."""
    if not parquet.is_complete(at.parquet, vintage):
        parquet.write_vintage(at.published_db, at.parquet, vintage)
    if parquet.switched_vintage(at.parquet) != vintage:
        parquet.switch(at.parquet, vintage)
    stands = Record(edition_of(at, at.published_db, vintage, fingerprint))
    if read_record(at) != stands:
        write_record(at, stands)


def _next_vintage(at: Home, published: tuple[int, str] | None) -> int:
    """Return the number of this publication, the one that the indicators were stamped with."""
    with read_only(at.build_db) as connection:
        row = connection.execute("select max(vintage) from history.meta_refresh").fetchone()
    last = int(row[0]) if row and row[0] is not None else 0
    standing = published[0] if published else 0
    if last != standing:
        raise FilingsError(f"构建所依据的是第 {last} 版,而已发布的是第 {standing} 版,请重新刷新。")
    return last + 1


def _meta(database: Path) -> tuple[int, str] | None:
    """Return vintage and fingerprint of a published file, None where there is no file.

    Raises:
        FilingsError: the file is there and cannot be read.
    """
    if not database.exists():
        return None
    try:
        with read_only(database) as connection:
            row = connection.execute("select vintage, fingerprint from meta_refresh").fetchone()
    except duckdb.Error as error:
        raise FilingsError(f"已发布的文件 {database} 无法读取:{error}") from error
    return (int(row[0]), str(row[1])) if row else None
