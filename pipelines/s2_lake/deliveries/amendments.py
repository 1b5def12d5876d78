"""A receipt that comes back: its correction sheets amend just the rows that were quarantined.

Every row of such a sheet carries the receipt's number and the row's first address. Cells that were
left as the receipt showed them (masked ids among them) take their filed text again from what was
kept of the quarantined row; changed cells count as corrected. A row whose fault was left alone is
quarantined again with the same reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.core.dictionary import Dictionary, Table
from pipelines.core.papers import ADDRESS_HEADERS, REASON_HEADER
from pipelines.core.privacy import HIDDEN_NAME, Reading, mask_numbers
from pipelines.core.workbook import neutral
from pipelines.s2_lake.cells.cell_text import shown
from pipelines.s2_lake.deliveries.assemble import Part, settle
from pipelines.s2_lake.deliveries.overlaps import in_order_of_years
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.results import QuarantinedRow, SubmissionResult
from pipelines.s2_lake.rows.lake_rows import filed_columns
from pipelines.s2_lake.rows.quarantine import Fault
from pipelines.s2_lake.rows.retained_cells import ROOT
from pipelines.s2_lake.tables.headers import meanings

_SEARCHED_ROWS = 10
_UNCHANGED = "尚未更正:"
_ROW_NUMBER = re.compile("[0-9]{1,9}")

Address = tuple[str, str, str, int]
# A header with its count within the row: two may be the same.
_Header = tuple[str, int]


@dataclass(frozen=True)
class Earlier:
    """What an amendment may speak of: the deliveries of the county and period before this one.

    ``results`` are those that stood when it was received and those that waited, oldest first;
    ``waiting`` are the ids of the latter. ``folder`` holds what reading gave.
    """

    folder: Path
    results: Sequence[SubmissionResult] = ()
    waiting: frozenset[str] = frozenset()

    def bases(self, alias: str) -> list[SubmissionResult]:
        """Return the deliveries whose rows of a table may be amended: those that wait, the last
        that counts. What amends one that waits counts when that one does.
        """
        having = [result for result in self.results if alias in result.tables]
        counting = [each for each in having if each.submission_id not in self.waiting]
        return [*(each for each in having if each.submission_id in self.waiting), *counting[-1:]]

    def result(self, submission_id: str) -> SubmissionResult | None:
        """Return an earlier delivery by its number."""
        return next((r for r in self.results if r.submission_id == submission_id), None)

    def cells(self, submission_id: str) -> pl.DataFrame:
        """Return what was kept of a delivery's quarantined rows. Raises OSError."""
        return pl.read_parquet(self.folder / submission_id / "quarantined_cells.parquet")

    def rows(self, alias: str) -> pl.DataFrame | None:
        """Return the rows that may be amended, with ``root_submission``, the delivery of each.

        They are the deliveries' own, and amendments to them; None where there are none.
        """
        frames = []
        for base in self.bases(alias):
            path = self.folder / base.submission_id / "tables" / f"{alias}.parquet"
            root = pl.lit(base.submission_id).alias("root_submission")
            frames.append(pl.read_parquet(path).with_columns(root))
            frames += [
                amendments_of(self.folder, result, alias, base)
                for result in self.results
                if result.amends(alias, base.submission_id)
            ]
        return pl.concat(frames, how="diagonal") if frames else None


def amendments_of(
    folder: Path, result: SubmissionResult, alias: str, base: SubmissionResult
) -> pl.DataFrame:
    """Return the rows by which a delivery amends a table of another one. Raises OSError."""
    rows = pl.read_parquet(folder / result.submission_id / "amendments" / f"{alias}.parquet")
    return rows.filter(pl.col("root_submission") == base.submission_id)


@dataclass(frozen=True)
class Returned:
    """A correction sheet with its filed texts put back.

    ``roots`` is ROOT by source_row; ``settled`` are the rows that cannot be taken, and why;
    ``headers`` the 0-based rows of its headers: pages put together have several.
    """

    sheet: Sheet
    roots: pl.DataFrame
    settled: Mapping[int, Fault]
    headers: frozenset[int]


def is_returned(sheet: Sheet) -> bool:
    """Return whether a sheet is the correction sheet of a receipt."""
    return _header_row(sheet) is not None


def restore(sheet: Sheet, earlier: Earlier, words: Dictionary) -> Returned:
    """Put the filed texts back into a correction sheet and judge which rows were corrected."""
    top = _header_row(sheet)
    if top is None:
        raise ValueError("not a correction sheet")
    rows = [list(row) for row in sheet.frame.rows()]
    headers = [at for at, row in enumerate(rows) if at >= top and _is_header(row)]
    restoring = _Restoring(_Kept(earlier, words))
    lacking = [
        restoring.read(rows, first, end)
        for first, end in zip(headers, [*headers[1:], len(rows)], strict=True)
    ]
    absent = restoring.absent
    names = [*sheet.frame.columns, *(f"absent {at}" for at in range(len(absent)))]
    for number, row in enumerate(rows, start=1):
        row += [cells.get(number) for cells in absent.values()]
    for at, own in zip(headers, lacking, strict=True):
        rows[at][sheet.frame.width :] = [name[0] if name in own else None for name in absent]
        rows[at] = [restoring.kept.readable(cell) for cell in rows[at]]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    schema = {"source_row": pl.Int64, **ROOT}
    roots = pl.DataFrame(restoring.roots, schema=schema, orient="row")
    return Returned(replace(sheet, frame=frame), roots, restoring.settled, frozenset(headers))


class _Restoring:
    """A correction sheet while its texts are put back, header by header.

    ``absent`` are columns that the county took away or headed anew: what was filed there, by
    header and row.
    """

    def __init__(self, kept: _Kept) -> None:
        self.kept = kept
        self.roots: list[tuple[int, str, str, str, int]] = []
        self.settled: dict[int, Fault] = {}
        self.absent: dict[_Header, dict[int, str | None]] = {}
        self._seen: set[Address] = set()

    def read(self, rows: list[list[str | None]], first: int, end: int) -> set[_Header]:
        """Restore the rows from a header to before ``end``; return the headers that it lacks."""
        header = [(cell or "").strip() for cell in rows[first]]
        places = [header.index(name) for name in ADDRESS_HEADERS]
        own = {*places, *(at for at, name in enumerate(header) if name == REASON_HEADER)}
        lacking: set[_Header] = set()
        for number, row in enumerate(rows[first + 1 : end], start=first + 2):
            if any((cell or "").strip() for cell in row):
                address = _address([row[at] for at in places])
                fault, root, rest = self.kept.put_back(address, row, header, own)
                self._note(number, fault, root)
                for name, text in rest.items():
                    self.absent.setdefault(name, {})[number] = text
                lacking |= set(rest)
        for row in rows[first:end]:
            for at in own:
                row[at] = None
        return lacking

    def _note(self, number: int, fault: Fault | None, root: Address | None) -> None:
        if fault is None and root in self._seen:
            fault = (
                None,
                "同一行在本表中更正了两次,只采用前一次;应以后一次为准的,请更正原表后整表重报",
            )
        if fault is not None:
            self.settled[number] = fault
        elif root is not None:
            self._seen.add(root)
        if root is not None:
            self.roots.append((number, *root))


def amend(
    table: Table, parts: list[Part], earlier: Earlier, *, has_whole: bool
) -> pl.DataFrame | None:
    """Return the amended rows of a table with their roots; None where there are none.

    Not taken: rows of a table that the same delivery files whole (``has_whole``), and rows that
    are already in the table cell for cell. Counts and statuses are settled here.
    """
    frames = []
    known = earlier.rows(table.alias)
    same = ["root_submission", *filed_columns(table)]
    for part in parts:
        taken = part.taken
        if taken is None or taken.roots is None:
            continue
        if has_whole:
            taken.drop(
                taken.conformed.frame["source_row"],
                "本次报送已含该表全表,更正行未采用,请在全表中更正",
            )
        else:
            rows = taken.conformed.frame.join(taken.roots, on="source_row", how="left")
            if known is not None:
                again = rows.join(known, on=same, how="semi", nulls_equal=True)
                taken.drop(again["source_row"], "与已接收的一行逐格相同,未重复接收,无需处理")
        settle(part)
        frames.append(taken.conformed.frame.join(taken.roots, on="source_row", how="left"))
    kept = pl.concat(frames).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row_no")
    )
    return None if kept.is_empty() else kept


def added_up(base: pl.DataFrame, amendments: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return rows, or some columns of them, with the last amendment of each row after them."""
    if not amendments:
        return base
    last = pl.concat(amendments).unique(list(ROOT), keep="last", maintain_order=True)
    return pl.concat([base, last.select(base.columns)])


def compose(table: Table, base: pl.DataFrame, amendments: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return a table's rows with the amendments to it, of each row the last one, numbered on."""
    whole = in_order_of_years(table, added_up(base, amendments))
    return whole.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row_no"))


class _Kept:
    """The quarantined rows of earlier deliveries, read when a row speaks of them."""

    def __init__(self, earlier: Earlier, words: Dictionary) -> None:
        self._earlier = earlier
        self._words = words
        self._rows: dict[str, dict[Address, list[dict[str, Any]]]] = {}
        self._quarantine: dict[Address, QuarantinedRow] = {}
        self._readable: dict[str, str] = {}

    def put_back(
        self, address: Address | None, row: list[str | None], header: list[str], own: set[int]
    ) -> tuple[Fault | None, Address | None, dict[_Header, str | None]]:
        """Replace a row's unchanged cells by the filed ones.

        Returns its fault, its root, and the filed cells of columns that the sheet has no more.
        """
        address = self._known(address) if address else None
        cells = self._rows[address[0]].get(address) if address else None
        if address is None or not cells:
            return (None, "回执编号或原行号对不上任何未接收的行,请勿改动前四列"), None, {}
        alias = str(cells[0]["table_name"])
        root = _root(cells[0])
        if root[0] not in {base.submission_id for base in self._earlier.bases(alias)}:
            return (None, "该表已有更新的报送,更正行未采用,请核对后整表重报"), None, {}
        told = self._quarantine[address]
        table = self._words.tables[alias]
        changed, rest = _restore_cells(row, header, own, cells, table)
        for cell in cells:
            self._learn(_printed_header(cell["header"]), str(cell["column_name"]), table)
        fault_cells = {
            _printed_header(c["header"]) for c in cells if c["column_name"] == told.column
        }
        if not (changed & fault_cells if told.column else changed):
            still = f"{_UNCHANGED}{told.reason_zh.removeprefix(_UNCHANGED)}"
            return (told.column or None, still), root, rest
        return None, root, rest

    def readable(self, header: str | None) -> str | None:
        """Return a header as one row understands it: of two rows, 上/下 may be read as 上-下."""
        return self._readable.get(_printed_header(header or ""), header)

    def _learn(self, header: str, name: str, table: Table) -> None:
        if name and header not in self._readable:
            above, slash, below = header.partition("/")
            joined = (f"{above}{below}", f"{above}-{below}", f"{above}({below})") if slash else ()
            forms = (header, *joined)
            self._readable[header] = next(
                (form for form in forms if _names(form, table, name, self._words)), header
            )

    def _known(self, address: Address) -> Address | None:
        """Return the address that was shown so: names in a file's and sheet's name are hidden."""
        submission_id, file, sheet, row = address
        if submission_id not in self._rows:
            self._rows[submission_id] = self._load(submission_id)
        rows = self._rows[submission_id]
        if address in rows:
            return address
        fitting = [
            known
            for known in rows
            if known[3] == row and _is_shown_as(known[1], file) and _is_shown_as(known[2], sheet)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _load(self, submission_id: str) -> dict[Address, list[dict[str, Any]]]:
        result = self._earlier.result(submission_id)
        if result is None:
            return {}
        for told in result.quarantine:
            self._quarantine[_printed(submission_id, told.file, told.sheet, told.row)] = told
        rows: dict[Address, list[dict[str, Any]]] = {}
        for cell in self._earlier.cells(submission_id).iter_rows(named=True):
            place = (cell["source_file"], cell["source_sheet"], cell["source_row"])
            rows.setdefault(_printed(submission_id, *place), []).append(cell)
        return rows


def shown_cell(table: Table, column_name: str, text: str | None) -> str:
    """Return a quarantined row's cell as the receipt shows it: masked and harmless."""
    if text is None:
        return ""
    column = table.by_name.get(column_name)
    return neutral(shown(column, text.strip()) or "" if column else mask_numbers(text.strip()))


def _restore_cells(
    row: list[str | None],
    header: list[str],
    own: set[int],
    cells: Sequence[Mapping[str, Any]],
    table: Table,
) -> tuple[set[str], dict[_Header, str | None]]:
    """Put unchanged cells back in place; return the headers of those changed, and what is left."""
    waiting: dict[str, list[Mapping[str, Any]]] = {}
    for cell in cells:
        waiting.setdefault(_printed_header(cell["header"]), []).append(cell)
    changed = set()
    for at, name in enumerate(map(_printed_header, header)):
        if at in own or not waiting.get(name):
            continue
        cell = waiting[name].pop(0)
        filed = cell["text"]
        text = str(filed) if filed is not None else None
        if _is_shown_as(shown_cell(table, str(cell["column_name"]), text), row[at] or ""):
            row[at] = text
        else:
            changed.add(name)
    left = {
        (name, at): cell["text"] for name, some in waiting.items() for at, cell in enumerate(some)
    }
    return changed, left


def _is_shown_as(text: str, shown: str) -> bool:
    """Tell whether a receipt shows a text so: as it is, or with names in it as 某.

    Which names were hidden depends on what had been filed when the receipt was written.
    """
    if shown.strip() == text.strip() or HIDDEN_NAME not in shown:
        return shown.strip() == text.strip()
    parts = (re.escape(part) for part in shown.strip().split(HIDDEN_NAME))
    return re.fullmatch(".{2,40}?".join(parts), text.strip(), re.DOTALL) is not None


def _names(header: str, table: Table, name: str, words: Dictionary) -> bool:
    return any(m.table is table and m.column.name == name for m in meanings(header, words))


def _header_row(sheet: Sheet) -> int | None:
    """Return the 0-based row with the four address headers, None where there is none."""
    rows = sheet.frame.head(_SEARCHED_ROWS).rows()
    return next((at for at, row in enumerate(rows) if _is_header(row)), None)


def _is_header(row: Sequence[str | None]) -> bool:
    return set(ADDRESS_HEADERS) <= {(cell or "").strip() for cell in row}


def _root(cell: Mapping[str, Any]) -> Address:
    return (
        cell["root_submission"],
        cell["root_file"],
        cell["root_sheet"],
        cell["root_row"],
    )


def _printed_header(header: str) -> str:
    """Return a header as it is told: no formula, no number, whatever its line ends became."""
    return " ".join(mask_numbers(neutral(header), Reading.CODE).split())


def _printed(submission_id: str, file: str, sheet: str, row: int) -> Address:
    """Return an address as it stands in the receipt: no formula, and numbers masked."""
    file, sheet = (mask_numbers(neutral(name), Reading.CODE).strip() for name in (file, sheet))
    return submission_id, file, sheet, row


def _address(cells: Sequence[str | None]) -> Address | None:
    number, file, sheet, row = ((cell or "").strip() for cell in cells)
    digits = row.removesuffix(".0")
    return (number, file, sheet, int(digits)) if _ROW_NUMBER.fullmatch(digits) else None
