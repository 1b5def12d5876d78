"""What intake recorded of each delivery, as tables of schema ``lake``."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

from pipelines.core.dictionary import Dictionary
from pipelines.core.partitions import OF_SUBMISSION, note_table
from pipelines.core.settings import Home
from pipelines.core.sql import literal, quoted
from pipelines.s1_archive import admissions, withdrawals
from pipelines.s2_lake import SubmissionResult, in_force, lake_frames, standing
from pipelines.s3_models.timeliness.completeness import filled_cells
from pipelines.s3_models.timeliness.filing_calendar import read_calendar
from pipelines.s3_models.timeliness.filings_due import filings_due

# Tables that say a row's county themselves; the others say it by the submission.
_COUNTY = dict.fromkeys(
    ("submission", "current_delivery", "filing", "filing_due", "filled_cells", "withdrawal"),
    "county_code",
)


def create_receipts(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    dictionary: Dictionary,
    results: Sequence[SubmissionResult],
) -> None:
    """Create the receipt tables as intake gives them, what follows from them, and code_list.

    What follows: withdrawal, admission, delivered_table, current_delivery, filing, filing_due,
    filled_cells, absent_columns.
    By way of Parquet, because DuckDB takes a polars frame only through a package that is not here.
    """
    still = in_force(home, results)
    tables = {
        **lake_frames(home),
        "withdrawal": _withdrawals(home, results),
        "admission": _admissions(home, results),
        "delivered_table": _delivered_tables(results),
        "current_delivery": _current_deliveries(still),
        "filing_due": filings_due(read_calendar(), dictionary, results, still),
    }
    for table, frame in tables.items():
        path = home.temp / f"receipt_{table}.parquet"
        frame.write_parquet(path)
        source = f"read_parquet({literal(str(path))})"
        connection.execute(f"create or replace table lake.{quoted(table)} as from {source}")
        path.unlink()
    _create_filing(connection, dictionary)
    connection.execute(f"create or replace table lake.filled_cells as {filled_cells(dictionary)}")
    create_absent_columns(connection, dictionary)
    _create_code_list(connection, dictionary)
    for table in (*tables, "filing", "filled_cells", "absent_columns"):
        note_table(connection, f"lake.{table}", _COUNTY.get(table, OF_SUBMISSION))
    note_table(connection, "lake.code_list")


def _withdrawals(home: Home, results: Sequence[SubmissionResult]) -> pl.DataFrame:
    """Return one row per withdrawn submission: which, when it came, when and why it went."""
    gone = withdrawals(home)
    rows = [
        (r.submission_id, r.county_code, r.period, r.received_at, one.withdrawn_at, one.reason)
        for r in results
        if (one := gone.get(r.submission_id)) is not None
    ]
    names = ("submission_id", "county_code", "period", "received_at", "withdrawn_at", "reason")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _admissions(home: Home, results: Sequence[SubmissionResult]) -> pl.DataFrame:
    """Return one row per admitted submission: which, and when; never who said so."""
    told = admissions(home)
    rows = [
        (r.submission_id, one.admitted_at)
        for r in results
        if (one := told.get(r.submission_id)) is not None
    ]
    names = ("submission_id", "admitted_at")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _delivered_tables(results: Sequence[SubmissionResult]) -> pl.DataFrame:
    """Return submission_id, table_name: what each delivery had rows of, standing or not."""
    rows = [
        (result.submission_id, alias)
        for result in results
        for alias in (*result.tables, *dict(result.amended))
    ]
    names = ("submission_id", "table_name")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _current_deliveries(results: Sequence[SubmissionResult]) -> pl.DataFrame:
    """Return county_code, period, table_name and each submission_id whose rows stand there."""
    names = ("county_code", "period", "table_name", "submission_id")
    rows = [
        (*filing, result.submission_id)
        for filing, deliveries in standing(results).items()
        for result in deliveries
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _create_filing(connection: duckdb.DuckDBPyConnection, dictionary: Dictionary) -> None:
    """Create ``lake.filing``: one row per county, period and table that was filed.

    A table that was taken without a row is a filing of none.
    """
    counts = " union all ".join(
        f"select county_code, period, {literal(alias)} as table_name, count(*) as n_rows "
        f"from lake.{quoted(alias)} group by county_code, period"
        for alias in dictionary.tables
    )
    connection.execute(
        f"""
        create or replace table lake.filing as
        select
            county_code, period, table_name, sum(n_rows)::BIGINT as n_rows
        from (
            {counts}
            union all
            select county_code, period, table_name, 0 as n_rows
            from lake.current_delivery
        )
        group by all
        order by all
        """
    )


def create_absent_columns(connection: duckdb.DuckDBPyConnection, dictionary: Dictionary) -> None:
    """Create ``lake.absent_columns``: one row per header with rows that lacks columns of its table.

    Its ``absent_columns`` are the lake's names of those columns, in the dictionary's order. A
    column without which the dictionary takes every row for the ordinary case is none of them.
    """
    columns = [
        (alias, column.name, table.stored_name(column.name))
        for alias, table in dictionary.tables.items()
        for column in table.columns
        if column.absent_means is None
    ]
    aliases, names, stored = (list(part) for part in zip(*columns, strict=True))
    connection.execute(
        """
        create or replace table lake.absent_columns as
        with block as (
            select distinct
                submission_id, source_file, source_sheet, table_name, first_row, last_row
            from lake.header
            semi join lake.submission_file as sheet
                on sheet.submission_id = header.submission_id
                and sheet.source_file = header.source_file
                and sheet.source_sheet = header.source_sheet
                and sheet.table_name = header.table_name
                and sheet.rows_accepted > 0
        ), known as (
            select unnest(?) as table_name, unnest(?) as column_name, unnest(?) as stored_name,
                unnest(?) as place
        )
        select block.*, list(known.stored_name order by known.place) as absent_columns
        from block
        join known using (table_name)
        anti join lake.header as header
            on header.submission_id = block.submission_id
            and header.source_file = block.source_file
            and header.source_sheet = block.source_sheet
            and header.table_name = block.table_name
            and header.first_row = block.first_row
            and header.column_name = known.column_name
        group by all
        order by all
        """,
        [aliases, names, stored, list(range(len(columns)))],
    )


def _create_code_list(connection: duckdb.DuckDBPyConnection, dictionary: Dictionary) -> None:
    """Create ``lake.code_list``: one row per list and label, in the dictionary's order."""
    connection.execute(
        "create or replace table lake.code_list (list VARCHAR, title_zh VARCHAR, position INTEGER, "
        "code VARCHAR, label VARCHAR, valid_from INTEGER, valid_to INTEGER)"
    )
    rows = [
        (codes.name, codes.title_zh, position, one.code, one.label, one.valid_from, one.valid_to)
        for codes in dictionary.code_lists.values()
        for position, one in enumerate(codes.codes, start=1)
    ]
    if rows:
        connection.executemany("insert into lake.code_list values (?, ?, ?, ?, ?, ?, ?)", rows)
