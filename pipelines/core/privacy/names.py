"""Names that were filed as somebody's, found in any text.

Names and texts are compared without blanks, dots and differences of width, so that 王　芳 is 王芳.
What gives nobody away stands: a name that is a word of the house's own texts (headers, labels,
sentences of rules), the official name of a place, and a name of two characters right before
村, 镇, 乡, 组 and their like, because 高山村 is a village and not somebody called 高山.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import polars as pl

# Between the parts of a name, or of its writing: blanks, invisible signs, dots, marks.
_APART = r"[\s\p{Cf}\p{Cc}·•・‧∙.．。*'’`-]"
_APART_PYTHON = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff·•・‧∙.．。*'’`-]")
_SEVERAL = re.compile(r"[、,,;;/|&\n]|(?<=.{2})[和及](?=.{2})")
_BRACKETS = re.compile(r"[((\[【〔<《].*?[))\]】〕>》]")
_NAME = re.compile(r"[^\W\d_]{2,30}")
# What is paid or signs and is nobody: offices, companies, schools. 某 is masked already.
_OFFICE = re.compile(
    "某|公司|政府|委员会|委会|党委|支部|办公室|合作社|合作联社|信用社|银行|中心|学校|小学|中学|大学"
    "|学院|医院|卫生院|卫生室|基金会|协会|工作队|扶贫办|局$|(村|镇|乡|县|街道|社区|小组)$"
    "|^.{4,}(队|站|所|部|厂|店|处|社|行|院|场|办|组|会)$"
)
_PLACE_WORD = "村|镇|乡|组|屯|寨|庄|社区|街道"
# 村民 and 村医 are people: the name before them is no village.
_PLACE_AFTER = f"(?!(?:{_PLACE_WORD})(?![民医官干]))"
_PLACE = re.compile(f"[\u4e00-\u9fff]{{2,10}}(?:{_PLACE_WORD})(?:委会|民委员会|居委会)?")
HIDDEN_NAME = "某"


def plain(text: str) -> str:
    """Return a text as it is compared: of one width, without blanks, dots and invisible signs."""
    return _APART_PYTHON.sub("", unicodedata.normalize("NFKC", text)).casefold()


def names_in(filed: str) -> list[str]:
    """Return the names that a cell of a name column holds, as they are compared.

    None where it holds a label, a number or an office. 王芳(户主)、李明 are two.
    """
    if _OFFICE.search(plain(filed)):
        return []
    parts = (plain(part) for part in _SEVERAL.split(_BRACKETS.sub("", filed)))
    return [part for part in parts if _NAME.fullmatch(part) and len(part) >= _least(part)]


def _least(name: str) -> int:
    """Return how long a name must be: four letters of an alphabet say less than two characters."""
    return 4 if name.isascii() else 2


class Names:
    """Names to look for; one object serves many searches."""

    def __init__(self, filed: Iterable[str], own_words: Iterable[str] = ()) -> None:
        """Take what was filed in name columns, and what gives nobody away.

        ``own_words`` are the texts of the house and the official names of regions: a name that
        occurs in one of them is not looked for.
        """
        found = {name for cell in filed for name in names_in(cell)}
        if found:
            texts = pl.Series([plain(words) for words in own_words], dtype=pl.String)
            said = texts.str.extract_many(sorted(found), overlapping=True).explode().drop_nulls()
            found -= set(said)
        self._names = sorted(found)

    def __len__(self) -> int:
        """Return how many names are looked for."""
        return len(self._names)

    def within(self, texts: pl.Series, *, are_places: bool = False) -> pl.Series:
        """Return, for many texts at once, whether each holds a name (false for null).

        ``are_places``: the texts are names of villages and townships, where 欧家坝村 stands
        whatever somebody is called.
        """
        hit, found = self._found(texts)
        sure = [
            bool(names) and not (are_places and _PLACE.fullmatch(plain(text)))
            for text, names in zip(texts.filter(hit), found, strict=True)
        ]
        return _scattered(len(texts), hit, sure)

    def hide(self, texts: pl.Series, shown: str = HIDDEN_NAME) -> pl.Series:
        """Return texts in which every name is replaced, for sentences that we compose."""
        hit, found = self._found(texts)
        hidden = [
            _hidden(text, names, shown)
            for text, names in zip(texts.filter(hit), found, strict=True)
        ]
        return texts.clone().scatter(hit.arg_true(), hidden) if hidden else texts

    def _found(self, texts: pl.Series) -> tuple[pl.Series, list[list[str]]]:
        """Return which texts hold what may be a name, and of each of these what surely is one.

        Two searches of all at once: few texts pass the first.
        """
        if not self._names:
            return _scattered(len(texts), None, []), []
        compared = texts.str.normalize("NFKC").str.replace_all(_APART, "").str.to_lowercase()
        hit = compared.str.contains_any(self._names).fill_null(False)
        if not hit.any():
            return hit, []
        some = compared.filter(hit)
        several = some.str.extract_many(self._names, overlapping=True)
        return hit, [
            [name for name in dict.fromkeys(names) if _is_somebody(name, text)]
            for text, names in zip(some, several, strict=True)
        ]


def _scattered(length: int, hit: pl.Series | None, values: list[bool]) -> pl.Series:
    """Return a series of false with the values where ``hit`` is true."""
    flags = pl.repeat(False, length, dtype=pl.Boolean, eager=True)
    return flags if hit is None or not values else flags.scatter(hit.arg_true(), values)


def _is_somebody(name: str, compared: str) -> bool:
    """Tell whether a name stands in a compared text as more than the beginning of a village."""
    return len(name) > 2 or re.search(re.escape(name) + _PLACE_AFTER, compared) is not None


def _hidden(text: str, names: list[str], shown: str) -> str:
    """Return a text with these names replaced, however they are spaced in it; the longest first."""
    for name in sorted(names, key=len, reverse=True):
        spaced = f"{_APART_PYTHON.pattern}*".join(map(re.escape, name))
        after = _PLACE_AFTER if len(name) == 2 else ""
        text = re.sub(spaced + after, shown, text, flags=re.IGNORECASE)
    return text
