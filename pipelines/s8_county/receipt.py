"""The receipt a county gets for a delivery: what was taken, what was not, and what to do next.

A workbook and a short text for each submission. The workbook's correction sheets hold the
quarantined rows as filed; corrected and dropped back into the inbox, they amend just those rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from pipelines.core.dictionary import dictionary
from pipelines.core.papers import SAMPLE_MARK, Paper
from pipelines.core.privacy import Reading
from pipelines.core.settings import Home
from pipelines.core.statuses import Status
from pipelines.core.workbook import Cell, Marked, SheetColumn, Workbook
from pipelines.s1_archive import Admission, Submission, Withdrawal, admissions, withdrawals
from pipelines.s2_lake.deliveries.faults import is_own_fault
from pipelines.s2_lake.deliveries.ingest import results
from pipelines.s2_lake.discretion import Discretion, discretion
from pipelines.s2_lake.files.sheet import row_runs
from pipelines.s2_lake.results import FileResult, IgnoredRows, StructuralNote, SubmissionResult
from pipelines.s8_county import correction_sheets as corrections
from pipelines.s8_county.plain_text import encoded, one_line, write_text

SHOWN = 20_000
# So many ranges of rows fit into a cell that people read.
RUNS = 12


@dataclass(frozen=True)
class Said:
    """What the steward said of a submission: that it no longer counts, that it counts."""

    withdrawal: Withdrawal | None
    admission: Admission | None


@dataclass(frozen=True)
class Side:
    """What a receipt tells beside the result: changed cells (masked), quarantined rows' cells.

    ``said`` is what the steward said of the submission.
    """

    changes: pl.DataFrame
    cells: pl.DataFrame
    said: Said


def are_receipts_written(home: Home, archived: Iterable[Submission]) -> bool:
    """Tell whether every one of these submissions has a receipt, whatever it says."""
    return all(receipt_path(home, each.place, each.submission_id).exists() for each in archived)


def write_receipts(home: Home) -> list[Path]:
    """Write ``回执-<submission_id>.xlsx`` and ``.txt`` for every submission that lacks them.

    A submission that was read again, withdrawn, admitted or superseded gets its receipt again.
    Returns the workbooks written now. Nobody is named in them, in whatever column, file or sheet a
    name was filed.
    """
    written = []
    gone, admitted = withdrawals(home, []), admissions(home, [])
    discreet = discretion(home)
    for result in results(home, []):  # of all that can be told, whatever else is damaged
        path = receipt_path(home, (result.county_code, result.period), result.submission_id)
        folder = home.ingested / result.submission_id
        newest = (folder / "result.json").stat().st_mtime_ns
        said = Said(gone.get(result.submission_id), admitted.get(result.submission_id))
        text = encoded(discreet.for_county(receipt_lines(result, said)))
        if not _is_written(path, text, newest):
            side = Side(
                pl.read_parquet(folder / "changes.parquet"),
                pl.read_parquet(folder / "quarantined_cells.parquet"),
                said,
            )
            write_receipt(path, result, side, discreet)
            # The text is written last: where it is, the workbook is.
            write_text(path.with_suffix(".txt"), text)
            written.append(path)
    return written


def receipt_path(home: Home, place: tuple[str, str], submission_id: str) -> Path:
    """Return where a submission's receipt lies."""
    return home.reports.joinpath(*place, f"回执-{submission_id}.xlsx")


def _is_written(path: Path, text: bytes, newest: int) -> bool:
    """Say whether a receipt stands that says this and is no older than what it tells of."""
    told = path.with_suffix(".txt")
    if not (path.exists() and told.exists()) or told.stat().st_mtime_ns < newest:
        return False
    return told.read_bytes() == text


def receipt_lines(result: SubmissionResult, said: Said) -> list[str]:
    """Return the receipt in a few lines, one for each sheet."""
    lines = _title(result, _mark(result), said)
    for item in result.files:
        sheet = f"[{item.sheet}]" if item.sheet else ""
        counts = f"读{item.rows_read} 收{item.rows_accepted} 未收{item.rows_quarantined}"
        reason = f";{item.reason_zh}" if item.reason_zh else ""
        lines.append(
            f"- {item.file}{sheet}:{_table(item.table)},{Status(item.status).label}({counts}"
            f" 略{item.rows_ignored}){reason}"
        )
    return [one_line(line) for line in (*lines, *_next(result, said))]


def file_rows(result: SubmissionResult) -> list[list[Cell]]:
    """Return the receipt's lines: file, sheet, table, outcome, the four counts, what to know."""
    return [_file_row(item) for item in result.files]


def note_rows(result: SubmissionResult) -> list[list[Cell]]:
    """Return the lines on columns and cells that were taken and say nothing."""
    return [_note_row(note) for note in result.notes]


def ignored_rows(result: SubmissionResult) -> list[list[Cell]]:
    """Return the lines on rows that are no records."""
    return [_ignored_row(rows) for rows in result.ignored]


def change_rows(changes: pl.DataFrame) -> list[tuple[Cell, ...]]:
    """Return one line per column and kind of change: place, why, how many, rows, the first one."""
    kinds = changes.group_by(
        "source_file", "source_sheet", "column_letter", "header", "rule_zh", maintain_order=True
    ).agg("source_row", pl.col("before").first(), pl.col("after").first())
    return [
        (*place, len(rows), row_ranges(rows), before, after)
        for *place, rows, before, after in kinds.iter_rows()
    ]


def row_ranges(rows: Sequence[int]) -> str:
    """Return row numbers as ranges (5–9、12), the first few of many."""
    runs = row_runs(rows)
    return "、".join(runs[:RUNS]) + (" 等" if len(runs) > RUNS else "")


def write_receipt(path: Path, result: SubmissionResult, side: Side, discreet: Discretion) -> None:
    """Write one receipt; the same result and the same filed names give the same bytes."""
    mark = _mark(result)
    name = f"报送回执 {result.submission_id}{mark}"
    # Sensitive cells are masked already; here nothing in a column of codes is taken for a number.
    shown = partial(discreet.for_county, reading=Reading.CODE)
    with Workbook(path, name, result.received_at, Paper.RECEIPT, shown=shown) as book:
        rows = file_rows(result)
        title, steps = _title(result, mark, side.said), _next(result, side.said)
        book.sheet("回执", title, _FILE_COLUMNS, rows, steps)
        for sheet in corrections.sheets(result, side.cells, mark):
            book.sheet(sheet.name, sheet.title, sheet.columns, sheet.rows)
        if result.notes:
            _list(
                book,
                "需留意的单元格",
                [
                    f"需留意的列和单元格(已接收){mark}",
                    "这些内容已按原文保存,但无法用于核对和统计,请在原表中更正后重报。",
                ],
                _NOTE_COLUMNS,
                note_rows(result),
            )
        if side.changes.height:
            _list(
                book,
                "已作的规范化",
                [
                    f"读取时改写的单元格(已接收){mark}",
                    "只改写法,不改意思;同一列的同一种改写合为一行,列第一处为例。"
                    "如与原意不符,请更正原表后重报。",
                ],
                _CHANGE_COLUMNS,
                change_rows(side.changes),
            )
        if result.ignored:
            _list(
                book,
                "略过的行",
                [
                    f"略过的行(空行、表头、标题、合计、表尾){mark}",
                    "如有数据行被略过,请更正后重报。",
                ],
                _IGNORED_COLUMNS,
                ignored_rows(result),
            )


def _list(
    book: Workbook,
    name: str,
    title: list[str],
    columns: Sequence[SheetColumn],
    rows: Sequence[Sequence[Cell | Marked]],
) -> None:
    """Write a list, cut where nobody would read on."""
    more = len(rows) - SHOWN
    notes = [f"另有 {more} 条未列出。"] if more > 0 else []
    book.sheet(name, title, columns, rows[:SHOWN], notes)


_FILE_COLUMNS = [
    SheetColumn("文件", 28, wrap=True),
    SheetColumn("工作表", 14, wrap=True),
    SheetColumn("识别为", 20, wrap=True),
    SheetColumn("结果", 10),
    SheetColumn("读取行数", 9),
    SheetColumn("接收行数", 9),
    SheetColumn("未接收行数", 9),
    SheetColumn("略过行数", 9),
    SheetColumn("说明", 48, wrap=True),
]
_PLACE_COLUMNS = [
    SheetColumn("文件", 28, wrap=True),
    SheetColumn("工作表", 14, wrap=True),
    SheetColumn("行号", 8),
    SheetColumn("列", 6),
    SheetColumn("表头", 20, wrap=True),
]
_NOTE_COLUMNS = [
    *_PLACE_COLUMNS,
    SheetColumn("所填内容", 26, wrap=True),
    SheetColumn("说明", 50, wrap=True),
]
_CHANGE_COLUMNS = [
    SheetColumn("文件", 28, wrap=True),
    SheetColumn("工作表", 14, wrap=True),
    SheetColumn("列", 6),
    SheetColumn("表头", 20, wrap=True),
    SheetColumn("改写的原因", 30, wrap=True),
    SheetColumn("处数", 8),
    SheetColumn("行号", 24, wrap=True),
    SheetColumn("第一处原填", 26, wrap=True),
    SheetColumn("读作", 26, wrap=True),
]
_IGNORED_COLUMNS = [
    SheetColumn("文件", 28, wrap=True),
    SheetColumn("工作表", 14, wrap=True),
    SheetColumn("识别为", 20, wrap=True),
    SheetColumn("行号", 14),
    SheetColumn("行数", 8),
    SheetColumn("略过的原因", 20),
]


def _mark(result: SubmissionResult) -> str:
    return f"({SAMPLE_MARK})" if result.is_sample else ""


def _title(result: SubmissionResult, mark: str, said: Said) -> list[str]:
    return [
        f"报送回执{mark}",
        *_of_the_steward(said),
        f"县代码 {result.county_code}  期次 {result.period}  第 {result.version} 次报送",
        f"回执编号 {result.submission_id}  接收时间 {result.received_at}",
        f"结果:{Status(result.status).label}。{result.reason_zh}",
        f"共读取 {result.rows_read} 行,接收 {result.rows_accepted} 行,未接收"
        f" {result.rows_quarantined} 行,"
        f"略过(空行、表头、标题、合计、表尾){result.rows_ignored} 行。",
    ]


def _of_the_steward(said: Said) -> Iterator[str]:
    if said.withdrawal:
        moment, reason = said.withdrawal.withdrawn_at, said.withdrawal.reason
        yield f"本次报送已于 {moment} 撤回,不再作数。原因:{reason}"
    elif said.admission:
        moment, reason = said.admission.admitted_at, said.admission.reason
        yield f"本次报送已于 {moment} 经市扶贫办确认生效。原因:{reason}"


def _table(alias: str) -> str:
    table = dictionary().tables.get(alias)
    return table.title_zh if table else "(未识别)"


def _file_row(item: FileResult) -> list[Cell]:
    return [
        item.file,
        item.sheet,
        _table(item.table),
        Status(item.status).label,
        item.rows_read,
        item.rows_accepted,
        item.rows_quarantined,
        item.rows_ignored,
        item.reason_zh,
    ]


def _ignored_row(rows: IgnoredRows) -> list[Cell]:
    span = range(rows.first_row, rows.last_row + 1)
    place = row_ranges(span)
    return [rows.file, rows.sheet, _table(rows.table), place, len(span), rows.kind_zh]


def _next(result: SubmissionResult, said: Said) -> list[str]:
    steps = ["本次报送已撤回,无需处理。"] if said.withdrawal else list(_steps(result))
    return ["下一步:", *(f"{at}. {step}" for at, step in enumerate(steps, start=1))]


def _steps(result: SubmissionResult) -> Iterator[str]:
    if result.status == Status.SUPERSEDED:
        yield "本次报送没有生效,其中各表以其后的报送为准;其后没有再报的表,请重新报送。"
        return
    is_in_order = True
    if result.status == Status.WAITING:
        yield (
            "本次报送等待市扶贫办确认,确认前原有数据不变:如有漏报、错报,请重新报送完整的表;"
            "确有这样的变化,请向市扶贫办说明原因。"
        )
        is_in_order = False
    ours = [item for item in result.files if is_own_fault(item)]
    if ours:
        yield (
            "有文件或工作表因本系统出错未接收,不是报送的问题:无需重报,"
            "系统修复后会自动重新读取,并更新本回执。"
        )
        is_in_order = False
    if any(item.status == Status.REFUSED and item not in ours for item in result.files):
        yield "有文件或工作表未接收:请按说明修改后重新报送该表。"
        is_in_order = False
    if result.quarantine:
        yield (
            "有未接收的行:在本回执的“更正-…”工作表里改红色单元格(其他有误的也可改),把本回执原样放回"
            "收件箱,只更正这些行;也可以更正原表后整表重报(新表整体替换旧表)。"
        )
        is_in_order = False
    if result.notes:
        yield "有无法识别的单元格、缺少的列或对不上的合计:见“需留意的单元格”,建议更正后重报。"
        is_in_order = False
    if result.status == Status.IGNORED:
        yield "本次报送没有可接收的内容,原有数据保持不变:请填写后重新报送。"
        is_in_order = False
    if result.status == Status.REPLY:
        yield "问题清单的回复已存档;报表有更正的,请另行报送更正后的原表。"
        is_in_order = False
    if is_in_order:
        yield "本次报送已全部接收,无需处理;核对结果另见“问题清单”。"


def _note_row(note: StructuralNote) -> list[Cell]:
    return [
        note.file,
        note.sheet,
        note.row,
        note.column_letter,
        note.header,
        note.value,
        note.sentence_zh,
    ]
