"""What changed for each county and period with the publication that is current now.

Compared is the published file with what counties were told last (``told``).
Deliveries are compared by their numbers and findings by their ids, never by a moment: a clock may
be wrong.
The comparison can be made again any time before the next night loads its history.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import duckdb

from pipelines.core.database import published_file
from pipelines.core.history import FINDING, SUBMISSION, as_of, read_history
from pipelines.core.home import outbox_vintages
from pipelines.core.settings import Home, duckdb_config
from pipelines.core.sql import literal

# Statuses that wait for the county: everything else is settled one way or another.
OPEN_STATUSES = ("open", "reopened")

_NOTHING_TOLD = """
create table told.fct_finding (finding_id VARCHAR, status VARCHAR);
create table told.fct_submission (submission_id VARCHAR, withdrawn_at VARCHAR);
"""
_BUILT_ON = """
create view told.fct_finding as from build.history.fct_finding;
create view told.fct_submission as from build.history.fct_submission;
"""

_CHANGES = """
with compared as (
    select
        now.county_code,
        now.period,
        now.effect,
        now.status in ('open', 'reopened') as is_open,
        before.finding_id is not null as was_known,
        coalesce(before.status in ('open', 'reopened'), false) as was_open
    from pub.main.fct_finding as now
    left join told.fct_finding as before using (finding_id)
),
counted as (
    select
        county_code,
        period,
        count(*) filter (is_open and not was_known) as n_new,
        count(*) filter (is_open and not was_known and effect = 'hold') as n_new_hold,
        count(*) filter (is_open and was_known and not was_open) as n_reopened,
        count(*) filter (was_open and not is_open) as n_resolved,
        count(*) filter (is_open) as n_open
    from compared
    group by county_code, period
),
filed as (
    select
        now.county_code,
        now.period,
        count(*) filter (
            now.withdrawn_at is null and before.submission_id is null
        ) as n_submissions,
        count(*) filter (
            now.withdrawn_at is not null and before.withdrawn_at is null
        ) as n_withdrawn,
        bool_or(now.is_sample) as is_sample
    from pub.main.fct_submission as now
    left join told.fct_submission as before using (submission_id)
    group by now.county_code, now.period
),
named as (
    select region_code as county_code, max_by(region_name, valid_from) as county_name
    from pub.main.dim_region
    group by region_code
)
select
    filed.county_code,
    coalesce(named.county_name, filed.county_code) as county_name,
    filed.period,
    filed.is_sample,
    filed.n_submissions,
    filed.n_withdrawn,
    coalesce(counted.n_new, 0) as n_new,
    coalesce(counted.n_new_hold, 0) as n_new_hold,
    coalesce(counted.n_reopened, 0) as n_reopened,
    coalesce(counted.n_resolved, 0) as n_resolved,
    coalesce(counted.n_open, 0) as n_open
from filed
left join counted using (county_code, period)
left join named using (county_code)
order by filed.county_code, filed.period
"""


@dataclass(frozen=True)
class Publication:
    """The current publication: its number and the newest receipt or withdrawal in it (ISO)."""

    vintage: int
    received_at: str


@dataclass(frozen=True)
class Change:
    """What is new for one county and period: counts of findings, and of deliveries.

    ``n_submissions`` were received and stand, ``n_withdrawn`` were withdrawn.
    """

    county_code: str
    county_name: str
    period: str
    is_sample: bool
    n_submissions: int
    n_withdrawn: int
    n_new: int
    n_new_hold: int
    n_reopened: int
    n_resolved: int
    n_open: int

    @property
    def is_news(self) -> bool:
        """Whether the county is to be told: something came, went, opened or was settled."""
        return self.n_submissions + self.n_withdrawn + self._n_moved > 0

    @property
    def _n_moved(self) -> int:
        return self.n_new + self.n_reopened + self.n_resolved


@contextmanager
def open_publication(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a scratch connection that sees ``pub`` (published), ``build`` and ``told``.

    ``told`` has findings and deliveries as counties know them: as of the last publication that
    was told, which is the one that the build rests on, or an earlier one where that was recorded
    and, the night being killed, never published. Where the build database is missing, or was cut
    off before its history was whole, ``told`` is empty: everything is new.

    Raises:
        duckdb.IOException: nothing is published.
        HistoryError: history is not whole.
    """
    scratch = duckdb.connect(":memory:", config={**duckdb_config(home)})
    with published_file(home) as path, closing(scratch) as connection:
        connection.execute(f"attach {literal(str(path))} as pub (read_only)")
        connection.execute("attach ':memory:' as told")
        if home.build_db.exists():
            connection.execute(f"attach {literal(str(home.build_db))} as build (read_only)")
        if _has_history(connection):
            _add_told(connection, home)
        else:
            connection.execute("detach database if exists build")
            connection.execute("attach ':memory:' as build")
            last = _told_until(home, publication(connection).vintage - 1)
            if last is None or not _add_earlier(connection, home, last):
                connection.execute(_NOTHING_TOLD)
        yield connection


def _has_history(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether ``build`` is attached with all tables of history that are compared."""
    found = connection.execute(
        "select table_name from duckdb_tables() "
        "where database_name = 'build' and schema_name = 'history'"
    ).fetchall()
    return {"fct_finding", "fct_submission", "meta_refresh"} <= {name for (name,) in found}


def _add_told(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Fill ``told`` from the build's history, or from that of an earlier night."""
    row = connection.execute("select max(vintage) from build.history.meta_refresh").fetchone()
    built_on = int(row[0]) if row and row[0] is not None else 0
    last = _told_until(home, built_on)
    if last is None or last == built_on or not _add_earlier(connection, home, last):
        connection.execute(_BUILT_ON)


def _told_until(home: Home, vintage: int) -> int | None:
    """Return the last vintage up to this one that was told, None for none."""
    return max((each for each in outbox_vintages(home) if each <= vintage), default=None)


def _add_earlier(connection: duckdb.DuckDBPyConnection, home: Home, vintage: int) -> bool:
    """Fill ``told`` as of a publication of history; tell whether history has it."""
    past = read_history(home)
    known = [file for file in past.publications if file.manifest.about.vintage == vintage]
    if not known:
        return False
    until = known[-1].number
    with as_of(home, past, until) as database:
        connection.execute(f"attach {literal(str(database))} as folded (read_only)")
        for table in (FINDING, SUBMISSION):
            rows = past.rows_sql(table, until)
            connection.execute(f"create table told.{table.published} as {rows}")
        connection.execute("detach folded")
    return True


def publication(connection: duckdb.DuckDBPyConnection) -> Publication:
    """Return the number and newest delivery of what is published."""
    row = connection.execute(
        "select vintage, cast(newest_received_at as varchar) from pub.main.meta_refresh"
    ).fetchone()
    assert row is not None, "meta_refresh has one row"
    return Publication(int(row[0]), str(row[1]))


def changes(connection: duckdb.DuckDBPyConnection) -> list[Change]:
    """Return how every county and period stands against the publication before, in that order."""
    return [Change(*row) for row in connection.execute(_CHANGES).fetchall()]
