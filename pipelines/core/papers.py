"""The papers that we write to counties: how each is marked, and how it is known without the mark.

Every workbook carries its kind among the document's keywords (``workbook.Workbook`` writes it).
Programs that save it again may drop that, so that titles and headers tell it as well. A paper of
ours is never a filing, save those that are made to be filed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipelines.core.text import compact

# Titles of simulated data, and of what was made of it, carry it.
SAMPLE_MARK = "样例数据"
_MARK = "filings-paper:"
_MARKED = re.compile(rb"filings-paper:([a-z]{1,20})")

# A row with both is the header of a reply to findings, whatever stands beside them.
REPLY_HEADERS = ("疑点编号", "处理方式")
# What a correction sheet has before the filed columns: number and first address of the row, why.
ADDRESS_HEADERS = ("回执编号", "原文件", "原工作表", "原行号")
REASON_HEADER = "未接收的原因"
# So many first rows may be titles and header.
_SEARCHED_ROWS = 10


class Paper(StrEnum):
    """What a paper is; ``PAPER`` is any that has no other name."""

    PAPER = "paper"
    FINDINGS = "findings"
    REPLY = "reply"
    RECEIPT = "receipt"
    CORRECTION = "correction"
    NOTICE = "notice"
    TEMPLATE = "template"
    COVER = "cover"

    @property
    def is_filed(self) -> bool:
        """Whether it is made to be filled in and filed."""
        return self is Paper.TEMPLATE

    @property
    def sentence(self) -> str:
        """What its receipt says where it comes back: what it is, and what to send instead."""
        return _SENTENCES[self]


_SENTENCES = {
    Paper.PAPER: "是本系统发出的材料,不是报送的表格,没有读取;请报送填好的报表",
    Paper.FINDINGS: "是本系统发出的问题清单,不是报送的表格,没有读取;请在原报表中更正后重报原报表",
    Paper.REPLY: "是问题清单的回复,已存档,不作为报表读取;报表有更正的,请另行报送更正后的原表",
    Paper.RECEIPT: "是本系统发出的回执,不是报送的表格,没有读取;请更正原报表后重报,"
    "或在回执的“更正-…”工作表中更正后放回",
    Paper.CORRECTION: "是回执的更正表,但前四列的表头不全,对不上原来的行,没有读取;"
    "请用原回执重新更正,或更正原报表后整表重报",
    Paper.NOTICE: "是本系统发出的收件提示,不是报送的表格,没有读取;请按提示报送原来的文件",
    Paper.TEMPLATE: "",
    Paper.COVER: "是填报包的封面,不是报送的表格,没有读取;请报送填报包中填好的各表",
}


@dataclass(frozen=True)
class _Headers:
    """Headers of one kind of sheet: so many of them in one row, and it is that sheet."""

    paper: Paper
    names: frozenset[str]
    least: int


def _headers(paper: Paper, least: int, *names: str) -> _Headers:
    return _Headers(paper, frozenset(map(compact, names)), least)


# The correction sheets first: they stand in a receipt and hold rows of a table.
_KNOWN_HEADERS = (
    _headers(Paper.CORRECTION, 3, *ADDRESS_HEADERS),
    _headers(Paper.CORRECTION, 1, REASON_HEADER),
    _headers(
        Paper.FINDINGS, 3, "严重程度", "处理要求", "怎么办", "现填值", "首次发现", "消除日期",
        "涉及问题", "其中错误", "问题清单序号:规则", *REPLY_HEADERS, "指纹",
    ),
    _headers(Paper.FINDINGS, 5, "项目", "内容", "处理要求", "状态", "数量", "说明"),
    _headers(
        Paper.RECEIPT, 4, "识别为", "读取行数", "接收行数", "未接收行数", "略过行数", "略过的原因",
    ),
    _headers(
        Paper.RECEIPT, 5, "文件", "工作表", "行号", "表头", "识别为", "所填内容", "原填内容",
        "读作", "改写的原因", "略过的原因", "行数",
    ),
)  # fmt: skip
_TITLES = (
    (Paper.CORRECTION, re.compile(r"更正表:.+")),
    (Paper.FINDINGS, re.compile(r"(?:【样例数据】)?.{0,60}[0-9]{4}-[0-9]{2}问题清单")),
    (Paper.RECEIPT, re.compile(r"报送回执(?:\(样例数据\))?")),
    (Paper.RECEIPT, re.compile(r"(?:需留意的列和单元格|读取时改写的单元格)\(已接收\).{0,10}")),
    (Paper.RECEIPT, re.compile(r"略过的行\(空行、[^)]{0,20}表尾\).{0,10}")),
    (Paper.COVER, re.compile(r"[0-9]{6}[0-9]{4}-[0-9]{2}期填报包(?:\(样例数据\))?")),
    (Paper.NOTICE, re.compile(r"收件提示县代码[0-9]{6}期次[0-9]{4}-[0-9]{2}")),
)


def mark(paper: Paper) -> str:
    """Return the keyword by which a workbook is known."""
    return _MARK + paper.value


def marked(content: bytes) -> Paper | None:
    """Return the paper whose mark stands in the bytes of a document's properties, None for none.

    A mark of a kind that this version does not know is that of some paper of ours.
    """
    found = _MARKED.search(content)
    if found is None:
        return None
    kind = found[1].decode()
    return Paper(kind) if kind in {paper.value for paper in Paper} else Paper.PAPER


def is_reply(rows: Iterable[Sequence[str | None]]) -> bool:
    """Say whether one of the rows is the header of a reply to findings."""
    return any(set(REPLY_HEADERS) <= _names(row) for row in rows)


def headed(rows: Sequence[Sequence[str | None]]) -> Paper | None:
    """Return the paper that the headers in a sheet's first rows are of, None for none."""
    for row in rows[:_SEARCHED_ROWS]:
        names = _names(row)
        for known in _KNOWN_HEADERS:
            if len(known.names & names) >= known.least:
                return known.paper
    return None


def titled(rows: Sequence[Sequence[str | None]]) -> Paper | None:
    """Return the paper that a title in a sheet's first rows is of, None for none.

    A title stands alone in its row.
    """
    for row in rows[:_SEARCHED_ROWS]:
        filled = [text for cell in row if (text := compact(cell or ""))]
        if len(filled) == 1:
            for paper, pattern in _TITLES:
                if pattern.fullmatch(filled[0]):
                    return paper
    return None


def _names(row: Sequence[str | None]) -> set[str]:
    """Return the headers in a row, without stars and without what stands in brackets behind."""
    return {compact(cell).strip("*").partition("(")[0] for cell in row if cell}
