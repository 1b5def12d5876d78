"""Dagster's event log in SQLite, with one engine instead of one per event.

Dagster makes a new SQLAlchemy engine for every event, which throws the cache of compiled
statements away: with an event per model and test that took as long as dbt itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

_BUSY_SECONDS = 30


class EventLog(ConsolidatedSqliteEventLogStorage):
    """One database for all runs, opened anew for each event through one engine."""

    @cached_property
    def _engine(self) -> Engine:
        return create_engine(
            self._conn_string, poolclass=NullPool, connect_args={"timeout": _BUSY_SECONDS}
        )

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            # A night that a power cut loses is run again; its log need not outlive the cut.
            connection.exec_driver_sql("pragma synchronous = off")
            yield connection

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> EventLog:
        """Return the storage of an instance."""
        return cls(inst_data=inst_data, **config_value)
