"""One recognised table becomes typed rows, quarantined rows and ignored rows; nothing is lost.

The order of judgement on a row below the header: ignored (blank, repeated header, total, footer),
then quarantined (an id that lost digits, an empty key, another county's code, shifted, a repeat of
an earlier row), else accepted, whatever its cells hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from pipelines.core.dictionary import Dictionary
from pipelines.s2_lake.cells.cell_text import as_displayed, column_texts, shown
from pipelines.s2_lake.cells.typed import typed_columns
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.results import HeaderCell, IgnoredRows, QuarantinedRow, StructuralNote
from pipelines.s2_lake.rows.as_meant import as_meant
from pipelines.s2_lake.rows.changes import sheet_changes
from pipelines.s2_lake.rows.filing import Filing
from pipelines.s2_lake.rows.ignored import TOTAL, ignored_kinds, ignored_rows
from pipelines.s2_lake.rows.lake_rows import lake_rows
from pipelines.s2_lake.rows.quarantine import Fault, lost_digits, rounded_ids, row_faults
from pipelines.s2_lake.rows.retained_cells import aside_cells, quarantined_cells
from pipelines.s2_lake.rows.structural_notes import structural_notes
from pipelines.s2_lake.rows.totals import Summed, total_notes
from pipelines.s2_lake.tables.recognise import Recognised


@dataclass
class Conformed:
    """One table after conforming; ``frame`` holds the accepted rows in lake shape.

    ``sheet`` is the sheet with its cells ``as_meant``; ``aside`` and ``cells`` are
    what ``kept_aside`` keeps of unknown columns and quarantined rows.
    """

    sheet: Sheet
    frame: pl.DataFrame
    rows_read: int
    rows_ignored: int
    quarantine: list[QuarantinedRow]
    ignored: list[IgnoredRows]
    headers: list[HeaderCell]
    notes: list[StructuralNote]
    changes: pl.DataFrame
    aside: pl.DataFrame
    cells: pl.DataFrame


def conform_blocks(
    tables: Sequence[tuple[Sheet, Recognised]],
    words: Dictionary,
    filing: Filing,
    settled: Mapping[int, Fault] | None = None,
) -> list[Conformed]:
    """Judge and type every row of each table of a sheet. What notes and quarantine tell is masked.

    What a merge, a number format or a ditto mark says is written into the cells first.

    ``settled`` are faults by row that are known beforehand (a returned row that nobody corrected);
    the totals among such rows sum others, and are compared with nothing.
    """
    pairs = [_conform(*table, words, filing, settled) for table in tables]
    notes = [] if settled is not None else total_notes([each for _, each in pairs], words, filing)
    done = [conformed for conformed, _ in pairs]
    for (_, found), conformed in zip(tables, done, strict=True):
        last = found.header_row + 1 + conformed.rows_read
        own = [note for note in notes if found.header_row + 1 < (note.row or 0) <= last]
        conformed.notes += own
    return done


def _conform(
    sheet: Sheet,
    found: Recognised,
    words: Dictionary,
    filing: Filing,
    settled: Mapping[int, Fault] | None,
) -> tuple[Conformed, Summed]:
    sheet = as_meant(sheet, found, words)
    text = as_displayed(column_texts(sheet, found), sheet, found)
    kinds = ignored_kinds(text, sheet, found)
    body = text.filter(kinds.is_null())
    typed = typed_columns(body, sheet, found, words)
    lost, rounded = lost_digits(body, sheet, found), rounded_ids(body, sheet, found)
    cut = [
        (name, row)
        for name, rows in (*lost.items(), *rounded.items())
        for row in body["source_row"].filter(rows)
    ]
    for item in found.fields:
        if item.column.sensitive in ("phone", "account"):
            # A lost phone or account number is noted; it is no reason to lose the person.
            name = item.column.name
            gone, column = lost.pop(name), typed[name]
            # What is left of it is no number: others that lost the same digits would equal it.
            typed[name] = replace(
                column, values=column.values.set(gone, None), failed=column.failed | gone
            )
    here = set(body["source_row"])
    faults: dict[int, Fault]
    if found.problem:
        faults = dict.fromkeys(body["source_row"], (None, found.problem))
    else:
        faults = row_faults(body, typed, lost, rounded, sheet, found, words, filing)
    faults |= {row: fault for row, fault in (settled or {}).items() if row in here}
    bad = body["source_row"].is_in(sorted(faults))
    good = {name: column.filter(~bad) for name, column in typed.items()}
    accepted = body.filter(~bad)
    conformed = Conformed(
        sheet=sheet,
        frame=lake_rows(accepted, good, sheet, found, filing),
        rows_read=text.height,
        rows_ignored=int(kinds.is_not_null().sum()),
        quarantine=[
            _quarantined(sheet, found, filing, row, *faults[row["source_row"]])
            for row in body.filter(bad).iter_rows(named=True)
        ],
        ignored=ignored_rows(text, kinds, sheet, found, filing),
        headers=_headers(sheet, found, filing) if accepted.height or not found.told else [],
        notes=structural_notes(accepted, good, sheet, found, filing, words),
        changes=sheet_changes(accepted, good, sheet, found, filing),
        aside=aside_cells(body, sheet, found, filing),
        cells=quarantined_cells(faults, sheet, found, filing, cut),
    )
    return conformed, Summed(sheet, found, text.filter(kinds == TOTAL), body, typed)


def _headers(sheet: Sheet, found: Recognised, filing: Filing) -> list[HeaderCell]:
    """Return where the columns stand, and for which rows."""
    first, last = found.header_row + 2, max(sheet.frame.height, found.header_row + 2)
    return [
        HeaderCell(
            filing.file,
            sheet.name,
            found.table.alias,
            item.column.name,
            item.headers[0],
            sheet.letter(item.positions[0]),
            first,
            last,
        )
        for item in found.fields
    ]


def _quarantined(
    sheet: Sheet,
    found: Recognised,
    filing: Filing,
    row: dict[str, str | None],
    column: str | None,
    reason: str,
) -> QuarantinedRow:
    item = next((f for f in found.fields if f.column.name == column), None)
    return QuarantinedRow(
        file=filing.file,
        sheet=sheet.name,
        row=int(row["source_row"] or 0),
        table=found.table.alias,
        column=column or "",
        header=item.headers[0] if item else "",
        column_letter=sheet.letter(item.positions[0]) if item else "",
        value=shown(item.column, row[item.column.name]) if item else None,
        reason_zh=reason,
    )
