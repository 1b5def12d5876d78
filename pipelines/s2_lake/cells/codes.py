"""Yes and no, codes and lists of codes, by label, known variant or national code."""

from __future__ import annotations

import re

from pipelines.core.dictionary import CodeList, normal
from pipelines.core.text import BLANKS, has_mock_digit, narrow, unblank
from pipelines.s2_lake.texts.change_rules import Rule
from pipelines.s2_lake.texts.characters import APOSTROPHES, changed_signs, free_text, plain, strip
from pipelines.s2_lake.texts.nothing_said import NO_LABEL, says_nothing
from pipelines.s2_lake.texts.outcome import Read, Untyped

_YES = ["是", "有", "1", "1.0", "√", "✓", "✔", "☑", "✅", "y", "yes", "true", "t", "对"]
_NO = ["否", "无", "0", "0.0", "×", "✕", "✖", "✗", "✘", "x", "❌"]
_NO += ["n", "no", "false", "f", "没有", "不是"]
_ANSWERS = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
_PLAIN_ANSWERS = {"是", "否"}

_STRONG = re.compile("[,，、､;；|｜/／\n\r]")
_BLANK = re.compile(f"[{re.escape(BLANKS)}]+")
_CODE_FIRST = re.compile(r"\(?(\d{1,2})\)?[-.、:_]?(?=\D)(.+)", re.ASCII)
_CODE_LAST = re.compile(r"(.+?)\(?(\d{1,2})\)?", re.ASCII)


def read_answer(text: str) -> Read:
    """Read yes or no. Raises Untyped."""
    bare = unblank(plain(text))
    answer = None if has_mock_digit(text) else _ANSWERS.get(bare.casefold())
    if answer is None:
        raise Untyped
    rules = changed_signs(text)
    return Read(answer, frozenset(rules if bare in _PLAIN_ANSWERS else rules | {Rule.YES_NO}))


def read_code(text: str, codes: CodeList) -> Read:
    """Read one code as its label, None for a spelling of blank. Raises Untyped.

    An open list keeps a label that it does not know.
    """
    if not has_mock_digit(text):
        bare = plain(text)
        label = _label(bare, codes)
        if label is not None:
            return Read(label, _rules(text, bare, label))
        if normal(bare) in map(normal, codes.blank_labels):
            return Read(None)
    if codes.closed or says_nothing(text) in NO_LABEL:
        raise Untyped
    kept = free_text(text).lstrip(APOSTROPHES)
    return Read(kept or None, frozenset(changed_signs(text) & {Rule.INVISIBLE, Rule.APOSTROPHE}))


def read_codes(text: str, codes: CodeList) -> Read:
    """Read several codes as labels in filed order, each once. Raises Untyped."""
    if not has_mock_digit(text):
        bare = plain(text)
        whole = _label(bare, codes)
        if whole is not None:
            return Read([whole], _rules(text, bare, whole))
    parts = [part for part in _STRONG.split(text) if strip(part)]
    rules = {Rule.SEPARATOR} if set(_STRONG.findall(strip(text))) - {","} else set()
    labels: list[str] = []
    for part in parts:
        for item in _items(part, codes):
            read = read_code(item, codes)
            rules |= read.rules
            labels += [] if read.value is None else [read.value]
        if len(_items(part, codes)) > 1:
            rules.add(Rule.SEPARATOR)
    distinct = list(dict.fromkeys(labels))
    if len(distinct) < len(labels):
        rules.add(Rule.REPEATED_VALUE)
    return Read(distinct, frozenset(rules))


def _items(part: str, codes: CodeList) -> list[str]:
    """Split at blanks, unless a label is written with blanks in it (因 病)."""
    if has_mock_digit(part) or _label(plain(part), codes) is not None:
        return [part]
    return [item for item in _BLANK.split(part) if strip(item)]


def _label(bare: str, codes: CodeList) -> str | None:
    """Return the label that a narrow text names by label, variant, code or both; None for none.

    Raises Untyped where a code and a label that stand together differ.
    """
    label = codes.lookup.get(normal(bare))
    if label is not None:
        return label
    compact = unblank(bare)
    first, last = _CODE_FIRST.fullmatch(compact), _CODE_LAST.fullmatch(compact)
    pairs = [first.groups()] if first else []
    pairs += [(last[2], last[1])] if last else []
    for code, spelling in pairs:
        by_label = codes.lookup.get(normal(spelling))
        by_code = codes.lookup.get(code) or codes.lookup.get(code.lstrip("0") or "0")
        if by_label is not None and by_code is not None:
            if by_label != by_code:
                raise Untyped("代码与名称不一致,请只填其中一种")
            return by_label
    return None


def _rules(text: str, bare: str, label: str) -> frozenset[Rule]:
    """Return what was changed to find a label: signs only, or another spelling of it."""
    compact = unblank(bare)
    is_plain = compact == unblank(narrow(label)) or (compact.isascii() and compact.isdecimal())
    return frozenset(changed_signs(text) | (set() if is_plain else {Rule.CODE_VARIANT}))
