"""What leads to somebody is found in any text: numbers by their shape, names that were filed."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from pipelines.core.privacy import (
    Names,
    Prefixes,
    Reading,
    find_numbers,
    has_number,
    hide_numbers,
    mask,
    mask_numbers,
    with_numbers,
)
from pipelines.core.settings import Home
from pipelines.s2_lake import filed_names
from pipelines.s4_findings.language.message import MACROS

# Of the right shape, of nobody: area 990101.
ID = "990101198001010011"
MOBILE = "13800001111"
CARD = "6222020000000000000"

NUMBERS = {
    "id": [
        ID,
        "99010119800101001X",
        "99010119800101001x",
        "990101 19800101 0011",
        "990101 1980 0101 0011",
        "990101-19800101-0011",
        "９９０１０１１９８００１０１００１１",
        "990101　19800101　001Ｘ",
        "9 9 0 1 0 1 1 9 8 0 0 1 0 1 0 0 1 1",
        "990101\u200b19800101\u200b0011",
        f"身份证号{ID}有误",
        f"ID{ID}A",
        f"{ID}42",
        f"{ID}42B1",
        f"00{ID}",
        "990101_19800101_0030",
        "990101.19800101.0030",
        "990101********0011",
        "990101××××××××0011",
        "张三990101800101001号",
        "990101-800101-001",
    ],
    "phone": [
        MOBILE,
        "138 0000 1111",
        "138-0000-1111",
        "138－0000－1111",
        "1380000 1111",
        "1 3 8 0 0 0 0 1 1 1 1",
        "１３８００００１１１１",
        "+8613800001111",
        "+86 138 0000 1111",
        "008613800001111",
        "8613800001111",
        "013800001111",
        "tel13800001111x",
        "138****1111",
        "1380000111113900002222",
        "0716-7212345",
        "(0716)7212345",
        "(0716)721 2345",
        "010-62345678",
        "07167212345",
        "电话:7212345",
    ],
    "account": [CARD, "6222 0200 0000 0000 000", "6222-0200-0000-0000", "9558800000000000004"],
}
LAWFUL = [
    "",
    "石财农发〔2020〕12号",
    "2019年12月31日至2020年06月30日",
    "2020-06-30 2020-07-01",
    "2019-06 2020-06 2021-06",
    "20200630153012.xlsx",
    "20200630153012345.xlsx",
    "户表_421081_20200630_1530.xlsx",
    "421081-2020-06-v1",
    "合计12,345,678.90元",
    "0.13800001111",
    "2016 2017 2018 2019",
    "第3、15、300行",
    "42108110120300",
    "120平方米,3人,2020年",
]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in NUMBERS.items() for text in texts]
)
@pytest.mark.parametrize("around", ["{}", "联系{}号", "a{}b", "({})", "1、{};2"])
def test_a_number_is_found_however_it_is_written(kind: str, text: str, around: str) -> None:
    written = around.format(text)
    assert find_numbers(written)
    left = "".join(sign for sign in hide_numbers(written) if sign.isdecimal())
    assert len(left) <= 2
    assert with_numbers(pl.Series([written, None, "无"])).to_list() == [True, False, False]


@pytest.mark.parametrize("text", LAWFUL)
def test_what_is_no_number_of_anybody_stands(text: str) -> None:
    assert not has_number(text)
    assert mask_numbers(text) == text
    assert not with_numbers(pl.Series([text]))[0]


@pytest.mark.parametrize(
    "code",
    ["42108110120300000123", "421081101203000123", "0901900001", "421081000001", "2020060112345"],
)
def test_a_long_code_is_no_number_in_a_column_of_codes(code: str) -> None:
    assert not has_number(code, Reading.CODE)


@pytest.mark.parametrize("code", [ID, "990101800101001", MOBILE, CARD, f"P{ID}", "0716-7212345"])
def test_a_number_of_somebody_is_one_among_codes_too(code: str) -> None:
    assert has_number(code, Reading.CODE)
    assert with_numbers(pl.Series([code]), Reading.CODE)[0]


def test_an_official_code_excuses_a_code_but_no_citizen_number() -> None:
    official = Prefixes(counties={"130226", "990101"}, villages={"421081101203"})
    assert has_number("13022600123", Reading.CODE)
    assert not has_number("13022600123", Reading.CODE, official)
    assert has_number("421081101203001", Reading.CODE)
    assert not has_number("421081101203001", Reading.CODE, official)
    assert has_number(ID, Reading.CODE, official)
    assert has_number("990101800101001", Reading.CODE, official)


@pytest.mark.parametrize(
    ("text", "shown", "hidden"),
    [
        (
            f"为{ID},电话{MOBILE}",
            "为990101********0011,电话*******1111",
            "为〔未公开〕,电话〔未公开〕",
        ),
        (f"{ID}42", "990101**********1142", "〔未公开〕"),
        ("电话:7212345", "电话:****2345", "电话:〔未公开〕"),
        (f"卡号{CARD}。", "卡号***************0000。", "卡号〔未公开〕。"),
        ("990101********0011", "990101********0011", "〔未公开〕"),
    ],
)
def test_a_countys_own_paper_shows_six_and_four_and_the_world_none(
    text: str, shown: str, hidden: str
) -> None:
    assert mask_numbers(text) == shown
    assert hide_numbers(text) == hidden


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (ID, "id", "990101********0011"),
        ("欧阳无双的身份证没带来", "id", "*" * 14),
        ("13800001111欧阳无双", "phone", "*" * 15),
        (MOBILE, "phone", "*******1111"),
        ("欧阳无双生", "birth", "*****"),
        ("1980-01-01", "birth", "1980****"),
        (ID, "birth", "*" * 18),
    ],
)
def test_a_mask_shows_digits_only(value: str, kind: str, shown: str) -> None:
    assert mask(value, kind) == shown


FILED = ["欧阳无双", "高山", "王芳(户主)", "李明、赵 小兰", "阿卜杜·热合曼", "Zhang San", "因病"]
NAMES = Names(
    [*FILED, "示例县第一建筑工程有限公司", "财政局", "13800001111", "某", "王", ""],
    ["主要致贫原因因病"],
)


def test_names_are_what_was_filed_of_people() -> None:
    assert NAMES._names == [
        "zhangsan", "李明", "欧阳无双", "王芳", "赵小兰", "阿卜杜热合曼", "高山",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("欧阳无双家危房改造项目", "某家危房改造项目"),
        ("欧阳 无双", "某"),
        ("欧阳　无双家", "某家"),
        ("高山", "某"),
        ("高山家到户项目", "某家到户项目"),
        ("高山村民代表", "某村民代表"),
        ("高山村村民高山", "高山村村民某"),
        ("王芳的鱼塘,赵小兰的猪圈", "某的鱼塘,某的猪圈"),
        ("阿卜杜•热合曼", "某"),
        ("ZHANG SAN 商店", "某 商店"),
    ],
)
def test_a_filed_name_is_found_and_hidden(text: str, hidden: str) -> None:
    texts = pl.Series([text, "无", None])
    assert NAMES.within(texts).to_list() == [True, False, False]
    assert NAMES.hide(texts).to_list() == [hidden, "无", None]
    assert texts.to_list() == [text, "无", None]


@pytest.mark.parametrize("text", ["高山村", "高山村道路硬化", "高山镇高山乡", "因病", "王家村", ""])
def test_a_village_is_nobody(text: str) -> None:
    assert not NAMES.within(pl.Series([text]))[0]
    assert NAMES.hide(pl.Series([text]))[0] == text


def test_a_whole_village_name_stands_among_places_only() -> None:
    names = Names(["欧家坝"])
    assert names.within(pl.Series(["欧家坝村"]))[0]
    assert not names.within(pl.Series(["欧家坝村"]), are_places=True)[0]
    assert names.within(pl.Series(["欧家坝"]), are_places=True)[0]


def test_nobody_filed_is_nobody_found() -> None:
    assert Names([]).within(pl.Series(["王芳", None])).to_list() == [False, False]


@pytest.mark.parametrize("kind", ["id", "phone", "account", "birth", "name"])
@pytest.mark.parametrize(
    "value",
    [
        ID,
        MOBILE,
        CARD,
        "欧阳无双的身份证没带来",
        "欧阳无双",
        "1980-01-01",
        "13800001111欧阳无双",
        "E12345678",
    ],
)
def test_rules_mask_as_receipts_do(kind: str, value: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(MACROS)
        shown = connection.execute(f"select mask_{kind}(?::varchar)", [value]).fetchone()
    assert shown == (mask(value, kind),)


def test_every_name_ever_filed_is_looked_for(home: Home) -> None:
    """Of every version, of rows not taken, of amendments; a label in a name column is none."""
    first, second = home.ingested / "990101-2020-06-v1", home.ingested / "990101-2020-06-v2"
    for folder in (first, second):
        (folder / "tables").mkdir(parents=True)
        (folder / "amendments").mkdir()
    people = pl.DataFrame(
        {"name": ["欧阳无双", "因病"], "id_no": [ID, "上官有余"], "gender": ["女", "男"]}
    )
    people.write_parquet(first / "tables" / "p.parquet")
    pl.DataFrame({"head_name": ["司徒 不凡"]}).write_parquet(second / "amendments" / "hh.parquet")
    kept = [("p", "name", "诸葛一二"), ("p", "gender", "夏侯三四")]
    pl.DataFrame(kept, schema=["table_name", "column_name", "text"], orient="row").write_parquet(
        second / "quarantined_cells.parquet"
    )
    texts = ["欧阳无双", "因病", "上官有余", "司徒不凡", "诸葛一二", "夏侯三四", ID]
    found = filed_names(home).within(pl.Series(texts)).to_list()
    assert found == [True, False, True, True, True, False, False]
