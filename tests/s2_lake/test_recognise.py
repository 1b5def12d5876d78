"""Recognition by headers: anywhere, in any order, under any known name, over one or two rows."""

import random
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from filing_samples import headers, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.dictionary import dictionary
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.tables.headers import meanings
from pipelines.s2_lake.tables.near_misses import near
from pipelines.s2_lake.tables.recognise import Recognised, Unrecognised, recognise

WORDS = dictionary()
ALIASES = list(WORDS.tables)
Rows = list[list[str]]


def sheet(content: Rows, name: str = "Sheet1", kind: str = "xlsx", merged=()) -> Sheet:
    width = max(map(len, content))
    padded = [[cell or None for cell in row] + [None] * (width - len(row)) for row in content]
    schema = {f"c{at}": pl.String for at in range(width)}
    frame = pl.DataFrame(padded, schema=schema, orient="row")
    return Sheet(name, frame, 0, kind, Path("a"), merged=tuple(merged))


def taken(given: Sheet) -> Recognised:
    found = recognise(given, WORDS)
    assert isinstance(found, Recognised), found
    return found


def refused(given: Sheet) -> Unrecognised:
    found = recognise(given, WORDS)
    assert isinstance(found, Unrecognised), found
    return found


def places(found: Recognised) -> dict[str, tuple[int, ...]]:
    return {item.column.name: item.positions for item in found.fields}


@pytest.mark.parametrize("alias", ALIASES)
def test_printed_headers_alone_are_the_table(alias):
    found = taken(sheet([headers(alias)]))
    assert found.table.alias == alias and found.header_row == 0
    assert not found.missing and not found.unknown and not found.remarks
    names = [column.name for column in WORDS.tables[alias].columns]
    assert places(found) == {name: (at,) for at, name in enumerate(names)}


TITLES = st.sampled_from(
    [
        ["填报单位", "示例县", "", "联系电话", "19900000001"],
        ["县", "示例县", "乡镇", "示例镇"],
        ["年度", "2020", "单位:元"],
        ["项目名称:示例项目", "姓名、户编号等按证件填写"],
        ["户基本信息表"],
        ["", "", "指标", "备注"],
        [],
    ]
)
AROUND = st.sampled_from(
    ["{}", "*{}", "{}*", "{}\n(必填)", " {} ", "{}(如:见填表说明)", "★{}", "3.{}", "{}(选填项)"]
)


@settings(max_examples=150, deadline=None)
@given(
    alias=st.sampled_from(ALIASES),
    above=st.lists(TITLES, max_size=9),
    seed=st.integers(0, 10**6),
    around=st.lists(AROUND, min_size=1, max_size=4),
    count=st.integers(0, 3),
)
def test_a_header_stands_anywhere_in_any_order_under_any_name(alias, above, seed, around, count):
    rng = random.Random(seed)
    columns = list(WORDS.tables[alias].columns)
    order = rng.sample(range(len(columns)), len(columns))
    names = []
    for at in order:
        plain = (columns[at].header, *columns[at].synonyms)
        names.append(rng.choice(around).format(rng.choice(plain)))
    body = [[row[at] for at in order] for row in rows(alias, count, seed)]
    found = taken(sheet([*above, names, *body]))
    assert (found.table.alias, found.header_row) == (alias, len(above))
    assert places(found) == {columns[at].name: (place,) for place, at in enumerate(order)}
    told = [item.headers[0] for item in found.fields]
    assert sorted(told) == sorted(name.strip() for name in names)
    assert found.numbering_row is None and all(item.scale == 1 for item in found.fields)


@settings(max_examples=100, deadline=None)
@given(alias=st.sampled_from(ALIASES), seed=st.integers(0, 10**6))
def test_part_of_a_table_is_that_table_or_a_question(alias, seed):
    rng = random.Random(seed)
    table = WORDS.tables[alias]
    others = [column for column in table.columns if column.name not in table.key]
    chosen = [table.column(name) for name in table.key] + rng.sample(
        others, rng.randint(0, len(others))
    )
    if len(chosen) < 2:
        return
    found = recognise(sheet([[column.header for column in chosen]]), WORDS)
    if isinstance(found, Unrecognised):
        assert alias in found.candidates and table.title_zh in found.reason_zh
    else:
        # Only a table that is filed whole is preferred to one of which it could be a part.
        assert found.table.alias == alias or not found.missing


def test_a_title_row_is_no_header_though_it_holds_headers():
    above = [["姓名", "示例", "联系电话", "19900000001"], ["户编号", "人编号", "姓名", "年度"]]
    assert taken(sheet([*above[:1], headers("p")])).header_row == 1
    assert taken(sheet([above[0], above[0], headers("p"), *rows("p", 2)])).header_row == 2


# Two header rows.


def grouped(names: list[str], groups: dict[int, tuple[str, int]]) -> tuple[Rows, list]:
    """Two rows from one: ``groups`` gives, by first position, title and number of columns."""
    upper, lower = list(names), [""] * len(names)
    inside = {at + n for at, (_, size) in groups.items() for n in range(size)}
    merged = [(0, at, 1, at) for at in range(len(names)) if at not in inside]
    for at, (title, size) in groups.items():
        lower[at : at + size] = names[at : at + size]
        upper[at : at + size] = [title, *[""] * (size - 1)]
        merged.append((0, at, 0, at + size - 1))
    return [upper, lower], merged


@settings(max_examples=150, deadline=None)
@given(
    alias=st.sampled_from(ALIASES),
    seed=st.integers(0, 10**6),
    above=st.lists(TITLES, max_size=8),
    has_merged=st.booleans(),
)
def test_two_header_rows_read_as_one(alias, seed, above, has_merged):
    rng = random.Random(seed)
    columns = list(WORDS.tables[alias].columns)
    rng.shuffle(columns)
    names = [column.header for column in columns]
    groups, at = {}, rng.randint(0, 2)
    while at < len(names):
        size = min(rng.randint(1, 4), len(names) - at)
        groups[at] = (f"第{len(groups)}部分情况", size)
        at += size + rng.randint(1, 3)
    header, merged = grouped(names, groups)
    shifted = [(a + len(above), b, c + len(above), d) for a, b, c, d in merged]
    body = [[row[WORDS.tables[alias].columns.index(c)] for c in columns] for row in rows(alias, 2)]
    found = taken(sheet([*above, *header, *body], merged=shifted if has_merged else ()))
    assert (found.table.alias, found.header_row) == (alias, len(above) + 1)
    assert places(found) == {column.name: (place,) for place, column in enumerate(columns)}
    assert {item.headers[0] for item in found.fields} == set(names)
    assert not found.unknown and not found.missing


@pytest.mark.parametrize("has_merged", [True, False])
def test_group_and_child_together_name_a_column(has_merged):
    content = [
        ["人编号", "户编号", "务工情况", "", "公益性岗位", "", "姓名"],
        ["", "", "务工状况", "务工时间(月)", "岗位", "月数", ""],
        ["990101000101", "9901010001", "省外务工", "6", "护林员", "3", "示例甲"],
    ]
    merged = [(0, 2, 0, 3), (0, 4, 0, 5), (0, 0, 1, 0), (0, 1, 1, 1), (0, 6, 1, 6)]
    found = taken(sheet(content, merged=merged if has_merged else ()))
    told = {item.column.name: item.headers[0] for item in found.fields}
    assert found.header_row == 1 and found.table.alias == "p"
    assert told == {
        "person_code": "人编号",
        "household_code": "户编号",
        "work_status": "务工状况",
        "work_months": "务工时间(月)",
        "welfare_post_months": "公益性岗位/月数",
        "name": "姓名",
    }
    assert found.unknown == ((4, "公益性岗位/岗位"),)
    assert found.header_cells == (tuple(content[0]), tuple(content[1]))


@pytest.mark.parametrize("has_merged", [True, False])
def test_a_numbered_list_below_its_title(has_merged):
    names = headers("mon")
    at = names.index("致贫/返贫风险")
    upper = [*names[: at + 1], "", "", *names[at + 1 :]]
    lower = [
        "1" if p == at else str(p - at + 1) if at < p < at + 3 else "" for p in range(len(upper))
    ]
    body = [[*row[: at + 1], "因学", "", *row[at + 1 :]] for row in rows("mon", 2)]
    merged = [(0, at, 0, at + 2)] if has_merged else []
    found = taken(sheet([upper, lower, *body], merged=merged))
    (item,) = [item for item in found.fields if item.column.name == "risks"]
    assert found.header_row == 1 and item.positions == (at, at + 1, at + 2)
    assert item.headers == ("致贫/返贫风险/1", "致贫/返贫风险/2", "致贫/返贫风险/3")


def test_a_unit_below_its_header():
    content = [
        ["借款合同号", "贷款金额", "逾期金额", "贷款余额"],
        ["", "万元", "元", "(万元)"],
        ["NO000001", "5", "100", "3.5"],
    ]
    found = taken(sheet(content))
    scales = {item.column.name: item.scale for item in found.fields}
    assert found.header_row == 1
    assert (scales["amount_yuan"], scales["overdue_yuan"]) == (Decimal(10_000), Decimal(1))
    assert scales["balance_yuan"] == Decimal(10_000)


@pytest.mark.parametrize(
    "below",
    [
        ["-", "元", "万元", "—"],
        ["10位数字", "元", "万元", "数字"],
        ["如9901010001", "元", "万元", "1200.5"],
        ["例:9901010001", "1200", "(万元)", "3000"],
    ],
)
def test_a_row_of_units_or_hints_belongs_to_the_header(below):
    names = ["户编号", "工资性收入", "财产性收入", "年收入"]
    found = taken(sheet([["收入表"], names, below, ["9901010001", "1", "2", "3"]]))
    scales = {item.column.name: item.scale for item in found.fields}
    assert found.header_row == 2 and len(found.fields) == 4
    assert (scales["wage"], scales["property"]) == (1, 10_000)


def test_an_example_row_marked_as_one_is_no_data():
    content = [["序号", *headers("ben")], ["示例", *rows("ben", 1)[0]], ["1", *rows("ben", 2)[1]]]
    assert taken(sheet(content)).header_row == 1
    content[1][0] = "1"
    assert taken(sheet(content)).header_row == 0


@settings(max_examples=150, deadline=None)
@given(alias=st.sampled_from(ALIASES), seed=st.integers(0, 10**6), data=st.data())
def test_a_row_of_data_is_never_a_second_header_row(alias, seed, data):
    """Also where cells are blank, hold codes, or words that are headers elsewhere."""
    rng = random.Random(seed)
    table = WORDS.tables[alias]
    body = rows(alias, 2, seed)
    for row in body:
        for at, column in enumerate(table.columns):
            if column.name in table.key:
                row[at] = data.draw(st.sampled_from([row[at], str(rng.randint(1, 99)), "甲"]))
            else:
                word = st.sampled_from(
                    ["", row[at], "1", "元", "是", "公益性岗位", "姓名", "月数", "-"]
                )
                row[at] = data.draw(word)
    names = headers(alias)
    found = taken(sheet([names, *body]))
    assert (found.header_row, found.table.alias) == (0, alias)


@pytest.mark.parametrize(
    ("names", "row"),
    [
        (["人编号", "姓名", "务工状况", "甲", "乙"], ["", "", "省外务工", "民族", "性别"]),
        (["人编号", "姓名", "甲", "乙", "丙"], ["", "", "民族", "性别", "9901010001"]),
    ],
)
def test_a_stray_row_of_words_is_no_second_header_row(names, row):
    found = taken(sheet([names, row, ["990101000101", "示例甲", "", "", ""]]))
    assert found.header_row == 0 and "ethnicity" not in places(found)


@pytest.mark.parametrize(
    "above",
    [
        ["示例县", "", "", "", "", "", "民族"],
        ["", "", "", "", "联系电话"],
    ],
)
def test_a_word_above_or_beside_the_header_is_no_part_of_it(above):
    names = ["人编号", "姓名", "联系电话", "性别"]
    body = ["990101000101", "示例甲", "19900000001", "男"]
    found = taken(sheet([above, names, body]))
    assert found.header_row == 1 and len(found.fields) == 4 and not found.unknown


def test_a_merged_title_ends_where_its_cells_end():
    content = [
        ["人编号", "公益性岗位", "", ""],
        ["", "岗位", "时长", "月数"],
        ["990101000101", "护林员", "3", "4"],
    ]
    merged = [(0, 0, 1, 0), (0, 1, 0, 2)]
    assert "welfare_post_months" not in places(taken(sheet(content, merged=merged)))
    assert "welfare_post_months" in places(taken(sheet(content)))


def test_a_repeated_header_is_no_second_header_row():
    found = taken(sheet([headers("ben"), headers("ben"), *rows("ben", 1)]))
    assert found.header_row == 0


# Rows that number the columns.


@pytest.mark.parametrize(
    ("marks", "is_numbering"),
    [
        (["1", "2", "3", "4"], True),
        (["甲", "乙", "1", "2"], True),
        (["(1)", "(2)", "(3)", "(4)=(1)+(2)"], True),
        (["(1)", "(2)", "(3)", "4=1+2"], True),
        (["1.0", "2.0", "3.0", "4.0"], True),
        (["①", "②", "③", "④"], True),
        (["1", "2", "3", "5"], False),
        (["2", "3", "4", "5"], False),
        (["1", "2", "", ""], False),
        (["NO000001", "9901000001", "3", "4"], False),
    ],
)
def test_a_row_that_numbers_the_columns(marks, is_numbering):
    found = taken(sheet([["标题"], headers("ben"), marks, *rows("ben", 1)]))
    assert found.header_row == 1
    assert found.numbering_row == (2 if is_numbering else None)


def test_numbering_below_two_header_rows():
    header, merged = grouped(headers("ben"), {1: ("受益情况", 3)})
    found = taken(sheet([*header, ["1", "2", "3", "4"], *rows("ben", 1)], merged=merged))
    assert (found.header_row, found.numbering_row) == (1, 2)


# What stands around a header.


@pytest.mark.parametrize(
    ("text", "alias", "column", "scale"),
    [
        ("户编号*", "hh", "household_code", "1"),
        ("*户 编\n号\n(10位数字)", "hh", "household_code", "1"),
        ("1.户编号", "hh", "household_code", "1"),
        ("户编号AAC001", "hh", None, None),
        ("户编号(AAC001)", "hh", "household_code", "1"),
        ("是否危房户(是/否)", "liv", "is_dangerous", "1"),
        ("性别(男、女)", "p", "gender", "1"),
        ("性别(男、雌)", "p", None, None),
        ("脱贫属性/脱贫标志", "hh", "exit_status", "1"),
        ("人数(家庭人口)", "hh", "member_count", "1"),
        ("出生日期(yyyymmdd)", "p", "birth_date", "1"),
        ("首次识别时间(如201403)", "hh", "first_identified_on", "1"),
        ("贷款金额(万元)", "loan", "amount_yuan", "10000"),
        ("贷款金额（单位：万元）", "loan", "amount_yuan", "10000"),
        ("贷款金额:万元", "loan", "amount_yuan", "10000"),
        ("贷款金额(万元)(必填)", "loan", "amount_yuan", "10000"),
        ("贷款金额(必填)(亿元)", "loan", "amount_yuan", "100000000"),
        ("贷款金额(美元)", "loan", None, None),
        ("贷款金额(含利息)", "loan", None, None),
        ("村级集体经济收入(元)", "vil", "collective_income", "0.0001"),
        ("耕地面积(公顷)", "liv", "arable", "15"),
        ("与村主干路距离(米)", "liv", "road_km", "0.001"),
        ("住房面积(平方米)", "liv", "house_area", "1"),
        ("务工时间(天)", "p", None, None),
        ("务工时间（月）", "p", "work_months", "1"),
    ],
)
def test_units_and_hints_around_a_header(text, alias, column, scale):
    found = [m for m in meanings(text.strip(), WORDS) if m.table.alias == alias]
    told = [(m.column.name, m.scale) for m in found]
    assert told == ([(column, Decimal(scale))] if column else [])


def test_unknown_columns_are_kept_with_their_place():
    found = taken(
        sheet([["序号", *headers("ben"), "", "备注"], ["1", *rows("ben", 1)[0], "", "x"]])
    )
    assert found.unknown == ((0, "序号"), (6, "备注")) and found.width == 7
    assert not found.suggestions and not found.remarks


# Near misses.


@pytest.mark.parametrize(
    ("alias", "old", "new"),
    [
        ("p", "户编号", "户编码"),
        ("p", "证件号码", "证件号"),
        ("p", "与户主关系", "与户主的关系"),
        ("p", "出生日期", "出生时间"),
        ("loan", "贷款余额", "贷款余额数"),
        ("liv", "耕地面积", "耕地的面积"),
        ("hh", "首次识别时间", "首次识别的日期"),
    ],
)
def test_a_header_that_nearly_names_a_missing_column_is_asked_about(alias, old, new):
    names = [new if name == old else name for name in headers(alias)]
    found = taken(sheet([names, *rows(alias, 1)]))
    assert found.suggestions == {new: old}
    assert found.remarks == (f"“{new}”未识别,是否指“{old}”?是的请改用该列名后重报",)
    assert found.unknown == ((names.index(new), new),)


def test_a_unit_that_cannot_be_converted_is_told():
    names = ["贷款金额(吨)" if n == "贷款金额" else n for n in headers("loan")]
    assert not taken(sheet([names])).suggestions
    names = ["贷款金额(公顷)" if n == "贷款金额" else n for n in headers("loan")]
    found = taken(sheet([names]))
    assert found.suggestions == {"贷款金额(公顷)": "贷款金额"}
    assert "单位“公顷”不能换算" in found.remarks[0] and "应为元" in found.remarks[0]


@pytest.mark.parametrize("word", ["备注", "人编号", "序号", "姓名", "合计", "文号"])
def test_other_words_are_not_asked_about(word):
    names = [word if name == "户编号" else name for name in headers("fa")] + [word]
    found = recognise(sheet([list(dict.fromkeys(names))]), WORDS)
    assert isinstance(found, Recognised) and not found.suggestions


def test_no_header_is_taken_for_a_slip_of_another():
    for table in WORDS.tables.values():
        for column in table.columns:
            for header in column.headers:
                assert {item.column for item in near(header, WORDS)} <= {column.name}, header


# Sheets that are no table, and sheets that are two.


def test_a_missing_key_column_is_named_with_what_it_may_be():
    names = ["户编码" if name == "户编号" else name for name in headers("inc")]
    told = refused(sheet([names, *rows("inc", 1)]))
    assert (told.table, told.status) == ("inc", "refused")
    assert "缺少关键列:户编号" in told.reason_zh
    assert "“户编码”未识别,是否指“户编号”?" in told.reason_zh


def test_a_header_of_slips_is_still_near_a_table():
    told = refused(sheet([["户编码", "工资性的收入", "财产性的收入"], ["9901010001", "1", "2"]]))
    assert (told.table, told.status) == ("inc", "refused")
    assert "收入表" in told.reason_zh and "是否指“工资性收入”" in told.reason_zh


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("填表说明", [["填表说明"], ["1. 姓名", "与身份证一致"], ["户编号", "10 位", "人数"]]),
        ("Sheet2", [["指标解释"], ["户编号", "见系统"], ["联系电话", "11 位"]]),
        ("封面", [["示例县报送"], ["姓名", "示例甲", "联系电话", "略", "填报日期", "六月"]]),
        ("说明", [["请各乡镇认真填写"]]),
    ],
)
def test_sheets_beside_the_tables_are_ignored(name, content):
    told = refused(sheet(content, name))
    assert told.status == "ignored" and told.reason_zh


def test_a_table_is_a_table_in_a_sheet_called_notes():
    assert taken(sheet([headers("ben"), *rows("ben", 1)], "填表说明")).table.alias == "ben"


TWO = [["年度", "户编号"], ["2020", "9901010001"]]


def test_two_tables_that_fit_equally_are_asked_about():
    told = refused(sheet(TWO))
    assert told.status == "refused" and set(told.candidates) == {"hh", "inc", "liv"}
    assert "收入表" in told.reason_zh and "把工作表名改为" in told.reason_zh
    assert "加一行写明表名" in refused(sheet(TWO, kind="csv")).reason_zh


@pytest.mark.parametrize(
    ("name", "above", "alias"),
    [
        ("收入表", [], "inc"),
        ("2020年家庭收入", [], "inc"),
        ("Sheet1", [["示例县户基本信息表"]], "hh"),
        ("Sheet1", [["示例县"], ["生产生活条件表(2020年)"]], "liv"),
        ("收入表", [["户基本信息表"]], "inc"),
    ],
)
def test_the_sheet_name_or_the_title_answers(name, above, alias):
    assert taken(sheet([*above, *TWO], name)).table.alias == alias


def test_the_answer_that_the_receipt_asks_for_is_taken():
    told = refused(sheet(TWO))
    name = told.reason_zh.split("(如“")[1].split("”")[0]
    assert taken(sheet(TWO, name)).table.alias == told.candidates[0]
    assert taken(sheet([[name], *TWO], kind="csv")).table.alias == told.candidates[0]


def test_a_name_that_fits_both_does_not_answer():
    assert refused(sheet(TWO, "收入表和生产生活条件表")).candidates


def test_equal_columns_of_one_name_are_one_and_different_ones_refuse():
    names, (first, second) = headers("ben"), rows("ben", 2)
    same = [[*names, names[0]], [*first, first[0]], [*second, f" {second[0]}"]]
    found = taken(sheet(same))
    assert places(found)["project_code"] == (0,) and not found.unknown
    assert "重复出现在 A、E 列" in found.remarks[0]
    same[1][4] = "别的"
    told = refused(sheet(same))
    assert "A、E" in told.reason_zh and told.table == "ben"
    money = [[*names, "受益金额(万元)"], [*first, first[3]]]
    assert "重复" in refused(sheet(money)).reason_zh


# Templates and title rows.


@pytest.mark.parametrize(
    ("title", "version", "remark"),
    [
        ("收入表(模板版本 2026.1)", "2026.1", None),
        ("收入表 模板版本：2019.1", "2019.1", "模板版本 2019.1,现行 2026.1,已按旧版读取"),
        ("收入表(模板版本2031.7)", "2031.7", "模板版本 2031.7 不是已发布的版本"),
        ("收入表", "", None),
    ],
)
def test_the_template_version_stands_in_the_title(title, version, remark):
    found = taken(sheet([[title], headers("inc"), *rows("inc", 1)]))
    assert found.template_version == version
    assert [told for told in found.remarks if "模板" in told] == (
        [told for told in found.remarks if remark in told] if remark else []
    )
    assert bool(found.remarks) == bool(remark)


def test_earlier_templates_are_read():
    for old in WORDS.templates.earlier.values():
        for alias, table in WORDS.tables.items():
            changed = old.headers.get(alias, {})
            names = [changed.get(column.name, column.header) for column in table.columns]
            found = taken(sheet([[f"{table.title_zh}(模板版本 {old.version})"], names]))
            assert found.table is table and not found.missing and not found.unknown
            assert found.remarks == (
                f"模板版本 {old.version},现行 {WORDS.templates.current.version},已按旧版读取",
            )


def test_a_unit_above_the_table_is_asked_about_and_nothing_converted():
    for title in (["示例县", "单位:万元"], ["小额信贷(金额单位：万元)"], ["台账 单位:万元、户"]):
        found = taken(sheet([title, headers("loan"), *rows("loan", 1)]))
        assert all(item.scale == 1 for item in found.fields)
        assert any("表头上方写明单位为万元" in told for told in found.remarks)
    names = [f"{n}(万元)" if "金额" in n or "余额" in n else n for n in headers("loan")]
    assert not taken(sheet([title, names])).remarks
    for other in ("填报单位:万元镇", "填报单位:万元", "单位:元", "单位:万元镇政府"):
        assert not taken(sheet([[other], headers("loan")])).remarks
