"""What a total row calls itself: 合计, 示例二村小计, 全县总计, 小计(示例一村), 其中:脱贫户.

A name that only contains such a word is no total: 合计村, 设计院, 会计服务, 总计划.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pipelines.core.dictionary import normal

# How much a total sums, the smallest first: what follows the last total, a group, village, town,
# county; a total of one level sums the rows since the last one of its own level or higher.
PART, GROUP, VILLAGE, TOWN, WHOLE = range(5)
# 其中 sums some of the rows above it, and does not say where they stand.
SHARE = -1

_WORDS = r"(?:总合计|合计|总计|小计|共计|累计)(?:数|户数|人数|金额)?"
_BRACKET = r"[(\[【〔]([^()\[\]【】〔〕]{0,40})[)\]】〕]"
_COUNTS = r"(?:[::,、;]?\d[\d,.]*(?:户|人|人次|个|项|笔|条|份|元|万元|亩|名|家|村)?)*"
_LABEL = re.compile(
    rf"(?:[一二三四五六七八九十]{{1,3}}、|\d{{1,2}}[.、])?(?P<of>[^,;。:]{{0,30}}?)(?P<word>{_WORDS})"
    rf"[::]?(?:{_BRACKET})?[::]?{_COUNTS}[::;。]?"
)
_SHARE = re.compile(r"其中[:、]?(?P<of>[^,;。:]{1,20})[::]?")
_WHOLE_BRACKET = re.compile(r"^[(\[【〔]([^()\[\]【】〔〕]+)[)\]】〕]$")
_NAME = re.compile(r"[^:,;。\d]{2,20}")
_BARE = re.compile(r"(?:以上|本表|总)?")
# What a place or part calls itself, by the level of its total; 本页 is a part.
_LEVELS = (
    (re.compile(r".*(?:组|队|屯|寨|自然村)"), GROUP),
    (re.compile(r"(?:.*[^全])?(?:村|社区|居委会|村委会)|全村|本村|各村"), VILLAGE),
    (re.compile(r".*(?:乡|镇|街道|办事处|乡镇)"), TOWN),
    (re.compile(r".*(?:县|区|市|旗|全县|本级)"), WHOLE),
)


@dataclass(frozen=True)
class TotalLabel:
    """``place`` is what it is the total of as written ('' for none), ``level`` how much it sums."""

    place: str
    level: int


@lru_cache(maxsize=20_000)
def total_label(text: str) -> TotalLabel | None:
    """Return what the label of a total row says, None for a text that is none."""
    if "其中" in text and (share := _SHARE.fullmatch(normal(text))):
        return TotalLabel(share["of"], SHARE)
    if "计" not in text:
        return None
    plain = normal(text)
    match = _LABEL.fullmatch(_WHOLE_BRACKET.sub(r"\1", plain))
    if match is None:
        return None
    before, bracket = match["of"], match[3] or ""
    place = before if not _BARE.fullmatch(before) else bracket
    is_part = match["word"].startswith("小计") or before == "本页"
    return TotalLabel(place, _level(place, is_part))


@lru_cache(maxsize=20_000)
def place_label(text: str) -> TotalLabel | None:
    """Return what a row is the total of that is called by a place alone, None for another text."""
    place = normal(text)
    level = _level(place, is_part=False)
    is_place = _NAME.fullmatch(place) and any(p.fullmatch(place) for p, _ in _LEVELS)
    return TotalLabel(place, level) if is_place else None


def _level(place: str, is_part: bool) -> int:
    for pattern, level in _LEVELS:
        if pattern.fullmatch(place):
            return level
    return PART if is_part else WHOLE
