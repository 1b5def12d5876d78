"""Dagster's event log in SQLite, with one engine and connection instead of one per event.

Dagster makes a new SQLAlchemy engine for every event, which throws the cache of compiled
statements away, and looks into the file for its tables each time: with an event per model and
test that took as long as dbt itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine, event, inspect

_BUSY_SECONDS = 30


class EventLog(ConsolidatedSqliteEventLogStorage):
    """One database for all runs, through one engine that keeps its connections."""

    @cached_property
    def _engine(self) -> Engine:
        engine = create_engine(self._conn_string, connect_args={"timeout": _BUSY_SECONDS})
        # A night that a power cut loses is run again; its log need not outlive the cut.
        event.listen(
            engine, "connect", lambda opened, _: opened.execute("pragma synchronous = off")
        )
        return engine

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            yield connection

    def has_table(self, table_name: str) -> bool:
        """Tell whether the log has a table; they come with the file."""
        return table_name in self._tables

    @cached_property
    def _tables(self) -> frozenset[str]:
        return frozenset(inspect(self._engine).get_table_names())

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> EventLog:
        """Return the storage of an instance."""
        return cls(inst_data=inst_data, **config_value)
