"""Rows below the header that are no records: blank, numbering, headers, titles, totals, footers."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.results import IgnoredRows
from pipelines.s2_lake.rows.amounts import adds_up
from pipelines.s2_lake.rows.filing import Filing
from pipelines.s2_lake.rows.prefilled import PREFILLED, prefilled_rows
from pipelines.s2_lake.rows.quarantine import KEY_FORMS
from pipelines.s2_lake.tables.later_headers import REPEATED_HEADER, TITLE, titles_above
from pipelines.s2_lake.tables.recognise import Recognised
from pipelines.s2_lake.tables.titles import FOOTER_LINE, is_place, is_title
from pipelines.s2_lake.tables.total_labels import place_label, total_label
from pipelines.s2_lake.texts.characters import stripped

BLANK = "空行"
NUMBERING = "编号行"
TOTAL = "合计行"
FOOTER = "表尾"
_ORDINAL = r"^[(\uFF08]?[一二三四五六七八九十]{1,3}[)\uFF09]?[、.]?$"
_FIGURE = r"^-?[0-9][0-9,.]*$"
_MAYBE_LABEL = "计|其中"
_BARE_TOTAL = r"^(?:合|总|小|共)\s*计"
# How many rows a total counts, in the key's column.
_COUNT = r"^[0-9]{1,6}[^0-9]{0,4}$"


def ignored_kinds(text: pl.DataFrame, sheet: Sheet, found: Recognised) -> pl.Series:
    """Return, per row of ``text``, why it is ignored (Chinese), null for a record.

    A footer or total is told by its first filled cell, its key cell, or a cell that says nothing
    but 合计, and only where the key does not name a record.
    """
    below = sheet.frame.slice(found.header_row + 1)
    suspects = _suspects(text, below, found)
    kinds = pl.Series("kind", [None], dtype=pl.String).new_from_index(0, text.height)
    if not suspects.any():
        return kinds
    told = _kinds(text.filter(suspects), sheet, found)
    kinds = kinds.scatter(suspects.arg_true(), told)
    blank = prefilled_rows(text, sheet, found) & kinds.is_null()
    return kinds.scatter(blank.arg_true(), PREFILLED)


def _suspects(text: pl.DataFrame, below: pl.DataFrame, found: Recognised) -> pl.Series:
    """Return which rows may be no records, by their key and first cells alone: most need no look.

    A key is mostly letters and digits; a header, a footer (填报日期:2020) or a blank is not, but a
    total may count the rows below it.
    """
    suspects = ~_key(text, found).str.contains("^[ -~]*[0-9][ -~]*$").fill_null(False)
    for name in below.columns[:4]:
        suspects |= below[name].str.contains(_MAYBE_LABEL).fill_null(False)
    known = [row for row in (*found.marked, found.numbering_row) if row is not None]
    return suspects | (text["source_row"] - 1).is_in(known) if known else suspects


def _key(text: pl.DataFrame, found: Recognised) -> pl.Series:
    """Return the key cells; a header that cannot be read may lack them."""
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, text.height)
    return text.get_column(found.table.key[0], default=nothing)


def _kinds(text: pl.DataFrame, sheet: Sheet, found: Recognised) -> pl.Series:
    """Judge rows in full."""
    below = sheet.frame[text["source_row"] - 1]
    bare = below.select(stripped(pl.col(name)) for name in below.columns)
    first = bare.select(pl.coalesce(pl.all())).to_series()
    key = _key(text, found)
    marked = [found.marked.get(row - 1) for row in text["source_row"]]
    is_footer = (_says(first, FOOTER_LINE) & key.is_null()) | _says(key, FOOTER_LINE)
    rows = pl.DataFrame(
        {
            "is blank": first.is_null(),
            "repeats": bare.select(_repeats_header(bare, found)).to_series(),
            "marked": pl.Series(marked, dtype=pl.String),
            "is numbering": text["source_row"] - 1 == (found.numbering_row or -1),
            "is total": _is_total(text, bare, first, found),
            "is footer": is_footer,
            "is title": _is_title(bare, first, key, titles_above(sheet, found)),
        }
    )
    return rows.select(
        pl.when("is blank")
        .then(pl.lit(BLANK))
        .when("repeats")
        .then(pl.lit(REPEATED_HEADER))
        .when(pl.col("marked") != TITLE)
        .then("marked")
        .when("is numbering")
        .then(pl.lit(NUMBERING))
        .when("is total")
        .then(pl.lit(TOTAL))
        .when("is footer")
        .then(pl.lit(FOOTER))
        .when(pl.col("is title") | pl.col("marked").is_not_null())
        .then(pl.lit(TITLE))
        .alias("kind")
    )["kind"]


def _says(cells: pl.Series, pattern: str) -> pl.Series:
    return cells.str.contains(pattern).fill_null(False)


def _is_total(
    text: pl.DataFrame, bare: pl.DataFrame, first: pl.Series, found: Recognised
) -> pl.Series:
    """Return which rows are totals: labelled in the key, in front, or where no person is named.

    A row with a whole key is a record, whatever its cells say; the number below the key's header
    may be how many rows there are, but no full key.
    """
    key = _key(text, found)
    key_column = found.table.column(found.table.key[0])
    form = KEY_FORMS.get(key_column.name)
    in_key, in_front = _is_label(key), _is_label(first)
    if key_column.type == "code":
        # Reported figures may be totals themselves (贫困户合计).
        in_key &= key.str.contains(_BARE_TOTAL).fill_null(False)
    counts = ~_says(key, form) if form else _says(key, _COUNT)
    anywhere = pl.Series([False], dtype=pl.Boolean).new_from_index(0, text.height)
    for name in bare.columns:
        anywhere |= _is_label(bare[name])
    for item in found.fields:
        if item.column.sensitive:
            cells = text[item.column.name]
            anywhere &= cells.is_null() | _is_label(cells)
    by_label = in_key | (in_front & (key.is_null() | counts)) | (anywhere & key.is_null())
    return by_label | _is_place_total(text, key, found)


def _is_place_total(text: pl.DataFrame, key: pl.Series, found: Recognised) -> pl.Series:
    """Return which rows have a place for their key and nothing but sums: 示例一村, 12000, 300."""
    column = found.table.column(found.table.key[0])
    places = [cell for cell in key.drop_nulls().unique() if place_label(cell)]
    if not places or not column.is_identifier or column.name == "village_code":
        return key.is_null() & False
    own = [item.column for item in found.fields if item.column is not column]
    sums = [item.name for item in own if adds_up(item)]
    others = [item.name for item in own if not adds_up(item) and not item.is_whereabouts]
    has_sums = pl.any_horizontal(pl.col(sums).str.contains(_FIGURE)) if sums else pl.lit(False)
    has_others = pl.any_horizontal(pl.col(others).is_not_null()) if others else pl.lit(False)
    return (
        key.is_in(places).fill_null(False)
        & text.select(has_sums.fill_null(False) & ~has_others).to_series()
    )


def _is_label(cells: pl.Series) -> pl.Series:
    maybe = cells.str.contains(_MAYBE_LABEL).fill_null(False)
    labels = {text for text in cells.filter(maybe).unique() if total_label(text)}
    return cells.is_in(list(labels)).fill_null(False) if labels else maybe & False


def _is_title(
    bare: pl.DataFrame, first: pl.Series, key: pl.Series, above: Collection[str]
) -> pl.Series:
    """Return which rows are titles: those above the table again, or a lone line that is no key."""
    # A heading may be numbered in a cell of its own: 一 | 示例一村.
    is_ordinal = bare.to_series(0).str.contains(_ORDINAL).fill_null(False)
    first = first.zip_with(
        ~is_ordinal,
        bare.select(pl.coalesce(pl.all().exclude(bare.columns[0]), pl.all())).to_series(),
    )
    filled = bare.select(pl.sum_horizontal(pl.all().is_not_null())).to_series() - is_ordinal.cast(
        pl.UInt32
    )
    repeated = bare.select(
        pl.all_horizontal(pl.all().is_null() | pl.all().is_in(list(above)))
    ).to_series()
    no_key = key.is_null() | (key == first)
    is_lone = (filled == 1) & no_key
    texts = first.filter(is_lone).unique()
    lines = first.is_in([text for text in texts if is_title(text)])
    # The name of a place in another column may be a record of which nothing else was filled in.
    in_front = bare.to_series(0).is_not_null() | key.is_not_null()
    places = first.is_in([text for text in texts if is_place(text)]) & in_front
    return (is_lone & (lines | places)).fill_null(False) | (repeated & no_key)


def _repeats_header(bare: pl.DataFrame, found: Recognised) -> pl.Expr:
    """Say of a row that its filled cells, two at least, are those of a header row in their places.

    One cell that says what its header says may be a careless entry.
    """
    repeated = pl.lit(False)
    for header in found.header_cells:
        cells = [(pl.col(name), said) for name, said in zip(bare.columns, header, strict=False)]
        beyond = [pl.col(name).is_null() for name in bare.columns[len(header) :]]
        same = pl.all_horizontal(
            *(cell.is_null() | (cell == said) for cell, said in cells), *beyond
        )
        filled = pl.sum_horizontal(cell.is_not_null() for cell, _ in cells)
        repeated = repeated | (same & (filled >= min(2, sum(map(bool, header)))) & (filled > 0))
    return repeated


def ignored_rows(
    text: pl.DataFrame, kinds: pl.Series, sheet: Sheet, found: Recognised, filing: Filing
) -> list[IgnoredRows]:
    """Return the ignored rows of a sheet, runs of one kind in one entry."""
    runs: list[IgnoredRows] = []
    chosen = text.select("source_row", kinds).filter(kinds.is_not_null())
    for row, kind in chosen.iter_rows():
        last = runs[-1] if runs else None
        if last and (last.kind_zh, last.last_row + 1) == (kind, row):
            runs[-1] = IgnoredRows(
                last.file, last.sheet, last.table, kind, last.first_row, last_row=row
            )
        else:
            runs.append(IgnoredRows(filing.file, sheet.name, found.table.alias, kind, row, row))
    return runs
