"""What ``filings check`` does: the way up to the findings, in a home that is thrown away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.cli.table import show
from pipelines.core.database import read_only
from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home

_FILES = """
select file, sheet, coalesce("table", ''), status, rows_read, rows_accepted, rows_quarantined,
    rows_ignored, reason_zh
from main.fct_submission_file order by file, sheet
"""

_QUARANTINED = """
select file, sheet, "row", "column", "value", reason_zh
from main.fct_quarantine order by file, sheet, "row" limit 50
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

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class DryRun:
    """What the files would lead to: the files as read, quarantined rows, findings.

    ``unasked`` counts the rules that need a table which the files do not hold.
    """

    files: Rows
    quarantined: Rows
    findings: Rows
    unasked: int

    @property
    def unread(self) -> list[str]:
        """Name the files of which no sheet was taken."""
        read = {row[0] for row in self.files if row[3] in ("accepted", "partial")}
        return sorted({row[0] for row in self.files} - read)

    @property
    def is_unread(self) -> bool:
        """Say whether nothing at all was read, so that no rule could be asked."""
        return len(self.unread) == len({row[0] for row in self.files})

    @property
    def has_errors(self) -> bool:
        """Say whether anything would be refused, quarantined, left unread or cannot be."""
        refused = any(row[3] == "refused" for row in self.files)
        impossible = any(row[0] == "error" for row in self.findings)
        return refused or self.is_unread or bool(self.quarantined) or impossible

    def show(self, limit: int) -> None:
        """Print the three tables, at most ``limit`` findings."""
        heads = ("文件", "工作表", "表", "状态", "读取", "接受", "隔离", "忽略", "原因")
        show(heads, self.files, "文件")
        if self.quarantined:
            show(("文件", "工作表", "行", "列", "值", "原因"), self.quarantined, "隔离的行")
        if self.is_unread:
            print("没有读到任何数据,未作核查:原因见上表。")
            return
        if self.unread:
            print(f"未读取的文件:{'、'.join(self.unread)},原因见上表,以下问题不含这些文件。")
        heads = ("程度", "要求", "规则", "户编号", "文件", "工作表", "行", "列", "问题")
        if self.findings:
            show(heads, self.findings[:limit], "问题")
        errors = sum(row[0] == "error" for row in self.findings)
        print(
            f"共 {len(self.findings)} 条问题,其中错误 {errors} 条"
            + (f",列出前 {limit} 条。" if len(self.findings) > limit else "。")
        )
        if self.unasked:
            print(f"另有 {self.unasked} 条规则未能核查:所需的表不在这些文件中。")


def dry_run(at: Home, on_stage: Callable[[str], None]) -> DryRun:
    """Take the files in a scratch home through reading, models and rules.

    Raises FilingsError for a file that an inbox would not take.
    """
    from pipelines import s1_archive, s2_lake, s3_models, s4_findings

    on_stage("收件")
    left = s1_archive.reception(at).left
    if left:
        told = ";".join(f"{Path(item.path).name}({item.reason_zh})" for item in left)
        raise FilingsError(f"收件箱不予接收:{told}。")
    on_stage("读取与规范")
    s2_lake.ingest(at)
    on_stage("建模")
    s3_models.load(at)
    s3_models.run_dbt(at, "models")
    on_stage("逻辑核查")
    s4_findings.run(at)
    with read_only(at.build_db) as connection:
        return DryRun(
            connection.execute(_FILES).fetchall(),
            connection.execute(_QUARANTINED).fetchall(),
            connection.execute(_FINDINGS).fetchall(),
            connection.execute(_UNASKED).fetchall()[0][0],
        )
