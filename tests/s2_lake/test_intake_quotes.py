"""Quotes in delimited text: one without a partner swallows no record, lawful ones stay a cell."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from filing_samples import headers, read, rows

from pipelines.s2_lake.files.quoting import quoted_rows
from pipelines.s2_lake.files.sheet import Refused

AT = {header: at for at, header in enumerate(headers("p"))}


def table(count: int = 5, alias: str = "p") -> list[list[str]]:
    """Rows of which no cell needs a quote."""
    return [headers(alias), *([c.replace(",", "、") for c in row] for row in rows(alias, count))]


def written(content: list[list[str]], separator: str = ",", quote: str = "") -> str:
    return "".join(
        separator.join(f"{quote}{cell}{quote}" for cell in row) + "\r\n" for row in content
    )


def filed(folder: Path, text: str, encoding: str = "utf-8"):
    path = folder / "人.csv"
    path.write_bytes(text.encode(encoding))
    return read(path)


@pytest.mark.parametrize(
    ("separator", "encoding"),
    [(",", "utf-8"), (",", "gb18030"), ("\t", "utf-16"), (";", "utf-8-sig")],
)
@pytest.mark.parametrize(
    ("row", "column", "letter"),
    [
        (0, "年度", "A"),
        (0, "务工所在地", "AI"),
        (1, "姓名", "D"),
        (3, "年度", "A"),
        (3, "姓名", "D"),
        (3, "务工所在地", "AI"),
        (5, "姓名", "D"),
        (5, "务工所在地", "AI"),
    ],
)
def test_a_quote_that_opens_alone_ends_at_its_line(
    tmp_path, separator, encoding, row, column, letter
):
    content = table()
    content[row][AT[column]] = '"' + content[row][AT[column]]
    delivery = filed(tmp_path, written(content, separator), encoding)
    (only,) = delivery.result.files
    assert only.rows_accepted == 5, only
    assert f"第 {row + 1} 行 {letter} 列的引号没有配对" in only.reason_zh
    whole = delivery.tables["p"]
    assert whole["name"].to_list() == [line[AT["姓名"]] for line in rows("p", 5)]
    assert whole["work_location"].to_list() == [line[AT["务工所在地"]] for line in rows("p", 5)]


@pytest.mark.parametrize("lost", ["opening", "closing"])
@pytest.mark.parametrize("row", [0, 2, 5])
def test_a_lost_quote_in_a_text_that_quotes_every_cell(tmp_path, lost, row):
    lines = written(table(), quote='"').splitlines()
    name = table()[row][AT["姓名"]]
    half = f'{name}"' if lost == "opening" else f'"{name}'
    lines[row] = lines[row].replace(f'"{name}"', half, 1)
    delivery = filed(tmp_path, "\n".join(lines))
    (only,) = delivery.result.files
    assert only.rows_accepted == 5 and f"第 {row + 1} 行 D 列的引号" in only.reason_zh
    assert delivery.tables["p"]["name"].to_list() == [line[AT["姓名"]] for line in rows("p", 5)]


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("other", ["姓名", "民族", "务工所在地", "户编号"])
@pytest.mark.parametrize("last", [3, 5])
def test_two_quotes_alone_that_pair_up_over_records_are_asked_about(tmp_path, other, last, quote):
    lines = written(table(), quote=quote).splitlines()
    cells = table()
    first_name, closing = cells[2][AT["姓名"]], cells[last][AT[other]]
    lines[2] = lines[2].replace(f"{quote}{first_name}{quote}", f'"{first_name}', 1)
    lines[last] = lines[last].replace(f",{quote}{closing}{quote}", f',{closing}"', 1)
    delivery = filed(tmp_path, "\n".join(lines))
    (only,) = delivery.result.files
    if quote:  # each is alone at its line there, because every other cell is quoted
        assert only.rows_accepted == 5 and "第 3 行 D 列" in only.reason_zh
        return
    assert only.status == "refused" and only.rows_accepted == 0
    assert f"第 3 行至第 {last + 1} 行在同一对引号之内" in only.reason_zh


@pytest.mark.parametrize("rest", ["不识字,\n患病多年", "\n", "见附件\n另说明"])
def test_a_cell_over_lines_that_was_never_closed_refuses_the_file_with_its_line(tmp_path, rest):
    lines = written(table()).splitlines()
    lines[2] = lines[2].rpartition(",")[0] + ',"' + rest
    delivery = filed(tmp_path, "\n".join(lines))
    (only,) = delivery.result.files
    if rest == "\n":  # a blank line says nothing: the quote ends at its line
        assert only.rows_accepted == 5 and "第 3 行 AI 列" in only.reason_zh
        return
    assert only.status == "refused" and "第 3 行的引号没有配对" in only.reason_zh


@pytest.mark.parametrize("row", [0, 3, 5])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_numbering_rows_totals_and_footers_may_follow(tmp_path, row, end):
    head, *body = table()
    blank = [""] * (len(head) - 1)
    rows_of = [head, *body]
    rows_of[row][AT["姓名"]] = '"' + rows_of[row][AT["姓名"]]
    numbers = [str(at) for at in range(1, len(head) + 1)]
    total, footer = ["合计", *blank], ["填表人:示例甲", *blank]
    content = [["家庭成员表", *blank], head, numbers, *body[:3], total, *body[3:], footer]
    delivery = filed(tmp_path, written(content).replace("\r\n", end))
    (only,) = delivery.result.files
    assert (only.rows_accepted, only.rows_ignored) == (5, 3), only
    line = content.index(rows_of[row]) + 1
    assert f"第 {line} 行 D 列的引号没有配对" in only.reason_zh


LAWFUL = [
    "住房安全,饮水安全",
    "1、房屋已修;\n2、饮水已通,2019年12月",
    "第一行\r\n第二行\r\n\r\n第四行",
    '说:"好"',
    '"整句在引号里"',
    "\n以换行开头",
    "以换行结尾\n",
    "多个,逗号,的,一行\n又,一行,2019",
    '5" 管',
    "",
]


@pytest.mark.parametrize("column", ["年度", "姓名", "义务教育阶段未上学原因", "务工所在地"])
@pytest.mark.parametrize("remark", LAWFUL)
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_what_a_program_quoted_is_one_cell(column, remark, quoting, separator):
    content = table()
    content[3][AT[column]] = remark
    text = io.StringIO()
    csv.writer(text, delimiter=separator, quoting=quoting).writerows(content)
    quoted = quoted_rows(text.getvalue(), separator)
    assert quoted.rows == content and not quoted.remarks


def test_a_remark_over_lines_is_read_as_one_cell(tmp_path):
    content = table()
    content[0][AT["出生日期"]] = "出生日期\n(如20190101)"
    content[3][AT["务工所在地"]] = '原在县外,\n"现"回村,\n2020年6月'
    text = io.StringIO()
    csv.writer(text).writerows(content)
    delivery = filed(tmp_path, text.getvalue())
    (only,) = delivery.result.files
    assert (only.rows_accepted, only.reason_zh) == (5, "")
    assert delivery.tables["p"]["work_location"][2] == '原在县外,\n"现"回村,\n2020年6月'


@pytest.mark.parametrize("cell", ['3" 水管', '长2.5"', '他说"好', 'a"b"c'])
def test_quotes_inside_a_bare_cell_say_what_they_say(cell):
    text = f"甲,乙,丙\n1,{cell},2019001\n2,x,2019002\n"
    quoted = quoted_rows(text, ",")
    assert quoted.rows[1] == ["1", cell, "2019001"] and not quoted.remarks


@pytest.mark.parametrize("alias", ["ben", "chg", "mea", "inc"])
def test_narrow_tables_too(tmp_path, alias):
    for column in range(len(headers(alias))):
        content = table(4, alias)
        content[2][column] = '"' + content[2][column]
        delivery = filed(tmp_path, written(content))
        (only,) = delivery.result.files
        assert only.rows_read == 4, (column, only)
        assert "第 3 行" in only.reason_zh


def test_many_quotes_alone_cost_no_more_than_their_lines():
    lines = 10_000
    text = "甲,乙,丙,丁\n" + '2019001,"甲,乙,3\n' * lines
    assert len(quoted_rows(text, ",").stray) == lines


def test_of_many_the_first_are_named():
    text = "甲,乙,丙,丁\n" + '2019001,"甲,乙,3\n' * 9
    (told,) = quoted_rows(text, ",").remarks
    assert "第 2 行 B 列、第 3 行 B 列" in told and "等 9 处" in told


def test_a_line_longer_than_the_table_is_not_guessed_at():
    text = "甲,乙,丙\n1,2019001,3\n" + '1,"张,三,2019002\n' + "1,2019003,3\n"
    with pytest.raises(Refused, match="第 3 行的引号没有配对"):
        quoted_rows(text, ",")
