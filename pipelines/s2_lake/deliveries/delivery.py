"""One delivery, read as a whole: files → sheets → tables, repeats across files, one result.

Used alike by the nightly ingest and by the county's dry run; nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.core.dictionary import Dictionary, Table
from pipelines.core.limits import ColumnLimits, read_limits
from pipelines.core.papers import ADDRESS_HEADERS, Paper
from pipelines.core.statuses import Status
from pipelines.s2_lake.deliveries.amendments import (
    Earlier,
    Returned,
    amend,
    is_returned,
    restore,
)
from pipelines.s2_lake.deliveries.assemble import Part, Taken, by_sheet, combine, kept_notes
from pipelines.s2_lake.deliveries.faults import Faults
from pipelines.s2_lake.files.package import is_archive, members
from pipelines.s2_lake.files.reader import read_sheets
from pipelines.s2_lake.files.sheet import Refused, Sheet
from pipelines.s2_lake.results import FileResult, SubmissionResult
from pipelines.s2_lake.rows.changes import CHANGE
from pipelines.s2_lake.rows.conform import conform_blocks
from pipelines.s2_lake.rows.filing import Filing
from pipelines.s2_lake.rows.retained_cells import ASIDE, QUARANTINED_CELL, ROOT
from pipelines.s2_lake.rows.schema import validate
from pipelines.s2_lake.tables.blocks import Block, blocks
from pipelines.s2_lake.tables.few_columns import too_few_columns
from pipelines.s2_lake.tables.later_headers import with_problem
from pipelines.s2_lake.tables.own_papers import (
    paper_by_title,
    paper_of_file,
    paper_of_sheet,
    told_beside,
)
from pipelines.s2_lake.tables.recognise import Recognised, Unrecognised, recognise

WORKERS = 2


@dataclass(frozen=True)
class Delivery:
    """A read delivery: lake frames by table alias, and everything to be told about it.

    ``tables`` replace what stood; ``amendments`` (lake columns and ROOT) correct single rows of
    it. ``changes``, ``aside`` and ``cells`` are what reading changed and kept beside the lake.
    ``faults`` are the traces of our own errors: what they concern was refused, and is read again.
    """

    tables: dict[str, pl.DataFrame]
    amendments: dict[str, pl.DataFrame]
    changes: pl.DataFrame
    aside: pl.DataFrame
    cells: pl.DataFrame
    result: SubmissionResult
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identity:
    """Which delivery this is."""

    submission_id: str
    county_code: str
    period: str
    version: int
    received_at: str


@dataclass(frozen=True)
class _Reading:
    """What reading any file of a delivery needs."""

    who: Identity
    words: Dictionary
    key: bytes
    earlier: Earlier
    limits: ColumnLimits
    faults: Faults = field(default_factory=Faults)


def read_delivery(
    files: Sequence[tuple[str, Path]],
    who: Identity,
    words: Dictionary,
    key: bytes,
    earlier: Earlier,
    progress: Callable[[str], None] | None = None,
) -> Delivery:
    """Read all files of a delivery. One bad file never stops another; errors become refusals.

    Those of our own are told as such (``faults``).

    Raises CatalogueError where the limits cannot be read.
    """
    reading = _Reading(who, words, key, earlier, read_limits().columns)

    def one(item: tuple[str, Path]) -> list[Part]:
        name, path = item
        parts = _read_file(name, path, reading)
        if progress:
            progress(name)
        return parts

    ordered = sorted(files)
    with ThreadPoolExecutor(WORKERS) as pool:
        parts = [part for group in pool.map(one, ordered) for part in group]
    tables, amendments = {}, {}
    for alias, table in words.tables.items():
        of_table = [part for part in parts if part.taken and part.taken.table.alias == alias]
        whole, rows = _put_together(table, of_table, reading)
        if whole is not None:
            tables[alias] = whole
        if rows is not None:
            amendments[alias] = rows
    taken = [part.taken for part in parts if part.taken]
    return Delivery(
        tables=tables,
        amendments=amendments,
        changes=_whole(CHANGE, [item.conformed.changes for item in taken]),
        aside=_whole(ASIDE, [item.conformed.aside for item in taken]),
        cells=_whole(QUARANTINED_CELL, [_rooted(item) for item in taken]),
        result=_result(who, parts, tables, _roots(amendments), words.version),
        faults=reading.faults.traces,
    )


def refused_delivery(who: Identity, files: Mapping[str, str], reason: str) -> Delivery:
    """Return a delivery of which nothing was read: each file with why it was refused."""
    parts = [_refused(name, "", files[name]) for name in sorted(files)]
    result = _result(who, parts, (), (), "")
    return Delivery(
        tables={},
        amendments={},
        changes=_whole(CHANGE, []),
        aside=_whole(ASIDE, []),
        cells=_whole(QUARANTINED_CELL, []),
        result=replace(result, reason_zh=reason),
    )


def _put_together(
    table: Table, parts: list[Part], reading: _Reading
) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    """Return a table's rows as filed whole and as amended; trouble refuses that table alone."""
    filed = [part for part in parts if part.taken and part.taken.roots is None]
    returned = [part for part in parts if part.taken and part.taken.roots is not None]
    try:
        whole = combine(table, filed) if filed else None
        rows = (
            amend(table, returned, reading.earlier, has_whole=whole is not None)
            if returned
            else None
        )
    except BaseException as error:
        reason = reading.faults.told(error, "本表")
        for part in parts:
            place = (part.result.file, part.result.sheet)
            part.taken = None
            part.result = _refused(*place, reason, table.alias).result
        return None, None
    return whole, rows


def _whole(schema: dict[str, Any], frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=schema), *frames])


def _roots(amendments: dict[str, pl.DataFrame]) -> list[tuple[str, str]]:
    """Return each amended table with each delivery whose rows are corrected."""
    return [
        (alias, root)
        for alias, rows in amendments.items()
        for root in rows["root_submission"].unique(maintain_order=True)
    ]


def _rooted(taken: Taken) -> pl.DataFrame:
    """Return the cells of a sheet's quarantined rows under the rows' first addresses."""
    cells = taken.conformed.cells
    if taken.roots is None or cells.is_empty():
        return cells
    own = cells.drop(list(ROOT))
    return own.join(taken.roots, on="source_row", how="inner").select(list(QUARANTINED_CELL))


def _read_file(name: str, path: Path, reading: _Reading, *, in_package: bool = False) -> list[Part]:
    try:
        if not in_package and is_archive(path):
            with members(path, name) as inside:
                return [
                    part
                    for member in inside
                    for part in (
                        [_refused(member.label, "", member.problem)]
                        if member.problem
                        else _read_file(member.label, member.path, reading, in_package=True)
                    )
                ]
        sheets = read_sheets(path, name)
        of_file = paper_of_file(path, sheets)
    except Refused as refusal:
        return [_refused(name, "", str(refusal))]
    except BaseException as error:
        return [_refused(name, "", reading.faults.told(error, "本文件"))]
    parts = [
        part for sheet in _chosen(sheets) for part in _read_sheet(name, sheet, reading, of_file)
    ]
    if any(part.taken or part.is_own or part.result.status == Status.REFUSED for part in parts):
        return parts
    # A file in which no sheet is a table is not a file with notes beside: it is refused.
    return [
        replace(part, result=replace(part.result, status=Status.REFUSED))
        if part.result.status == Status.IGNORED
        else part
        for part in parts
    ] or [_refused(name, "", "工作簿中没有工作表,请检查后重报")]


def _refused(file: str, sheet: str, reason: str, table: str = "") -> Part:
    return Part(FileResult(file, sheet, table, Status.REFUSED, reason))


def _read_sheet(name: str, sheet: Sheet, reading: _Reading, of_file: Paper | None) -> list[Part]:
    if sheet.problem:
        return [_refused(name, sheet.name, sheet.problem)]
    try:
        if is_returned(sheet):
            return _returned(name, sheet, reading)
        paper = paper_of_sheet(sheet)
        if paper is not None:
            return [_own(name, sheet, paper)]
        return _filed(name, sheet, reading, of_file)
    except BaseException as error:
        return [_refused(name, sheet.name, reading.faults.told(error, "本表"))]


def _own(name: str, sheet: Sheet, paper: Paper) -> Part:
    """Return what is told of a paper of ours; a correction sheet is refused, for its rows wait."""
    statuses = {Paper.REPLY: Status.REPLY, Paper.CORRECTION: Status.REFUSED}
    result = FileResult(name, sheet.name, "", statuses.get(paper, Status.IGNORED), paper.sentence)
    return Part(result, is_own=True)


def _filed(name: str, sheet: Sheet, reading: _Reading, of_file: Paper | None) -> list[Part]:
    """Read a sheet that a county filed in its own right."""
    if of_file is not None:
        told = told_beside(of_file, recognise(sheet, reading.words))
        return [Part(FileResult(name, sheet.name, "", *told), is_own=True)]
    if not sheet.visible:
        hidden = _hidden(sheet, recognise(sheet, reading.words))
        return [Part(FileResult(name, sheet.name, "", Status.IGNORED, hidden))]
    found = blocks(sheet, reading.words)
    if not isinstance(found[0].found, Recognised):
        paper = paper_by_title(sheet)
        if paper is not None:
            return [_own(name, sheet, paper)]
    asked: list[Block] = []
    for block in found:
        asked.append(_with_doubt(block, asked, reading))
    return _read_blocks(name, asked, reading)


def _with_doubt(block: Block, before: Sequence[Block], reading: _Reading) -> Block:
    """Return a block as it is, or asked about where it lacks most of its table's columns.

    One that goes on with a table that stands ``before`` it may leave out what it likes.
    """
    if not isinstance(block.found, Recognised) or block.found.problem:
        return block
    known = [b.found for b in before if isinstance(b.found, Recognised) and not b.found.problem]
    goes_on = any(found.table is block.found.table for found in known)
    doubt = "" if goes_on else too_few_columns(block.found, reading.limits)
    if not doubt:
        return block
    if block.found.told:
        return Block(block.sheet, with_problem(block.found, block.sheet.frame.height, doubt))
    alias = block.found.table.alias
    return Block(block.sheet, Unrecognised(doubt, alias, is_sample=block.found.is_sample))


def _returned(name: str, sheet: Sheet, reading: _Reading) -> list[Part]:
    """Read a correction sheet that came back with a receipt."""
    if not reading.earlier.results:
        # At the county's own desk (filings check) there is nothing that it could amend.
        told = (
            "这是回执的更正表,这里没有它所更正的那次报送,无法核对,本表未接收;"
            "请把回执放入收件箱中那次报送的县、期文件夹"
        )
        return [_refused(name, sheet.name, told)]
    returned = restore(sheet, reading.earlier, reading.words)
    first, *later = blocks(returned.sheet, reading.words)
    if not isinstance(first.found, Recognised):
        reason = (
            f"更正表的表头已被改动,无法识别({first.found.reason_zh}),本表未接收;"
            "请用原回执重新更正,或更正原表后整表重报"
        )
        return [_refused(name, sheet.name, reason, first.found.table)]
    return _read_blocks(name, [first, *(_addressed(b, returned) for b in later)], reading, returned)


def _addressed(block: Block, returned: Returned) -> Block:
    """Let nothing be read by a header of a correction sheet that has no addresses.

    Below it nobody knows which rows are corrected.
    """
    found = block.found
    if not isinstance(found, Recognised) or found.header_row in returned.headers:
        return block
    why = f"没有“{ADDRESS_HEADERS[0]}”等前四列,本表未接收,请保留更正表的前四列后重报"
    return Block(block.sheet, with_problem(found, block.sheet.frame.height, why))


def _read_blocks(
    name: str, found: Sequence[Block], reading: _Reading, returned: Returned | None = None
) -> list[Part]:
    """Read the tables of a sheet: those that were recognised, and why others were not."""
    filing = _filing(name, reading)
    read = [(b.sheet, b.found) for b in found if isinstance(b.found, Recognised)]
    settled = returned.settled if returned else None
    done = iter(conform_blocks(read, reading.words, filing, settled))
    parts = []
    for block in found:
        sheet, told = block.sheet, block.found
        if isinstance(told, Unrecognised):
            result = FileResult(name, sheet.name, told.table, told.status, told.reason_zh)
            parts.append(Part(result, is_sample=told.is_sample))
            continue
        conformed = next(done)
        validate(told.table.alias, conformed.frame)
        roots = returned.roots if returned else None
        taken = Taken(sheet, told, filing, conformed, roots)
        result = FileResult(name, sheet.name, told.table.alias, Status.ACCEPTED)
        parts.append(Part(result, taken, told.is_sample))
    return parts


def _filing(name: str, reading: _Reading) -> Filing:
    who = reading.who
    return Filing(who.county_code, who.period, who.submission_id, name, reading.key)


def _hidden(sheet: Sheet, found: Recognised | Unrecognised) -> str:
    """Say what a hidden sheet that is not read looks like, so that no table is lost unseen."""
    if not isinstance(found, Recognised):
        return "隐藏的工作表,未读取;其中有报表的,请取消隐藏后重报"
    rows = sheet.frame.height - found.header_row - 1
    return (
        f"隐藏的工作表,表头像“{found.table.title_zh}”({rows} 行),未读取;如需报送,请取消隐藏后重报"
    )


def _chosen(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return the sheets to be read: of a receipt that came back, its correction sheets alone."""
    returned = [sheet for sheet in sheets if is_returned(sheet)]
    return returned or list(sheets)


def _result(
    who: Identity,
    parts: list[Part],
    tables: Iterable[str],
    amended: Iterable[tuple[str, str]],
    version: str,
) -> SubmissionResult:
    files = by_sheet(parts)
    status, reason = _status(files, are_own=bool(parts) and all(part.is_own for part in parts))
    taken = [part.taken for part in parts if part.taken]
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
        amended=tuple(amended),
        files=tuple(files),
        quarantine=tuple(
            row
            for item in taken
            for row in sorted([*item.conformed.quarantine, *item.dropped], key=lambda q: q.row)
        ),
        ignored=tuple(rows for item in taken for rows in item.conformed.ignored),
        headers=tuple(cell for item in taken for cell in item.conformed.headers),
        notes=tuple(kept_notes(parts)),
        dictionary_version=version,
    )


def _status(files: list[FileResult], *, are_own: bool) -> tuple[str, str]:
    told = [item for item in files if item.status not in (Status.IGNORED, Status.REPLY)]
    refused = [item for item in told if item.status == Status.REFUSED]
    if any(item.status == Status.REPLY for item in files) and len(refused) == len(told):
        more = f";{len(refused)} 个文件或工作表未接收,详见回执" if refused else ""
        return Status.REPLY, f"问题清单的回复已存档,原有数据保持不变{more}"
    if not told and are_own:
        return Status.IGNORED, "都是本系统发出的材料,没有报表,原有数据保持不变"
    if not told:
        return (
            (Status.IGNORED, "没有可接收的内容,详见回执") if files else (Status.REFUSED, "没有文件")
        )
    if len(refused) == len(told):
        return Status.REFUSED, "所有文件都未能接收,详见回执"
    if refused:
        return Status.PARTIAL, f"{len(refused)} 个文件或工作表未接收,其余已接收,详见回执"
    if any(item.status == Status.PARTIAL for item in told):
        return Status.PARTIAL, "已接收,部分列缺失或部分行未接收,详见回执"
    return Status.ACCEPTED, ""
