"""Opening DuckDB the one way: bounded, one writer, or read-only; and who keeps a file locked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from pipelines.core.settings import Home, duckdb_config


@contextmanager
def build_database(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build database for writing and close it, so that dbt can open it next."""
    home.build_db.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(home.build_db), config=duckdb_config(home))
    try:
        connection.execute("SET enable_progress_bar = false")
        yield connection
    finally:
        connection.close()


@contextmanager
def read_only(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open any DuckDB file read-only. Raises duckdb.IOException where it is missing."""
    connection = duckdb.connect(str(path), read_only=True)
    try:
        yield connection
    finally:
        connection.close()


_LOCKED = re.compile(
    r'Could not set lock on file "(?P<file>[^"]+)": Conflicting lock is held in '
    r"(?P<program>\S+).*?\(PID (?P<pid>\d+)\)"
)


def lock_sentence(text: str) -> str | None:
    """Return who keeps which file locked, from an error of DuckDB's; None for any other error."""
    found = _LOCKED.search(text)
    if found is None:
        return None
    program = Path(found["program"]).name
    return f"{found['file']} 正被其他程序打开(进程 {found['pid']},{program})"


def locked_by(path: Path) -> str | None:
    """Return who has a database file open for writing, None where it can be read."""
    try:
        with read_only(path):
            return None
    except duckdb.Error as error:
        return lock_sentence(str(error))


def log_beside(path: Path) -> Path:
    """Return where a program that writes into a database file keeps what is not in it yet."""
    return path.with_name(path.name + ".wal")


@contextmanager
def published_file(home: Home) -> Iterator[Path]:
    """Give the published file for reading: itself, or a copy where a client holds it.

    A client that opened it for writing keeps every other process out, and what it wrote may lie
    in a log beside the file, which DuckDB would read as part of it. The copy has neither.
    """
    path = home.published_db
    if not path.exists() or not (log_beside(path).exists() or locked_by(path)):
        yield path
        return
    home.temp.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="published-", dir=home.temp) as folder:
        yield Path(shutil.copy(path, folder))
