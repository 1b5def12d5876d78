"""Sheets that are one record's form (一户一表): what a cell is called stands to its left.

Such a sheet is no list, so that nothing can be read by a header; often a list of the members stands
in it all the same, whose household is told above it only. It is told as what it is, with what to
send instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipelines.core.dictionary import Dictionary, Table, normal
from pipelines.s2_lake.headers import meanings
from pipelines.s2_lake.sheet import Sheet

_LOOKED_AT = (60, 40)  # rows, columns
# So many items with their contents, over so many rows, are a form and no line above a list.
_ITEMS, _ROWS = 3, 2
_SHOWN = _TABLES = 3
_LONGEST = 30
_INLINE = re.compile(r"([^\s::\uff1a]{2,20})[:\uff1a]\s*([^\s::\uff1a]+)")
# What a record's own item holds: a code, a number of a document, a telephone.
_CODE = re.compile(r"[0-9A-Za-z-]*[0-9]{6}[0-9A-Za-z*-]*")
# Above a list of members these say whose form it is; a name alone may be a clerk's.
_WHOSE = ("household_code", "head_name", "head_id_no")

_Item = tuple[str, str]  # as the form calls it, what stands there


def form_reason(sheet: Sheet, words: Dictionary, header: Sequence[int] = ()) -> str:
    """Return why a sheet that is a form is not taken, '' where it is none.

    ``header``: the 0-based rows that can be read as a table's header; one whose items have their
    contents beside them heads no list. An explanation of items is no form, for a form holds a
    number; a list with some lines above it is none unless they say whose it is.
    """
    height, width = _LOOKED_AT
    found: dict[str, str] = {}
    rows, has_list, has_code = 0, bool(header), False
    for at, row in enumerate(sheet.frame.head(height).select(sheet.frame.columns[:width]).rows()):
        beside = list(_items([(cell or "").strip() for cell in row], words))
        has_list &= not (beside and at in header)
        has_code |= any(_CODE.fullmatch(content) for _, content in beside)
        items = {
            name: content
            for name, content in beside
            if not all(column.is_whereabouts for _, column, _, _ in words.meanings[normal(name)])
        }
        rows += bool(items)
        found |= items
    says_whose = any(
        column.name in _WHOSE for item in found for _, column, _, _ in words.meanings[normal(item)]
    )
    if len(found) < _ITEMS or rows < _ROWS or not has_code or (has_list and not says_whose):
        return ""
    shown = "".join(f"“{item}”" for item in list(found)[:_SHOWN])
    titles = "”“".join(table.title_zh for table in _tables(list(found), words))
    return (
        f"是一户一表式的单份表格({shown}等项目的内容写在项目旁边),不是每条记录一行的名册,本表未接收;"
        f"请按模板“{titles}”填报,每条记录(如每户、每人)填成一行"
    )


def _items(cells: Sequence[str], words: Dictionary) -> Iterator[_Item]:
    """Yield the items of a row with their contents; of a header row, none."""
    labels = [at for at, cell in enumerate(cells) if _is_known(cell, words)]
    if any(at + 1 in labels for at in labels):
        return
    for at in labels:
        content = next((cell for cell in cells[at + 1 :] if cell), "")
        if content and not meanings(content, words):
            yield _name(cells[at]), content
    for cell in cells:
        for name, content in _INLINE.findall(cell):
            if _is_known(name, words):
                yield name, content


def _name(cell: str) -> str:
    return cell.rstrip(":\uff1a")


def _is_known(cell: str, words: Dictionary) -> bool:
    """Say whether a cell names a column; a telephone above a list is its clerk's and no item."""
    known = words.meanings.get(normal(_name(cell)), ()) if len(cell) <= _LONGEST else ()
    return any(column.sensitive != "phone" for _, column, _, _ in known)


def _tables(items: Sequence[str], words: Dictionary) -> list[Table]:
    """Return the tables to send instead, the first that has most of the items; a household's form
    lists its members as well.
    """
    left = {item: {table.alias for table, *_ in words.meanings[normal(item)]} for item in items}
    aliases: list[str] = []
    while left and len(aliases) < _TABLES:
        best = max(words.tables, key=lambda alias: sum(alias in of for of in left.values()))
        left = {item: of for item, of in left.items() if best not in of}
        aliases.append(best)
    if "hh" in aliases and "p" not in aliases:
        aliases.append("p")
    return [words.tables[alias] for alias in aliases]
