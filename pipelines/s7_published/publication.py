"""Publishing: build apart, write Parquet, add to history, replace the file, switch the descriptor.

In this order. Killed at any point, the next call gives the same result: before the replacement
nothing has happened for readers and all is made again, which history then knows; after it, only
the descriptor is left to switch and the record to settle.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.core import files
from pipelines.core.database import log_beside, published_file, read_only
from pipelines.core.errors import FilingsError
from pipelines.core.history import read_history
from pipelines.core.modes import for_readers
from pipelines.core.settings import Home
from pipelines.s7_published import parquet
from pipelines.s7_published.database import Stamp, build_file
from pipelines.s7_published.record import Edition, announce, edition_of, settle
from pipelines.s7_published.remembering import base_of, next_vintage, remember


@dataclass(frozen=True)
class Publication:
    """What readers see now; ``changed`` tells whether this call made it.

    ``uncommented`` names tables and columns without a comment in both languages.
    """

    vintage: int
    changed: bool
    database: Path
    uncommented: tuple[str, ...] = ()


def publish(home: Home, *, catalogue_version: str, fingerprint: str) -> Publication:
    """Publish the build database as the next vintage; do nothing where the inputs are the same.

    Raises:
        FilingsError: history is not whole or has gone on since the build, the build lacks what
            history has, or has a table or column of which nobody said what may be public; what
            readers see stays as it was.
    """
    published = read_meta(home)
    if published and published[1] == fingerprint:
        finish(home, *published)
        return Publication(published[0], False, home.published_db)
    _refuse_unremembered(home, published)
    vintage = next_vintage(read_history(home), _built_on(home), fingerprint)
    stamp = Stamp(vintage, catalogue_version, fingerprint)
    built = home.build / "publish" / home.published_db.name
    uncommented = build_file(home, built, stamp)
    parquet.write_vintage(built, home.parquet, stamp.vintage)
    remember(home, built, stamp.vintage)
    put_in_place(home, built, stamp.vintage, fingerprint)
    return Publication(stamp.vintage, True, home.published_db, tuple(uncommented))


def put_in_place(home: Home, built: Path, vintage: int, fingerprint: str) -> Edition:
    """Let a built file, whose Parquet folder stands, take the place of what readers see."""
    for_readers(built)
    files.sync(built)
    coming = edition_of(home, built, vintage, fingerprint)
    announce(home, coming)
    home.published.mkdir(parents=True, exist_ok=True)
    for_readers(home.published)
    # Readers would take what a client left in a log for part of the new file.
    log_beside(home.published_db).unlink(missing_ok=True)
    built.replace(home.published_db)
    files.sync(home.published)
    parquet.switch(home.parquet, vintage)
    settle(home, coming)
    return coming


def finish(home: Home, vintage: int, fingerprint: str) -> None:
    """Do what a publication that was interrupted after the replacement left undone."""
    if not parquet.is_complete(home.parquet, vintage):
        with published_file(home) as path:
            parquet.write_vintage(path, home.parquet, vintage)
    if parquet.switched_vintage(home.parquet) != vintage:
        parquet.switch(home.parquet, vintage)
    settle(home, edition_of(home, home.published_db, vintage, fingerprint))


def published_fingerprint(home: Home) -> str | None:
    """Return the fingerprint of the inputs of what stands, None where nothing stands whole."""
    try:
        published = read_meta(home)
    except FilingsError:
        return None
    if not published or parquet.switched_vintage(home.parquet) != published[0]:
        return None
    return published[1]


def rests_on(home: Home, fingerprint: str) -> int:
    """Return the number of the file of history that a night of these inputs rests on.

    Raises:
        HistoryError: history is not whole.
        FilingsError: what is published is not in it.
    """
    published = read_meta(home)
    _refuse_unremembered(home, published)
    return base_of(home, fingerprint, published[0] if published else None)


def _refuse_unremembered(home: Home, published: tuple[int, str] | None) -> None:
    """Refuse to go on where an older version published and no history was made of it yet."""
    if published and read_history(home).last is None:
        raise FilingsError(
            "已发布的内容还没有记入历史,请先做“核对上次发布”(history),"
            "或运行 filings refresh,它会做完全部步骤。"
        )


def _built_on(home: Home) -> int:
    """Return the vintage that the build database rests on, 0 for none."""
    with read_only(home.build_db) as connection:
        row = connection.execute("select max(vintage) from history.meta_refresh").fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def read_meta(home: Home) -> tuple[int, str] | None:
    """Return vintage and fingerprint of the published file, None where there is no file.

    Raises:
        FilingsError: the file is there and cannot be read.
    """
    if not home.published_db.exists():
        return None
    try:
        with published_file(home) as path, read_only(path) as connection:
            row = connection.execute("select vintage, fingerprint from meta_refresh").fetchone()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise FilingsError(f"已发布的文件 {home.published_db} 无法读取:{reason}") from error
    return (int(row[0]), str(row[1])) if row else None
