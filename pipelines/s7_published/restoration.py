"""Before a night rests on the last publication: is history whole, and what readers see?

The database file is made again from the last vintage's Parquet, Parquet from the database file.
Where neither is whole, this night computes the last publication again from history and archive.
Where history is not whole, the night takes in what came and publishes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.core.database import locked_by, log_beside, published_file, read_only
from pipelines.core.errors import FilingsError
from pipelines.core.files import sha256
from pipelines.core.history import HistoryError, read_history, way_out
from pipelines.core.settings import Home, duckdb_config
from pipelines.core.sql import literal, quoted
from pipelines.s2_lake import results
from pipelines.s7_published import parquet
from pipelines.s7_published.database import table_names
from pipelines.s7_published.integrity import newest_missing, vintage_faults
from pipelines.s7_published.publication import put_in_place, read_meta
from pipelines.s7_published.record import (
    Edition,
    Record,
    edition_of,
    read_record,
    settle,
    vintage_before_history,
)
from pipelines.s7_published.remembering import take_over


def restore(home: Home) -> tuple[str, ...]:
    """Make the published files whole and return a sentence per thing that was not.

    A publication that a kill interrupted is finished without a word. A home that an older version
    published gets its history.

    Raises:
        HistoryError: history is not whole; the sentence names the file and how to restore it.
        FilingsError: there is no history yet, and neither the published file nor any Parquet
            vintage, from which it would begin, is whole.
    """
    last = read_history(home).last
    if last is None:
        return _restore_before_history(home)
    told, record = [*_tell_writer(home)], read_record(home)
    standing = _standing(home, record)
    if standing is None:
        was_there = record.standing is not None or home.published_db.exists()
        vintage = last.manifest.about.vintage
        lost = _lost(home)
        standing = _from_parquet(home, [vintage])
        if standing is None:
            home.published_db.unlink(missing_ok=True)
            return (*told, *([f"{lost},由本次刷新依历史重新得出。"] if was_there else []))
        told.append(f"{lost},已用 {home.parquet / str(vintage)} 恢复为第 {vintage} 版。")
    fault = newest_missing(home, last, standing.vintage)
    if fault:
        raise HistoryError(f"{fault};{way_out(home)}。")
    return (*told, *_make_whole(home, record, standing))


def _restore_before_history(home: Home) -> tuple[str, ...]:
    """Make what an older version published whole, and begin its history from it."""
    told = [*_tell_writer(home)]
    highest = vintage_before_history(home)
    if not home.published_db.exists() and highest == 0:
        return tuple(told)
    record = read_record(home)
    standing = _standing(home, record)
    if standing is None:
        lost = _lost(home)
        standing = _from_parquet(home, parquet.kept_vintages(home.parquet)[::-1])
        if standing is None:
            raise FilingsError(
                f"{lost},{home.parquet} 中也没有一版是完好的:"
                "收件和回执照常,但取不到以前各版的疑点和指标,不能发布。"
                f"请从备份恢复其中之一,再运行 filings refresh;确要舍弃以前各版、从头发布,"
                f"请先移走 {home.published}、{home.publication_record} 和 {home.outbox}。"
            )
        vintage = standing.vintage
        older = f",第 {highest} 版的内容由本次刷新重新得出" if highest > vintage else ""
        told.append(f"{lost},已用 {home.parquet / str(vintage)} 恢复为第 {vintage} 版{older}。")
    has_sample = any(result.is_sample for result in results(home))
    with published_file(home) as path:
        told.append(take_over(home, path, max(highest, standing.vintage), has_sample))
    return (*told, *_make_whole(home, record, standing))


def _make_whole(home: Home, record: Record, standing: Edition) -> list[str]:
    """Mend the Parquet of the edition that stands, record it, and return a sentence per fault."""
    mended = list(_mend_parquet(home, record, standing))
    if mended or read_record(home).standing != standing:
        standing = edition_of(home, home.published_db, standing.vintage, standing.fingerprint)
    settle(home, standing)
    return mended


def _lost(home: Home) -> str:
    """Say what became of the published file that is not whole."""
    what = "损坏或被改写" if home.published_db.exists() else "不在了"
    return f"已发布的文件 {home.published_db} {what}"


def _tell_writer(home: Home) -> Iterator[str]:
    """Yield who has the published file open for writing, or wrote beside it."""
    path, log = home.published_db, log_beside(home.published_db)
    holder = locked_by(path) if path.exists() else None
    if holder:
        yield f"{holder},是以读写方式打开的:本次读它的副本,照常发布;请让对方改为只读打开。"
    if log.exists():
        log.unlink()
        yield f"{log} 是其他程序写的,不属于发布的数据,已移除;请让对方改为只读打开 {path}。"


def _standing(home: Home, record: Record) -> Edition | None:
    """Return what the database file is, None where it is not whole.

    A file that was published before there was a record is read from end to end instead.
    """
    if not home.published_db.exists():
        return None
    database = sha256(home.published_db)
    if record.standing is not None:
        return record.names(database)
    try:
        _read_everything(home)
        meta = read_meta(home)
    except (duckdb.Error, FilingsError):
        return None
    return Edition(*meta, database, "") if meta else None


def _read_everything(home: Home) -> None:
    """Read every value of the database file, whose blocks carry checksums. Raises duckdb.Error."""
    with published_file(home) as path, read_only(path) as connection:
        for name in table_names(connection):
            connection.execute(f"select bit_xor(hash(t)) from main.{name} as t").fetchone()


def _from_parquet(home: Home, vintages: Sequence[int]) -> Edition | None:
    """Put a database file in place that is made of the first of these vintages that is whole."""
    for vintage in vintages:
        folder = home.parquet / str(vintage)
        if not any(vintage_faults(folder)):
            built = home.build / "publish" / home.published_db.name
            return put_in_place(home, built, vintage, rebuild_file(home, folder, built))
    return None


def rebuild_file(home: Home, folder: Path, target: Path) -> str:
    """Make a database file of a vintage's Parquet folder and return the inputs' fingerprint.

    Tables, types, order and comments are those of the file that the folder was written from.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in target.parent.glob(f"{target.name}*"):
        leftover.unlink()
    descriptor = parquet.read_descriptor(folder / parquet.DESCRIPTOR)
    assert descriptor is not None, "a vintage is looked at before it is used"
    connection = duckdb.connect(str(target), config=duckdb_config(home))
    try:
        for resource in descriptor["resources"]:
            for statement in _statements(resource, folder):
                connection.execute(statement)
        row = connection.execute("select fingerprint from main.meta_refresh").fetchone()
        connection.execute("force checkpoint")
    finally:
        connection.close()
    return str(row[0]) if row else ""


def _statements(resource: dict[str, Any], folder: Path) -> Iterator[str]:
    """Yield what makes one table of its Parquet file, with the comments that became titles."""
    table, fields = f"main.{quoted(resource['name'])}", resource["schema"]["fields"]
    columns = ", ".join(
        f"cast({quoted(each['name'])} as {each['sql_type']}) as {quoted(each['name'])}"
        if "sql_type" in each
        else quoted(each["name"])
        for each in fields
    )
    source = literal(str(folder / resource["path"]))
    yield f"create table {table} as select {columns} from read_parquet({source})"
    if "title" in resource:
        yield f"comment on table {table} is {literal(parquet.comment_of(resource))}"
    for each in fields:
        if "title" in each:
            column = f"{table}.{quoted(each['name'])}"
            yield f"comment on column {column} is {literal(parquet.comment_of(each))}"


def _mend_parquet(home: Home, record: Record, standing: Edition) -> Iterator[str]:
    """Write the standing vintage's Parquet and descriptor again where they are not whole."""
    vintage, folder = standing.vintage, home.parquet / str(standing.vintage)
    faults = list(vintage_faults(folder))
    if not faults and standing.descriptor not in ("", sha256(folder / parquet.DESCRIPTOR)):
        faults = [f"Parquet 的说明文件 {folder / parquet.DESCRIPTOR} 与发布时不同。"]
    if faults:
        with published_file(home) as path:
            parquet.write_vintage(path, home.parquet, vintage)
        yield f"{faults[0].rstrip('。')},已由已发布的库重新写出第 {vintage} 版。"
    if parquet.is_switched(home.parquet) and parquet.switched_vintage(home.parquet) == vintage:
        return
    parquet.switch(home.parquet, vintage)
    if record.coming != standing and not faults:
        path = home.parquet / parquet.DESCRIPTOR
        yield f"Parquet 的说明文件 {path} 不在了或与发布时不同,已重新写出。"
