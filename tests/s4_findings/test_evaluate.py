"""How the rules of a record are evaluated: in one streaming pass, whatever they read."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import duckdb
import pytest

from pipelines.core.errors import CatalogueError
from pipelines.s4_findings.authoring.examples import Bench, empty_database
from pipelines.s4_findings.catalogue import Catalogue, load_catalogue
from pipelines.s4_findings.evaluate import evaluate
from pipelines.s4_findings.outcomes import WORD, code_sql, wide_sql


def test_no_row_waits_for_what_depends_on_its_county_alone() -> None:
    """A correlated subquery (DELIM_JOIN) buffers every wide row; a pass must stream them."""
    catalogue = load_catalogue()
    waiting = []
    with empty_database(catalogue.records) as connection:
        for record in catalogue.wides:
            connection.execute(wide_sql(catalogue, record, "VIEW"))
            plan = connection.execute(f"EXPLAIN FROM wide_{record}").fetchall()[0][1]
            if "DELIM" in plan or "NESTED_LOOP" in plan or "CROSS_PRODUCT" in plan:
                waiting.append(record)
    assert waiting == []


def fill(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Write every example of a catalogue's rules, each in a period of its own."""
    bench = Bench(catalogue.records)
    for compiled in catalogue.rules:
        for number, example in enumerate(compiled.rule.examples):
            ((_, values),) = example.items()
            bench.add(compiled, values or {}, f"{compiled.rule.rule_id}#{number}")
    bench.fill(connection)


def test_a_word_of_outcomes_says_what_each_rule_says_alone() -> None:
    """More rules than a word holds, over the examples of all: every count is that of the rule."""
    catalogue = load_catalogue()
    rules = catalogue.of_record("person")
    assert len(rules) > 2 * WORD
    people = Catalogue([compiled.rule for compiled in rules])
    with empty_database(people.records) as connection:
        fill(connection, people)
        connection.execute(wide_sql(people, "person"))
        alone = {
            (one.rule.rule_id, code): count
            for one in people.rules
            for code, count in Counter(
                code
                for (code,) in connection.execute(
                    f"SELECT {code_sql(one)} FROM wide_person"
                ).fetchall()
            ).items()
        }
        connection.execute("DROP TABLE wide_person")
        evaluate(connection, people, ["person"])
        counted = connection.execute(
            "SELECT rule_id, sum(n_not_applicable), sum(n_pass), sum(n_fail), sum(n_undecidable)"
            " FROM outcome_counts GROUP BY rule_id"
        ).fetchall()
        told = connection.execute("SELECT rule_id, count(*) FROM failure GROUP BY ALL").fetchall()
    together = {
        (rule_id, code): count
        for rule_id, *counts in counted
        for code, count in enumerate(counts)
        if count
    }
    assert together == alone
    assert dict(told) == {rule_id: n for (rule_id, code), n in alone.items() if code == 2}


def test_a_sentence_that_cannot_be_made_names_its_rule() -> None:
    """All sentences of a record are made in one statement; the one at fault is still told."""
    first, second = load_catalogue().of_record("person")[:2]
    broken = replace(second.rule, message="{9223372036854775807 + length(person_code)}")
    catalogue = Catalogue([first.rule, broken])
    with empty_database(catalogue.records) as connection:
        fill(connection, catalogue)
        with pytest.raises(CatalogueError, match=f"{broken.rule_id}: message cannot be evaluated"):
            evaluate(connection, catalogue, ["person"])
