"""One recognised sheet becomes typed rows, quarantined rows and ignored rows; nothing is lost.

The order of judgement on a row below the header: ignored (blank, repeated header, footer), then
quarantined (an id that lost digits, an empty key, another county's code, shifted, a repeat of an
earlier row), else accepted, whatever its cells hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import polars as pl

from pipelines.core.dictionary import Dictionary
from pipelines.s2_lake.cell_text import as_displayed, column_texts, shown
from pipelines.s2_lake.changes import no_changes, sheet_changes
from pipelines.s2_lake.faults import lost_digits, row_faults
from pipelines.s2_lake.filing import Filing
from pipelines.s2_lake.ignored import ignored
from pipelines.s2_lake.lake_rows import lake_rows
from pipelines.s2_lake.notes import structural_notes
from pipelines.s2_lake.recognise import Recognised
from pipelines.s2_lake.results import HeaderCell, QuarantinedRow, StructuralNote
from pipelines.s2_lake.sheet import Sheet
from pipelines.s2_lake.typed import typed_columns


@dataclass
class Conformed:
    """One sheet after conforming; ``frame`` holds the accepted rows in lake shape."""

    frame: pl.DataFrame
    rows_read: int
    rows_ignored: int
    quarantine: list[QuarantinedRow]
    headers: list[HeaderCell]
    notes: list[StructuralNote] = field(default_factory=list)
    changes: pl.DataFrame = field(default_factory=no_changes)


def conform(sheet: Sheet, found: Recognised, words: Dictionary, filing: Filing) -> Conformed:
    """Judge and type every row below the header. Cell values in notes and quarantine are masked."""
    text = as_displayed(column_texts(sheet, found), sheet, found)
    blank, footer = ignored(text, sheet, found)
    body = text.filter(~(blank | footer))
    typed = typed_columns(body, sheet, found, words)
    lost = lost_digits(body, sheet, found)
    for item in found.fields:
        if item.column.sensitive in ("phone", "account"):
            # A lost phone or account number is noted; it is no reason to lose the person.
            name = item.column.name
            typed[name] = replace(typed[name], failed=lost.pop(name))
    faults = row_faults(body, typed, lost, sheet, found, words, filing)
    bad = body["source_row"].is_in(sorted(faults))
    places = {item.column.name: item for item in found.fields}
    quarantine = [
        _quarantined(sheet, found, filing, row, body, *faults[row["source_row"]])
        for row in body.filter(bad).iter_rows(named=True)
    ]
    good = {name: column.filter(~bad) for name, column in typed.items()}
    accepted = body.filter(~bad)
    headers = [
        HeaderCell(
            filing.file,
            sheet.name,
            found.table.alias,
            name,
            item.headers[0],
            sheet.letter(item.positions[0]),
        )
        for name, item in places.items()
    ]
    return Conformed(
        frame=lake_rows(accepted, good, sheet, found, filing),
        rows_read=text.height,
        rows_ignored=int((blank | footer).sum()),
        quarantine=quarantine,
        headers=headers,
        notes=structural_notes(accepted, good, sheet, found, filing),
        changes=sheet_changes(accepted, good, sheet, found, filing),
    )


def _quarantined(
    sheet: Sheet,
    found: Recognised,
    filing: Filing,
    row: dict[str, str | None],
    body: pl.DataFrame,
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
