"""Headers of three rows, and columns that a header names twice."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlwt
from filing_samples import csv_bytes, headers, read, rows, workbook
from header_samples import AT, LEVELS, Rectangle, as_xlsx, doubled, merges
from hostile_files import ods, ods_table

from pipelines.core.dictionary import dictionary

INCOME = dictionary().tables["inc"]


def body(count: int = 3) -> list[list[str]]:
    return rows("inc", count)


def as_xls(content: list[list[str | None]], merged: list[Rectangle]) -> bytes:
    packed = io.BytesIO()
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for at, row in enumerate(content):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write(at, column, cell)
    for top, left, bottom, right in merged:
        sheet.merge(top, bottom, left, right)
    book.save(packed)
    return packed.getvalue()


def as_ods(content: list[list[str | None]], merged: list[Rectangle]) -> bytes:
    spans = {
        (top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in merged
    }

    def cell(at: int, column: int, text: str | None) -> str:
        down, right = spans.get((at, column), (1, 1))
        spanned = (
            f' table:number-rows-spanned="{down}" table:number-columns-spanned="{right}"'
            if (at, column) in spans
            else ""
        )
        inner = f"<text:p>{text}</text:p>" if text is not None else ""
        return f'<table:table-cell office:value-type="string"{spanned}>{inner}</table:table-cell>'

    return ods(
        ods_table(
            "".join(
                "<table:table-row>"
                + "".join(cell(at, column, text) for column, text in enumerate(row))
                + "</table:table-row>"
                for at, row in enumerate(content)
            )
        )
    )


WRITERS = {"xlsx": as_xlsx, "xls": as_xls, "ods": as_ods}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(
    "title", [[], [["收入表"]], [["收入表"], ["填报单位:示例县", None, "2020年"]]]
)
@pytest.mark.parametrize("is_merged", [True, False])
def test_three_header_rows(tmp_path, kind, title, is_merged):
    levels = [[level[at] for level in LEVELS] for at in range(3)]
    above = [[*row, *[None] * (len(LEVELS) - len(row))] for row in title]
    content = [*above, *levels, *body()]
    merged = merges(LEVELS, len(title)) if is_merged else []
    path = tmp_path / f"收入.{kind}"
    path.write_bytes(WRITERS[kind](content, merged))
    delivery = read(path)
    (only,) = delivery.result.files
    assert (only.table, only.rows_accepted, only.rows_ignored) == ("inc", 3, 0), only.reason_zh
    assert "缺少列" not in only.reason_zh and "未识别" not in only.reason_zh
    whole = delivery.tables["inc"]
    for at, column in enumerate(INCOME.columns):
        if column.type == "dec":
            filed = [float(row[at]) for row in body()]
            assert [float(value) for value in whole[column.name]] == filed, column.name


def test_three_rows_with_a_row_of_numbers_and_a_total_below(tmp_path):
    levels = [[level[at] for level in LEVELS] for at in range(3)]
    numbers = [str(at + 1) for at in range(len(LEVELS))]
    total = ["合计", *[None] * (len(LEVELS) - 1)]
    path = tmp_path / "收入.xlsx"
    path.write_bytes(as_xlsx([*levels, numbers, *body(), total], merges(LEVELS, 0)))
    delivery = read(path)
    (only,) = delivery.result.files
    assert (only.rows_read, only.rows_accepted, only.rows_ignored) == (5, 3, 2)
    assert [part.kind_zh for part in delivery.result.ignored] == ["编号行", "合计行"]


def test_two_rows_under_a_title_stay_two(tmp_path):
    upper = [level[1] or level[0] for level in LEVELS]
    upper[2] = "工资性收入"
    lower = [level[2] for level in LEVELS]
    title = ["收入表", *[None] * (len(LEVELS) - 1)]
    merged = [(0, 0, 0, len(LEVELS) - 1), *(m for m in merges(LEVELS, 0) if m[0] == 1)]
    path = tmp_path / "收入.xlsx"
    path.write_bytes(as_xlsx([title, upper, lower, *body()], merged))
    delivery = read(path)
    (only,) = delivery.result.files
    assert (only.rows_read, only.rows_accepted) == (3, 3) and "缺少列" not in only.reason_zh
    at = headers("inc").index("转移性收入")
    assert [float(v) for v in delivery.tables["inc"]["transfer"]] == [
        float(row[at]) for row in body()
    ]


# --- a header twice -------------------------------------------------------------------------


def filed(folder: Path, content: list[list[str]], kind: str = "xlsx"):
    path = folder / f"人.{kind}"
    if kind == "csv":
        path.write_bytes(csv_bytes(content))
    else:
        workbook(path, {"家庭成员表": content})
    return read(path)


WELL, NONE = ["健康", "残疾", "健康"], ["", " ", ""]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (NONE, WELL, "N 列为空,按 O 列读取"),
        (WELL, NONE, "O 列为空,按 N 列读取"),
        (WELL, WELL, "重复出现在 N、O 列,内容逐格相同"),
    ],
)
def test_of_two_columns_the_filled_one_is_read_and_told(tmp_path, kind, first, second, says):
    delivery = filed(tmp_path, doubled("健康状况", first, second), kind)
    (only,) = delivery.result.files
    assert says in only.reason_zh and only.rows_accepted == 3
    assert delivery.tables["p"]["health"].to_list() == [["健康"], ["残疾"], ["健康"]]
    (place,) = [h.column_letter for h in delivery.result.headers if h.column == "health"]
    assert place == ("O" if first is NONE else "N")


@pytest.mark.parametrize("second", [["健康", "健康", "健康"], ["残疾", "", ""], ["", "", "健康"]])
def test_two_columns_that_differ_are_asked_about(tmp_path, second):
    delivery = filed(tmp_path, doubled("健康状况", ["", "残疾", "健康"], second))
    (only,) = delivery.result.files
    assert only.status == "refused" and only.rows_accepted == 0 and "p" not in delivery.tables
    assert "重复出现在 N、O 列" in only.reason_zh and "请只保留一列" in only.reason_zh


def test_another_name_of_an_empty_column_is_read(tmp_path):
    names = dictionary().tables["p"].column("id_no").headers
    ids = [row[AT["证件号码"]] for row in rows("p", 3)]
    content = doubled("证件号码", ["", "", ""], ids, again=names[1])
    delivery = filed(tmp_path, content)
    (only,) = delivery.result.files
    assert f"表头“证件号码”、“{names[1]}”重复出现在 G、H 列,G 列为空,按 H 列读取" in only.reason_zh
    assert delivery.tables["p"]["id_no"].to_list() == ids


def test_a_key_twice_of_which_one_is_empty(tmp_path):
    codes = [row[AT["人编号"]] for row in rows("p", 3)]
    delivery = filed(tmp_path, doubled("人编号", ["", "", ""], codes))
    assert delivery.tables["p"]["person_code"].to_list() == codes
    assert "C 列为空,按 D 列读取" in delivery.result.files[0].reason_zh


def test_what_stands_below_the_records_fills_no_column(tmp_path):
    content = doubled("健康状况", NONE, WELL)
    footer = ["" for _ in content[0]]
    footer[0], footer[AT["健康状况"]] = "填表人:示例甲", "审核人:示例乙"
    delivery = filed(tmp_path, [*content, footer])
    assert "N 列为空,按 O 列读取" in delivery.result.files[0].reason_zh
    assert delivery.result.rows_ignored == 1 and delivery.result.rows_accepted == 3


def test_three_columns_of_which_one_is_filled(tmp_path):
    content = doubled("健康状况", NONE, WELL)
    for row, cell in zip(content, ["健康状况", "", "", ""], strict=True):
        row.append(cell)
    delivery = filed(tmp_path, content)
    assert "N、AK 列为空,按 O 列读取" in delivery.result.files[0].reason_zh
    assert delivery.tables["p"]["health"].to_list() == [["健康"], ["残疾"], ["健康"]]
