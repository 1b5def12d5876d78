"""Rows and required cells of every table, counted by SQL made from the dictionary."""

from __future__ import annotations

import random
from datetime import datetime

import pytest
from filing_samples import COUNTY, PERIOD, csv_bytes, headers, rows

from pipelines.core.database import read_only
from pipelines.core.dictionary import dictionary
from pipelines.core.settings import Home
from pipelines.s1_archive import receive, withdraw
from pipelines.s2_lake import ingest, results
from pipelines.s3_models import load
from pipelines.s3_models.timeliness.completeness import required_columns

NOW = datetime(2020, 7, 1, 2, 0)


def file(home: Home, content: dict[str, list[list[str]]], day: int = 1) -> None:
    """File tables as CSV, read them and load the build database."""
    for alias, lines in content.items():
        path = home.inbox / COUNTY / PERIOD / f"{alias}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(csv_bytes(lines))
    receive(home, NOW.replace(day=day))
    ingest(home)
    load(home)


def cells(home: Home) -> dict[str, tuple[int, int, int]]:
    with read_only(home.build_db) as connection:
        found = connection.execute(
            "select table_name, sum(n_rows)::bigint, sum(required_cells)::bigint, "
            "sum(required_cells_filled)::bigint from lake.filled_cells group by 1"
        ).fetchall()
    return {name: (n, required, filled) for name, n, required, filled in found}


def test_the_blanks_are_those_of_the_receipt(home: Home) -> None:
    """Every table with random holes: what is not filled is what S002 counts, cell by cell."""
    rng, content = random.Random(7), {}
    for alias, table in dictionary().tables.items():
        kept = [
            place
            for place, column in enumerate(table.columns)
            if column.name in (*table.key, table.folder_county) or rng.random() > 0.1
        ]
        body = rows(alias, 30)
        for row in body:
            for place, column in enumerate(table.columns):
                is_key = column.name in (*table.key, table.folder_county)
                if not is_key and rng.random() < 0.2:
                    row[place] = rng.choice(["", "  "])
        content[alias] = [[line[place] for place in kept] for line in [headers(alias), *body]]
    file(home, content)
    (result,) = results(home)
    counted = cells(home)
    assert set(counted) == set(content) == set(result.tables)
    assert any(result.quarantine) is False, "a row that is not taken is not counted"
    for alias, table in dictionary().tables.items():
        n, required, filled = counted[alias]
        assert n == 30
        # A missing column is noted whether it is required or not, without a number of cells.
        names = {column.name: column for column in required_columns(table)}
        notes = [note for note in result.notes if (note.table, note.rule_id) == (alias, "S002")]
        blanks = sum(note.n_cells for note in notes)
        whole = [names[note.column] for note in notes if not note.n_cells and note.column in names]
        exempting = [column for column in names.values() if column.unless]
        if not exempting:
            assert required == 30 * len(names), alias
            assert required - filled == blanks + 30 * len(whole), alias
        else:
            assert alias == "hh"
            assert 30 * (len(names) - len(exempting)) < required < 30 * len(names)


def test_an_exempted_cell_is_not_required(home: Home) -> None:
    table = dictionary().tables["hh"]
    place = {column.name: n for n, column in enumerate(table.columns)}
    exempt = [c.name for c in table.columns if c.unless == ("household_type", "一般农户")]
    body = rows("hh", 3)
    for row, kind in zip(body, ("一般农户", "贫困户", ""), strict=True):
        row[place["household_type"]] = kind
        for name in exempt:
            row[place[name]] = ""
    file(home, {"hh": [headers("hh"), *body]})
    every = len(required_columns(table))
    # The second row lacks the exempted columns' cells, the third also its type.
    missing = 2 * len(exempt) + 1
    assert cells(home)["hh"] == (
        3,
        3 * every - len(exempt),
        3 * every - len(exempt) - missing,
    )


def test_what_cannot_be_typed_is_filled(home: Home) -> None:
    table = dictionary().tables["hh"]
    place = [column.name for column in table.columns].index("member_count")
    body = rows("hh", 2)
    body[0][place] = "三口人左右"
    file(home, {"hh": [headers("hh"), *body]})
    _, required, filled = cells(home)["hh"]
    assert required == filled


def test_reports_that_say_when_they_came_are_counted_apart(home: Home) -> None:
    columns = [column.name for column in dictionary().tables["agg"].columns]
    body = rows("agg", 3)
    for row, (as_of, submitted) in zip(
        body,
        [("20200605", "2020-06-05 11:59"), ("20200612", "2020-06-12 12:01"), ("20200612", "")],
        strict=True,
    ):
        row[columns.index("as_of")] = as_of
        row[columns.index("submitted_at")] = submitted
    file(home, {"agg": [headers("agg"), *body]})
    with read_only(home.build_db) as connection:
        found = connection.execute(
            "select as_of::varchar, submitted_at::varchar, n_rows from lake.filled_cells "
            "order by 1, 2"
        ).fetchall()
    assert found == [
        ("2020-06-05", "2020-06-05 11:59:00", 1),
        ("2020-06-12", "2020-06-12 12:01:00", 1),
        ("2020-06-12", None, 1),
    ]


def test_only_what_stands_is_counted(home: Home) -> None:
    file(home, {"hh": [headers("hh"), *rows("hh", 3)], "p": [headers("p"), *rows("p", 2)]})
    file(home, {"hh": [headers("hh"), *rows("hh", 5)]}, day=2)
    assert {name: n for name, (n, *_) in cells(home).items()} == {"hh": 5, "p": 2}
    withdraw(home, f"{COUNTY}-{PERIOD}-v2", "报错了", NOW.replace(day=3))
    ingested = ingest(home)
    load(home)
    assert ingested.changed_partitions == (f"hh/period={PERIOD}/county={COUNTY}",)
    assert {name: n for name, (n, *_) in cells(home).items()} == {"hh": 3, "p": 2}
    with read_only(home.build_db) as connection:
        standing = connection.execute(
            "select table_name, submission_id from lake.current_delivery order by 1"
        ).fetchall()
    assert standing == [(name, f"{COUNTY}-{PERIOD}-v1") for name in ("hh", "p")]
    withdraw(home, f"{COUNTY}-{PERIOD}-v1", "报错了", NOW.replace(day=4))
    ingest(home)
    load(home)
    assert cells(home) == {}


@pytest.mark.parametrize("alias", dictionary().tables)
def test_every_table_has_required_cells(alias: str) -> None:
    assert required_columns(dictionary().tables[alias])
