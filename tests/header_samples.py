"""Tables whose header stands in several rows, with merges, and with a header twice."""

from __future__ import annotations

import io
from itertools import pairwise

import xlsxwriter
from filing_samples import headers, rows

# A column of three rows: what stands in each; None continues the title to the left or above.
LEAVES = [
    "计划生育金",
    "低保金",
    "特困人员救助供养金",
    "养老保险金",
    "生态补偿金",
    "其他转移性收入",
]
LEVELS: list[tuple[str | None, str | None, str | None]] = [
    ("年度", None, None),
    ("户编号", None, None),
    ("收入情况", "工资性收入", None),
    (None, "生产经营性收入", None),
    (None, "财产性收入", None),
    (None, "转移性收入", "小计"),
    *((None, None, leaf) for leaf in LEAVES),
    (None, "年收入", None),
    ("支出情况", "生产经营性支出", None),
    ("结果", "纯收入", None),
    (None, "人均纯收入", None),
    ("其他", "理赔收入", None),
    (None, "合规自付支出", None),
]
Rectangle = tuple[int, int, int, int]


def merges(levels: list[tuple[str | None, ...]], first: int) -> list[Rectangle]:
    """The merged cells of a printed form: titles over their columns, headers down to the data."""
    found: list[Rectangle] = []
    filled = [[level[at] is not None for level in levels] for at in range(3)]
    for at in (0, 1):
        starts = [c for c in range(len(levels)) if filled[at][c]] + [len(levels)]
        for left, after in pairwise(starts):
            right = left
            while right + 1 < after and not any(filled[a][right + 1] for a in range(at + 1)):
                right += 1
            bottom = at
            while bottom < 2 and not any(filled[bottom + 1][left : right + 1]):
                bottom += 1
            if at == 0 and right > left and bottom > at:
                bottom = at
            if (bottom, right) != (at, left):
                found.append((at + first, left, bottom + first, right))
    return found


def as_xlsx(content: list[list[str | None]], merged: list[Rectangle]) -> bytes:
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed)
    sheet = book.add_worksheet("表")
    for top, left, bottom, right in merged:
        sheet.merge_range(top, left, bottom, right, "")
    for at, row in enumerate(content):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write_string(at, column, cell)
    book.close()
    return packed.getvalue()


AT = {header: at for at, header in enumerate(headers("p"))}


def doubled(
    header: str, first: list[str], second: list[str], name: str = "", again: str = ""
) -> list[list[str]]:
    """Persons with a column twice, each with the given cells, headed as given."""
    content = [headers("p"), *rows("p", len(first))]
    at = AT[header]
    content[0][at] = name or header
    content[0].insert(at + 1, again or header)
    for row, one, other in zip(content[1:], first, second, strict=True):
        row[at] = one
        row.insert(at + 1, other)
    return content
