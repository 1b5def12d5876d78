"""What we wrote to a county is known again when it comes back, and never becomes data."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from filing_samples import COUNTY, PERIOD, csv_bytes, headers, read, rows, workbook
from hostile_files import ods, ods_table
from publications import publish, remember
from returned_receipts import code_of, correct, deliver, lake, night, person, receipt

from pipelines.core.dictionary import dictionary
from pipelines.core.papers import Paper, headed
from pipelines.core.settings import Home
from pipelines.core.workbook import SheetColumn, Workbook
from pipelines.s1_archive import receive
from pipelines.s8_county import workbook_path, write_notices, write_reports, write_templates

FINDINGS_TOLD = "是本系统发出的问题清单"
RECEIPT_TOLD = "是本系统发出的回执"
NO_COUNTS = (0, 0, 0, 0)


def counts(result):
    return (
        result.rows_read,
        result.rows_accepted,
        result.rows_quarantined,
        result.rows_ignored,
    )


def findings_workbook(home: Home) -> Path:
    """A workbook of findings as the county gets it: of each status, one cell with two findings."""
    publish(home, [("F1", "open"), ("F2", "open"), ("F3", "resolved")])
    remember(home, [], None)
    write_reports(home)
    return workbook_path(home, COUNTY, PERIOD)


@pytest.fixture
def findings(tmp_path: Path) -> Path:
    return findings_workbook(Home(tmp_path / "warehouse"))


@pytest.fixture
def a_receipt(home: Home) -> Path:
    """A receipt with every sheet that one can have: corrections, notes, changes, ignored rows."""
    body = [person(1), person(2, person_code=""), person(3, birth_date="不详"), ["合计"]]
    body[0][headers("p").index("姓名")] = "示例 甲\u3000"
    body[0][headers("p").index("证件号码")] = body[0][headers("p").index("证件号码")] + "\u3000"
    deliver(home, "人.csv", csv_bytes([headers("p"), *body]))
    return receipt(home, night(home, 0).submission_id)


def saved_again(path: Path) -> Path:
    """The workbook as a program saves it that keeps no property of the document."""
    book = openpyxl.load_workbook(path)
    book.properties.title = book.properties.creator = book.properties.keywords = None
    book.save(path)
    return path


def cells(path: Path) -> dict[str, list[list[str]]]:
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: [
            ["" if cell is None else str(cell) for cell in row]
            for row in sheet.iter_rows(values_only=True)
        ]
        for sheet in book.worksheets
    }


def is_no_data(delivery, told: str) -> None:
    assert delivery.tables == {} and delivery.amendments == {}
    assert counts(delivery.result) == NO_COUNTS
    assert delivery.result.status == "ignored"
    assert {file.status for file in delivery.result.files} == {"ignored"}
    for file in delivery.result.files:
        assert told in file.reason_zh and "请" in file.reason_zh


def test_a_findings_workbook_filed_back_is_no_data(findings):
    is_no_data(read(findings), FINDINGS_TOLD)


def test_a_receipt_filed_back_is_no_data(home, tmp_path):
    deliver(home, "人.csv", csv_bytes([headers("p"), person(1)]))
    path = receipt(home, night(home, 0).submission_id)
    is_no_data(read(path), RECEIPT_TOLD)
    is_no_data(read(path.with_suffix(".txt")), RECEIPT_TOLD)


def test_a_notice_filed_back_is_no_data(home):
    link = deliver(home, "链接.csv")
    link.symlink_to(home.root / "nowhere")
    receive(home)
    (path,) = write_notices(home)
    is_no_data(read(path), "是本系统发出的收件提示")


def test_every_workbook_bears_its_mark_from_the_one_place(tmp_path):
    for paper in (Paper.PAPER, Paper.FINDINGS):
        path = tmp_path / f"{paper}.xlsx"
        with Workbook(path, "以后的新材料", "2020-07-01", paper) as book:
            book.sheet("表", ["标题"], [SheetColumn(name) for name in headers("hh")], rows("hh", 2))
        assert counts(read(path).result) == NO_COUNTS
        assert all("本系统发出" in file.reason_zh for file in read(path).result.files)
    path = tmp_path / "later.xlsx"
    with zipfile.ZipFile(tmp_path / "paper.xlsx") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name).replace(b"filings-paper:paper", b"filings-paper:digest")
            new.writestr(name, content)
    assert counts(read(path).result) == NO_COUNTS  # of a kind that only a later version knows


def test_the_mark_is_found_where_open_document_keeps_it(tmp_path):
    line = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in [headers("chg"), *rows("chg", 1)]
    )
    for kind, accepted in (("findings", 0), ("template", 1)):
        keyword = f"<m:meta><m:keyword>filings-paper:{kind}</m:keyword></m:meta>"
        path = tmp_path / f"{kind}.ods"
        path.write_bytes(ods(ods_table(line), extra={"meta.xml": keyword}))
        assert read(path).result.rows_accepted == accepted


def as_saved(path: Path, folder: Path) -> Path:
    return saved_again(path)


def as_csv(path: Path, folder: Path) -> list[Path]:
    """Each sheet as Excel saves it to a text of its own."""
    folder.mkdir()
    files = []
    for at, (_, body) in enumerate(cells(path).items()):
        files.append(folder / f"{at}.csv")
        files[-1].write_bytes(csv_bytes(body, "gb18030"))
    return files


def as_headers_alone(path: Path, folder: Path) -> Path:
    """Without property and title rows, under other sheet names."""
    saved_again(path)
    book = openpyxl.load_workbook(path)
    for number, sheet in enumerate(book.worksheets):
        sheet.delete_rows(1, next(at for at, row in enumerate(sheet.values) if row[1]))
        sheet.title = f"Sheet{number + 1}"
    book.save(path)
    return path


def as_titles_alone(path: Path, folder: Path) -> Path:
    """With headers of another hand below the titles."""
    saved_again(path)
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        top = next(at for at, row in enumerate(sheet.values, start=1) if row[1])
        for cell in sheet[top]:
            cell.value = f"栏{cell.column}"
    book.save(path)
    return path


def in_a_zip(path: Path, folder: Path) -> Path:
    packed = path.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w") as package:
        package.write(saved_again(path), "附件/家庭成员表.xlsx")
    return packed


def renamed(path: Path, folder: Path) -> Path:
    return path.rename(path.with_name("家庭成员表.xlsx"))


Change = Callable[[Path, Path], Path | list[Path]]
CHANGES = [as_saved, as_csv, as_headers_alone, as_titles_alone, in_a_zip, renamed]


@pytest.mark.parametrize("change", CHANGES)
def test_findings_are_known_whatever_was_done_to_the_file(findings, tmp_path, change: Change):
    done = change(findings, tmp_path / "changed")
    is_no_data(read(*(done if isinstance(done, list) else [done])), FINDINGS_TOLD)


@pytest.mark.parametrize("change", CHANGES)
def test_a_receipt_is_known_whatever_was_done_to_the_file(a_receipt, tmp_path, change: Change):
    book = openpyxl.load_workbook(a_receipt)
    assert {"回执", "需留意的单元格", "已作的规范化", "略过的行"} < set(book.sheetnames)
    for name in [name for name in book.sheetnames if name.startswith("更正-")]:
        del book[name]
    book.save(a_receipt)
    done = change(a_receipt, tmp_path / "changed")
    is_no_data(read(*(done if isinstance(done, list) else [done])), RECEIPT_TOLD)


@pytest.mark.parametrize("gone", [1, 2, 4])
def test_correction_sheets_without_their_addresses_are_asked_about(home, a_receipt, gone):
    """Taken for a table, their few rows would replace it."""
    book = openpyxl.load_workbook(saved_again(a_receipt))
    for sheet in book.worksheets:
        if sheet.title.startswith("更正-"):
            sheet.delete_cols(1, gone)
        else:
            book.remove(sheet)
    book.save(deliver(home, "改.xlsx"))
    result = night(home, 1)
    assert result.status == "refused" and counts(result) == NO_COUNTS
    assert "更正表" in result.files[0].reason_zh
    assert lake(home)["person_code"].to_list() == [code_of(1), code_of(3)]


def test_a_returned_receipt_still_amends_its_rows(home, a_receipt):
    correct(home, f"{COUNTY}-{PERIOD}-v1", "改.xlsx", {(3, "人编号"): code_of(2)})
    saved_again(home.inbox / COUNTY / PERIOD / "改.xlsx")
    assert night(home, 1).rows_accepted == 1
    assert set(lake(home)["person_code"]) == {code_of(1), code_of(2), code_of(3)}


def test_a_paper_beside_real_tables_is_told_and_the_tables_count(home, findings):
    deliver(home, "人.csv", csv_bytes([headers("p"), person(1), person(2)]))
    findings.rename(deliver(home, "问题清单.xlsx"))
    result = night(home, 0)
    assert result.status == "accepted" and counts(result) == (2, 2, 0, 0)
    told = {file.status for file in result.files if file.file == "问题清单.xlsx"}
    assert told == {"ignored"}
    text = receipt(home, result.submission_id).with_suffix(".txt").read_text("utf-8-sig")
    assert FINDINGS_TOLD in text


def test_a_table_added_to_a_workbook_of_ours_is_asked_about(findings):
    book = openpyxl.load_workbook(findings)
    sheet = book.create_sheet("家庭成员表")
    for row in [headers("p"), person(1)]:
        sheet.append(row)
    book.save(findings)
    result = read(findings).result
    assert counts(result) == NO_COUNTS and result.status == "refused"
    (told,) = [file.reason_zh for file in result.files if file.status == "refused"]
    assert "家庭成员表" in told and "另存为单独的文件" in told


REPLY = ["序号", "问题", "处理方式", "疑点编号", "情况说明", "户编号", "人编号", "备注"]


def reply(path: Path, *, title: bool = True) -> Path:
    body = [["1", "…", "情况说明", "F1", "已核实", "9901010001", code_of(1), ""]]
    above: list[list[object]] = [["示例一县 2020-06 问题清单"]] if title else []
    return workbook(path, {"汇总": [["说明"]], "随便": [*above, REPLY, *body]})


@pytest.mark.parametrize("title", [True, False])
def test_a_reply_is_kept_and_no_data(home, title):
    reply(deliver(home, "回复.xlsx"), title=title)
    result = night(home, 0)
    assert (result.status, counts(result), result.tables) == ("reply", NO_COUNTS, ())
    assert [file.status for file in result.files if file.sheet == "随便"] == ["reply"]
    text = receipt(home, result.submission_id).with_suffix(".txt").read_text("utf-8-sig")
    assert "问题清单的回复" in text


def test_a_reply_beside_real_tables_leaves_the_tables_their_status(home):
    reply(deliver(home, "回复.xlsx"))
    deliver(home, "人.csv", csv_bytes([headers("p"), person(1)]))
    result = night(home, 0)
    assert (result.status, counts(result), result.tables) == ("accepted", (1, 1, 0, 0), ("p",))


def test_templates_are_made_to_be_filed(tmp_path):
    (path,) = write_templates(tmp_path, ["p"])
    book = openpyxl.load_workbook(path)
    sheet = book["家庭成员表"]
    for row in (person(1), person(2)):
        sheet.append(row)
    book.save(path)
    result = read(path).result
    assert (result.status, counts(result)) == ("accepted", (2, 2, 0, 0))


@pytest.mark.parametrize(
    "above",
    [
        "示例一县2020年问题清单整改台账",
        "2020年上半年问题清单",
        "报送回执登记",
        "示例一县 2020-06 问题清单",
    ],
)
def test_a_table_under_a_like_title_is_taken(tmp_path, above):
    body = [[above], headers("iss"), *rows("iss", 3)]
    result = read(workbook(tmp_path / "台账.xlsx", {"台账": body})).result
    assert (result.status, counts(result)) == ("accepted", (3, 3, 0, 0))


def test_no_column_of_any_table_is_a_header_of_our_papers():
    for table in dictionary().tables.values():
        assert headed([[name for column in table.columns for name in column.headers]]) is None


def named(alias: str, count: int) -> list[str]:
    """The keys of a table and its first other columns."""
    table = dictionary().tables[alias]
    rest = [column.name for column in table.columns if column.name not in table.key]
    return [*table.key, *rest[:count]]


def part_of(alias: str, names: list[str]) -> list[list[str]]:
    table = dictionary().tables[alias]
    places = [at for at, column in enumerate(table.columns) if column.name in names]
    return [[row[at] for at in places] for row in [headers(alias), *rows(alias, 3)]]


@pytest.mark.parametrize("alias", ["hh", "p", "inc", "liv", "vil", "prj", "loan", "mon", "fa"])
def test_a_key_with_hardly_any_other_column_is_asked_about(tmp_path, alias):
    path = tmp_path / "名单.csv"
    path.write_bytes(csv_bytes(part_of(alias, named(alias, 2))))
    result = read(path).result
    assert (result.status, counts(result), result.tables) == ("refused", NO_COUNTS, ())
    assert "缺少大部分必填列" in result.files[0].reason_zh
    assert "请补齐" in result.files[0].reason_zh


@pytest.mark.parametrize("alias", ["chg", "ben", "mea", "reg_biz", "reg_police", "emp"])
def test_a_table_of_few_columns_is_taken_narrow(tmp_path, alias):
    path = tmp_path / "名单.csv"
    path.write_bytes(csv_bytes(part_of(alias, named(alias, 1))))
    result = read(path).result
    assert result.rows_accepted == 3 and result.tables == (alias,)


def test_half_of_the_required_columns_is_enough_and_one_less_is_not(tmp_path):
    table = dictionary().tables["p"]
    needed = [c.name for c in table.columns if c.required == "Y" and c.name not in table.key]
    assert len(needed) == 20
    for count, taken in ((10, 3), (9, 0)):
        path = tmp_path / f"{count}.csv"
        path.write_bytes(csv_bytes(part_of("p", [*table.key, *needed[:count]])))
        assert read(path).result.rows_accepted == taken


def test_empty_columns_answer_the_question(tmp_path):
    body = part_of("p", named("p", 2))
    places = [headers("p").index(name) for name in body[0]]
    whole = [headers("p"), *([""] * len(headers("p")) for _ in body[1:])]
    for row, given in zip(whole[1:], body[1:], strict=True):
        for place, cell in zip(places, given, strict=True):
            row[place] = cell
    path = tmp_path / "名单.csv"
    path.write_bytes(csv_bytes(whole))
    assert read(path).result.rows_accepted == 3
