"""Thresholds in a FROM clause: one join for all that hold at the data date, one for each other."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.core.sql import literal, quoted

AT_DATA_DATE = "t"


def at_data_date_sql(kinds: Sequence[str], rows: str) -> str:
    """Return the LEFT JOIN of the thresholds at ``r.as_of``: alias ``t``, one column per kind.

    They depend on county and data date alone, so they are looked up once for each pair of these
    that the table ``rows`` has, not once a row.
    """
    values = ", ".join(
        f"max(threshold.value) FILTER (WHERE threshold.kind = {literal(kind)}) AS {quoted(kind)}"
        for kind in kinds
    )
    listed = ", ".join(literal(kind) for kind in kinds)
    return (
        f"LEFT JOIN (SELECT dated.county_code, dated.as_of, {values}"
        f" FROM (SELECT DISTINCT county_code, as_of FROM {rows}) AS dated"
        ' JOIN records."rec_threshold" AS threshold ON threshold.county_code = dated.county_code'
        f" AND {_holds('threshold', 'dated.as_of')} AND threshold.kind IN ({listed})"
        f" GROUP BY dated.county_code, dated.as_of) AS {AT_DATA_DATE}"
        f" ON {AT_DATA_DATE}.county_code = r.county_code AND {AT_DATA_DATE}.as_of = r.as_of"
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
