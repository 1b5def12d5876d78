"""What a verdict tells a report's author: figures by name, the computation, the difference."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from pipelines.core.figures.judge import CONTRADICTION, HOLDS, Interval, Judgement
from pipelines.core.figures.relation import Call, Name, Node, Number, plain, render
from pipelines.reconcile.severity import ARTIFACT, MINOR, SOFT, lone
from pipelines.reconcile.tables import Printed, Stated

_RATIO_PLACES = 4
_ROUNDING = "整数计数不舍入,其余各数可差末位半个单位,约数更宽"
_WEIGHT = {
    SOFT: "两处口径可能不同,请说明口径或更正。",
    MINOR: "只差在末位,多为截断或末位笔误,请按四舍五入更正。",
    ARTIFACT: "数字相同而小数点或单位不同,请补上小数点或改正单位。",
}
_FUNCTIONS = {"NR": "整数分子所得率", "AI": "整数分母所得率", "CNT": "整数个数"}
_INNER_QUOTES = str.maketrans("“”", "‘’")
_COMPARED = {"=": "应等于", "<=": "应不大于", ">=": "应不小于"}


def message(
    stated: Stated,
    judgement: Judgement,
    severity: str,
    reading: tuple[Stated, Judgement] | None,
) -> str:
    """Return the sentence for one verdict. ``reading`` is the relation that reads it first."""
    claim = _claim(stated, judgement)
    if judgement.verdict == HOLDS:
        return f"{claim}成立。"
    if judgement.left is None or judgement.right is None:
        if judgement.verdict == CONTRADICTION:
            return f"{claim}分母印作0,而分子不为0,算不出所印的数。"
        return f"{claim}分母为0或可能为0,无法判断。"
    if judgement.verdict != CONTRADICTION:
        return f"{claim}相差{_number(judgement.gap)},舍入可以解释({_ROUNDING})。"
    text = claim + (_no_whole(stated, judgement) or _cannot(stated, judgement))
    if reading is not None:
        return text + _second(reading)
    return text + _WEIGHT.get(severity, "请核对原始台账,更正填错的数。")


@dataclass(frozen=True)
class _Side:
    """One side of a relation with what it comes to."""

    node: Node
    value: Fraction | None
    bounds: Interval | None


def _sides(stated: Stated, judgement: Judgement) -> tuple[_Side, _Side]:
    """Return the sides as they are told: of an equality, the figure that stands alone first."""
    left = _Side(stated.relation.left, judgement.left, judgement.left_range)
    right = _Side(stated.relation.right, judgement.right, judgement.right_range)
    alone = isinstance(right.node, Name) and not isinstance(left.node, Name)
    return (right, left) if alone and stated.relation.comparison == "=" else (left, right)


def _claim(stated: Stated, judgement: Judgement) -> str:
    """Return the relation in words and in figures, with its computed sides."""
    told = [_told(stated, side) for side in _sides(stated, judgement)]
    return f"{told[0]}{_COMPARED[stated.relation.comparison]}{told[1]};"


def _told(stated: Stated, side: _Side) -> str:
    if isinstance(side.node, Number):
        return plain(side.node.value)
    if isinstance(side.node, Name):
        printed = stated.figures[side.node.name]
        return f"“{_label(stated, printed)}”{printed.shown}"
    words = render(side.node, lambda name: f"“{_label(stated, stated.figures[name])}”")
    digits = render(side.node, lambda name: stated.figures[name].text)
    for function, meaning in _FUNCTIONS.items():
        words = words.replace(f"{function}(", f"{meaning}(")
        digits = digits.replace(f"{function}(", f"{meaning}(")
    computed = "算不出" if side.value is None else _number(side.value)
    return f"{words}(即{digits}={computed})"


def _label(stated: Stated, printed: Printed) -> str:
    other = "" if printed.report_id == stated.report_id else f"{printed.report_id} "
    return f"{other}{printed.label}".translate(_INNER_QUOTES)


def _no_whole(stated: Stated, judgement: Judgement) -> str | None:
    """Return why no whole number gives a rate, with the nearest ones that there are."""
    call = judgement.impossible
    if call is None or not isinstance(call.rate, Name) or not isinstance(call.other, Name):
        return "占比不可能由任何整数得到。" if call else None
    rate, other = stated.figures[call.rate.name], stated.figures[call.other.name]
    whole = "分母" if call.function == "AI" else "分子"
    tried = "、".join(_neighbours(call, rate, other))
    return f"{other.text}{other.unit}之下,{whole}取整数只能得到{tried},得不到所印的{rate.shown}。"


def _neighbours(call: Call, rate: Printed, other: Printed) -> list[str]:
    value, base = Fraction(rate.figure.value), Fraction(other.figure.value)
    inverse = call.function == "AI"
    about = 100 * base / value if inverse and value else value * base / 100
    found = []
    for count in sorted({floor(about), ceil(about)}):
        if base and (count or not inverse):
            gives = 100 * base / count if inverse else 100 * count / base
            found.append(f"{count}({plain(gives, _RATIO_PLACES)}%)")
    return found


def _cannot(stated: Stated, judgement: Judgement) -> str:
    gap = f"按所印各数相差{_number(judgement.gap)}"
    if judgement.left_range is None or judgement.right_range is None:
        return f"{gap},在各数的舍入范围内({_ROUNDING})也不能成立。"
    if judgement.least_gap == judgement.gap:
        return f"{gap},都是整数计数,没有舍入的余地,不能成立。"
    one, other = (_range(side.bounds) for side in _sides(stated, judgement) if side.bounds)
    text = f"{gap};算上舍入({_ROUNDING}),前者为{one},后者为{other}"
    if judgement.least_gap:
        text += f",仍差{_number(judgement.least_gap)}"
    return f"{text},不能成立。"


def _range(bounds: Interval) -> str:
    low, high = (_number(each) for each in bounds)
    return low if low == high else f"{low}至{high}"


def _number(value: Fraction | None) -> str:
    return "" if value is None else plain(value)


def _second(reading: tuple[Stated, Judgement]) -> str:
    stated, judgement = reading
    printed = lone(stated)
    label = printed.label if printed else ""
    if judgement.verdict == CONTRADICTION:
        found = f"已由关系{stated.relation_id}指出矛盾,不重复计"
    else:
        found = f"按关系{stated.relation_id}的口径成立,报告所印无误"
    return f"这是“{label}”的另一种读法(换了分母或分项),{found}。"
