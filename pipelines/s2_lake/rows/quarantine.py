"""Why a row is quarantined: the reasons in the order in which they are asked."""

from __future__ import annotations

import re

import polars as pl
from stdnum.cn import ric

from pipelines.core.dictionary import Column, Dictionary
from pipelines.s2_lake.cells.typed import typed_column
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.rows.filing import Filing
from pipelines.s2_lake.tables.recognise import Field, Recognised
from pipelines.s2_lake.texts.characters import stripped
from pipelines.s2_lake.texts.nothing_said import empty_keys
from pipelines.s2_lake.texts.outcome import Typed

# Whether a row is shifted is asked when this many filled cells and more than half of them cannot
# be typed; what their neighbours' columns say decides.
SHIFTED_CELLS = 4
ID_FORM = r"^[0-9]{14,17}[0-9X][0-9]{0,2}$"
KEY_FORMS = {
    "household_code": r"^[0-9]{10}$",
    "person_code": r"^[0-9]{12}$",
    "village_code": r"^[0-9]{12}$",
}
# Codes that are digits whatever their length; a village may be called by its name.
NUMBERED_KEYS = ("household_code", "person_code")
# Numbers that offices give themselves: letters, digits and signs, at least one digit.
ANY_KEY = r"^[A-Za-z_/()-]*[0-9][0-9A-Za-z_/()-]{3,}$"
# As Excel prints a number that it cut short; a code like 2E10 is none.
E_NOTATION = r"^[+-]?[0-9]+(?:\.[0-9]+)?[eE]\+[0-9]{2,}$"
# As other programs print it; only a column whose numbers hold no E can tell it from a code.
ANY_E_NOTATION = r"^[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+$"
# More than 15 digits written as an amount: 990,101,198,001,010,000 or 990101198001010000.0.
LONG_AMOUNT = r"^(?:[0-9]{1,3}(?:,[0-9]{3}){5,}|[0-9]{16,})(?:\.0+)?$"
LOST_ZH = "号码变成了科学计数或超过 15 位的数值,末尾数字已丢失,请设为文本格式后重填"
ROUNDED_ZH = (
    "18 位证件号码末三位为 000 且校验不符,是 Excel 把号码存成数值(只保留 15 位)所致,"
    "末尾数字已丢失,请设为文本格式后重填"
)
MASKED_ZH = "证件号码中间是星号(如从回执中复制),不是完整号码,请填写完整号码"
MASKED_ID = r"[0-9]\*{4,}[0-9Xx]+$"
ROUNDED_ID = r"^[0-9]{15}000$"


Fault = tuple[str | None, str]


def row_faults(
    body: pl.DataFrame,
    typed: dict[str, Typed],
    lost: dict[str, pl.Series],
    rounded: dict[str, pl.Series],
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
        mark(rows, column, LOST_ZH)
    for column, rows in rounded.items():
        mark(rows, column, ROUNDED_ZH)
    for item in found.fields:
        if item.column.sensitive == "id":
            name = item.column.name
            mark(body[name].str.contains(MASKED_ID).fill_null(False), name, MASKED_ZH)
    key = found.table.key[0]
    header = found.table.column(key).header
    nothing, empty = body[key].is_null(), empty_keys(body[key])
    if key in NUMBERED_KEYS:
        # 户均, 比上年增长: no number of a household, and no total that is known by its name.
        empty |= ~body[key].str.contains(r"\d").fill_null(True)
    mark(nothing, key, f"关键列“{header}”为空,无法确定是哪一条记录,请补填")
    mark(empty, key, f"关键列“{header}”填的不是编号,等于空,无法确定是哪一条记录,请填写编号")
    county = found.table.folder_county
    if county and county in body.columns:
        mark(
            _other_county(body[county], filing.county_code),
            county,
            f"县代码与报送文件夹 {filing.county_code} 不一致,确属他县的请由该县报送",
        )
    mark(
        _overlong(body, sheet, found),
        None,
        "本行单元格多于表头,可能内容中有未加引号的分隔符(逗号、制表符、分号),"
        "请把该内容放在英文双引号内后重报",
    )
    moved = _shifted(body, typed, found, words)
    mark(moved, None, "整行大半单元格与表头不符,疑似错列,请对齐后重填")
    return faults


def lost_digits(body: pl.DataFrame, sheet: Sheet, found: Recognised) -> dict[str, pl.Series]:
    """Return, per identifier column, the rows whose number lost digits in a spreadsheet."""
    items = [item for item in found.fields if item.column.is_identifier]
    lost = {item.column.name: _is_amount(body[item.column.name], item.column) for item in items}
    if sheet.kind == "csv":
        return lost
    suspects = {
        item: _float_like(body, item.column.name)
        for item in items
        if sheet.long_numbers.get(item.positions[0])
    }
    for item, rows in suspects.items():
        hit = rows & sheet.long_numbers.get(item.positions[0], frozenset())
        lost[item.column.name] |= body["source_row"].is_in(sorted(hit))
    return lost


def _is_amount(cells: pl.Series, column: Column) -> pl.Series:
    """Return which numbers stand as an amount that cannot show all their digits."""
    exponent = ANY_E_NOTATION if column.sensitive else E_NOTATION
    amounts = cells.str.contains(exponent) | (
        cells.str.contains(LONG_AMOUNT) & cells.str.contains("[,.]")
    )
    return amounts.fill_null(False)


def _float_like(body: pl.DataFrame, name: str) -> set[int]:
    """Return the rows whose text of 16 digits or more is exactly what a float would print."""
    long = body.filter(pl.col(name).str.contains(r"^[0-9]{16,}$")).select("source_row", name)
    whole = pl.col(name).cast(pl.Int64, strict=False)
    # Up to 18 digits are compared in bulk; what fits no machine number, one by one.
    maybe = long.filter(whole.is_null() | (whole.cast(pl.Float64).cast(pl.Int64) == whole))
    return {row for row, cell in maybe.iter_rows() if str(int(float(cell))) == cell}


def rounded_ids(body: pl.DataFrame, sheet: Sheet, found: Recognised) -> dict[str, pl.Series]:
    """Return, per id column of a CSV, the citizen ids that a spreadsheet cut to 15 digits.

    A CSV keeps no trace of a number's type. An id may end in 000 by right (check digit 0 after an
    order code x00); it is lost where the check digit says no, where the order code is 000, which
    nobody has, and where most ids of the column end so.
    """
    rounded = {}
    for item in found.fields if sheet.kind == "csv" else ():
        if item.column.sensitive != "id":
            continue
        cells = body[item.column.name]
        cut = cells.str.contains(ROUNDED_ID).fill_null(False)
        if not cut.any():
            continue
        wrong = [cell for cell in cells.filter(cut).unique() if not _can_be_an_id(cell)]
        long = int((cells.str.len_chars() == 18).sum())
        if int(cut.sum()) * 2 <= long:
            cut &= cells.is_in(wrong)
        if wrong:
            rounded[item.column.name] = cut
    return rounded


def _can_be_an_id(number: str) -> bool:
    return number[14:17] != "000" and ric.calc_check_digit(number) == number[17]


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
        pl.any_horizontal(stripped(pl.col(name)).is_not_null() for name in surplus)
    ).to_series()
    return filled.gather(body["source_row"] - 1)


def _shifted(
    body: pl.DataFrame, typed: dict[str, Typed], found: Recognised, words: Dictionary
) -> pl.Series:
    """Return the rows that fail widely and show where they moved; failing alone is no shift."""
    beside = _key_beside(body, found)
    judged = {name: t for name, t in typed.items() if t.values.dtype != pl.String or t.failed.any()}
    if not judged or not body.height:
        return beside
    failed = pl.DataFrame({name: t.failed for name, t in judged.items()})
    count = failed.sum_horizontal()
    filled = body.select(pl.col(name).is_not_null() for name in judged).sum_horizontal()
    suspect = (count >= SHIFTED_CELLS) & (count * 2 > filled)
    if not suspect.any():
        return beside
    rows, wrong = body.filter(suspect), failed.filter(suspect).rows(named=True)
    moved = {
        row["source_row"]
        for offset in (1, -1)
        for row, fails, fits in zip(
            rows.rows(named=True), wrong, _fits(rows, found, words, offset), strict=True
        )
        if _has_moved(row, [name for name in fails if fails[name]], fits, found, offset)
    }
    return beside | (suspect & body["source_row"].is_in(sorted(moved)))


def _key_beside(body: pl.DataFrame, found: Recognised) -> pl.Series:
    """Return the rows whose key is none and stands whole next door; figures fail nowhere."""
    key = found.table.column(found.table.key[0])
    form = KEY_FORMS.get(key.name)
    moved = pl.repeat(False, body.height, dtype=pl.Boolean, eager=True)
    no_key = ~body[key.name].str.contains(form).fill_null(True) if form else moved
    if form is None or not no_key.any():
        return moved
    for offset in (1, -1):
        for item, there in _neighbours(found, offset):
            if there.column is key:
                moved |= body[item.column.name].str.contains(form).fill_null(False)
    return moved & no_key


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
            told = typed_column(rows.with_columns(cells), there, words)
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
