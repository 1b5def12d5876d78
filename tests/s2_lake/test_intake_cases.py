"""Files as offices really send them (people invented), each with what must come of it.

The files lie in ``tests/data/intake``; the kinds they stand for have tests of their own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.core.dictionary import dictionary
from pipelines.s2_lake.deliveries.amendments import Earlier
from pipelines.s2_lake.deliveries.delivery import Delivery, Identity, read_delivery

FOLDER = Path(__file__).parents[1] / "data" / "intake"


def filed(name: str, county: str, period: str) -> Delivery:
    """Read one file as that county's delivery."""
    who = Identity(f"{county}-{period}-v1", county, period, 1, "2021-07-01T02:00:00+08:00")
    nothing = Earlier(FOLDER / "no earlier delivery")
    return read_delivery([(name, FOLDER / name)], who, dictionary(), b"test key", nothing)


@pytest.mark.parametrize(
    ("name", "county", "period", "alias", "count"),
    [
        ("29-three-level-header-leaf.xlsx", "990199", "2019-12", "inc", 3),
        ("34-csv-unbalanced-quote.csv", "990194", "2019-06", "p", 6),
        ("46-duplicate-header-first-empty.xlsx", "990196", "2018-12", "p", 4),
        ("79-utf16-customxml.xlsx", "990199", "2017-06", "p", 4),
        ("80-stray-last-row-to-xfd.xlsx", "990190", "2016-12", "p", 4),
        ("81-svg-with-doctype.xlsx", "990191", "2016-12", "p", 4),
    ],
)
def test_every_row_is_read(name, county, period, alias, count):
    delivery = filed(name, county, period)
    assert {item.status for item in delivery.result.files} == {"accepted"}
    assert delivery.tables[alias].height == delivery.result.rows_accepted == count


@pytest.mark.parametrize(
    ("name", "county", "period", "says"),
    [
        ("17-velvetsweatshop.xlsx", "990197", "2018-06", ["默认密码", "只读", "清空"]),
        ("20-biff5-gbk.xls", "990190", "2019-12", ["很旧的 Excel 格式", "另存为 .xlsx"]),
    ],
)
def test_a_file_that_is_not_read_says_what_to_send(name, county, period, says):
    (only,) = filed(name, county, period).result.files
    assert only.status == "refused" and only.rows_read == 0
    assert all(words in only.reason_zh for words in says), only.reason_zh


def test_a_quote_that_nobody_closed_is_told_with_its_place():
    (only,) = filed("34-csv-unbalanced-quote.csv", "990194", "2019-06").result.files
    assert "第 3 行 AI 列的引号没有配对" in only.reason_zh


def test_the_leaves_of_a_header_of_three_rows_are_read():
    whole = filed("29-three-level-header-leaf.xlsx", "990199", "2019-12").tables["inc"]
    first = whole.filter(whole["household_code"] == "9901990001").row(0, named=True)
    assert first["dibao_amt"] == first["transfer"] == 800


def test_of_a_header_twice_the_filled_column_is_read_and_told():
    delivery = filed("46-duplicate-header-first-empty.xlsx", "990196", "2018-12")
    assert "N 列为空,按 O 列读取" in delivery.result.files[0].reason_zh
    assert delivery.tables["p"]["health"].to_list() == [["健康"]] * 4


def test_rows_with_a_running_number_alone_are_blank():
    delivery = filed("62-total-on-top-prefilled-serials.xlsx", "990192", "2017-12")
    result = delivery.result
    assert (result.rows_read, result.rows_accepted, result.rows_quarantined) == (32, 3, 0)
    kinds = [(rows.kind_zh, rows.first_row, rows.last_row) for rows in result.ignored]
    assert kinds == [("合计行", 2, 2), ("空行(只有序号等预填内容)", 6, 32), ("表尾", 33, 33)]


def test_a_form_for_each_household_is_told_with_what_to_send():
    delivery = filed("31-one-household-per-sheet.xlsx", "990191", "2019-06")
    assert [item.status for item in delivery.result.files] == ["refused"] * 3
    assert not delivery.tables
    for item in delivery.result.files:
        assert "一户一表" in item.reason_zh and "不是每条记录一行的名册" in item.reason_zh
        assert "“户基本信息表”“家庭成员表”" in item.reason_zh


def test_hidden_rows_and_a_hidden_sheet_are_told():
    delivery = filed("14-hidden-rows-and-sheet.xlsx", "990194", "2020-06")
    shown, hidden = delivery.result.files
    assert delivery.tables["p"].height == shown.rows_accepted == 3
    assert "第 3 行是隐藏的" in shown.reason_zh
    assert hidden.sheet == "2019年" and "隐藏的工作表" in hidden.reason_zh and not hidden.rows_read


def test_radicals_are_the_usual_characters():
    delivery = filed("22-kangxi-radicals.xlsx", "990192", "2019-12")
    assert delivery.result.rows_accepted == 6 and not delivery.result.notes
    heads = delivery.tables["p"].filter(delivery.tables["p"]["person_code"] == "990192000101")
    assert heads["relation"].to_list() == ["户主"]
    changed = delivery.changes.filter(delivery.changes["column_name"] == "relation")
    assert set(changed["rule_zh"]) == {"特殊字形转常用字"}
    assert changed["before"][0] == "\u2f3e主" and changed["after"][0] == "户主"
    assert set(changed["source_row"]) == {2, 4}


def told(delivery: Delivery, column: str) -> list[tuple[int | None, str | None]]:
    """Row and value of the cells of a column that could not be typed."""
    notes = delivery.result.notes
    return [(n.row, n.value) for n in notes if (n.rule_id, n.column) == ("S001", column)]


def test_an_error_is_no_value_and_no_key():
    delivery = filed("09-error-cells.xlsx", "990199", "2020-12")
    people = delivery.tables["p"]
    assert people["person_code"].to_list() == ["990199000101", "990199000201"]
    assert people["work_months"].to_list() == [None, 7]
    assert told(delivery, "work_months") == [(2, "#N/A")]
    assert told(delivery, "health") == [(3, "#REF!")]
    (row,) = delivery.result.quarantine
    assert (row.row, row.column, row.value) == (4, "person_code", "#N/A")


def test_a_code_is_what_its_cell_shows():
    delivery = filed("10-leading-zero-format.xlsx", "990190", "2020-06")
    assert delivery.result.rows_accepted == 6
    assert delivery.tables["hh"]["household_code"].to_list() == ["0901900001", "0901900002"]
    assert delivery.changes.select("source_row", "before", "after", "rule_zh").rows() == [
        (2, "901900001", "0901900001", "按单元格显示的内容读取"),
        (3, "901900002", "0901900002", "按单元格显示的内容读取"),
    ]


def test_a_text_in_a_formula_is_the_text():
    delivery = filed("25-csv-equals-quoted.csv", "990195", "2019-12")
    people = delivery.tables["p"]
    assert people["household_code"].to_list() == ["9901950001"] * 2 + ["9901950002"] * 2
    assert str(people["birth_date"][0]) == "1970-05-08" and not delivery.result.notes
    assert set(delivery.changes["rule_zh"]) == {"去除公式写法"}
    changed = delivery.changes.filter(delivery.changes["column_name"] == "household_code")
    assert changed.select("source_row", "before", "after").row(0) == (
        2,
        '="9901950001"',
        "9901950001",
    )


def test_ten_thousand_yuan_shown_and_yuan_stored_are_asked_about():
    delivery = filed("57-wan-display-format.xlsx", "990197", "2018-06")
    assert delivery.result.rows_accepted == 3
    for column in ("received_yuan", "allocated_yuan"):
        assert delivery.tables["fa"][column].to_list() == [None, None, None]
    assert told(delivery, "allocated_yuan") == [
        (2, "3300000(单元格显示为330.0)"),
        (3, "3400000(单元格显示为340.0)"),
        (4, "3500000(单元格显示为350.0)"),
    ]


def test_a_merged_amount_is_no_rows_amount_and_never_counts_twice():
    delivery = filed("58-merged-amounts.xlsx", "990198", "2018-06")
    funds = delivery.tables["fa"]
    assert funds["doc_no"].to_list() == ["示例财〔2018〕1号"] * 3 + ["示例财〔2018〕2号"]
    assert [str(day) for day in funds["allocated_on"]] == ["2018-03-15"] * 4
    assert funds["allocated_yuan"].to_list() == [None, None, None, 500000]
    assert told(delivery, "allocated_yuan") == [(2, "3000000(合并单元格,共 3 行)")]


def test_a_ditto_mark_is_the_household_above():
    delivery = filed("63-ditto-marks.xlsx", "990193", "2017-12")
    people = delivery.tables["p"]
    assert people["household_code"].to_list() == ["9901930001"] * 3 + ["9901930002"] * 3
    assert people["ethnicity"].to_list() == ["汉族"] * 6
    changed = delivery.changes.select("source_row", "column_name", "before", "after").rows()
    assert (6, "household_code", "″", "9901930002") in changed and len(changed) == 6


def test_of_two_years_the_periods_counts_wherever_its_sheet_stands():
    delivery = filed("66-last-year-sheet-first.xlsx", "990196", "2017-12")
    rows = delivery.tables["inc"].select("row_no", "household_code", "year", "net").rows()
    assert rows[0] == (1, "9901960001", 2017, 18000) and len(rows) == 4
    before, now = delivery.result.files
    assert "2 行的“户编号”两个年度都有,统计时以 2017 年的行为准" in before.reason_zh
    assert now.reason_zh == ""


def test_a_table_beside_another_is_named_with_its_column():
    delivery = filed("32-side-by-side-tables.xlsx", "990192", "2019-06")
    assert delivery.tables["hh"].height == 2 and "inc" not in delivery.tables
    inc = next(item for item in delivery.result.files if item.table == "inc")
    assert inc.status == "refused" and "AL 列起" in inc.reason_zh and "收入表" in inc.reason_zh


def test_subtotals_page_headers_and_titles_are_no_households():
    delivery = filed("33-subtotals-page-headers.xlsx", "990193", "2019-06")
    result = delivery.result
    assert (result.rows_read, result.rows_accepted, result.rows_ignored) == (14, 6, 8)
    codes = delivery.tables["inc"]["household_code"].to_list()
    assert codes == [f"990193000{at}" for at in range(1, 7)]
    assert not [note for note in result.notes if note.rule_id == "S004"]


def test_a_second_header_in_another_order_is_used():
    delivery = filed("59-second-block-reordered-columns.xlsx", "990199", "2018-06")
    found = delivery.tables["inc"].select("household_code", "net").rows()
    assert [(code, int(net)) for code, net in found] == [
        ("9901990001", 13100),
        ("9901990002", 13200),
        ("9901990003", 13300),
        ("9901990004", 13400),
    ]
    assert "第 6 行另有表头" in delivery.result.files[0].reason_zh


def test_a_total_above_its_rows_adds_up():
    delivery = filed("62-total-on-top-prefilled-serials.xlsx", "990192", "2017-12")
    assert not [note for note in delivery.result.notes if note.rule_id == "S004"]
