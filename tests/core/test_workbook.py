"""Workbooks that leave the house are safe, whole or absent, and the same bytes twice."""

from decimal import Decimal

import openpyxl
import pytest

from pipelines.cli.table import write_csv
from pipelines.core.workbook import CELL_LIMIT, SheetColumn, Workbook, neutral

CREATED = "2020-07-01T02:00:00+08:00"


def write(path, cells):
    with Workbook(path, "标题", CREATED) as book:
        book.sheet("一/二", ["标题"], [SheetColumn("甲", 10), ("乙", 5)], cells, ["说明"])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_text_that_starts_like_a_formula_stays_text(tmp_path, start):
    text = f"{start}cmd|'/c calc'!A1"
    write(tmp_path / "a.xlsx", [[text, -5]])
    cells = openpyxl.load_workbook(tmp_path / "a.xlsx").active[3]
    assert cells[0].data_type == "s" and cells[0].value.startswith("'")
    assert cells[1].value == -5


def test_the_same_content_is_the_same_file(tmp_path):
    write(tmp_path / "a.xlsx", [["甲", 1]])
    write(tmp_path / "b.xlsx", [["甲", 1]])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_failure_leaves_the_older_file(tmp_path):
    path = tmp_path / "a.xlsx"
    write(path, [["甲", 1]])
    before = path.read_bytes()

    def rows():
        yield ["乙", 2]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(path, rows())
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["a.xlsx"]


def test_header_is_frozen_and_long_ids_stay_text(tmp_path):
    write(tmp_path / "a.xlsx", [["990101198001010011", 990101198001010011]])
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet.freeze_panes == "A3" and sheet.auto_filter.ref == "A2:B3"
    assert [cell.value for cell in sheet[3]] == ["990101198001010011"] * 2


def test_no_text_is_too_long_or_broken_for_a_cell():
    assert len(neutral("长" * 50_000)) < 32_767 and "截断" in neutral("长" * 50_000)
    assert neutral("\ud800") == "�" and CELL_LIMIT < 32_767


def test_a_negative_number_is_shown_as_it_is():
    assert neutral("-599900") == "-599900" and neutral("-12.5") == "-12.5"
    assert neutral("-1+1") == "'-1+1" and neutral("+8613900000000") == "'+8613900000000"


def test_csv_that_goes_out_holds_no_formula(capsys):
    write_csv(["甲", "乙", "丙"], [["=cmd|'/c calc'!A1", Decimal("-5.50"), ["@a", "b"]]])
    assert capsys.readouterr().out == "甲,乙,丙\n'=cmd|'/c calc'!A1,-5.5,'@a、b\n"
