"""Thresholds in a FROM clause: one join for all that hold at the data date, one for each other."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.core.sql import literal, quoted

AT_DATA_DATE = "t"


def create_dated_sql(name: str, kinds: Sequence[str], rows: str) -> str:
    """Return SQL that makes a table of the thresholds at each county and data date of ``rows``.

    They depend on nothing else, so they are looked up once for each such pair, not once a row. A
    table has a known size: of a subquery DuckDB expects millions of rows and holds the record back.
    """
    values = ", ".join(
        f"max(threshold.value) FILTER (WHERE threshold.kind = {literal(kind)}) AS {quoted(kind)}"
        for kind in kinds
    )
    listed = ", ".join(literal(kind) for kind in kinds)
    return (
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT dated.county_code, dated.as_of, {values}"
        f" FROM (SELECT DISTINCT county_code, as_of FROM {rows}) AS dated"
        ' JOIN records."rec_threshold" AS threshold ON threshold.county_code = dated.county_code'
        f" AND {_holds('threshold', 'dated.as_of')} AND threshold.kind IN ({listed})"
        " GROUP BY dated.county_code, dated.as_of;\n"
    )


def at_data_date_sql(name: str) -> str:
    """Return the LEFT JOIN of such a table to ``r``: alias ``t``, one column per kind."""
    return (
        f"LEFT JOIN {name} AS {AT_DATA_DATE} ON {AT_DATA_DATE}.county_code = r.county_code"
        f" AND {AT_DATA_DATE}.as_of = r.as_of"
    )


def at_moment_sql(alias: str, kind: str, moment: str) -> str:
    """Return the LEFT JOIN of one threshold at a date or year number of each row."""
    return (
        f'LEFT JOIN records."rec_threshold" AS {alias} ON {alias}.county_code = r.county_code'
        f" AND {alias}.kind = {literal(kind)} AND {_holds(alias, moment)}"
    )


def _holds(alias: str, moment: str) -> str:
    """Return SQL that says whether a threshold holds in the month of a date or year number."""
    month = _month(moment)
    return (
        f"{alias}.valid_from <= {month}"
        f" AND coalesce({alias}.valid_to, DATE '9999-12-31') >= {month}"
    )


def _month(moment: str) -> str:
    """Return SQL for the first of the month of a date, or of the December of a year number."""
    text = f"CAST({moment} AS VARCHAR)"
    return (
        f"TRY_CAST(CASE WHEN length({text}) = 4 THEN {text} || '-12-01'"
        f" ELSE substr({text}, 1, 7) || '-01' END AS DATE)"
    )
