"""Templates: what stands in them, and that what an office fills in is read back."""

import random
import re
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from filing_samples import COUNTY, PERIOD, headers, read, rows
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

from pipelines import s2_lake
from pipelines.cli.main import app
from pipelines.core.dictionary import Table, dictionary, examples
from pipelines.core.dictionary.model import FOLDER, load
from pipelines.core.errors import CatalogueError, FilingsError
from pipelines.core.settings import Home
from pipelines.core.workbook import LIST_SHEET, TEXT_LIMIT, SheetColumn, Workbook
from pipelines.s1_archive import receive
from pipelines.s2_lake.tables.titles import EXAMPLE_SHEET
from pipelines.s8_county import write_templates

WORDS = dictionary()
HEADER_ROW = 3


@pytest.fixture(scope="module")
def templates(tmp_path_factory) -> dict[str, Path]:
    paths = write_templates(tmp_path_factory.mktemp("templates"))
    return dict(zip(WORDS.tables, paths, strict=True))


def opened(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def data_sheet(book: openpyxl.Workbook) -> Worksheet:
    return book.worksheets[0]


def filled(path: Path, to: Path, body: list[list[str]]) -> Path:
    """Fill in the first empty rows, as an office does."""
    book = opened(path)
    for at, row in enumerate(body, start=HEADER_ROW + 1):
        for position, cell in enumerate(row, start=1):
            data_sheet(book).cell(row=at, column=position, value=cell or None)
    to.parent.mkdir(parents=True, exist_ok=True)
    book.save(to)
    return to


def choices(book: openpyxl.Workbook, position: int) -> list[str]:
    """The drop-down of a column's first cell, wherever its choices stand."""
    for rule in data_sheet(book).data_validations.dataValidation:
        inside = any(
            area.min_col <= position <= area.max_col and area.min_row == HEADER_ROW + 1
            for area in rule.sqref.ranges
        )
        if inside and rule.type == "list":
            literal = re.fullmatch(r'"(.*)"', rule.formula1)
            if literal:
                return literal[1].split(",")
            name, area = rule.formula1.split("!")
            cells = book[name.strip("'")][area.replace("$", "")]
            return [str(cell.value) for (cell,) in cells]
    return []


@pytest.mark.parametrize("alias", list(WORDS.tables))
def test_a_template_holds_what_the_dictionary_says(templates, alias):
    table = WORDS.tables[alias]
    book = opened(templates[alias])
    sheet = data_sheet(book)
    assert sheet["A1"].value == f"{table.title_zh}(模板版本 {WORDS.templates.current.version})"
    assert [cell.value for cell in sheet[HEADER_ROW]] == headers(alias)
    assert sheet.freeze_panes == f"A{HEADER_ROW + 1}" and sheet.max_row == HEADER_ROW
    properties = {item.name: item.value for item in book.custom_doc_props.props}
    assert properties == {"模板版本": WORDS.templates.current.version}
    for cell, column in zip(sheet[HEADER_ROW], table.columns, strict=True):
        red = cell.font.color is not None and cell.font.color.rgb == "FFC00000"
        assert red == (column.required == "Y"), column.name
        told = cell.comment.text
        assert {"Y": "必填", "N": "选填", "cond": "有此情况时必填"}[column.required] in told
        assert column.unit is None or column.unit in told
        expected: list[str] = []
        if column.type == "bool":
            expected = ["是", "否"]
        elif column.type == "code":
            expected = list(WORDS.code_list(column).labels)
        assert choices(book, cell.column) == expected, column.name


def test_long_lists_stand_on_a_hidden_sheet(templates):
    book = opened(templates["agg"])
    assert book.sheetnames == ["上报汇总数", EXAMPLE_SHEET, LIST_SHEET]
    assert book[LIST_SHEET].sheet_state == "hidden"
    literal = [
        rule.formula1
        for rule in data_sheet(book).data_validations.dataValidation
        if rule.type == "list" and rule.formula1.startswith('"')
    ]
    assert literal and all(len(text) - 2 <= TEXT_LIMIT for text in literal)
    at = headers("agg").index("指标编码") + 1
    assert len(",".join(choices(book, at))) > TEXT_LIMIT


def test_what_is_filled_in_is_checked_as_far_down_as_a_county_reaches(templates):
    county_rows = 400_000
    for alias, path in templates.items():
        rules = data_sheet(opened(path)).data_validations.dataValidation
        for position, column in enumerate(WORDS.tables[alias].columns, start=1):
            kinds = {
                rule.type
                for rule in rules
                for area in rule.sqref.ranges
                if area.min_col <= position <= area.max_col
                and area.min_row == HEADER_ROW + 1
                and area.max_row >= county_rows
            }
            expected = {"bool": "list", "code": "list", "int": "whole", "dec": "decimal"}.get(
                column.type, "custom"
            )
            if column.type == "code" and not WORDS.code_list(column).labels:
                assert not kinds, (alias, column.name)
            elif column.type in ("bool", "code", "int", "dec", "date", "month", "datetime"):
                assert kinds == ({expected} if not column.printed else set()), (alias, column.name)
            if column.sensitive in ("id", "phone"):
                assert kinds == {"custom"}, (alias, column.name)


def test_pages_are_a4_landscape_with_the_header_and_the_key_on_each(templates):
    sheet = data_sheet(opened(templates["p"]))
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert sheet.print_title_rows == f"${HEADER_ROW}:${HEADER_ROW}"
    assert sheet.print_title_cols == "$C:$C" and headers("p")[2] == "人编号"
    assert sheet.page_setup.fitToHeight == 0
    narrow = data_sheet(opened(templates["ben"]))
    assert narrow.print_title_cols is None and narrow.page_setup.fitToWidth in (None, 1)


def test_several_values_get_a_hint_and_no_drop_down(templates):
    book = opened(templates["p"])
    at = headers("p").index("健康状况") + 1
    hints = [
        rule.prompt
        for rule in data_sheet(book).data_validations.dataValidation
        if any(area.min_col == at for area in rule.sqref.ranges)
    ]
    assert not choices(book, at)
    assert len(hints) == 1 and "逗号" in hints[0] and "长期慢性病" in hints[0]


def test_numbers_and_dates_are_kept_as_text(templates):
    for alias, path in templates.items():
        sheet = data_sheet(opened(path))
        formats = {
            at: group.number_format
            for group in sheet.column_dimensions.values()
            for at in range(group.min, group.max + 1)
        }
        for at, column in enumerate(WORDS.tables[alias].columns, start=1):
            if column.type in ("str", "date", "month", "datetime"):
                assert formats[at] == "@", (alias, column.name)


@pytest.mark.parametrize("alias", list(WORDS.tables))
def test_the_example_shows_invented_cells_that_can_be_typed(templates, tmp_path, alias):
    """Read as data under another name, all rows are accepted and every cell is understood."""
    book = opened(templates[alias])
    sheet = book[EXAMPLE_SHEET]
    assert EXAMPLE_SHEET in sheet["A1"].value and "虚构" in sheet["A1"].value
    copy = openpyxl.Workbook()
    for row in sheet.iter_rows(min_row=2, values_only=True):
        copy.active.append(row)
    copy.save(tmp_path / "a.xlsx")
    result = read(tmp_path / "a.xlsx").result
    shown = examples(WORDS.tables[alias])
    assert result.rows_accepted == len(shown) > 0, (result.files, result.quarantine)
    assert not [note for note in result.notes if note.rule_id == "S001"], result.notes
    for column in WORDS.tables[alias].columns:
        starts = {"id": "99", "name": "示例", "phone": "199"}.get(column.sensitive or "", "")
        assert all(row[column.name].startswith(starts) for row in shown if row[column.name])


def test_what_is_filled_in_is_read_back(home: Home, templates):
    folder = home.inbox / COUNTY / PERIOD
    bodies = {alias: rows(alias, 3) for alias in WORDS.tables}
    for alias, path in templates.items():
        filled(path, folder / path.name, bodies[alias])
    receive(home, None)
    (result,) = s2_lake.ingest(home).results
    data = {item.table: item for item in result.files if item.table}
    assert {alias: item.rows_accepted for alias, item in data.items()} == dict.fromkeys(bodies, 3)
    assert {item.status for item in data.values()} == {"accepted"}, data
    assert not [item.reason_zh for item in data.values() if item.reason_zh]
    beside = [item for item in result.files if not item.table]
    assert {item.sheet for item in beside} == {EXAMPLE_SHEET, LIST_SHEET}
    assert all(item.status == "ignored" and item.reason_zh for item in beside)
    for alias, body in bodies.items():
        frame = pl.read_parquet(home.lake / alias / "**" / "*.parquet", hive_partitioning=False)
        assert frame["source_row"].to_list() == [4, 5, 6]
        for position, column in enumerate(WORDS.tables[alias].columns):
            name = Table.stored_name(column.name)
            text = frame[name if column.type == "str" else f"{name}_text"].to_list()
            assert text == [row[position] for row in body], (alias, column.name)


def test_a_blank_template_replaces_nothing_and_its_example_is_no_data(home: Home, templates):
    folder = home.inbox / COUNTY / PERIOD
    filled(templates["ben"], folder / "a.xlsx", rows("ben", 2))
    receive(home, None)
    s2_lake.ingest(home)
    (folder / "b.xlsx").write_bytes(templates["ben"].read_bytes())
    receive(home, None)
    result = s2_lake.ingest(home).results[-1]
    assert result.version == 2 and result.rows_accepted == 0
    assert "没有数据行,原有数据保持不变,应报送的请填写后重报" in [
        item.reason_zh for item in result.files
    ]
    frame = pl.read_parquet(home.lake / "ben" / "**" / "*.parquet", hive_partitioning=False)
    assert frame.height == 2


def test_an_example_filed_alone_is_told_so(tmp_path, templates):
    book = opened(templates["ben"])
    del book["项目受益对象"]
    book.save(tmp_path / "a.xlsx")
    result = read(tmp_path / "a.xlsx").result
    assert result.status == "refused" and result.rows_read == 0
    assert "填写示例" in result.files[0].reason_zh and "移到" in result.files[0].reason_zh


def test_an_older_template_is_read_and_told(tmp_path, templates):
    old = WORDS.templates.earlier["2019.1"]
    book = opened(templates["liv"])
    sheet = data_sheet(book)
    sheet["A1"] = str(sheet["A1"].value).replace(WORDS.templates.current.version, old.version)
    for cell, column in zip(sheet[HEADER_ROW], WORDS.tables["liv"].columns, strict=True):
        cell.value = old.headers["liv"].get(column.name, column.header)
    for position, value in enumerate(rows("liv", 1)[0], start=1):
        sheet.cell(row=HEADER_ROW + 1, column=position, value=value)
    book.save(tmp_path / "a.xlsx")
    first = read(tmp_path / "a.xlsx").result.files[0]
    assert (first.table, first.status, first.rows_accepted) == ("liv", "accepted", 1)
    assert first.reason_zh == "模板版本 2019.1,现行 2026.1,已按旧版读取"


def test_templates_are_the_same_bytes_twice(tmp_path):
    (one,) = write_templates(tmp_path / "a", ["p"])
    (two,) = write_templates(tmp_path / "b", ["家庭成员表"])
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("inc", "收入表"),
        ("收入表", "收入表"),
        ("资金指标、分配台账", "资金指标、分配台账"),
        ("项目库", None),
    ],
)
def test_the_command_writes_one_table_by_alias_or_title(tmp_path, name, title):
    result = CliRunner().invoke(app, ["template", name, "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    (path,) = tmp_path.glob("*.xlsx")
    assert path.name == f"模板-{title or '县级脱贫攻坚项目库'}.xlsx"


def test_the_command_writes_all_tables(tmp_path):
    assert CliRunner().invoke(app, ["template", "--out", str(tmp_path)]).exit_code == 0
    assert len(list(tmp_path.glob("*.xlsx"))) == 29


def test_an_unknown_table_is_asked_about(tmp_path):
    with pytest.raises(FilingsError, match="是否指“收入表”"):
        write_templates(tmp_path, ["收入帐表"])
    with pytest.raises(FilingsError, match="可用的表"):
        write_templates(tmp_path, ["zzz"])


def test_choices_with_commas_are_offered_whole(tmp_path):
    with Workbook(tmp_path / "a.xlsx", "标题", "2020-01-01T00:00:00") as book:
        book.sheet("a", [], [SheetColumn("甲", choices=("一,二", "三"))], [], rows_to_fill=2)
    rule = opened(tmp_path / "a.xlsx")["a"].data_validations.dataValidation[0]
    assert rule.formula1 == f"'{LIST_SHEET}'!$A$2:$A$3"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("exit_status: 脱贫属性", "exit_status: 脱贫与否", "脱贫与否"),
        ("liv: {is_dangerous", "liv: {is_gone", "liv.is_gone"),
        ('version: "2019.1"', 'version: "2026.1"', "重复"),
        ("from: 2019-01-01", "from: 2027-01-01", "不早于"),
        ('version: "2026.1"', "version: 2026.1", "应写成"),
    ],
)
def test_an_earlier_template_that_could_not_be_read_is_refused(tmp_path, old, new, says):
    for path in FOLDER.rglob("*.yml"):
        to = tmp_path / path.relative_to(FOLDER)
        to.parent.mkdir(exist_ok=True)
        to.write_text(path.read_text())
    path = tmp_path / "templates.yml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(CatalogueError, match=r"templates\.yml") as refusal:
        load(tmp_path)
    assert says in str(refusal.value)


def test_random_cells_of_a_template_may_stay_empty(tmp_path, templates):
    rng = random.Random(1)
    for alias in ("p", "mon", "prj"):
        table = WORDS.tables[alias]
        body = rows(alias, 20)
        for row in body:
            for at, column in enumerate(table.columns):
                if column.name not in table.key and rng.random() < 0.5:
                    row[at] = ""
        path = filled(templates[alias], tmp_path / f"{alias}.xlsx", body)
        result = read(path).result
        assert result.rows_accepted == 20 and result.rows_quarantined == 0
