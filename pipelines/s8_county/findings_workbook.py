"""The findings workbook of one county and period: 汇总, 问题清单, 已解决.

Everything in it comes from the publication and the build it was made of, so the same publication
gives the same bytes; people appear by code and masked id only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from pipelines.core.errors import FilingsError
from pipelines.core.papers import SAMPLE_MARK, Paper
from pipelines.core.settings import Home
from pipelines.core.workbook import Cell, SheetColumn, Workbook
from pipelines.s8_county.changes import (
    OPEN_STATUSES,
    Change,
    Publication,
    changes,
    open_publication,
    publication,
)
from pipelines.s8_county.findings import (
    EFFECTS,
    SEVERITIES,
    STATUSES,
    Finding,
    Held,
    Letters,
    RuleCount,
    column_letters,
    held_figures,
    open_findings,
    places,
    resolved_findings,
    rule_counts,
)
from pipelines.s8_county.memory import recover, tell
from pipelines.s8_county.messages import Message, compose, is_written, read_outbox
from pipelines.s8_county.private_form import CountyForm, county_form
from pipelines.s8_county.suspects import Suspect, suspects

# Beyond this a list is no help to a clerk; the summary keeps counting all.
MAX_ROWS = 50_000
SAMPLE_NOTE = f"{SAMPLE_MARK}:依据模拟报送生成,所涉人员均为虚构。"

_COLUMNS = (
    SheetColumn("序号", 5),
    SheetColumn("严重程度", 6, comment="错误:不可能属实;疑似:不大可能"),
    SheetColumn("处理要求", 6, comment="更正:更正前相关指标不发布;解释:更正或说明;提示:供参考"),
    SheetColumn("户编号", 12),
    SheetColumn("人编号", 14, wrap=True, comment="第二行为掩码证件号"),
    SheetColumn("对象", 11, wrap=True, comment="村、项目、文号、指标等"),
    SheetColumn("问题", 34, wrap=True),
    SheetColumn("怎么办", 22, wrap=True),
    SheetColumn("文件", 13, wrap=True),
    SheetColumn("工作表", 8, wrap=True),
    SheetColumn("行", 6, wrap=True),
    SheetColumn("列", 16, wrap=True, comment="表头(Excel 列号)"),
    SheetColumn("现填值", 13, wrap=True),
    SheetColumn("责任部门", 8, wrap=True),
    SheetColumn("规则", 6),
    SheetColumn("首次发现", 10),
    SheetColumn("情况说明", 20, wrap=True, write_here=True, comment="请在此说明原因或更正情况"),
)
_SUSPECT_COLUMNS = (
    SheetColumn("序号", 6),
    SheetColumn("户编号", 14),
    SheetColumn("文件", 22, wrap=True),
    SheetColumn("工作表", 12, wrap=True),
    SheetColumn("行", 8),
    SheetColumn("列", 20, wrap=True),
    SheetColumn("所填内容", 20, wrap=True),
    SheetColumn("涉及问题", 9),
    SheetColumn("其中错误", 9),
    SheetColumn("问题清单序号:规则", 60, wrap=True),
)
_RESOLVED_COLUMNS = (
    SheetColumn("序号", 5),
    SheetColumn("严重程度", 6),
    SheetColumn("户编号", 12),
    SheetColumn("人编号", 14, wrap=True),
    SheetColumn("对象", 12, wrap=True),
    SheetColumn("问题", 60, wrap=True),
    SheetColumn("规则", 6),
    SheetColumn("首次发现", 11),
    SheetColumn("消除日期", 11),
)
_SUMMARY_COLUMNS = (
    SheetColumn("项目", 16),
    SheetColumn("内容", 50, wrap=True),
    SheetColumn("处理要求", 10),
    SheetColumn("状态", 10),
    SheetColumn("数量", 10),
    SheetColumn("说明", 60, wrap=True),
)


@dataclass(frozen=True)
class ReportResult:
    """The workbooks that one call wrote, below the home, and the messages waiting for them."""

    workbooks: tuple[Path, ...]
    vintage: int | None

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return {"workbooks": len(self.workbooks)}


def workbook_path(home: Home, county_code: str, period: str) -> Path:
    """Return where a county's findings workbook of a period lies."""
    return home.reports / county_code / period / f"问题清单-{period}.xlsx"


def write_reports(home: Home) -> ReportResult:
    """Write the workbooks of everything that changed with the current publication, and tell of it.

    A workbook that should lie there and does not is written again, without a message.
    Where that was done already, or nothing was ever published, nothing happens: the call can be
    repeated, also after a kill half-way. The caller holds the refresh lock.

    Raises:
        HistoryError: history, which knows what counties were told, is not whole.
    """
    if not home.published_db.exists():
        return ReportResult((), None)
    recover(home)
    with open_publication(home) as connection:
        current = publication(connection)
        is_told = is_written(home, current.vintage)
        lost = _lost(home, connection)
        if is_told and not lost:
            return ReportResult((), current.vintage)
        form = county_form(connection, home)
        written = [
            (change, _report(home, form, change, current))
            for change in changes(connection)
            if (change.is_news and not is_told) or (change.county_code, change.period) in lost
        ]
    if not is_told:
        tell(home, current.vintage, [message for change, message in written if change.is_news])
    workbooks = tuple(home.root / message.workbook for _, message in written)
    return ReportResult(workbooks, current.vintage)


def _lost(home: Home, connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """Return the counties and periods that have findings to settle, or were told of a workbook, and
    have none.
    """
    listed = "select distinct county_code, period from pub.main"
    settle = f"{listed}.fct_finding where list_contains(?, status)"
    waiting = set(connection.execute(settle, [list(OPEN_STATUSES)]).fetchall())
    filed = set(connection.execute(f"{listed}.fct_submission").fetchall())
    told = {(each.county_code, each.period) for each in read_outbox(home, [])}
    return {place for place in waiting | (told & filed) if not workbook_path(home, *place).exists()}


def write_report_again(home: Home, place: tuple[str, str]) -> Path:
    """Write the workbook of one county and period of the publication again; nobody is told.

    The caller holds the refresh lock.

    Raises:
        FilingsError: the publication holds nothing of it, or its counties were not told yet.
        HistoryError: history, which knows what counties were told, is not whole.
    """
    if not are_reports_written(home):
        raise FilingsError("上次发布的县级反馈还没有做完,请先做“核对上次发布”(history)。")
    if home.published_db.exists():
        with open_publication(home) as connection:
            for change in changes(connection):
                if (change.county_code, change.period) == place:
                    form, current = county_form(connection, home), publication(connection)
                    return home.root / _report(home, form, change, current).workbook
    raise FilingsError(f"已发布的数据里没有 {place[0]} {place[1]},没有工作簿可写。")


def are_reports_written(home: Home) -> bool:
    """Tell whether the workbooks of the current publication are written; where there is none, yes.

    They tell what changed since the publication before it, which only the build that made it knows.
    """
    if not home.published_db.exists():
        return True
    with open_publication(home) as connection:
        return is_written(home, publication(connection).vintage)


def _report(home: Home, form: CountyForm, change: Change, current: Publication) -> Message:
    """Write one workbook and return the message that goes with it."""
    place = (change.county_code, change.period)
    held = held_figures(form.connection, *place)
    waiting = open_findings(form, *place)
    path = workbook_path(home, *place)
    title = f"{change.county_name} {change.period} 问题清单"
    heading = [
        (f"【{SAMPLE_MARK}】" if change.is_sample else "") + title,
        f"县码 {change.county_code} · 第 {current.vintage} 版 · 依据 {current.received_at[:10]}"
        " 及以前收到的报送" + (f" · {SAMPLE_NOTE}" if change.is_sample else ""),
    ]
    with Workbook(path, title, current.received_at, Paper.FINDINGS) as book:
        counted = rule_counts(form.connection, *place)
        letters = column_letters(form, *place)
        book.sheet("汇总", heading, _SUMMARY_COLUMNS, _summary(change, counted, held))
        shared = suspects(waiting[:MAX_ROWS])
        if shared:
            book.sheet("先看的单元格", heading, _SUSPECT_COLUMNS, _suspect_rows(shared, letters))
        book.sheet(
            "问题清单",
            heading,
            _COLUMNS,
            _finding_rows(waiting[:MAX_ROWS], letters),
            notes=_cut_note(waiting),
        )
        resolved = resolved_findings(form, *place)
        book.sheet(
            "已解决",
            heading,
            _RESOLVED_COLUMNS,
            _resolved_rows(resolved[:MAX_ROWS]),
            notes=_cut_note(resolved),
        )
    return compose(change, current, held, str(path.relative_to(home.root)))


def _cut_note(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Say that a list was cut, and how long it is."""
    if len(findings) <= MAX_ROWS:
        return ()
    return (f"共 {len(findings)} 条,此处列出前 {MAX_ROWS} 条;全部见 fct_finding。",)


def _summary(
    change: Change, counted: Sequence[RuleCount], held: Sequence[Held]
) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows of 汇总: what changed, counts by severity, effect, status and rule, held."""
    changed = {
        "新收到报送": change.n_submissions,
        "撤回报送": change.n_withdrawn,
        "新增问题": change.n_new,
        "再次出现": change.n_reopened,
        "已消除": change.n_resolved,
        "待处理": change.n_open,
    }
    for name, count in changed.items():
        yield ("本次变化", name, "", "", count, "")
    for label, counts in _totals(counted):
        for name, count in counts.items():
            yield (label, name, "", "", count, "")
    for one in held:
        name = f"{one.name}({one.breakdown})" if one.breakdown else one.name
        yield ("暂缓发布的指标", name, "", "暂缓", None, one.reason)
    for rule in counted:
        yield (
            "按规则",
            f"{rule.rule_id} {rule.title or ''}".strip(),
            EFFECTS[rule.effect],
            STATUSES[rule.status],
            rule.n,
            SEVERITIES[rule.severity],
        )


def _totals(counted: Iterable[RuleCount]) -> list[tuple[str, Counter[str]]]:
    """Return counts by severity, by effect (both of what waits) and by status (of all)."""
    severity, effect, status = Counter[str](), Counter[str](), Counter[str]()
    for each in counted:
        status[STATUSES[each.status]] += each.n
        if each.status in ("open", "reopened"):
            severity[SEVERITIES[each.severity]] += each.n
            effect[EFFECTS[each.effect]] += each.n
    return [("待处理按严重程度", severity), ("待处理按处理要求", effect), ("全部按状态", status)]


def _person(finding: Finding) -> str:
    return "\n".join(part for part in (finding.person_code, finding.masked_id) if part)


def _object(finding: Finding) -> str:
    """Return what is neither household nor person; for those the columns beside say it."""
    code = finding.object_code or ""
    return "" if code in (finding.household_code, finding.person_code) else code


def _finding_rows(findings: Sequence[Finding], letters: Letters) -> Iterator[tuple[Cell, ...]]:
    """Yield one row per open finding."""
    for number, finding in enumerate(findings, start=1):
        place = places(finding, letters)
        yield (
            number,
            SEVERITIES[finding.severity],
            EFFECTS[finding.effect],
            finding.household_code,
            _person(finding),
            _object(finding),
            finding.message,
            finding.advice,
            place["file"],
            place["sheet"],
            place["row"],
            place["column"],
            place["value"],
            finding.owner,
            finding.rule_id,
            str(finding.first_seen_on or ""),
            None,
        )


def _suspect_rows(shared: Sequence[Suspect], letters: Letters) -> Iterator[tuple[Cell, ...]]:
    """Yield one row per cell that several findings of a household point to."""
    for number, one in enumerate(shared, start=1):
        place = places(replace(one.findings[0][1], cells=(one.cell,)), letters)
        errors, count = one.weight
        yield (
            number,
            one.household_code,
            place["file"],
            place["sheet"],
            place["row"],
            place["column"],
            place["value"],
            count,
            errors,
            "\n".join(f"{at}:{f.rule_id} {f.title or ''}".strip() for at, f in one.findings),
        )


def _resolved_rows(findings: Sequence[Finding]) -> Iterator[tuple[Cell, ...]]:
    """Yield one row per finding that is no more."""
    for number, finding in enumerate(findings, start=1):
        yield (
            number,
            SEVERITIES[finding.severity],
            finding.household_code,
            _person(finding),
            _object(finding),
            finding.message,
            finding.rule_id,
            str(finding.first_seen_on or ""),
            str(finding.resolved_on or ""),
        )
