"""How the rules of a record are evaluated: in one streaming pass, whatever they read."""

from __future__ import annotations

from pipelines.s4_findings.authoring.examples import empty_database
from pipelines.s4_findings.catalogue import load_catalogue
from pipelines.s4_findings.evaluate import wide_sql


def test_no_row_waits_for_what_depends_on_its_county_alone() -> None:
    """A correlated subquery (DELIM_JOIN) buffers every wide row; a pass must stream them."""
    catalogue = load_catalogue()
    waiting = []
    with empty_database(catalogue.records) as connection:
        for record in catalogue.wides:
            plan = connection.execute("EXPLAIN " + wide_sql(catalogue, record)).fetchall()[0][1]
            if "DELIM" in plan or "NESTED_LOOP" in plan or "CROSS_PRODUCT" in plan:
                waiting.append(record)
    assert waiting == []
