"""The checks that a spreadsheet makes while cells are filled in, asked of LibreOffice itself."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import pytest
import xlsxwriter

from pipelines.core.sheet_checks import SheetCheck, validation

pytestmark = pytest.mark.slow

CASES = [
    (SheetCheck.DATE, "2020-06-30", True),
    (SheetCheck.DATE, "20200630", True),
    (SheetCheck.DATE, "20200229", True),
    (SheetCheck.DATE, "20190229", False),
    (SheetCheck.DATE, "2019-02-29", False),
    (SheetCheck.DATE, "20201301", False),
    (SheetCheck.DATE, "六月三十日", False),
    (SheetCheck.DATE, 44012, True),
    (SheetCheck.MONTH, "202006", True),
    (SheetCheck.MONTH, "202013", False),
    (SheetCheck.MONTH, "202000", False),
    (SheetCheck.MONTH, "去年六月", False),
    (SheetCheck.MOMENT, "2020-06-19 12:00", True),
    (SheetCheck.MOMENT, "周五中午", False),
    (SheetCheck.ID, "99010119800101001", False),
    (SheetCheck.ID, "abcdefghijklmnopqr", False),
    (SheetCheck.PHONE, "19900000001", True),
    (SheetCheck.PHONE, "1990000000", False),
    (SheetCheck.PHONE, "29900000001", False),
    (SheetCheck.PHONE, "1990000000a", False),
]


def with_check_digit(first: str) -> str:
    """A citizen number's last sign by the national standard's own weights."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True))
    return first + "10X98765432"[total % 11]


def test_what_is_right_passes_and_what_is_wrong_does_not(tmp_path: Path, libreoffice: str) -> None:
    number = with_check_digit("99010119800101001")
    wrong = number[:17] + ("0" if number[17] != "0" else "1")
    upper = next(
        one
        for order in range(999)
        if (one := with_check_digit(f"99010119800101{order:03}"))[17] == "X"
    )
    cases = [
        *CASES,
        (SheetCheck.ID, number, True),
        (SheetCheck.ID, wrong, False),
        (SheetCheck.ID, upper, True),
        (SheetCheck.ID, upper.lower(), True),
        (SheetCheck.ID, f"{number}42", True),
    ]
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet, text = book.add_worksheet(), book.add_format({"num_format": "@"})
        for row, (check, cell, _) in enumerate(cases):
            if isinstance(cell, str):
                sheet.write_string(row, 0, cell, text)
            else:
                sheet.write_number(row, 0, cell)
            formula = validation(check, f"A{row + 1}")["value"]
            sheet.write_formula(row, 1, f"=IF(IFERROR({formula[1:]},FALSE),1,0)", None, "")
    to_csv = ["--headless", "--convert-to", "csv", "--outdir", tmp_path, tmp_path / "a.xlsx"]
    subprocess.run(
        [libreoffice, *to_csv],
        check=True,
        capture_output=True,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    found = [row[1] == "1" for row in csv.reader((tmp_path / "a.csv").open(encoding="utf-8"))]
    assert dict(zip(map(str, cases), found, strict=True)) == {str(case): case[2] for case in cases}


@pytest.mark.parametrize("check", list(SheetCheck))
def test_a_rule_is_as_short_as_excel_wants_it(check: SheetCheck) -> None:
    rule = validation(check, "AZ4")
    assert len(str(rule.get("value", ""))) <= 255 and len(rule["error_message"]) <= 255
    assert rule["error_type"] == "warning"
