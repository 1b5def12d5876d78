"""Sheets that are one record's form (一户一表): what a cell is called stands to its left.

Such a sheet is no list, so that nothing can be read by a header; often a list of the members stands
in it all the same, whose household is told above it only. It is told as what it is, with what to
send instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipelines.core.dictionary import Dictionary, Table, normal
from pipelines.s2_lake.sheet import Sheet

_LOOKED_AT = (60, 40)  # rows, columns
# So many items with their contents, over so many rows, are a form and no line above a list.
_ITEMS, _ROWS = 3, 2
_SHOWN = 3
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
    rows, has_list = 0, bool(header)
    for at, row in enumerate(sheet.frame.head(height).select(sheet.frame.columns[:width]).rows()):
        items = list(_items([(cell or "").strip() for cell in row], words))
        rows += bool(items)
        has_list &= not (items and at in header)
        found |= dict(items)
    tables = _tables(list(found), words)
    says_whose = any(
        column.name in _WHOSE for item in found for _, column, _, _ in words.meanings[normal(item)]
    )
    has_code = any(_CODE.fullmatch(content) for content in found.values())
    if len(found) < _ITEMS or rows < _ROWS or not has_code or (has_list and not says_whose):
        return ""
    shown = "".join(f"“{item}”" for item in list(found)[:_SHOWN])
    titles = "”“".join(table.title_zh for table in tables)
    return (
        f"是一户一表式的单份表格({shown}等项目的内容写在项目旁边),不是每条记录一行的名册,本表未接收;"
        f"请按模板“{titles}”填报,每条记录(如每户、每人)填成一行"
    )


def _items(cells: Sequence[str], words: Dictionary) -> Iterator[_Item]:
    """Yield the items of a row with their contents; of a header row, none."""
    labels = [at for at, cell in enumerate(cells) if _is_item(cell, words)]
    if any(at + 1 in labels for at in labels):
        return
    for at in labels:
        content = next((cell for cell in cells[at + 1 :] if cell), "")
        if content and not _is_known(content, words):
            yield _name(cells[at]), content
    for cell in cells:
        for name, content in _INLINE.findall(cell):
            if _is_item(name, words):
                yield name, content


def _name(cell: str) -> str:
    return cell.rstrip(":\uff1a")


def _is_known(cell: str, words: Dictionary) -> bool:
    return len(cell) <= _LONGEST and normal(_name(cell)) in words.meanings


def _is_item(cell: str, words: Dictionary) -> bool:
    """Say whether a cell names a column that tells something of one record, and of no clerk."""
    return _is_known(cell, words) and any(
        not column.is_whereabouts and column.sensitive != "phone"
        for _, column, _, _ in words.meanings[normal(_name(cell))]
    )


def _tables(items: Sequence[str], words: Dictionary) -> list[Table]:
    """Return the tables to send instead: the one with the most items, and the members' list."""
    counts: dict[str, int] = {}
    for item in items:
        for table in {table.alias for table, *_ in words.meanings[normal(item)]}:
            counts[table] = counts.get(table, 0) + 1
    order = list(words.tables)
    best = sorted(counts, key=lambda alias: (-counts[alias], order.index(alias)))[:1]
    aliases = [*best, "p"] if best == ["hh"] else best
    return [words.tables[alias] for alias in aliases]
