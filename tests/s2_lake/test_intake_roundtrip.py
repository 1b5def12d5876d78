"""What is written in disguise reads back as what was meant, for every table and every form."""

import random
import tempfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from disguises import BLANKS, DISGUISES, INVISIBLE, disguise
from filing_samples import csv_bytes, id_number, read, value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from pipelines.core.dictionary import Column, Table, dictionary
from pipelines.s2_lake.deliveries.delivery import Delivery
from pipelines.s2_lake.rows.schema import PROVENANCE

WORDS = dictionary()
SURNAMES, GIVEN = "赵钱孙李周吴郑王", "一二三四五六七八九十"
FORMS_OF_FILE = ["xlsx", "utf-8", "utf-8-sig", "gb18030", "utf-16"]
SHARED = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


def plain_cell(column: Column, table: Table, at: int, rng: random.Random) -> str:
    """One cell in its plain form; '' where nothing is filed."""
    if column.name not in table.key and rng.random() < 0.08:
        return ""
    if column.sensitive == "id":
        return id_number(at, f"{rng.randint(1940, 2019)}{rng.randint(1, 12):02d}15")
    if column.sensitive == "name":
        return rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(["", rng.choice(GIVEN)])
    if column.type == "dec" and not column.printed:
        whole = rng.choice([0, rng.randint(0, 99), rng.randint(1000, 9_999_999)])
        sign = "-" if rng.random() < 0.2 and whole else ""
        return f"{sign}{whole}" + rng.choice(["", f".{rng.randint(1, 9)}", ".25"])
    if column.type == "int" and not column.name.endswith("year"):
        return str(rng.choice([0, rng.randint(1, 99), rng.randint(1000, 99_999)]))
    if column.type in ("month", "date") and rng.random() < 0.3:
        return f"2019{rng.choice(['01', '10'])}" + ("01" if column.type == "date" else "")
    return value(column, at, rng)


def plain_rows(table: Table, count: int, rng: random.Random) -> list[list[str]]:
    return [[plain_cell(c, table, at, rng) for c in table.columns] for at in range(1, count + 1)]


def disguised(table: Table, body: list[list[str]], rng: random.Random) -> list[list[object]]:
    """Header and rows, columns in any order under any of their names, cells in disguise."""
    order = rng.sample(range(len(table.columns)), len(table.columns))
    columns = [table.columns[at] for at in order]
    names = [rng.choice((c.header, *c.synonyms)) for c in columns]
    content: list[list[object]] = [list(names)]
    for row in body:
        cells: list[object] = []
        for at, column in zip(order, columns, strict=True):
            if row[at]:
                cells.append(disguise(row[at], column, rng)[0])
            else:
                cells.append(rng.choice(["", " ", *BLANKS, *INVISIBLE]))
        content.append(cells)
    return content


def as_text(cell: object) -> str:
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def write(path: Path, content: list[list[object]], form: str) -> Path:
    if form != "xlsx":
        path = path.with_suffix(".csv")
        path.write_bytes(csv_bytes([[as_text(cell) for cell in row] for row in content], form))
        return path
    path = path.with_suffix(".xlsx")
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("表")
    for at_row, row in enumerate(content):
        for at_column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(at_row, at_column, cell)
            else:
                sheet.write(at_row, at_column, cell)
    book.close()
    return path


def typed(delivery: Delivery, alias: str) -> pl.DataFrame:
    """What the lake holds, but for texts as filed and places."""
    frame = delivery.tables[alias]
    return frame.select(
        name for name in frame.columns if name not in PROVENANCE and not name.endswith("_text")
    )


def check(alias: str, folder: Path, seed: int, count: int) -> None:
    table, rng = WORDS.tables[alias], random.Random(seed)
    body = plain_rows(table, count, rng)
    headers = [column.header for column in table.columns]
    meant = read(write(folder / "plain", [headers, *body], "utf-8"))
    assert [note for note in meant.result.notes if note.rule_id == "S001"] == []
    assert meant.tables[alias].height == count
    form = rng.choice(FORMS_OF_FILE)
    filed = read(write(folder / "filed", disguised(table, body, rng), form))
    assert [f.status for f in filed.result.files] == ["accepted"], filed.result.files
    wrong = [note for note in filed.result.notes if note.rule_id == "S001"]
    assert wrong == []
    left, right = typed(filed, alias), typed(meant, alias)
    if not left.equals(right):
        bad = [name for name in right.columns if not left[name].equals(right[name])]
        raise AssertionError({name: (left[name].to_list(), right[name].to_list()) for name in bad})


@pytest.mark.parametrize("alias", list(WORDS.tables))
def test_every_table_can_wear_a_dozen_disguises_and_does(alias):
    table, rng = WORDS.tables[alias], random.Random(alias)
    worn = {
        name
        for row in plain_rows(table, 60, rng)
        for column, cell in zip(table.columns, row, strict=True)
        if cell
        for name in disguise(cell, column, rng)[1]
    }
    assert len(worn) >= 12, worn


def test_every_disguise_is_worn_somewhere():
    rng = random.Random(1)
    worn = {
        name
        for table in WORDS.tables.values()
        for row in plain_rows(table, 100, rng)
        for column, cell in zip(table.columns, row, strict=True)
        if cell
        for name in disguise(cell, column, rng)[1]
    }
    assert {item.name for item in DISGUISES} - worn == set()


@pytest.mark.parametrize("alias", list(WORDS.tables))
@settings(SHARED, max_examples=4)
@given(seed=st.integers(0, 2**32))
def test_a_disguised_table_reads_as_the_plain_one(tmp_path_factory, alias, seed):
    check(alias, tmp_path_factory.mktemp("trip"), seed, count=25)


@pytest.mark.slow
@pytest.mark.parametrize("alias", list(WORDS.tables))
@settings(SHARED, max_examples=40)
@given(seed=st.integers(0, 2**32))
def test_many_disguised_tables_read_as_the_plain_ones(tmp_path_factory, alias, seed):
    check(alias, tmp_path_factory.mktemp("trip"), seed, count=40)


HOUSEHOLDS = WORDS.tables["hh"]
NAMES = [column.name for column in HOUSEHOLDS.columns]


class Filing(RuleBasedStateMachine):
    """A sheet put together row by row; what becomes of every row is known beforehand."""

    def __init__(self):
        super().__init__()
        self.rows: list[list[object]] = []
        self.accepted: list[list[object]] = []
        self.expected = {"accepted": 0, "quarantined": 0, "ignored": 0}

    def put(self, row: list[object], outcome: str) -> None:
        self.rows.append(row)
        self.expected[outcome] += 1
        if outcome == "accepted":
            self.accepted.append(row)

    def new_row(self, seed: int, **cells: str) -> list[object]:
        rng, at = random.Random(seed), len(self.rows) + 1
        plain = [plain_cell(column, HOUSEHOLDS, at, rng) for column in HOUSEHOLDS.columns]
        for name, cell in cells.items():
            plain[NAMES.index(name)] = cell
        pairs = zip(plain, HOUSEHOLDS.columns, strict=True)
        return [disguise(cell, column, rng)[0] if cell else cell for cell, column in pairs]

    @rule(seed=st.integers(0, 10**6))
    def a_row_in_disguise(self, seed):
        self.put(self.new_row(seed), "accepted")

    @rule(seed=st.integers(0, 10**6), name=st.sampled_from(["is_two_girl", "relocation_area"]))
    def a_row_with_a_cell_that_cannot_be_typed(self, seed, name):
        row = self.new_row(seed)
        row[NAMES.index(name)] = "不详"
        self.put(row, "accepted")

    @rule(seed=st.integers(0, 10**6), blank=st.sampled_from(["", " ", "\u3000", "\u200b"]))
    def a_row_without_its_key(self, seed, blank):
        row = self.new_row(seed)
        row[NAMES.index("household_code")] = blank
        self.put(row, "quarantined")

    @rule(seed=st.integers(0, 10**6))
    def a_row_of_another_county(self, seed):
        self.put(self.new_row(seed, county_code="990102"), "quarantined")

    @rule(seed=st.integers(0, 10**6), lost=st.sampled_from(["9.9E+17", "９.９e+17", "9.9e17"]))
    def a_row_whose_id_lost_digits(self, seed, lost):
        row = self.new_row(seed)
        row[NAMES.index("head_id_no")] = lost
        self.put(row, "quarantined")

    @precondition(lambda self: self.accepted)
    @rule(data=st.data())
    def a_row_again(self, data):
        self.put(list(data.draw(st.sampled_from(self.accepted))), "quarantined")

    @rule(blank=st.sampled_from(["", " ", "\u3000", "\u00a0", "\u200b\ufeff"]))
    def a_blank_row(self, blank):
        self.put([blank] * len(NAMES), "ignored")

    @rule()
    def the_header_again(self):
        self.put([column.header for column in HOUSEHOLDS.columns], "ignored")

    @rule(word=st.sampled_from(["合计", "填报人:", "审核人"]))
    def a_footer(self, word):
        self.put([word] + [""] * (len(NAMES) - 1), "ignored")

    def teardown(self):
        if not self.accepted:
            return
        header = [column.header for column in HOUSEHOLDS.columns]
        with tempfile.TemporaryDirectory() as folder:
            result = read(write(Path(folder) / "a", [header, *self.rows], "utf-8")).result
        counts = {
            "accepted": result.rows_accepted,
            "quarantined": result.rows_quarantined,
            "ignored": result.rows_ignored,
        }
        assert counts == self.expected
        assert result.rows_read == len(self.rows) == sum(counts.values())


TestFiling = Filing.TestCase
TestFiling.settings = settings(SHARED, max_examples=15, stateful_step_count=15)
