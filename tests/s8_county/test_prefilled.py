"""The pack of prefilled templates: what is on file, as filed, and what comes back is the same."""

from __future__ import annotations

import stat
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from filing_samples import COUNTY, PERIOD, csv_bytes, headers, rows
from typer.testing import CliRunner

from pipelines import s2_lake
from pipelines.cli.main import app
from pipelines.core.dictionary import Table, dictionary
from pipelines.core.settings import Home
from pipelines.s1_archive import receive
from pipelines.s8_county import write_pack

NEXT = "2020-12"
DATA_ROW = 4


def filed(home: Home, period: str, **tables: list[list[str]]) -> None:
    folder = home.inbox / COUNTY / period
    folder.mkdir(parents=True)
    for alias, body in tables.items():
        (folder / f"{alias}.csv").write_bytes(csv_bytes([headers(alias), *body]))
    receive(home, None)
    s2_lake.ingest(home)


def lake(home: Home, alias: str, period: str) -> pl.DataFrame:
    part = home.lake / alias / f"period={period}" / f"county={COUNTY}" / "part.parquet"
    names = [Table.stored_name(c.name) for c in dictionary().tables[alias].columns]
    return pl.read_parquet(part, hive_partitioning=False).select(names)


def book_of(paths: list[Path], title: str) -> openpyxl.Workbook:
    (path,) = [path for path in paths if title in path.name]
    return openpyxl.load_workbook(path)


def at_header(alias: str, name: str) -> int:
    names = [column.name for column in dictionary().tables[alias].columns]
    return names.index(name) + 1


def test_a_pack_filed_as_it_is_says_what_was_filed(home: Home, tmp_path: Path) -> None:
    tables = {alias: rows(alias, 5) for alias in dictionary().tables}
    filed(home, PERIOD, **tables)
    paths = write_pack(home, COUNTY, NEXT, tmp_path / "pack")
    assert len(paths) == 1 + len(tables)
    folder = home.inbox / COUNTY / NEXT
    folder.mkdir()
    for path in paths:
        (folder / path.name).write_bytes(path.read_bytes())
    receive(home, None)
    result = s2_lake.ingest(home).results[-1]
    taken = {item.table: item for item in result.files if item.table}
    assert {item.status for item in taken.values()} == {"accepted"}, taken
    beside = {item.sheet: item for item in result.files if not item.table}
    assert set(beside) == {"原值", "填写示例", "下拉选项", "封面"} - {"填写示例"}
    assert {item.status for item in beside.values()} == {"ignored"}, beside
    for alias in tables:
        assert lake(home, alias, NEXT).equals(lake(home, alias, PERIOD)), alias


def test_what_could_not_be_read_stands_as_it_was_filed(home: Home, tmp_path: Path) -> None:
    body = rows("p", 2)
    months, born = at_header("p", "work_months") - 1, at_header("p", "birth_date") - 1
    body[0][months], body[1][months] = "十三个月", "7"
    body[0][born], body[1][born] = "1980年", "1980.5.6"
    filed(home, PERIOD, p=body)
    sheet = book_of(write_pack(home, COUNTY, NEXT, tmp_path / "pack"), "家庭成员表").worksheets[0]
    first, second = (
        [sheet.cell(DATA_ROW + row, column + 1).value for column in (months, born)]
        for row in (0, 1)
    )
    assert first == ["十三个月", "1980年"] and second == [7, "1980-05-06"]
    assert (
        sheet.cell(DATA_ROW, at_header("p", "id_no")).value == body[0][at_header("p", "id_no") - 1]
    )


def test_codes_are_locked_and_changes_are_seen(home: Home, tmp_path: Path) -> None:
    filed(home, PERIOD, p=rows("p", 3))
    book = book_of(write_pack(home, COUNTY, NEXT, tmp_path / "pack"), "家庭成员表")
    sheet = book.worksheets[0]
    assert sheet.protection.sheet
    locked = {
        column.name
        for position, column in enumerate(dictionary().tables["p"].columns, start=1)
        if sheet.cell(DATA_ROW, position).protection.locked
    }
    assert locked == {"household_code", "person_code"}
    empty = sheet.column_dimensions["A"]
    assert not empty.protection.locked
    (area,) = sheet.conditional_formatting
    (rule,) = area.rules
    last = sheet.cell(DATA_ROW + 2, len(dictionary().tables["p"].columns)).coordinate
    assert str(area.sqref) == f"A{DATA_ROW}:{last}"
    assert rule.formula == [f'A{DATA_ROW}&""<>\'原值\'!A{DATA_ROW}&""']
    originals = book["原值"]
    assert originals.sheet_state == "veryHidden"
    for row in range(DATA_ROW, DATA_ROW + 3):
        for column in range(1, sheet.max_column + 1):
            assert originals.cell(row, column).value == sheet.cell(row, column).value


def test_the_cover_says_what_is_due_when_and_who_signs(home: Home, tmp_path: Path) -> None:
    filed(home, PERIOD, p=rows("p", 3))
    filed(home, "2020-09", inc=rows("inc", 4))
    cover = book_of(write_pack(home, COUNTY, NEXT, tmp_path / "pack"), "封面")["封面"]
    assert cover["A1"].value == f"{COUNTY} {NEXT} 期填报包"
    lines = {row[1]: row for row in cover.iter_rows(min_row=4, values_only=True) if row[1]}
    # Half a year's tables are due thirty days after it ends, on a working day.
    assert lines["家庭成员表"][2:4] == ("2021-02-01", f"{PERIOD} 期第 1 次报送,3 行")
    assert lines["收入表"][3] == "2020-09 期第 1 次报送,4 行"
    assert lines["生产生活条件表"][3].startswith("空白")
    text = "\n".join(str(cell) for (cell,) in cover.iter_rows(max_col=1, values_only=True) if cell)
    assert "单位负责人(签字)" in text and "盖章" in text
    # Nothing is due in March, so that only what is on file is there.
    march = write_pack(home, COUNTY, "2021-03", tmp_path / "march")
    assert len(march) == 3


def test_later_filings_and_other_counties_are_not_in_it(home: Home, tmp_path: Path) -> None:
    filed(home, PERIOD, p=rows("p", 3))
    filed(home, "2021-06", p=rows("p", 9))
    sheet = book_of(write_pack(home, COUNTY, NEXT, tmp_path / "a"), "家庭成员表").worksheets[0]
    assert sheet.max_row == DATA_ROW + 2
    other = book_of(write_pack(home, "990777", NEXT, tmp_path / "b"), "家庭成员表").worksheets[0]
    assert other.max_row == DATA_ROW - 1 and not other.protection.sheet


def test_a_pack_is_its_owners_alone(home: Home, tmp_path: Path) -> None:
    filed(home, PERIOD, p=rows("p", 3))
    paths = write_pack(home, COUNTY, NEXT, tmp_path / "pack")
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert stat.S_IMODE((tmp_path / "pack").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--county", COUNTY], "同时给出"),
        (["--period", NEXT], "同时给出"),
        (["--county", "9901", "--period", NEXT], "六位县码"),
        (["--county", COUNTY, "--period", "2020-13"], "六位县码"),
        (["p", "--county", COUNTY, "--period", NEXT], "不要再列出表名"),
    ],
)
def test_a_pack_is_asked_for_in_full(
    home: Home, monkeypatch: pytest.MonkeyPatch, options: list[str], says: str
) -> None:
    home.inbox.mkdir(parents=True)
    monkeypatch.setenv("FILINGS_HOME", str(home.root))
    result = CliRunner().invoke(app, ["template", *options])
    assert result.exit_code == 1 and says in result.output, result.output
