"""What the clerk did not touch in a correction sheet stands as it was filed and read."""

import openpyxl
import polars as pl
import pytest
from filing_samples import csv_bytes, headers, id_number, rows, workbook
from returned_receipts import NAMES, code_of, correct, deliver, lake, night, person, receipt

from pipelines.core.dictionary import dictionary

CODE = "人编号"


def correction_sheet(home, submission_id):
    book = openpyxl.load_workbook(receipt(home, submission_id))
    (sheet,) = [s for s in book.worksheets if s.title.startswith("更正-")]
    top = next(row for row in sheet.iter_rows() if row[0].value == "回执编号")
    return book, sheet, top[0].row, {cell.value: cell.column for cell in top}


def test_a_cell_that_took_its_value_from_a_merge_keeps_it(home):
    """One household's code stands merged over its members, as offices write it."""
    code = person(1)[NAMES.index("household_code")]
    body = [
        person(1),
        person(2, household_code="", person_code=""),
        person(3, household_code=""),
    ]
    path = workbook(deliver(home, "人.xlsx"), {"村": [headers("p"), *body]})
    book = openpyxl.load_workbook(path)
    column = NAMES.index("household_code") + 1
    book["村"].merge_cells(start_row=2, end_row=4, start_column=column, end_column=column)
    book.save(path)
    filed = night(home, 0)
    assert [row.row for row in filed.quarantine] == [3]
    _, sheet, top, at_header = correction_sheet(home, filed.submission_id)
    assert sheet.cell(top + 1, at_header["户编号"]).value == code
    correct(home, filed.submission_id, "改.xlsx", {(3, CODE): code_of(2)})
    assert night(home, 1).rows_accepted == 1
    assert lake(home)["household_code"].to_list() == [code] * 3


def test_columns_headed_by_two_rows_are_read_again(home):
    names = [column.name for column in dictionary().tables["prj"].columns]
    body = rows("prj", 2)
    body[1][names.index("project_code")] = ""
    first = names.index("planned_start")
    upper, lower = ["" for _ in names], list(headers("prj"))
    upper[first] = "时间进度"
    lower[first], lower[first + 1] = "计划开工", "计划完工"
    path = workbook(deliver(home, "项目.xlsx"), {"项目": [upper, lower, *body]})
    book = openpyxl.load_workbook(path)
    book["项目"].merge_cells(start_row=1, end_row=1, start_column=first + 1, end_column=first + 2)
    book.save(path)
    filed = night(home, 0)
    assert [row.row for row in filed.quarantine] == [4]
    correct(home, filed.submission_id, "改.xlsx", {(4, "项目编码"): "NO000002"})
    result = night(home, 1)
    assert "未识别" not in result.files[0].reason_zh
    after = lake(home, "prj")
    text = after.filter(pl.col("project_code") == "NO000002").select(
        "planned_start_text", "planned_end_text"
    )
    assert text.rows() == [(body[1][first], body[1][first + 1])]


def test_a_column_that_was_deleted_or_renamed_keeps_what_was_filed(home):
    body = [person(1), person(2, person_code="")]
    workbook(deliver(home, "人.xlsx"), {"村": [headers("p"), *body]})
    filed = night(home, 0)
    book, sheet, top, at_header = correction_sheet(home, filed.submission_id)
    sheet.cell(top + 1, at_header[CODE]).value = code_of(2)
    sheet.cell(top, at_header["性别"]).value = "男女"
    sheet.delete_cols(at_header["证件号码"])
    book.save(deliver(home, "改.xlsx"))
    assert night(home, 1).rows_accepted == 1
    amended = lake(home).row(1, named=True)
    assert amended["id_no"] == id_number(2)
    assert amended["gender"] == person(2)[NAMES.index("gender")]


def test_a_second_id_that_lost_digits_is_not_taken_for_a_whole_one(home):
    """Two ids of a row were numbers; only the first is marked, only the first is corrected."""
    row = person(2)
    cells: list[object] = list(row)
    cells[NAMES.index("person_code")] = 990100000002990100.0
    cells[NAMES.index("id_no")] = float(int(id_number(2)[:17] + "8"))
    workbook(deliver(home, "人.xlsx"), {"村": [headers("p"), person(1), cells]})
    filed = night(home, 0)
    assert [one.header for one in filed.quarantine] == [CODE]
    correct(home, filed.submission_id, "改.xlsx", {(3, CODE): code_of(2)})
    result = night(home, 1)
    assert [one.header for one in result.quarantine] == ["证件号码"]
    assert "末尾数字已丢失" in result.quarantine[0].reason_zh
    correct(
        home,
        result.submission_id,
        "再.xlsx",
        {(result.quarantine[0].row, "证件号码"): id_number(2)},
    )
    assert night(home, 2).rows_accepted == 1
    assert lake(home).row(1, named=True)["id_no"] == id_number(2)


def test_a_corrected_copy_of_a_row_counts_beside_the_row_left_alone(home):
    workbook(deliver(home, "人.xlsx"), {"村": [headers("p"), person(1), person(2, person_code="")]})
    filed = night(home, 0)
    book, sheet, top, at_header = correction_sheet(home, filed.submission_id)
    for cell in list(sheet[top + 1]):
        sheet.cell(top + 2, cell.column).value = cell.value
    sheet.cell(top + 2, at_header[CODE]).value = code_of(2)
    book.save(deliver(home, "改.xlsx"))
    result = night(home, 1)
    assert (result.rows_accepted, result.rows_quarantined) == (1, 1)
    assert "尚未更正" in result.quarantine[0].reason_zh


def test_a_row_number_that_is_none_costs_its_row_only(home):
    body = [person(1), person(2, person_code=""), person(3, person_code="")]
    workbook(deliver(home, "人.xlsx"), {"村": [headers("p"), *body]})
    filed = night(home, 0)
    book, sheet, top, at_header = correction_sheet(home, filed.submission_id)
    sheet.cell(top + 1, at_header["原行号"]).value = "9" * 5000
    sheet.cell(top + 2, at_header[CODE]).value = code_of(3)
    book.save(deliver(home, "改.xlsx"))
    result = night(home, 1)
    assert (result.rows_accepted, result.rows_quarantined) == (1, 1)
    assert "对不上任何未接收的行" in result.quarantine[0].reason_zh


def test_headers_of_several_lines_are_known_again(home):
    """However a program writes the line end: masked cells below must take their filed text."""
    top = [f"{h[:2]}\r\n{h[2:]}" if h == "证件号码" else h for h in headers("p")]
    top[NAMES.index("name")] = "姓\n名"
    body = [person(1), person(2, person_code="")]
    workbook(deliver(home, "人.xlsx"), {"村": [top, *body]})
    filed = night(home, 0)
    correct(home, filed.submission_id, "改.xlsx", {(3, CODE): code_of(2)})
    assert night(home, 1).rows_accepted == 1
    amended = lake(home).row(1, named=True)
    assert amended["id_no"] == id_number(2)
    assert amended["name"] == person(2)[NAMES.index("name")]


def test_rows_of_sheets_with_different_headers_are_corrected_together(home):
    """Two villages call one column by two of its names: each has a correction sheet."""
    other = ["家庭人口" if h == "人数" else h for h in headers("hh")]
    names = [column.name for column in dictionary().tables["hh"].columns]
    one, two = rows("hh", 2)
    for row, count in ((one, "3"), (two, "5")):
        row[names.index("household_code")] = ""
        row[names.index("member_count")] = count
    workbook(
        deliver(home, "户.xlsx"),
        {"一村": [headers("hh"), one, rows("hh", 3)[2]], "二村": [other, two, rows("hh", 4)[3]]},
    )
    filed = night(home, 0)
    assert [row.sheet for row in filed.quarantine] == ["一村", "二村"]
    book = openpyxl.load_workbook(receipt(home, filed.submission_id))
    sheets = [s for s in book.worksheets if s.title.startswith("更正-")]
    for sheet, code in zip(sheets, ("9901000008", "9901000009"), strict=True):
        top = next(row for row in sheet.iter_rows() if row[0].value == "回执编号")
        (column,) = [cell.column for cell in top if cell.value == "户编号"]
        sheet.cell(top[0].row + 1, column).value = code
    book.save(deliver(home, "改.xlsx"))
    assert night(home, 1).rows_accepted == 2
    after = lake(home, "hh").tail(2)
    assert after.select("household_code", "member_count").rows() == [
        ("9901000008", 3),
        ("9901000009", 5),
    ]


def shown_anywhere(home, submission_id):
    book = openpyxl.load_workbook(receipt(home, submission_id))
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)


def test_an_id_is_masked_wherever_it_was_filed(home):
    """In a column of the county's own, in the wrong column, in a remark."""
    top = [*headers("p"), "原身份证号"]
    wrong = person(2, gender=id_number(902), politics=f"见{id_number(903)}")
    lost = person(3, person_code="")
    workbook(
        deliver(home, "人.xlsx"),
        {"村": [top, [*person(1), ""], [*wrong, ""], [*lost, id_number(904).lower()]]},
    )
    filed = night(home, 0)
    text = receipt(home, filed.submission_id).with_suffix(".txt").read_text(encoding="utf-8-sig")
    told = shown_anywhere(home, filed.submission_id) + text
    for number in (902, 903, 904):
        assert id_number(number) not in told.upper()
    assert f"990101********{id_number(902)[-4:]}" in told
    correct(home, filed.submission_id, "改.xlsx", {(4, CODE): code_of(3)})
    result = night(home, 1)
    aside = pl.read_parquet(home.ingested / result.submission_id / "aside.parquet")
    assert aside["text"].to_list() == [id_number(904).lower()]


def test_a_masked_id_is_no_id(home):
    """Copied out of a receipt into a workbook of the county's own, or half corrected."""
    masked = f"990101********{id_number(2)[-4:]}"
    workbook(deliver(home, "人.xlsx"), {"村": [headers("p"), person(1), person(2, id_no=masked)]})
    filed = night(home, 0)
    assert [(row.header, row.row) for row in filed.quarantine] == [("证件号码", 3)]
    assert "星号" in filed.quarantine[0].reason_zh
    correct(home, filed.submission_id, "改.xlsx", {(3, "证件号码"): id_number(2)})
    assert night(home, 1).rows_accepted == 1


def test_what_stands_beyond_the_header_is_shown(home):
    """A separator inside a cell moved the rest of the row; its end must not be out of sight."""
    row = person(2, gender="男")
    row[NAMES.index("name")] = "示例"
    lines = [headers("p"), person(1), [*row, "尾一", "尾二"]]
    text = "\n".join("\t".join(cells) for cells in lines)
    deliver(home, "人.csv", text.encode("utf-8"))
    filed = night(home, 0)
    assert [one.row for one in filed.quarantine] == [3]
    told = shown_anywhere(home, filed.submission_id)
    assert "尾一" in told and "尾二" in told
    book, sheet, top, _ = correction_sheet(home, filed.submission_id)
    for cell in sheet[top + 1]:
        if cell.value in ("尾一", "尾二"):
            cell.value = None
    book.save(deliver(home, "改.xlsx"))
    result = night(home, 1)
    assert (result.rows_accepted, result.rows_quarantined) == (1, 0)
    assert lake(home).row(1, named=True)["name"] == "示例"


def test_a_sheet_of_endless_unknown_columns_has_a_correction_sheet_to_be_read(home):
    own = [f"自设{number}" for number in range(400)]
    body = [[*person(1), *own], [*person(2, person_code=""), *own]]
    deliver(home, "人.csv", csv_bytes([[*headers("p"), *own], *body]))
    filed = night(home, 0)
    _, sheet, _, at_header = correction_sheet(home, filed.submission_id)
    assert "自设0" in at_header and sheet.max_column < 150
    correct(home, filed.submission_id, "改.xlsx", {(3, CODE): code_of(2)})
    assert night(home, 1).rows_accepted == 1


FA_TITLES = [["资金分配表"], ["单位:万元"]]


def bare(alias: str, column: str) -> str:
    """A header without the unit in brackets."""
    return dictionary().tables[alias].column(column).header.partition("(")[0]


@pytest.mark.parametrize(
    ("typed", "yuan"), [(None, None), ("330", 330), ("330万元", 3_300_000), ("3300000", 3_300_000)]
)
def test_an_amount_whose_unit_was_asked_about_is_filled_in_under_a_unit(home, typed, yuan):
    table = dictionary().tables["fa"]
    names = [bare("fa", c.name) if c.unit == "元" else c.header for c in table.columns]
    body = rows("fa", 2)
    amount = next(at for at, c in enumerate(table.columns) if c.name == "allocated_yuan")
    body[0][amount] = body[1][amount] = "330"
    key = table.column(table.key[0])
    body[1][table.columns.index(key)] = ""
    workbook(deliver(home, "资金.xlsx"), {"资金": [*FA_TITLES, names, *body]})
    first = night(home, 0)
    assert [row.row for row in first.quarantine] == [5]
    book = openpyxl.load_workbook(receipt(home, first.submission_id))
    (sheet,) = [s for s in book.worksheets if s.title.startswith("更正-")]
    shown = f"{names[amount]}(元)"
    (place,) = [cell for row in sheet.iter_rows() for cell in row if cell.value == shown]
    (filed,) = [row for row in sheet.iter_rows() if row[3].value in (5, "5")]
    assert not filed[place.column - 1].value, "the bare figure would look like one in this unit"
    cells = {(5, key.header): "XM990101009"} | ({(5, shown): typed} if typed else {})
    correct(home, first.submission_id, "改.xlsx", cells)
    second = night(home, 1)
    assert second.rows_accepted == 1, second.files
    amended = lake(home, "fa").filter(pl.col(key.name) == "XM990101009")
    assert [None if v is None else float(v) for v in amended["allocated_yuan"]] == [yuan]
