"""Findings across nights: stable ids, dates from deliveries, resolved, reopened, waived."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.core.errors import CatalogueError
from pipelines.s4_findings.lifecycle import COLUMNS, Waiver, read_waivers, write_findings

CELL = 'STRUCT(file VARCHAR, sheet VARCHAR, "row" BIGINT, "column" VARCHAR, value VARCHAR)[]'
FINDING = f"""(
  finding_id VARCHAR, rule_id VARCHAR, county_code VARCHAR, period VARCHAR, grain VARCHAR,
  household_code VARCHAR, person_code VARCHAR, object_code VARCHAR, severity VARCHAR,
  effect VARCHAR, status VARCHAR, message_zh VARCHAR, advice_zh VARCHAR, owner_zh VARCHAR,
  cells {CELL}, masked_id VARCHAR, village_code VARCHAR, is_new BOOLEAN, first_seen_on DATE,
  last_seen_on DATE, resolved_on DATE, is_sample BOOLEAN)"""


@pytest.fixture
def night() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA findings; CREATE SCHEMA history; CREATE SCHEMA lake")
        connection.execute(f"CREATE TABLE history.fct_finding {FINDING}")
        connection.execute("CREATE TABLE history.first_key (keyed VARCHAR, first VARCHAR)")
        connection.execute(
            """
            CREATE TABLE findings.dim_rule AS
              SELECT 'H003' AS rule_id, 'household' AS grain, 'error' AS severity,
                'hold' AS effect, '扶贫办' AS owner_zh;
            CREATE TABLE lake.submission (submission_id VARCHAR, county_code VARCHAR,
              period VARCHAR, received_at VARCHAR, is_sample BOOLEAN, status VARCHAR);
            CREATE TABLE lake.withdrawal (submission_id VARCHAR, county_code VARCHAR,
              withdrawn_at VARCHAR);
            CREATE TABLE lake.admission (submission_id VARCHAR, admitted_at VARCHAR);
            CREATE TABLE lake.current_delivery (submission_id VARCHAR, table_name VARCHAR);
            CREATE SCHEMA rules;
            CREATE TABLE rules.failure (record VARCHAR, rule_id VARCHAR,
              record_id BIGINT, county_code VARCHAR,
              period VARCHAR, household_code VARCHAR, person_code VARCHAR, object_code VARCHAR,
              record_key VARCHAR, masked_id VARCHAR, village_code VARCHAR, message_zh VARCHAR,
              advice_zh VARCHAR);
            CREATE TABLE rules.failure_cell (record VARCHAR, rule_id VARCHAR,
              record_id BIGINT, ordinal BIGINT,
              submission_id VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT,
              table_name VARCHAR, column_name VARCHAR, header VARCHAR, value VARCHAR);
            CREATE TABLE lake.header (submission_id VARCHAR, source_file VARCHAR,
              source_sheet VARCHAR, table_name VARCHAR, column_name VARCHAR, header VARCHAR,
              first_row BIGINT, last_row BIGINT);
            """
        )
        yield connection


def deliver(
    connection: duckdb.DuckDBPyConnection,
    day: str,
    county: str = "990101",
    *,
    status: str = "accepted",
    is_sample: bool = True,
    stands: bool = True,
) -> None:
    connection.execute(
        "INSERT INTO lake.submission VALUES (?, ?, '2020-06', ?, ?, ?)",
        [f"{county}-{day}", county, f"{day}T02:00:00+08:00", is_sample, status],
    )
    if stands:
        connection.execute(
            "INSERT INTO lake.current_delivery VALUES (?, 'hh')", [f"{county}-{day}"]
        )


def fail(connection: duckdb.DuckDBPyConnection, household: str, record_id: int = 1) -> None:
    connection.execute(
        "INSERT INTO rules.failure VALUES ('household', 'H003',"
        " ?, '990101', '2020-06', ?, NULL, NULL, ?, NULL, NULL,"
        " '人数不符', '核实')",
        [record_id, household, household],
    )
    connection.execute(
        "INSERT INTO rules.failure_cell VALUES ('household', 'H003',"
        " ?, 0, 's', 'a.xlsx', '户', ?, 'hh',"
        " 'member_count', '人数', '3')",
        [record_id, 3 + record_id],
    )


def tonight(
    connection: duckdb.DuckDBPyConnection, waivers: list[Waiver] | None = None
) -> list[dict[str, Any]]:
    """Write the findings, make them the history of the next night, and empty the failures."""
    write_findings(connection, waivers or [])
    rows = connection.execute(f"SELECT {COLUMNS} FROM findings.fct_finding").fetchall()
    names = [name.strip() for name in COLUMNS.split(",")]
    connection.execute("DELETE FROM history.fct_finding; DELETE FROM rules.failure")
    connection.execute("DELETE FROM rules.failure_cell")
    connection.execute("INSERT INTO history.fct_finding SELECT * FROM findings.fct_finding")
    return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.mark.parametrize("status", ["refused", "ignored", "reply", "waiting", "superseded"])
def test_a_delivery_that_does_not_count_moves_no_day(
    night: duckdb.DuckDBPyConnection, status: str
) -> None:
    deliver(night, "2020-07-01")
    deliver(night, "2020-07-05", status=status, stands=False)
    fail(night, "9901010001")
    (finding,) = tonight(night)
    assert finding["first_seen_on"] == finding["last_seen_on"] == date(2020, 7, 1)


def test_a_finding_keeps_id_and_first_day_is_resolved_and_reopened(
    night: duckdb.DuckDBPyConnection,
) -> None:
    deliver(night, "2020-07-01")
    fail(night, "9901010001")
    (first,) = tonight(night)
    assert (first["status"], first["is_new"]) == ("open", True)
    assert first["first_seen_on"] == first["last_seen_on"] == date(2020, 7, 1)

    fail(night, "9901010001", record_id=77)
    (same,) = tonight(night)
    assert same["finding_id"] == first["finding_id"]
    assert same["last_seen_on"] == date(2020, 7, 1), "nothing was delivered, nothing moves"
    assert not same["is_new"]

    deliver(night, "2020-07-08")
    (resolved,) = tonight(night)
    assert (resolved["status"], resolved["resolved_on"]) == ("resolved", date(2020, 7, 8))

    deliver(night, "2020-07-15")
    (still,) = tonight(night)
    assert still["resolved_on"] == date(2020, 7, 8)

    fail(night, "9901010001")
    (again,) = tonight(night)
    assert (again["status"], again["resolved_on"]) == ("reopened", None)
    assert again["first_seen_on"] == date(2020, 7, 1)


def test_a_cell_is_called_by_the_header_above_it(night: duckdb.DuckDBPyConnection) -> None:
    """A sheet may have several headers, one below the other."""
    night.execute(
        """
        INSERT INTO lake.header VALUES
          ('s', 'a.xlsx', '户', 'hh', 'member_count', '人数', 2, 3),
          ('s', 'a.xlsx', '户', 'hh', 'member_count', '家庭人口', 5, 9)
        """
    )
    deliver(night, "2020-07-01")
    fail(night, "9901010001", record_id=0)
    fail(night, "9901010002", record_id=4)
    cells = sorted((c["row"], c["column"]) for one in tonight(night) for c in one["cells"])
    assert cells == [(3, "人数"), (7, "家庭人口")]


def test_a_withdrawal_dates_what_it_changes(night: duckdb.DuckDBPyConnection) -> None:
    deliver(night, "2020-07-01")
    fail(night, "9901010001")
    tonight(night)
    deliver(night, "2020-07-08")
    (resolved,) = tonight(night)
    assert resolved["resolved_on"] == date(2020, 7, 8)

    deliver(night, "2020-07-05", county="990102", status="refused")
    night.execute(
        "INSERT INTO lake.withdrawal VALUES "
        "('990101-2020-07-08', '990101', '2020-07-10T09:00:00+08:00'), "
        "('990102-2020-07-05', '990102', '2020-07-20T09:00:00+08:00')"
    )
    fail(night, "9901010001")
    fail(night, "9901010002", record_id=2)
    back, new = sorted(tonight(night), key=lambda finding: finding["household_code"])
    assert (back["status"], back["last_seen_on"]) == ("reopened", date(2020, 7, 10))
    assert (new["status"], new["first_seen_on"]) == ("open", date(2020, 7, 10))


def test_two_rows_with_one_key_are_one_finding_with_the_cells_of_both(
    night: duckdb.DuckDBPyConnection,
) -> None:
    deliver(night, "2020-07-01")
    fail(night, "9901010001", record_id=1)
    fail(night, "9901010001", record_id=2)
    (finding,) = tonight(night)
    assert [cell["row"] for cell in finding["cells"]] == [4, 5]


def test_a_waiver_waives_until_it_expires(night: duckdb.DuckDBPyConnection) -> None:
    waiver = Waiver("H003", "990101", "9901010001", "核实无误", "数据组", date(2020, 7, 31))
    deliver(night, "2020-07-01")
    fail(night, "9901010001")
    fail(night, "9901010002", record_id=2)
    by_household = {f["household_code"]: f["status"] for f in tonight(night, [waiver])}
    assert by_household == {"9901010001": "waived", "9901010002": "open"}
    deliver(night, "2020-08-01")
    fail(night, "9901010001")
    standing = [f for f in tonight(night, [waiver]) if f["status"] != "resolved"]
    assert [f["status"] for f in standing] == ["open"]


def test_a_waiver_needs_every_field(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yml"
    path.write_text("- {rule: H003, county: '990101', object: '9901010001'}", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"缺少 .*reason.*approved_by.*expires_on"):
        read_waivers(path)


def test_two_waivers_of_one_finding_are_one_finding(night: duckdb.DuckDBPyConnection) -> None:
    deliver(night, "2020-07-01")
    fail(night, "9901010001")
    waivers = [
        Waiver("H003", "990101", "9901010001", "核实无误", "数据组", date(2020, month, 31))
        for month in (7, 8)
    ]
    (finding,) = tonight(night, waivers)
    assert finding["status"] == "waived"


def test_what_another_countys_delivery_showed_is_dated_by_that_delivery(
    night: duckdb.DuckDBPyConnection,
) -> None:
    deliver(night, "2020-07-01")
    deliver(night, "2020-07-20", county="990102")
    deliver(night, "2020-07-25", county="990103", status="refused", stands=False)
    fail(night, "9901010001")
    (finding,) = tonight(night)
    assert finding["first_seen_on"] == finding["last_seen_on"] == date(2020, 7, 20)


def test_only_the_deliveries_that_stand_make_a_sample(night: duckdb.DuckDBPyConnection) -> None:
    deliver(night, "2020-07-01", stands=False)
    deliver(night, "2020-07-02", is_sample=False)
    fail(night, "9901010001")
    (finding,) = tonight(night)
    assert finding["is_sample"] is False
