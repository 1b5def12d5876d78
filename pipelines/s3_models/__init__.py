"""Stage 3: lake and history enter the build database; dbt builds dimensions, facts, records.

The build database is made anew each night; what readers see changes only at the publication.
"""

from __future__ import annotations

from pipelines.core.database import build_database
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


def load(home: Home, inputs: Inputs = UNKNOWN, until: int | None = None) -> None:
    """Make a new build database: schemas lake, history, and empty findings and gate.

    ``inputs`` is recorded in it; history is that after its file with number ``until``, by default
    after the newest.

    Raises:
        duckdb.Error: a lake file is not what the dictionary says.
        HistoryError: history is not whole.
    """
    for path in (home.build_db, home.build_db.with_name(home.build_db.name + ".wal")):
        path.unlink(missing_ok=True)
    with build_database(home) as connection:
        create_lake(connection, home, dictionary())
        create_receipts(connection, home, dictionary(), results(home))
        create_history(connection, home, until)
        create_inputs(connection, inputs)
        create_filled_later(connection)
