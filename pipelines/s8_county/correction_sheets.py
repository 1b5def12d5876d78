"""The correction sheets of a receipt: quarantined rows as filed, one sheet per table.

``amendments`` reads them when they come back; the headers and addresses are the same there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from pipelines.core.dictionary import Table, dictionary
from pipelines.core.papers import ADDRESS_HEADERS, REASON_HEADER
from pipelines.core.workbook import Cell, Marked, SheetColumn
from pipelines.s2_lake.deliveries.amendments import shown_cell
from pipelines.s2_lake.results import QuarantinedRow, SubmissionResult

CORRECTION_SHEET = "更正"
ROWS_SHOWN = 20_000
_PLACE = ["source_file", "source_sheet"]
_ADDRESS: dict[str, Any] = {
    "source_file": pl.String,
    "source_sheet": pl.String,
    "source_row": pl.Int64,
}


@dataclass(frozen=True)
class CorrectionSheet:
    """One sheet to be written; ``rows`` mark the cells at fault."""

    name: str
    title: list[str]
    columns: list[SheetColumn]
    rows: list[list[Cell | Marked]]


def sheets(result: SubmissionResult, cells: pl.DataFrame, mark: str) -> Iterator[CorrectionSheet]:
    """Yield the correction sheets of each table of which rows were quarantined.

    One for a table, several where sheets, or headers of one sheet, called a column by different
    names: read back as one sheet, a column would stand there twice.
    """
    for alias, table in dictionary().tables.items():
        of_table = [row for row in result.quarantine if row.table == alias]
        if not of_table:
            continue
        kept = cells.filter(pl.col("table_name") == alias)
        for number, blocks in enumerate(_alike(kept), start=1):
            told = [row for row in of_table if any(block.holds(row) for block in blocks)]
            shown = told[:ROWS_SHOWN]
            # Only the cells that are shown: where a whole county is quarantined there are millions.
            rows = pl.DataFrame(
                [(row.file, row.sheet, row.row) for row in shown], schema=_ADDRESS, orient="row"
            )
            own = kept.join(rows, on=list(_ADDRESS), how="semi", maintain_order="left")
            sheet = _sheet(table, result, shown, len(told), own, mark)
            yield sheet if number == 1 else replace(sheet, name=f"{sheet.name} {number}")


@dataclass(frozen=True)
class _Block:
    """Rows of a sheet below one header; ``rows`` are None where it has no other."""

    file: str
    sheet: str
    rows: frozenset[int] | None

    def holds(self, row: QuarantinedRow) -> bool:
        """Say whether a row is one of them."""
        is_here = (row.file, row.sheet) == (self.file, self.sheet)
        return is_here and (self.rows is None or row.row in self.rows)


def _alike(cells: pl.DataFrame) -> list[list[_Block]]:
    """Group the blocks whose headers name the same columns alike."""
    groups: list[tuple[list[_Block], dict[str, tuple[str, ...]]]] = []
    for block, names in _blocks(cells.filter(pl.col("column_name") != "")):
        for blocks, known in groups:
            if all(known.get(column, headers) == headers for column, headers in names.items()):
                blocks.append(block)
                known.update(names)
                break
        else:
            groups.append(([block], names))
    return [blocks for blocks, _ in groups]


def _blocks(headed: pl.DataFrame) -> Iterator[tuple[_Block, dict[str, tuple[str, ...]]]]:
    """Yield the blocks of every sheet with the headers of each column."""
    name = ["position", "column_name", "header"]
    distinct = headed.unique([*_PLACE, *name], maintain_order=True)
    for (file, sheet), of_sheet in distinct.group_by(_PLACE, maintain_order=True):
        place = (str(file), str(sheet))
        if of_sheet["position"].is_unique().all():
            yield _Block(*place, None), _by_column(of_sheet)
            continue
        here = headed.filter(pl.col("source_file") == file, pl.col("source_sheet") == sheet)
        by_row = here.group_by("source_row", maintain_order=True).agg(name)
        for _, alike in by_row.group_by(name, maintain_order=True):
            rows = frozenset(alike["source_row"])
            yield _Block(*place, rows), _by_column(alike.head(1).explode(name))


def _by_column(cells: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    by_column = cells.group_by("column_name", maintain_order=True).agg("header")
    return {column: tuple(headers) for column, headers in by_column.iter_rows()}


def _sheet(
    table: Table,
    result: SubmissionResult,
    told: list[QuarantinedRow],
    count: int,
    cells: pl.DataFrame,
    mark: str,
) -> CorrectionSheet:
    # Sheets of one table may differ in their columns: all of them, in the order of appearance.
    headers = list(dict.fromkeys(_numbered(cells)))
    filed: dict[tuple[str, str, int], dict[tuple[str, int], dict[str, Any]]] = {}
    for header, cell in zip(_numbered(cells), cells.iter_rows(named=True), strict=True):
        place = (cell["source_file"], cell["source_sheet"], cell["source_row"])
        filed.setdefault(place, {})[header] = cell
    rows = []
    for row in told:
        of_row = filed.get((row.file, row.sheet, row.row), {})
        address: list[Cell | Marked] = [result.submission_id, row.file, row.sheet, row.row]
        shown = [_cell(of_row.get(header), row, table) for header in headers]
        rows.append([*address, row.reason_zh, *shown])
    more = (
        [f"另有 {count - len(told)} 行未列出,请更正原表后整表重报。"] if count > len(told) else []
    )
    title = [
        f"更正表:{table.title_zh}{mark}",
        "改正红色单元格(整行标红的请对照原表核对整行),把本回执放回收件箱即可,只更正这些行;"
        "显示为“某”或打星号的内容不改即按原值处理;请勿改动前四列。",
        *more,
    ]
    columns = [
        SheetColumn(ADDRESS_HEADERS[0], 20),
        SheetColumn(ADDRESS_HEADERS[1], 24, wrap=True),
        SheetColumn(ADDRESS_HEADERS[2], 12, wrap=True),
        SheetColumn(ADDRESS_HEADERS[3], 8),
        SheetColumn(REASON_HEADER, 36, wrap=True),
        *(SheetColumn(name, 16, wrap=True, number_format="@") for name, _ in headers),
    ]
    name = f"{CORRECTION_SHEET}-{table.title_zh.replace('/', '、')}"
    return CorrectionSheet(name, title, columns, rows)


def _numbered(cells: pl.DataFrame) -> list[tuple[str, int]]:
    """Return each cell's header with its count within the row: two headers may be the same."""
    ranks = cells.select(
        "header",
        pl.int_range(pl.len())
        .over("source_file", "source_sheet", "source_row", "header")
        .alias("rank"),
    )
    return ranks.rows()


def _cell(cell: dict[str, Any] | None, row: QuarantinedRow, table: Table) -> Cell | Marked:
    if cell is None:
        return None
    text = shown_cell(table, cell["column_name"], cell["text"])
    is_at_fault = not row.column or cell["column_name"] == row.column
    return Marked(text) if is_at_fault else text
