"""Several sheets or files of one delivery with the same keys: which one counts, and it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from filing_samples import headers, read, rows, workbook

from pipelines.core.dictionary import dictionary
from pipelines.s2_lake.deliveries.delivery import Delivery

Sheets = dict[str, list[list[object]]]


def sheet(alias: str, count: int, seed: int = 1, **cells: str) -> list[list[object]]:
    names = [column.name for column in dictionary().tables[alias].columns]
    body = [list(row) for row in rows(alias, count, seed)]
    for row in body:
        for name, cell in cells.items():
            row[names.index(name)] = cell
    return [list(headers(alias)), *body]


def taken(tmp_path: Path, sheets: Sheets) -> Delivery:
    return read(workbook(tmp_path / "a.xlsx", sheets))


def reasons(delivery: Delivery) -> list[str]:
    return [item.reason_zh for item in delivery.result.files]


@pytest.mark.parametrize("alias", ["hh", "p", "inc", "liv", "vil"])
@pytest.mark.parametrize("years", [("2019", "2020"), ("2020", "2019"), ("2021", "2020")])
def test_the_periods_year_comes_first(tmp_path, alias, years):
    sheets = {year: sheet(alias, 2, at, year=year) for at, year in enumerate(years)}
    delivery = taken(tmp_path, sheets)
    assert delivery.tables[alias]["year"].to_list()[:2] == [2020, 2020]
    assert delivery.tables[alias]["row_no"].to_list() == [1, 2, 3, 4]
    assert delivery.result.rows_accepted == 4
    other = next(year for year in years if year != "2020")
    told = dict(zip(years, reasons(delivery), strict=True))
    assert f"有 2 行是 {other} 年的" in told[other] and "统计时以 2020 年的行为准" in told[other]
    assert told["2020"] == ""


def test_without_the_periods_year_the_latest_counts(tmp_path):
    sheets = {
        year: sheet("inc", 1, at, year=year) for at, year in enumerate(["2016", "2018", "2017"])
    }
    delivery = taken(tmp_path, sheets)
    assert delivery.tables["inc"]["year"].to_list() == [2018, 2017, 2016]
    assert [bool(reason) for reason in reasons(delivery)] == [True, False, True]


def test_two_years_in_one_sheet(tmp_path):
    content = sheet("inc", 2, 1, year="2019") + sheet("inc", 2, 2, year="2020")[1:]
    delivery = taken(tmp_path, {"表": content})
    assert delivery.tables["inc"]["year"].to_list() == [2020, 2020, 2019, 2019]
    assert delivery.tables["inc"]["source_row"].to_list() == [4, 5, 2, 3]
    assert "有 2 行是 2019 年的" in reasons(delivery)[0]


def test_other_households_of_another_year_are_told_and_nothing_moves(tmp_path):
    content = sheet("inc", 4, 1, year="2020")
    names = [column.name for column in dictionary().tables["inc"].columns]
    content[1][names.index("year")] = "2019"
    delivery = taken(tmp_path, {"表": content})
    assert delivery.tables["inc"]["source_row"].to_list() == [2, 3, 4, 5]
    assert reasons(delivery) == [
        "有 1 行是 2019 年的,本次报送还有 2020 年的行,请核对后只报一个年度"
    ]


def test_one_year_only_is_nobodys_question(tmp_path):
    delivery = taken(tmp_path, {"表": sheet("inc", 3, 1, year="2019")})
    assert reasons(delivery) == [""]


def test_the_same_keys_with_other_values_in_another_sheet_are_told(tmp_path):
    sheets = {"甲": sheet("inc", 3, 1, year="2020"), "乙": sheet("inc", 2, 2, year="2020")}
    delivery = taken(tmp_path, sheets)
    assert delivery.tables["inc"]["source_sheet"].to_list() == ["甲"] * 3 + ["乙"] * 2
    assert reasons(delivery) == [
        "",
        "有 2 行的“户编号”已在工作表“甲”中填报而内容不同,统计时以前面的行为准,请核对后只报一份",
    ]


def test_the_same_keys_in_another_file_are_told(tmp_path):
    first = workbook(tmp_path / "1.xlsx", {"表": sheet("ben", 2, 1)})
    second = workbook(tmp_path / "2.xlsx", {"表": sheet("ben", 2, 2)})
    told = reasons(read(first, second))
    assert told[0] == "" and "“项目编码、户编号”已在文件“1.xlsx”工作表“表”中填报" in told[1]


def test_a_sheet_of_two_blocks_tells_it_once(tmp_path):
    old = sheet("inc", 2, 1, year="2019") + sheet("inc", 2, 2, year="2018")
    delivery = taken(tmp_path, {"旧": old, "新": sheet("inc", 2, 3, year="2020")})
    told = [reason for reason in reasons(delivery) if "行是 2018、2019 年的" in reason]
    assert len(told) == 1 and "有 4 行" in told[0]


def test_sheets_of_other_villages_say_nothing(tmp_path):
    whole = sheet("p", 4, 1, year="2020")
    delivery = taken(tmp_path, {"一村": whole[:3], "二村": [whole[0], *whole[3:]]})
    assert reasons(delivery) == ["", ""]


@pytest.mark.parametrize("alias", ["inc", "loan"])
def test_the_sheets_name_tells_the_year_where_no_column_does(tmp_path, alias):
    content = {year: sheet(alias, 2, at) for at, year in enumerate(("2019年", "2020年"))}
    names = [column.name for column in dictionary().tables[alias].columns]
    if "year" in names:
        for rows_of in content.values():
            for row in rows_of:
                del row[names.index("year")]
    delivery = taken(tmp_path, content)
    assert delivery.tables[alias]["source_sheet"].to_list() == ["2020年"] * 2 + ["2019年"] * 2
    assert "统计时以 2020 年的行为准,2019 年的行不作数" in reasons(delivery)[0]


def test_ledgers_of_several_years_with_keys_of_their_own_say_nothing(tmp_path):
    whole = sheet("prj", 4, 1)
    delivery = taken(tmp_path, {"2019年": whole[:3], "2020年": [whole[0], *whole[3:]]})
    assert delivery.tables["prj"]["source_sheet"].to_list() == ["2019年"] * 2 + ["2020年"] * 2
    assert reasons(delivery) == ["", ""]


def test_another_year_in_a_files_name(tmp_path):
    first = workbook(tmp_path / "1-2019.xlsx", {"表": sheet("loan", 2, 1)})
    second = workbook(tmp_path / "2-2020.xlsx", {"表": sheet("loan", 2, 2)})
    delivery = read(first, second)
    assert delivery.tables["loan"]["source_file"][0] == "2-2020.xlsx"
    assert "2019 年的行不作数" in reasons(delivery)[0] and reasons(delivery)[1] == ""
