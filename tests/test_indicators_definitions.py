"""The indicator definitions as data: whole, parseable, and about things that exist."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlglot
import yaml

from pipelines.core.dictionary import dictionary
from pipelines.core.settings import DBT_PROJECT

FOLDER = DBT_PROJECT / "macros" / "indicators"
BLOCK = re.compile(r"{% set definitions %}\n(.*?){% endset %}", re.DOTALL)
TEXTS = ["name_zh", "name_en", "unit", "term_unit", "numerator_zh", "denominator_zh", "basis"]
KNOWN = {
    *TEXTS,
    *(
        "code",
        "kind",
        "factor",
        "bounded",
        "scope_zh",
        "tables",
        "columns",
        "from",
        "where",
        "readings",
        "by",
    ),
    *("numerator", "denominator", "numerator_where", "denominator_where", "weight"),
}
READING = {"breakdown", "columns", "from", "where", "numerator", "denominator"}
READING |= {"numerator_where", "denominator_where", "weight"}


def definitions() -> list[dict[str, Any]]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.sql"))]
    return [
        entry for text in texts for block in BLOCK.findall(text) for entry in yaml.safe_load(block)
    ]


ALL = definitions()


def test_each_indicator_is_defined_once() -> None:
    codes = [entry["code"] for entry in ALL]
    assert len(codes) == len(set(codes)) >= 25


def test_every_list_of_definitions_is_used() -> None:
    together = (FOLDER / "definitions.sql").read_text(encoding="utf-8")
    for path in FOLDER.glob("*.sql"):
        for name in re.findall(r"{% macro (\w+_indicators)\(\)", path.read_text(encoding="utf-8")):
            assert f"{name}()" in together, name


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry["code"])
def test_a_definition_is_whole(entry: dict[str, Any]) -> None:
    assert re.fullmatch(r"i_[a-z]+[0-9]+", entry["code"])
    assert entry["kind"] in ("ratio", "difference", "count")
    assert set(entry) <= KNOWN
    assert all(entry[text] for text in TEXTS) and entry["scope_zh"]
    assert re.search("[一-鿿]", entry["numerator_zh"] + entry["denominator_zh"])
    assert isinstance(entry["factor"], int)
    assert (entry["unit"] == "%") == (entry["factor"] == 100 and entry["kind"] == "ratio")
    assert entry["tables"] and set(entry["tables"]) <= set(dictionary().tables)


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry["code"])
def test_the_columns_it_needs_are_those_of_filed_tables(entry: dict[str, Any]) -> None:
    for part in [entry, *entry.get("readings", []), entry.get("by", {})]:
        for alias, name in (column.split(".") for column in part.get("columns", [])):
            table = dictionary().tables[alias]
            assert name in table.by_name and name not in table.key


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry["code"])
def test_a_definition_computes_from_models_by_sql_that_parses(entry: dict[str, Any]) -> None:
    for reading in [entry, *entry.get("readings", [])]:
        relation = reading.get("from", entry["from"])
        assert list((DBT_PROJECT / "models").glob(f"*/{relation}.sql")), relation
        for part in ("numerator", "denominator", "weight"):
            if part in reading:
                sqlglot.parse_one(f"select {reading[part]} as term", dialect="duckdb")
        for part in ("where", "numerator_where", "denominator_where"):
            if part in reading:
                sqlglot.parse_one(f"select 1 from t where {reading[part]}", dialect="duckdb")


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry["code"])
def test_breakdowns_have_names_and_values(entry: dict[str, Any]) -> None:
    readings = [reading["breakdown"] for reading in entry.get("readings", [{"breakdown": ""}])]
    assert readings[0] == "" and len(readings) == len(set(readings))
    for reading, breakdown in zip(entry.get("readings", []), readings, strict=False):
        assert set(reading) <= READING
        assert all(re.fullmatch("[a-z]+=[a-z]+", pair) for pair in breakdown.split(";") if pair)
    by = entry.get("by")
    if by:
        assert set(by) <= {"name", "column", "values", "share", "plain", "tables", "columns"}
        assert all(isinstance(value, str) for pair in by["values"].items() for value in pair)


def test_causes_are_those_of_the_code_list() -> None:
    (shares,) = (entry for entry in ALL if entry["code"] == "i_inc11")
    codes = {code.code: code.label for code in dictionary().code_lists["cause"].codes}
    assert shares["by"]["values"] == codes


def test_monitored_kinds_are_those_of_the_code_list() -> None:
    (rate,) = (entry for entry in ALL if entry["code"] == "i_mon1")
    labels = {code.label for code in dictionary().code_lists["monitor_type"].codes}
    assert set(rate["by"]["values"].values()) == labels
