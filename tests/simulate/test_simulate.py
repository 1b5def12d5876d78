"""The simulator: consistent filings, planted contradictions, a truth that tells all of them."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path

import fastexcel
import pytest
from stdnum.cn import ric

from pipelines.core.dictionary import dictionary
from pipelines.core.dictionary.model import normal
from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home
from pipelines.simulate import simulate, write_correction
from pipelines.simulate.defects import RULES
from pipelines.simulate.filing import Filing, is_live
from pipelines.simulate.run import Sample, county_filings
from pipelines.simulate.sheets import TITLE_MARK

LISTED = [
    "P001", "P002", "P003", "P004", "P005", "P006", "P007", "P014", "P015", "P018", "P019",
    "P020", "P023", "P026", "P027", "P028", "P029", "P030", "P031", "P035", "P036", "P039",
    "P040", "P044", "P060", "P060W", "P064", "P068", "H001", "H002", "H003", "H004", "H005",
    "H006", "H008", "H014", "H015", "H016", "H017", "H018", "H019", "H020", "H026", "H036",
    "H038", "H039", "H040", "H041", "I001", "I002", "I003", "I004", "I005", "I007", "I028",
    "L008", "L014", "L016", "V018", "V019", "V031", "F001", "F002", "F003", "F008", "F009",
    "F010", "F015", "J001", "J002", "J003", "J018", "E001", "E013", "E014", "E015", "C001",
    "C003", "C008", "M050", "M052", "A001", "Q001", "Q002", "R001", "R002", "R003", "R004",
    "R006", "R007", "R009", "R010", "R012", "T001", "T002", "T003", "T011", "Y001", "Y008",
    "P009", "P010", "P012", "P016", "P017", "P025", "P034", "P037", "P048", "P053W", "P055",
    "P066", "P067", "P070", "L001", "L007", "L009", "L010", "L011", "L017", "L021", "L022",
    "L024", "L025", "V016", "V021", "V022", "V023", "V025",
    "H007", "H011", "H012", "H046", "I011", "A002", "A006", "A007", "A009", "A010", "A012",
    "Q003", "Q004", "Q005", "Q006", "Q007",
    "E005", "E006", "E007", "E009", "E010", "E011", "C002", "C009", "C010", "C011", "C012",
    "C014", "W004", "W012", "M001", "M013", "M040", "M049",
    "X001", "X002", "X003", "X004", "X005", "X006", "X007", "X008", "X009", "X011", "X012", "X013",
    "X014", "X015", "X017", "X018", "X019", "X022", "X023",
    "F006", "F019", "F020", "J006", "J007", "J012", "J014", "T005",
]  # fmt: skip
_SHARED_NAMES = {f"甲{middle}山" for middle in "安柏川岱帆谷禾景"}
SMALL = Sample("small", 3, 450, ("2019-12", "2020-06"), 2020)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("small"))
    steps: list[tuple[int, int, str]] = []
    simulate(home, profile="small", progress=lambda *step: steps.append(step))
    assert [(done, count) for done, count, _ in steps] == [(1, 3), (2, 3), (3, 3)]
    return home


def truth(home: Home, seed: int = 2020) -> list[dict[str, str]]:
    with (home.truth / f"truth-{seed}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("seed", [2020, 7])
def test_every_listed_rule_is_planted_in_the_first_county(tmp_path: Path, seed: int) -> None:
    home = Home(tmp_path)
    simulate(home, profile="small", seed=seed)
    planted = {
        row["rule_id"]
        for row in truth(home, seed)
        if row["county_code"] == "990101" and row["cause"] == "planted"
    }
    assert planted == set(LISTED) == set(RULES)


def test_truth_names_one_entity_per_row_and_nothing_of_the_clean_county(small: Home) -> None:
    rows = truth(small)
    assert {row["county_code"] for row in rows} == {"990101", "990102"}
    assert {row["period"] for row in rows} == {"2020-06"}
    for row in rows:
        assert row["household_code"] or row["person_code"] or row["object_code"], row
    seen = Counter(tuple(list(row.values())[:7]) for row in rows)
    assert max(seen.values()) == 1


def test_same_seed_same_bytes_other_seed_other_people(small: Home, tmp_path: Path) -> None:
    again, other = Home(tmp_path / "again"), Home(tmp_path / "other")
    simulate(again, profile="small")
    simulate(other, profile="small", seed=2021)
    assert digests(again.root) == digests(small.root)
    assert digests(other.inbox) != digests(small.inbox)


def test_workbooks_have_two_title_rows_text_cells_and_dictionary_headers(small: Home) -> None:
    path = small.inbox / "990101" / "2020-06" / "户基本信息.xlsx"
    sheet = fastexcel.read_excel(path).load_sheet(0, header_row=None).to_polars()
    assert TITLE_MARK in sheet.row(0)[0]
    assert list(sheet.row(2)) == [column.header for column in dictionary().tables["hh"].columns]
    first = dict(zip(sheet.row(2), sheet.row(3), strict=True))
    assert first["年度"] == "2020"
    assert first["户编号"].isdigit()
    assert len(first["户编号"]) == 10
    assert all(value is None or isinstance(value, str) for value in sheet.row(3))


def test_all_29_tables_are_filed(small: Home) -> None:
    titles = {
        name
        for path in small.inbox.rglob("*.xlsx")
        for name in fastexcel.read_excel(path).sheet_names
    }
    assert titles == {table.title_zh.replace("/", "、") for table in dictionary().tables.values()}


def clean_filings() -> list[Filing]:
    filings, planter = county_filings(SMALL, 2)
    assert planter is None
    return filings


def test_codes_of_the_clean_county_are_in_the_code_lists() -> None:
    filed = dictionary()
    for filing in clean_filings():
        for alias, rows in filing.tables.items():
            for column in filed.tables[alias].columns:
                if column.codes is None or not filed.code_lists[column.codes].closed:
                    continue
                known = filed.code_list(column)
                for row in rows:
                    for label in str(row.get(column.name) or "").split(","):
                        assert not label or normal(label) in known.lookup, (alias, column, label)


def test_rows_have_only_columns_of_the_dictionary_and_all_that_are_required() -> None:
    for filing in clean_filings():
        for alias, rows in filing.tables.items():
            table = dictionary().tables[alias]
            names = {column.name for column in table.columns}
            needed = [
                column.name
                for column in table.columns
                if column.required == "Y" and not column.unless
            ]
            for row in rows:
                assert set(row) <= names, (alias, set(row) - names)
                missing = [name for name in needed if row.get(name) in (None, "")]
                assert not missing, (alias, missing)


def test_people_of_the_clean_county_fit_their_numbers_and_each_other() -> None:
    for filing in clean_filings():
        numbers = [str(row["id_no"])[:18] for row in filing.tables["p"]]
        assert len(set(numbers)) == len(numbers)
        for row in filing.tables["p"]:
            number = str(row["id_no"])
            assert number[17] == ric.calc_check_digit(number[:18])
            assert number[6:14] == row["birth_date"]
            assert (int(number[16]) % 2 == 1) == (row["gender"] == "男")
        live = Counter(row["household_code"] for row in filing.tables["p"] if is_live(row))
        for row in filing.tables["hh"]:
            assert live[row["household_code"]] == row["member_count"]


def test_the_clean_countys_roll_balances() -> None:
    before, now = clean_filings()
    was = {row["person_code"] for row in before.tables["p"] if is_live(row)}
    stays = {row["person_code"] for row in now.tables["p"] if is_live(row)}
    kinds = {row["person_code"]: row["change_type"] for row in now.tables["chg"]}
    assert {kinds[code] for code in stays - was} == {"自然增加"}
    assert {kinds[code] for code in was - stays} == {"自然减少", "整户自然消亡(销户)"}
    assert set(kinds) == (stays | was) - (stays & was)


@pytest.mark.parametrize(
    ("rule", "tables"),
    [
        ("H003", {"hh", "inc"}),
        ("J002", {"prj"}),
        ("F002", {"fa"}),
        ("C008", {"loan"}),
        ("M050", {"mon"}),
    ],
)
def test_correction_changes_the_planted_cells_only(rule: str, tables: set[str]) -> None:
    planted, _ = county_filings(SMALL, 0)
    corrected, planter = county_filings(SMALL, 0)
    assert planter is not None
    assert set(planter.undo(rule)) == tables
    for alias, rows in corrected[-1].tables.items():
        changed = sum(a != b for a, b in zip(rows, planted[-1].tables[alias], strict=True))
        # A project's lines are changed together (F002: one in three or four documents each).
        assert (0 < changed <= 4) == (alias in tables), alias


def test_write_correction_delivers_the_affected_tables(small: Home) -> None:
    (path,) = write_correction(small, county="990101", period="2020-06", rule_id="H003")
    assert path.parent == small.inbox / "990101" / "2020-06"
    assert fastexcel.read_excel(path).sheet_names == ["户基本信息表", "收入表"]
    path.unlink()


@pytest.mark.parametrize(
    "wrong",
    [
        {"county": "990103", "period": "2020-06", "rule_id": "H003"},
        {"county": "421081", "period": "2020-06", "rule_id": "H003"},
        {"county": "990101", "period": "2019-12", "rule_id": "H003"},
        {"county": "990101", "period": "2020-06", "rule_id": "X999"},
        {"county": "990101", "period": "2020-06", "rule_id": "H003", "seed": 1},
    ],
)
def test_correction_of_what_was_never_planted_is_refused(small: Home, wrong: dict) -> None:
    with pytest.raises(FilingsError):
        write_correction(small, **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"profile": "moon"},
        {"counties": 0},
        {"counties": 99},
        {"households": 20},
        {"periods": ("2020-06",)},
        {"periods": ("2020", "2019-12")},
        {"periods": ("2012-12", "2013-06")},
    ],
)
def test_a_sample_that_cannot_be_is_refused(home: Home, wrong: dict) -> None:
    with pytest.raises(FilingsError):
        simulate(home, **wrong)
    assert not home.inbox.exists()


@pytest.mark.slow
def test_many_counties_are_as_possible_as_few() -> None:
    # Neighbours share people, whose birthdays once ran over the end of their month.
    sample = Sample("counties", 19, 450, ("2019-12", "2020-02"), 2020)
    one, other = (
        {str(row["id_no"]) for row in filings[-1].tables["p"] if row["name"] in _SHARED_NAMES}
        for filings, _ in (county_filings(sample, number) for number in (16, 17))
    )
    assert one & other
    assert all(ric.calc_check_digit(number[:18]) == number[17] for number in one & other)


def test_three_periods_tell_one_story() -> None:
    sample = Sample("counties", 2, 450, ("2018-12", "2019-12", "2020-06"), 5)
    filings, _ = county_filings(sample, 1)
    codes = [{row["person_code"] for row in f.tables["p"] if is_live(row)} for f in filings]
    changes = [{row["person_code"] for row in f.tables["chg"]} for f in filings]
    assert not changes[0]
    for index in (1, 2):
        assert codes[index] ^ codes[index - 1] == changes[index]
