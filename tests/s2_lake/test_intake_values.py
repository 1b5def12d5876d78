"""What a cell's text means: numbers, dates, yes and no, codes, printed figures."""

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.dictionary import dictionary
from pipelines.s2_lake.cells.convert import convert
from pipelines.s2_lake.cells.printed import figure

WORDS = dictionary()
FAILED = "failed"


def typed(alias, name, text, scale="1"):
    """The typed value of one cell, or FAILED."""
    column = WORDS.tables[alias].column(name)
    if column.printed:
        found = figure(text, None)
        return FAILED if found is None else found.value
    codes = WORDS.code_list(column) if column.codes else None
    result = convert(pl.Series("x", [text], dtype=pl.String), column, codes, Decimal(scale))
    if result.failed[0]:
        assert result.values[0] is None
        return FAILED
    value = result.values[0]
    return value.to_list() if isinstance(value, pl.Series) else value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("1,234.50", "1234.5"),
        ("１２３．５", "123.5"),
        ("1.2万元", 12000),
        ("1.2万", 12000),
        ("12 元", 12),
        ("-5", -5),
        ("−5", -5),
        ("1e3", 1000),
        ("0.0000001", 0),
        ("12345678.123456789", "12345678.123457"),
        ("(1,234.5)", "-1234.5"),
        ("（12）元", -12),
        ("￥-90", -90),
        ("-￥90", -90),
        ("1 234 567.5", "1234567.5"),
        ("1\u2009234", 1234),
        ("1'234", 1234),
        ("'1234", 1234),
        ("1，234", 1234),
        ("1.5E+03", 1500),
        ("0.0000005", "0.000001"),
        ("-0", 0),
        ("(-5)", FAILED),
        ("(5", FAILED),
        ("5)", FAILED),
        ("12 34", FAILED),
        ("1,234 567", FAILED),
        ("0,123", FAILED),
        ("1.234.567", FAILED),
        ("5²", FAILED),
        ("①", FAILED),
        ("٣", FAILED),
        ("NaN", FAILED),
        ("inf", FAILED),
        ("∞", FAILED),
        ("1e99", FAILED),
        ("约5000", FAILED),
        ("12亩", FAILED),
        ("12元3", FAILED),
        ("1,23", FAILED),
        ("十二", FAILED),
        ("99999999999999999999", FAILED),
    ],
)
def test_amounts_in_yuan(text, value):
    found = typed("inc", "wage", text)
    assert found == (FAILED if value == FAILED else Decimal(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("5万元", 5), ("50000元", 5), ("5万", 5), ("0.3亿元", 3000), ("5元", "0.0005")],
)
def test_a_unit_in_the_cell_is_brought_to_the_columns(text, value):
    assert typed("vil", "collective_income", text) == Decimal(value)


@pytest.mark.parametrize(
    ("alias", "name", "text", "value"),
    [
        ("liv", "arable", "2公顷", 30),
        ("liv", "arable", "2.5 亩", "2.5"),
        ("liv", "arable", "1万亩", 10000),
        ("liv", "arable", "5㎡", FAILED),
        ("liv", "house_area", "100m²", 100),
        ("liv", "house_area", "100㎡", 100),
        ("liv", "house_area", "100平方米", 100),
        ("liv", "road_km", "3千米", 3),
        ("liv", "road_km", "500米", "0.5"),
        ("liv", "fetch_min", "1.5小时", 90),
        ("liv", "supply_rate", "85%", 85),
        ("liv", "supply_rate", "85％", 85),
        ("liv", "supply_rate", "5‰", "0.5"),
        ("liv", "supply_rate", "1万", FAILED),
        ("liv", "water_l", "60升/人·日", 60),
        ("vil", "total_hh", "1.2万户", 12000),
        ("vil", "total_pop", "12户", FAILED),
        ("hh", "member_count", "5口人", 5),
        ("p", "work_months", "3个月", 3),
        ("p", "work_months", "1年", FAILED),
        ("hh", "exit_year", "2万", FAILED),
        ("hh", "year", "2019元", FAILED),
        ("agg", "value", "58 7", FAILED),
        ("agg", "value", "14 752", "14752"),
    ],
)
def test_units_of_every_kind(alias, name, text, value):
    found = typed(alias, name, text)
    assert found == (FAILED if value == FAILED else Decimal(value))


def test_a_unit_in_the_header_gives_way_to_one_in_the_cell():
    assert typed("inc", "wage", "1.2", scale="10000") == 12000
    assert typed("inc", "wage", "3万", scale="10000") == 30000


@pytest.mark.parametrize(
    ("text", "value"),
    [("2019", 2019), ("2019年", 2019), ("２０１９", 2019), ("2019.0", 2019), ("3.5", FAILED)],
)
def test_whole_numbers(text, value):
    assert typed("hh", "exit_year", text) == value


@pytest.mark.parametrize(
    "text",
    [
        "20190301",
        "2019-03-01",
        "2019-3-1",
        "2019/3/1",
        "2019.3.1",
        "2019年3月1日",
        "2019 年 3 月 1 日",
        "2019-03-01 00:00:00",
        "2019年03月01日",
        "2019年3月1号",
        "2019/03/01 8:30",
        "2019-03-01T08:30:00",
        "２０１９－３－１",
        "'20190301",
        "20190301.0",
        "二〇一九年三月一日",
        "二零一九年三月一日",
        "43525",
        "43525.5",
    ],
)
def test_full_dates(text):
    assert typed("mea", "started_on", text) == date(2019, 3, 1)
    assert typed("hh", "first_identified_on", text) == date(2019, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        "201903",
        "2019.3",
        "2019-03",
        "2019/3",
        "2019年3月",
        "2019年3月份",
        "２０１９０３",
        "二○一九年三月",
        "2019.03",
        "2019 年 3 月",
    ],
)
def test_months_are_months_and_no_dates(text):
    assert typed("hh", "first_identified_on", text) == date(2019, 3, 1)
    assert typed("mea", "started_on", text) == FAILED


@pytest.mark.parametrize("text", ["2019", "2019年"])
def test_a_year_is_neither_month_nor_date(text):
    assert typed("hh", "first_identified_on", text) == FAILED
    assert typed("mea", "started_on", text) == FAILED


@pytest.mark.parametrize(
    "text",
    [
        "20191301",
        "20190230",
        "201913",
        "3019-01-01",
        "昨天",
        "12",
        "2019-02-30",
        "1900-01-00",
        "3/1/2019",
        "2019/3-1",
        "2019年3-1",
        "19/3/1",
        "19.3",
        "190301",
        "19年3月",
        "20193",
        "2019-3-1-",
        "٢٠١٩٠٣٠١",
        "2019³",
    ],
)
def test_what_is_no_date(text):
    assert typed("mea", "started_on", text) == FAILED
    assert typed("hh", "first_identified_on", text) == FAILED


@pytest.mark.parametrize(
    ("numeral", "day"), [("一", 1), ("十", 10), ("十二", 12), ("二十", 20), ("三十一", 31)]
)
def test_chinese_numerals_of_a_date(numeral, day):
    assert typed("mea", "started_on", f"二〇一九年十二月{numeral}日") == date(2019, 12, day)


@pytest.mark.parametrize(("text", "day"), [("19553", date(1953, 7, 13)), ("2019", FAILED)])
def test_a_birth_date_that_lost_its_format_is_a_serial_number(text, day):
    assert typed("p", "birth_date", text) == day


@pytest.mark.parametrize("text", ["2020-06-19 12:00", "2020/6/19 12:00:00", "2020年6月19日 12:00"])
def test_times(text):
    assert typed("agg", "submitted_at", text) == datetime(2020, 6, 19, 12)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("是 有 1 √ Y y TRUE ✓ ✔\ufe0f 1.0 '是 １ Ｙ 是\u200b", True),
        ("否 无 0 × N n FALSE 没有 ０", False),
        ("或 2 不详 ① 是否", FAILED),
    ],
)
def test_yes_and_no(words, value):
    assert {typed("hh", "in_coop", word) for word in words.split()} == {value}


@pytest.mark.parametrize(
    ("alias", "name", "text", "value"),
    [
        ("p", "health", "长期慢性病,残疾", ["长期慢性病", "残疾"]),
        ("p", "health", "残疾、患有大病", ["残疾", "患有大病"]),
        ("p", "health", "残疾 残疾", ["残疾"]),
        ("p", "health", "健康,头疼", FAILED),
        ("p", "health", None, None),
        ("hh", "other_causes", "01,03", ["因病", "因学"]),
        ("hh", "other_causes", None, []),
        ("hh", "other_causes", "无", []),
        ("p", "welfare_post", "护林员,网格员", ["护林员", "网格员"]),
        ("mon", "risks", "因自然灾害(子项),其他（备注）", ["因自然灾害", "其他"]),
        ("p", "student_status", "非在校生", None),
        ("p", "student_status", "八年级", "初中"),
        ("p", "relation", "1", "户主"),
        ("p", "gender", "雄", FAILED),
        ("hh", "main_cause", "01因病", "因病"),
        ("hh", "main_cause", "01-因病", "因病"),
        ("hh", "main_cause", "01.因病", "因病"),
        ("hh", "main_cause", "因病（01）", "因病"),
        ("hh", "main_cause", "因 病", "因病"),
        ("hh", "main_cause", "'０１", "因病"),
        ("hh", "main_cause", "01因残", FAILED),
        ("hh", "main_cause", "01,02", FAILED),
        ("hh", "main_cause", "①", FAILED),
        ("hh", "main_cause", "13", FAILED),
        ("hh", "other_causes", "01、因病", ["因病"]),
        ("hh", "other_causes", "01因病、03因学", ["因病", "因学"]),
        ("hh", "other_causes", "01因残,因学", FAILED),
        ("hh", "other_causes", "因学|因病;因 残\n缺水", ["因学", "因病", "因残", "缺水"]),
        ("hh", "other_causes", ",", []),
        ("emp", "channel", "'村里\u200b介绍", "村里介绍"),
        ("emp", "channel", "村里介绍", "村里介绍"),
        ("liv", "house_struct", "砖石窑洞", "砖瓦砖木/砖石窑洞"),
    ],
)
def test_codes(alias, name, text, value):
    assert typed(alias, name, text) == value


@pytest.mark.parametrize(
    ("text", "unit", "value", "low", "high", "decimals"),
    [
        ("58.7", "%", "58.7", "58.65", "58.75", 1),
        ("58.70%", "%", "58.70", "58.695", "58.705", 2),
        ("0.012", "%", "0.012", "0.0115", "0.0125", 3),
        ("14752", "人", "14752", "14752", "14752", 0),
        ("14,752人", "人", "14752", "14752", "14752", 0),
        ("约1.4万", "人", "14000", "13500", "14500", -3),
        ("1.4万余人", "人", "14000", "13500", "14500", -3),
        ("约300", "人", "300", "270", "330", 0),
        ("300左右", "人", "300", "270", "330", 0),
        ("约5", "户", "5", "4", "6", 0),
        ("17340.46", "万元", "17340.46", "17340.455", "17340.465", 2),
        ("1.466亿元", "元", "146600000", "146550000", "146650000", -5),
        ("1.466亿元", "亿元", "1.466", "1.4655", "1.4665", 3),
        ("50000元", "万元", "5", "4.99995", "5.00005", 4),
    ],
)
def test_printed_figures(text, unit, value, low, high, decimals):
    found = figure(text, unit)
    assert found is not None
    assert (found.value, found.low, found.high) == (Decimal(value), Decimal(low), Decimal(high))
    assert found.decimals == decimals


@pytest.mark.parametrize(
    ("text", "unit"),
    [("很多", "人"), ("5户", "人"), ("1-2", "%"), ("", "人"), ("58²", "户"), ("①", "户")],
)
def test_what_is_no_figure(text, unit):
    assert figure(text, unit) is None


@settings(deadline=None)
@given(st.decimals(min_value=0, max_value=10**9, places=3))
def test_a_printed_figure_lies_in_its_interval(number):
    found = figure(str(number), "万元")
    assert found is not None and found.low <= found.value <= found.high


@settings(deadline=None)
@given(st.text(max_size=12))
def test_no_text_breaks_a_conversion(text):
    for alias, name in [
        ("inc", "wage"),
        ("hh", "exit_year"),
        ("p", "birth_date"),
        ("hh", "first_identified_on"),
        ("agg", "submitted_at"),
        ("p", "health"),
        ("hh", "in_coop"),
        ("mon", "risks"),
    ]:
        typed(alias, name, text)
    figure(text, "人")


@pytest.mark.parametrize("text", ["9" + " " * 30_000 + "9", "1 234 " * 5_000, "(" * 30_000])
def test_a_long_cell_of_blanks_or_brackets_ends_quickly(text):
    """Blanks may stand at many places of a number; a pattern that tries them all never ends."""
    for alias, name in [("inc", "wage"), ("p", "birth_date"), ("p", "is_soldier")]:
        assert typed(alias, name, text) == FAILED
