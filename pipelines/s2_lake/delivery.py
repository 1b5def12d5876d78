"""One delivery, read as a whole: files → sheets → tables, repeats across files, one result.

Used alike by the nightly ingest and by the county's dry run; nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from pipelines.core.dictionary import Dictionary, Table
from pipelines.s2_lake.conform import Conformed, conform
from pipelines.s2_lake.filing import Filing
from pipelines.s2_lake.lake_rows import filed_columns, repeats
from pipelines.s2_lake.package import is_archive, members
from pipelines.s2_lake.reader import read_sheets
from pipelines.s2_lake.recognise import Recognised, recognise
from pipelines.s2_lake.results import FileResult, QuarantinedRow, StructuralNote, SubmissionResult
from pipelines.s2_lake.schema import validate
from pipelines.s2_lake.sheet import Refused, Sheet

WORKERS = 2


@dataclass(frozen=True)
class Delivery:
    """A read delivery: lake frames by table alias, and everything to be told about it."""

    tables: dict[str, pl.DataFrame]
    result: SubmissionResult


@dataclass(frozen=True)
class Identity:
    """Which delivery this is."""

    submission_id: str
    county_code: str
    period: str
    version: int
    received_at: str


@dataclass
class _Part:
    """One sheet's outcome, before the delivery is put together."""

    result: FileResult
    conformed: Conformed | None = None
    table: Table | None = None
    found: Recognised | None = None
    is_sample: bool = False
    repeated: list[QuarantinedRow] = field(default_factory=list)


def read_delivery(
    files: Sequence[tuple[str, Path]],
    who: Identity,
    words: Dictionary,
    key: bytes,
    progress: Callable[[str], None] | None = None,
) -> Delivery:
    """Read all files of a delivery. One bad file never stops another; errors become refusals."""

    def one(item: tuple[str, Path]) -> list[_Part]:
        name, path = item
        parts = _read_file(name, path, who, words, key)
        if progress:
            progress(name)
        return parts

    ordered = sorted(files)
    with ThreadPoolExecutor(WORKERS) as pool:
        parts = [part for group in pool.map(one, ordered) for part in group]
    tables = {}
    for alias in words.tables:
        of_table = [part for part in parts if part.table is not None and part.table.alias == alias]
        if of_table:
            frame = _combine(words.tables[alias], of_table)
            if frame is not None:
                tables[alias] = frame
    return Delivery(tables, _result(who, parts, tables, words.version))


def _read_file(
    name: str,
    path: Path,
    who: Identity,
    words: Dictionary,
    key: bytes,
    *,
    in_package: bool = False,
) -> list[_Part]:
    try:
        if not in_package and is_archive(path):
            with members(path, name) as inside:
                return [
                    part
                    for member in inside
                    for part in (
                        [_refused(member.label, "", member.problem)]
                        if member.problem
                        else _read_file(member.label, member.path, who, words, key, in_package=True)
                    )
                ]
        sheets = read_sheets(path, name)
    except Refused as refusal:
        return [_refused(name, "", str(refusal))]
    except BaseException as error:
        _let_through(error)
        return [
            _refused(name, "", f"读取时出错({type(error).__name__}),本文件未接收,请重新导出后报送")
        ]
    parts = [_read_sheet(name, sheet, who, words, key) for sheet in sheets]
    if any(part.table is not None for part in parts):
        return parts
    # A file in which no sheet is a table is not a file with notes beside: it is refused.
    return [
        replace(part, result=replace(part.result, status="refused"))
        if part.result.status == "ignored"
        else part
        for part in parts
    ] or [_refused(name, "", "工作簿中没有工作表")]


def _let_through(error: BaseException) -> None:
    """Raise again what is no failure of reading. A panic of a compiled reader is one of reading."""
    if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError)):
        raise error


def _refused(file: str, sheet: str, reason: str, table: str = "") -> _Part:
    return _Part(FileResult(file, sheet, table, "refused", reason))


def _read_sheet(name: str, sheet: Sheet, who: Identity, words: Dictionary, key: bytes) -> _Part:
    if sheet.problem:
        return _refused(name, sheet.name, sheet.problem)
    if not sheet.visible:
        return _Part(FileResult(name, sheet.name, "", "ignored", "隐藏的工作表,未读取"))
    try:
        found = recognise(sheet, words)
        if not isinstance(found, Recognised):
            status = "refused" if found.table or "同时符合" in found.reason_zh else "ignored"
            result = FileResult(name, sheet.name, found.table, status, found.reason_zh)
            return _Part(result, is_sample=found.is_sample)
        filing = Filing(who.county_code, who.period, who.submission_id, name, key)
        conformed = conform(sheet, found, words, filing)
        validate(found.table.alias, conformed.frame)
    except BaseException as error:
        _let_through(error)
        return _refused(
            name, sheet.name, f"读取时出错({type(error).__name__}),本表未接收,请检查内容后重报"
        )
    alias = found.table.alias
    result = FileResult(name, sheet.name, alias, "accepted")
    return _Part(result, conformed, found.table, found, found.is_sample)


def _combine(table: Table, parts: list[_Part]) -> pl.DataFrame | None:
    """Add the sheets of one table up in file order, quarantine repeats, settle the counts."""
    frames = [part.conformed.frame for part in parts if part.conformed]
    sizes = [frame.height for frame in frames]
    whole = pl.concat(frames, rechunk=True)
    repeated = repeats(filed_columns(table), whole)
    offset = 0
    for part, size in zip(parts, sizes, strict=True):
        here = whole.slice(offset, size).filter(repeated.slice(offset, size))
        part.repeated = [_repeat(table, part, row) for row in here["source_row"]]
        _settle(part, size)
        offset += size
    if all(_is_unfilled(part) for part in parts):
        for part in parts:
            _ignore(part, "没有数据行,原有数据保持不变")
        return None
    for part in filter(_is_unfilled, parts):
        _ignore(part, "没有数据行")
    kept = whole.filter(~repeated).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row_no")
    )
    if kept.is_empty():
        for part in parts:
            if not _is_unfilled(part):
                reason = "没有一行可以接收,原有数据保持不变"
                part.result = replace(part.result, status="refused", reason_zh=reason)
        return None
    return kept


def _is_unfilled(part: _Part) -> bool:
    """Say whether a sheet has a header and no rows, as a template that nobody filled in."""
    return part.result.rows_read == part.result.rows_ignored


def _ignore(part: _Part, reason: str) -> None:
    part.result = replace(part.result, status="ignored", reason_zh=reason)


def _repeat(table: Table, part: _Part, row: int) -> QuarantinedRow:
    return QuarantinedRow(
        file=part.result.file,
        sheet=part.result.sheet,
        row=row,
        table=table.alias,
        column="",
        header="",
        column_letter="",
        value=None,
        reason_zh="与本次报送中前面的一行逐格相同,重复行未接收",
    )


def _settle(part: _Part, accepted: int) -> None:
    """Write a sheet's counts and status. The identity of the four counts is asserted here."""
    conformed, found = part.conformed, part.found
    if conformed is None or found is None:
        raise ValueError("only a conformed sheet can be settled")
    quarantined = len(conformed.quarantine) + len(part.repeated)
    accepted -= len(part.repeated)
    if conformed.rows_read != accepted + quarantined + conformed.rows_ignored:
        raise ValueError(f"{part.result.file}: rows read do not add up")
    reasons = []
    if found.missing:
        shown = "、".join(column.header for column in found.missing[:8])
        more = f"等 {len(found.missing)} 列" if len(found.missing) > 8 else ""
        reasons.append(f"缺少列:{shown}{more}")
    if quarantined:
        reasons.append(f"{quarantined} 行未接收(见回执)")
    if found.unknown:
        reasons.append(f"未识别的列已略过:{'、'.join(found.unknown[:8])}")
    part.result = replace(
        part.result,
        status="partial" if found.missing or quarantined else "accepted",
        reason_zh=";".join(reasons),
        rows_read=conformed.rows_read,
        rows_accepted=accepted,
        rows_quarantined=quarantined,
        rows_ignored=conformed.rows_ignored,
    )


def _result(
    who: Identity, parts: list[_Part], tables: dict[str, pl.DataFrame], version: str
) -> SubmissionResult:
    status, reason = _status([part.result for part in parts])
    conformed = [part.conformed for part in parts if part.conformed]
    quarantine = [
        row
        for part in parts
        if part.conformed
        for row in sorted([*part.conformed.quarantine, *part.repeated], key=lambda q: q.row)
    ]
    return SubmissionResult(
        submission_id=who.submission_id,
        county_code=who.county_code,
        period=who.period,
        version=who.version,
        received_at=who.received_at,
        is_sample=any(part.is_sample for part in parts),
        status=status,
        reason_zh=reason,
        tables=tuple(tables),
        files=tuple(part.result for part in parts),
        quarantine=tuple(quarantine),
        headers=tuple(cell for item in conformed for cell in item.headers),
        notes=tuple(_kept_notes(parts)),
        dictionary_version=version,
    )


def _kept_notes(parts: Iterable[_Part]) -> Iterable[StructuralNote]:
    """Notes of accepted rows only (none of a sheet not taken); a missing column once per file."""
    told = set()
    for part in parts:
        if part.conformed is None or part.result.status in ("refused", "ignored"):
            continue
        gone = {row.row for row in part.repeated}
        for note in part.conformed.notes:
            whole_column = (note.file, note.table, note.column) if note.n_cells == 0 else None
            if note.row in gone or whole_column in told:
                continue
            if whole_column:
                told.add(whole_column)
            yield note


def _status(files: list[FileResult]) -> tuple[str, str]:
    told = [item for item in files if item.status != "ignored"]
    if not told:
        return ("ignored", "没有可接收的内容") if files else ("refused", "没有文件")
    refused = [item for item in told if item.status == "refused"]
    if len(refused) == len(told):
        return "refused", "所有文件都未能接收,详见回执"
    if refused:
        return "partial", f"{len(refused)} 个文件或工作表未接收,其余已接收"
    if any(item.status == "partial" for item in told):
        return "partial", "已接收,部分列缺失或部分行未接收,详见回执"
    return "accepted", ""
