"""A night of intake, its receipt, and the receipt filled in by a clerk and sent back."""

from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import polars as pl
from filing_samples import COUNTY, PERIOD, rows

from pipelines import s2_lake, s8_county
from pipelines.core.dictionary import dictionary
from pipelines.core.settings import Home
from pipelines.s1_archive import receive

NOW = datetime(2020, 7, 1, 2, 0)
NAMES = [column.name for column in dictionary().tables["p"].columns]


def person(at: int, **cells: str) -> list[str]:
    row = rows("p", at)[-1]
    for name, cell in cells.items():
        row[NAMES.index(name)] = cell
    return row


def code_of(at: int) -> str:
    return person(at)[NAMES.index("person_code")]


def deliver(home: Home, name: str, content: bytes | None = None) -> Path:
    path = home.inbox / COUNTY / PERIOD / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is not None:
        path.write_bytes(content)
    return path


def night(home: Home, day: int) -> s2_lake.SubmissionResult:
    receive(home, NOW + timedelta(days=day))
    result = s2_lake.ingest(home).results[-1]
    s8_county.write_receipts(home)
    assert result.rows_read == (
        result.rows_accepted + result.rows_quarantined + result.rows_ignored
    )
    return result


def lake(home: Home, alias: str = "p") -> pl.DataFrame:
    frame = pl.read_parquet(home.lake / alias / "**" / "*.parquet", hive_partitioning=False)
    return frame.sort("row_no")


def receipt(home: Home, submission_id: str) -> Path:
    return home.reports / COUNTY / PERIOD / f"回执-{submission_id}.xlsx"


def correct(home: Home, submission_id: str, name: str, cells: dict[tuple[int, str], str]) -> None:
    """Do what a clerk does: open the receipt, change cells of its only correction sheet, file it.

    ``cells`` are new texts by original row and header.
    """
    book = openpyxl.load_workbook(receipt(home, submission_id))
    (sheet,) = [s for s in book.worksheets if s.title.startswith("更正-")]
    top = next(row for row in sheet.iter_rows() if row[0].value == "回执编号")
    at_header = {cell.value: cell.column for cell in top}
    by_row = {
        row[3].value: row[0].row for row in sheet.iter_rows(min_row=top[0].row + 1) if row[0].value
    }
    for (row, header), text in cells.items():
        sheet.cell(by_row[row], at_header[header]).value = text
    book.save(deliver(home, name))
