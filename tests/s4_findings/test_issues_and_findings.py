"""A closed issue is held against what the same night's rules find for its object (Q005)."""

from __future__ import annotations

import duckdb

from pipelines.s4_findings.authoring.examples import empty_database
from pipelines.s4_findings.by_county import evaluate_changed
from pipelines.s4_findings.catalogue import Catalogue, load_catalogue, read_rules
from pipelines.s4_findings.run import write_notes

COUNTY, PERIOD = "990101", "2020-06"


def insert(connection: duckdb.DuckDBPyConnection, table: str, **values: object) -> None:
    row = {"county_code": COUNTY, "period": PERIOD, **values}
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))


def test_a_closed_issue_whose_rule_still_fires_is_found() -> None:
    """Of the issue's own period, rule and object only; issues come after every other record."""
    rules = [rule for rule in read_rules() if rule.rule_id in ("Q002", "Q005", "H011", "A002")]
    # Issues first, as a catalogue that begins with them would have it.
    catalogue = Catalogue(sorted(rules, key=lambda rule: rule.rule_id, reverse=True))
    with empty_database(catalogue.records) as connection:
        for number, table in enumerate(("hh", "iss", "link"), start=1):
            insert(connection, "records.rec_filing", table_name=table, n_rows=number)
        insert(
            connection, "records.rec_household", record_id=1, household_code="H1", row_no=1
        )  # fmt: skip
        insert(
            connection, "records.rec_household", record_id=2, household_code="H2", row_no=2,
            phone="19900000001",
        )  # fmt: skip
        insert(
            connection, "records.rec_household", record_id=3, household_code="H2", row_no=1,
            period="2019-12",
        )  # fmt: skip
        issues = [
            ("W1", "H011", "H1", "已完成"),
            ("W2", "H011", "H2", "已完成"),
            ("W3", "A002", "H1", "已完成"),
            ("W4", "H011", "H1", "正在整改"),
            ("W5", "H011", "H1", "已完成并长期坚持"),
        ]
        for number, (issue, rule, subject, status) in enumerate(issues, start=10):
            insert(
                connection, "records.rec_issue", record_id=number, issue_id=issue, rule_id=rule,
                object_code=subject, status=status, row_no=number,
            )  # fmt: skip
        evaluate_changed(connection, catalogue)
        found = connection.execute(
            "SELECT object_code FROM rules.failure WHERE rule_id = 'Q005' ORDER BY ALL"
        ).fetchall()
        assert found == [("W1",), ("W5",)]


def test_notes_that_another_rule_speaks_for_are_left_to_it() -> None:
    """But a column that is missing, and a total that does not add up, no other rule tells."""
    catalogue = load_catalogue()
    with empty_database(catalogue.records) as connection:
        connection.execute(
            """
            CREATE TABLE records.rec_structural_note AS
            SELECT * FROM (VALUES
              ('S001', 'hh', 'main_cause', 's', 'a.xlsx', ''),
              ('S001', 'hh', 'bank_name', 's', 'a.xlsx', ''),
              ('S002', 'hh', 'main_cause', 's', 'a.xlsx', ''),
              ('S002', 'hh', 'member_count', 's', 'a.xlsx', ''),
              ('S004', 'ben', 'amount_yuan', 's', 'a.xlsx', '')
            ) AS t (note_rule, table_name, column_name, submission_id, source_file, source_sheet);
            INSERT INTO lake.header BY NAME SELECT 's' AS submission_id, 'a.xlsx' AS source_file,
              '' AS source_sheet, table_name, column_name, 'x' AS header
            FROM records.rec_structural_note WHERE column_name <> 'member_count'
            """
        )
        write_notes(connection, catalogue)
        kept = connection.execute(
            "SELECT note_rule, column_name FROM findings.rec_structural_note ORDER BY ALL"
        ).fetchall()
    assert kept == [("S001", "bank_name"), ("S002", "member_count"), ("S004", "amount_yuan")]
