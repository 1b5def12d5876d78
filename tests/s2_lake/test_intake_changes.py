"""What reading changed is told: cell, before, after, rule; what it did not change is not."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
import xlsxwriter
from filing_samples import COUNTY, PERIOD, csv_bytes, headers, id_number, rows, workbook
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.dictionary import dictionary
from pipelines.s2_lake.files.reader import read_sheets
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.rows.changes import CHANGE, masked
from pipelines.s2_lake.rows.conform import Conformed, conform_blocks
from pipelines.s2_lake.rows.filing import Filing
from pipelines.s2_lake.tables.recognise import recognise
from pipelines.s2_lake.texts.change_rules import Rule, told

WORDS = dictionary()
FILING = Filing(COUNTY, PERIOD, "s", "表.xlsx", b"k")
BEN, P, HH = "ben", "p", "hh"


def place(alias: str, column: str) -> int:
    return [c.name for c in WORDS.tables[alias].columns].index(column)


def table(alias: str, count: int, *cells: tuple[int, str, object]) -> list[list[object]]:
    """Header and plain rows, with single cells (row from 1, column, cell) set."""
    content: list[list[object]] = [list(headers(alias)), *map(list, rows(alias, count))]
    for row, column, cell in cells:
        content[row][place(alias, column)] = cell
    return content


def sheet_of(tmp_path, content: list[list[object]], kind: str = "xlsx") -> Sheet:
    if kind == "csv":
        path = tmp_path / "a.csv"
        path.write_bytes(csv_bytes(content))
    else:
        path = workbook(tmp_path / "a.xlsx", {"表": content})
    (sheet,) = read_sheets(path, path.name)
    return sheet


def read(sheet: Sheet) -> Conformed:
    (conformed,) = conform_blocks([(sheet, recognise(sheet, WORDS))], WORDS, FILING)
    return conformed


def changes(result: Conformed) -> list[tuple]:
    told_of = ["source_row", "column_name", "before", "after", "rule_zh"]
    return result.changes.select(told_of).rows()


@pytest.mark.parametrize("alias", list(WORDS.tables))
def test_plain_rows_change_nothing(tmp_path, alias):
    for kind in ("xlsx", "csv"):
        result = read(sheet_of(tmp_path, table(alias, 5), kind))
        assert result.frame.height == 5 and result.changes.height == 0
        assert dict(result.changes.schema) == CHANGE


@pytest.mark.parametrize(
    ("alias", "column", "cells"),
    [
        ("p", "relation", ["01", "1", "户主", " 户主 "]),
        ("p", "birth_date", ["20190301", "2019-03-01", "2019-03-01 00:00:00"]),
        ("p", "identified_on", ["201903", "2019-03", "2019-03-01", "20190301"]),
        ("p", "health", ["长期慢性病,残疾", "残疾, 长期慢性病", ""]),
        ("p", "student_status", ["非在校生", "无", ""]),
        ("p", "is_soldier", ["是", "否", "　是"]),
        ("p", "work_months", ["0", "12", "3.0", "007"]),
        ("p", "work_location", ["湖北 石首", " 湖北", "（县外）"]),
        ("inc", "wage", ["1", "-5", "1234.50", "0.000001", "1.0000000"]),
        ("ben", "amount_yuan", ["2019", "+3"]),
    ],
)
def test_plain_forms_are_no_changes(tmp_path, alias, column, cells):
    filled = [(row, column, cell) for row, cell in enumerate(cells, start=1)]
    result = read(sheet_of(tmp_path, table(alias, len(cells), *filled)))
    assert changes(result) == [] and not [n for n in result.notes if n.rule_id == "S001"]


@pytest.mark.parametrize(
    ("alias", "column", "before", "after", "rules"),
    [
        ("p", "id_no", "99010119900307004x", "99010119900307004X", "字母转大写"),
        ("p", "id_no", "'99010119900307004X", "99010119900307004X", "去除撇号"),
        (
            "p",
            "id_no",
            "９９０１０１ 19900307\u200b004x",
            "99010119900307004X",
            "全角转半角、去除空格、去除不可见字符、字母转大写",
        ),
        ("p", "phone", "139 0000\u00a00001", "13900000001", "去除空格"),
        ("p", "phone", " 13900000001", "13900000001", "去除空格"),
        ("p", "household_code", "9,901,000,001", "9901000001", "去除千分位"),
        ("p", "household_code", "9901000001.0", "9901000001", "去除小数点后的零"),
        ("p", "name", "张 三", "张三", "去除空格"),
        ("p", "name", "张　三\ufeff", "张三", "去除空格、去除不可见字符"),
        ("p", "work_location", "湖北\u00ad石首", "湖北石首", "去除不可见字符"),
        ("p", "birth_date", "1990/3/7", "1990-03-07", "日期写法"),
        ("p", "birth_date", "一九九〇年三月七日", "1990-03-07", "日期写法"),
        ("p", "identified_on", "2019-03-15", "201903", "只取年月"),
        ("p", "identified_on", "2019.1", "201901", "日期写法"),
        ("p", "relation", "０１", "户主", "全角转半角"),
        ("p", "relation", "01-户主", "户主", "代码变体"),
        ("p", "relation", "本人", "户主", "代码变体"),
        ("p", "work_status", "乡（镇）内务工", "乡(镇)内务工", "全角转半角"),
        ("p", "health", "残疾、长期慢性病;残疾", "残疾,长期慢性病", "多值分隔符、去除重复值"),
        ("p", "is_soldier", "√", "是", "是否符号"),
        ("p", "is_soldier", "是\u200e", "是", "去除不可见字符"),
        ("p", "work_months", "3个月", "3", "去除单位"),
        ("inc", "wage", "１，２３４．５", "1234.5", "全角转半角、去除千分位"),
        ("inc", "wage", "1.2万元", "12000", "单位换算"),
        ("inc", "wage", "（1）", "-1", "全角转半角、括号负数"),
        ("inc", "wage", "−1", "-1", "负号写法"),
        ("inc", "wage", "1.5E+03", "1500", "科学计数"),
        ("inc", "wage", "0.12345678", "0.123457", "四舍五入到6位"),
        ("liv", "arable", "2公顷", "30", "单位换算"),
        ("agg", "value", "1.4万", "14000", "单位换算"),
        ("agg", "value", "14,752", "14752", "去除千分位"),
    ],
)
def test_a_change_is_told_with_its_rule(tmp_path, alias, column, before, after, rules):
    for kind in ("xlsx", "csv"):
        cells = [(1, column, before)] + ([(1, "unit", "人")] if alias == "agg" else [])
        result = read(sheet_of(tmp_path, table(alias, 2, *cells), kind))
        assert changes(result) == [(2, column, before, after, rules)]
        (row,) = result.changes.rows(named=True)
        assert row["header"] == WORDS.tables[alias].column(column).header
        assert row["table_name"] == alias and row["source_file"] == "表.xlsx"


def test_a_header_in_another_unit_changes_every_cell_that_names_none(tmp_path):
    content = table("prj", 2, (1, "budget_yuan", "1.5"), (2, "budget_yuan", "3万元"))
    content[0][place("prj", "budget_yuan")] = "资金规模（万元）"
    result = read(sheet_of(tmp_path, content))
    assert result.frame["budget_yuan"].to_list() == [15000, 30000]
    assert [row[1:] for row in changes(result)] == [
        ("budget_yuan", "1.5", "15000", "按表头单位换算"),
        ("budget_yuan", "3万元", "30000", "单位换算"),
    ]


def test_a_repeated_header_is_known_though_its_cells_are_cleaned(tmp_path):
    content = table("p", 2)
    content[0][place("p", "name")] = "姓　名"
    content[0][place("p", "id_no")] = "证件 号码"
    content.insert(2, list(content[0]))
    result = read(sheet_of(tmp_path, content))
    assert (result.frame.height, result.rows_ignored, result.quarantine) == (2, 1, [])


def test_quarantined_rows_and_untyped_cells_are_not_listed(tmp_path):
    content = table("ben", 3, (1, "project_code", ""), (1, "amount_yuan", "1,234"))
    content[2][place("ben", "amount_yuan")] = "约 1,234"
    content[3][place("ben", "amount_yuan")] = "5 元"
    result = read(sheet_of(tmp_path, content))
    assert [q.row for q in result.quarantine] == [2]
    assert [row[0] for row in changes(result)] == [4]


def test_a_merged_cell_fills_the_rows_it_covers(tmp_path):
    content = table("p", 4, (1, "identified_on", "2014.6"))
    at = place("p", "identified_on")
    for row in (2, 3):
        content[row][at] = None
    sheet = replace(sheet_of(tmp_path, content), merged=((1, at, 3, at),))
    result = read(sheet)
    assert [str(day) for day in result.frame["identified_on"]][:3] == ["2014-06-01"] * 3
    assert [row[0:1] + row[2:] for row in changes(result)] == [
        (2, "2014.6", "201406", "日期写法"),
        (3, None, "201406", "合并单元格取值、日期写法"),
        (4, None, "201406", "合并单元格取值、日期写法"),
    ]


def test_a_merged_identifier_and_a_merge_beyond_the_last_row(tmp_path):
    content = table("p", 3, (1, "household_code", "9901 000001"))
    content[2][place("p", "household_code")] = content[3][place("p", "household_code")] = None
    at = place("p", "household_code")
    result = read(replace(sheet_of(tmp_path, content), merged=((1, at, 9, at),)))
    assert result.frame["household_code"].to_list() == ["9901000001"] * 3
    assert {row[4] for row in changes(result)} == {"去除空格", "合并单元格取值、去除空格"}


@pytest.mark.parametrize("area", [(0, 3, 2, 3), (1, 2, 1, 3)], ids=["from header", "across"])
def test_other_merges_give_no_cell_a_value(tmp_path, area):
    content = table("ben", 3, (2, "amount_yuan", None), (1, "amount_yuan", "7"))
    sheet = replace(sheet_of(tmp_path, content), merged=(area,))
    result = read(sheet)
    assert result.frame["amount_yuan"].to_list()[:2] == [7, None] and changes(result) == []


def test_a_formula_gives_its_value_or_is_told_to_have_none(tmp_path):
    content = table("ben", 3, (1, "amount_yuan", "30"), (2, "amount_yuan", None))
    at = place("ben", "amount_yuan")
    formulas = {(2, at): "10+20", (3, at): "=SUM(D9:D10)"}
    result = read(replace(sheet_of(tmp_path, content), formulas=formulas))
    assert result.frame["amount_yuan"].to_list()[:2] == [30, None]
    assert [row[0:1] + row[2:] for row in changes(result)] == [
        (2, "=10+20", "30", "公式取值"),
        (3, "=SUM(D9:D10)", None, "公式无结果"),
    ]
    (note,) = [n for n in result.notes if n.rule_id == "S001"]
    assert (note.row, note.value) == (3, "=SUM(D9:D10)")
    assert note.sentence_zh == "“受益金额”的公式没有计算结果,请填数值"


@pytest.mark.parametrize(("is_1904", "day"), [(False, date(2019, 3, 1)), (True, date(2023, 3, 2))])
def test_serial_dates_count_from_the_workbooks_first_day(tmp_path, is_1904, day):
    content = table("mea", 1, (1, "started_on", 43525))
    result = read(replace(sheet_of(tmp_path, content), is_1904=is_1904))
    assert result.frame["started_on"].to_list() == [day]
    assert changes(result) == [(2, "started_on", "43525", str(day), "Excel日期序号")]


def test_a_percent_format_shows_a_hundred_times_its_number(tmp_path):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet, percent = book.add_worksheet(), book.add_format({"num_format": "0%"})
    content, at = table("liv", 4), place("liv", "supply_rate")
    for at_row, row in enumerate(content):
        sheet.write_row(at_row, 0, row)
    for at_row, (cell, style) in enumerate(
        [(0.853, percent), (1, percent), (95.5, None), (1, None)], start=1
    ):
        sheet.write_number(at_row, at, cell, style)
    book.close()
    (filed,) = read_sheets(path, path.name)
    result = read(filed)
    assert result.frame["supply_rate"].to_list() == [Decimal("85.3"), 100, Decimal("95.5"), 1]
    assert [row[2:] for row in changes(result)] == [
        ("85.3%", "85.3", "去除单位"),
        ("100%", "100", "去除单位"),
    ]


def test_a_numeric_month_that_may_have_lost_its_nought_is_not_guessed(tmp_path):
    content = table("p", 3, (1, "identified_on", 2019.1), (2, "identified_on", "2019.1"))
    content[3][place("p", "identified_on")] = 2019.11
    result = read(sheet_of(tmp_path, content))
    assert result.frame["identified_on"].to_list() == [None, date(2019, 1, 1), date(2019, 11, 1)]
    (note,) = [n for n in result.notes if n.rule_id == "S001"]
    assert note.row == 2 and "1月" in note.sentence_zh and "10月" in note.sentence_zh
    assert [row[0] for row in changes(result)] == [3, 4]


def test_why_a_cell_cannot_be_typed_is_told(tmp_path):
    content = table(
        "p",
        4,
        (1, "work_months", "3户"),
        (2, "identified_on", "19年3月"),
        (3, "relation", "01配偶"),
        (4, "birth_date", "2019-02-30"),
    )
    told_of = {n.row: n.sentence_zh for n in read(sheet_of(tmp_path, content)).notes}
    for row, says in [(2, "单位“户”"), (3, "四位"), (4, "不一致"), (5, "日历")]:
        assert says in told_of[row]


@pytest.mark.parametrize(
    "lost",
    [
        "4.21081E+17",
        "9.9010119800101e+17",
        "９．９Ｅ＋１７",
        "9.9e17",
        "990,101,198,001,010,016",
        "990101198001010016.0",
        "990101198001010000",
    ],
)
def test_an_id_that_lost_digits_costs_its_row(tmp_path, lost):
    content = table("reg_police", 3, (2, "id_no", lost))
    result = read(sheet_of(tmp_path, content, "csv"))
    assert [(q.row, q.column) for q in result.quarantine] == [(3, "id_no")]
    assert "丢失" in result.quarantine[0].reason_zh and "文本格式" in result.quarantine[0].reason_zh


def ending_in_nought(valid: bool) -> str:
    """An id with an order code x00 whose check digit is, or is not, the 0 that it ends in."""
    for at in range(100, 1000, 100):
        for day in range(10, 29):
            number = id_number(at, f"198001{day}")
            if (number[17] == "0") == valid:
                return number[:17] + "0"
    raise AssertionError


def test_an_id_that_ends_in_000_by_right_is_kept_unless_all_do(tmp_path):
    right, wrong = ending_in_nought(valid=True), ending_in_nought(valid=False)
    content = table("reg_police", 5, (1, "id_no", right), (2, "id_no", wrong))
    result = read(sheet_of(tmp_path, content, "csv"))
    assert [q.row for q in result.quarantine] == [3]
    for row in (3, 4, 5):
        content[row][place("reg_police", "id_no")] = wrong[:14] + f"{row}000"
    assert len(read(sheet_of(tmp_path, content, "csv")).quarantine) == 5


@given(st.lists(st.sampled_from(list(Rule))))
def test_rules_are_told_once_and_in_one_order(rules):
    text = told(rules)
    assert text == told(reversed(rules))
    assert set(text.split("、") if text else []) == set(rules)


def test_numbers_stay_exact(tmp_path):
    content = table("inc", 1, (1, "wage", "9,999,999,999,999.123456"))
    result = read(sheet_of(tmp_path, content))
    assert result.frame["wage"].to_list() == [Decimal("9999999999999.123456")]
    assert result.changes["after"].to_list() == ["9999999999999.123456"]
    assert isinstance(result.changes, pl.DataFrame)


@pytest.mark.parametrize("figure", ["9" * 20, "9" * 40, "100000亿", "10000000000000"])
def test_a_printed_figure_too_large_for_the_lake_is_told(tmp_path, figure):
    result = read(sheet_of(tmp_path, table("agg", 2, (1, "value", figure), (1, "unit", "元"))))
    assert result.frame["value"].to_list()[0] is None
    (note,) = [n for n in result.notes if n.rule_id == "S001"]
    assert note.row == 2 and "数值过大" in note.sentence_zh


def test_an_id_is_masked_in_the_change_of_any_column():
    number = "990101198001010014"
    row = ["人.xlsx", "村", 2, "p", "gender", "性别", "E", f'="{number}"', number, "公式取值"]
    frame = pl.DataFrame([row], schema=CHANGE, orient="row")
    shown = masked(frame, WORDS).row(0, named=True)
    assert (shown["before"], shown["after"]) == ('="990101********0014"', "990101********0014")
    assert shown["rule_zh"] == "公式取值"
