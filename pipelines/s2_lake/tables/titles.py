"""What stands around a table: its sheet's name and the rows above its header."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.core.dictionary import Column, Dictionary, Table, normal
from pipelines.core.papers import SAMPLE_MARK
from pipelines.core.workbook import LIST_SHEET

# The sheet of a template that shows how cells are written.
EXAMPLE_SHEET = "填写示例"
# The hidden sheet of a prefilled template that tells which cells were changed.
ORIGINALS_SHEET = "原值"
NO_DATA = "不作为数据读取"

_VERSION = re.compile(r"模板版本\s*:?\s*([0-9]{4}\.[0-9]+)")
_NOTE = re.compile(r"填[表报写](?:说明|须知|要求)|(?:编制|使用|指标)(?:说明|解释)")
_NOTE_LENGTH = 30
_NOTE_ROWS = 3
_MONEY = re.compile(r"(?<![填报])单位\s*:?\s*\(?((?:百|千|万|百万|亿)元)(?![\u4e00-\u9fff])")
# What a page repeats above its header, and lines between tables: 续表, 第 2 页, 单位:元.
_TITLE = re.compile(
    r"[(]?(?:续表?|[上下]接.*|接[上下]页|第\d{1,4}页.*|共\d{1,4}页.*|附[表件]\d{0,2})[):]?"
    r"|(?:(?:计量|金额|填报|填表|编制)?单位|(?:填报|填表|制表|编制)?(?:日期|时间)|页[码次]|期次)[:(].*"
    r"|\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?(?:至.*)?"
    r"|.{2,40}(?:表|册|台账|名单|清单|明细|汇总|登记簿)(?:[(].*[)])?"
)
# A numbered heading: 一、示例二村, (二)省考反馈.
_HEADING = re.compile(r"[(\uFF08]?[一二三四五六七八九十]{1,3}[)\uFF09、.]\s*\S")
_PLACE = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}、?)?[^\d,。]{2,20}"
    r"(?:村|社区|镇|乡|街道|组|屯|寨|县|区)(?:村?委会)?(?:[:(].*)?"
)
# What stands below a table. For polars and for Python.
FOOTER_LINE = (
    r"^(?:(?:填报人|填表人|制表人|审核人|复核人|经办人|负责人|单位负责人|主要负责人|联系电话|联系人"
    r"|填报日期|填表日期|填报时间|填报单位|单位盖章|盖章|单位\(盖章\)|填报单位\(盖章\)"
    r"|备注|注|说明|填表说明)\s*(?:[:\uFF1A(\uFF08].*)?)$"
    r"|^[(\uFF08]?以下(?:空白|无正文)[)\uFF09]?$"
)
_SEPARATORS = re.compile(r"[/、_\-·.]")


def is_title(text: str) -> bool:
    """Say whether a text is a line that stands above a table, wherever it stands."""
    return _TITLE.fullmatch(normal(text)) is not None or _HEADING.match(text) is not None


def is_footer(text: str) -> bool:
    """Say whether a text is a line that stands below a table: 填表人:示例甲, 备注."""
    return re.match(FOOTER_LINE, text) is not None


def is_place(text: str) -> bool:
    """Say whether a text that is all of its row names the place of the rows below it."""
    return _PLACE.fullmatch(normal(text)) is not None


def is_sample(above: Iterable[str]) -> bool:
    """Say whether the title rows mark simulated data."""
    return any(SAMPLE_MARK in text for text in above)


def template_part(name: str, above: Iterable[str]) -> str:
    """Return why a sheet is only a part of a template, '' where it is not."""
    is_marked = any(NO_DATA in text for text in above)
    if is_marked and normal(name) == ORIGINALS_SHEET:
        return f"预填时的原值,{NO_DATA}"
    if is_marked or normal(name) == EXAMPLE_SHEET:
        return f"模板的填写示例,{NO_DATA};如在此填了数据,请移到报送的工作表后重报"
    return "模板的下拉选项,不是数据" if normal(name) == LIST_SHEET else ""


def is_note(name: str, top: Sequence[Sequence[str]]) -> bool:
    """Say whether a sheet that is no table is a note on how to fill one in."""
    firsts = (next((text for text in row if text), "") for row in top[:_NOTE_ROWS])
    short = (normal(text) for text in (name, *firsts) if len(text) <= _NOTE_LENGTH)
    return normal(name) == "说明" or any(_NOTE.search(text) for text in short)


def sheet_name(title: str) -> str:
    """Return a table's title as a workbook can have it for a sheet's name."""
    return title.replace("/", "、")[:31]


def named(text: str, tables: Sequence[Table]) -> Table | None:
    """Return the one table whose title or further name a text contains, None for none or several.

    A name inside a longer one that fits (登记 in 户籍登记) does not count.
    """
    plain = _plain(text)
    fits = {
        table.alias: [n for n in map(_plain, (table.title_zh, *table.titles)) if n in plain]
        for table in tables
    }
    every = [(alias, name) for alias, names in fits.items() for name in names]
    left = {
        alias
        for alias, name in every
        if not any(name != other and name in other and alias != of for of, other in every)
    }
    return next((t for t in tables if t.alias in left), None) if len(left) == 1 else None


def _plain(text: str) -> str:
    return _SEPARATORS.sub("", normal(text))


def template_version(above: Iterable[str]) -> str:
    """Return the version that a template's title row tells, '' for none."""
    found = (_VERSION.search(unicodedata.normalize("NFKC", text)) for text in above)
    return next((match[1] for match in found if match), "")


def version_mark(version: str) -> str:
    """Return how a template's title row tells its version."""
    return f"模板版本 {version}"


def version_remarks(version: str, words: Dictionary) -> list[str]:
    """Return what the receipt says about a template that is not the current one."""
    current = words.templates.current.version
    if version in ("", current):
        return []
    if version in words.templates.earlier:
        return [f"模板版本 {version},现行 {current},已按旧版读取"]
    return [f"模板版本 {version} 不是已发布的版本,现行 {current},已按表头读取,请核对"]


@dataclass(frozen=True)
class UnitInDoubt:
    """The headers whose unit of money the title leaves in doubt, and what is asked about them."""

    headers: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()


def unit_in_doubt(above: Iterable[str], fields: Sequence[tuple[Column, str]]) -> UnitInDoubt:
    """Return the columns of money whose header names no unit while the title names another.

    Such a line may be meant, or be left over from another form: a factor of 10,000 lies between,
    so that nothing is taken until the header says it.
    """
    told = (_MONEY.search(unicodedata.normalize("NFKC", text)) for text in above)
    units = {match[1] for match in told if match}
    if len(units) != 1:
        return UnitInDoubt()
    unit = units.pop()
    others = [
        (header, column.unit)
        for column, header in fields
        if column.unit in ("元", "万元") and column.unit != unit and "元" not in header
    ]
    if not others:
        return UnitInDoubt()
    first, own = others[0]
    more = f"等 {len(others)} 列" if len(others) > 1 else ""
    remark = (
        f"表头上方写明单位为{unit},而“{first}”{more}没有注明单位,应填{own},不知以哪个为准,"
        f"所填数值未取;请在列名后注明(如“{first}({unit})”或“{first}({own})”)后重报"
    )
    return UnitInDoubt(frozenset(header for header, _ in others), (remark,))
