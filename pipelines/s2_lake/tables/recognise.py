"""Which table is this sheet, and where does each field stand? Headers decide, names do not.

Only where the headers fit two tables equally does the sheet's name or a title row decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import polars as pl

from pipelines.core.dictionary import Column, Dictionary, Table
from pipelines.core.statuses import Status
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.tables import titles
from pipelines.s2_lake.tables.doubled_headers import Doubled
from pipelines.s2_lake.tables.forms import form_reason
from pipelines.s2_lake.tables.header_rows import (
    SEARCHED_ROWS,
    Match,
    header_matches,
    numbering,
    top_rows,
)
from pipelines.s2_lake.tables.headers import meanings
from pipelines.s2_lake.tables.near_misses import MOST_ASKED, near, questions, suggestions
from pipelines.s2_lake.texts.characters import stripped

# A table with its key is preferred to the best match without, if it matches nearly as well.
NEARLY = 0.8
# So few known headers beside more unknown texts are words on a cover or a note, not a table.
FEW = 2
_WHAT_TO_DO = "是报表的请按模板写明表头后重报,不是报表的不必理会"


@dataclass(frozen=True)
class Field:
    """Where a column of the table stands in the sheet.

    ``positions`` are frame columns (several only for a numbered list), ``headers`` as filed (of
    two rows “上/下” where both were needed), ``scale`` turns the header's unit into the
    dictionary's. ``is_of_unknown_unit``: the title names another unit of money than the column's,
    and the header none.
    """

    column: Column
    positions: tuple[int, ...]
    headers: tuple[str, ...]
    scale: Decimal = Decimal(1)
    is_of_unknown_unit: bool = False


@dataclass(frozen=True)
class Recognised:
    """A sheet taken for a table: the header's last 0-based row, fields, what is missing.

    ``unknown`` are frame column and header of the columns that no field was found for;
    ``suggestions`` the missing dictionary header by the unknown header that nearly names it.
    ``width`` is the number of frame columns up to the last header cell. ``header_cells`` are the
    stripped texts of the header's rows. ``numbering_row`` is the 0-based row directly below that
    only numbers the columns. ``template_version`` is the template's, '' where none is told.
    ``remarks`` are sentences for the receipt, the suggestions' questions among them.

    A sheet may hold several tables or headers (``blocks``): ``marked`` are the 0-based rows below
    that belong to another header, its titles and itself, with what they are; ``told`` says where
    a later header stands; ``problem`` why no row below it can be taken.
    """

    table: Table
    header_row: int
    fields: tuple[Field, ...]
    missing: tuple[Column, ...]
    unknown: tuple[tuple[int, str], ...]
    is_sample: bool
    width: int
    suggestions: Mapping[str, str] = field(default_factory=dict)
    header_cells: tuple[tuple[str, ...], ...] = ()
    numbering_row: int | None = None
    template_version: str = ""
    remarks: tuple[str, ...] = ()
    marked: Mapping[int, str] = field(default_factory=dict)
    told: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Unrecognised:
    """Why a sheet is not taken; ``table`` is the alias it was close to, else ''.

    ``candidates`` are the aliases between which the headers do not decide. ``is_form``: it
    is one record's form. A sheet with none of them is no table and ignored.
    """

    reason_zh: str
    table: str = ""
    is_sample: bool = False
    candidates: tuple[str, ...] = ()
    is_form: bool = False

    @property
    def status(self) -> str:
        """What its receipt says: refused or ignored."""
        return Status.REFUSED if self.table or self.candidates or self.is_form else Status.IGNORED


def recognise(sheet: Sheet, words: Dictionary) -> Recognised | Unrecognised:
    """Find header rows and table among the first rows of a sheet."""
    top = top_rows(sheet)
    if not any(cell for row in top for cell in row) and _is_blank(sheet.frame):
        return Unrecognised("工作表没有内容")
    matches = [m for m in header_matches(sheet, top, words) if len(m.found) >= FEW]
    best = max((len(match.found) for match in matches), default=0)
    first = next((match.rows[0] for match in matches if len(match.found) == best), SEARCHED_ROWS)
    above = [cell for row in top[:first] for cell in row if cell]
    part = titles.template_part(sheet.name, above)
    if part:
        return Unrecognised(part)
    sample = titles.is_sample(above)
    close = [m for m in matches if m.has_key and len(m.found) >= NEARLY * best]
    note = best <= FEW and titles.is_note(sheet.name, top)
    form = "" if note else form_reason(sheet, words, [row for match in close for row in match.rows])
    if form:
        return Unrecognised(form, is_sample=sample, is_form=True)
    if not close or note:
        told = _not_taken(sheet, top, matches, words)
        return replace(told, is_sample=sample)
    most = max(len(match.found) for match in close)
    leaders = [match for match in close if len(match.found) == most]
    chosen = _chosen(sheet, leaders, above)
    if chosen is None:
        return Unrecognised(
            _ask(sheet, leaders),
            is_sample=sample,
            candidates=tuple(dict.fromkeys(m.table.alias for m in leaders)),
        )
    return _settle(sheet, chosen, top, words, above)


def _is_blank(frame: pl.DataFrame) -> bool:
    if frame.width == 0 or frame.height == 0:
        return True
    blank = frame.select(pl.all_horizontal(stripped(pl.all()).is_null()).all())
    return bool(blank.item())


def _chosen(sheet: Sheet, leaders: Sequence[Match], above: Sequence[str]) -> Match | None:
    """Return the match of the one table that is meant, None where nothing tells which."""
    tables = list({match.table.alias: match.table for match in leaders}.values())
    whole = {m.table.alias for m in leaders if len(m.found) == len(m.table.columns)}
    if len(tables) > 1:
        named = titles.named(sheet.name, tables) or titles.named(" ".join(above), tables)
        tables = [named] if named else [table for table in tables if table.alias in whole]
    if len(tables) != 1:
        return None
    of_table = [match for match in leaders if match.table is tables[0]]
    # The first of equals: a header that stands again further down has rows above it.
    return max(of_table, key=lambda match: (-match.rows[0], match.size))


def _ask(sheet: Sheet, leaders: Sequence[Match]) -> str:
    names = list(dict.fromkeys(match.table.title_zh for match in leaders))
    shown = "、".join(f"“{name}”" for name in names)
    where = "在表头上方加一行写明表名" if sheet.kind == "csv" else "把工作表名改为表名"
    return (
        f"表头同时符合{shown},无法判断是哪一张表,本表未接收,"
        f"请{where}(如“{titles.sheet_name(names[0])}”)后重报"
    )


def _not_taken(
    sheet: Sheet, top: Sequence[Sequence[str]], matches: Sequence[Match], words: Dictionary
) -> Unrecognised:
    """Say why no table was found, and which is nearest."""
    if titles.is_note(sheet.name, top):
        return Unrecognised("填表说明,不是数据")
    nothing = "前 10 行中没有找到已知的表头"
    if not matches:
        return _nearest_by_likeness(nothing, top, words)
    most = max(len(match.found) for match in matches)
    best = [match for match in matches if len(match.found) == most]
    asked = [suggestions(_unknown(m).values(), m.table, _lacking(m), words) for m in best]
    nearest, nearly = max(
        zip(best, asked, strict=True), key=lambda pair: (len(pair[1]), -pair[0].rows[0])
    )
    title, alias = nearest.table.title_zh, nearest.table.alias
    lacking = "、".join(column.header for column in _lacking(nearest))
    if most <= FEW and not nearly and 2 * most < len(nearest.texts):
        return Unrecognised(f"{nothing},最接近“{title}”,但缺少关键列:{lacking};{_WHAT_TO_DO}")
    reason = f"疑似“{title}”,但缺少关键列:{lacking},本表未接收,请补上这些列后重报"
    return Unrecognised(";".join([reason, *questions(nearly, nearest.table, words)]), alias)


def _nearest_by_likeness(
    nothing: str, top: Sequence[Sequence[str]], words: Dictionary
) -> Unrecognised:
    """Look at the row with the most texts: it may be a header of which hardly a word is known."""
    row = max(top, key=lambda cells: len({c for c in cells if c and not c.isdecimal()}))
    counts: dict[str, int] = {}
    for text in list(dict.fromkeys(filter(None, row)))[:MOST_ASKED]:
        known = {meaning.table.alias for meaning in meanings(text, words)}
        for alias in known | {item.alias for item in near(text, words)}:
            counts[alias] = counts.get(alias, 0) + 1
    alias = max(counts, key=lambda one: counts[one], default="")
    if counts.get(alias, 0) < FEW or 2 * counts[alias] < len(set(filter(None, row))):
        return Unrecognised(f"{nothing};{_WHAT_TO_DO}")
    table = words.tables[alias]
    missing = [c for c in table.columns if not any(_names(text, table, c, words) for text in row)]
    nearly = suggestions(filter(None, row), table, missing, words)
    reason = f"{nothing},最接近“{table.title_zh}”,本表未接收,请按该表模板写明表头后重报"
    return Unrecognised(";".join([reason, *questions(nearly, table, words)]), alias)


def _names(text: str, table: Table, column: Column, words: Dictionary) -> bool:
    return any(m.table is table and m.column is column for m in meanings(text, words))


def _lacking(match: Match) -> list[Column]:
    return [match.table.column(name) for name in match.table.key if name not in match.found]


def _unknown(match: Match) -> dict[int, str]:
    used = {place.position for places in match.found.values() for place in places}
    return {position: text for position, text in match.texts.items() if position not in used}


def _settle(
    sheet: Sheet,
    match: Match,
    top: Sequence[Sequence[str]],
    words: Dictionary,
    above: Sequence[str],
) -> Recognised | Unrecognised:
    """Choose one position per column; two columns with equally good headers refuse the table."""
    header_row = match.rows[-1]
    doubled = Doubled(sheet, match)
    fields, copies, remarks = [], set[int](), list[str]()
    for column in match.table.columns:
        places = match.found.get(column.name)
        if not places:
            continue
        choice = doubled.choose(places)
        if choice.problem:
            return Unrecognised(
                choice.problem, match.table.alias, is_sample=titles.is_sample(above)
            )
        remarks += choice.remarks
        copies |= choice.others
        kept = choice.kept
        fields.append(
            Field(
                column,
                tuple(place.position for place in kept),
                tuple(place.header for place in kept),
                kept[0].scale,
            )
        )
    doubt = titles.unit_in_doubt(above, [(f.column, f.headers[0]) for f in fields])
    fields = [replace(f, is_of_unknown_unit=f.headers[0] in doubt.headers) for f in fields]
    used = copies | {position for item in fields for position in item.positions}
    unknown = tuple((at, text) for at, text in match.texts.items() if at not in used)
    missing = tuple(c for c in match.table.columns if c.name not in match.found)
    nearly = suggestions([text for _, text in unknown], match.table, missing, words)
    version = titles.template_version(above)
    return Recognised(
        match.table,
        header_row,
        tuple(fields),
        missing,
        unknown,
        titles.is_sample(above),
        max(match.texts) + 1,
        suggestions={text: column.header for text, column in nearly.items()},
        header_cells=tuple(tuple(top[row]) for row in match.rows),
        numbering_row=numbering(top, match),
        template_version=version,
        remarks=(
            *titles.version_remarks(version, words),
            *questions(nearly, match.table, words),
            *remarks,
            *doubt.remarks,
        ),
    )
