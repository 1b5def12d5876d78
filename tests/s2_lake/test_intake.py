"""Intake on real files: every row accounted for, every refusal in Chinese, reruns harmless."""

import random
import shutil
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pandera
import polars as pl
import pytest
import xlsxwriter
from filing_samples import (
    COUNTY,
    PERIOD,
    csv_bytes,
    headers,
    id_number,
    national,
    read,
    rows,
    workbook,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines import s2_lake, s8_county
from pipelines.core.dictionary import Table, dictionary
from pipelines.core.settings import Home
from pipelines.s1_archive import receive
from pipelines.s2_lake import ingest as public_ingest
from pipelines.s2_lake import lake_types
from pipelines.s2_lake.deliveries import delivery
from pipelines.s2_lake.rows.schema import validate

NOW = datetime(2020, 7, 1, 2, 0)
WORDS = dictionary()


def file(home: Home, name: str, content: bytes | None = None, period: str = PERIOD) -> Path:
    path = home.inbox / COUNTY / period / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is not None:
        path.write_bytes(content)
    return path


def take(home: Home, hour: int = 2) -> s2_lake.SubmissionResult:
    receive(home, NOW.replace(hour=hour))
    return public_ingest(home).results[-1]


def lake(home: Home, alias: str) -> pl.DataFrame:
    return pl.read_parquet(home.lake / alias / "**" / "*.parquet", hive_partitioning=False)


def table(alias: str, count: int, **cells: str) -> list[list[str]]:
    """Header and rows, with some columns set in the first row."""
    content = rows(alias, count)
    names = [column.name for column in WORDS.tables[alias].columns]
    for name, cell in cells.items():
        content[0][names.index(name)] = cell
    return [headers(alias), *content]


def adds_up(result: s2_lake.SubmissionResult) -> None:
    for item in (*result.files, result):
        whole = item.rows_accepted + item.rows_quarantined + item.rows_ignored
        assert item.rows_read == whole
    assert result.rows_quarantined == len(result.quarantine)


@pytest.mark.parametrize("alias", list(WORDS.tables))
def test_every_table_goes_from_workbook_to_lake(home, alias):
    body = rows(alias, 5)
    workbook(file(home, "任意文件名.xlsx"), {"Sheet1": national(alias, body)})
    result = take(home)
    assert [(f.table, f.status) for f in result.files] == [(alias, "accepted")], result.files
    frame = lake(home, alias)
    assert dict(frame.schema) == lake_types(WORDS.tables[alias])
    assert frame["source_row"].to_list() == [4, 5, 6, 7, 8]
    assert frame["row_no"].to_list() == [1, 2, 3, 4, 5]
    for position, column in enumerate(WORDS.tables[alias].columns):
        name = Table.stored_name(column.name)
        filed = [row[position] for row in body]
        text = frame[name if column.type == "str" else f"{name}_text"].to_list()
        assert text == filed, column.name
        assert frame[name].null_count() == 0 or column.codes == "indicator", column.name
    assert not result.notes


def test_all_tables_of_one_workbook_are_told_apart(home):
    workbook(
        file(home, "all.xlsx"), {alias: national(alias, rows(alias, 2)) for alias in WORDS.tables}
    )
    result = take(home)
    assert [f.table for f in result.files] == list(WORDS.tables)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_of_csv(home, encoding):
    file(home, "村.csv", csv_bytes(table("ben", 3, benefit_kind="土地流转"), encoding))
    assert take(home).rows_accepted == 3
    assert lake(home, "ben")["benefit_kind"][0] == "土地流转"


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_separators_of_csv(home, delimiter):
    content = table("mon", 2, risks="因病,因学,因残,缺劳动力")
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in content)
    file(home, "a.csv", text.encode())
    assert take(home).rows_accepted == 2
    assert lake(home, "mon")["risks"][0].to_list() == ["因病", "因学", "因残", "缺劳动力"]


def test_addresses_are_those_of_excel(home):
    shifted = [
        [None, None, *row] for row in [[], [], ["标题"], *table("ben", 1, amount_yuan="若干")]
    ]
    workbook(file(home, "a.xlsx"), {"表": shifted})
    result = take(home)
    assert lake(home, "ben")["source_row"].to_list() == [5]
    note = next(note for note in result.notes if note.rule_id == "S001")
    assert (note.row, note.column_letter, note.header, note.value) == (5, "F", "受益金额", "若干")
    letters = {cell.column: cell.column_letter for cell in result.headers}
    assert letters == dict(
        zip(["project_code", "household_code", "benefit_kind", "amount_yuan"], "CDEF", strict=True)
    )


def test_the_four_reasons_of_quarantine_and_their_cells(home):
    names = [column.name for column in WORDS.tables["hh"].columns]
    body = rows("hh", 6)
    body[0][names.index("household_code")] = ""
    body[1][names.index("county_code")] = "990102"
    body[2][names.index("head_id_no")] = "9.90101E+17"
    body[3] = list(body[4])
    shifted = [body[5][-1], *body[5][:-1]]
    workbook(file(home, "户.xlsx"), {"户": [headers("hh"), *body[:5], shifted]})
    result = take(home)
    adds_up(result)
    found = {q.row: (q.header, q.value) for q in result.quarantine}
    assert found == {
        2: ("户编号", None),
        3: ("县代码", "990102"),
        4: ("户主证件号码", "9.9010****E+17"),
        6: ("", None),
        7: ("", None),
    }
    reasons = " ".join(q.reason_zh for q in result.quarantine)
    for word in ("关键列", "县代码", "末尾数字已丢失", "错列", "逐格相同"):
        assert word in reasons
    assert result.rows_accepted == 1 and result.status == "partial"


PLACEHOLDERS = [
    ("post", dict.fromkeys(["contract_start", "contract_end", "pay_yuan", "last_paid_on"], "无")),
    ("prj", dict.fromkeys(["planned_start", "planned_end", "in_pool_on", "approved_on"], "待定")),
    (
        "prj",
        {
            "planned_start": "待定",
            "planned_end": "不详",
            "in_pool_on": "未办",
            "approved_on": "另行安排",
            "budget_yuan": "待定",
        },
    ),
]


@pytest.mark.parametrize(("alias", "cells"), PLACEHOLDERS)
def test_several_ill_typed_cells_are_no_shift(home, alias, cells):
    kept = {"loan_no", "post_id", "person_code", "household_code", "project_code", "name", *cells}
    columns = [column.name for column in WORDS.tables[alias].columns]
    content = table(alias, 3, **{name: cells[name] for name in columns if name in cells})
    place = [columns.index(name) for name in columns if name not in kept]
    content[1] = ["" if at_ in place else cell for at_, cell in enumerate(content[1])]
    file(home, "a.csv", csv_bytes(content))
    result = take(home)
    assert result.rows_accepted == 3 and not result.quarantine


@pytest.mark.parametrize(
    ("alias", "move", "column"),
    [
        *((alias, move, None) for alias in ("hh", "p", "emp") for move in (1, -1)),
        ("loan", 1, None),
        # Here the county's own code is out of place, which is told first.
        *((alias, 1, "county_code") for alias in ("prj", "vil")),
        ("prj", -1, "county_code"),
    ],
)
def test_a_row_moved_by_one_column_is_no_record(home, alias, move, column):
    person = {"person_code": "990100000201"} if alias in ("p", "emp") else {}
    content = table(alias, 3, **person)
    row = content[1]
    content[1] = ["多", *row[:-1]] if move == 1 else [*row[1:], ""]
    workbook(file(home, "a.xlsx"), {"表": content})
    (only,) = take(home).quarantine
    assert (only.row, only.column or None) == (2, column)
    assert ("县代码" if column else "错列") in only.reason_zh


def test_a_csv_row_with_more_cells_than_headers_is_quarantined(home):
    content = table("ben", 3)
    content[2] = [*content[2][:2], "直", *content[2][2:]]
    file(home, "a.csv", csv_bytes(content))
    result = take(home)
    adds_up(result)
    assert [(q.row, "多于表头" in q.reason_zh) for q in result.quarantine] == [(3, True)]


def test_an_id_kept_as_a_number_is_quarantined_but_as_text_is_not(home):
    body = rows("reg_police", 3)
    body[0][0] = id_number(1)
    content = [headers("reg_police"), *map(list, body)]
    content[2][0] = 990101198001010024  # a number: Excel keeps 15 digits of it
    content[3][0] = str(int(float(990101198001010040)))  # text that only looks like such a number
    workbook(file(home, "户籍.xlsx"), {"户籍": content})
    result = take(home)
    assert [q.row for q in result.quarantine] == [3]
    assert "*" in result.quarantine[0].value


@pytest.mark.parametrize(
    ("code", "lost"),
    [("2E10", False), ("9E2", False), ("2E+1", False), ("2E+10", True), ("9.901e+17", True)],
)
def test_only_what_excel_prints_is_a_lost_number(home, code, lost):
    file(home, "a.csv", csv_bytes(table("prj", 2, project_code=code)))
    assert len(take(home).quarantine) == lost


def test_a_lost_phone_or_account_is_noted_and_costs_no_row(home):
    content = table("hh", 2, phone="1.39E+10")
    place = content[0].index("银行账号")
    body = [list(row) for row in content]
    body[2][place] = 6217000012345678901
    workbook(file(home, "a.xlsx"), {"户": body})
    result = take(home)
    assert result.rows_accepted == 2
    noted = {(n.rule_id, n.column, n.row) for n in result.notes}
    assert noted == {("S001", "phone", 2), ("S001", "bank_account", 3)}
    # Two numbers cut short to the same digits are not the same number.
    filed = lake(home, "hh").sort("source_row")
    assert filed["phone"][0] is None and filed["bank_account"][1] is None
    assert all("*" in n.value for n in result.notes)


def test_ill_typed_cells_cost_no_row_and_raise_s001(home):
    content = table("p", 3, birth_date="19901341", health="健康,头疼", work_months="很多")
    file(home, "人.csv", csv_bytes(content))
    result = take(home)
    frame = lake(home, "p")
    assert result.rows_accepted == 3 and result.files[0].status == "accepted"
    assert frame["birth_date"][0] is None and frame["birth_date_text"][0] == "19901341"
    assert frame["health"][0] is None and frame["health_text"][0] == "健康,头疼"
    assert sorted(n.column for n in result.notes if n.rule_id == "S001") == [
        "birth_date",
        "health",
        "work_months",
    ]


def test_an_error_cell_is_not_an_empty_cell(home):
    path = file(home, "a.xlsx")
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for at_row, row in enumerate(table("ben", 2)):
        sheet.write_row(at_row, 0, row)
    sheet.write_formula(1, 3, "=NA()", None, "#N/A")
    book.close()
    result = take(home)
    assert lake(home, "ben")["amount_yuan_text"][0] == "#N/A"
    assert [(n.rule_id, n.row, n.value) for n in result.notes] == [("S001", 2, "#N/A")]


def test_missing_columns_are_noted_missing_keys_refuse_the_table_only(home):
    content = table("inc", 2)
    without = [[cell for at_, cell in enumerate(row) if at_ not in (2, 3)] for row in content]
    file(home, "收入.csv", csv_bytes(without))
    file(home, "项目.csv", csv_bytes([row[1:] for row in table("prj", 2)]))
    result = take(home)
    by_table = {item.table: item for item in result.files}
    assert by_table["inc"].status == "partial" and "工资性收入" in by_table["inc"].reason_zh
    assert by_table["prj"].status == "refused" and "项目编码" in by_table["prj"].reason_zh
    missing = [n.column for n in result.notes if n.rule_id == "S002" and n.table == "inc"]
    assert missing == ["wage", "business"]
    assert lake(home, "inc")["wage"].to_list() == [None, None]
    assert not (home.lake / "prj").exists()


def test_empty_required_cells_are_counted_per_column(home):
    content = table("hh", 3)
    names = [column.name for column in WORDS.tables["hh"].columns]
    content[1][names.index("phone")] = ""
    content[2][names.index("household_type")] = "一般农户"
    content[2][names.index("main_cause")] = ""
    content[3][names.index("exit_year")] = ""
    content[3][names.index("household_type")] = "贫困户"
    file(home, "户.csv", csv_bytes(content))
    notes = [n for n in take(home).notes if n.rule_id == "S002"]
    assert [(n.column, n.n_cells, n.row) for n in notes] == [("phone", 1, None)]


def test_footer_blank_rows_and_repeated_headers_are_ignored(home):
    content = table("ben", 2)
    blank = ["", " ", "", "　"]
    content = [
        *content,
        blank,
        content[0],
        ["合计", "", "", "100"],
        ["填报人:某", "", "审核人:", ""],
    ]
    file(home, "a.csv", csv_bytes(content))
    result = take(home)
    adds_up(result)
    assert (result.rows_read, result.rows_accepted, result.rows_ignored) == (6, 2, 4)


def test_a_total_in_the_key_column_is_a_footer(home):
    content = table("inc", 2)
    total = ["2020", "合计", "1", "2"]
    file(home, "a.csv", csv_bytes([*content, [*total, *[""] * (len(content[0]) - len(total))]]))
    result = take(home)
    assert (result.rows_accepted, result.rows_ignored, result.rows_quarantined) == (2, 1, 0)


def test_a_plan_is_no_total(home):
    content = table("agg", 2, indicator="总计划投资")
    file(home, "a.csv", csv_bytes(content))
    assert take(home).rows_accepted == 2


def test_several_files_of_one_table_add_up_and_repeats_are_quarantined(home):
    content = table("ben", 4)
    file(home, "甲.csv", csv_bytes(content[:3]))
    file(home, "乙.csv", csv_bytes([content[0], *content[2:]]))
    result = take(home)
    adds_up(result)
    assert result.rows_accepted == 4 and result.rows_quarantined == 1
    assert lake(home, "ben")["row_no"].to_list() == [1, 2, 3, 4]


def test_a_newer_delivery_replaces_table_by_table(home):
    file(home, "a.csv", csv_bytes(table("ben", 4)))
    file(home, "b.csv", csv_bytes(table("chg", 3)))
    take(home)
    file(home, "c.csv", csv_bytes(table("ben", 2)))
    take(home, hour=3)
    assert lake(home, "ben").height == 2 and lake(home, "chg").height == 3
    assert set(lake(home, "ben")["submission_id"]) == {f"{COUNTY}-{PERIOD}-v2"}


def test_a_refused_newer_delivery_changes_nothing(home):
    file(home, "a.csv", csv_bytes(table("ben", 4)))
    take(home)
    file(home, "a.csv", csv_bytes([headers("ben"), ["", "9901000001", "分红", "3"]]))
    result = take(home, hour=3)
    assert result.status == "refused" and "保持不变" in result.files[0].reason_zh
    adds_up(result)
    assert lake(home, "ben").height == 4


@pytest.mark.parametrize("body", [[], [["", "", "", ""], ["合计", "", "", "0"]]])
def test_a_template_without_rows_changes_nothing(home, body):
    file(home, "a.csv", csv_bytes(table("ben", 4)))
    take(home)
    file(home, "a.csv", csv_bytes([headers("ben")[:4], *body]))
    file(home, "b.csv", csv_bytes(table("chg", 1)))
    result = take(home, hour=3)
    adds_up(result)
    untouched = result.files[0]
    assert (untouched.table, untouched.status) == ("ben", "ignored")
    assert untouched.reason_zh == "没有数据行,原有数据保持不变,应报送的请填写后重报"
    assert result.tables == ("chg",) and lake(home, "ben").height == 4
    assert not [note for note in result.notes if note.table == "ben"]


def test_an_empty_sheet_beside_a_filled_one_costs_nothing(home):
    file(home, "a.csv", csv_bytes(table("ben", 4)))
    file(home, "b.csv", csv_bytes([headers("ben")]))
    result = take(home)
    assert [(f.status, f.reason_zh) for f in result.files] == [
        ("accepted", ""),
        ("ignored", "没有数据行"),
    ]
    assert result.status == "accepted" and lake(home, "ben").height == 4


def test_an_unfilled_delivery_is_told_so_on_its_receipt(home):
    file(home, "a.csv", csv_bytes([headers("ben")]))
    assert take(home).status == "ignored"
    (path,) = s8_county.write_receipts(home)
    cells = [str(c.value) for row in openpyxl.load_workbook(path).active for c in row if c.value]
    assert any("没有数据行,原有数据保持不变" in cell for cell in cells)
    assert not any("全部接收" in cell for cell in cells)


def test_reading_again_gives_the_same_and_changes_nothing(home):
    file(home, "a.csv", csv_bytes(table("p", 20)))
    take(home)
    part = next(home.lake.rglob("part.parquet"))
    before = (part.read_bytes(), part.stat().st_ino)
    assert public_ingest(home).ingested == () and public_ingest(home).changed_partitions == ()
    assert (part.read_bytes(), part.stat().st_ino) == before
    result = (home.ingested / f"{COUNTY}-{PERIOD}-v1" / "result.json").read_bytes()
    shutil.rmtree(home.build)
    public_ingest(home)
    assert part.read_bytes() == before[0]
    assert (home.ingested / f"{COUNTY}-{PERIOD}-v1" / "result.json").read_bytes() == result


def test_a_changed_dictionary_reads_everything_again(home, monkeypatch):
    file(home, "a.csv", csv_bytes(table("ben", 2)))
    take(home)
    monkeypatch.setattr("pipelines.s2_lake.deliveries.ingest.READER", "next")
    assert public_ingest(home).ingested == (f"{COUNTY}-{PERIOD}-v1",)
    assert lake(home, "ben").height == 2


@pytest.mark.slow
def test_reading_in_two_processes_gives_the_same(home, monkeypatch):
    for period in ("2019-12", "2020-06"):
        file(home, "a.csv", csv_bytes(table("p", 30)), period)
    take(home)
    alone = {path: path.read_bytes() for path in home.build.rglob("*.parquet")}
    shutil.rmtree(home.build)
    monkeypatch.setattr("pipelines.s2_lake.deliveries.ingest.PARALLEL_BYTES", 0)
    told: list[str] = []
    public_ingest(home, told.append)
    assert {path: path.read_bytes() for path in home.build.rglob("*.parquet")} == alone
    assert sorted(told) == [f"{COUNTY}-2019-12-v1", f"{COUNTY}-2020-06-v1"]


@pytest.mark.parametrize(
    "broken", ["ingest.write_result", "ingest.bring_up_to_date", "partitions._link"]
)
def test_an_interrupted_ingest_is_finished_by_the_next(home, monkeypatch, broken):
    file(home, "a.csv", csv_bytes(table("ben", 2)))
    receive(home, NOW)

    def stop(*given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"pipelines.s2_lake.deliveries.{broken}", stop)
        with pytest.raises(KeyboardInterrupt):
            public_ingest(home)
    public_ingest(home)
    assert lake(home, "ben").height == 2


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xlsx", b"", "为空"),
        ("a.xlsx", b"not a workbook", "不是 Excel"),
        ("a.xlsx", b"PK\x03\x04broken", "损坏"),
        ("a.xls", b"\xd0\xcf\x11\xe0broken", "无法打开"),
        ("a.csv", b"\xff\xff\x80\x81,\x00", "不是"),
        ("a.pdf", b"%PDF-1.4 nothing here", "PDF"),
        ("a.csv", "项目,说明\n1,2\n".encode(), "没有找到"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence_and_stops_no_other(home, name, content, says):
    file(home, name, content)
    file(home, "好.csv", csv_bytes(table("ben", 2)))
    result = take(home)
    by_file = {item.file: item for item in result.files}
    assert by_file[name].status == "refused" and says in by_file[name].reason_zh
    assert by_file["好.csv"].status == "accepted" and result.status == "partial"


def test_a_zip_bomb_and_a_climbing_path_are_refused(home):
    with zipfile.ZipFile(file(home, "bomb.xlsx"), "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b"0" * (60 << 20))
    with zipfile.ZipFile(file(home, "climb.xlsx"), "w") as package:
        package.writestr("../../evil", b"0")
        package.writestr("xl/workbook.xml", b"0")
    reasons = [item.reason_zh for item in take(home).files]
    assert "压缩" in reasons[0] and "越界路径" in reasons[1]


def test_a_sheet_that_spans_the_whole_grid_is_refused_without_reading_it(home):
    path = file(home, "far.xlsx")
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("远")
    for at_row, row in enumerate(table("ben", 2)):
        sheet.write_row(at_row, 0, row)
    sheet.write_string(1_048_575, 16_383, "x")
    good = book.add_worksheet("好")
    for at_row, row in enumerate(table("ben", 2)):
        good.write_row(at_row, 0, row)
    book.close()
    result = take(home)
    assert [(f.sheet, f.status) for f in result.files] == [("远", "refused"), ("好", "accepted")]


def test_a_panic_of_a_compiled_reader_refuses_one_file(home, monkeypatch):
    class Panic(BaseException):
        pass

    def panics(path, name):
        raise Panic

    file(home, "a.csv", csv_bytes(table("ben", 2)))
    monkeypatch.setattr(delivery, "read_sheets", panics)
    (found,) = take(home).files
    assert found.status == "refused" and "本系统" in found.reason_zh


def test_a_zip_is_read_as_the_files_in_it(home, tmp_path):
    inner = workbook(tmp_path / "x.xlsx", {"表": national("chg", rows("chg", 3))})
    with zipfile.ZipFile(file(home, "打包.zip"), "w") as package:
        package.write(inner, "县里/变更.xlsx")
        package.writestr("受益.csv", csv_bytes(table("ben", 2), "gb18030"))
    result = take(home)
    assert {(f.file, f.table, f.rows_accepted) for f in result.files} == {
        ("打包.zip/县里/变更.xlsx", "chg", 3),
        ("打包.zip/受益.csv", "ben", 2),
    }
    assert lake(home, "ben")["source_file"][0] == "打包.zip/受益.csv"


def test_a_zip_with_something_else_in_it_gives_the_tables_and_names_the_rest(home):
    with zipfile.ZipFile(file(home, "a.zip"), "w") as package:
        package.writestr("说明.exe", b"MZ\0\0")
        package.writestr("受益.csv", csv_bytes(table("ben", 2)))
    by_file = {item.file: item for item in take(home).files}
    assert by_file["a.zip/受益.csv"].rows_accepted == 2
    assert by_file["a.zip/说明.exe"].status == "refused"


def test_an_unforeseen_error_refuses_one_file(home, monkeypatch):
    file(home, "a.csv", csv_bytes(table("ben", 2)))
    file(home, "b.csv", csv_bytes(table("chg", 2)))
    whole = delivery.conform_blocks

    def sometimes(tables, *rest):
        if any(found.table.alias == "ben" for _, found in tables):
            raise RuntimeError("boom")
        return whole(tables, *rest)

    monkeypatch.setattr(delivery, "conform_blocks", sometimes)
    status = {item.file: item.status for item in take(home).files}
    assert status == {"a.csv": "refused", "b.csv": "accepted"}


def test_the_same_header_twice_refuses_the_table(home):
    content = [[*row, row[0]] for row in table("ben", 2)]
    content[1][4] = "NO000009"
    file(home, "a.csv", csv_bytes(content))
    (only,) = take(home).files
    assert only.status == "refused" and "重复" in only.reason_zh and "A、E" in only.reason_zh


def test_the_same_column_twice_is_read_once(home):
    content = [[*row, row[0]] for row in table("ben", 2)]
    file(home, "a.csv", csv_bytes(content))
    (only,) = take(home).files
    assert only.status == "accepted" and "重复" in only.reason_zh and "A、E" in only.reason_zh
    assert lake(home, "ben")["project_code"].to_list() == [row[0] for row in content[1:]]


def test_a_unit_in_the_header_is_brought_to_the_dictionarys(home):
    content = table("prj", 1, budget_yuan="1.5")
    content[0] = ["资金规模（万元）" if cell == "资金规模" else cell for cell in content[0]]
    file(home, "a.csv", csv_bytes(content))
    take(home)
    frame = lake(home, "prj")
    assert float(frame["budget_yuan"][0]) == 15000 and frame["budget_yuan_text"][0] == "1.5"


def test_five_risk_columns_are_one_list(home):
    content = table("mon", 1)
    place = content[0].index("致贫/返贫风险")
    content[0][place : place + 1] = [f"致贫/返贫风险{i}" for i in range(1, 6)]
    content[1][place : place + 1] = ["因病", "", "因学", "", ""]
    file(home, "a.csv", csv_bytes(content))
    result = take(home)
    assert lake(home, "mon")["risks"].to_list() == [["因病", "因学"]]
    header = next(cell for cell in result.headers if cell.column == "risks")
    assert header.header == "致贫/返贫风险1"


def test_printed_figures_keep_their_decimals_and_reach(home):
    content = [
        headers("agg"),
        *(
            [COUNTY, "2020-06-16", "b1", indicator, shown, unit, "", "", "", "时点", "x", "某", ""]
            for indicator, shown, unit in [
                ("cause_share_01", 58.7, "%"),
                ("out_demand", "约1.4万", "人"),
                ("helper_n", "约300", "人"),
                ("planned", "17340.46", "万元"),
                ("returned", "259", "人"),
                ("loan_amount", "1.466亿", "元"),
            ]
        ),
    ]
    path = file(home, "agg.xlsx")
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("汇总")
    two = book.add_format({"num_format": "0.00"})
    for at_row, row in enumerate(content):
        for at_column, cell in enumerate(row):
            style = two if isinstance(cell, float) else None
            sheet.write(at_row, at_column, cell, style)
    book.close()
    take(home)
    frame = lake(home, "agg")
    columns = [
        "value_text",
        "value",
        "value_low",
        "value_high",
        "value_decimals",
        "value_is_approx",
    ]
    got = [(t, float(v), float(a), float(b), d, x) for t, v, a, b, d, x in frame[columns].rows()]
    assert got == [
        ("58.70", 58.7, 58.695, 58.705, 2, False),
        ("约1.4万", 14000, 13500, 14500, -3, False),
        ("约300", 300, 270, 330, 0, True),
        ("17340.46", 17340.46, 17340.455, 17340.465, 2, False),
        ("259", 259, 259, 259, 0, False),
        ("1.466亿", 146600000, 146550000, 146650000, -5, False),
    ]
    assert frame["filed_county_code"].to_list() == [COUNTY] * 6


def test_the_mark_of_simulated_data_is_taken_from_the_title(home):
    workbook(file(home, "a.xlsx"), {"a": national("ben", rows("ben", 1), "(样例数据)")})
    assert take(home).is_sample
    content = table("prj", 1, name="样例数据管理项目")
    file(home, "b.csv", csv_bytes(content))
    assert not take(home, hour=3).is_sample


def test_pandera_catches_a_bad_value(home):
    file(home, "a.csv", csv_bytes(table("p", 2)))
    take(home)
    frame = lake(home, "p")
    validate("p", frame)
    for bad in (
        frame.with_columns(gender=pl.lit("雄")),
        frame.with_columns(person_code=pl.lit(None, dtype=pl.String)),
        frame.with_columns(county_code=pl.lit("99")),
        frame.with_columns(year=pl.col("year").cast(pl.String)),
        frame.drop("name"),
    ):
        with pytest.raises(pandera.errors.SchemaErrors):
            validate("p", bad)


def test_id_keys_join_the_same_person_and_hide_the_number(home):
    number = id_number(7)
    content = table("p", 2, id_no=f"'{number[:-1]}{number[-1].lower()}")
    content[2][6] = number + "44"
    file(home, "a.csv", csv_bytes(content))
    take(home)
    frame = lake(home, "p")
    assert frame["id_no_key"].n_unique() == 1 and number not in frame["id_no_key"][0]
    assert frame["id_no"][0] == number


def test_a_receipt_tells_what_was_not_taken_and_is_the_same_twice(home):
    names = [column.name for column in WORDS.tables["hh"].columns]
    body = rows("hh", 3)
    body[0][names.index("county_code")] = "=1+1"
    body[1][names.index("county_code")] = "990102"
    body[2][names.index("head_id_no")] = "9.9E+17"
    workbook(file(home, "户.xlsx"), {"户": national("hh", body, "(样例数据)")})
    file(home, "坏.xlsx", b"x")
    take(home)
    (path,) = s8_county.write_receipts(home)
    assert path == home.reports / COUNTY / PERIOD / f"回执-{COUNTY}-{PERIOD}-v1.xlsx"
    book = openpyxl.load_workbook(path)
    text = " ".join(str(c.value) for s in book for row in s for c in row if c.value is not None)
    for word in (
        "样例数据",
        "部分接收",
        "990102",
        "户主证件号码",
        "下一步",
        "重新报送",
        "不是 Excel",
    ):
        assert word in text
    first = path.read_bytes()
    assert s8_county.write_receipts(home) == []
    path.unlink()
    s8_county.write_receipts(home)
    assert path.read_bytes() == first


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_input_never_loses_a_row(tmp_path_factory, data):
    """rows read = accepted + quarantined + ignored, whatever happened to the cells."""
    alias = data.draw(st.sampled_from(["ben", "p", "mon", "agg", "fa"]))
    rng = random.Random(data.draw(st.integers(0, 10**6)))
    content: list[list[str]] = [headers(alias), *rows(alias, 8, rng.randint(0, 99))]
    junk = st.sampled_from(
        ["", " ", "合计", "#N/A", "1.2E+17", "=cmd|'/c calc'!A1", "约", "\x00", "二〇二〇年", "-"]
    ) | st.text(max_size=6)
    for _ in range(data.draw(st.integers(0, 12))):
        kind = data.draw(
            st.sampled_from(["cell", "copy", "blank", "header", "cut", "long", "shift"])
        )
        at_row = data.draw(st.integers(1, len(content) - 1))
        row = content[at_row]
        if kind == "cell" and row:
            row[data.draw(st.integers(0, len(row) - 1))] = data.draw(junk)
        elif kind == "copy":
            content.insert(at_row, list(row))
        elif kind == "blank":
            content.insert(at_row, [])
        elif kind == "header":
            content.insert(at_row, list(content[0]))
        elif kind == "cut":
            content[at_row] = row[: len(row) // 2]
        elif kind == "long":
            content[at_row] = [*row, "多余"]
        else:
            content[at_row] = ["多", *row]
    content = [[cell.replace("\r", " ").replace("\n", " ") for cell in row] for row in content]
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "a.csv"
    path.write_bytes("\n".join(csv_line(row) for row in content).encode("utf-8", "replace"))
    result = read(path).result
    adds_up(result)
    if result.files[0].rows_read:
        assert result.rows_read == len(content) - 1


def csv_line(row: list[str]) -> str:
    return csv_bytes([row]).decode("utf-8", "replace").rstrip("\r\n") if row else ""


@pytest.mark.parametrize(
    ("error", "said"),
    [(ValueError("a slip of ours"), "本系统读取本表时出错"), (MemoryError(), "未接收")],
)
def test_trouble_with_one_table_refuses_that_table_alone(home, monkeypatch, error, said):
    file(home, "a.csv", csv_bytes(table("ben", 2)))
    file(home, "b.csv", csv_bytes(table("vil", 2)))
    whole = delivery.combine

    def combine(of, parts):
        if of.alias == "ben":
            raise error
        return whole(of, parts)

    monkeypatch.setattr(delivery, "combine", combine)
    result = take(home)
    adds_up(result)
    assert {f.table: f.status for f in result.files} == {"ben": "refused", "vil": "accepted"}
    assert said in next(f.reason_zh for f in result.files if f.table == "ben")
    assert result.tables == ("vil",)


def test_a_header_that_stands_again_below_a_stray_number_loses_no_row(home):
    """Found by mutation (seed 506572): the later header, with the number above it, was taken."""
    content = [*table("ben", 2), ["(5)"], headers("ben"), *rows("ben", 4)[2:]]
    file(home, "a.csv", csv_bytes(content))
    result = take(home)
    adds_up(result)
    assert (result.rows_read, result.rows_accepted) == (6, 5)
