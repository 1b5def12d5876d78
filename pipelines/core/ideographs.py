"""Signs that only look like a Chinese character: radicals and compatibility ideographs.

Text copied out of a PDF often holds them (⼾主 for 户主). Each stands for one usual character, that
of mainland texts; the compatibility ideographs are given by Unicode's own decomposition.
"""

from __future__ import annotations

import unicodedata

_BLOCKS = (range(0x2F00, 0x2FE0), range(0xF900, 0xFB00), range(0x2F800, 0x2FA20))
# Unicode gives no decomposition for the supplement's radicals, and for three Kangxi radicals a
# character that mainland texts do not write. Radicals that are no words (氵, 扌) may stay.
_RADICALS = (
    "⺌⺍⺎⺒⺜⺝⺟⺠⺧⺨⺩⺫⺬⺮⺰⺶⺹⺼⺽⻁⻂⻃⻄⻅⻆⻉⻊⻋⻓⻔"
    "⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻱⻳⼾⾭⿈"
)
_CHARACTERS = (
    "小小兀巳日月母民牛犬王目示竹纟羊老肉臼虎衣西西见角贝足车长门"
    "雨青韦页风飞食马骨鬼鱼鸟卤麦黄黾齐齿龙龟龟户青黄"
)
_USUAL = {
    sign: usual
    for block in _BLOCKS
    for sign in map(chr, block)
    if (usual := unicodedata.normalize("NFKC", sign)) != sign
} | dict(zip(_RADICALS, _CHARACTERS, strict=True))
_TRANSLATION = str.maketrans(_USUAL)

# A pattern that finds any of the signs, for Python and for polars.
ODD_IDEOGRAPH = "[\u2e80-\u2fdf\uf900-\ufaff\U0002f800-\U0002fa1f]"


def usual_ideographs(text: str) -> str:
    """Return text with the usual character for every radical and compatibility ideograph."""
    return text if text.isascii() else text.translate(_TRANSLATION)
