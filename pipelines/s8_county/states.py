"""How every county and period stands in the publication, in numbers, for whoever watches all."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.core.settings import Home
from pipelines.s8_county.changes import OPEN_STATUSES, open_publication, publication

# Every filing, also one that nothing was found in; of a figure the latest vintage counts.
_STATES = """
with figures as (
    select region_code as county_code, period, status from pub.main.fct_indicator
    qualify row_number() over (
        partition by region_code, period, indicator_code, breakdown order by vintage desc
    ) = 1
),

found as (
    select county_code, period, count(*) as n_all,
        count(*) filter (where list_contains(?, status)) as n_open
    from pub.main.fct_finding group by county_code, period
),

counted as (
    select county_code, period, count(*) filter (where status = 'held') as n_held,
        count(*) filter (where status <> 'held') as n_published
    from figures group by county_code, period
)

select filed.county_code, filed.period, coalesce(n_all, 0), coalesce(n_open, 0),
    coalesce(n_published, 0), coalesce(n_held, 0)
from (select distinct county_code, period from pub.main.fct_submission) as filed
left join found using (county_code, period)
left join counted using (county_code, period)
order by filed.county_code, filed.period
"""


@dataclass(frozen=True)
class CountyState:
    """One county and period in one publication: findings and figures, counted.

    ``received_at`` is the newest receipt in the publication (ISO).
    """

    place: tuple[str, str]
    vintage: int
    received_at: str
    n_findings: int
    n_open: int
    n_published: int
    n_held: int


def county_states(home: Home) -> dict[tuple[str, str], CountyState]:
    """Return how every county and period that filed stands; nothing where nothing is published.

    Raises:
        HistoryError: history is not whole.
    """
    if not home.published_db.exists():
        return {}
    with open_publication(home) as connection:
        current = publication(connection)
        rows = connection.execute(_STATES, [list(OPEN_STATUSES)]).fetchall()
    return {
        (county, period): CountyState(
            (county, period), current.vintage, current.received_at, *counts
        )
        for county, period, *counts in rows
    }
