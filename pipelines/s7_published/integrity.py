"""Are history and published files still what was written? Each is compared with its hash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from pipelines.core.database import log_beside, published_file, read_only
from pipelines.core.files import sha256
from pipelines.core.history import File, chain_faults, read_chain
from pipelines.core.settings import Home
from pipelines.s7_published import parquet
from pipelines.s7_published.record import Record, read_record


def published_faults(home: Home) -> tuple[str, ...]:
    """Return one sentence per published file that is missing or not what was recorded of it.

    Every kept vintage of Parquet is looked at. Nothing is compared that was never recorded: in a
    home whose last publication is older than the record, only the Parquet files are.
    """
    record = read_record(home)
    return (
        *_database_faults(home, record),
        *_descriptor_faults(home, record),
        *_vintage_faults(home, record),
    )


def history_faults(home: Home) -> tuple[str, ...]:
    """Return one sentence per file of history that is not what was written."""
    faults = [*chain_faults(home)]
    if not faults and home.published_db.exists():
        publications = [file for file in read_chain(home) if file.is_publication]
        try:
            with published_file(home) as path, read_only(path) as connection:
                row = connection.execute("select vintage from meta_refresh").fetchone()
        except duckdb.Error:
            row = None  # told of the published file
        if publications and row:
            missing = newest_missing(home, publications[-1], int(row[0]))
            faults += [f"{missing}。"] if missing else []
    return tuple(faults)


def newest_missing(home: Home, last: File, published: int) -> str:
    """Say that history ends before the vintage that is published, '' where it does not."""
    known = last.manifest.about.vintage
    if known >= published:
        return ""
    return (
        f"已发布的是第 {published} 版,历史却只到第 {known} 版:"
        f"{last.path} 之后的历史文件不在了,请从备份恢复"
    )


def _database_faults(home: Home, record: Record) -> Iterator[str]:
    """Yield what is wrong with the database file."""
    if record.standing is None:
        return
    if not home.published_db.exists():
        yield f"已发布的文件 {home.published_db} 不在了(第 {record.standing.vintage} 版)。"
    elif record.names(sha256(home.published_db)) is None:
        yield f"已发布的文件 {home.published_db} 与发布时不同(损坏,或被其他程序改写)。"
    log = log_beside(home.published_db)
    if log.exists():
        yield f"{log} 不是本系统写的:有程序以读写方式打开了已发布的文件,请改为只读打开。"


def _descriptor_faults(home: Home, record: Record) -> Iterator[str]:
    """Yield what is wrong with the descriptor that leads readers to a vintage."""
    path = home.parquet / parquet.DESCRIPTOR
    if not path.exists():
        if record.standing is not None:
            yield f"Parquet 的说明文件 {path} 不在了。"
    elif not parquet.is_switched(home.parquet):
        yield f"Parquet 的说明文件 {path} 与发布时不同(损坏,或被其他程序改写)。"


def _vintage_faults(home: Home, record: Record) -> Iterator[str]:
    """Yield what is wrong with the Parquet files of the kept vintages."""
    for vintage in parquet.kept_vintages(home.parquet):
        folder = home.parquet / str(vintage)
        faults = list(vintage_faults(folder))
        yield from faults
        known = record.standing
        path = folder / parquet.DESCRIPTOR
        if not faults and known and known.vintage == vintage and known.descriptor != sha256(path):
            yield f"Parquet 的说明文件 {path} 与发布时不同(损坏,或被其他程序改写)。"


def vintage_faults(folder: Path) -> Iterator[str]:
    """Yield one sentence per file of a vintage's folder that its descriptor does not find whole."""
    descriptor = parquet.read_descriptor(folder / parquet.DESCRIPTOR)
    if descriptor is None:
        yield f"Parquet 的说明文件 {folder / parquet.DESCRIPTOR} 不在了或无法读取。"
        return
    for resource in descriptor["resources"]:
        path = folder / resource["path"]
        if not path.exists():
            yield f"Parquet 文件 {path} 不在了。"
        elif f"sha256:{sha256(path)}" != resource["hash"]:
            yield f"Parquet 文件 {path} 与发布时不同(损坏,或被其他程序改写)。"
