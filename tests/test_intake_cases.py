"""Files as offices really send them (people invented), each with what must come of it.

The files lie in ``tests/data/intake``; the kinds they stand for have tests of their own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.core.dictionary import dictionary
from pipelines.s2_lake.amendments import Earlier
from pipelines.s2_lake.delivery import Delivery, Identity, read_delivery

FOLDER = Path(__file__).parent / "data" / "intake"


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
