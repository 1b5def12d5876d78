"""Rows of a prepared form that nobody filled in are blank; whoever is named in a row is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from filing_samples import csv_bytes, headers, read, rows, workbook

PREFILLED = "空行(只有序号等预填内容)"
AT = {header: at for at, header in enumerate(headers("inc"))}


def numbered(count: int, to: int, header: str = "序号", first: int = 1, step: str = "{}"):
    """Incomes with a running number in front that goes on below them."""
    body = [headers("inc"), *rows("inc", count)]
    width = len(body[0])
    body += [[""] * width for _ in range(to - count)]
    marks = [header, *(step.format(at) for at in range(first, first + to))]
    return [[mark, *row] for mark, row in zip(marks, body, strict=True)]


def filed(folder: Path, content: list[list[str]], kind: str = "xlsx"):
    path = folder / f"收入.{kind}"
    if kind == "csv":
        path.write_bytes(csv_bytes(content))
    else:
        workbook(path, {"收入表": content})
    return read(path)


def kinds(delivery) -> list[tuple[str, int, int]]:
    return [(run.kind_zh, run.first_row, run.last_row) for run in delivery.result.ignored]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize(
    ("header", "step"),
    [
        ("序号", "{}"),
        ("编号", "{}"),
        ("No.", "{}.0"),
        ("", "{}"),  # no header: the numbers run
        ("行次", "({})"),
        ("序 号", "{}、"),
    ],
)
def test_numbers_below_the_records_are_blank_rows(tmp_path, kind, header, step):
    delivery = filed(tmp_path, numbered(3, 30, header, step=step), kind)
    result = delivery.result
    assert (result.rows_read, result.rows_accepted, result.rows_quarantined) == (30, 3, 0)
    assert kinds(delivery) == [(PREFILLED, 5, 31)]


def test_five_hundred_numbers_and_a_footer(tmp_path):
    content = numbered(2, 500)
    content.append(["填表人:示例甲", *[""] * (len(content[0]) - 1)])
    delivery = filed(tmp_path, content)
    assert delivery.result.rows_accepted == 2 and delivery.result.rows_quarantined == 0
    assert kinds(delivery) == [(PREFILLED, 4, 501), ("表尾", 502, 502)]


def test_one_number_left_over_is_blank_too(tmp_path):
    assert kinds(filed(tmp_path, numbered(3, 4))) == [(PREFILLED, 5, 5)]


@pytest.mark.parametrize("with_number", [True, False])
def test_the_year_dragged_down_makes_no_record(tmp_path, with_number):
    content = numbered(3, 12)
    for row in content[1:]:
        row[1 + AT["年度"]] = "2020"
        row[0] = row[0] if with_number else ""
    delivery = filed(tmp_path, content)
    assert delivery.result.rows_accepted == 3 and delivery.result.rows_quarantined == 0
    assert kinds(delivery) == [(PREFILLED, 5, 13)]


def test_places_of_households_dragged_down_make_no_record(tmp_path):
    head = headers("hh")
    body = rows("hh", 3)
    places = [head.index(name) for name in head if name.startswith(("县", "乡", "行政村"))]
    assert len(places) >= 4
    blank = [[body[0][at] if at in places else "" for at in range(len(head))] for _ in range(9)]
    path = workbook(tmp_path / "户.xlsx", {"户基本信息表": [head, *body, *blank]})
    delivery = read(path)
    assert delivery.result.rows_quarantined == 0 and kinds(delivery) == [(PREFILLED, 5, 13)]


def test_sums_dragged_down_make_no_record(tmp_path):
    path = tmp_path / "收入.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("收入表")
    for at, row in enumerate(numbered(3, 20)):
        for column, cell in enumerate(row):
            if cell:
                sheet.write_string(at, column, cell)
    for at in range(4, 21):
        sheet.write_formula(at, 1 + AT["纯收入"], f"=SUM(D{at + 1}:G{at + 1})", None, 0)
        sheet.write_formula(at, 1 + AT["人均纯收入"], f"=P{at + 1}/B{at + 1}", None, "#DIV/0!")
    book.close()
    delivery = read(path)
    assert delivery.result.rows_accepted == 3 and delivery.result.rows_quarantined == 0
    assert kinds(delivery) == [(PREFILLED, 5, 21)]


@pytest.mark.parametrize(
    ("column", "cell"),
    [("工资性收入", "0"), ("工资性收入", "12000"), ("低保金", "300"), ("年度", "1999")],
)
def test_a_row_in_which_something_was_typed_is_no_blank(tmp_path, column, cell):
    content = numbered(3, 8)
    for row in content[1:]:
        row[1 + AT["年度"]] = "2020"
    content[6][1 + AT[column]] = cell
    delivery = filed(tmp_path, content)
    assert [row.row for row in delivery.result.quarantine] == [7]
    assert kinds(delivery) == [(PREFILLED, 5, 6), (PREFILLED, 8, 9)]


@pytest.mark.parametrize("header", ["备注", "补发金额", ""])
def test_a_number_that_does_not_run_is_content(tmp_path, header):
    content = numbered(3, 6)
    for row, cell in zip(content, [header, "", "", "", "300", "450", ""], strict=True):
        row.append(cell)
    delivery = filed(tmp_path, content)
    assert [row.row for row in delivery.result.quarantine] == [5, 6]
    assert kinds(delivery) == [(PREFILLED, 7, 7)]


def test_numbers_that_begin_anew_in_each_village(tmp_path):
    content = numbered(6, 9)
    for row, number in zip(content[1:], [1, 2, 3, 1, 2, 3, 4, 5, 6], strict=True):
        row[0] = str(number)
    content[0][0] = "村内次第"
    assert kinds(filed(tmp_path, content)) == [(PREFILLED, 8, 10)]


def test_a_record_whose_key_was_forgotten_stays_quarantined(tmp_path):
    content = numbered(3, 3)
    content[2][1 + AT["户编号"]] = ""
    delivery = filed(tmp_path, content)
    assert [row.row for row in delivery.result.quarantine] == [3] and kinds(delivery) == []


def test_a_place_that_no_column_is_for_dragged_down_makes_no_record(tmp_path):
    content = [[*row, "示例县" if at else "县"] for at, row in enumerate(numbered(3, 12))]
    delivery = filed(tmp_path, content)
    assert kinds(delivery) == [(PREFILLED, 5, 13)] and not delivery.result.quarantine


def test_a_remark_that_one_row_alone_has_is_content(tmp_path):
    content = [[*row, ""] for row in numbered(3, 6)]
    content[0][-1], content[5][-1] = "备注", "户主外出,待核实"
    delivery = filed(tmp_path, content)
    assert [row.row for row in delivery.result.quarantine] == [6]
