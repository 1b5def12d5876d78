"""What ``filings check`` does: the way up to the findings, in a home that is thrown away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.cli.table import show
from pipelines.core.database import read_only
from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home
from pipelines.core.statuses import Status
from pipelines.core.text import printable
from pipelines.s2_lake import SubmissionResult
from pipelines.s8_county.receipt import file_rows, ignored_rows, note_rows

_CHANGES = """
select file, sheet, "row", header, before, after, rule_zh
from main.fct_submission_change order by file, sheet, "row", "table", "column"
"""

_FINDINGS = """
select severity, effect, rule_id, household_code, cells[1].file, cells[1].sheet, cells[1]."row",
    cells[1]."column", message_zh
from findings.fct_finding where status <> 'resolved'
order by severity, array_position(['hold', 'explain', 'note'], effect), rule_id, finding_id
"""

_UNASKED = """
select count(*) from findings.fct_rule_outcome where reason_zh is not null and n_applicable = 0
"""

_FILE_HEADS = ("文件", "工作表", "识别为", "结果", "读取", "接收", "未接收", "略过", "说明")
_QUARANTINE_HEADS = ("文件", "工作表", "行", "列", "表头", "所填", "原因")
_NOTE_HEADS = ("文件", "工作表", "行", "列", "表头", "所填", "说明")
_IGNORED_HEADS = ("文件", "工作表", "识别为", "行", "行数", "略过的原因")
_CHANGE_HEADS = ("文件", "工作表", "行", "表头", "原填", "读作", "改写的原因")
_FINDING_HEADS = ("程度", "要求", "规则", "户编号", "文件", "工作表", "行", "列", "问题")

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class DryRun:
    """What the files would lead to: the receipt they would get, changed cells, findings.

    ``unasked`` counts the rules that need a table which the files do not hold; ``doubts`` are the
    sentences for which the delivery would wait.
    """

    receipt: SubmissionResult
    changes: Rows
    findings: Rows
    unasked: int
    doubts: tuple[str, ...] = ()

    @property
    def unread(self) -> list[str]:
        """Name the files of which no sheet was taken."""
        files = self.receipt.files
        read = {item.file for item in files if item.status in (Status.ACCEPTED, Status.PARTIAL)}
        return sorted({item.file for item in files} - read)

    @property
    def is_unread(self) -> bool:
        """Say whether nothing at all was read, so that no rule could be asked."""
        return len(self.unread) == len({item.file for item in self.receipt.files})

    @property
    def has_errors(self) -> bool:
        """Say whether anything would be refused, quarantined, left unread, wait or cannot be."""
        refused = any(item.status == Status.REFUSED for item in self.receipt.files)
        impossible = any(row[0] == "error" for row in self.findings)
        is_kept_back = bool(self.receipt.quarantine or self.doubts)
        return refused or self.is_unread or is_kept_back or impossible

    def show(self, limit: int) -> None:
        """Print what the receipt would say and the findings, at most ``limit`` of each."""
        show(_FILE_HEADS, file_rows(self.receipt), "文件")
        for doubt in self.doubts:
            print(f"这样报送会等待市扶贫办确认,确认前不生效:{doubt}。")
        rows = [
            (q.file, q.sheet, q.row, q.column_letter, q.header, q.value, q.reason_zh)
            for q in self.receipt.quarantine
        ]
        _part(_QUARANTINE_HEADS, rows, "未接收的行", limit)
        _part(_NOTE_HEADS, note_rows(self.receipt), "需留意的列和单元格", limit)
        _part(_CHANGE_HEADS, self.changes, "读取时改写的单元格", limit)
        _part(_IGNORED_HEADS, ignored_rows(self.receipt), "略过的行", limit)
        if self.is_unread:
            print("没有读到任何数据,未作核查:原因见上表。")
            return
        if self.unread:
            print(
                f"未读取的文件:{printable('、'.join(self.unread))},原因见上表,以下问题不含这些文件。"
            )
        _part(_FINDING_HEADS, self.findings, "问题", limit)
        errors = sum(row[0] == "error" for row in self.findings)
        print(f"共 {len(self.findings)} 条问题,其中错误 {errors} 条。")
        if self.unasked:
            print(f"另有 {self.unasked} 条规则未能核查:所需的表不在这些文件中。")


def _part(heads: tuple[str, ...], rows: Sequence[Sequence[Any]], title: str, limit: int) -> None:
    """Print a table that has rows, and how many more there are."""
    if rows:
        show(heads, rows[:limit], title)
        if len(rows) > limit:
            print(f"{title}共 {len(rows)} 条,列出前 {limit} 条。")


def dry_run(home: Home, known: Home, on_stage: Callable[[str], None]) -> DryRun:
    """Take the files in a scratch home through reading, models and rules.

    ``known`` is the home whose earlier deliveries they would meet; it may be none.

    Raises:
        FilingsError: an inbox would not take a file.
    """
    from pipelines import s1_archive, s2_lake, s3_models, s4_findings

    on_stage("收件")
    left = s1_archive.reception(home, quiet=0.0).left  # its files are copies, made whole
    if left:
        told = ";".join(f"{Path(item.path).name}({item.reason_zh})" for item in left)
        raise FilingsError(f"收件箱不予接收:{told}。")
    on_stage("读取与规范")
    (receipt,) = s2_lake.ingest(home).results
    on_stage("建模")
    s3_models.load(home)
    s3_models.run_dbt(home, "models")
    on_stage("逻辑核查")
    s4_findings.run(home)
    with read_only(home.build_db) as connection:
        return DryRun(
            receipt,
            connection.execute(_CHANGES).fetchall(),
            connection.execute(_FINDINGS).fetchall(),
            connection.execute(_UNASKED).fetchall()[0][0],
            tuple(s2_lake.would_wait(home, receipt, known)),
        )
