"""A paper of ours among the files: known by its mark, its headers or its title, never read as data.

The mark speaks for a whole workbook, and so does a sheet that replies to findings; headers and
titles speak for their sheet. A correction sheet with its addresses is read before anybody asks.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from pipelines.core.papers import Paper, headed, is_reply, marked, titled
from pipelines.core.statuses import Status
from pipelines.s2_lake.files.package import BROKEN
from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.tables.header_rows import SEARCHED_ROWS
from pipelines.s2_lake.tables.recognise import Recognised, Unrecognised

# Where .xlsx and .ods keep the properties of a document, and how much of it is looked at.
_PROPERTIES = ("docprops/core.xml", "meta.xml")
_LOOKED_AT = 1 << 16


def paper_of_file(path: Path, sheets: Sequence[Sheet]) -> Paper | None:
    """Return what paper of ours a whole workbook is, None where its sheets speak for themselves."""
    if any(is_reply(_top(sheet)) for sheet in sheets):
        return Paper.REPLY
    kind = _marked(path)
    return kind if kind and not kind.is_filed else None


def paper_of_sheet(sheet: Sheet) -> Paper | None:
    """Return what paper a sheet is whatever rows it holds, None where it may be a table.

    The rows of a correction sheet are few of a table that stands, which they would replace.
    """
    top = _top(sheet)
    if is_reply(top):
        return Paper.REPLY
    by_title = titled(top)
    return headed(top) or (by_title if by_title is Paper.CORRECTION else None)


def paper_by_title(sheet: Sheet) -> Paper | None:
    """Return what paper the title of a sheet names that is no table, None for none."""
    return titled(_top(sheet))


def told_beside(of_file: Paper, found: Recognised | Unrecognised) -> tuple[str, str]:
    """Return status and sentence of a sheet that is no paper itself in a workbook that is one."""
    if of_file is not Paper.REPLY and not isinstance(found, Recognised):
        return Status.IGNORED, of_file.sentence
    like = f",表头像“{found.table.title_zh}”" if isinstance(found, Recognised) else ""
    return (
        Status.REFUSED if like else Status.IGNORED,
        f"所在的工作簿是本系统发出的材料,此工作表没有读取{like};如是报表,请另存为单独的文件报送",
    )


def _top(sheet: Sheet) -> list[tuple[str | None, ...]]:
    return sheet.frame.head(SEARCHED_ROWS).rows()


def _marked(path: Path) -> Paper | None:
    if not zipfile.is_zipfile(path):
        return None
    try:
        with zipfile.ZipFile(path) as package:
            for entry in package.infolist():
                if entry.filename.replace("\\", "/").lstrip("/").lower() in _PROPERTIES:
                    with package.open(entry) as part:
                        if kind := marked(part.read(_LOOKED_AT)):
                            return kind
    except (*BROKEN, RuntimeError):
        # What cannot be opened here bears no mark; the reader has judged the file itself.
        return None
    return None
