"""Total rows: what is one, which records it sums, and that only a wrong one is told (S004)."""

from __future__ import annotations

from pathlib import Path

import pytest
from filing_samples import csv_bytes, headers, read, rows, workbook

from pipelines.s2_lake.deliveries.delivery import Delivery
from pipelines.s2_lake.tables.total_labels import total_label

Row = list[object]


def with_others(alias: str, *names: str) -> Row:
    """A header that names some columns of a table first, and then all others."""
    return [*names, *(name for name in headers(alias) if name not in names)]


INC = with_others("inc", "序号", "年度", "户编号", "工资性收入", "财产性收入", "人均纯收入")


def household(at: int, wage: int) -> Row:
    return [str(at), "2020", f"99010100{at:02d}", str(wage), "10", "5000"]


def total(label: str, wage: int, others: int, at: int = 0) -> Row:
    """A total row with its label in some column."""
    row: Row = ["", "", "", str(wage), str(others), ""]
    row[at] = label
    return row


def filed(tmp_path: Path, content: list[Row], name: str = "a.xlsx") -> Delivery:
    path = tmp_path / name
    if name.endswith(".csv"):
        path.write_bytes(csv_bytes([[str(cell) for cell in row] for row in content]))
        return read(path)
    return read(workbook(path, {"收入表": content}))


def told(delivery: Delivery) -> list[tuple[int | None, str]]:
    """Rows and columns of the totals that are said not to add up."""
    notes = [note for note in delivery.result.notes if note.rule_id == "S004"]
    return [(note.row, note.column_letter) for note in notes]


def is_clean(delivery: Delivery, households: int, totals: int) -> None:
    result = delivery.result
    assert (result.rows_accepted, result.rows_quarantined) == (households, 0)
    kinds = [run.last_row - run.first_row + 1 for run in result.ignored if run.kind_zh == "合计行"]
    assert sum(kinds) == totals and result.rows_ignored == totals
    assert all(code.isdecimal() for code in delivery.tables["inc"]["household_code"])


LABELS = [
    "合计",
    "合 计",
    "总计:",
    "小计",
    "示例二村小计",
    "示例镇合计",
    "全县总计",
    "示例县合计",
    "全镇合计",
    "全村小计",
    "本页小计",
    "本页合计",
    "小计(示例一村)",
    "合计(12户)",
    "合计:12户",
    "合计12户30人",
    "合计 3 人",
    "总计:3户,10人",
    "共计",
    "示例社区 小计",
    "第一组小计",
    "低保户小计",
    "2020年合计",
    "一、示例一村小计",
    "合计村小计",
    "累计",
    "合计(元)",
    "(合计)",
    "【小计】",
]
NO_LABELS = [
    "合计村",
    "设计院",
    "会计服务",
    "总计划",
    "小计划",
    "计划生育",
    "合计村三组",
    "示例县设计院",
    "统计局",
    "合计镇示例村",
    "小计量公司",
    "计合",
    "示例合作社会计",
]


@pytest.mark.parametrize("label", LABELS)
def test_a_label_of_a_total(label):
    assert total_label(label) is not None


@pytest.mark.parametrize("label", NO_LABELS)
def test_a_name_with_such_a_word_is_no_label(label):
    assert total_label(label) is None


@pytest.mark.parametrize("form", ["a.xlsx", "a.csv"])
@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("label", LABELS)
def test_a_total_is_no_household_in_whatever_column_its_label_stands(tmp_path, label, at, form):
    content = [INC, household(1, 100), household(2, 200), total(label, 300, 20, at)]
    delivery = filed(tmp_path, content, form)
    is_clean(delivery, 2, 1)
    assert told(delivery) == []


@pytest.mark.parametrize("label", NO_LABELS)
def test_a_record_with_such_a_name_stays_one(tmp_path, label):
    """In whatever text column it stands; a whole key makes a record even of a row called 小计."""
    table = [headers("hh"), *rows("hh", 3)]
    for at, name in enumerate(headers("hh")):
        if name in ("行政村", "自然村", "户主姓名", "乡(镇)"):
            table[2][at] = label
            table[3][at] = "小计"
    delivery = filed(tmp_path, [["序号", *table[0]], *([label, *row] for row in table[1:])])
    assert delivery.result.rows_accepted == 3


@pytest.mark.parametrize("label", NO_LABELS)
def test_a_key_that_is_a_name_stays_a_record(tmp_path, label):
    """Projects and documents are numbered as offices like."""
    table = [headers("prj"), *rows("prj", 2)]
    table[1][headers("prj").index("项目编码")] = label
    assert filed(tmp_path, table).result.rows_accepted == 2


def test_a_reported_figure_that_is_a_total_itself_stays_one(tmp_path):
    table = [headers("agg"), *rows("agg", 2)]
    table[1][headers("agg").index("指标编码")] = "贫困户合计"
    assert filed(tmp_path, table).result.rows_accepted == 2


VILLAGES = [
    INC,
    household(1, 100),
    household(2, 200),
    total("示例一村小计", 300, 20),
    household(3, 400),
    total("示例二村小计", 400, 10),
    total("示例镇合计", 700, 30),
    household(4, 500),
    household(5, 600),
    total("示例三村小计", 1100, 20),
    total("新示例镇合计", 1100, 20),
    total("全县总计", 1800, 50),
]


def changed(content: list[Row], row: int, at: int, cell: str) -> list[Row]:
    """The content with one cell of a 1-based row written otherwise."""
    copy = [list(one) for one in content]
    copy[row - 1][at] = cell
    return copy


def test_nested_totals_that_add_up_say_nothing(tmp_path):
    delivery = filed(tmp_path, VILLAGES)
    is_clean(delivery, 5, 6)
    assert told(delivery) == []


@pytest.mark.parametrize("row", [4, 6, 7, 10, 11, 12])
def test_each_nested_total_is_compared_with_exactly_its_rows(tmp_path, row):
    """Not with the subtotals, not with the other villages' rows."""
    wrong = str(int(str(VILLAGES[row - 1][3])) + 400)
    assert told(filed(tmp_path, changed(VILLAGES, row, 3, wrong))) == [(row, "D")]


def test_a_wrong_total_says_which_rows_it_was_compared_with(tmp_path):
    delivery = filed(tmp_path, changed(VILLAGES, 10, 3, "1800"))
    (note,) = [note for note in delivery.result.notes if note.rule_id == "S004"]
    assert note.sentence_zh == (
        "合计行的“工资性收入”填1800,第 8–9 行之和为1100元,两者不符,请核对后更正"
    )
    assert (note.value, note.header) == ("1800", "工资性收入")


ON_TOP = [
    INC,
    total("全县合计", 1300, 40, 2),
    total("示例一村小计", 300, 20, 2),
    household(1, 100),
    household(2, 200),
    total("示例二村小计", 1000, 20, 2),
    household(3, 400),
    household(4, 600),
]


def test_totals_above_their_rows(tmp_path):
    delivery = filed(tmp_path, ON_TOP)
    is_clean(delivery, 4, 3)
    assert told(delivery) == []


@pytest.mark.parametrize("row", [2, 3, 6])
def test_a_wrong_total_above_its_rows_is_told(tmp_path, row):
    assert told(filed(tmp_path, changed(ON_TOP, row, 3, "77"))) == [(row, "D")]


def test_a_total_on_top_of_subtotals_below(tmp_path):
    content = [VILLAGES[0], total("合计", 1800, 50, 2), *VILLAGES[1:6], *VILLAGES[7:10]]
    assert told(filed(tmp_path, content)) == []
    assert told(filed(tmp_path, changed(content, 2, 3, "1801"))) == [(2, "D")]
    assert told(filed(tmp_path, changed(content, 5, 3, "700"))) == [(5, "D")]


def named(at: int, village: str, members: int) -> Row:
    return [village, f"99010100{at:02d}", str(members)]


MIXED = [
    with_others("hh", "行政村", "户编号", "人数"),
    named(1, "示例一村", 2),
    named(2, "示例二村", 3),
    named(3, "示例一村", 4),
    named(4, "合计村", 5),
    ["示例一村小计", "", "6"],
    ["小计(示例二村)", "", "3"],
    ["合计村小计", "", "5"],
    ["合计", "", "14"],
]


def test_a_villages_subtotal_sums_the_rows_that_name_it(tmp_path):
    delivery = filed(tmp_path, MIXED)
    assert delivery.result.rows_accepted == 4 and told(delivery) == []


@pytest.mark.parametrize("row", [6, 7, 8, 9])
def test_a_wrong_villages_subtotal_is_told(tmp_path, row):
    delivery = filed(tmp_path, changed(MIXED, row, 2, "9"))
    assert told(delivery) == [(row, "C")]


def test_pages_have_totals_of_their_own(tmp_path):
    content = [
        INC,
        household(1, 100),
        total("示例一村小计", 100, 10),
        household(2, 200),
        total("示例二村小计", 200, 10),
        total("本页合计", 300, 20),
        INC,
        household(3, 400),
        total("本页合计", 400, 10),
        total("累计", 700, 30),
    ]
    delivery = filed(tmp_path, content)
    assert delivery.result.rows_accepted == 3 and told(delivery) == []
    assert told(filed(tmp_path, changed(content, 9, 3, "700"))) == [(9, "D")]


def test_a_total_below_a_second_header_sums_the_rows_of_both(tmp_path):
    second: list[Row] = [
        ["户编号", "财产性收入", "工资性收入", "年度"],
        ["9901010003", "10", "400", "2020"],
        ["小计", "10", "400", ""],
        ["合计", "30", "700", ""],
    ]
    content = [INC, household(1, 100), household(2, 200), total("小计", 300, 20), *second]
    assert told(filed(tmp_path, content)) == []
    assert told(filed(tmp_path, changed(content, 8, 2, "400"))) == [(8, "C")]
    assert told(filed(tmp_path, changed(content, 7, 2, "700"))) == [(7, "C")]


def test_a_total_over_rows_that_could_not_be_read_is_not_judged(tmp_path):
    lacking: list[Row] = [["财产性收入", "工资性收入", "年收入"], ["10", "400", "500"]]
    content = [INC, household(1, 100), *lacking, INC, household(2, 200), total("合计", 700, 30)]
    assert told(filed(tmp_path, content)) == []


def test_a_total_of_another_table_is_not_added(tmp_path):
    ben = [headers("ben"), *([*row[:3], "10"] for row in rows("ben", 2)), ["合计", "", "", "20"]]
    content = [INC, household(1, 100), total("合计", 100, 10), *ben]
    assert told(filed(tmp_path, content)) == []


def test_an_unnumbered_total_row_in_the_middle_of_text_keys(tmp_path):
    """Tables whose keys are words: the label stands in the key column or before it."""
    body = [[*row] for row in rows("fa", 3)]
    at = headers("fa").index("资金文号")
    label = ["" for _ in headers("fa")]
    label[at] = "示例县合计"
    delivery = filed(tmp_path, [headers("fa"), *body, label])
    assert (delivery.result.rows_accepted, delivery.result.rows_ignored) == (3, 1)


@pytest.mark.parametrize("form", ["a.xlsx", "a.csv"])
def test_a_place_in_the_keys_column_with_nothing_but_sums_is_a_total(tmp_path, form):
    content = [
        INC,
        total("全县合计", 700, 30, 2),
        total("示例一村", 300, 20, 2),
        household(1, 100),
        household(2, 200),
        total("示例二村", 400, 10, 2),
        household(3, 400),
    ]
    delivery = filed(tmp_path, content, form)
    is_clean(delivery, 3, 3)
    assert told(delivery) == []
    assert told(filed(tmp_path, changed(content, 6, 3, "401"), form)) == [(6, "D")]


def test_a_place_as_the_name_of_a_project_or_a_village_is_a_record(tmp_path):
    """What else the row says makes it one; a village may be called by its name."""
    project = [headers("prj"), *rows("prj", 2)]
    project[1][headers("prj").index("项目编码")] = "示例一村"
    assert filed(tmp_path, project).result.rows_accepted == 2
    village = [headers("vil"), *rows("vil", 2)]
    village[1] = [
        {"行政村代码": "示例一村", "总户数": "300"}.get(name, "") for name in headers("vil")
    ]
    assert "合计行" not in {run.kind_zh for run in filed(tmp_path, village).result.ignored}


@pytest.mark.parametrize("label", ["其中:脱贫户", "其中：低保户", "其中:示例一村"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_part_of_a_total_is_no_household_and_compared_with_nothing(tmp_path, label, at):
    content = [
        INC,
        household(1, 100),
        household(2, 200),
        total("合计", 300, 20),
        total(label, 100, 10, at),
    ]
    delivery = filed(tmp_path, content)
    is_clean(delivery, 2, 2)
    assert told(delivery) == []


@pytest.mark.parametrize("number", ["一", "（二）", "三、"])
@pytest.mark.parametrize("at", [1, 2])
def test_a_numbered_heading_of_a_village_is_a_title(tmp_path, number, at):
    heading = [number, *["示例一村" if place == at else "" for place in range(1, len(INC))]]
    delivery = filed(tmp_path, [INC, heading, household(1, 100), household(2, 200)])
    result = delivery.result
    assert (result.rows_accepted, result.rows_quarantined, result.rows_ignored) == (2, 0, 1)
    assert [run.kind_zh for run in result.ignored] == ["标题行"]


@pytest.mark.parametrize("label", ["户均", "比上年增长%", "TOTAL", "合計", "示例一村人均"])
def test_what_holds_no_digit_is_no_households_number(tmp_path, label):
    content = [INC, household(1, 100), household(2, 200), total(label, 150, 10, at=2)]
    delivery = filed(tmp_path, content)
    (bad,) = delivery.result.quarantine
    assert (bad.row, bad.column, delivery.result.rows_accepted) == (4, "household_code", 2)
    assert bad.reason_zh == "关键列“户编号”填的不是编号,等于空,无法确定是哪一条记录,请填写编号"


@pytest.mark.parametrize("heading", ["一、省考反馈", "(二)巡视反馈", "三.审计"])
def test_a_numbered_heading_among_issues_is_a_title(tmp_path, heading):
    table = [headers("iss"), *rows("iss", 2)]
    lone = [heading, *[""] * (len(table[0]) - 1)]
    result = filed(tmp_path, [table[0], lone, table[1], lone, table[2]]).result
    kinds = [(run.kind_zh, run.first_row) for run in result.ignored]
    assert kinds == [("标题行", 2), ("标题行", 4)]
    assert result.rows_accepted == 2
