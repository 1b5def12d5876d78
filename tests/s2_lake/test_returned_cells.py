"""What cells mean, in a correction sheet that comes back: as in the sheet where they were filed."""

from __future__ import annotations

from datetime import datetime, timedelta

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from filing_samples import COUNTY, PERIOD, headers, rows

from pipelines import s2_lake, s8_county
from pipelines.core.dictionary import dictionary
from pipelines.core.settings import Home
from pipelines.s1_archive import receive

NOW = datetime(2020, 7, 1, 2, 0)
NAMES = [column.name for column in dictionary().tables["fp"].columns]
HEADERS = dict(zip(NAMES, headers("fp"), strict=True))


def night(home: Home, day: int) -> s2_lake.SubmissionResult:
    receive(home, NOW + timedelta(days=day))
    result = s2_lake.ingest(home).results[-1]
    s8_county.write_receipts(home)
    return result


def lake(home: Home) -> pl.DataFrame:
    frame = pl.read_parquet(home.lake / "fp" / "**" / "*.parquet", hive_partitioning=False)
    return frame.sort("row_no")


@pytest.fixture
def filed(home: Home) -> s2_lake.SubmissionResult:
    """Four payments without voucher number; their other cells need to be understood."""
    body: list[list[object]] = [list(row) for row in rows("fp", 5)]
    for row in body[1:]:
        row[NAMES.index("voucher_no")] = None
    (home.inbox / COUNTY / PERIOD).mkdir(parents=True)
    book = xlsxwriter.Workbook(str(home.inbox / COUNTY / PERIOD / "支付.xlsx"))
    sheet = book.add_worksheet("支付")
    sheet.write_row(0, 0, headers("fp"))
    for number, row in enumerate(body, start=1):
        sheet.write_row(number, 0, row)

    def put(row: int, name: str, value: object, form: str | None = None) -> None:
        style = book.add_format({"num_format": form}) if form else None
        sheet.write(row, NAMES.index(name), value, style)

    put(2, "project_code", 7, '"XM"0000')
    put(2, "amount_yuan", 3300000, "0!.0,")
    put(3, "project_code", "同上")
    amounts, documents = NAMES.index("amount_yuan"), NAMES.index("doc_no")
    sheet.merge_range(3, amounts, 4, amounts, 500)
    sheet.merge_range(3, documents, 4, documents, "示例财〔2020〕9号")
    put(5, "payee_account", "—")
    book.close()
    result = night(home, 0)
    assert [row.row for row in result.quarantine] == [3, 4, 5, 6]
    return result


def give_back(
    home: Home, result: s2_lake.SubmissionResult, cells: dict[tuple[int, str], object]
) -> None:
    """Open the receipt, write voucher numbers and single cells (row, column), file it again."""
    name = f"回执-{result.submission_id}.xlsx"
    book = openpyxl.load_workbook(home.reports / COUNTY / PERIOD / name)
    (sheet,) = [s for s in book.worksheets if s.title.startswith("更正-")]
    top = next(row for row in sheet.iter_rows() if row[0].value == "回执编号")
    places = {cell.value: cell.column for cell in top}
    for row in sheet.iter_rows(min_row=top[0].row + 1):
        filed_row = row[3].value
        if not filed_row:
            continue
        for column in ("voucher_no", *{c for r, c in cells if r == filed_row}):
            value = cells.get((filed_row, column), f"PZ{filed_row:04d}")
            cell = sheet.cell(row[0].row, places[HEADERS[column]])
            cell.value = value
            cell.data_type = "s"  # a text that begins with = too
    book.save(home.inbox / COUNTY / PERIOD / name)


def test_cells_keep_their_meaning_on_the_way_there_and_back(home: Home, filed):
    give_back(home, filed, {})
    result = night(home, 1)
    payments = lake(home)
    assert result.rows_accepted == 4 and payments["voucher_no"].to_list()[1:] == [
        "PZ0003", "PZ0004", "PZ0005", "PZ0006",
    ]  # fmt: skip
    assert payments["project_code"].to_list()[1:3] == ["XM0007", "XM0007"]
    assert payments["doc_no"].to_list()[2:4] == ["示例财〔2020〕9号"] * 2
    # What the merge covers was never taken away from the file; nobody sees it there.
    hidden = f"{rows('fp', 5)[3][NAMES.index('amount_yuan')]}(单元格显示为空白)"
    # Amounts that were asked about are asked about again; none is another by a factor.
    assert payments["amount_yuan"].to_list()[1:4] == [None, None, None]
    asked = {(n.row, n.value) for n in result.notes if n.column == "amount_yuan" and n.row}
    assert {value for _, value in asked} == {
        "3300000(单元格显示为330.0)",
        "500(合并单元格,共 2 行)",
        hidden,
    }


def test_what_is_typed_into_a_returned_sheet_is_read_by_the_same_rules(home: Home, filed):
    cells: dict[tuple[int, str], object] = {
        (3, "amount_yuan"): "330",
        (4, "voucher_no"): "#N/A",
        (5, "voucher_no"): "同上",
        (6, "voucher_no"): '="0006"',
        (6, "doc_no"): "同上",
    }
    give_back(home, filed, cells)
    result = night(home, 1)
    payments = lake(home)
    assert payments["voucher_no"].to_list()[1:] == ["PZ0003", "0006"]
    assert payments["amount_yuan"][1] == 330
    assert payments["doc_no"][2] == "示例财〔2020〕9号"
    told = {row.value for row in result.quarantine}
    assert told == {"#N/A", "同上"}


def test_a_corrected_row_of_the_periods_year_counts_before_last_years(home: Home):
    names = [column.name for column in dictionary().tables["inc"].columns]
    body = [list(row) for row in rows("inc", 2)]
    old = [list(row) for row in body]
    for row in old:
        row[names.index("year")] = "2019"
    body[1][names.index("household_code")] = ""
    path = home.inbox / COUNTY / PERIOD / "收入.xlsx"
    path.parent.mkdir(parents=True)
    book = openpyxl.Workbook()
    for title, content in {"2019": old, "2020": body}.items():
        sheet = book.create_sheet(title)
        for row in [headers("inc"), *content]:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(path)
    result = night(home, 0)
    name = f"回执-{result.submission_id}.xlsx"
    back = openpyxl.load_workbook(home.reports / COUNTY / PERIOD / name)
    (sheet,) = [s for s in back.worksheets if s.title.startswith("更正-")]
    top = next(row for row in sheet.iter_rows() if row[0].value == "回执编号")
    places = {cell.value: cell.column for cell in top}
    code = old[1][names.index("household_code")]
    sheet.cell(top[0].row + 1, places["户编号"]).value = code
    back.save(home.inbox / COUNTY / PERIOD / name)
    assert night(home, 1).rows_accepted == 1
    frame = pl.read_parquet(home.lake / "inc" / "**" / "*.parquet", hive_partitioning=False)
    first = frame.filter(pl.col("household_code") == code).sort("row_no")
    assert first["year"].to_list() == [2020, 2019]
