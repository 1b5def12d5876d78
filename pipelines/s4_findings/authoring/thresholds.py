"""The thresholds of a few counties, resolved by the SQL of the night's own model, without dbt."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
from jinja2 import Environment, StrictUndefined

from pipelines.core.settings import DBT_PROJECT
from pipelines.core.sql import literal
from pipelines.s4_findings.catalogue import THRESHOLDS_FILE

MODEL = DBT_PROJECT / "models" / "records" / "rec_threshold.sql"
SEED_TYPES = "{'valid_from': 'DATE', 'valid_to': 'DATE', 'value': 'DECIMAL(18, 4)'}"


def fill_thresholds(connection: duckdb.DuckDBPyConnection, counties: Iterable[str]) -> None:
    """Fill ``records.rec_threshold`` with what the seed says for some counties."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE seed AS
          FROM read_csv({literal(str(THRESHOLDS_FILE))}, all_varchar = true, types = {SEED_TYPES});
        CREATE OR REPLACE TEMP TABLE county (county_code VARCHAR)
        """
    )
    connection.execute("INSERT INTO county SELECT unnest(?)", [sorted(counties)])
    connection.execute(f"INSERT INTO records.rec_threshold {_model_sql()}")


def _model_sql() -> str:
    """Return the model over the tables ``seed`` and ``county``."""
    relations = {"thresholds": "seed", "rec_filing": "county"}
    template = Environment(undefined=StrictUndefined).from_string(MODEL.read_text(encoding="utf-8"))
    return template.render(
        config=lambda **_: "",
        ref=relations.__getitem__,
        source=lambda *_: "county",
    )
