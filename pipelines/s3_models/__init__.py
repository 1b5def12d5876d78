"""Stage 3: lake and history enter the build database; dbt builds dimensions, facts, records.

The build database stays from night to night: what was built of a county that changed nothing stands
(``core/partitions``). What readers see changes only at the publication.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from pipelines.core.database import build_database, log_beside
from pipelines.core.dbt.runner import (
    GROUPS,
    dbt_arguments,
    dbt_environment,
    invoke,
    is_parsed,
    manifest,
    run_dbt,
    warm_dbt,
)
from pipelines.core.dictionary import dictionary
from pipelines.core.files import sha256
from pipelines.core.partitions import note_lineage, open_partitions
from pipelines.core.privacy import key_fingerprint, load_key
from pipelines.core.settings import Home
from pipelines.s2_lake import results
from pipelines.s3_models.history import (
    UNKNOWN,
    Inputs,
    create_filled_later,
    create_history,
    create_inputs,
    inputs_of,
    made_by_of,
)
from pipelines.s3_models.lake import create_lake
from pipelines.s3_models.submission_tables import create_receipts

__all__ = [
    "GROUPS",
    "Inputs",
    "dbt_arguments",
    "dbt_environment",
    "inputs_of",
    "invoke",
    "is_parsed",
    "load",
    "made_by_of",
    "manifest",
    "run_dbt",
    "warm_dbt",
]


def load(
    home: Home,
    inputs: Inputs = UNKNOWN,
    until: int | None = None,
    models: Mapping[str, Any] | None = None,
) -> None:
    """Bring schemas lake and history of the build database up to date; findings and gate are empty.

    ``inputs`` is recorded in it; history is that after its file with number ``until``, by default
    after the newest. ``models`` is dbt's manifest: with it what was built before stays and is
    computed again where its inputs changed; without it the database is made anew.

    Raises:
        duckdb.Error: a lake file is not what the dictionary says.
        HistoryError: history is not whole.
    """
    layout = _layout(home) if models is not None else None
    if layout is None or layout != _layout_of(home):
        for path in (home.build_db, log_beside(home.build_db)):
            path.unlink(missing_ok=True)
    with build_database(home) as connection:
        connection.execute("drop schema if exists steps cascade")
        open_partitions(connection)
        if models is not None:
            note_lineage(connection, models)
        create_lake(connection, home, dictionary())
        create_receipts(connection, home, dictionary(), results(home))
        create_history(connection, home, until)
        create_inputs(connection, inputs)
        create_filled_later(connection)
        if models is None:  # nobody could say what follows from what
            connection.execute("drop schema partitions cascade")
        else:
            connection.execute(
                "create or replace table partitions.layout as select ? as layout", [layout]
            )


def _layout(home: Home) -> str:
    """Return what a build database rests on beside filings and models: it is kept while this is.

    Of another key nothing may stay in it, not even in blocks that are free again.
    """
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    key = key_fingerprint(load_key(home))
    return " ".join([duckdb.__version__, dictionary().version, key, *map(sha256, sources)])


def _layout_of(home: Home) -> str | None:
    """Return what the build database says that it rests on; None where it cannot be used."""
    try:
        with build_database(home) as connection:
            row = connection.execute("select layout from partitions.layout").fetchone()
    except duckdb.Error:
        return None
    return str(row[0]) if row and row[0] else None
