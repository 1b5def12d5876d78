"""A receipt that comes back amends just its rows; totals, ignored rows and unknown columns."""

import shutil
from datetime import timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from filing_samples import COUNTY, PERIOD, csv_bytes, headers, id_number, read, rows, workbook
from returned_receipts import NAMES, NOW, code_of, correct, deliver, lake, night, person, receipt

from pipelines import s2_lake, s8_county
from pipelines.core.settings import Home
from pipelines.s1_archive import withdraw
from pipelines.s2_lake.rows.ignored import BLANK, FOOTER, TOTAL
from pipelines.s2_lake.tables.later_headers import REPEATED_HEADER


@pytest.fixture
def filed(home: Home) -> s2_lake.SubmissionResult:
    """Five persons, of whom 3 (key empty) and 4 (id in scientific notation) are quarantined."""
    body = [
        person(1),
        person(2),
        person(3, person_code=""),
        person(4, id_no="9.90101E+17", name="示例四"),
        person(5),
    ]
    workbook(deliver(home, "人.xlsx"), {"村": [headers("p"), *body]})
    result = night(home, 0)
    assert [row.row for row in result.quarantine] == [4, 5]
    return result


def test_a_corrected_receipt_amends_just_its_rows(home, filed):
    before = lake(home)
    new_id = id_number(904)
    correct(
        home,
        filed.submission_id,
        "改.xlsx",
        {(4, "人编号"): "990100000003", (5, "证件号码"): new_id},
    )
    result = night(home, 1)
    assert (result.rows_read, result.rows_accepted) == (2, 2)
    assert result.amended == (("p", filed.submission_id),)
    assert result.tables == ()
    after = lake(home)
    assert after.filter(pl.col("submission_id") == filed.submission_id).equals(before)
    assert after["row_no"].to_list() == [1, 2, 3, 4, 5]
    amended = after.tail(2)
    assert amended["submission_id"].to_list() == [result.submission_id] * 2
    assert amended["source_file"].to_list() == ["改.xlsx"] * 2
    assert amended["person_code"].to_list() == [
        "990100000003",
        person(4)[NAMES.index("person_code")],
    ]
    # Masked in the receipt, left alone by the clerk: the filed text stands.
    assert amended["id_no"].to_list() == [id_number(3), new_id]
    assert amended["name"].to_list() == [person(3)[NAMES.index("name")], "示例四"]


def test_the_receipt_shows_no_name_and_no_whole_id(home, filed):
    book = openpyxl.load_workbook(receipt(home, filed.submission_id))
    shown = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "示例四" not in shown and id_number(3) not in shown
    text = receipt(home, filed.submission_id).with_suffix(".txt").read_text(encoding="utf-8")
    assert "示例四" not in text and "更正" in text


def test_the_cell_at_fault_is_marked(home, filed):
    book = openpyxl.load_workbook(receipt(home, filed.submission_id))
    (sheet,) = [s for s in book.worksheets if s.title.startswith("更正-")]
    red = {
        (cell.row, cell.column_letter)
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb == "FFFFC7CE"
    }
    top = next(row for row in sheet.iter_rows() if row[0].value == "回执编号")
    letters = {cell.value: cell.column_letter for cell in top}
    first = top[0].row + 1
    assert red == {(first, letters["人编号"]), (first + 1, letters["证件号码"])}


def test_rows_left_alone_are_told_again_and_can_be_corrected_later(home, filed):
    correct(home, filed.submission_id, "一.xlsx", {(4, "人编号"): "990100000003"})
    first = night(home, 1)
    assert (first.rows_accepted, first.rows_quarantined) == (1, 1)
    assert first.quarantine[0].reason_zh.startswith("尚未更正:号码变成了科学计数")
    # From the second receipt, which speaks of the row by the returned workbook's address.
    correct(
        home,
        first.submission_id,
        "二.xlsx",
        {(first.quarantine[0].row, "证件号码"): id_number(904)},
    )
    second = night(home, 2)
    assert (second.rows_accepted, second.rows_quarantined) == (1, 0)
    assert lake(home).height == 5


def test_the_last_correction_of_a_row_stands(home, filed):
    for day, code in enumerate(["990100000003", "990100000033"], start=1):
        correct(home, filed.submission_id, f"{day}.xlsx", {(4, "人编号"): code})
        night(home, day)
    assert lake(home)["person_code"].to_list()[3:] == ["990100000033"]


def test_a_correction_of_what_was_replaced_is_told_so(home, filed):
    workbook(deliver(home, "新.xlsx"), {"村": [headers("p"), person(1), person(2)]})
    night(home, 1)
    correct(home, filed.submission_id, "改.xlsx", {(4, "人编号"): "990100000003"})
    result = night(home, 2)
    assert result.rows_accepted == 0 and result.amended == ()
    assert "已有更新的报送" in result.quarantine[0].reason_zh
    assert lake(home).height == 2


def test_a_correction_besides_the_whole_table_is_told_so(home, filed):
    correct(home, filed.submission_id, "改.xlsx", {(4, "人编号"): "990100000003"})
    workbook(deliver(home, "新.xlsx"), {"村": [headers("p"), person(1), person(2)]})
    result = night(home, 1)
    assert "已含该表全表" in " ".join(row.reason_zh for row in result.quarantine)
    assert lake(home).height == 2


def test_a_changed_address_amends_nothing(home, filed):
    book = openpyxl.load_workbook(receipt(home, filed.submission_id))
    (sheet,) = [s for s in book.worksheets if s.title.startswith("更正-")]
    top = next(row for row in sheet.iter_rows() if row[0].value == "回执编号")
    sheet.cell(top[0].row + 1, 4).value = 2  # a row that was accepted
    book.save(deliver(home, "改.xlsx"))
    result = night(home, 1)
    assert result.rows_accepted == 0
    assert "对不上任何未接收的行" in result.quarantine[0].reason_zh
    assert lake(home).height == 3


def test_what_is_corrected_to_an_accepted_row_is_not_taken_twice(home):
    body = [person(1), person(1, person_code="")]
    workbook(deliver(home, "人.xlsx"), {"村": [headers("p"), *body]})
    filed = night(home, 0)
    correct(home, filed.submission_id, "改.xlsx", {(3, "人编号"): code_of(1)})
    result = night(home, 1)
    assert result.rows_accepted == 0 and "逐格相同" in result.quarantine[0].reason_zh
    assert lake(home).height == 1


def test_the_next_whole_filing_replaces_amended_rows_too(home, filed):
    correct(home, filed.submission_id, "改.xlsx", {(4, "人编号"): "990100000003"})
    night(home, 1)
    workbook(deliver(home, "新.xlsx"), {"村": [headers("p"), person(1)]})
    night(home, 2)
    assert lake(home).height == 1


def test_a_withdrawn_correction_leaves_the_filing_as_it_was(home, filed):
    before = lake(home)
    correct(home, filed.submission_id, "改.xlsx", {(4, "人编号"): "990100000003"})
    result = night(home, 1)
    withdraw(home, result.submission_id, "误报", NOW + timedelta(days=2))
    s2_lake.ingest(home)
    assert lake(home).equals(before)
    s8_county.write_receipts(home)
    told = receipt(home, result.submission_id).with_suffix(".txt").read_text(encoding="utf-8")
    assert "撤回" in told and "误报" in told


def test_corrections_go_with_the_filing_that_they_correct(home, filed):
    correct(home, filed.submission_id, "改.xlsx", {(4, "人编号"): "990100000003"})
    night(home, 1)
    workbook(deliver(home, "前.xlsx"), {"村": [headers("p"), person(7)]})
    night(home, 2)
    withdraw(home, f"{COUNTY}-{PERIOD}-v3", "误报", NOW + timedelta(days=3))
    s2_lake.ingest(home)
    assert lake(home).height == 4, "the filing and its correction stand again"
    withdraw(home, filed.submission_id, "误报", NOW + timedelta(days=4))
    s2_lake.ingest(home)
    assert not list(home.lake.rglob("*.parquet")), "nothing is left for the correction to correct"


def test_a_correction_of_a_withdrawn_filing_is_told_so(home, filed):
    withdraw(home, filed.submission_id, "误报", NOW + timedelta(days=1))
    correct(home, filed.submission_id, "改.xlsx", {(4, "人编号"): "990100000003"})
    result = night(home, 2)
    assert result.rows_accepted == 0 and result.status != "accepted"
    assert not list(home.lake.rglob("*.parquet"))


def test_a_rebuilt_lake_is_the_same(home, filed):
    correct(home, filed.submission_id, "改.xlsx", {(4, "人编号"): "990100000003"})
    night(home, 1)
    before = lake(home)
    shutil.rmtree(home.build)
    s2_lake.ingest(home)
    assert lake(home).equals(before)
    assert s2_lake.ingest(home).changed_partitions == ()


def test_ignored_rows_are_named_by_kind(tmp_path):
    body = rows("ben", 3)
    path = workbook(
        tmp_path / "a.xlsx",
        {
            "表": [
                headers("ben"),
                body[0],
                [],
                [],
                list(headers("ben")),
                body[1],
                ["合计", "", "", "1"],
                ["填报人:", "", "", ""],
            ]
        },
    )
    found = [(r.kind_zh, r.first_row, r.last_row) for r in read(path).result.ignored]
    assert found == [(BLANK, 3, 4), (REPEATED_HEADER, 5, 5), (TOTAL, 7, 7), (FOOTER, 8, 8)]


@pytest.mark.parametrize("said", ["填报日期:2020-06-30", "联系电话:0716-7280000", "合计 3 人"])
def test_a_footer_below_the_key_is_no_record(tmp_path, said):
    content = [headers("ben"), *rows("ben", 2), [said]]
    path = workbook(tmp_path / "a.xlsx", {"表": content})
    result = read(path).result
    assert (result.rows_accepted, result.rows_ignored) == (2, 1)


def test_a_total_that_counts_under_the_key_is_no_person(tmp_path):
    content = [headers("p"), person(1), person(2), ["合计", "", "2"]]
    path = workbook(tmp_path / "a.xlsx", {"表": content})
    result = read(path).result
    assert (result.rows_accepted, result.rows_ignored) == (2, 1)


def totals(tmp_path: Path, *tail: list[object]) -> list[tuple[int | None, str]]:
    body = [
        [*row[:3], amount] for row, amount in zip(rows("ben", 3), ["10", "20.5", "3"], strict=True)
    ]
    path = workbook(tmp_path / "a.xlsx", {"表": [headers("ben"), *body, *tail]})
    return [(n.row, n.sentence_zh) for n in read(path).result.notes if n.rule_id == "S004"]


@pytest.mark.parametrize("right", ["33.5", "33.50", "34", "11.17", "", "见附表"])
def test_a_total_that_adds_up_says_nothing(tmp_path, right):
    assert totals(tmp_path, ["合计", "", "", right]) == []


def test_a_total_that_does_not_add_up_is_told(tmp_path):
    ((row, sentence),) = totals(tmp_path, ["合计", "", "", "43.5"])
    assert row == 5 and "43.5" in sentence and "33.5元" in sentence


def test_subtotals_count_from_the_last_one(tmp_path):
    extra = [*rows("ben", 4)[-1][:3], "7"]
    told = totals(
        tmp_path, ["小计", "", "", "33.5"], extra, ["小计", "", "", "7"], ["合计", "", "", "40.5"]
    )
    assert told == []
    ((row, _),) = totals(tmp_path, ["小计", "", "", "33.5"], extra, ["小计", "", "", "40.5"])
    assert row == 7


def test_unknown_columns_are_kept_aside(tmp_path):
    content = [
        [*headers("ben"), "经办备忘"],
        *([*row, f"记{at}"] for at, row in enumerate(rows("ben", 2))),
    ]
    path = tmp_path / "a.csv"
    path.write_bytes(csv_bytes(content))
    delivery = read(path)
    assert delivery.aside.select("source_row", "header", "column_letter", "text").rows() == [
        (2, "经办备忘", "E", "记0"),
        (3, "经办备忘", "E", "记1"),
    ]
    assert "经办备忘" in delivery.result.files[0].reason_zh


def test_a_hidden_sheet_that_looks_like_a_table_is_told(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"明": [headers("ben"), *rows("ben", 1)]})
    book = openpyxl.load_workbook(path)
    book.create_sheet("暗").sheet_state = "hidden"
    book.save(path)
    told = {f.sheet: (f.status, f.reason_zh) for f in read(path).result.files}
    assert told["暗"][0] == "ignored" and "隐藏" in told["暗"][1]


def test_a_crash_between_the_renames_leaves_nothing_behind(home, filed):
    """Read again, killed after the old result was set aside: it holds people's rows."""
    old = home.ingested / f".{filed.submission_id}.old"
    (home.ingested / filed.submission_id).rename(old)
    s2_lake.ingest(home)
    assert not old.exists()
    assert (home.ingested / filed.submission_id / "result.json").exists()
