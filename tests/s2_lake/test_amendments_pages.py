"""A correction sheet put together of pages: a second header, totals and titles among its rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
from filing_samples import headers, id_number, workbook
from openpyxl.worksheet.worksheet import Worksheet
from returned_receipts import deliver, lake, night, person, receipt

from pipelines import s2_lake
from pipelines.core.settings import Home

TURNED = list(reversed(headers("p")))


def turned(row: list[str]) -> list[str]:
    return list(reversed(row))


def returned(home: Home, submission_id: str, change: Callable[[Worksheet, int], None]) -> None:
    """File a receipt whose correction sheet was changed; the header's row is given."""
    book = openpyxl.load_workbook(receipt(home, submission_id))
    (sheet,) = [s for s in book.worksheets if s.title.startswith("更正-")]
    top = next(row[0].row for row in sheet.iter_rows() if row[0].value == "回执编号")
    change(sheet, top)
    book.save(deliver(home, "改.xlsx"))


def two_wrong(home: Home) -> s2_lake.SubmissionResult:
    body = [person(1), person(2), person(3, person_code=""), person(4, id_no="9.90101E+17")]
    workbook(deliver(home, "人.xlsx"), {"村": [headers("p"), *body]})
    return night(home, 0)


def page_two(sheet: Worksheet, top: int, address: bool) -> list[object]:
    """Move the last row below a header of its own in another order; return that header."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=top, max_row=top + 2)]
    header, last = rows[0], rows[2]
    order = [*range(5), *range(len(header) - 1, 4, -1)] if address else range(4, len(header))
    order = list(order)
    sheet.delete_rows(top + 2)
    for down, source in enumerate((header, last)):
        for column in range(len(header)):
            sheet.cell(top + 3 + down, column + 1).value = None
        for column, place in enumerate(order, start=1 if address else 5):
            sheet.cell(top + 3 + down, column).value = source[place]
        if not address and down:
            for column in range(4):
                sheet.cell(top + 3 + down, column + 1).value = source[column]
    return [header[place] for place in order]


def test_a_second_header_with_addresses_heads_its_rows(home: Home) -> None:
    filed = two_wrong(home)

    def change(sheet: Worksheet, top: int) -> None:
        first = [cell.value for cell in sheet[top]]
        sheet.cell(top + 1, first.index("人编号") + 1).value = "990100000003"
        header = page_two(sheet, top, address=True)
        sheet.cell(top + 4, header.index("证件号码") + 1).value = id_number(904)

    returned(home, filed.submission_id, change)
    result = night(home, 1)
    assert (result.rows_accepted, result.rows_quarantined) == (2, 0), result.quarantine
    whole = lake(home)
    assert whole["id_no"].to_list()[2:] == [id_number(3), id_number(904)]
    # Masked in the receipt and left alone: the filed names stand.
    assert whole["name"].to_list()[2:] == [person(3)[headers("p").index("姓名")], "文字4"]


def test_below_a_header_without_addresses_nothing_is_taken(home: Home) -> None:
    filed = two_wrong(home)

    def change(sheet: Worksheet, top: int) -> None:
        first = [cell.value for cell in sheet[top]]
        sheet.cell(top + 1, first.index("人编号") + 1).value = "990100000003"
        page_two(sheet, top, address=False)
        # Another order: the columns beside the addresses the other way round.
        cells = [[sheet.cell(row, at).value for at in range(5, 40)] for row in (top + 3, top + 4)]
        for row, texts in zip((top + 3, top + 4), cells, strict=True):
            for at_column, text in enumerate(reversed(texts), start=5):
                sheet.cell(row, at_column).value = text

    returned(home, filed.submission_id, change)
    result = night(home, 1)
    assert (result.rows_accepted, result.rows_quarantined) == (1, 1)
    assert lake(home).height == 3


def test_totals_and_page_headers_among_the_rows_are_ignored(home: Home) -> None:
    filed = two_wrong(home)

    def change(sheet: Worksheet, top: int) -> None:
        header = [cell.value for cell in sheet[top]]
        sheet.cell(top + 1, header.index("人编号") + 1).value = "990100000003"
        sheet.cell(top + 2, header.index("证件号码") + 1).value = id_number(904)
        for column, text in enumerate(header, start=1):
            sheet.cell(top + 4, column).value = text
        sheet.cell(top + 3, header.index("人编号") + 1).value = "示例一村小计"
        sheet.cell(top + 3, header.index("务工时间(月)") + 1).value = 99
        sheet.cell(top + 5, header.index("人编号") + 1).value = "合计:2人"

    returned(home, filed.submission_id, change)
    result = night(home, 1)
    assert (result.rows_accepted, result.rows_quarantined) == (2, 0)
    assert [run.kind_zh for run in result.ignored] == ["合计行", "重复表头", "合计行"]
    assert not [note for note in result.notes if note.rule_id == "S004"]


def test_rows_below_two_headers_come_back_corrected(home: Home, tmp_path: Path) -> None:
    """Each header's names stand in the correction sheet of its rows."""
    names = [name.replace("姓名", "成员姓名") for name in TURNED]
    content = [
        headers("p"),
        person(1),
        person(2, person_code=""),
        names,
        turned(person(3)),
        turned(person(4, person_code="")),
    ]
    workbook(deliver(home, "人.xlsx"), {"村": content})
    filed = night(home, 0)
    assert [row.row for row in filed.quarantine] == [3, 6]
    book = openpyxl.load_workbook(receipt(home, filed.submission_id))
    for sheet in [s for s in book.worksheets if s.title.startswith("更正-")]:
        top = next(row for row in sheet.iter_rows() if row[0].value == "回执编号")
        at_code = next(cell.column for cell in top if cell.value == "人编号")
        for row in sheet.iter_rows(min_row=top[0].row + 1):
            if row[0].value:
                sheet.cell(row[0].row, at_code).value = f"99010000000{row[3].value}"
    book.save(deliver(home, "改.xlsx"))
    result = night(home, 1)
    assert (result.rows_accepted, result.rows_quarantined) == (2, 0), result.quarantine
    whole = lake(home).sort("person_code")
    assert whole.filter(whole["source_file"] == "改.xlsx")["id_no"].to_list() == [
        id_number(2),
        id_number(4),
    ]


def test_a_header_that_cannot_be_read_by_comes_back_with_its_rows(home: Home) -> None:
    """The correction sheet shows the rows under their own header, names masked."""
    kept = [place for place, name in enumerate(headers("p")) if name != "人编号"]
    content = [
        headers("p"),
        person(1),
        [headers("p")[place] for place in reversed(kept)],
        [person(2, name="示例某")[place] for place in reversed(kept)],
    ]
    workbook(deliver(home, "人.xlsx"), {"村": content})
    filed = night(home, 0)
    (row,) = filed.quarantine
    assert row.row == 4 and "第 3 行另起的表头" in row.reason_zh
    book = openpyxl.load_workbook(receipt(home, filed.submission_id))
    told = {str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line}
    assert "示例某" not in told and id_number(2) not in told
    (sheet,) = [s for s in book.worksheets if s.title.startswith("更正-")]
    top = next(line for line in sheet.iter_rows() if line[0].value == "回执编号")
    assert {"姓名", "证件号码"} <= {cell.value for cell in top}
