"""The county's workbook and what counts as changed, on a small publication made by hand."""

from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import polars as pl
import pytest
from publications import COUNTY, PERIOD, publish, remember

from pipelines.core.history import FINDING, NIGHT, About, draft, whole
from pipelines.core.settings import Home
from pipelines.s8_county import findings_workbook, workbook_path, write_reports
from pipelines.s8_county.changes import changes, open_publication
from pipelines.s8_county.findings import Finding, places
from pipelines.s8_county.messages import outbox_file, read_outbox, write_outbox


def keep_build(home: Home, vintage: int = 0) -> None:
    """Add to the build database what the publication was made of, with numbers and names as filed.

    ``vintage``: the publication that it was built on.
    """
    with duckdb.connect(str(home.build_db)) as db:
        db.execute(
            f"""
            attach '{home.published_db}' as pub (read_only);
            create or replace table history.meta_refresh as select {vintage} as vintage
            where {vintage} > 0;
            create table main.fct_submission_column as select * replace ('欧阳无双.xlsx' as file)
            from pub.main.fct_submission_column;
            create schema findings;
            create table findings.fct_finding as
            select * replace (
                '与欧阳 无双(990101198001010012)的电话13800001111相同。' as message_zh,
                '990101198001010012' as household_code,
                [{{'file': '欧阳无双.xlsx', 'sheet': '成员', 'row': 7, 'column': '健康状况',
                'value': '990101********0012'}}] as cells),
                '990101********0012' as masked_id
            from pub.main.fct_finding;
            """
        )
    folder = home.ingested / "v1" / "tables"
    folder.mkdir(parents=True)
    pl.DataFrame({"name": ["欧阳无双"]}).write_parquet(folder / "p.parquet")


def sheet_rows(path: Path, name: str) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path)[name].iter_rows(values_only=True))


def test_first_publication_writes_a_workbook_that_names_the_cell(home: Home) -> None:
    publish(home, [("F1", "open"), ("F2", "resolved")])
    remember(home, [])

    result = write_reports(home)

    path = workbook_path(home, COUNTY, PERIOD)
    assert result.workbooks == (path,)
    rows = sheet_rows(path, "问题清单")
    header, finding = rows[2], dict(zip(rows[2], rows[3], strict=True))
    assert header[-1] == "情况说明"
    assert finding["文件"] == "家庭成员.xlsx"
    assert (finding["工作表"], finding["行"], finding["列"]) == ("成员", "7", "健康状况(K列)")
    assert finding["现填值"] == "健康"
    assert (finding["严重程度"], finding["处理要求"]) == ("错误", "更正")
    assert finding["人编号"] == "990101000101"
    assert finding["情况说明"] is None
    assert len(rows) == 4
    assert "样例数据" in rows[0][0]
    assert len(sheet_rows(path, "已解决")) == 4


def only_finding(home: Home) -> dict[str, Any]:
    rows = sheet_rows(workbook_path(home, COUNTY, PERIOD), "问题清单")
    (finding,) = (dict(zip(rows[2], row, strict=True)) for row in rows[3:])
    return finding


def test_a_countys_own_workbook_keeps_masked_numbers_and_no_name(home: Home) -> None:
    publish(home, [("F1", "open")])
    remember(home, [])
    keep_build(home)
    write_reports(home)
    finding = only_finding(home)
    assert finding["人编号"] == "990101000101\n990101********0012"
    assert finding["户编号"] == "990101********0012"
    assert finding["问题"] == "与某(990101********0012)的电话*******1111相同。"
    assert (finding["文件"], finding["列"]) == ("某.xlsx", "健康状况(K列)")
    assert finding["现填值"] == "990101********0012"


def test_without_the_build_of_the_publication_the_published_form_is_told(home: Home) -> None:
    publish(home, [("F1", "open")], vintage=3)
    remember(home, [])
    keep_build(home, vintage=3)
    write_reports(home)
    finding = only_finding(home)
    assert finding["人编号"] == "990101000101"
    assert finding["问题"] == "主要致贫原因填“因病”,但户内1人健康"


def test_summary_counts_and_says_what_is_held(home: Home) -> None:
    publish(home, [("F1", "open"), ("F2", "reopened"), ("F3", "resolved")])
    remember(home, [("F2", "resolved"), ("F3", "open")])
    write_reports(home)

    summary = sheet_rows(workbook_path(home, COUNTY, PERIOD), "汇总")
    counts = {(row[0], row[1]): row[4] for row in summary[3:]}
    assert counts["本次变化", "新增问题"] == 1
    assert counts["本次变化", "再次出现"] == 1
    assert counts["本次变化", "已消除"] == 1
    assert counts["待处理按严重程度", "错误"] == 2
    assert counts["全部按状态", "已消除"] == 1
    held = next(row for row in summary if row[0] == "暂缓发布的指标")
    assert (held[1], held[5]) == ("贫困发生率", "收入与脱贫标志矛盾")


def test_sheets_are_readable_on_one_screen(home: Home) -> None:
    publish(home, [("F1", "open")])
    write_reports(home)

    sheet = openpyxl.load_workbook(workbook_path(home, COUNTY, PERIOD))["问题清单"]
    assert sheet.freeze_panes == "A4"
    assert sheet.auto_filter.ref == "A3:Q4"
    assert sheet.page_setup.orientation == "landscape"
    widths = [dimension.width for dimension in sheet.column_dimensions.values()]
    # 1920 pixels at 100 %: about 240 characters of the default font.
    assert sum(widths) < 230
    assert sheet["G4"].alignment.wrap_text


def test_the_same_publication_gives_the_same_bytes(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    for moved in (home, other):
        publish(moved, [("F1", "open")])
        remember(moved, [])
        write_reports(moved)
    assert (
        workbook_path(home, COUNTY, PERIOD).read_bytes()
        == workbook_path(other, COUNTY, PERIOD).read_bytes()
    )


def test_nothing_changed_writes_nothing(home: Home) -> None:
    publish(home, [("F1", "open")])
    write_reports(home)
    told = read_outbox(home, [])
    publish(home, [("F1", "open")], vintage=2)
    remember(home, [("F1", "open")], ["v1"])
    assert write_reports(home).workbooks == ()
    assert read_outbox(home, []) == told
    assert outbox_file(home, 2).exists()


def test_a_workbook_that_is_lost_is_written_again_without_a_message(home: Home) -> None:
    publish(home, [("F1", "open")], vintage=2)
    remember(home, [("F1", "open")], ["v1"])
    assert write_reports(home).workbooks == (workbook_path(home, COUNTY, PERIOD),)
    assert read_outbox(home, []) == []


def test_no_workbook_is_missing_where_nothing_waits(home: Home) -> None:
    publish(home, [("F1", "resolved")], vintage=2)
    remember(home, [("F1", "resolved")], ["v1"])
    assert write_reports(home).workbooks == ()


def test_a_new_delivery_is_news_without_any_finding(home: Home) -> None:
    publish(home, [], vintage=2)
    remember(home, [], ["v0"])
    with open_publication(home) as connection:
        (change,) = changes(connection)
    assert (change.n_submissions, change.n_new, change.n_open) == (1, 0, 0)
    assert len(write_reports(home).workbooks) == 1


def test_a_delivery_of_a_clock_set_back_is_news(home: Home) -> None:
    publish(home, [("F1", "open")], vintage=2, submitted_at="1999-01-01T02:00:00+08:00")
    remember(home, [("F1", "open")], ["v0"])
    with open_publication(home) as connection:
        (change,) = changes(connection)
    assert (change.n_submissions, change.n_new, change.n_open) == (1, 0, 1)


def test_a_withdrawal_of_a_clock_set_back_is_news(home: Home) -> None:
    publish(home, [], vintage=2, withdrawn_at="1999-01-01T02:00:00+08:00")
    remember(home, [], ["v1"])
    with open_publication(home) as connection:
        (change,) = changes(connection)
    assert (change.n_submissions, change.n_withdrawn) == (0, 1)


def test_a_history_that_was_cut_off_makes_everything_new(home: Home) -> None:
    publish(home, [("F1", "open")], vintage=2)
    home.build_db.parent.mkdir(parents=True)
    with duckdb.connect(str(home.build_db)) as db:
        db.execute("create schema history; create table history.fct_finding (finding_id varchar)")
    with open_publication(home) as connection:
        (change,) = changes(connection)
    assert (change.n_submissions, change.n_new) == (1, 1)


def test_a_night_that_was_recorded_and_never_published_is_told_with_the_next(home: Home) -> None:
    """Killed between the two, and then another delivery came: nobody was told of what it found."""
    for vintage, found in enumerate(([], ["F1"]), start=1):
        with draft(home) as night:
            rows = f"select unnest({found}::varchar[]) as finding_id, 'open' as status"
            columns = FINDING.selected(("finding_id", "status"))
            night.add(whole(FINDING, f"select {columns} from ({rows})"))
            night.commit(About(NIGHT, vintage=vintage, fingerprint=str(vintage)))
    write_outbox(home, 1, [])
    publish(home, [("F1", "open"), ("F2", "open")], vintage=3)
    remember(home, [("F1", "open")], [], vintage=2)
    with open_publication(home) as connection:
        (change,) = changes(connection)
    assert (change.n_submissions, change.n_new) == (1, 2)


def test_a_withdrawal_is_news_once(home: Home) -> None:
    moment = "2020-07-09T08:00:00+08:00"
    publish(home, [], vintage=2, received_at=moment, withdrawn_at=moment)
    remember(home, [], ["v1"])
    with open_publication(home) as connection:
        (change,) = changes(connection)
    assert (change.n_submissions, change.n_withdrawn) == (0, 1)
    write_reports(home)
    assert "撤回报送1次" in read_outbox(home, [])[0].body
    summary = sheet_rows(workbook_path(home, COUNTY, PERIOD), "汇总")
    assert ("本次变化", "撤回报送", 1) in [(row[0], row[1], row[4]) for row in summary]
    remember(home, [], ["v1"], moment)
    with open_publication(home) as connection:
        assert [each for each in changes(connection) if each.is_news] == []


def test_what_came_and_went_in_one_day_is_told_as_withdrawn(home: Home) -> None:
    moment = "2020-07-09T08:00:00+08:00"
    publish(home, [], vintage=2, received_at=moment, withdrawn_at=moment)
    remember(home, [], ["v0"])
    with open_publication(home) as connection:
        (change,) = changes(connection)
    assert (change.n_submissions, change.n_withdrawn) == (0, 1)


def test_a_kill_before_the_outbox_is_made_good_by_the_next_call(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(home, [("F1", "open")])
    remember(home, [])

    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(findings_workbook, "tell", killed)
        with pytest.raises(KeyboardInterrupt):
            write_reports(home)
    assert len(write_reports(home).workbooks) == 1
    assert write_reports(home).workbooks == ()


@pytest.mark.parametrize("status", ["waived", "explained", "silenced"])
def test_settled_findings_do_not_wait_for_the_county(home: Home, status: str) -> None:
    publish(home, [("F1", status)])
    write_reports(home)
    path = workbook_path(home, COUNTY, PERIOD)
    assert sheet_rows(path, "问题清单")[3:] == []


def test_without_a_publication_there_is_nothing_to_say(home: Home) -> None:
    assert write_reports(home).workbooks == ()


def test_cells_of_several_sheets_stand_line_by_line() -> None:
    cells = (
        {"file": "台账.xlsx", "sheet": "项目库", "row": 15, "column": "合同金额", "value": "80"},
        {"file": "台账.xlsx", "sheet": "支付", "row": 18, "column": "支付金额", "value": None},
        {"file": "台账.xlsx", "sheet": "支付", "row": 19, "column": "支付金额", "value": "26"},
    )
    finding = Finding(
        "F1", "F003", "超付", "error", "hold", "open", None, None, None, "P1", "…", "…", "财政局",
        cells, None, None,
    )  # fmt: skip
    assert places(finding, {("台账.xlsx", "项目库", "合同金额"): [(4, 99, "X")]}) == {
        "file": "台账.xlsx",
        "sheet": "项目库\n支付\n支付",
        "row": "15\n18\n19",
        "column": "合同金额(X列)\n支付金额\n支付金额",
        "value": "80\n(空)\n26",
    }


def test_a_column_as_a_whole_has_no_row_and_no_value() -> None:
    cell = {"file": "户.xlsx", "sheet": "户表", "row": None, "column": "脱贫标志", "value": None}
    finding = Finding(
        "F1", "T011", "不平衡", "error", "explain", "open", None, None, None, "990101", "…", "…",
        "扶贫办", (cell,), None, None,
    )  # fmt: skip
    assert places(finding, {}) == {
        "file": "户.xlsx",
        "sheet": "户表",
        "row": "整列",
        "column": "脱贫标志",
        "value": "—",
    }


def test_a_cell_has_the_letter_of_the_header_above_it() -> None:
    """Where a sheet has several headers, one below the other, in other orders."""
    cells = tuple(
        {"file": "收入.xlsx", "sheet": "表", "row": row, "column": "纯收入", "value": "1"}
        for row in (3, 8)
    )
    finding = Finding(
        "F1", "I001", "收入", "error", "hold", "open", None, None, None, "H1", "…", "…", "扶贫办",
        cells, None, None,
    )  # fmt: skip
    letters = {("收入.xlsx", "表", "纯收入"): [(2, 5, "P"), (7, 9, "C")]}
    assert places(finding, letters)["column"] == "纯收入(P列)\n纯收入(C列)"
