"""Opening DuckDB the one way: bounded, one writer, or read-only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.core.settings import Home, duckdb_config


@contextmanager
def build_database(at: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build database for writing and close it, so that dbt can open it next."""
    at.build_db.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(at.build_db), config=duckdb_config(at))
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
