"""What merges, number formats, ditto marks and formula texts mean, in every form of workbook."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from pathlib import Path

import pytest
import xlsxwriter
import xlwt
from filing_samples import csv_bytes, headers, read, rows, workbook
from hostile_files import ods, ods_table

from pipelines.core.dictionary import dictionary
from pipelines.s2_lake.deliveries.delivery import Delivery

FORMS = ["xlsx", "xls", "ods"]


def place(alias: str, column: str) -> int:
    return [c.name for c in dictionary().tables[alias].columns].index(column)


def table(alias: str, count: int, cells: dict[tuple[int, str], object]) -> list[list[object]]:
    """Header and plain rows, with single cells (row from 1, column) set."""
    content: list[list[object]] = [list(headers(alias)), *map(list, rows(alias, count))]
    for (row, column), cell in cells.items():
        content[row][place(alias, column)] = cell
    return content


def written(path: Path, content: list[list[object]], merges: list[tuple[int, int, int]]) -> Path:
    """Write a workbook in the form that its name says; merges are column, first and last row."""
    return {".xlsx": _xlsx, ".xls": _xls, ".ods": _ods}[path.suffix](path, content, merges)


def _xlsx(path: Path, content: list[list[object]], merges: list[tuple[int, int, int]]) -> Path:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    sheet = book.add_worksheet("表")
    for column, top, bottom in merges:
        sheet.merge_range(top, column, bottom, column, "")
    for at, row in enumerate(content):
        for column, cell in enumerate(row):
            if isinstance(cell, tuple):
                sheet.write(at, column, cell[0], book.add_format({"num_format": cell[1]}))
            elif cell is not None:
                sheet.write_string(at, column, str(cell))
    book.close()
    return path


def _xls(path: Path, content: list[list[object]], merges: list[tuple[int, int, int]]) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    sheet.merged_ranges.extend((top, bottom, column, column) for column, top, bottom in merges)
    for at, row in enumerate(content):
        for column, cell in enumerate(row):
            if isinstance(cell, tuple):
                sheet.write(at, column, cell[0], xlwt.easyxf(num_format_str=cell[1]))
            elif cell is not None:
                sheet.write(at, column, str(cell))
    book.save(str(path))
    return path


def _ods(path: Path, content: list[list[object]], merges: list[tuple[int, int, int]]) -> Path:
    spans = {(top, column): bottom - top + 1 for column, top, bottom in merges}

    def xml(at: int, column: int, cell: object) -> str:
        down = spans.get((at, column))
        more = f' table:number-rows-spanned="{down}"' if down else ""
        if cell is None:
            return f"<table:table-cell{more}/>"
        kind = f'office:value-type="float" office:value="{cell[0]}"' if _is_number(cell) else ""
        kind = kind or 'office:value-type="string"'
        text = cell[2] if isinstance(cell, tuple) else str(cell)
        return f"<table:table-cell {kind}{more}><text:p>{escape(text)}</text:p></table:table-cell>"

    body = "".join(
        "<table:table-row>" + "".join(xml(at, c, cell) for c, cell in enumerate(row))
        + "</table:table-row>"
        for at, row in enumerate(content)
    )  # fmt: skip
    path.write_bytes(ods(ods_table(body)))
    return path


def _is_number(cell: object) -> bool:
    return isinstance(cell, tuple) and not isinstance(cell[0], str)


def taken(
    tmp_path: Path,
    form: str,
    alias: str,
    cells: dict[tuple[int, str], object],
    count: int = 3,
    merged: dict[str, tuple[int, int]] | None = None,
) -> Delivery:
    content = table(alias, count, cells)
    merges = [(place(alias, name), *span) for name, span in (merged or {}).items()]
    return read(written(tmp_path / f"a.{form}", content, merges))


def told(delivery: Delivery, column: str) -> list[tuple[int | None, str | None]]:
    return [
        (n.row, n.value) for n in delivery.result.notes if (n.rule_id, n.column) == ("S001", column)
    ]


def changed(delivery: Delivery) -> list[tuple]:
    return delivery.changes.select("source_row", "column_name", "before", "after", "rule_zh").rows()


# --- number formats --------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (901000001, "0000000000", "0901000001"),
        (1, '"990101"0000', "9901010001"),
        (99010100, '0"01"', "9901010001"),
        (99010100, "0\\0\\1", "9901010001"),
    ],
)
def test_a_code_is_what_is_shown_and_the_change_is_told(tmp_path, form, value, code, shown):
    cells = {(2, "household_code"): (value, code, shown)}
    delivery = taken(tmp_path, form, "inc", cells)
    assert delivery.tables["inc"]["household_code"][1] == shown
    assert changed(delivery) == [(3, "household_code", str(value), shown, "按单元格显示的内容读取")]


@pytest.mark.parametrize("form", ["xlsx", "xls"])
def test_a_format_that_adds_to_a_text_is_heeded(tmp_path, form):
    cells = {(1, "household_code"): ("000001", '"9901"@', "")}
    delivery = taken(tmp_path, form, "inc", cells)
    assert delivery.tables["inc"]["household_code"][0] == "9901000001"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (9901000001, "0", "9901000001"),
        (9901000001, "#,##0", "9,901,000,001"),
        (9901000001, "0.00", "9901000001.00"),
        (9901000001, "General", "9901000001"),
        (9901000001, "0.00E+00", "9.90E+09"),
        (9901000001, "0000-000000", "9901-000001"),
    ],
)
def test_a_format_that_only_groups_a_code_changes_nothing(tmp_path, form, value, code, shown):
    cells = {(1, "household_code"): (value, code, shown)}
    delivery = taken(tmp_path, form, "inc", cells)
    assert delivery.tables["inc"]["household_code"][0] == "9901000001"
    assert changed(delivery) == []


def test_a_code_that_was_worked_out_is_shown_whole(tmp_path):
    cells = {
        (1, "household_code"): (9901000001.4, "0", ""),
        (2, "phone"): (13900000001.25, "0", ""),
    }
    delivery = taken(tmp_path, "xlsx", "p", cells)
    people = delivery.tables["p"]
    assert people["household_code"][0] == "9901000001" and people["phone"][1] == "13900000001"
    assert {row[4] for row in changed(delivery)} == {"按单元格显示的内容读取"}


@pytest.mark.parametrize("form", FORMS)
def test_no_format_gives_back_the_digits_that_a_number_lost(tmp_path, form):
    number = 990101198001010018
    cells = {(1, "id_no"): (number, "0" * 18, "990101198001010000")}
    delivery = taken(tmp_path, form, "p", cells)
    (row,) = delivery.result.quarantine
    assert (row.row, row.column) == (2, "id_no") and "末尾数字已丢失" in row.reason_zh


@pytest.mark.parametrize("form", FORMS)
def test_a_hidden_code_is_no_key(tmp_path, form):
    cells = {(1, "household_code"): (9901000001, ";;;", "")}
    delivery = taken(tmp_path, form, "inc", cells)
    assert [q.row for q in delivery.result.quarantine] == [2]
    assert delivery.result.quarantine[0].value == "9901000001(单元格显示为空白)"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (3300000, "0!.0,", "330.0"),
        (3300000, '0"."0,', "330.0"),
        (3300000, "#,##0,", "3,300"),
        (3300000, "0.0,,", "3.3"),
        (330, '0"万"', "330万"),
        (330, '0.00"万元"', "330.00万元"),
        (330, '0"户"', "330户"),
        (330, ";;;", ""),
        (330, '"保密"', "保密"),
        (330, '0"00"', "33000"),
    ],
)
def test_an_amount_that_is_shown_as_another_is_asked_about(tmp_path, form, value, code, shown):
    delivery = taken(tmp_path, form, "inc", {(2, "wage"): (value, code, shown)})
    assert delivery.tables["inc"]["wage"][1] is None
    assert told(delivery, "wage") == [(3, f"{value}(单元格显示为{shown or '空白'})")]
    assert delivery.result.rows_accepted == 3


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (3300000, '0!.0,"万"', "330.0万"),
        (3304567, '0!.0,"万元"', "330.5万元"),
        (1234.5678, "#,##0.00", "1,234.57"),
        (1234.5678, "0", "1235"),
        (12, '0"元"', "12元"),
        (12, "¥#,##0.00", "¥12.00"),
        (12.5, '"约"0.0', "约12.5"),
        (0, "0;-0;;@", ""),
        (0, '_-* #,##0_-;-* #,##0_-;_-* "-"??_-', " - "),
        (-5, "0_);(0)", "(5)"),
        (-5000, "#,##0;[Red]#,##0", "5,000"),
        (12.5, "# ??/??", "12 1/2"),
    ],
)
def test_an_amount_that_is_rounded_or_names_its_unit_is_what_is_stored(
    tmp_path, form, value, code, shown
):
    delivery = taken(tmp_path, form, "inc", {(2, "wage"): (value, code, shown)})
    assert delivery.tables["inc"]["wage"][1] == Decimal(str(value))
    assert told(delivery, "wage") == [] and changed(delivery) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_header_in_ten_thousands_over_a_format_that_shows_them(tmp_path, form):
    """330.0 under 万元 is what 3300000 means only if the header is about what is shown."""
    content = table("fa", 2, {(1, "allocated_yuan"): (3300000, "0!.0,", "330.0")})
    content[0][place("fa", "allocated_yuan")] = "下达金额(万元)"
    content[2][place("fa", "allocated_yuan")] = "12"
    delivery = read(written(tmp_path / f"a.{form}", content, []))
    assert delivery.tables["fa"]["allocated_yuan"].to_list() == [None, 120000]


@pytest.mark.parametrize("form", FORMS)
def test_labels_are_what_is_shown(tmp_path, form):
    cells = {
        (1, "gender"): (1, '[=1]"女";"男"', "女"),
        (2, "has_resident_medical"): (0, '"是";;"否"', "否"),
        (3, "birth_date"): (19700508, '0000"年"00"月"00"日"', "1970年05月08日"),
    }
    people = taken(tmp_path, form, "p", cells).tables["p"]
    assert people["gender"][0] == "女" and people["has_resident_medical"][1] is False
    assert str(people["birth_date"][2]) == "1970-05-08"


@pytest.mark.parametrize("form", FORMS)
def test_a_year_that_is_shown_as_another_is_asked_about(tmp_path, form):
    delivery = taken(tmp_path, form, "inc", {(1, "year"): (18, '"20"00', "2018")})
    assert delivery.tables["inc"]["year"][0] is None
    assert told(delivery, "year") == [(2, "18(单元格显示为2018)")]


@pytest.mark.parametrize("form", FORMS)
def test_a_percent_sign_beside_a_number_does_not_scale_it(tmp_path, form):
    delivery = taken(tmp_path, form, "prj", {(1, "progress_pct"): (85, '0"%"', "85%")})
    assert delivery.tables["prj"]["progress_pct"][0] == 85 and not told(delivery, "progress_pct")


def test_a_printed_figure_that_is_scaled_is_asked_about(tmp_path):
    delivery = taken(tmp_path, "xlsx", "agg", {(1, "value"): (3300000, "0!.0,", "330.0")})
    assert delivery.tables["agg"]["value"][0] is None
    assert told(delivery, "value") == [(2, "3300000(单元格显示为330.0)")]


# --- merged cells ----------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_merge_fills_down_text_and_asks_about_an_amount(tmp_path, form):
    cells: dict[tuple[int, str], object] = {
        (row, column): None for row in (2, 3) for column in ("project_code", "amount_yuan")
    }
    cells |= {(1, "amount_yuan"): "300"}
    merged = {"project_code": (1, 3), "amount_yuan": (1, 3)}
    delivery = taken(tmp_path, form, "ben", cells, 4, merged)
    benefits = delivery.tables["ben"]
    assert benefits["project_code"][0] == benefits["project_code"][2] is not None
    assert benefits["amount_yuan"].to_list()[:3] == [None, None, None]
    assert told(delivery, "amount_yuan") == [(2, "300(合并单元格,共 3 行)")]
    assert {row[:2] for row in changed(delivery)} == {(3, "project_code"), (4, "project_code")}


@pytest.mark.parametrize(
    ("alias", "column", "text", "value"),
    [
        ("hh", "member_count", "4", None),
        ("liv", "arable", "3.5", None),
        ("vil", "poor_hh", "12", None),
        ("inc", "wage", "0", 0),
        ("inc", "net_pc", "4000", 4000),
        ("p", "work_months", "7", 7),
        ("hh", "exit_year", "2018", 2018),
    ],
)
def test_what_adds_up_is_not_spread_and_what_does_not_is(tmp_path, alias, column, text, value):
    cells = {(1, column): text, (2, column): None}
    delivery = taken(tmp_path, "xlsx", alias, cells, 3, {column: (1, 2)})
    assert delivery.tables[alias][column].to_list()[:2] == [value, value]
    assert bool(told(delivery, column)) is (value is None)


def test_a_record_of_two_lines_is_one_record(tmp_path):
    """Every cell merged over two rows: the lower row holds nothing and is no record."""
    first, second = rows("inc", 2)
    lower: list[object] = [None] * len(first)
    content: list[list[object]] = [list(headers("inc")), list(first), lower, list(second)]
    merges = [(at, 1, 2) for at in range(len(first))]
    delivery = read(written(tmp_path / "a.xlsx", content, merges))
    assert delivery.result.rows_accepted == 2 and delivery.result.rows_ignored == 1
    assert delivery.tables["inc"]["wage"][0] == Decimal(first[place("inc", "wage")])
    assert not delivery.result.notes and changed(delivery) == []


def test_a_merge_over_two_columns_fills_the_first_of_them(tmp_path):
    content = table("p", 3, {(2, "household_code"): None})
    at = place("p", "household_code")
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for row, cells in enumerate(content):
        cells.insert(at + 1, None)
        sheet.write_row(row, 0, cells)
    sheet.merge_range(1, at, 2, at + 1, content[1][at])
    book.close()
    codes = read(path).tables["p"]["household_code"].to_list()
    assert codes[0] == codes[1] == content[1][at]


# --- ditto marks -----------------------------------------------------------------------------

MARKS = [
    "同上",
    "同前",
    "〃",
    "″",
    '"',
    "々",
    "〃〃",
    "—〃—",
    "- 同上 -",
    "＂",
    "”",
    "''",
    "同 上",
    "同　　上",
]


@pytest.mark.parametrize("mark", MARKS)
def test_a_ditto_mark_repeats_the_cell_above(tmp_path, mark):
    cells = {(row, column): mark for row in (2, 3) for column in ("household_code", "gender")}
    delivery = taken(tmp_path, "xlsx", "p", cells, 4)
    people = delivery.tables["p"]
    assert len(set(people["household_code"][:3])) == 1 == len(set(people["gender"][:3]))
    assert changed(delivery)[0] == (
        3, "household_code", mark, people["household_code"][0], "“同上”取上一行的值",
    )  # fmt: skip
    assert not told(delivery, "gender")


def test_a_ditto_mark_steps_over_rows_that_are_no_records(tmp_path):
    content = table("ben", 3, {(3, "project_code"): "同上"})
    above = content[2][place("ben", "project_code")]
    content[3:3] = [[], ["合计"], list(headers("ben"))]
    delivery = read(workbook(tmp_path / "a.xlsx", {"表": content}))
    assert delivery.tables["ben"]["project_code"][2] == above
    assert delivery.result.rows_ignored == 3


@pytest.mark.parametrize(
    ("alias", "column"), [("p", "person_code"), ("hh", "household_code"), ("vil", "village_code")]
)
def test_a_key_of_its_own_row_cannot_be_that_above(tmp_path, alias, column):
    delivery = taken(tmp_path, "xlsx", alias, {(2, column): "同上"})
    (row,) = delivery.result.quarantine
    assert (row.row, row.column, row.value) == (3, column, "同上")
    assert row.reason_zh.endswith("填的不是编号,等于空,无法确定是哪一条记录,请填写编号")


def test_ids_and_amounts_are_not_repeated_by_a_mark(tmp_path):
    delivery = taken(tmp_path, "xlsx", "p", {(2, "id_no"): "〃", (2, "work_months"): "同上"})
    assert delivery.tables["p"]["id_no"][1] is None
    assert delivery.tables["p"]["id_no_key"][1] is None
    assert [row for row, _ in told(delivery, "id_no")] == [3]
    assert told(delivery, "work_months") == [(3, "同上")]


def test_a_mark_with_nothing_above_is_told(tmp_path):
    cells = {(1, "project_code"): "同上", (1, "household_code"): "〃"}
    delivery = taken(tmp_path, "xlsx", "ben", cells)
    (row,) = delivery.result.quarantine
    assert (row.row, row.column) == (2, "project_code")
    assert row.value == "同上(上面没有可取的内容)"


# --- formula texts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrap", ['="{}"', "='{}'", '= "{}"', "=“{}”", "＝＂{}＂", "={}"], ids=lambda wrap: wrap[:3]
)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_wrapped_cell_is_its_text(tmp_path, form, wrap):
    content = table("inc", 2, {})
    plain = [str(row[place("inc", "household_code")]) for row in content]
    for row in content[1:]:
        row[place("inc", "household_code")] = wrap.format(row[place("inc", "household_code")])
        row[place("inc", "wage")] = wrap.format("1234.5")
    delivery = read(_file(tmp_path, form, content))
    assert delivery.tables["inc"]["household_code"].to_list() == plain[1:]
    assert delivery.tables["inc"]["wage"].to_list() == [Decimal("1234.5")] * 2
    assert [(row[1], row[4]) for row in changed(delivery)] == [
        (name, "去除公式写法") for name in ("household_code", "wage") for _ in (1, 2)
    ]
    assert changed(delivery)[0][2] == wrap.format(plain[1])


def _file(tmp_path: Path, form: str, content: list[list[object]]) -> Path:
    path = tmp_path / f"a.{form}"
    if form == "xlsx":
        return workbook(path, {"表": content})
    path.write_bytes(csv_bytes(content))
    return path


def test_a_file_of_which_every_cell_is_wrapped(tmp_path):
    content = [[f'="{cell}"' for cell in row] for row in table("inc", 3, {})]
    content.append(['="合计"', *['=""'] * (len(content[0]) - 1)])
    delivery = read(_file(tmp_path, "csv", content))
    assert delivery.result.rows_accepted == 3 and delivery.result.rows_ignored == 1
    assert not delivery.result.quarantine and not delivery.result.notes


def test_a_formula_that_nobody_calculated_is_no_value(tmp_path):
    cells = {(1, "household_code"): "=A2+1", (2, "wage"): "=SUM(C2:C9)", (3, "net"): "=-B2"}
    delivery = read(_file(tmp_path, "csv", table("inc", 3, cells)))
    assert [q.row for q in delivery.result.quarantine] == [2]
    assert told(delivery, "wage") == [(3, "=SUM(C2:C9)")] and told(delivery, "net") == [(4, "=-B2")]


def test_a_leading_apostrophe_is_no_part_of_a_name(tmp_path):
    cells = {(1, "name"): "'示例甲", (1, "household_code"): "'9901000001"}
    delivery = read(_file(tmp_path, "csv", table("p", 2, cells)))
    people = delivery.tables["p"]
    assert people["name"][0] == "示例甲" and people["household_code"][0] == "9901000001"
    assert {row[4] for row in changed(delivery)} == {"去除撇号"}


@pytest.mark.parametrize("line", ["单位:万元", "金额单位：万元", "台账 单位:千元、户"])
def test_a_unit_that_the_title_alone_names_is_asked_about(tmp_path, line):
    """Taken in yuan it would be 10,000 times too small; left over from another form, too large."""
    body = [["财〔2020〕1号", "X1", "330", "12"], ["财〔2020〕2号", "X2", "48.5万元", "13"],
            ["财〔2020〕3号", "X3", "0", "14"]]  # fmt: skip
    known = dictionary().tables["fa"]
    names = [known.column(n).header for n in ("doc_no", "project_code", "received_yuan")]
    names += [f"{known.column('allocated_yuan').header}(万元)"]
    filled_up = [c.header for c in known.columns if c.required == "Y" and c.header not in names]
    filled_up = [header for header in filled_up if not names[3].startswith(header)]
    head = [*names, *filled_up]
    rest = ["" for _ in filled_up]
    sheet = [["资金台账"], [line], head, *(row + rest for row in body)]
    delivery = read(workbook(tmp_path / "a.xlsx", {"资金": sheet}))
    frame = delivery.tables["fa"]
    assert frame["received_yuan"].to_list() == [None, 485000, 0]
    assert frame["received_yuan_text"].to_list() == ["330", "48.5万元", "0"]
    assert frame["allocated_yuan"].to_list() == [120000, 130000, 140000]
    (said,) = [item.reason_zh for item in delivery.result.files if item.table == "fa"]
    assert f"“{names[2]}”没有注明单位,应填元" in said and "所填数值未取" in said
