"""Cells that are asked about instead of taken: their text says what stands in doubt.

Such a text cannot be typed, in the sheet where it was found and in a correction sheet that comes
back alike, until somebody writes the cell clearly.
"""

from __future__ import annotations

import re

_SHOWN = re.compile(r".*\(单元格显示为(.*)\)", re.DOTALL)
_MERGED = re.compile(r".*\(合并单元格,共 [0-9]+ 行\)", re.DOTALL)
_NOTHING_ABOVE = re.compile(r".*\(上面没有可取的内容\)", re.DOTALL)
HIDDEN = "空白"


def shown_otherwise(stored: str, shown: str) -> str:
    """Return the text of a cell that shows another thing than is stored in it."""
    return f"{stored}(单元格显示为{shown or HIDDEN})"


def merged_over(stored: str, rows: int) -> str:
    """Return the text of an amount that stands once for several rows."""
    return f"{stored}(合并单元格,共 {rows} 行)"


def nothing_above(mark: str) -> str:
    """Return the text of a ditto mark that has nothing above it."""
    return f"{mark}(上面没有可取的内容)"


def question(text: str) -> str:
    """Return the Chinese clause that asks about such a text, '' for any other text."""
    if _SHOWN.fullmatch(text):
        return "显示的与实际存的不一致,不知以哪个为准,未取值,请把数字格式改为“常规”,按实际内容重填"
    if _MERGED.fullmatch(text):
        return "一个数合并填在几行里,不知各行各是多少,未取值,请取消合并、逐行填写"
    if _NOTHING_ABOVE.fullmatch(text):
        return "上面没有可取的内容,未取值,请填写实际内容"
    return ""
