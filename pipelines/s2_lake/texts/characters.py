"""Characters that say nothing: blanks of every kind, invisible signs, full-width forms.

What may be taken away depends on what a cell holds. A number that identifies holds none of them;
a name loses the blanks between its Chinese characters; free text loses blanks around it only.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl

from pipelines.core.text import (
    BLANK,
    BLANKS,
    INVISIBLE,
    UNSEEN,
    WIDE,
    narrow,
    narrow_sign,
    unblank,
)
from pipelines.s2_lake.texts.change_rules import Rule
from pipelines.s2_lake.texts.series import mapped

APOSTROPHES = "'‘’＇`"

_PRINTABLE_UNSEEN = [sign for sign in INVISIBLE if sign.isprintable()]

_AROUND = BLANKS + INVISIBLE
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}])[{re.escape(BLANKS)}]+(?=[{_HAN}])")

# The same sets in the syntax of the Rust regex that polars uses.
_CODES = "".join(f"\\x{{{ord(sign):x}}}" for sign in INVISIBLE)
_ODD_IN_NUMBER = r"[^!-&(-~]"
_ODD_IN_NAME = rf"[\s\x1c-\x1f{_CODES}]|^['\x{{ff07}}]"
_ODD_IN_TEXT = rf"[{_CODES}]|^['\x{{ff07}}]"


def stripped(cell: pl.Expr) -> pl.Expr:
    """Return text without blanks and invisible signs around it, null where nothing is left."""
    return cell.map_batches(bare_cells, return_dtype=pl.String, is_elementwise=True)


def bare_cells(cells: pl.Series) -> pl.Series:
    """Strip a column as ``stripped`` does; one without any blank is not looked at cell by cell."""
    bare = cells if has_no_blank(cells) else cells.str.strip_chars(_AROUND)
    return bare.set(bare == "", None)


def has_no_blank(cells: pl.Series) -> bool:
    """Say whether no cell of a column holds a blank or an invisible sign anywhere."""
    text = _whole(cells)
    # Blanks and most invisible signs are what Unicode calls not printable; these are.
    return (
        text.isprintable()
        and " " not in text
        and (text.isascii() or not any(sign in text for sign in _PRINTABLE_UNSEEN))
    )


def _whole(cells: pl.Series) -> str:
    """Return a column as one text: Python looks through it faster than a pattern does per cell."""
    return str(cells.str.join("").item() or "")


def strip(text: str) -> str:
    """Return one text without blanks and invisible signs around it."""
    return text.strip(_AROUND)


def _is_wide(sign: str) -> bool:
    """Say whether a sign is another form of a common one; squared units (㎡) are units."""
    is_form = not sign.isascii() and sign not in BLANKS and not "㌀" <= sign <= "㏿"
    return is_form and narrow_sign(sign) != sign


def changed_signs(before: str, *, inner_blanks: bool = True) -> set[Rule]:
    """Return what making a cell narrow and bare changes in it; blanks around it are no change."""
    rules = set()
    if UNSEEN.search(before):
        rules.add(Rule.INVISIBLE)
    bare = strip(before)
    if bare.startswith(tuple(APOSTROPHES)):
        rules.add(Rule.APOSTROPHE)
    if any(map(_is_wide, bare.lstrip(APOSTROPHES))):
        rules.add(Rule.WIDTH)
    if inner_blanks and BLANK.search(bare):
        rules.add(Rule.BLANKS)
    return rules


def plain(text: str) -> str:
    """Return a cell that holds no free text as it is read: narrow, bare, no leading apostrophe."""
    return strip(narrow(text)).lstrip(APOSTROPHES)


# --- text columns ----------------------------------------------------------------------------


def identifier(text: str) -> str:
    """Return a number that identifies without blanks, invisible signs, wide forms, apostrophe."""
    bare = UNSEEN.sub("", text).translate(WIDE)
    return _ungrouped(unblank(bare).lstrip(APOSTROPHES))


# A code of up to 15 digits, shown with separators or with a decimal point, has lost none.
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3}){2,4}")
_FLOAT = re.compile(r"([0-9]{5,15})\.0+")


def _ungrouped(number: str) -> str:
    if _GROUPED.fullmatch(number):
        return number.replace(",", "")
    match = _FLOAT.fullmatch(number)
    return match[1] if match else number


def identifier_rules(before: str, after: str) -> set[Rule]:
    """Return what ``identifier`` (and upper case) changed in a cell."""
    rules = changed_signs(before, inner_blanks=False)
    if BLANK.search(before):
        rules.add(Rule.BLANKS)
    bare = unblank(UNSEEN.sub("", before).translate(WIDE)).lstrip(APOSTROPHES)
    if _GROUPED.fullmatch(bare):
        rules.add(Rule.GROUPS)
    elif _FLOAT.fullmatch(bare):
        rules.add(Rule.ZERO_FRACTION)
    elif bare != after:
        rules.add(Rule.UPPER_CASE)
    return rules


def name(text: str) -> str:
    """Return a name without invisible signs and without blanks between Chinese characters."""
    return _BETWEEN_HAN.sub("", free_text(text))


def free_text(text: str) -> str:
    """Return free text without invisible signs and the apostrophe that marks a cell as text."""
    bare = strip(UNSEEN.sub("", text))
    return bare[1:].lstrip() if _marks_text(bare) else bare


def _marks_text(bare: str) -> bool:
    """Say whether a text begins with an apostrophe that nothing closes: no quotation."""
    return bare[:1] in ("'", "\uff07") and not any(sign in bare[1:] for sign in APOSTROPHES)


def name_rules(before: str, after: str) -> set[Rule]:
    """Return what ``name`` changed in a cell."""
    rules = free_text_rules(before, after)
    bare = UNSEEN.sub("", before)
    if Rule.APOSTROPHE in rules:
        bare = re.sub("['\uff07]", "", bare, count=1)
    return rules | {Rule.BLANKS} if bare != after else rules


def free_text_rules(before: str, after: str) -> set[Rule]:
    """Return what ``free_text`` changed in a cell; blanks around it are no change."""
    rules = {Rule.INVISIBLE} if UNSEEN.search(before) else set()
    return rules | {Rule.APOSTROPHE} if _marks_text(strip(UNSEEN.sub("", before))) else rules


def clean_identifiers(cells: pl.Series) -> pl.Series:
    """Clean stripped cells of a column of identifying numbers."""
    text = _whole(cells)
    if text.isascii() and text.isprintable() and not any(sign in text for sign in " ',."):
        return cells
    odd = cells.str.contains(rf"{_ODD_IN_NUMBER}|^[0-9]{{1,3}}(?:,[0-9]{{3}})+$|\.0+$")
    return _cleaned(cells, odd, identifier)


def clean_names(cells: pl.Series) -> pl.Series:
    """Clean stripped cells of a column of names."""
    if has_no_blank(cells) and not _begins_marked(cells):
        return cells
    return _cleaned(cells, cells.str.contains(_ODD_IN_NAME), name)


def clean_texts(cells: pl.Series) -> pl.Series:
    """Clean stripped cells of a column of free text."""
    if has_no_blank(cells) and not _begins_marked(cells):
        return cells
    return _cleaned(cells, cells.str.contains(_ODD_IN_TEXT), free_text)


def _begins_marked(cells: pl.Series) -> bool:
    return any(cells.str.starts_with(sign).any() for sign in ("'", "\uff07"))


def _cleaned(cells: pl.Series, odd: pl.Series, clean: Callable[[str], str]) -> pl.Series:
    """Clean the odd cells, each distinct one once; what is left blank becomes null."""
    if not odd.any():
        return cells
    distinct = cells.filter(odd).unique().to_list()
    return mapped(cells, {cell: clean(cell) or None for cell in distinct}, pl.String, cells)
