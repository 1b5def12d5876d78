"""One recognised sheet becomes typed rows, quarantined rows and ignored rows; nothing is lost.

The order of judgement on a row below the header: ignored (blank, repeated header, footer), then
quarantined (an id that lost digits, an empty key, another county's code, shifted, a repeat of an
earlier row), else accepted, whatever its cells hold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.core.dictionary import Column, Dictionary, Table, normal
from pipelines.core.privacy import mask, protected_key
from pipelines.s2_lake import printed
from pipelines.s2_lake.convert import DEC, WIDE, Typed, convert
from pipelines.s2_lake.reader import Sheet, numeric_cells
from pipelines.s2_lake.recognise import Field, Recognised
from pipelines.s2_lake.results import HeaderCell, QuarantinedRow, StructuralNote
from pipelines.s2_lake.schema import column_types

# Whether a row is shifted is asked when this many filled cells and more than half of them cannot
# be typed; what their neighbours' columns say decides.
SHIFTED_CELLS = 4
ID_FORM = r"^[0-9]{14,17}[0-9X][0-9]{0,2}$"
KEY_FORMS = {
    "household_code": r"^[0-9]{10}$",
    "person_code": r"^[0-9]{12}$",
    "village_code": r"^[0-9]{12}$",
}
# Numbers that offices give themselves: letters, digits and signs, at least one digit.
ANY_KEY = r"^[A-Za-z_/()-]*[0-9][0-9A-Za-z_/()-]{3,}$"
FOOTER = (
    r"^(?:合\s*计|总\s*计(?:[^划]|$)|小\s*计|本页合计|累计合计"
    r"|(?:填报人|填表人|制表人|审核人|复核人|经办人|负责人|单位负责人|主要负责人|联系电话|联系人"
    r"|填报日期|填表日期|填报时间|填报单位|单位盖章|盖章|单位\(盖章\)|填报单位\(盖章\)"
    r"|备注|注|说明|填表说明)\s*(?:[:\uFF1A(\uFF08].*)?)$"
)
# As Excel prints a number that it cut short; a code like 2E10 is none.
E_NOTATION = r"^[+-]?[0-9]+(?:\.[0-9]+)?[eE]\+[0-9]{2,}$"


@dataclass
class Conformed:
    """One sheet after conforming; ``frame`` holds the accepted rows in lake shape."""

    frame: pl.DataFrame
    rows_read: int
    rows_ignored: int
    quarantine: list[QuarantinedRow]
    headers: list[HeaderCell]
    notes: list[StructuralNote] = field(default_factory=list)


@dataclass(frozen=True)
class Filing:
    """Where a sheet comes from: what every row of it carries."""

    county_code: str
    period: str
    submission_id: str
    file: str
    key: bytes


def conform(sheet: Sheet, found: Recognised, words: Dictionary, filing: Filing) -> Conformed:
    """Judge and type every row below the header. Cell values in notes and quarantine are masked."""
    text = _as_displayed(_text(sheet, found), sheet, found)
    blank, footer = _ignored(text, sheet, found)
    body = text.filter(~(blank | footer))
    typed = {item.column.name: _typed(body, item, words) for item in found.fields}
    lost = _lost_digits(body, sheet, found)
    for item in found.fields:
        if item.column.sensitive in ("phone", "account"):
            # A lost phone or account number is noted; it is no reason to lose the person.
            name = item.column.name
            typed[name] = Typed(typed[name].values, lost.pop(name))
    faults = _faults(body, typed, lost, sheet, found, words, filing)
    bad = pl.Series("bad", [number in faults for number in body["source_row"]], dtype=pl.Boolean)
    places = {item.column.name: item for item in found.fields}
    quarantine = [
        _quarantined(sheet, found, filing, row, body, *faults[row["source_row"]])
        for row in body.filter(bad).iter_rows(named=True)
    ]
    good = {name: Typed(t.values.filter(~bad), t.failed.filter(~bad)) for name, t in typed.items()}
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
        frame=_lake(accepted, good, sheet, found, filing),
        rows_read=text.height,
        rows_ignored=int((blank | footer).sum()),
        quarantine=quarantine,
        headers=headers,
        notes=_notes(accepted, good, sheet, found, filing),
    )


# --- text ------------------------------------------------------------------------------------


def _text(sheet: Sheet, found: Recognised) -> pl.DataFrame:
    """Return the rows below the header: source_row, then each found column's stripped text."""
    below = sheet.frame.slice(found.header_row + 1)
    names = below.columns
    columns = [_column_text(item, names).alias(item.column.name) for item in found.fields]
    first = found.header_row + 2
    return below.select(
        pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias("source_row"), *columns
    )


def _column_text(item: Field, names: Sequence[str]) -> pl.Expr:
    parts = [_stripped(pl.col(names[position])) for position in item.positions]
    if len(parts) > 1:
        return _stripped(pl.concat_str(parts, separator=",", ignore_nulls=True))
    if item.column.is_identifier:
        bare = parts[0].str.strip_prefix("'").str.strip_chars()
        return _stripped(bare.str.to_uppercase() if item.column.sensitive == "id" else bare)
    return parts[0]


def _as_displayed(text: pl.DataFrame, sheet: Sheet, found: Recognised) -> pl.DataFrame:
    """Replace numbers in printed columns by what the workbook displays (45.3 in 0.00: 45.30)."""
    items = [item for item in found.fields if item.column.printed]
    shown = printed.displayed(sheet, [item.positions[0] for item in items])
    for item in items:
        name, cells_shown = item.column.name, shown[item.positions[0]]
        if cells_shown:
            pairs = zip(text["source_row"], text[name], strict=True)
            cells = [cells_shown.get(row, cell) for row, cell in pairs]
            text = text.with_columns(pl.Series(name, cells, dtype=pl.String))
    return text


def _stripped(cell: pl.Expr) -> pl.Expr:
    bare = cell.str.strip_chars()
    return pl.when(bare != "").then(bare)


# --- ignored ---------------------------------------------------------------------------------


def _ignored(text: pl.DataFrame, sheet: Sheet, found: Recognised) -> tuple[pl.Series, pl.Series]:
    """Return the masks of blank rows and of repeated headers and footers."""
    below = sheet.frame.slice(found.header_row + 1)
    if not below.height:
        none = pl.Series("none", [], dtype=pl.Boolean)
        return none, none
    first_cell = pl.coalesce(_stripped(pl.col(name)) for name in below.columns)
    first = below.select(first_cell.alias("first"))["first"]
    blank = first.is_null()
    key = text[found.table.key[0]]
    at_front = first.str.contains(FOOTER).fill_null(False) & key.is_null()
    footer = at_front | key.str.contains(FOOTER).fill_null(False)
    repeated = text.select(
        pl.all_horizontal(
            pl.col(item.column.name).is_null()
            | (pl.col(item.column.name) == ",".join(item.headers))
            for item in found.fields
        )
        & pl.col(found.table.key[0]).is_not_null()
    ).to_series()
    return blank, (footer | repeated).fill_null(False) & ~blank


# --- typing ----------------------------------------------------------------------------------


def _typed(body: pl.DataFrame, item: Field, words: Dictionary) -> Typed:
    column = item.column
    codes = words.code_list(column) if column.codes else None
    if column.printed:
        return _printed(body, column)
    return convert(body[column.name], column, codes, item.scale)


def _printed(body: pl.DataFrame, column: Column) -> Typed:
    """Type printed figures; the struct carries value, low, high, decimals and is_approx."""
    units = body["unit"] if "unit" in body.columns else pl.repeat(None, body.height, eager=True)
    figures = [
        printed.figure(cell, unit) if cell is not None else None
        for cell, unit in zip(body[column.name], units, strict=True)
    ]
    kinds: dict[str, Any] = {
        "value": DEC,
        "low": WIDE,
        "high": WIDE,
        "decimals": pl.Int32,
        "approx": pl.Boolean,
    }
    rows = [
        (None,) * 5
        if f is None
        else (_fit(f.value, 6), _fit(f.low, 8), _fit(f.high, 8), f.decimals, f.is_approx)
        for f in figures
    ]
    values = pl.DataFrame(rows, schema=kinds, orient="row").to_struct(column.name)
    failed = [
        f is None and cell is not None for f, cell in zip(figures, body[column.name], strict=True)
    ]
    return Typed(values, pl.Series(column.name, failed, dtype=pl.Boolean))


def _fit(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places))


# --- quarantine ------------------------------------------------------------------------------

Fault = tuple[str | None, str]


def _faults(
    body: pl.DataFrame,
    typed: dict[str, Typed],
    lost: dict[str, pl.Series],
    sheet: Sheet,
    found: Recognised,
    words: Dictionary,
    filing: Filing,
) -> dict[int, Fault]:
    """Return, by source row, the column at fault (None: the row) and the reason; first one wins."""
    faults: dict[int, Fault] = {}

    def mark(mask_of: pl.Series, column: str | None, reason: str) -> None:
        for row in body["source_row"].filter(mask_of):
            faults.setdefault(row, (column, reason))

    for column, rows in lost.items():
        mark(
            rows, column, "号码变成了科学计数或超过 15 位的数值,末尾数字已丢失,请设为文本格式后重填"
        )
    key = found.table.key[0]
    header = found.table.column(key).header
    mark(body[key].is_null(), key, f"关键列“{header}”为空,无法确定是哪一条记录")
    county = found.table.folder_county
    if county and county in body.columns:
        mark(
            _other_county(body[county], filing.county_code),
            county,
            f"县代码与报送文件夹 {filing.county_code} 不一致",
        )
    mark(_overlong(body, sheet, found), None, "本行单元格多于表头,可能内容中有未加引号的逗号")
    moved = _shifted(body, typed, found, words)
    mark(moved, None, "整行大半单元格与表头不符,疑似错列,请对齐后重填")
    return faults


def _lost_digits(body: pl.DataFrame, sheet: Sheet, found: Recognised) -> dict[str, pl.Series]:
    """Return, per identifier column, the rows whose number lost digits in a spreadsheet."""
    items = [item for item in found.fields if item.column.is_identifier]
    lost = {
        item.column.name: body[item.column.name].str.contains(E_NOTATION).fill_null(False)
        for item in items
    }
    if sheet.kind == "csv":
        return lost
    suspects = {
        item: rows for item in items for rows in [_float_like(body, item.column.name)] if rows
    }
    numbers = numeric_cells(sheet, [item.positions[0] for item in suspects])
    for item, rows in suspects.items():
        hit = (
            set(rows) if sheet.kind == "xls" else set(rows) & numbers.get(item.positions[0], set())
        )
        lost[item.column.name] |= body["source_row"].is_in(sorted(hit))
    return lost


def _float_like(body: pl.DataFrame, name: str) -> list[int]:
    """Return the rows whose text of 16 digits or more is exactly what a float would print."""
    long = body.filter(pl.col(name).str.contains(r"^[0-9]{16,}$")).select("source_row", name)
    return [row for row, cell in long.iter_rows() if str(int(float(cell))) == cell]


def _other_county(filed: pl.Series, county: str) -> pl.Series:
    """A filed area code of 6 to 12 digits that lies in another county; names are no codes."""
    is_code = filed.str.contains(r"^[0-9]{6,12}$")
    return (is_code & (filed.str.slice(0, 6) != county)).fill_null(False)


def _overlong(body: pl.DataFrame, sheet: Sheet, found: Recognised) -> pl.Series:
    """Return the rows of a CSV that have content beyond the last header cell.

    In a workbook such a cell is a remark beside the table; in a CSV the row is out of step.
    """
    surplus = sheet.frame.columns[found.width :] if sheet.kind == "csv" else []
    if not surplus:
        return pl.repeat(False, body.height, dtype=pl.Boolean, eager=True)
    filled = sheet.frame.select(
        pl.any_horizontal(_stripped(pl.col(name)).is_not_null() for name in surplus)
    ).to_series()
    return filled.gather(body["source_row"] - 1)


def _shifted(
    body: pl.DataFrame, typed: dict[str, Typed], found: Recognised, words: Dictionary
) -> pl.Series:
    """Return the rows that fail widely and show where they moved; failing alone is no shift."""
    judged = {name: t for name, t in typed.items() if t.values.dtype != pl.String or t.failed.any()}
    if not judged or not body.height:
        return pl.repeat(False, body.height, dtype=pl.Boolean, eager=True)
    failed = pl.DataFrame({name: t.failed for name, t in judged.items()})
    count = failed.sum_horizontal()
    filled = body.select(pl.col(name).is_not_null() for name in judged).sum_horizontal()
    suspect = (count >= SHIFTED_CELLS) & (count * 2 > filled)
    if not suspect.any():
        return suspect
    rows, wrong = body.filter(suspect), failed.filter(suspect).rows(named=True)
    moved = {
        row["source_row"]
        for offset in (1, -1)
        for row, fails, fits in zip(
            rows.rows(named=True), wrong, _fits(rows, found, words, offset), strict=True
        )
        if _has_moved(row, [name for name in fails if fails[name]], fits, found, offset)
    }
    return suspect & body["source_row"].is_in(sorted(moved))


def _fits(
    rows: pl.DataFrame, found: Recognised, words: Dictionary, offset: int
) -> list[dict[str, bool]]:
    """Return per row which cells could stand in the column ``offset`` further on, where it can say.

    A column that takes any text, or any label, says nothing about its neighbour's cells.
    """
    fits: dict[str, pl.Series] = {}
    for item, there in _neighbours(found, offset):
        cells = rows[item.column.name].alias(there.column.name)
        form = _form(there.column)
        if form:
            fits[item.column.name] = cells.str.contains(form).fill_null(False)
        elif there.column.type != "str" and _is_closed(there.column, words):
            told = _typed(rows.with_columns(cells), there, words)
            fits[item.column.name] = cells.is_not_null() & ~told.failed
    return pl.DataFrame(fits).rows(named=True) if fits else [{} for _ in range(rows.height)]


def _neighbours(found: Recognised, offset: int) -> list[tuple[Field, Field]]:
    """Return each field with the one that stands ``offset`` columns further on."""
    at = {position: item for item in found.fields for position in item.positions}
    pairs = [(item, at.get(item.positions[0] + offset)) for item in found.fields]
    return [(item, there) for item, there in pairs if there is not None]


def _is_closed(column: Column, words: Dictionary) -> bool:
    return column.codes is None or words.code_list(column).closed


def _has_moved(
    row: dict[str, str | None],
    failing: list[str],
    fits: dict[str, bool],
    found: Recognised,
    offset: int,
) -> bool:
    """Judge one row: most failing cells fit next door, or the key itself stands next door.

    One placeholder repeated (无, 待定) is no move, wherever else it could stand.
    """
    if len({row[name] for name in failing}) < 2:
        return False
    fitting = [name for name in failing if fits.get(name)]
    if len(fitting) * 2 > len(failing) and len({row[name] for name in fitting}) > 1:
        return True
    key = found.table.column(found.table.key[0])
    form = _form(key) or ANY_KEY
    beside = [item.column.name for item, there in _neighbours(found, offset) if there.column is key]
    return not re.search(form, row[key.name] or "") and any(
        re.search(form, row[name] or "") for name in beside
    )


def _form(column: Column) -> str | None:
    """Return what the cells of a text column look like, None where that is not settled."""
    return KEY_FORMS.get(column.name) or (ID_FORM if column.sensitive == "id" else None)


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
        value=_shown(item.column, row[item.column.name]) if item else None,
        reason_zh=reason,
    )


def _shown(column: Column, value: str | None) -> str | None:
    return mask(value, column.sensitive) if column.sensitive else value


def repeats(text_columns: Sequence[str], frame: pl.DataFrame) -> pl.Series:
    """Return which rows repeat an earlier one cell for cell in the given columns."""
    if not frame.height:
        return pl.Series("repeat", [], dtype=pl.Boolean)
    cells = [pl.col(name).fill_null("\x00") for name in text_columns]
    whole = frame.select(pl.concat_str(cells, separator="\x1f").alias("whole"))["whole"]
    return ~whole.is_first_distinct()


def filed_columns(table: Table) -> list[str]:
    """Return the lake columns that hold what was filed as text, one per dictionary column."""
    return [Table.stored_name(c.name) + ("" if c.type == "str" else "_text") for c in table.columns]


# --- lake shape ------------------------------------------------------------------------------


def _lake(
    body: pl.DataFrame,
    typed: dict[str, Typed],
    sheet: Sheet,
    found: Recognised,
    filing: Filing,
) -> pl.DataFrame:
    """Return the accepted rows with provenance, typed columns, texts and keys."""
    size = body.height
    constants = {
        "county_code": filing.county_code,
        "period": filing.period,
        "submission_id": filing.submission_id,
        "source_file": filing.file,
        "source_sheet": sheet.name,
    }
    columns: dict[str, pl.Series] = {
        name: pl.repeat(value, size, dtype=pl.String, eager=True)
        for name, value in constants.items()
    }
    columns["source_row"] = body["source_row"]
    columns["row_no"] = pl.int_range(1, size + 1, dtype=pl.Int64, eager=True)
    for column in found.table.columns:
        if column.name in typed:
            columns |= _stored(column, body[column.name], typed[column.name], filing.key)
        else:
            columns |= {
                name: pl.Series([None], dtype=kind).new_from_index(0, size)
                for name, kind in column_types(column).items()
            }
    return pl.DataFrame([values.alias(name) for name, values in columns.items()])


def _stored(column: Column, text: pl.Series, typed: Typed, key: bytes) -> dict[str, pl.Series]:
    name = Table.stored_name(column.name)
    stored = {name: typed.values}
    if column.type != "str":
        stored[f"{name}_text"] = text
    if column.sensitive == "id":
        keys = {value: protected_key(value, key) for value in text.drop_nulls().unique()}
        stored[f"{name}_key"] = text.replace_strict(keys, default=None, return_dtype=pl.String)
    if column.printed:
        parts = typed.values.struct
        stored[name] = parts.field("value")
        stored |= {f"{name}_{part}": parts.field(part) for part in ("low", "high", "decimals")}
        stored[f"{name}_is_approx"] = parts.field("approx")
    return stored


# --- structural notes ------------------------------------------------------------------------


def _notes(
    body: pl.DataFrame,
    typed: dict[str, Typed],
    sheet: Sheet,
    found: Recognised,
    filing: Filing,
) -> list[StructuralNote]:
    notes = []
    for column in found.missing:
        sentence = f"缺少“{column.header}”列,相关核对无法进行,请补充该列后重报"
        notes.append(_note("S002", sheet, found, filing, column, None, None, 0, sentence))
    for item in found.fields:
        column = item.column
        blanks = _required_blanks(body, column)
        if blanks:
            sentence = f"必填列“{item.headers[0]}”有 {blanks} 行为空,请补填"
            notes.append(_note("S002", sheet, found, filing, column, item, None, blanks, sentence))
        if not typed[column.name].failed.any():
            continue
        wrong = body.filter(typed[column.name].failed)
        for row, cell in wrong.select("source_row", column.name).iter_rows():
            shown = _shown(column, cell)
            sentence = f"“{item.headers[0]}”填“{shown}”,{_expected(column)}"
            notes.append(
                _note("S001", sheet, found, filing, column, item, (row, shown), 1, sentence)
            )
    return notes


def _required_blanks(body: pl.DataFrame, column: Column) -> int:
    if column.required != "Y" or column.blank_means_none:
        return 0
    blank = body[column.name].is_null()
    if column.unless and column.unless[0] in body.columns:
        exempt = body[column.unless[0]].is_not_null() & body[column.unless[0]].map_elements(
            lambda cell: normal(cell) == normal(column.unless[1]) if column.unless else False,
            return_dtype=pl.Boolean,
        ).fill_null(False)
        blank &= ~exempt
    return int(blank.sum())


def _expected(column: Column) -> str:
    return {
        "str": "号码变成了科学计数或超过 15 位的数值,末尾数字已丢失,请设为文本格式",
        "int": "不是整数",
        "dec": "不是数值",
        "bool": "应填“是”或“否”",
        "code": "不在代码表内",
        "codes": "含有代码表以外的内容",
        "date": "不是有效日期",
        "month": "不是有效年月",
        "datetime": "不是有效时间",
    }[column.type]


def _note(
    rule: str,
    sheet: Sheet,
    found: Recognised,
    filing: Filing,
    column: Column,
    item: Field | None,
    cell: tuple[int, str | None] | None,
    cells: int,
    sentence: str,
) -> StructuralNote:
    return StructuralNote(
        rule_id=rule,
        file=filing.file,
        sheet=sheet.name,
        row=cell[0] if cell else None,
        table=found.table.alias,
        column=column.name,
        header=item.headers[0] if item else column.header,
        column_letter=sheet.letter(item.positions[0]) if item else "",
        value=cell[1] if cell else None,
        n_cells=cells,
        sentence_zh=sentence,
    )
