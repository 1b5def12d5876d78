"""What reading a delivery gave, as data: counts, quarantined and ignored rows, headers, notes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import polars as pl


@dataclass(frozen=True)
class FileResult:
    """One sheet of one file (a CSV has the sheet ''): the table it was taken for and its counts.

    ``status``: accepted, partial (columns missing or rows quarantined), refused, ignored (no table,
    papers of ours among them), reply (to findings; kept, not read as data), waiting and superseded
    (as the delivery).
    ``table`` is the alias, '' where none was recognised. rows_read counts the rows below the
    header and equals accepted + quarantined + ignored.
    """

    file: str
    sheet: str
    table: str
    status: str
    reason_zh: str = ""
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_ignored: int = 0


@dataclass(frozen=True)
class QuarantinedRow:
    """A row that was not taken: its address, the cell at fault (value masked) and the reason."""

    file: str
    sheet: str
    row: int
    table: str
    column: str
    header: str
    column_letter: str
    value: str | None
    reason_zh: str


@dataclass(frozen=True)
class HeaderCell:
    """Where a dictionary column stood: header as filed and column letter (the first of several).

    It holds for the rows from ``first_row`` to ``last_row`` (1-based): a sheet may have several
    headers, one below the other.
    """

    file: str
    sheet: str
    table: str
    column: str
    header: str
    column_letter: str
    first_row: int
    last_row: int


@dataclass(frozen=True)
class IgnoredRows:
    """Rows below a header that are no records, from ``first_row`` to ``last_row`` (1-based).

    ``kind_zh``: 空行, 空行(只有序号等预填内容), 重复表头, 另起的表头, 标题行, 编号行, 合计行 or
    表尾.
    """

    file: str
    sheet: str
    table: str
    kind_zh: str
    first_row: int
    last_row: int


@dataclass(frozen=True)
class StructuralNote:
    """S001: a cell that cannot be typed. S002: a missing column, or a required column's blanks.

    S004: a total that is not the sum of its rows. ``row`` is None for S002; ``n_cells``
    counts the cells that the note stands for.
    """

    rule_id: str
    file: str
    sheet: str
    row: int | None
    table: str
    column: str
    header: str
    column_letter: str
    value: str | None
    n_cells: int
    sentence_zh: str


@dataclass(frozen=True)
class SubmissionResult:
    """All of one submission.

    ``tables`` are the aliases whose rows it put into the lake; ``amended`` pairs each alias of
    which it corrects single rows with each submission that filed them. ``status`` is accepted,
    partial, refused, ignored or reply; of one that differs too much from what stood, waiting until
    it is admitted, and superseded where a newer one came before that. Then it is not in force,
    whatever its counts say was read.
    """

    submission_id: str
    county_code: str
    period: str
    version: int
    received_at: str
    is_sample: bool
    status: str
    reason_zh: str
    tables: tuple[str, ...]
    amended: tuple[tuple[str, str], ...]
    files: tuple[FileResult, ...]
    quarantine: tuple[QuarantinedRow, ...]
    ignored: tuple[IgnoredRows, ...]
    headers: tuple[HeaderCell, ...]
    notes: tuple[StructuralNote, ...]
    dictionary_version: str

    def amends(self, alias: str, submission_id: str) -> bool:
        """Say whether it corrects rows of a submission's table."""
        return (alias, submission_id) in self.amended

    @property
    def rows_read(self) -> int:
        """Rows below the headers of all recognised sheets."""
        return sum(item.rows_read for item in self.files)

    @property
    def rows_accepted(self) -> int:
        """Rows that went into the lake."""
        return sum(item.rows_accepted for item in self.files)

    @property
    def rows_quarantined(self) -> int:
        """Rows that could not be rows of their table."""
        return sum(item.rows_quarantined for item in self.files)

    @property
    def rows_ignored(self) -> int:
        """Rows that are no records: blank ones, headers, titles, totals, footers."""
        return sum(item.rows_ignored for item in self.files)


_LISTS: dict[str, type] = {
    "files": FileResult,
    "quarantine": QuarantinedRow,
    "ignored": IgnoredRows,
    "headers": HeaderCell,
    "notes": StructuralNote,
}


def write_result(folder: Path, result: SubmissionResult) -> None:
    """Write ``result.json``: short fields as they are, lists as a head and rows of values."""
    body: dict[str, Any] = {
        name: value for name, value in _shallow(result).items() if name not in _LISTS
    }
    for name, kind in _LISTS.items():
        names = [item.name for item in fields(kind)]
        rows = [[getattr(item, column) for column in names] for item in getattr(result, name)]
        body[name] = {"columns": names, "rows": rows}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    aside = folder / ".result.part"
    aside.write_text(text, encoding="utf-8")
    aside.replace(folder / "result.json")


def read_result(folder: Path) -> SubmissionResult:
    """Read ``result.json``. Raises OSError, ValueError, TypeError or KeyError: it is none."""
    body = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    for name, kind in _LISTS.items():
        columns = body[name]["columns"]
        body[name] = tuple(
            kind(**dict(zip(columns, row, strict=True))) for row in body[name]["rows"]
        )
    body["tables"] = tuple(body["tables"])
    body["amended"] = tuple((alias, root) for alias, root in body["amended"])
    return SubmissionResult(**body)


def frames(results: Sequence[SubmissionResult]) -> dict[str, pl.DataFrame]:
    """Return the lake's bookkeeping tables, typed even when empty.

    submission, submission_file, quarantine, header, structural_note; each of the last four keyed
    by submission_id, source_file, source_sheet and what its name says.
    """
    return {
        "submission": pl.DataFrame(
            [_submission_row(result) for result in results], schema=_SUBMISSION, orient="row"
        ),
        "submission_file": _listed(results, "files", FileResult),
        "quarantine": _listed(results, "quarantine", QuarantinedRow),
        "header": _listed(results, "headers", HeaderCell),
        "structural_note": _listed(results, "notes", StructuralNote),
    }


_SUBMISSION: dict[str, Any] = {
    "submission_id": pl.String,
    "county_code": pl.String,
    "period": pl.String,
    "version": pl.Int64,
    "received_at": pl.String,
    "is_sample": pl.Boolean,
    "status": pl.String,
    "reason_zh": pl.String,
    "rows_read": pl.Int64,
    "rows_accepted": pl.Int64,
    "rows_quarantined": pl.Int64,
    "rows_ignored": pl.Int64,
}
_RENAMED = {
    "file": "source_file",
    "sheet": "source_sheet",
    "row": "source_row",
    "table": "table_name",
    "column": "column_name",
}
_INTEGERS = {
    "row",
    "first_row",
    "last_row",
    "n_cells",
    "rows_read",
    "rows_accepted",
    "rows_quarantined",
    "rows_ignored",
}


def _shallow(result: SubmissionResult) -> dict[str, Any]:
    return {item.name: getattr(result, item.name) for item in fields(result)}


def _submission_row(result: SubmissionResult) -> list[Any]:
    return [getattr(result, name) for name in _SUBMISSION]


def _listed(results: Sequence[SubmissionResult], name: str, kind: type) -> pl.DataFrame:
    names = [item.name for item in fields(kind)]
    schema: dict[str, Any] = {"submission_id": pl.String}
    for column in names:
        kind_of = pl.Int64 if column in _INTEGERS else pl.String
        schema[_RENAMED.get(column, column)] = kind_of
    rows = [
        [result.submission_id, *(getattr(item, column) for column in names)]
        for result in results
        for item in getattr(result, name)
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")
