"""Values as they may leave: each shown to be of its column's kind, or 〔未公开〕.

A key that may not be shown is replaced by one that still joins: the same value gives the same key
in every table, and nobody without the home's key can tell which value it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import polars as pl

from pipelines.core.dictionary import dictionary
from pipelines.core.dictionary.model import normal
from pipelines.core.privacy import (
    HIDDEN,
    Names,
    Prefixes,
    Reading,
    hide_numbers,
    keyed,
    with_numbers,
)

# As many hexadecimal digits as keep a million keys apart.
KEY_DIGITS = 12

# A code has a digit and few characters of Chinese (a plate, 记-12), or is a document's number.
_CODE = (
    r"^(?:[0-9A-Za-z][0-9A-Za-z\-_/.·#()()]*|\p{Han}{1,3}[0-9A-Za-z\-_/.·#()()]*"
    r"[0-9A-Za-z\-_/.·#()()\p{Han}]{0,12}|.{1,16}[〔\[【((](?:19|20)\d{2}[〕\]】))].{0,8}\d.{0,4})$"
)
_HAS_DIGIT = "[0-9]"
# Or it is the short name of an indicator of a county's own: exit_path, in several words.
_SHORT_NAME = "^[a-z]+(?:_[a-z0-9]+)+$"
_LISTED = re.compile("[,,、;;]")
_LONGEST_CODE = 60
# Figures and dates as printed: 约1.4万, 12.5%, 2019年11月, 2020-06-30 08:00.
_PRINTED = (
    r"^[约近超达逾多余左右第共计<>≤≥=+\-–—~~至0-9.,,%%‰:/()() 年月日时分秒万亿千百元户人项次亩个]*$"
)
# What masks leave: of a name, of a birth date, of phones and accounts.
_MASKED = r"^(?:某|(?:18|19|20)\d{2}\*{4}|\*+[0-9]{0,4})$"
_PLACE = r"^\p{Han}{1,12}(?:省|市|县|区|旗|州|盟|镇|乡|村|街道|社区|农场)$"
# An id that is masked already: what begins it, stars, its end. Stars alone are an id or a name.
_MASKED_ID = r"^(?:[0-9A-Za-z]{6}\*{4,}[0-9BbXx*]{4}|\*+)$"


class Cleaner:
    """Cleans distinct values by kind (``contract.CLEANED``); null and blank stay what they are."""

    def __init__(self, names: Names, official: Prefixes, key: bytes) -> None:
        """Take the names and official codes of this home, and its key."""
        self._names, self._official, self._key = names, official, key
        words = dictionary()
        codes = [code for listed in words.code_lists.values() for code in listed.codes]
        self._labels = sorted({code.label for code in codes})
        self._spellings = {
            normal(spelling)
            for code in codes
            for spelling in (code.label, *code.synonyms, code.code or "")
        } | {"是", "否", "有", "无"}
        self._ways: dict[str, Callable[[pl.Series], pl.Series]] = {
            "key": lambda texts: self._keyed_where(texts, ~self._is_code(texts)),
            "label": lambda texts: _hidden_where(texts, ~texts.is_in(self._labels)),
            "label_key": lambda texts: self._keyed_where(texts, ~texts.is_in(self._labels)),
            "name": lambda texts: _hidden_where(texts, self._tells(texts)),
            "place": lambda texts: _hidden_where(texts, self._tells(texts, are_places=True)),
            "file": lambda texts: self._keyed_where(texts, self._tells(texts)),
            "message": self._message,
            "value": self._value,
            "cell": self._cell,
            "printed": lambda texts: _hidden_where(texts, ~_is_printed(texts)),
        }

    def clean(self, kind: str, texts: pl.Series) -> pl.Series:
        """Return the values as they may leave; the kind is one of ``contract.CLEANED``."""
        filled = (texts.str.strip_chars() != "").fill_null(False)
        left = self._ways[kind](texts.filter(filled))
        return texts.clone().scatter(filled.arg_true(), left)

    def _is_code(self, texts: pl.Series) -> pl.Series:
        """Tell what is a code: of its form, no number of anybody, nobody's name."""
        formed = (
            (
                texts.str.contains(_CODE)
                & texts.str.contains(_HAS_DIGIT)
                & (texts.str.len_chars() <= _LONGEST_CODE)
            )
            | texts.is_in(self._labels)
            | texts.str.contains(_SHORT_NAME)
        )
        numbers = with_numbers(texts, Reading.CODE, self._official)
        return formed & ~numbers & ~self._names.within(texts)

    def _tells(self, texts: pl.Series, *, are_places: bool = False) -> pl.Series:
        """Tell what holds a number or name of somebody."""
        return with_numbers(texts) | self._names.within(texts, are_places=are_places)

    def _message(self, texts: pl.Series) -> pl.Series:
        """Return sentences that show no number and name nobody."""
        told = with_numbers(texts)
        hidden = [hide_numbers(text) for text in texts.filter(told)]
        return self._names.hide(texts.clone().scatter(told.arg_true(), hidden) if hidden else texts)

    def _is_shown(self, texts: pl.Series) -> pl.Series:
        """Tell what a typed value shows itself to be: a label, figure, date, code or place."""
        spelled = pl.Series([self._is_spelled(text) for text in texts], dtype=pl.Boolean)
        return spelled | _is_printed(texts) | self._is_code(texts) | self._is_place(texts)

    def _is_spelled(self, text: str) -> bool:
        """Tell whether a text is a label, or a list of labels, in any of their spellings."""
        return all(normal(part) in self._spellings for part in _LISTED.split(text))

    def _is_place(self, texts: pl.Series) -> pl.Series:
        """Tell what is a place by its last character."""
        return texts.str.contains(_PLACE) & ~self._tells(texts, are_places=True)

    def _value(self, texts: pl.Series) -> pl.Series:
        """Return values as filed; what is masked already leaves neither."""
        return _hidden_where(texts, ~self._is_shown(texts) | texts.str.contains(_MASKED))

    def _cell(self, texts: pl.Series) -> pl.Series:
        """Return the values of a finding's cells: of a number nothing, a mask as it is."""
        numbers = with_numbers(texts) | texts.str.contains(_MASKED_ID)
        may = self._is_shown(texts) | texts.str.contains(_MASKED)
        return _hidden_where(texts, ~may).zip_with(~numbers, pl.Series([None], dtype=pl.String))

    def _keyed_where(self, texts: pl.Series, hide: pl.Series) -> pl.Series:
        """Return keys, those to hide replaced by keys that join as they did."""
        hide = hide.fill_null(False)
        numbers = [f"public:{text}".encode() for text in texts.filter(hide)]
        keys = [f"{HIDDEN}{digits[:KEY_DIGITS]}" for digits in keyed(numbers, self._key)]
        return texts.clone().scatter(hide.arg_true(), keys) if keys else texts


def _is_printed(texts: pl.Series) -> pl.Series:
    """Tell what is a figure or date as printed, and no number of anybody."""
    return texts.str.contains(_PRINTED) & ~with_numbers(texts)


def _hidden_where(texts: pl.Series, hide: pl.Series) -> pl.Series:
    """Return texts, those to hide as 〔未公开〕."""
    return texts.zip_with(~hide.fill_null(False), pl.Series([HIDDEN]))


def official_prefixes(counties: Iterable[str], villages: Iterable[str]) -> Prefixes:
    """Return the beginnings of official codes: those of counties, and of villages in them."""
    six = frozenset(code for code in counties if re.fullmatch("[0-9]{6}", code))
    twelve = (code for code in villages if re.fullmatch("[0-9]{12}", code))
    return Prefixes(six, frozenset(code for code in twelve if code[:6] in six))
