"""Cells that are filled in and say nothing: no keys, told or blank elsewhere, lawful words kept."""

from __future__ import annotations

import pytest
from filing_samples import csv_bytes, headers, read, rows

from pipelines.core.dictionary import dictionary
from pipelines.core.text import WIDE
from pipelines.s2_lake.deliveries.delivery import Delivery
from pipelines.s2_lake.texts.nothing_said import says_nothing

ERRORS = ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "＃Ｎ／Ａ", "#ref!"]
ERRORS += ["#SPILL!", "########", "Err:502", "错误:508", " #N/A "]
DASHES = ["-", "—", "——", "–", "－", "/", "／", "\\", "--", "…", "、、", "，", "*", ";"]
NULLS = ["NULL", "null", "nan", "NaN", "None", "N/A", "n/a", "ＮＵＬＬ", "(空)", "(空白)", "<NA>"]
NONE = ["无", "没有", "暂无", "空", "空白", " 无 "]
FORMULAS = ["=A2+1", "=VLOOKUP(A1,B:C,2,0)", "=$A$1", "＝SUM(A1)"]


def filed(tmp_path, alias: str, cells: dict[tuple[int, str], str], count: int = 3) -> Delivery:
    content = [headers(alias), *rows(alias, count)]
    names = [column.name for column in dictionary().tables[alias].columns]
    for (row, column), cell in cells.items():
        content[row][names.index(column)] = cell
    path = tmp_path / "a.csv"
    path.write_bytes(csv_bytes(content))
    return read(path)


def told(delivery: Delivery) -> list[tuple[str, int | None, str | None]]:
    notes = delivery.result.notes
    return [(n.column, n.row, n.value) for n in notes if n.rule_id == "S001"]


@pytest.mark.parametrize("cell", [*ERRORS, *DASHES, *NULLS, *NONE, *FORMULAS, "不详", "待定", "?"])
@pytest.mark.parametrize(("alias", "key"), [("p", "person_code"), ("fa", "doc_no")])
def test_what_says_nothing_is_no_key(tmp_path, alias, key, cell):
    delivery = filed(tmp_path, alias, {(2, key): cell})
    (row,) = delivery.result.quarantine
    assert (row.row, row.column, row.value) == (3, key, cell.translate(WIDE).strip())
    assert delivery.result.rows_accepted == 2


@pytest.mark.parametrize(
    "cell", ["无名村", "同德村", "空山村", "N1-7", "0", "XM-1/2", "-1A", "待2"]
)
def test_a_key_that_only_looks_like_it_is_kept(tmp_path, cell):
    delivery = filed(tmp_path, "fa", {(2, "doc_no"): cell})
    assert delivery.tables["fa"]["doc_no"][1] == cell and not delivery.result.quarantine


@pytest.mark.parametrize("cell", ERRORS + FORMULAS[:2])
def test_an_error_is_told_in_every_kind_of_column(tmp_path, cell):
    columns = [
        "name",
        "id_no",
        "phone",
        "birth_date",
        "gender",
        "work_months",
        "has_employee_pension",
    ]
    delivery = filed(tmp_path, "p", {(1, column): cell for column in columns})
    people = delivery.tables["p"]
    assert all(people[column][0] is None for column in columns)
    assert people["id_no_key"][0] is None and delivery.result.rows_accepted == 3
    assert {column for column, *_ in told(delivery)} == set(columns)


@pytest.mark.parametrize("cell", [*DASHES, *NULLS, *NONE])
def test_where_blank_means_none_so_does_a_dash(tmp_path, cell):
    delivery = filed(tmp_path, "inc", {(2, "dibao_amt"): cell})
    income = delivery.tables["inc"]
    assert income["dibao_amt"][1] is None and income["dibao_amt_text"][1] is None
    assert not told(delivery)
    changes = delivery.changes.select("source_row", "column_name", "before", "after", "rule_zh")
    assert changes.rows() == [(3, "dibao_amt", cell, None, "占位符按空白处理")]


@pytest.mark.parametrize("cell", [*DASHES, *NULLS, *NONE, "不详"])
def test_where_a_number_is_due_a_dash_is_told(tmp_path, cell):
    delivery = filed(tmp_path, "inc", {(2, "wage"): cell})
    assert delivery.tables["inc"]["wage"][1] is None
    assert told(delivery) == [("wage", 3, cell.strip())]


def test_numbers_that_identify_are_none_or_told(tmp_path):
    cells = {(1, "disability_no"): "无", (2, "disability_no"): "/", (3, "id_no"): "无"}
    delivery = filed(tmp_path, "p", cells)
    people = delivery.tables["p"]
    assert people["disability_no"].to_list()[:2] == [None, None]
    assert set(delivery.changes["rule_zh"]) == {"占位符按空白处理"}
    assert people["id_no"][2] is None
    assert [(column, row) for column, row, _ in told(delivery)] == [("id_no", 4)]


def test_words_that_are_lawful_stay(tmp_path):
    cells = {
        (1, "risk_note"): "无",
        (2, "risk_note"): "-",
        (3, "risk_note"): "无劳动力,待核实",
    }
    delivery = filed(tmp_path, "mon", cells)
    assert delivery.tables["mon"]["risk_note"].to_list() == ["无", None, "无劳动力,待核实"]
    people = filed(tmp_path, "p", {(1, "has_employee_pension"): "无", (2, "labor_ability"): "无"})
    assert people.tables["p"]["has_employee_pension"][0] is False
    assert people.tables["p"]["labor_ability"][1] == "无劳动力" and not told(people)


def test_an_open_list_takes_words_and_no_dash(tmp_path):
    cells = {(1, "politics"): "致公党员", (2, "politics"): "待定", (3, "politics"): "/"}
    delivery = filed(tmp_path, "p", cells)
    assert delivery.tables["p"]["politics"].to_list() == ["致公党员", "待定", None]
    assert told(delivery) == [("politics", 4, "/")]


def test_every_label_and_sample_says_something():
    labels = {label for codes in dictionary().code_lists.values() for label in codes.labels}
    # These are known labels before they are words that say nothing.
    assert {label for label in labels if says_nothing(label)} == {"未知"}
    cells = {cell for alias in dictionary().tables for row in rows(alias, 5) for cell in row}
    assert not {cell for cell in cells if says_nothing(cell)} - {"未知"}
