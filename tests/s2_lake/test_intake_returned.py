"""Odd files, second act: their rows come back in a receipt's correction sheet, odd as well."""

from __future__ import annotations

import openpyxl
import polars as pl
from filing_samples import COUNTY, PERIOD, csv_bytes, headers, rows, workbook
from header_samples import LEVELS, as_xlsx, doubled, merges
from returned_receipts import correct, deliver, lake, night, receipt

AT = {header: at for at, header in enumerate(headers("p"))}


def without_key(alias: str, header: str, count: int = 3) -> list[list[str]]:
    """Rows of which the second lacks its key."""
    body = rows(alias, count)
    body[1][headers(alias).index(header)] = ""
    return body


def test_a_row_below_a_header_of_three_rows_is_corrected(home):
    levels = [[level[row] for level in LEVELS] for row in range(3)]
    content = [*levels, *without_key("inc", "户编号")]
    deliver(home, "收入.xlsx", as_xlsx(content, merges(LEVELS, 0)))
    first = night(home, 0)
    assert [row.row for row in first.quarantine] == [5]
    correct(home, first.submission_id, "改.xlsx", {(5, "户编号"): "9901000077"})
    second = night(home, 1)
    assert (second.rows_read, second.rows_accepted) == (1, 1), second.files
    amended = lake(home, "inc").filter(pl.col("household_code") == "9901000077").row(0, named=True)
    filed = dict(zip(headers("inc"), rows("inc", 3)[1], strict=True))
    assert float(amended["dibao_amt"]) == float(filed["低保金"])
    assert float(amended["transfer"]) == float(filed["转移性收入"])


def test_a_row_of_a_table_with_a_header_twice_is_corrected(home):
    content = doubled("健康状况", ["", "", ""], ["健康", "残疾", "健康"])
    content[2][AT["人编号"]] = ""
    workbook(deliver(home, "人.xlsx"), {"家庭成员表": content})
    first = night(home, 0)
    assert [row.row for row in first.quarantine] == [3]
    correct(home, first.submission_id, "改.xlsx", {(3, "人编号"): "990100000077"})
    second = night(home, 1)
    assert second.rows_accepted == 1, second.files
    amended = lake(home).filter(pl.col("person_code") == "990100000077")
    assert amended["health"].to_list() == [["残疾"]]


def test_look_alikes_stay_read_in_a_row_that_is_corrected(home):
    body = without_key("p", "人编号")
    body[1][AT["与户主关系"]], body[1][AT["姓名"]] = "⼾主", "⻢⼩⻰"
    workbook(deliver(home, "人.xlsx"), {"家庭成员表": [headers("p"), *body]})
    first = night(home, 0)
    correct(
        home,
        first.submission_id,
        "改.xlsx",
        {(3, "人编号"): "990100000077", (3, "务工所在地"): "⽰例县"},
    )
    assert night(home, 1).rows_accepted == 1
    amended = lake(home).filter(pl.col("person_code") == "990100000077").row(0, named=True)
    assert (amended["relation"], amended["name"]) == ("户主", "马小龙")
    assert amended["work_location"] == "示例县"


def test_a_hidden_row_and_numbers_below_in_a_returned_sheet_are_told_and_blank(home):
    workbook(deliver(home, "人.xlsx"), {"家庭成员表": [headers("p"), *without_key("p", "人编号")]})
    first = night(home, 0)
    correct(home, first.submission_id, "改.xlsx", {(3, "人编号"): "990100000077"})
    path = home.inbox / COUNTY / PERIOD / "改.xlsx"
    book = openpyxl.load_workbook(path)
    (sheet,) = [s for s in book.worksheets if s.title.startswith("更正-")]
    (row,) = [r[0].row for r in sheet.iter_rows() if r[3].value == 3]
    sheet.row_dimensions[row].hidden = True
    serial = sheet.max_column + 1
    top = next(r[0].row for r in sheet.iter_rows() if r[0].value == "回执编号")
    for number, line in enumerate(range(top, row + 6)):
        sheet.cell(line, serial).value = str(number) if number else "序号"
    book.save(path)
    second = night(home, 1)
    assert (second.rows_accepted, second.rows_quarantined) == (1, 0)
    assert f"第 {row} 行是隐藏的" in "".join(item.reason_zh for item in second.files)
    assert [run.kind_zh for run in second.ignored] == ["空行(只有序号等预填内容)"]


def test_a_quote_in_a_returned_sheet_that_was_saved_as_text_ends_at_its_line(home):
    body = without_key("p", "人编号", 4)
    body[2][AT["人编号"]] = ""
    plain = [[cell.replace(",", "、") for cell in row] for row in [headers("p"), *body]]
    deliver(home, "人.csv", csv_bytes(plain))
    first = night(home, 0)
    assert [row.row for row in first.quarantine] == [3, 4]
    book = openpyxl.load_workbook(receipt(home, first.submission_id))
    (sheet,) = [s for s in book.worksheets if s.title.startswith("更正-")]
    cells = [[str(c.value or "").replace(",", "、") for c in row] for row in sheet.iter_rows()]
    top = next(at for at, row in enumerate(cells) if row[0] == "回执编号")
    code = cells[top].index("人编号")
    cells[top + 1][code], cells[top + 2][code] = "990100000077", "990100000078"
    place = cells[top].index("务工所在地")
    cells[top + 1][place] = '"' + cells[top + 1][place]
    text = "\r\n".join(",".join(row) for row in cells[top : top + 3])
    deliver(home, "更正.csv", text.encode("gb18030"))
    second = night(home, 1)
    assert second.rows_accepted == 2, second
    assert "第 2 行" in second.files[0].reason_zh and "引号没有配对" in second.files[0].reason_zh
    codes = set(lake(home)["person_code"])
    assert {"990100000077", "990100000078"} <= codes
