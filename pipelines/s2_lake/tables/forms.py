"""Sheets that are one record's form (一户一表): an item's name stands beside or above its content.

Such a sheet is no list, so that nothing can be read by a header; often a list of the members stands
in it all the same, whose household is told above it only. It is told as what it is, with what to
send instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipelines.core.dictionary import Dictionary, Table, normal
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.tables.headers import meanings

_LOOKED_AT = (60, 40)  # rows, columns
# So many items with their contents, over so many rows, are a form and no line above a list.
_ITEMS, _ROWS = 3, 2
_SHOWN = _TABLES = 3
_LONGEST = 30
# A row that names so large a share of a table's columns, the key among them, is its header.
_MOST = 0.5
_INLINE = re.compile(r"([^\s::\uff1a]{2,20})[:\uff1a]\s*([^\s::\uff1a]+)")
# What a record's own item holds: a code, a number of a document, a telephone.
_CODE = re.compile(r"[0-9A-Za-z-]*[0-9]{6}[0-9A-Za-z*-]*")
# Above a list of members these say whose form it is; a name alone may be a clerk's.
_WHOSE = ("household_code", "head_name", "head_id_no")

_Item = tuple[str, str]  # as the form calls it, what stands there
_Lines = Sequence[Sequence[str]]
# By the 0-based row in which they stand, the items with their contents.
_Filled = dict[int, list[_Item]]


def form_reason(sheet: Sheet, words: Dictionary, header: Sequence[int] = ()) -> str:
    """Return why a sheet that is a form is not taken, '' where it is none.

    ``header``: the 0-based rows that can be read as a table's header; one whose items have their
    contents beside or below them heads no list. An explanation of items is no form, for a form
    holds a number; a list with some lines above it is none unless they say whose it is.
    """
    height, width = _LOOKED_AT
    rows = sheet.frame.head(height).select(sheet.frame.columns[:width]).rows()
    lines = [[(cell or "").strip() for cell in row] for row in rows]
    for filled, where in ((_beside(lines, words), "旁边"), (_below(lines, words), "下方")):
        items = _items_of_a_form(filled, words, header)
        if items:
            return _sentence(items, where, words)
    return ""


def _items_of_a_form(filled: _Filled, words: Dictionary, header: Sequence[int]) -> list[str]:
    """Return the names of a form's items, none where what was found makes no form."""
    told = {
        at: [name for name, _ in items if not _is_place(name, words)]
        for at, items in filled.items()
    }
    names = list(dict.fromkeys(name for some in told.values() for name in some))
    has_code = any(_CODE.fullmatch(text) for items in filled.values() for _, text in items)
    has_list = bool(header) and not any(filled.get(at) for at in header)
    says_whose = any(
        column.name in _WHOSE for name in names for _, column, _, _ in words.meanings[normal(name)]
    )
    is_filled = len(names) >= _ITEMS and sum(map(bool, told.values())) >= _ROWS and has_code
    return names if is_filled and (says_whose or not has_list) else []


def _is_place(name: str, words: Dictionary) -> bool:
    return all(column.is_whereabouts for _, column, _, _ in words.meanings[normal(name)])


def _sentence(items: Sequence[str], where: str, words: Dictionary) -> str:
    shown = "".join(f"“{item}”" for item in items[:_SHOWN])
    titles = "”“".join(table.title_zh for table in _tables(items, words))
    return (
        f"是一户一表式的单份表格({shown}等项目的内容写在项目{where}),不是每条记录一行的名册,本表未接收;"
        f"请按模板“{titles}”填报,每条记录(如每户、每人)填成一行"
    )


def _beside(lines: _Lines, words: Dictionary) -> _Filled:
    """Return the items whose contents stand to their right, or in one cell with them."""
    return {at: list(_items(cells, words)) for at, cells in enumerate(lines)}


def _below(lines: _Lines, words: Dictionary) -> _Filled:
    """Return the items of rows of items that have just one row of contents each.

    None where one of these rows names most columns of a table: it is the header of one record.
    """
    filled_rows = [at for at, cells in enumerate(lines) if sum(map(bool, cells)) > 1]
    labels = {at: _labels(lines[at], words) for at in filled_rows}
    found: _Filled = {}
    for at, below, next_one in zip(
        filled_rows, filled_rows[1:], [*filled_rows[2:], None], strict=False
    ):
        is_alone = next_one is None or labels[next_one]
        if not labels[at] or labels[below] or not is_alone:
            continue
        items = [(_name(lines[at][place]), lines[below][place]) for place in labels[at]]
        contents = [(name, text) for name, text in items if text and not meanings(text, words)]
        if 2 * len(contents) >= len(items):
            found[at] = contents
    headed = [_heads(lines[at], words) for at in found]
    names = [name for items in found.values() for name, _ in items]
    return found if len(set(names)) == len(names) and max(headed, default=1) < _MOST else {}


def _labels(cells: Sequence[str], words: Dictionary) -> list[int]:
    """Return where the items of a row of items stand, nothing where it is another row."""
    known = [at for at, cell in enumerate(cells) if len(cell) <= _LONGEST and meanings(cell, words)]
    items = [at for at in known if _is_known(cells[at], words)]
    return items if 2 * len(known) >= sum(map(bool, cells)) and len(known) > 1 else []


def _heads(cells: Sequence[str], words: Dictionary) -> float:
    """Return the largest share of a table's columns that a row with its key names, or 0."""
    named: dict[str, set[str]] = {}
    for cell in cells:
        for meaning in meanings(cell, words):
            named.setdefault(meaning.table.alias, set()).add(meaning.column.name)
    shares = [
        len(columns) / len(words.tables[alias].columns)
        for alias, columns in named.items()
        if columns.issuperset(words.tables[alias].key)
    ]
    return max(shares, default=0.0)


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
