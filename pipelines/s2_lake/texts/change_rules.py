"""The closed list of what reading may change in a cell, by the names that offices read."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Rule(StrEnum):
    """One kind of change; several in one cell are told together, in this order."""

    MERGED = "合并单元格取值"
    DITTO = "“同上”取上一行的值"
    SHOWN = "按单元格显示的内容读取"
    FORMULA = "公式取值"
    FORMULA_WITHOUT_VALUE = "公式无结果"
    FORMULA_TEXT = "去除公式写法"
    PLACEHOLDER = "占位符按空白处理"
    IDEOGRAPHS = "特殊字形转常用字"
    WIDTH = "全角转半角"
    BLANKS = "去除空格"
    INVISIBLE = "去除不可见字符"
    APOSTROPHE = "去除撇号"
    UPPER_CASE = "字母转大写"
    GROUPS = "去除千分位"
    ZERO_FRACTION = "去除小数点后的零"
    SAME_UNIT = "去除单位"
    UNIT = "单位换算"
    HEADER_UNIT = "按表头单位换算"
    BRACKETS = "括号负数"
    MINUS = "负号写法"
    EXPONENT = "科学计数"
    ROUNDED = "四舍五入到6位"
    DATE_FORM = "日期写法"
    MONTH_OF_DATE = "只取年月"
    SERIAL = "Excel日期序号"
    CODE_VARIANT = "代码变体"
    YES_NO = "是否符号"
    SEPARATOR = "多值分隔符"
    REPEATED_VALUE = "去除重复值"


_ORDER = {rule: at for at, rule in enumerate(Rule)}


def told(rules: Iterable[Rule]) -> str | None:
    """Return the rules as one Chinese text, each once; None for none."""
    ordered = sorted(set(rules), key=_ORDER.__getitem__)
    return "、".join(ordered) or None
