"""Which counts where a number format shows another thing than the cell holds: shown or stored.

Of a code, a name or a label it is what is shown: everybody who reads the sheet reads that. Of a
number it is what is stored, as long as the format only rounds it or writes its unit beside it
(330.0万 in yuan is 3300000); where the two are different numbers the cell is asked about, for
nobody can tell by which of them the sender meant to be held.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from pipelines.core.dictionary import Column, Dictionary
from pipelines.s2_lake.cells.typed import typed_column
from pipelines.s2_lake.tables.recognise import Field
from pipelines.s2_lake.texts import asked

_MANTISSA = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+")
_PUNCTUATION = re.compile(r"[\s\-–.·/()]")
_POWER = re.compile("[百千万亿%‰]")
# Of these types, what is shown is what was written.
_WORDS = ("str", "code", "codes", "bool")


@dataclass(frozen=True)
class _Reader:
    """Reads texts as cells of one column."""

    item: Field
    words: Dictionary
    is_1904: bool

    def read(self, texts: Iterable[str]) -> dict[str, tuple[Any, str | None]]:
        """Return, by text, its typed value and why it has none (None: it is typed)."""
        distinct = list(dict.fromkeys(texts))
        name = self.item.column.name
        body = pl.DataFrame({name: pl.Series(distinct, dtype=pl.String)})
        told = typed_column(body, self.item, self.words, is_1904=self.is_1904)
        values = told.values.struct.field("value") if self.item.column.printed else told.values
        return {
            text: (value, told.reasons.get(text, "") if failed else None)
            for text, value, failed in zip(distinct, values.to_list(), told.failed, strict=True)
        }


def meant_by_format(
    pairs: Iterable[tuple[str, str]], item: Field, words: Dictionary, *, is_1904: bool
) -> dict[tuple[str, str], str]:
    """Return, by stored and shown text, the text to be taken; none where the stored one stays."""
    known = list(dict.fromkeys(pairs))
    reader = _Reader(item, words, is_1904)
    values = reader.read([text for pair in known for text in pair if text])
    ones = reader.read([_one(shown) for _, shown in known if _MANTISSA.search(shown)])
    found = {}
    for stored, shown in known:
        taken = (
            _word(stored, shown, item.column, values)
            if item.column.type in _WORDS
            else _number(stored, shown, item.column, values, ones)
        )
        if taken != stored:
            found[stored, shown] = taken
    return found


def _word(
    stored: str, shown: str, column: Column, values: Mapping[str, tuple[Any, str | None]]
) -> str:
    """Return what a code, a label or a text is meant to be."""
    if not shown:
        return asked.shown_otherwise(stored, shown)
    # 139-0000-1234 is the same number, easier to read.
    is_punctuated = _PUNCTUATION.sub("", shown) == stored
    is_no_label = column.type != "str" and values[shown][1] is not None
    is_label = column.type != "str" and values[stored][1] is None
    return stored if is_punctuated or (is_no_label and is_label) else shown


def _number(
    stored: str,
    shown: str,
    column: Column,
    values: Mapping[str, tuple[Any, str | None]],
    ones: Mapping[str, tuple[Any, str | None]],
) -> str:
    """Return what a number or a date is meant to be, or the text that asks about it."""
    value, no_value = values[stored]
    told, no_told = values.get(shown, (None, ""))
    is_date = column.type in ("date", "month", "datetime")
    if no_value is not None:
        return shown if is_date and no_told is None else stored
    if no_told is None:
        one = None if is_date else ones.get(_one(shown), (None, ""))[0]
        agrees = value == told if one is None else _is_rounded(value, told, shown, one)
    else:
        agrees = not no_told and not is_date and _is_digits_of(stored, shown)
    return stored if agrees else asked.shown_otherwise(stored, shown)


def _one(shown: str) -> str:
    """Return a shown number with 1 in place of its digits: 330.0万 gives 1万."""
    return _MANTISSA.sub("1", shown, count=1)


def _is_rounded(value: Any, told: Any, shown: str, one: Any) -> bool:
    """Say whether a number is the shown one within half of its last digit."""
    digits = _MANTISSA.search(shown)
    places = len(digits[0].partition(".")[2]) if digits else 0
    last = abs(Decimal(one)) * Decimal(1).scaleb(-places)
    return abs(Decimal(value) - Decimal(told)) * 2 <= last


def _is_digits_of(stored: str, shown: str) -> bool:
    """Say whether a text that is no number (约5000) has the stored digits and no power."""
    digits = _MANTISSA.search(shown)
    if digits is None or _POWER.search(shown):
        return False
    number = digits[0].replace(",", "")
    try:
        difference = abs(abs(Decimal(stored)) - Decimal(number))
    except InvalidOperation:
        return False
    return difference * 2 <= Decimal(1).scaleb(-len(number.partition(".")[2]))
