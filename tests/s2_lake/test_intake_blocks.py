"""Several tables in one sheet: a later header heads its rows; titles between are no rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from filing_samples import headers, read, rows
from form_samples import FORMS

from pipelines.core.dictionary import dictionary
from pipelines.s2_lake.deliveries.delivery import Delivery

Grid = list[list[str]]

INC = ["年度", "户编号", "工资性收入", "财产性收入", "年收入", "纯收入"]
# The same columns in another order.
TURNED = ["户编号", "纯收入", "年收入", "年度", "工资性收入", "财产性收入"]


def household(at: int) -> dict[str, str]:
    """An invented household's income."""
    return {
        "年度": "2020",
        "户编号": f"99010100{at:02d}",
        "工资性收入": str(1000 + at),
        "财产性收入": str(10 + at),
        "年收入": str(2000 + at),
        "纯收入": str(1500 + at),
    }


def block(names: list[str], *numbers: int) -> Grid:
    """A header and the rows of some households in its order."""
    return [names, *([household(at).get(name, "") for name in names] for at in numbers)]


def filed(tmp_path: Path, content: Grid, form: str = "csv") -> Delivery:
    path = tmp_path / f"a.{form}"
    width = max(map(len, content))
    path.write_bytes(FORMS[form]([[*row, *[""] * (width - len(row))] for row in content]))
    return read(path)


def adds_up(delivery: Delivery, read_rows: int) -> None:
    """Every row below the first header is accounted for once."""
    result = delivery.result
    assert result.rows_read == read_rows
    for item in result.files:
        assert item.rows_read == item.rows_accepted + item.rows_quarantined + item.rows_ignored
    assert result.rows_quarantined == len(result.quarantine)
    told = sum(run.last_row - run.first_row + 1 for run in result.ignored)
    assert told == result.rows_ignored


def kinds(delivery: Delivery) -> dict[int, str]:
    return {
        row: run.kind_zh
        for run in delivery.result.ignored
        for row in range(run.first_row, run.last_row + 1)
    }


def nets(delivery: Delivery) -> dict[str, tuple[int, float]]:
    """Source row and net income by household code."""
    frame = delivery.tables["inc"].select("household_code", "source_row", "net")
    return {code: (row, float(net)) for code, row, net in frame.rows()}


@pytest.mark.parametrize("form", ["xlsx", "xls", "ods", "csv"])
def test_a_second_header_in_another_order_heads_its_rows(tmp_path, form):
    content = [*block(INC, 1, 2), [""], ["续表"], *block(TURNED, 3, 4)]
    delivery = filed(tmp_path, content, form)
    adds_up(delivery, 7)
    assert nets(delivery) == {
        "9901010001": (2, 1501),
        "9901010002": (3, 1502),
        "9901010003": (7, 1503),
        "9901010004": (8, 1504),
    }
    assert kinds(delivery) == {4: "空行", 5: "标题行", 6: "另起的表头"}
    (only,) = delivery.result.files
    assert only.status == "partial" and "第 6 行另有表头" in only.reason_zh
    assert not [note for note in delivery.result.notes if note.rule_id == "S001"]


def test_cells_below_a_second_header_have_their_own_addresses(tmp_path):
    """In notes, quarantine, changes and headers alike."""
    second = block(TURNED, 3, 4, 5)
    second[1][1], second[2][0], second[3][4] = "若干", "", "１２"
    delivery = filed(tmp_path, [*block(INC, 1, 2), *second], "xlsx")
    result = delivery.result
    adds_up(delivery, 6)
    (note,) = [note for note in result.notes if note.rule_id == "S001"]
    assert (note.row, note.column_letter, note.header, note.value) == (5, "B", "纯收入", "若干")
    (row,) = result.quarantine
    assert (row.row, row.column_letter, row.header) == (6, "A", "户编号")
    (change,) = delivery.changes.select("source_row", "column_letter", "header", "after").rows()
    assert change == (7, "E", "工资性收入", "12")
    stands = [
        (cell.column_letter, cell.first_row, cell.last_row)
        for cell in result.headers
        if cell.column == "net"
    ]
    assert stands == [("F", 2, 4), ("B", 5, 7)]


@pytest.mark.parametrize(
    ("names", "wages", "nets_read"),
    [
        (["户编号", "纯收入", "工资性收入"], [1003.0], [1503.0]),
        (["户编号", "纯收入(万元)", "工资性收入"], [1003.0], [15030000.0]),
        (["户编号", "纯收入", "工资性收入", "年度", "人均纯收入"], [1003.0], [1503.0]),
    ],
    ids=["fewer columns", "another unit", "more columns"],
)
def test_a_second_header_with_other_columns_or_units(tmp_path, names, wages, nets_read):
    values = household(3)
    second = [names, [values.get(name.removesuffix("(万元)"), "7") for name in names]]
    delivery = filed(tmp_path, [*block(INC, 1, 2), *second])
    adds_up(delivery, 4)
    later = delivery.tables["inc"].filter(delivery.tables["inc"]["source_row"] == 5)
    assert [float(one) for one in later["wage"]] == wages
    assert [float(one) for one in later["net"]] == nets_read


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_second_table_of_another_kind_is_read_by_its_header(tmp_path, form):
    first = block(INC, 1, 2)
    second = [headers("ben"), *rows("ben", 3)]
    delivery = filed(tmp_path, [["示例县收入表"], *first, [], ["受益情况表"], *second], form)
    adds_up(delivery, 8)
    assert delivery.tables["inc"]["source_row"].to_list() == [3, 4]
    assert delivery.tables["ben"]["source_row"].to_list() == [8, 9, 10]
    assert {(f.table, f.status) for f in delivery.result.files} == {
        ("inc", "partial"),
        ("ben", "accepted"),
    }
    assert kinds(delivery) == {5: "空行", 6: "标题行", 7: "另起的表头"}


def test_a_short_first_table_is_not_lost_above_a_longer_one(tmp_path):
    delivery = filed(tmp_path, [*block(INC, 1, 2), *block([*INC, "人均纯收入"], 3)])
    adds_up(delivery, 4)
    assert delivery.tables["inc"]["source_row"].to_list() == [2, 3, 5]


PAGE = [
    ["示例县2020年建档立卡户收入表"],
    ["填报单位:示例镇", "", "", "单位:元"],
]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize(
    "between",
    [
        [],
        PAGE,
        [["续表"]],
        [["第 2 页"], ["单位:元"]],
        [["填报日期:2020年12月5日"]],
        [["示例县2020年建档立卡户收入表(续)", "", "", "", "共3页"]],
        [["", "", "2020年12月"]],
        [["金额单位:元", "", "填表日期:2020-12-05"], [""]],
        [["", "示例县2020年建档立卡户收入表"]],
        [["县:示例县", "乡镇:示例镇", "行政村:示例一村"]],
    ],
)
def test_a_page_header_and_its_titles_are_told_as_ignored(tmp_path, form, between):
    content = [*PAGE, *block(INC, 1, 2), *between, *block(INC, 3)]
    delivery = filed(tmp_path, content, form)
    adds_up(delivery, 4 + len(between))
    assert set(nets(delivery)) == {"9901010001", "9901010002", "9901010003"}
    told = kinds(delivery)
    assert set(told) == set(range(6, 7 + len(between)))
    assert set(told.values()) <= {"标题行", "表尾", "空行", "重复表头"}


@pytest.mark.parametrize("key_first", [True, False])
@pytest.mark.parametrize(
    "line",
    [
        "示例县2020年建档立卡户收入表",
        "示例二村",
        "一、示例二村",
        "示例镇",
        "续表",
        "单位:元",
        "2020年12月",
    ],
)
def test_a_line_between_rows_is_no_household(tmp_path, key_first, line):
    names = ["户编号", *[name for name in INC if name != "户编号"]] if key_first else INC
    first, second = block(names, 1), block(names, 2)
    delivery = filed(tmp_path, [*PAGE, *first, [line], *second[1:]])
    adds_up(delivery, 3)
    assert set(nets(delivery)) == {"9901010001", "9901010002"}
    assert kinds(delivery) == {5: "标题行"}


def test_a_page_in_another_unit_is_asked_about(tmp_path):
    """Its columns are read in the dictionary's unit, as the first page's are."""
    content = [*block(INC, 1), ["单位:万元"], *block(INC, 2)]
    (only,) = filed(tmp_path, content).result.files
    assert "写明单位为万元" in only.reason_zh and "第 4 行" in only.reason_zh


def test_a_header_that_cannot_be_read_by_keeps_its_rows_out_and_says_where(tmp_path):
    lacking = [name for name in TURNED if name != "户编号"]
    content = [*block(INC, 1, 2), *block(lacking, 3, 4), *block(INC, 5)]
    delivery = filed(tmp_path, content, "xlsx")
    adds_up(delivery, 7)
    assert set(nets(delivery)) == {"9901010001", "9901010002", "9901010005"}
    assert [row.row for row in delivery.result.quarantine] == [5, 6]
    assert all("第 4 行" in row.reason_zh for row in delivery.result.quarantine)
    (only,) = delivery.result.files
    assert only.status == "partial"
    assert "第 4 行另有表头" in only.reason_zh and "户编号" in only.reason_zh
    assert "第 5–6 行未接收" in only.reason_zh
    assert "本表未接收" not in only.reason_zh


def test_a_header_twice_in_a_later_header_keeps_only_its_rows_out(tmp_path):
    twice = [["户编号", "纯收入", "纯收入", "年度"], ["9901010003", "1", "2", "2020"]]
    delivery = filed(tmp_path, [*block(INC, 1, 2), *twice])
    adds_up(delivery, 4)
    assert set(nets(delivery)) == {"9901010001", "9901010002"}
    (only,) = delivery.result.files
    assert "“纯收入”重复出现在 B、C 列" in only.reason_zh and "第 5 行未接收" in only.reason_zh


@pytest.mark.parametrize(
    "line",
    [
        ["县:", "示例县", "乡镇:", "示例镇", "行政村:", "示例一村"],
        ["行政村", "示例一村", "户主姓名", "示例甲", "人数", "3"],
        ["乡镇:", "行政村:", "所在组:"],
    ],
)
def test_a_line_of_a_form_is_no_header(tmp_path, line):
    content = [["", *line], [*headers("hh")], *rows("hh", 2), ["", *line], *rows("hh", 4)[2:]]
    delivery = filed(tmp_path, content)
    adds_up(delivery, 5)
    assert delivery.tables["hh"].height == 4


def test_a_second_header_over_two_rows(tmp_path):
    two = [
        ["户编号", "收入情况", "", "", "年度"],
        ["", "纯收入", "工资性收入", "财产性收入", ""],
        ["9901010003", "1503", "1003", "13", "2020"],
    ]
    delivery = filed(tmp_path, [*block(INC, 1, 2), *two], "xlsx")
    adds_up(delivery, 5)
    assert nets(delivery)["9901010003"] == (6, 1503)
    assert kinds(delivery) == {4: "另起的表头", 5: "另起的表头"}


def test_numbers_below_a_second_header_are_its_columns_numbers(tmp_path):
    content = [*block(INC, 1), TURNED, ["1", "2", "3", "4", "5", "6"], *block(TURNED, 2)[1:]]
    delivery = filed(tmp_path, content)
    adds_up(delivery, 4)
    assert set(nets(delivery)) == {"9901010001", "9901010002"}
    assert kinds(delivery) == {3: "另起的表头", 4: "编号行"}


def test_a_header_with_nothing_below_heads_nothing(tmp_path):
    delivery = filed(tmp_path, [*block(INC, 1, 2), TURNED])
    adds_up(delivery, 3)
    (only,) = delivery.result.files
    assert only.status == "partial" and "另有表头" not in only.reason_zh
    assert len(nets(delivery)) == 2


# --- beside each other --------------------------------------------------------------------------


def beside(left: Grid, right: Grid, gap: int, down: int = 0) -> Grid:
    """Two tables side by side, the right one some rows further down."""
    right = [*[[] for _ in range(down)], *right]
    height, width = max(len(left), len(right)), len(left[0])
    both = []
    for at in range(height):
        own = left[at] if at < len(left) else []
        both.append(
            [*own, *[""] * (width - len(own) + gap), *(right[at] if at < len(right) else [])]
        )
    return both


@pytest.mark.parametrize("form", ["xlsx", "xls", "ods", "csv"])
@pytest.mark.parametrize(("gap", "down", "place"), [(1, 0, "AM"), (0, 0, "AL"), (2, 1, "AN")])
def test_a_table_beside_another_is_told_with_its_place(tmp_path, form, gap, down, place):
    left = [["序号", *headers("hh")], *([str(at), *row] for at, row in enumerate(rows("hh", 3), 1))]
    content = beside(
        left,
        [["序号", *INC], *([f"{at}", *row] for at, row in enumerate(block(INC, 1, 2)[1:], 1))],
        gap,
        down,
    )
    delivery = filed(tmp_path, content, form)
    assert set(delivery.tables) == {"hh"} and delivery.tables["hh"].height == 3
    hh, inc = delivery.result.files
    assert (hh.table, hh.rows_accepted) == ("hh", 3)
    assert (inc.table, inc.status) == ("inc", "refused")
    assert f"{place} 列起(表头在第 {1 + down} 行)并排另有一张“收入表”" in inc.reason_zh


def test_households_in_two_halves_beside_each_other_are_told(tmp_path):
    delivery = filed(tmp_path, beside(block(INC, 1, 2), block(INC, 3, 4), 1))
    assert set(nets(delivery)) == {"9901010001", "9901010002"}
    (only,) = delivery.result.files
    assert only.status == "partial" and "H 列起" in only.reason_zh


def test_three_tables_beside_each_other_are_told_one_by_one(tmp_path):
    right = beside([headers("ben"), *rows("ben", 2)], [headers("post"), *rows("post", 2)], 1)
    delivery = filed(tmp_path, beside(block(INC, 1, 2), right, 1))
    assert [(f.table, f.status) for f in delivery.result.files] == [
        ("inc", "partial"),
        ("ben", "refused"),
        ("post", "refused"),
    ]


def test_a_blank_column_in_a_table_parts_nothing(tmp_path):
    names = headers("hh")
    content = [names, *rows("hh", 2)]
    for at in range(2, len(names), 5):
        spread = [[*row[:at], "", *row[at:]] for row in content]
        delivery = filed(tmp_path, spread)
        (only,) = delivery.result.files
        assert (only.status, only.rows_accepted) == ("accepted", 2), only.reason_zh
        assert (
            delivery.tables["hh"]
            .drop("row_no")
            .equals(filed(tmp_path, content).tables["hh"].drop("row_no"))
        )


def test_a_key_written_again_parts_no_table(tmp_path):
    content = [
        [*row[:20], row[headers("hh").index("户编号")], *row[20:]]
        for row in [headers("hh"), *rows("hh", 2)]
    ]
    (only,) = filed(tmp_path, content).result.files
    assert only.status == "accepted" and "并排" not in only.reason_zh


def test_remarks_and_counts_beside_a_table_are_no_table(tmp_path):
    content = beside(block(INC, 1, 2), [["统计", "户数"], ["示例一村", "2"]], 1)
    (only,) = filed(tmp_path, content, "xlsx").result.files
    assert only.rows_accepted == 2 and "并排" not in only.reason_zh


# --- nothing sound is taken for a header --------------------------------------------------------


@pytest.mark.parametrize("alias", list(dictionary().tables))
def test_a_sheet_with_one_header_is_one_table(tmp_path, alias):
    delivery = filed(tmp_path, [headers(alias), *rows(alias, 40)])
    (only,) = delivery.result.files
    assert (only.rows_read, only.rows_accepted) == (40, 40), only.reason_zh
    assert not only.reason_zh


def test_tables_in_stacked_sheets_of_any_two_kinds(tmp_path):
    pairs = [
        ("hh", "p"),
        ("p", "hh"),
        ("fa", "fp"),
        ("prj", "ben"),
        ("vil", "team"),
        ("loan", "post"),
    ]
    for one, other in pairs:
        content = [headers(one), *rows(one, 3), [""], headers(other), *rows(other, 2)]
        delivery = filed(tmp_path, content)
        adds_up(delivery, 7)
        assert delivery.tables[one].height == 3 and delivery.tables[other].height == 2


FOREIGN = [
    (["序号", "企业名称", "法人", "注册资本", "地址"], ["1", "示例公司", "某甲", "50", "示例镇"]),
    (["村名", "负责人", "农户", "面积", "产量"], ["示例村", "某乙", "12", "30", "800"]),
]


@pytest.mark.parametrize("form", ["xlsx", "xls", "ods", "csv"])
@pytest.mark.parametrize("above", [[""], ["示例县企业登记情况表"]])
@pytest.mark.parametrize(("head", "row"), FOREIGN)
def test_what_stands_below_the_header_of_an_unknown_table_is_refused(
    tmp_path, head, row, above, form
):
    delivery = filed(tmp_path, [*block(INC, 1, 2), above, head, row, row[:]], form)
    adds_up(delivery, 6)
    assert set(nets(delivery)) == {"9901010001", "9901010002"}
    assert [bad.row for bad in delivery.result.quarantine] == [6, 7]
    told = "第 5 行另有表头,但无法按它读取:表头无法识别;第 6–7 行未接收"
    assert any(told in item.reason_zh for item in delivery.result.files)


@pytest.mark.parametrize(
    "line",
    [
        ["填表人", "某甲", "审核人", "某乙", "日期"],  # nothing below it
        ["县:示例县", "乡镇:示例镇", "行政村:示例一村", "单位:元", "页次:二"],
        ["合计", "", "", "", ""],
    ],
)
def test_lines_of_words_that_head_no_rows_are_no_header(tmp_path, line):
    delivery = filed(tmp_path, [*block(INC, 1, 2), [""], line])
    assert not any("另有表头" in item.reason_zh for item in delivery.result.files)


def test_a_record_of_words_after_a_blank_line_costs_no_other(tmp_path):
    bad = ["不详", "9901010009", "未知", "待核", "没有", "不清"]
    delivery = filed(tmp_path, [*block(INC, 1), [""], bad, *block(INC, 2)[1:]])
    assert delivery.result.rows_accepted == 3


def test_records_of_nothing_but_words_are_no_tables_of_their_own(tmp_path):
    names = headers("team")
    words = {"行政村代码": "示例一村", "派出单位": "示例局", "队员人数": "三人", "驻村开始": "去年"}
    team = [{**words, "工作队编号": "甲队"}.get(name, "") for name in names]
    other = ["乙队" if cell == "甲队" else cell for cell in team]
    delivery = filed(tmp_path, [names, [""], team, other])
    assert delivery.result.rows_accepted == 2


@pytest.mark.parametrize("unseen", ["\u200b\ufeff", "\u2060", "\u200e", "\u00ad"])
@pytest.mark.parametrize("above", [[""], []])
def test_a_row_of_signs_that_nobody_sees_is_blank(tmp_path, unseen, above):
    rows = block(INC, 1, 2)
    blank = [unseen] * len(rows[0])
    delivery = filed(tmp_path, [*rows, *([above] if above else []), blank, *block(INC, 3)[1:]])
    result = delivery.result
    assert (result.rows_accepted, result.rows_quarantined) == (3, 0)
    assert result.rows_ignored == result.rows_read - 3
