"""A build database with hand-made record views, for tests of indicators, gate and publication.

Only the columns that the indicator models read stand in it; every row is a dict, what it leaves
out takes the default of its table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from pipelines.core.database import build_database
from pipelines.core.settings import Home
from pipelines.s3_models.history import create_filled_later, create_history

Row = Mapping[str, Any]

BALANCE = [
    f"{state}_{unit}"
    for unit in ("pop", "hh")
    for state in (
        *("opening_roll", "roll", "identified", "opening_poor", "poor", "returned", "exited"),
        *("increase", "decrease", "cancelled", "deleted", "poor_increase", "poor_decrease"),
        *("gone", "gone_poor"),
    )
]

# schema.table -> column -> (type, default)
TABLES: dict[str, dict[str, tuple[str, Any]]] = {
    "records.rec_county": {
        **dict.fromkeys(BALANCE, ("bigint", None)),
        "has_prior": ("boolean", False),
    },
    "records.rec_household": {
        "household_code": ("varchar", None),
        "on_roll": ("boolean", True),
        "is_still_poor": ("boolean", False),
        "main_cause": ("varchar", None),
        "is_first": ("boolean", True),
    },
    "records.rec_person": {
        "household_code": ("varchar", None),
        "person_code": ("varchar", None),
        "is_live": ("boolean", True),
        "is_first": ("boolean", True),
        "labor_ability": ("varchar", None),
        "is_soldier": ("boolean", None),
        "has_resident_medical": ("boolean", None),
        "has_employee_medical": ("boolean", None),
        "school_age": ("integer", None),
        "student_status": ("varchar", None),
        "dropout_reason": ("varchar", None),
        "education": ("varchar", None),
    },
    "records.rec_living": {
        "household_code": ("varchar", None),
        "is_first": ("boolean", True),
        "is_dangerous": ("boolean", None),
        "dangerous_grade": ("varchar", None),
        "drink_safe": ("boolean", None),
        "drink_difficult": ("boolean", None),
        "water_l": ("decimal(20,6)", None),
        "fetch_min": ("decimal(20,6)", None),
        "supply_rate": ("decimal(20,6)", None),
        "water_quality": ("varchar", None),
    },
    "records.rec_village": {
        "total_pop": ("bigint", None),
        "is_first": ("boolean", True),
    },
    "records.rec_reported": {
        "indicator": ("varchar", None),
        "base_value": ("decimal(38,8)", None),
        "is_own": ("boolean", True),
        "is_latest": ("boolean", True),
    },
    "records.rec_allocation": {
        "doc_no": ("varchar", "D1"),
        "is_this_budget": ("boolean", True),
        "allocated_yuan": ("decimal(20,6)", None),
        "is_first": ("boolean", True),
    },
    "records.rec_payment": {
        "doc_no": ("varchar", "D1"),
        "pay_kind": ("varchar", "进度款"),
        "amount_yuan": ("decimal(20,6)", None),
        "is_first": ("boolean", True),
    },
    "records.rec_project": {
        "is_first": ("boolean", True),
        "level": ("varchar", "township"),
        "in_pool": ("boolean", True),
        "status": ("varchar", "在建"),
        "budget_yuan": ("decimal(20,6)", None),
        "contract_yuan": ("decimal(20,6)", None),
        "has_payments": ("boolean", False),
        "paid_yuan": ("decimal(20,6)", None),
        "progress_pct": ("decimal(20,6)", None),
        "is_started": ("boolean", False),
        "is_completed": ("boolean", False),
        "is_accepted": ("boolean", False),
    },
    "records.rec_spell": {
        "person_code": ("varchar", None),
        "is_working": ("boolean", True),
        "is_outside_county": ("boolean", True),
        "start_month": ("date", "2020-01-01"),
        "end_month": ("date", None),
        "is_returned": ("boolean", None),
        "is_reemployed": ("boolean", None),
    },
    "records.rec_loan": {
        "household_code": ("varchar", None),
        "amount_yuan": ("decimal(20,6)", None),
        "balance_yuan": ("decimal(20,6)", None),
        "overdue_yuan": ("decimal(20,6)", None),
        "is_renewal": ("boolean", False),
        "is_first": ("boolean", True),
    },
    "records.rec_monitoring": {
        "household_code": ("varchar", None),
        "monitor_type": ("varchar", "脱贫不稳定户"),
        "risk_eliminated": ("boolean", False),
        "identified_on": ("date", "2020-01-01"),
    },
    "records.rec_helper": {
        "household_code": ("varchar", None),
        "is_active": ("boolean", True),
    },
    "records.rec_issue": {
        "status": ("varchar", None),
        "is_first": ("boolean", True),
    },
    "records.rec_filing": {
        "table_name": ("varchar", None),
        "n_rows": ("bigint", 1),
        "prior_period": ("varchar", None),
    },
    "records.rec_absent_column": {
        "table_name": ("varchar", None),
        "column_name": ("varchar", None),
    },
    "records.rec_threshold": {
        "kind": ("varchar", None),
        "valid_from": ("date", "2018-01-01"),
        "valid_to": ("date", None),
        "value": ("decimal(20,6)", None),
    },
    "lake.current_delivery": {
        "table_name": ("varchar", "hh"),
        "submission_id": ("varchar", None),
    },
    "lake.withdrawal": {
        "submission_id": ("varchar", None),
        "received_at": ("varchar", None),
        "withdrawn_at": ("varchar", None),
    },
    "lake.admission": {"submission_id": ("varchar", None), "admitted_at": ("varchar", None)},
    "main.fct_submission": {
        "submission_id": ("varchar", None),
        "is_sample": ("boolean", False),
        "status": ("varchar", "accepted"),
        "received_at": ("varchar", "2020-07-01T02:00:00+08:00"),
    },
    "main.fct_submission_file": {
        "file": ("varchar", "a.xlsx"),
        "rows_read": ("bigint", 1),
        "rows_accepted": ("bigint", 1),
        "rows_quarantined": ("bigint", 0),
        "rows_ignored": ("bigint", 0),
    },
}

THRESHOLDS = {
    "compulsory_age_min": 6,
    "compulsory_age_max": 15,
    "water_litres_min": 20,
    "fetch_minutes_max": 20,
    "supply_rate_min": 90,
    "steady_work_months": 6,
    "steady_work_window": 12,
}


def make_build_database(home: Home, rows: Mapping[str, Iterable[Row]]) -> None:
    """Create the build database of a home from rows by short table name (``household`` …).

    ``region`` rows go to ``dim_region``; ``finding``, ``rule``, ``outcome`` rows to ``findings``.
    """
    with build_database(home) as connection:
        create_history(connection, home)
        create_filled_later(connection)
        connection.execute("create schema records; create schema lake")
        for name, columns in TABLES.items():
            short = name.split(".")[1].removeprefix("rec_").removeprefix("fct_")
            _create(connection, name, columns)
            for number, row in enumerate(rows.get(short, ()), start=1):
                _insert(connection, name, columns, row, number)
        connection.execute("create view lake.submission as from main.fct_submission")
        _create_regions(connection, rows.get("region", ()))
        for short in ("finding", "rule_outcome", "rule"):
            table = f"findings.{'dim' if short == 'rule' else 'fct'}_{short}"
            for row in rows.get(short, ()):
                names = ", ".join(f'"{key}"' for key in row)
                marks = ", ".join("?" for _ in row)
                connection.execute(
                    f"insert into {table} ({names}) values ({marks})", list(row.values())
                )


def _create(
    connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, tuple[str, Any]]
) -> None:
    listed = ", ".join(f'"{column}" {kind}' for column, (kind, _) in columns.items())
    connection.execute(
        f"create table {name} (county_code varchar, period varchar, as_of date, row_no bigint, "
        f"{listed})"
    )


def _insert(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: dict[str, tuple[str, Any]],
    row: Row,
    number: int,
) -> None:
    filled = {
        "county_code": "990101",
        "period": "2020-06",
        **{column: default for column, (_, default) in columns.items()},
        **row,
        "row_no": number,
    }
    marks = ", ".join("?" for _ in filled)
    names = ", ".join(f'"{column}"' for column in filled)
    connection.execute(
        f"insert into {name} ({names}, as_of) values ({marks}, last_day(cast(? || '-01' as date)))",
        [*filled.values(), filled["period"]],
    )


def _create_regions(connection: duckdb.DuckDBPyConnection, rows: Iterable[Row]) -> None:
    connection.execute(
        "create table main.dim_region (region_code varchar, region_name varchar, level varchar, "
        "parent_region_code varchar, valid_from date, valid_to date)"
    )
    for row in rows:
        connection.execute(
            "insert into main.dim_region values (?, ?, ?, ?, '2010-01-01', null)",
            [row["region_code"], row["region_name"], row["level"], row["parent_region_code"]],
        )
