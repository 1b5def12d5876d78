"""From the reading library's sheet to ours: within the limits, with what the library omits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import fastexcel
import polars as pl

from pipelines.core.settings import ReadLimits
from pipelines.s2_lake.files.number_format import NumberFormat
from pipelines.s2_lake.files.sheet import Refused, Sheet, column_letter

# From here on a spreadsheet's numbers do not keep all their digits.
WHOLE_BELOW = 10**15
SHOWN_OTHERWISE = 2_000_000
TOO_MANY_SHOWN = (
    f"工作表中数字格式使显示与所存不同的单元格超过 {SHOWN_OTHERWISE} 个,拒绝读取,"
    "请把这些列设为文本格式、按显示的内容填写后重报"
)
DAMAGED_SHEET = "工作表无法读取(不是表格或已损坏),请用 Excel 或 WPS 另存后重报"


@dataclass
class Found:
    """What a scan of a sheet found, by (row, column): row 1-based, spreadsheet column 0-based.

    ``rows`` and ``columns`` say how far the sheet reaches from A1; ``texts`` replace what the
    library shows (errors, percentages); ``shown`` are what number formats show of numbers where
    that is another text, ``text_forms`` the formats that show more than a cell's text; ``merged``
    are 0-based inclusive rectangles; of what is hidden, ``hidden_rows`` are 1-based and
    ``hidden_columns`` first and last column, 0-based; ``problem`` is the sentence with which the
    sheet is refused.
    """

    rows: int = 0
    columns: int = 0
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    long_numbers: dict[int, set[int]] = field(default_factory=dict)
    shown: dict[tuple[int, int], str] = field(default_factory=dict)
    text_forms: dict[tuple[int, int], NumberFormat] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    problem: str = ""

    def hide_all_but(self, shown: Iterable[tuple[int, int]]) -> None:
        """Hide the columns, up to the last that has a cell, that lie in none of the given runs."""
        start = 0
        for first, last in sorted(shown):
            if first > start:
                self.hidden_columns.append((start, first - 1))
            start = max(start, last + 1)
        if start < self.columns:
            self.hidden_columns.append((start, self.columns - 1))

    def note_shown(self, at: tuple[int, int], shown: str | None) -> None:
        """Note what a cell is shown as, where that says another thing. Raises Refused."""
        if shown is not None:
            self.shown[at] = shown
        if len(self.shown) > SHOWN_OTHERWISE:
            raise Refused(TOO_MANY_SHOWN)

    def note_number(self, at: tuple[int, int], number: float, form: NumberFormat | None) -> None:
        """Note what a format shows of a number, without the tail that binary fractions leave.

        A number that lost its last digits shows nothing that could be relied on.
        """
        if form and abs(number) < WHOLE_BELOW:
            self.note_shown(at, form.shown(Decimal(f"{number:.15g}")))


class Span:
    """Adds up what the sheets of one file span: a reader holds every cell of the rectangle."""

    def __init__(self, limits: ReadLimits) -> None:
        self.limits = limits
        self.cells = 0

    def problem(self, rows: int, columns: int) -> str:
        """Count a sheet of this size; return why it is refused, '' where it is not."""
        if self.holds(rows, columns):
            self.cells += rows * columns
            return ""
        reach = f"到第 {rows} 行" + (f"、{column_letter(columns - 1)} 列" if columns else "")
        return f"工作表的范围过大({reach}),拒绝读取,请删除该行列等多余的内容后重报"

    def holds(self, rows: int, columns: int) -> bool:
        """Say whether a sheet of this size is within the limits, with those counted before."""
        is_within = rows <= self.limits.rows and columns <= self.limits.columns
        return is_within and self.cells + rows * columns <= self.limits.cells


def overlong(sheet: Sheet, limits: ReadLimits) -> str:
    """Return why a sheet with a cell over the limit is refused, naming the cell, else ''."""
    frame = sheet.frame
    if not frame.width:
        return ""
    longest = frame.select(pl.all().str.len_bytes().max()).row(0)
    for position, size in enumerate(longest):
        if (size or 0) <= limits.cell_chars:
            continue
        long = (frame.to_series(position).str.len_chars() > limits.cell_chars).arg_true()
        if len(long):
            return too_long(f"{sheet.letter(position)}{long[0] + 1}", limits)
    return ""


def too_long(address: str, limits: ReadLimits) -> str:
    """Return the sentence for a cell whose text is over the limit."""
    return f"单元格 {address} 的文字超过 {limits.cell_chars} 个字符,本表未接收,请检查后重报"


@contextmanager
def library(sentence: str) -> Iterator[None]:
    """Turn whatever the reading library raises into a refusal; a panic of compiled code as well."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:
        raise Refused(sentence) from error


def opened(path: Path, sentence: str) -> fastexcel.ExcelReader:
    """Open a workbook by its content; given a path, the library goes by its name.

    Raises Refused with the given sentence.
    """
    with library(sentence):
        return fastexcel.read_excel(path.read_bytes())


def loaded(
    reader: fastexcel.ExcelReader, at: int, bare: Sheet, found: Found, limits: ReadLimits
) -> Sheet:
    """Load one sheet; what cannot be loaded becomes a sheet with a problem, so the others go on."""
    if found.problem:
        return replace(bare, problem=found.problem)
    try:
        with library(DAMAGED_SHEET):
            sheet = reader.load_sheet(at, header_row=None, dtypes="string", skip_rows=0)
            columns = sheet.available_columns()
            frame = sheet.to_polars() if columns else pl.DataFrame()
    except Refused as refusal:
        return replace(bare, problem=str(refusal))
    if bare.kind == "xls":  # where a formula that was never calculated is shown as ''
        frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
    first = columns[0].absolute_index if columns else 0
    whole = completed(replace(bare, frame=frame, first_column=first), found)
    problem = overlong(whole, limits)
    return replace(bare, problem=problem) if problem else whole


def completed(sheet: Sheet, found: Found) -> Sheet:
    """Put what a scan found onto a sheet, in the positions of its frame."""
    height, width = sheet.frame.shape
    first = sheet.first_column

    def place(at: tuple[int, int]) -> tuple[int, int] | None:
        row, position = at[0], at[1] - first
        return (row, position) if row <= height and 0 <= position < width else None

    formulas = {spot: text for at, text in found.formulas.items() if (spot := place(at))}
    long = {
        column - first: frozenset(rows)
        for column, rows in found.long_numbers.items()
        if 0 <= column - first < width
    }
    merged = tuple(
        (top, max(left - first, 0), min(bottom, height - 1), min(right - first, width - 1))
        for top, left, bottom, right in found.merged
        if top < height and left - first < width and right >= first
    )
    texts = {spot: text for at, text in found.texts.items() if (spot := place(at))}
    hidden = {
        at - first
        for left, right in found.hidden_columns
        for at in range(max(left, first), min(right, first + width - 1) + 1)
    }
    frame = _with_texts(sheet.frame, texts)
    shown = {spot: text for at, text in found.shown.items() if (spot := place(at))}
    for at, form in found.text_forms.items():
        spot = place(at)
        text = frame.item(spot[0] - 1, spot[1]) if spot else None
        told = form.shown_text(text) if text else None
        if spot and told is not None:
            shown[spot] = told
    return replace(
        sheet,
        frame=frame,
        formulas=formulas,
        long_numbers=long,
        shown=shown,
        merged=merged,
        hidden_rows=frozenset(row for row in found.hidden_rows if row <= height),
        hidden_columns=frozenset(hidden),
    )


def _with_texts(frame: pl.DataFrame, texts: Mapping[tuple[int, int], str]) -> pl.DataFrame:
    """Put texts into cells: an error, which the library shows as blank, is not empty."""
    by_column: dict[int, dict[int, str]] = {}
    for (row, position), text in texts.items():
        by_column.setdefault(position, {})[row - 1] = text
    columns = []
    for position, cells in by_column.items():
        old = frame.to_series(position)
        new = pl.Series([None], dtype=pl.String).new_from_index(0, len(old))
        new = new.scatter(list(cells), list(cells.values()))
        columns.append(new.fill_null(old).alias(old.name))
    return frame.with_columns(columns)
