"""The receipt a county gets for a delivery: what was taken, what was not, and what to do next."""

from __future__ import annotations

from pathlib import Path

from pipelines.core.dictionary import dictionary
from pipelines.core.settings import Home
from pipelines.core.workbook import Cell, SheetColumn, Workbook
from pipelines.s2_lake.lake import results
from pipelines.s2_lake.results import FileResult, StructuralNote, SubmissionResult

STATUS_ZH = {"accepted": "已接收", "partial": "部分接收", "refused": "未接收", "ignored": "未读取"}
NOTES_SHOWN = 20_000


def write_receipts(at: Home) -> list[Path]:
    """Write ``回执-<submission_id>.xlsx`` for every submission that lacks one.

    A submission that was read again gets its receipt again. Returns the paths written now.
    """
    written = []
    for result in results(at):
        path = at.reports / result.county_code / result.period / f"回执-{result.submission_id}.xlsx"
        source = at.ingested / result.submission_id / "result.json"
        if not path.exists() or path.stat().st_mtime_ns < source.stat().st_mtime_ns:
            write_receipt(path, result)
            written.append(path)
    return written


def write_receipt(path: Path, result: SubmissionResult) -> None:
    """Write one receipt; the same result gives the same bytes."""
    mark = "(样例数据)" if result.is_sample else ""
    with Workbook(path, f"报送回执 {result.submission_id}{mark}", result.received_at) as book:
        book.sheet("回执", _title(result, mark), _FILE_COLUMNS, _file_rows(result), _next(result))
        if result.quarantine:
            book.sheet(
                "未接收的行",
                [f"未接收的行{mark}", "请在原表按下列位置更正后,整表重新报送。"],
                _QUARANTINE_COLUMNS,
                [
                    [q.file, q.sheet, q.row, q.column_letter, q.header, q.value, q.reason_zh]
                    for q in result.quarantine
                ],
            )
        if result.notes:
            shown = result.notes[:NOTES_SHOWN]
            more = len(result.notes) - len(shown)
            book.sheet(
                "需留意的单元格",
                [
                    f"需留意的列和单元格(已接收){mark}",
                    "这些内容已按原文保存,但无法用于核对和统计。",
                ],
                _NOTE_COLUMNS,
                [_note_row(note) for note in shown],
                [f"另有 {more} 处未列出。"] if more else [],
            )


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
_QUARANTINE_COLUMNS = [
    SheetColumn("文件", 28, wrap=True),
    SheetColumn("工作表", 14, wrap=True),
    SheetColumn("行号", 8),
    SheetColumn("列", 6),
    SheetColumn("表头", 20, wrap=True),
    SheetColumn("所填内容", 26, wrap=True),
    SheetColumn("未接收的原因", 50, wrap=True),
]
_NOTE_COLUMNS = [*_QUARANTINE_COLUMNS[:-1], SheetColumn("说明", 50, wrap=True)]


def _title(result: SubmissionResult, mark: str) -> list[str]:
    return [
        f"报送回执{mark}",
        f"县代码 {result.county_code}  期次 {result.period}  第 {result.version} 次报送",
        f"回执编号 {result.submission_id}  接收时间 {result.received_at}",
        f"结果:{STATUS_ZH[result.status]}。{result.reason_zh}",
        f"共读取 {result.rows_read} 行,接收 {result.rows_accepted} 行,"
        f"未接收 {result.rows_quarantined} 行,略过(空行、重复表头、表尾){result.rows_ignored} 行。",
    ]


def _file_rows(result: SubmissionResult) -> list[list[Cell]]:
    return [_file_row(item) for item in result.files]


def _file_row(item: FileResult) -> list[Cell]:
    table = dictionary().tables.get(item.table)
    return [
        item.file,
        item.sheet,
        table.title_zh if table else "(未识别)",
        STATUS_ZH[item.status],
        item.rows_read,
        item.rows_accepted,
        item.rows_quarantined,
        item.rows_ignored,
        item.reason_zh,
    ]


def _next(result: SubmissionResult) -> list[str]:
    steps = []
    if any(item.status == "refused" for item in result.files):
        steps.append("有文件或工作表未接收:请按说明修改后重新报送该表。")
    if result.quarantine:
        steps.append("有未接收的行:见“未接收的行”,更正后请整表重新报送(新表整体替换旧表)。")
    if result.notes:
        steps.append("有无法识别的单元格或缺少的列:见“需留意的单元格”,建议下次报送前补正。")
    if result.status == "ignored":
        steps.append("本次报送没有可接收的内容,原有数据保持不变:请填写后重新报送。")
    if not steps:
        steps.append("本次报送已全部接收,无需处理;核对结果另见“核对清单”。")
    return ["下一步:", *(f"{at}. {step}" for at, step in enumerate(steps, start=1))]


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
