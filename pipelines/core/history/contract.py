"""The tables of history: what the warehouse remembers of each night, declared once.

A further table is one more entry here: older files have no rows of it, and what was folded of them
is folded anew. A further column is empty in older files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from pipelines.core.sql import quoted

CELLS = 'STRUCT(file VARCHAR, sheet VARCHAR, "row" BIGINT, "column" VARCHAR, "value" VARCHAR)[]'


@dataclass(frozen=True)
class HistoryTable:
    """One table: its key, its columns with their DuckDB types.

    ``published`` is the published table that it is the memory of, '' where it is of none.
    ``kept_zh`` names its rows where no night may lose one: each night computes them from history.
    """

    name: str
    key: tuple[str, ...]
    columns: dict[str, str]
    published: str = ""
    kept_zh: str = ""

    @property
    def names(self) -> str:
        """All columns as SQL."""
        return ", ".join(map(quoted, self.columns))

    @property
    def keys(self) -> str:
        """The key's columns as SQL."""
        return ", ".join(map(quoted, self.key))

    @property
    def rows_member(self) -> str:
        """The member of a file of history that has its rows that are new or differ."""
        return f"rows/{self.name}.parquet"

    @property
    def gone_member(self) -> str:
        """The member of a file of history that has the keys of its rows that are no more."""
        return f"gone/{self.name}.parquet"

    def selected(self, there: Collection[str]) -> str:
        """Return the columns as SQL with their types; those that are not ``there`` are empty."""
        return ", ".join(
            f"cast({quoted(name) if name in there else 'null'} as {kind}) as {quoted(name)}"
            for name, kind in self.columns.items()
        )

    def matches(self, left: str, right: str) -> str:
        """Return the SQL condition that rows of two aliases have the same key."""
        return " and ".join(
            f"{left}.{quoted(name)} is not distinct from {right}.{quoted(name)}"
            for name in self.key
        )


FINDING = HistoryTable(
    "finding",
    ("finding_id",),
    {
        "finding_id": "VARCHAR",
        "rule_id": "VARCHAR",
        "county_code": "VARCHAR",
        "period": "VARCHAR",
        "grain": "VARCHAR",
        "household_code": "VARCHAR",
        "person_code": "VARCHAR",
        "object_code": "VARCHAR",
        "severity": "VARCHAR",
        "effect": "VARCHAR",
        "status": "VARCHAR",
        "message_zh": "VARCHAR",
        "advice_zh": "VARCHAR",
        "owner_zh": "VARCHAR",
        "cells": CELLS,
        "village_code": "VARCHAR",
        "first_seen_on": "DATE",
        "last_seen_on": "DATE",
        "resolved_on": "DATE",
        "is_sample": "BOOLEAN",
    },
    published="fct_finding",
    kept_zh="疑点",
)

FIGURE = HistoryTable(
    "figure",
    ("region_code", "period", "indicator_code", "breakdown", "vintage"),
    {
        "region_code": "VARCHAR",
        "period": "VARCHAR",
        "indicator_code": "VARCHAR",
        "breakdown": "VARCHAR",
        "vintage": "INTEGER",
        "numerator": "DECIMAL(38,8)",
        "denominator": "DECIMAL(38,8)",
        "value": "DOUBLE",
        "unit": "VARCHAR",
        "as_of": "DATE",
        "status": "VARCHAR",
        "reason_zh": "VARCHAR",
        "is_current": "BOOLEAN",
        "known_at": "VARCHAR",
        "is_sample": "BOOLEAN",
    },
    published="fct_indicator",
    kept_zh="各版指标",
)

SUBMISSION = HistoryTable(
    "submission",
    ("submission_id",),
    {
        "submission_id": "VARCHAR",
        "county_code": "VARCHAR",
        "period": "VARCHAR",
        "received_at": "VARCHAR",
        "withdrawn_at": "VARCHAR",
        "status": "VARCHAR",
        "is_sample": "BOOLEAN",
    },
    published="fct_submission",
)

# The publications whose counties were told, those among them that had nothing to tell.
OUTBOX = HistoryTable("outbox", ("vintage",), {"vintage": "INTEGER"})

# A message to a county that has a channel, as it stands in the outbox.
MESSAGE = HistoryTable(
    "message",
    ("county_code", "period", "vintage"),
    {
        "county_code": "VARCHAR",
        "period": "VARCHAR",
        "vintage": "INTEGER",
        "received_at": "VARCHAR",
        "title": "VARCHAR",
        "body": "VARCHAR",
        "workbook": "VARCHAR",
    },
)

# What became of a message on one channel: the state of the last attempt.
SENDING = HistoryTable(
    "sending",
    ("county_code", "period", "vintage", "channel_id"),
    {
        "county_code": "VARCHAR",
        "period": "VARCHAR",
        "vintage": "INTEGER",
        "received_at": "VARCHAR",
        "channel": "VARCHAR",
        "channel_id": "VARCHAR",
        "state": "VARCHAR",
    },
)

# Under the present key of a number, sealed: the key that it had first, of which ids of findings are
# made. ``made_under`` is the fingerprint of the HMAC key that made and seals it.
FIRST_KEY = HistoryTable(
    "first_key",
    ("keyed",),
    {"keyed": "VARCHAR", "sealed": "VARCHAR", "made_under": "VARCHAR"},
)

TABLES = (FINDING, FIGURE, SUBMISSION, OUTBOX, MESSAGE, SENDING, FIRST_KEY)
PUBLISHED = tuple(table for table in TABLES if table.published)


def contract_version() -> str:
    """Return a hash of all tables, keys and types (hex)."""
    return hashlib.sha256(repr(TABLES).encode()).hexdigest()
