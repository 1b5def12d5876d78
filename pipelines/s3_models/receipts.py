"""What intake recorded of each delivery, as tables of schema ``lake``."""

from __future__ import annotations

import duckdb

RECEIPTS = {
    "submission": (
        "submission_id VARCHAR, county_code VARCHAR, period VARCHAR, version INTEGER, "
        "received_at VARCHAR, is_sample BOOLEAN"
    ),
    "submission_file": (
        "submission_id VARCHAR, county_code VARCHAR, period VARCHAR, file VARCHAR, sheet VARCHAR, "
        "table_name VARCHAR, status VARCHAR, reason_zh VARCHAR, rows_read BIGINT, "
        "rows_accepted BIGINT, rows_quarantined BIGINT, rows_ignored BIGINT"
    ),
    "quarantine": (
        "submission_id VARCHAR, county_code VARCHAR, period VARCHAR, file VARCHAR, sheet VARCHAR, "
        "row_number BIGINT, table_name VARCHAR, column_name VARCHAR, value VARCHAR, "
        "reason_zh VARCHAR"
    ),
    "header": (
        "submission_id VARCHAR, source_file VARCHAR, source_sheet VARCHAR, table_name VARCHAR, "
        "column_name VARCHAR, header VARCHAR, column_letter VARCHAR"
    ),
    "structural_note": (
        "submission_id VARCHAR, county_code VARCHAR, period VARCHAR, rule_id VARCHAR, "
        "table_name VARCHAR, column_name VARCHAR, file VARCHAR, sheet VARCHAR, "
        "row_number BIGINT, value VARCHAR"
    ),
}


def create_receipts(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the receipt tables, empty."""
    for table, columns in RECEIPTS.items():
        connection.execute(f"create table lake.{table} ({columns})")
