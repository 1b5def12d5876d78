"""``is_sample`` on every published table of what counties filed: does a row rest on the simulator?

Simulated is what carries the simulator's mark, as the reading of its delivery saw it. A row that
names its delivery follows that one; a row of a county and period follows the deliveries that
stand there; a row that lasts over periods follows those of the last one it was filed for, or of
every one it is valid in. One place for all tables, so that a new table cannot forget it.
"""

from __future__ import annotations

from collections.abc import Collection

COLUMN = "is_sample"
COMMENT = "是否来自样例数据(模拟生成的报送) | From simulated deliveries"

# What each expression needs of a table, the nearest to the row first; ``t`` is the row.
_EXPRESSIONS = (
    (
        {"submission_id"},
        "t.submission_id in (select s.submission_id from build.main.fct_submission as s"
        " where s.is_sample)",
    ),
    ({"county_code", "period"}, "(t.county_code, t.period) in (from sample_filing)"),
    (
        {"county_code", "last_period"},
        "(t.county_code, t.last_period) in (from sample_filing)",
    ),
    (
        {"county_code", "valid_from", "valid_to"},
        "exists (from sample_filing as s where s.county_code = t.county_code"
        " and last_day(cast(s.period || '-01' as date)) >= t.valid_from"
        " and (t.valid_to is null or last_day(cast(s.period || '-01' as date)) < t.valid_to))",
    ),
)

# The counties and periods of which a simulated delivery stands.
FILINGS = """
create temp table sample_filing as
select distinct s.county_code, s.period
from build.main.fct_submission as s
inner join build.lake.current_delivery as d using (submission_id)
where s.is_sample
"""


def is_sample_of(columns: Collection[str]) -> str:
    """Return the SQL of ``is_sample`` for a row ``t`` of a table with these columns.

    '' where the table says it itself or holds nothing that a county filed.
    """
    if COLUMN in columns:
        return ""
    for needed, sql in _EXPRESSIONS:
        if needed <= set(columns):
            return f"coalesce({sql}, false)"
    return ""
