"""The sheets of a delivery put together: tables add up over sheets, repeats go, counts settle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from pipelines.core.dictionary import Table
from pipelines.core.privacy import mask_numbers
from pipelines.core.statuses import Status
from pipelines.s2_lake.deliveries.overlaps import in_order_of_years, overlap_sentences
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.results import FileResult, QuarantinedRow, StructuralNote
from pipelines.s2_lake.rows.conform import Conformed
from pipelines.s2_lake.rows.filing import Filing
from pipelines.s2_lake.rows.lake_rows import filed_columns, repeats
from pipelines.s2_lake.rows.retained_cells import quarantined_cells
from pipelines.s2_lake.tables.doubled_headers import SHOWN
from pipelines.s2_lake.tables.hidden import hidden_remarks
from pipelines.s2_lake.tables.recognise import Recognised

# A longer header is a sentence that stands in the header's row.
SHOWN_HEADER = 30
REPEATED = "与本次报送中前面的一行逐格相同,重复行未接收,确属重复的无需处理"


@dataclass
class Taken:
    """A sheet, or a block of it, that was taken for a table, with what conforming made of it.

    ``roots`` maps the rows of a returned receipt to the rows that they amend (frame of ROOT by
    source_row); None for a sheet that was filed in its own right. ``dropped`` are rows that
    conformed and are not taken all the same. ``overlaps`` tell of rows that other sheets hold too.
    """

    sheet: Sheet
    found: Recognised
    filing: Filing
    conformed: Conformed
    roots: pl.DataFrame | None = None
    dropped: list[QuarantinedRow] = field(default_factory=list)
    overlaps: list[str] = field(default_factory=list)

    @property
    def table(self) -> Table:
        """The table that the sheet is of."""
        return self.found.table

    @property
    def is_unfilled(self) -> bool:
        """Whether the sheet has a header and no rows, as a template that nobody filled in."""
        return self.conformed.rows_read == self.conformed.rows_ignored

    def drop(self, rows: pl.Series, reason: str) -> None:
        """Quarantine accepted rows (source_row) as a whole."""
        here = set(rows)
        for row in rows:
            place = (self.filing.file, self.sheet.name, row, self.table.alias)
            self.dropped.append(QuarantinedRow(*place, "", "", "", None, reason))
        gone = pl.col("source_row").is_in(sorted(here))
        self.conformed.frame = self.conformed.frame.filter(~gone)
        self.conformed.changes = self.conformed.changes.filter(~gone)
        cells = quarantined_cells(here, self.conformed.sheet, self.found, self.filing)
        self.conformed.cells = pl.concat([self.conformed.cells, cells])


@dataclass
class Part:
    """The outcome of a sheet or of a block of it: how it stands in the receipt, what was taken.

    ``is_own``: it belongs to a paper that we wrote.
    """

    result: FileResult
    taken: Taken | None = None
    is_sample: bool = False
    is_own: bool = False


def combine(table: Table, parts: list[Part]) -> pl.DataFrame | None:
    """Add the sheets of one table up in file order; None where they give it no row.

    Of several years the period's comes first (``overlaps``).
    Rows that repeat an earlier one cell for cell are quarantined. The sheets' counts and statuses
    are settled here.
    """
    sheets = [part.taken for part in parts if part.taken]
    whole = pl.concat([taken.conformed.frame for taken in sheets], rechunk=True)
    repeated = repeats(filed_columns(table), whole)
    offset = 0
    for taken in sheets:
        size = taken.conformed.frame.height
        here = taken.conformed.frame["source_row"].filter(repeated.slice(offset, size))
        taken.drop(here, REPEATED)
        offset += size
    kept = in_order_of_years(table, whole.filter(~repeated)).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row_no")
    )
    # A sheet of several blocks tells it once, at its first.
    firsts = {(taken.filing.file, taken.sheet.name): taken for taken in reversed(sheets)}
    for place, sentence in overlap_sentences(table, kept):
        firsts[place].overlaps.append(sentence)
    all_unfilled = all(taken.is_unfilled for taken in sheets)
    for part in parts:
        settle(part)
        if part.taken and part.taken.is_unfilled:
            reason = (
                "没有数据行,原有数据保持不变,应报送的请填写后重报" if all_unfilled else "没有数据行"
            )
            _told(part, Status.IGNORED, reason)
        elif kept.is_empty():
            first = [part.taken.found.told] if part.taken else []
            reason = ";".join(
                filter(None, [*first, "没有一行可以接收,原有数据保持不变,请按各行的原因更正后重报"])
            )
            _told(part, Status.REFUSED, reason)
    return None if kept.is_empty() else kept


def settle(part: Part) -> None:
    """Write a sheet's counts and status. The identity of the four counts is asserted here."""
    taken = part.taken
    if taken is None:
        raise ValueError("only a conformed sheet can be settled")
    conformed, found = taken.conformed, taken.found
    accepted = conformed.frame.height
    quarantined = len(conformed.quarantine) + len(taken.dropped)
    if conformed.rows_read != accepted + quarantined + conformed.rows_ignored:
        raise ValueError(f"{part.result.file}: rows read do not add up")
    is_whole = taken.roots is None
    part.result = replace(
        part.result,
        status=Status.PARTIAL if (found.missing and is_whole) or quarantined else Status.ACCEPTED,
        reason_zh=";".join(_reasons(part, taken, accepted, quarantined)),
        rows_read=conformed.rows_read,
        rows_accepted=accepted,
        rows_quarantined=quarantined,
        rows_ignored=conformed.rows_ignored,
    )


def _reasons(part: Part, taken: Taken, accepted: int, quarantined: int) -> Iterator[str]:
    if part.result.reason_zh:
        yield part.result.reason_zh
    found = taken.found
    if found.told:
        yield found.told
    if taken.roots is not None:
        yield f"更正表:更正 {accepted} 行"
    elif found.missing:
        shown = "、".join(column.header for column in found.missing[:SHOWN])
        more = f"等 {len(found.missing)} 列" if len(found.missing) > SHOWN else ""
        yield f"缺少列:{shown}{more},请补齐后重报"
    if quarantined:
        yield f"{quarantined} 行未接收(见回执)"
    yield from taken.overlaps
    if found.unknown:
        headers = "、".join(_brief(header) for _, header in found.unknown[:SHOWN])
        more = f"等 {len(found.unknown)} 列" if len(found.unknown) > SHOWN else ""
        yield f"未识别的列已另存,未入库:{headers}{more};应报送的请按模板改列名后重报,其余不必理会"
    yield from found.remarks
    yield from taken.sheet.remarks
    faulty = [row.row for row in (*taken.conformed.quarantine, *taken.dropped)]
    yield from hidden_remarks(taken.sheet, found, taken.conformed.frame["source_row"], faulty)


def _brief(header: str) -> str:
    text = mask_numbers(" ".join(header.split()))
    return text if len(text) <= SHOWN_HEADER else f"{text[:SHOWN_HEADER]}…"


def _told(part: Part, status: str, reason: str) -> None:
    part.result = replace(part.result, status=status, reason_zh=reason)


def by_sheet(parts: Sequence[Part]) -> list[FileResult]:
    """Return one result per file, sheet and table: the blocks of one table add up."""
    blocks: dict[tuple[str, str, str], list[FileResult]] = {}
    for part in parts:
        one = part.result
        blocks.setdefault((one.file, one.sheet, one.table), []).append(one)
    return [_added_up(results) for results in blocks.values()]


def _added_up(blocks: Sequence[FileResult]) -> FileResult:
    told = {block.status for block in blocks}
    # A block without a row says nothing about the others.
    told = told - {Status.IGNORED} or told
    reasons = dict.fromkeys(block.reason_zh for block in blocks if block.reason_zh)
    return replace(
        blocks[0],
        status=told.pop() if len(told) == 1 else Status.PARTIAL,
        reason_zh=";".join(reasons),
        rows_read=sum(block.rows_read for block in blocks),
        rows_accepted=sum(block.rows_accepted for block in blocks),
        rows_quarantined=sum(block.rows_quarantined for block in blocks),
        rows_ignored=sum(block.rows_ignored for block in blocks),
    )


def kept_notes(parts: list[Part]) -> Iterator[StructuralNote]:
    """Notes of accepted rows only (none of a sheet not taken); a missing column once per file."""
    told = set()
    for part in parts:
        if part.taken is None or part.result.status in (Status.REFUSED, Status.IGNORED):
            continue
        gone = {row.row for row in part.taken.dropped}
        for note in part.taken.conformed.notes:
            is_missing_column = note.n_cells == 0
            place = (note.file, note.table, note.column)
            if note.row in gone or (is_missing_column and place in told):
                continue
            if is_missing_column:
                if part.taken.roots is not None:
                    continue
                told.add(place)
            yield note
