"""A form about one record is told as such; a list with lines above it, or a note, is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from filing_samples import csv_bytes, headers, read, rows, workbook

CODE, ID = "9901010001", "990101198001010014"
MEMBERS = ["姓名", "性别", "与户主关系", "证件号码", "健康状况", "人编号"]
MEMBER = ["示例戊", "男", "户主", ID, "健康", "990101000101"]

FORMS: dict[str, list[list[str]]] = {
    "two pairs a row, members below": [
        ["示例县贫困户一户一表"],
        ["户编号", CODE, "", "户主姓名", "示例戊"],
        ["主要致贫原因", "因病", "", "家庭人口", "3"],
        MEMBERS,
        MEMBER,
        ["填表人:示例甲"],
    ],
    "one pair a row": [
        ["户编号", CODE],
        ["户主姓名", "示例戊"],
        ["户主证件号码", ID],
        ["家庭人口", "3"],
        ["主要致贫原因", "因病"],
    ],
    "colons": [
        ["户编号:", CODE, "户主姓名:", "示例戊"],
        ["家庭人口:", "3", "脱贫标志:", "已脱贫"],
    ],
    "in one cell": [
        [f"户编号:{CODE}  户主姓名:示例戊"],
        ["家庭人口:3  主要致贫原因:因病"],
        MEMBERS,
        MEMBER,
    ],
    "a group in front": [
        ["基本情况", "户编号", CODE, "户主姓名", "示例戊"],
        ["", "家庭人口", "3", "主要致贫原因", "因病"],
        ["收入情况", "工资性收入", "12000", "生产经营性收入", "3000"],
    ],
    "blank items": [
        ["户编号", CODE, "户主姓名", "示例戊", "户联系电话", ""],
        ["家庭人口", "3", "开户银行", "", "脱贫标志", "已脱贫"],
    ],
    "spaced out": [
        ["户 编 号", CODE, "", "户主姓名", "示例戊"],
        ["家庭人口", "3", "", "户 类 型", "脱贫户"],
    ],
    "a person's": [
        ["姓名", "示例戊", "性别", "男", "人编号", "990101000101"],
        ["证件号码", ID, "", "", "民族", "汉族"],
        ["文化程度", "初中", "", "", "健康状况", "健康"],
    ],
    "a project's": [
        ["项目名称", "示例道路", "", "项目编码", "XM990101001"],
        ["建设性质", "新建", "", "责任单位", "示例局"],
    ],
    "members first": [
        MEMBERS,
        MEMBER,
        ["户编号", CODE, "", "户主姓名", "示例戊"],
        ["家庭人口", "1", "", "主要致贫原因", "因病"],
    ],
}


# What a cell is called stands above it; the rows of items and of contents take turns.
ABOVE_CONTENTS: dict[str, list[list[str]]] = {
    "a household's, members below": [
        ["示例县贫困户一户一表"],
        ["户编号", "户主姓名", "家庭人口", "户类型"],
        [CODE, "示例戊", "3", "脱贫户"],
        ["主要致贫原因", "脱贫标志", "户联系电话", "开户银行"],
        ["因病", "已脱贫", "19900010001", ""],
        MEMBERS,
        MEMBER,
        [*MEMBER[:1], *MEMBER[1:]],
        ["填表人:示例甲"],
    ],
    "merged cells": [
        ["户编号", "", "户主姓名", ""],
        [CODE, "", "示例戊", ""],
        ["家庭人口", "", "主要致贫原因", ""],
        ["3", "", "因病", ""],
    ],
    "blank rows and groups between": [
        ["一、基本情况"],
        ["户编号", "户主姓名", "家庭人口"],
        [CODE, "示例戊", "3"],
        [""],
        ["二、收入情况"],
        ["工资性收入", "生产经营性收入", "财产性收入"],
        ["12000", "3000", "0"],
    ],
    "a group in front": [
        ["基本情况", "户编号", "户主姓名", "家庭人口"],
        ["", CODE, "示例戊", "3"],
        ["其他情况", "主要致贫原因", "脱贫标志", "户类型"],
        ["", "因病", "已脱贫", "脱贫户"],
    ],
    "a person's": [
        ["姓名", "性别", "证件号码", "民族"],
        ["示例戊", "男", ID, "汉族"],
        ["人编号", "文化程度", "健康状况", "与户主关系"],
        ["990101000101", "初中", "健康", "户主"],
    ],
    "a project's": [
        ["项目编码", "项目名称"],
        ["XM990101001", "示例道路"],
        ["建设性质", "责任单位"],
        ["新建", "示例局"],
    ],
    "items that nobody knows among them": [
        ["户编号", "户主姓名", "门牌"],
        [CODE, "示例戊", "12"],
        ["家庭人口", "主要致贫原因", "房前屋后"],
        ["3", "因病", "一棵树"],
    ],
}


def filed(folder: Path, sheets: dict[str, list[list[str]]]):
    return read(workbook(folder / "表.xlsx", sheets))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_form_is_told_as_one(tmp_path, form):
    delivery = filed(tmp_path, {"户1": form})
    (only,) = delivery.result.files
    assert only.status == "refused" and not only.rows_accepted, only
    assert "一户一表式" in only.reason_zh and "请按模板“" in only.reason_zh, only.reason_zh
    assert not delivery.tables


@pytest.mark.parametrize("form", ABOVE_CONTENTS.values(), ids=ABOVE_CONTENTS)
def test_a_form_whose_items_stand_above_their_contents_is_told_as_one(tmp_path, form):
    delivery = filed(tmp_path, {"户1": form})
    (only,) = delivery.result.files
    assert only.status == "refused" and not only.rows_accepted, only
    assert "等项目的内容写在项目下方" in only.reason_zh, only.reason_zh
    assert "请按模板“" in only.reason_zh and not delivery.tables


def test_a_form_of_such_items_in_a_text_file_names_what_to_send(tmp_path):
    path = tmp_path / "户.csv"
    path.write_bytes(csv_bytes(ABOVE_CONTENTS["a household's, members below"][1:5]))
    (only,) = read(path).result.files
    assert "请按模板“户基本信息表”“家庭成员表”填报" in only.reason_zh


def block(alias: str, count: int, columns: int | None = None) -> list[list[str]]:
    return [headers(alias)[:columns], *(row[:columns] for row in rows(alias, count))]


NO_FORMS: dict[str, tuple[list[list[str]], dict[str, int]]] = {
    "a table of one row": (block("hh", 1), {"hh": 1}),
    "its header twice, one row each": (
        [*block("inc", 1), headers("inc"), rows("inc", 2)[1]],
        {"inc": 2},
    ),
    "two tables of one row": ([*block("hh", 1), *block("p", 1)], {"hh": 1, "p": 1}),
    "titles between them": (
        [["户基本信息表"], *block("hh", 1), [""], ["家庭成员表"], *block("p", 1)],
        {"hh": 1, "p": 1},
    ),
    "a table of one row and part of another": (
        [*block("hh", 1), ["姓名", "证件号码", "性别"], ["示例戊", ID, "男"]],
        {"hh": 1},
    ),
    "a header that numbers its columns": (
        [headers("ben"), [str(at) for at, _ in enumerate(headers("ben"), 1)], *rows("ben", 1)],
        {"ben": 1},
    ),
}


@pytest.mark.parametrize(("content", "accepted"), NO_FORMS.values(), ids=NO_FORMS)
def test_tables_of_one_row_are_no_form(tmp_path, content, accepted):
    delivery = filed(tmp_path, {"表": content})
    assert not any("一户一表" in item.reason_zh for item in delivery.result.files)
    assert {alias: frame.height for alias, frame in delivery.tables.items()} == accepted


def test_items_that_nobody_filled_in_below_make_no_form(tmp_path):
    form = [["户编号", "户主姓名"], ["", ""], ["家庭人口", "脱贫标志"], ["", ""]]
    (only,) = filed(tmp_path, {"户": form}).result.files
    assert not only.rows_read and "一户一表" not in only.reason_zh


def test_the_lists_that_hold_the_items_are_named(tmp_path):
    (only,) = filed(tmp_path, {"户1": FORMS["a group in front"]}).result.files
    assert "请按模板“户基本信息表”“收入表”“家庭成员表”填报" in only.reason_zh


def test_a_form_about_a_village_is_told(tmp_path):
    names, cells = headers("vil"), rows("vil", 1)[0]
    form = [[names[at], cells[at], names[at + 1], cells[at + 1]] for at in range(0, 30, 2)]
    (only,) = filed(tmp_path, {"村": form}).result.files
    assert only.status == "refused" and "请按模板“行政村信息表”填报" in only.reason_zh


def test_each_sheet_of_forms_is_told_and_a_list_beside_them_is_read(tmp_path):
    form = FORMS["one pair a row"]
    listed = [headers("p"), *rows("p", 3)]
    delivery = filed(tmp_path, {"户1": form, "家庭成员表": listed, "户2": form})
    by_sheet = {item.sheet: item for item in delivery.result.files}
    assert by_sheet["家庭成员表"].rows_accepted == 3
    assert all("一户一表" in by_sheet[name].reason_zh for name in ("户1", "户2"))


def test_a_form_in_a_text_file(tmp_path):
    path = tmp_path / "户.csv"
    width = max(map(len, FORMS["two pairs a row, members below"]))
    form = [row + [""] * (width - len(row)) for row in FORMS["two pairs a row, members below"]]
    path.write_bytes(csv_bytes(form))
    assert "一户一表" in read(path).result.files[0].reason_zh


ABOVE: dict[str, list[list[str]]] = {
    "place and year": [
        ["示例县家庭成员表"],
        ["县(市、区、旗)", "示例县", "乡(镇)", "示例镇", "行政村", "示例一村"],
        ["年度", "2020", "填报日期", "20200630"],
    ],
    "place in one cell": [
        ["县:示例县 乡(镇):示例镇 行政村:示例一村"],
        ["年度:2020 联系电话:19900010001"],
    ],
    "who filled it in": [
        ["填报单位", "示例县扶贫办", "联系电话", "19900010001"],
        ["填报人", "示例甲"],
    ],
}


@pytest.mark.parametrize("above", ABOVE.values(), ids=ABOVE)
@pytest.mark.parametrize("alias", ["p", "hh", "inc"])
def test_lines_above_a_list_make_no_form(tmp_path, above, alias):
    delivery = filed(tmp_path, {"表": [*above, headers(alias), *rows(alias, 3)]})
    (only,) = delivery.result.files
    assert (only.table, only.rows_accepted) == (alias, 3), only.reason_zh


def test_an_explanation_of_items_is_no_form(tmp_path):
    note = [[header, f"填写{header},10 位数字"] for header in headers("hh")]
    (only,) = filed(tmp_path, {"指标解释": note}).result.files
    assert "一户一表" not in only.reason_zh


def test_a_form_that_nobody_filled_in_is_not_said_to_hold_anything(tmp_path):
    form = [["户编号", "", "", "户主姓名", ""], ["家庭人口", "", "", "脱贫标志", ""]]
    (only,) = filed(tmp_path, {"户": form}).result.files
    assert not only.rows_read and "一户一表" not in only.reason_zh
