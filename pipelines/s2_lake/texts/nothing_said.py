"""Cells that are filled in and say nothing: #N/A, =A2+1, a dash, NULL, 无.

None of them is a key. An error and a formula that was never calculated are told as cells that
cannot be typed. A dash or NULL is a blank where a column may be blank; 无 as well where it can be
no value (a number, a date, a number that identifies, a name), for elsewhere it may be one.
"""

from __future__ import annotations

import re
from enum import Enum

import polars as pl

from pipelines.core.dictionary import Column
from pipelines.core.text import narrow, unblank
from pipelines.s2_lake.files.formula_text import is_formula
from pipelines.s2_lake.texts import asked
from pipelines.s2_lake.texts.change_rules import Rule
from pipelines.s2_lake.texts.outcome import Typed
from pipelines.s2_lake.texts.series import mapped

# What such a cell may begin with; for polars, so that few cells are looked at one by one.
_MAYBE = (
    r"(?i)^\s*(?:[#\uff03\-\uff0d\u2010-\u2015\u2500\u2501_~/\uff0f\x5c\uff3c.\uff0e\u3002\u2026"
    r"\u00b7\u3001,\uff0c;\uff1b:\uff1a*\uff0a?\uff1f=\uff1d(\uff08<\uff1c\x22\u201c\u201d\uff02'\u3003\u3005\u2033\u301e\u301f\u2032]"
    r"|[nu\uff2e\uff4e\uff35\uff55]|err|无|没有|暂|空|未|不详|待|同|上同|错误)"
)
_ERROR = re.compile(
    r"#(?:n/a|ref|value|div/0|name|num|null|spill|calc|field|blocked|connect|unknown|busy"
    r"|getting_data)[!?]?|#+|(?:err|错误):?5[0-9]{2}"
)
_DASH = re.compile(r"[-\u2010-\u2015\u2500\u2501_~/\\.\u3002\u00b7\u3001,;:*]+")
_NULL = re.compile(r"null|none|nan|nat|nil|na|n/a|undefined|<(?:na|null)>|\((?:null|空|空白)\)")
_NONE = re.compile(r"无|没有|暂无|空|空白")
_UNKNOWN = re.compile(r"未知|不详|待定|待补|待补充|待核实|\?+")
# 同上, 〃 and their like; for polars and for Python.
DITTO_MARK = (
    r"(?:同\s*上\s*[行格]?|同\s*前|上\s*同"
    "|[\u3003\u3005\u2033\u301e\u301f\uff02\\x22\u201c\u201d]+|''|\u2032+)"
)
_DITTO = re.compile(f"-*{DITTO_MARK}-*")

ERROR_ZH = "是公式的错误值,不是内容,请改填实际内容"
FORMULA_ZH = "是公式文字,没有计算结果,请改填实际内容"
DITTO_ZH = "本列不能填“同上”,请填写实际内容"
NOTHING_ZH = "不是实际内容,请填写或留空"


class Nothing(Enum):
    """In which way a cell says nothing."""

    ERROR = ERROR_ZH
    FORMULA = FORMULA_ZH
    DITTO = DITTO_ZH
    UNKNOWN = NOTHING_ZH
    BLANK = "dash or NULL"
    NONE = "无"


_ALWAYS_TOLD = (Nothing.ERROR, Nothing.FORMULA, Nothing.DITTO)
# What an open list of labels does not take for a label that it does not know yet.
NO_LABEL = (*_ALWAYS_TOLD, Nothing.BLANK)


def says_nothing(text: str) -> Nothing | None:
    """Say in which way a text says nothing, None where it says something."""
    if is_formula(text):
        return Nothing.FORMULA
    bare = unblank(narrow(text)).casefold()
    kinds = {
        Nothing.ERROR: _ERROR,
        Nothing.DITTO: _DITTO,
        Nothing.BLANK: _DASH,
        Nothing.NONE: _NONE,
        Nothing.UNKNOWN: _UNKNOWN,
    }
    if _NULL.fullmatch(bare):
        return Nothing.BLANK
    return next((kind for kind, form in kinds.items() if form.fullmatch(bare)), None)


def empty_keys(cells: pl.Series) -> pl.Series:
    """Return which cells of a key are blank or say nothing, asked about ones among them."""
    texts = [text for text in _candidates(cells) if says_nothing(text)]
    texts += [text for text in _asked(cells) if asked.question(text)]
    return cells.is_null() | cells.is_in(texts).fill_null(False)


def without_placeholders(cells: pl.Series, column: Column) -> pl.Series:
    """Blank the cells that say that there is nothing, in a column where blank says just that."""
    gone = [text for text in _candidates(cells) if _is_blank(says_nothing(text), column)]
    return cells.set(cells.is_in(gone).fill_null(False), None) if gone else cells


def typed_texts(cells: pl.Series, column: Column) -> Typed:
    """Type a text column: its cells are its values, but for those that say nothing."""
    no = pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True).alias(cells.name)
    kinds = {text: kind for text in _candidates(cells) if (kind := says_nothing(text))}
    reasons = {text: why for text in _asked(cells) if (why := asked.question(text))}
    blank = {text for text, kind in kinds.items() if _is_blank(kind, column)}
    for text, kind in kinds.items():
        if kind in _ALWAYS_TOLD:
            reasons[text] = kind.value
        elif (text in blank and column.required == "Y") or (
            kind is Nothing.UNKNOWN and column.is_identifier
        ):
            reasons[text] = NOTHING_ZH
    blank -= reasons.keys()
    if not reasons and not blank:
        return Typed(cells, no)
    failed = cells.is_in(list(reasons)).fill_null(False)
    emptied = cells.is_in(list(blank)).fill_null(False)
    rules = mapped(cells, dict.fromkeys(blank, str(Rule.PLACEHOLDER)), pl.String) if blank else None
    return Typed(cells.set(failed | emptied, None), failed, rules, reasons)


def _candidates(cells: pl.Series) -> list[str]:
    """Return the distinct cells that may say nothing."""
    return cells.filter(cells.str.contains(_MAYBE).fill_null(False)).unique().to_list()


def _asked(cells: pl.Series) -> list[str]:
    """Return the distinct cells that may be asked about."""
    return cells.filter(cells.str.ends_with(")").fill_null(False)).unique().to_list()


def _is_blank(kind: Nothing | None, column: Column) -> bool:
    """Say whether a cell that says nothing is a blank of its column."""
    if kind is not Nothing.NONE:
        return kind is Nothing.BLANK
    if column.type == "str":
        return column.is_identifier or column.sensitive == "name"
    return column.type not in ("bool", "code", "codes")
