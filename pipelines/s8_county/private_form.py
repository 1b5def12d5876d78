"""Findings as the county that filed them may read them: more than the world sees, still masked.

The build database has them with masked numbers (first six and last four); the published file has
none. Where the build database is gone, or is not the one that was published, the published form
is what there is.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from pipelines.core.privacy import Names
from pipelines.core.settings import Home
from pipelines.s2_lake import Discretion, discretion
from pipelines.s4_findings import rule_sentences

_PUBLISHED = """
create or replace temp view county_finding as
select columns(c -> c <> 'masked_id'), cast(null as varchar) as masked_id
from pub.main.fct_finding;
create or replace temp view county_column as from pub.main.fct_submission_column;
"""
_BUILT = """
create or replace temp view county_finding as from build.findings.fct_finding;
create or replace temp view county_column as from build.main.fct_submission_column;
"""


@dataclass(frozen=True)
class CountyForm:
    """Findings of an open publication, in ``county_finding`` and ``county_column``.

    ``discreet`` hides people's names and numbers, which stand in no paper.
    """

    connection: duckdb.DuckDBPyConnection
    discreet: Discretion


def county_form(connection: duckdb.DuckDBPyConnection, home: Home) -> CountyForm:
    """Return the findings of an open publication (``pub``, ``build``) as counties may read them."""
    if _is_of_this_publication(connection):
        connection.execute(_BUILT)
        return CountyForm(connection, discretion(home, rule_sentences()))
    connection.execute(_PUBLISHED)
    return CountyForm(connection, Discretion(Names([])))


def _is_of_this_publication(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether the build database is what the current publication was made of."""
    there = connection.execute(
        "select count(*) from duckdb_tables() where database_name = 'build' and (schema_name, "
        "table_name) in (('findings', 'fct_finding'), ('main', 'fct_submission_column'), "
        "('history', 'meta_refresh'))"
    ).fetchone()
    if there != (3,):
        return False
    made = connection.execute(
        "select (select coalesce(max(vintage), 0) + 1 from build.history.meta_refresh) "
        "= (select vintage from pub.main.meta_refresh)"
    ).fetchone()
    return made == (True,)
