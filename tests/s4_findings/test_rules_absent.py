"""Every rule on its own examples, once for each column it reads with that column not filed at all.

Whatever the cell might have said, a rule must not be surer without it: it accuses only where every
value would have been accused, and passes only where none would have.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from pipelines.core.dictionary import dictionary
from pipelines.core.dictionary.model import Column, Table
from pipelines.s4_findings.authoring.examples import CODES, Bench, empty_database
from pipelines.s4_findings.catalogue import Catalogue, CompiledRule, load_catalogue
from pipelines.s4_findings.outcomes import code_sql, wide_sql

pytestmark = pytest.mark.slow

PARTS = 4

Place = tuple[str, int] | None
"""A joined row or one of the rows below; None is the record itself."""
VALUES: dict[str, tuple[Any, ...]] = {
    "bool": (True, False),
    "int": (0, 1, 2000, 10**6),
    "dec": (0, 1, 2000, 10**6),
    "date": ("1950-01-01", "2019-06-30", "2026-12-31"),
    "month": ("1950-01-01", "2019-06-01", "2026-12-01"),
    "datetime": ("2019-06-30 12:00:00", "2026-12-31 12:00:00"),
    "str": ("甲", "990101196001010019"),
}
# What a value is compared with in the tables of other filings, as a whole or not at all.
NOT_TRIED = {"agg"}
# The stage of a school, which stands beside it in these examples, is derived from the grade.
DERIVED = {("X010", "grade"), ("X011", "grade")}


def values(column: Column) -> tuple[Any, ...]:
    """Return what a cell could have said, blank among it."""
    if column.codes is None:
        return (None, *VALUES[column.type])
    labels = dictionary().code_lists[column.codes].labels
    found = labels[:3] + labels[-1:]
    return (None, *(found if column.type == "code" else [[label] for label in found]))


def read(compiled: CompiledRule) -> set[tuple[str, str]]:
    return compiled.when.needs.columns | compiled.must.needs.columns


def cells(catalogue: Catalogue, compiled: CompiledRule) -> Iterator[tuple[int, Place, Column]]:
    """Yield each example, place and filed column that the rule reads there."""
    for number, example in enumerate(compiled.rule.examples):
        ((kind, body),) = example.items()
        if kind not in ("fires", "passes"):
            continue
        for place, target in places(catalogue, compiled.rule.record, body or {}):
            table = dictionary().tables.get(catalogue.records[target].table or "")
            if table is None or table.alias in NOT_TRIED:
                continue
            for column in table.columns:
                stored = table.stored_name(column.name)
                is_read = (table.alias, stored) in read(compiled)
                is_filed = catalogue.records.filed_part(target, stored) is not None
                if not is_read or not is_filed or column.absent_means:
                    continue
                if column.name not in table.key and (compiled.rule.rule_id, stored) not in DERIVED:
                    yield number, place, column


def places(catalogue: Catalogue, record: str, body: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield the rows of an example with the records that they are."""
    view = catalogue.records[record]
    yield None, record
    for name, rows in body.items():
        link = (view.joins | view.children).get(name)
        if link or name == "prior":
            count = 1 if isinstance(rows, dict) else len(rows or [])
            for at in range(count):
                yield (name, at), link.record if link else record


def changed(
    body: dict[str, Any] | None, place: Place, cell: str, more: dict[str, Any]
) -> dict[str, Any]:
    """Return an example with one cell replaced."""
    found = deepcopy(body or {})
    row = found
    if place is not None:
        rows = found[place[0]]
        row = rows if isinstance(rows, dict) else rows[place[1]]
    row.pop(f"{cell}_text", None)
    row |= {cell: None} | more
    return found


def test_thousands_of_cells_are_tried() -> None:
    catalogue = load_catalogue()
    tried = {
        (compiled.rule.rule_id, number, place, Table.stored_name(column.name))
        for compiled in catalogue.rules
        for number, place, column in cells(catalogue, compiled)
    }
    assert len(tried) > 3000


@pytest.mark.parametrize("part", range(PARTS))
def test_no_rule_is_surer_of_a_column_that_was_not_filed(part: int) -> None:
    """In parts, a quarter of the records each, so that they can run side by side."""
    catalogue = load_catalogue()
    chosen = list(catalogue.wides)[part::PARTS]
    bench = Bench(catalogue.records)
    lacking: list[tuple[str, str, str]] = []
    tried: dict[tuple[str, int, Place, str], dict[str, int]] = {}
    for compiled in (one for record in chosen for one in catalogue.of_record(record)):
        rule = compiled.rule
        for number, place, column in cells(catalogue, compiled):
            ((_, body),) = rule.examples[number].items()
            name = Table.stored_name(column.name)
            variants = {"absent": changed(body, place, name, {"absent_columns": [name]})}
            for at, value in enumerate(values(column)):
                variants[f"value {at}"] = changed(body, place, name, {name: value})
            key = (rule.rule_id, number + 1, place, name)
            tried[key] = {}
            for label, variant in variants.items():
                period = f"{rule.rule_id}#{len(bench.rows)}"
                tried[key][label] = bench.add(compiled, variant, period)
                if label == "absent":
                    lacking.append((period, table_of(catalogue, compiled, place), name))
    outcomes = judged(catalogue, chosen, bench, lacking)
    wrong = []
    for key, records in tried.items():
        found = {
            label: outcomes[key[0]].get(record, "no record") for label, record in records.items()
        }
        absent = found.pop("absent")
        if absent == "fires" and set(found.values()) & {"passes", "not applicable"}:
            wrong.append((*key, "accuses"))
        if absent == "passes" and "fires" in found.values():
            wrong.append((*key, "passes"))
    assert tried
    assert [str(each) for each in wrong] == []


def table_of(catalogue: Catalogue, compiled: CompiledRule, place: Place) -> str:
    view = catalogue.records[compiled.rule.record]
    link = (view.joins | view.children).get(place[0]) if place else None
    return str(catalogue.records[link.record].table if link else view.table)


def judged(
    catalogue: Catalogue, records: list[str], bench: Bench, lacking: list[tuple[str, str, str]]
) -> dict[str, dict[int, str]]:
    """Return rule → record_id → outcome; ``lacking`` are (period, table, column) not filed."""
    found = {}
    with empty_database(catalogue.records) as connection:
        bench.fill(connection)
        connection.execute(
            "INSERT INTO records.rec_absent_column"
            " SELECT county.county_code, unnest(?), unnest(?), unnest(?) FROM county",
            [list(part) for part in zip(*lacking, strict=True)],
        )
        for record in records:
            connection.execute(wide_sql(catalogue, record))
            for compiled in catalogue.of_record(record):
                rows = connection.execute(
                    f"SELECT record_id, {code_sql(compiled)} FROM wide_{record}"
                    f" WHERE period LIKE '{compiled.rule.rule_id}#%'"
                ).fetchall()
                found[compiled.rule.rule_id] = {record_id: CODES[code] for record_id, code in rows}
    return found
