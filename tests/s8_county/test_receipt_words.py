"""What a receipt says: each sentence must lead a clerk to the cell and tell what to do."""

import zipfile

import openpyxl
import pytest
from filing_samples import csv_bytes, headers, national, read, rows, workbook
from returned_receipts import deliver, night, person, receipt

from pipelines.cli.dry_run import DryRun
from pipelines.core.dictionary import dictionary
from pipelines.s2_lake.tables.near_misses import near
from pipelines.s8_county import write_receipts
from pipelines.s8_county.receipt import row_ranges


def test_notes_beside_a_refused_table_are_not_counted_as_refused(tmp_path):
    body = [[h if h != "人编号" else "别的列" for h in headers("p")], person(1)]
    path = workbook(
        tmp_path / "人.xlsx", {"人": body, "填表说明": [["一、本表由乡镇填报。"]], "Sheet3": []}
    )
    result = read(path).result
    assert {item.sheet: item.status for item in result.files} == {
        "人": "refused",
        "填表说明": "ignored",
        "Sheet3": "ignored",
    }


@pytest.mark.parametrize(
    ("wrong", "meant"), [("户编好", "户编号"), ("人口数", "人数"), ("识别情况/人口数", "人数")]
)
def test_a_slip_of_the_pen_is_asked_about(wrong, meant):
    columns = {item.column for item in near(wrong, dictionary()) if item.alias == "hh"}
    (column,) = [c for c in dictionary().tables["hh"].columns if c.header == meant]
    assert column.name in columns


def test_a_key_misspelt_below_a_group_title_is_asked_about(tmp_path):
    lower = ["户编好" if h == "户编号" else h for h in headers("hh")]
    upper = ["基本情况", *["" for _ in lower[1:]]]
    path = workbook(tmp_path / "户.xlsx", {"户": [upper, lower, *rows("hh", 2)]})
    (item,) = read(path).result.files
    assert "是否指“户编号”" in item.reason_zh


def test_a_row_with_too_many_cells_is_told_in_any_delimited_text(tmp_path):
    lines = [*national("p", [person(1)]), [*person(2), "多出的一格"]]
    path = tmp_path / "人.csv"
    path.write_bytes(csv_bytes(lines).replace(b",", b"\t"))
    (row,) = read(path).result.quarantine
    assert "分隔符" in row.reason_zh


def test_a_repeated_row_needs_nothing_if_it_is_one(tmp_path):
    path = workbook(tmp_path / "人.xlsx", {"人": [headers("p"), person(1), person(1)]})
    (row,) = read(path).result.quarantine
    assert "确属重复的无需处理" in row.reason_zh


def test_a_row_of_another_county_is_told_where_it_belongs(tmp_path):
    names = [column.name for column in dictionary().tables["hh"].columns]
    body = rows("hh", 2)
    body[1][names.index("county_code")] = "990102"
    path = workbook(tmp_path / "户.xlsx", {"户": [headers("hh"), *body]})
    (row,) = read(path).result.quarantine
    assert "由该县报送" in row.reason_zh


def test_blank_required_cells_are_told_with_their_rows(tmp_path):
    body = [person(at, household_code="" if at > 1 else "9901000001") for at in range(1, 9)]
    path = workbook(tmp_path / "人.xlsx", {"人": [headers("p"), *body[:3]]})
    (note,) = [n for n in read(path).result.notes if n.column == "household_code"]
    assert "有 2 行为空(第 3、4 行)" in note.sentence_zh
    workbook(path, {"人": [headers("p"), *body]})
    (note,) = [n for n in read(path).result.notes if n.column == "household_code"]
    assert "有 7 行为空(第 3、4、5、6、7 行等)" in note.sentence_zh


def test_a_row_of_numbers_that_moved_by_a_column_is_no_record(tmp_path):
    """Wherever the figures land they are figures; the household's code tells."""
    body = rows("inc", 3)
    right, left = ["", *body[1][:-1]], [*body[2][1:], ""]
    path = workbook(tmp_path / "收入.xlsx", {"收入": [headers("inc"), body[0], right, left]})
    result = read(path).result
    assert [row.row for row in result.quarantine] == [3, 4]
    assert all("错列" in row.reason_zh for row in result.quarantine)


def test_what_windows_leaves_in_folders_is_no_delivery(tmp_path):
    inner = workbook(tmp_path / "人.xlsx", {"人": [headers("p"), person(1)]})
    path = tmp_path / "全.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.write(inner, "人.xlsx")
        for name in ("Thumbs.db", "材料/desktop.ini", "材料/~$人.xlsx", ".DS_Store"):
            package.writestr(name, b"\xd0\xcf\x11\xe0 not for us")
    assert [item.file for item in read(path).result.files] == ["全.zip/人.xlsx"]


def test_the_text_is_one_line_a_sheet_and_opens_in_any_editor(home):
    top = [*headers("p"), "备 注\n(县自设)", "长" * 3000]
    workbook(deliver(home, "表\u202excod.xlsx"), {"村": [top, [*person(1), "x", "y"]]})
    result = night(home, 0)
    raw = receipt(home, result.submission_id).with_suffix(".txt").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\n") == raw.count(b"\r\n") > 5
    lines = raw.decode("utf-8-sig").splitlines()
    (line,) = [line for line in lines if line.startswith("- ")]
    assert "备 注 (县自设)" in line and "\u202e" not in line
    assert len(line) < 400
    assert write_receipts(home) == []


def test_the_same_change_in_a_column_is_told_once_with_its_count(home):
    months = headers("emp").index("开始时间")
    body = rows("emp", 6)
    for number in (0, 1, 3, 5):
        body[number][months] = f"2020年{number + 1}月"
    workbook(deliver(home, "务工.xlsx"), {"村": [headers("emp"), *body]})
    result = night(home, 0)
    told = openpyxl.load_workbook(receipt(home, result.submission_id))["已作的规范化"]
    lines = [list(row) for row in told.iter_rows(values_only=True) if row[0] == "务工.xlsx"]
    (line,) = [line for line in lines if line[3] == "开始时间"]
    assert line[4:] == ["日期写法", 4, "2–3、5、7", "2020年1月", "202001"]


def test_many_places_of_a_change_are_not_all_listed():
    assert row_ranges([4, 2, 3]) == "2–4"
    assert row_ranges(range(1, 200, 2)).endswith("21、23 等")


def test_the_findings_workbook_has_one_name(home):
    workbook(deliver(home, "人.xlsx"), {"村": [headers("p"), person(1)]})
    result = night(home, 0)
    text = receipt(home, result.submission_id).with_suffix(".txt").read_text(encoding="utf-8-sig")
    assert "核对清单" not in text


def test_a_text_that_is_no_table_is_told_what_to_do(tmp_path):
    path = tmp_path / "说明.txt"
    path.write_text("各位领导:\n随文报送6月数据,请查收。\n", encoding="utf-8")
    (item,) = read(path).result.files
    assert "模板" in item.reason_zh


def test_a_code_that_is_none_is_told_the_codes(tmp_path):
    body = [person(1, gender="M"), person(2, relation="长子")]
    path = workbook(tmp_path / "人.xlsx", {"人": [headers("p"), *body]})
    notes = {n.column: n.sentence_zh for n in read(path).result.notes if n.rule_id == "S001"}
    assert notes["gender"].startswith("“性别”填“M”,不在代码表内,应填男、女、")
    assert "应填" in notes["relation"] and "等" in notes["relation"]
    assert "选项" in notes["relation"]


def test_the_dry_run_says_what_the_receipt_will_say(tmp_path, capsys):
    """Cells that cannot be typed and rows that are no records, with their places."""
    body = [person(1, gender="M"), ["合计", *["" for _ in headers("p")[1:]]]]
    path = workbook(tmp_path / "人.xlsx", {"人": [headers("p"), *body]})
    DryRun(read(path).result, [], [], 0).show(5)
    told = capsys.readouterr().out
    assert "需留意的列和单元格" in told and "不在代码表内" in told
    assert "略过的行" in told and "合计行" in told


def with_column(alias: str, *names: str) -> list[list[str]]:
    return [
        [*headers(alias), *names],
        *([*row, *("备注内容" for _ in names)] for row in rows(alias, 2)),
    ]


TWO_KEYLESS = [
    ["姓名", "性别", "证件号码", "民族", "文化程度", "健康状况"],
    ["示例甲", "男", "", "汉", "", ""],
]
NEXT_STEPS: dict[str, tuple[list[list[str]], str]] = {
    "few unknown columns": (
        with_column("ben", "自编列一"),
        "未识别的列已另存,未入库:自编列一;应报送的请按模板改列名后重报,其余不必理会",
    ),
    "many unknown columns": (
        with_column("ben", *(f"自编列{at}" for at in "甲乙丙丁戊己庚辛壬癸")),
        "自编列辛等 10 列;应报送的请按模板改列名后重报",
    ),
    "a column is missing": ([row[:-1] for row in with_column("ben")], ",请补齐后重报"),
    "no rows": (with_column("ben")[:1], "应报送的请填写后重报"),
    "no key": (TWO_KEYLESS, "请补上这些列后重报"),
    "no row can be taken": (
        [headers("ben"), ["", *rows("ben", 1)[0][1:]]],
        "请按各行的原因更正后重报",
    ),
}


@pytest.mark.parametrize(("content", "step"), NEXT_STEPS.values(), ids=NEXT_STEPS)
def test_the_reason_of_a_sheet_says_what_to_do(tmp_path, content, step):
    (item,) = read(workbook(tmp_path / "表.xlsx", {"表": content})).result.files
    assert step in item.reason_zh, item.reason_zh


@pytest.mark.parametrize(("key", "step"), [("", "请补填"), ("无", "请填写编号")])
def test_a_row_without_key_says_what_to_do(tmp_path, key, step):
    body = rows("ben", 3)
    body[1][0] = key
    (row,) = read(workbook(tmp_path / "表.xlsx", {"表": [headers("ben"), *body]})).result.quarantine
    assert row.reason_zh.endswith(step), row.reason_zh


def test_a_correction_sheet_at_a_desk_says_where_it_belongs(home):
    missing = [["" if h == "人编号" else c for h, c in zip(headers("p"), person(1), strict=True)]]
    workbook(deliver(home, "人.xlsx"), {"人": [headers("p"), *missing]})
    first = night(home, 0)
    write_receipts(home)
    (item,) = [
        each
        for each in read(receipt(home, first.submission_id)).result.files
        if each.sheet.startswith("更正")
    ]
    assert "请把回执放入收件箱中那次报送的县、期文件夹" in item.reason_zh, item.reason_zh
