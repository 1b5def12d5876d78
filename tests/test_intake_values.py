"""What a cell's text means: numbers, dates, yes and no, codes, printed figures."""

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.dictionary import dictionary
from pipelines.core.figures.printed import figure
from pipelines.s2_lake.convert import convert

WORDS = dictionary()
FAILED = "failed"


def typed(alias, name, text, scale="1"):
    """The typed value of one cell, or FAILED."""
    column = WORDS.tables[alias].column(name)
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
        "43525",
    ],
)
def test_full_dates(text):
    assert typed("mea", "started_on", text) == date(2019, 3, 1)
    assert typed("hh", "first_identified_on", text) == date(2019, 3, 1)


@pytest.mark.parametrize("text", ["201903", "2019.3", "2019-03", "2019/3", "2019年3月"])
def test_months_are_months_and_no_dates(text):
    assert typed("hh", "first_identified_on", text) == date(2019, 3, 1)
    assert typed("mea", "started_on", text) == FAILED


@pytest.mark.parametrize("text", ["2019", "2019年"])
def test_a_year_is_neither_month_nor_date(text):
    assert typed("hh", "first_identified_on", text) == FAILED
    assert typed("mea", "started_on", text) == FAILED


@pytest.mark.parametrize("text", ["20191301", "20190230", "201913", "3019-01-01", "昨天", "12"])
def test_what_is_no_date(text):
    assert typed("mea", "started_on", text) == FAILED


@pytest.mark.parametrize("text", ["2020-06-19 12:00", "2020/6/19 12:00:00", "2020年6月19日 12:00"])
def test_times(text):
    assert typed("agg", "submitted_at", text) == datetime(2020, 6, 19, 12)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("是 有 1 √ Y y TRUE ✓", True),
        ("否 无 0 × N n FALSE", False),
        ("或 2 不详", FAILED),
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
    ("text", "unit"), [("很多", "人"), ("5户", "人"), ("1-2", "%"), ("", "人")]
)
def test_what_is_no_figure(text, unit):
    assert figure(text, unit) is None


@given(st.decimals(min_value=0, max_value=10**9, places=3))
def test_a_printed_figure_lies_in_its_interval(number):
    found = figure(str(number), "万元")
    assert found is not None and found.low <= found.value <= found.high


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
