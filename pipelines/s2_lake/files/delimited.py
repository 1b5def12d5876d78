"""Delimited text (.csv, .txt): decoded, its separator found, its rows kept at their numbers."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

import polars as pl

from pipelines.core.dictionary import dictionary, normal
from pipelines.core.settings import ReadLimits
from pipelines.s2_lake.files.loading import overlong
from pipelines.s2_lake.files.quoting import quoted_rows
from pipelines.s2_lake.files.sheet import Refused, Sheet

BINARY = "不是 Excel 工作簿或 CSV 文本,请按模板另存为 .xlsx 或 .csv 后报送"
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
FIRST_LOOK = 1 << 16
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1f]")


def read_delimited(path: Path, limits: ReadLimits) -> Sheet:
    """Return a text file as one sheet named ''. Raises Refused."""
    data = in_utf8(path.read_bytes())
    separator = _separator(data[:50_000].decode("utf-8", "ignore"))
    frame, remarks = fast_frame(data, separator, limits), tuple[str, ...]()
    if frame is None or _spans_lines(data, frame):
        frame, remarks = careful_frame(data, separator, limits)
    sheet = Sheet("", frame, 0, "csv", path, remarks=remarks)
    problem = overlong(sheet, limits)
    if problem:
        raise Refused(problem)
    return sheet


def in_utf8(data: bytes) -> bytes:
    """Recode a text by byte order mark, then strict UTF-8, then GB18030. Raises Refused."""
    marked = next((code for mark, code in _MARKS.items() if data.startswith(mark)), "")
    if marked:
        encodings = [marked]
    elif b"\0" in data:
        encodings = ["utf-16-le", "utf-16-be"]
    else:
        if _is_utf8(data) and _is_text(data[:4096].decode("utf-8", "ignore")):
            return data
        encodings = ["gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_text(text) and (marked or b"\0" not in data or "\n" in text):
            return text.encode("utf-8")
    if b"\0" in data or (not marked and _CONTROL.search(data[:4096].decode("latin-1"))):
        raise Refused(BINARY)
    raise Refused("文字编码无法识别,请另存为 UTF-8 或 GB18030 编码的 CSV,或改报 .xlsx")


def _is_utf8(data: bytes) -> bool:
    try:
        pl.Series([data], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def _is_text(text: str) -> bool:
    """Say whether decoded characters are those of a text file: no NUL, hardly any controls."""
    return "\0" not in text and len(_CONTROL.findall(text[:4096])) <= 4


def _separator(text: str) -> str:
    """Return the separator with which the most known headers stand on one of the first lines."""
    known = dictionary().meanings
    top = text[:50_000].splitlines()[:10]

    def headers(separator: str) -> int:
        return max(
            sum(normal(c.strip('"')) in known for c in line.split(separator)) for line in top
        )

    return max(",\t;", key=headers) if top else ","


def fast_frame(data: bytes, separator: str, limits: ReadLimits) -> pl.DataFrame | None:
    """Read with polars; None where a quote or a line end is such that readers would differ."""
    if data.count(b"\r") != data.count(b"\r\n"):
        return None
    mark = separator.encode()
    if b'"' in data:
        whole = pl.Series([data], dtype=pl.Binary).cast(pl.String)
        if not whole.str.contains(_well_formed(separator))[0]:
            return None
    # The first lines tell the width; a longer line further down makes the reader step back.
    first = data[:FIRST_LOOK].split(b"\n")
    frame = _split(data, mark, max(line.count(mark) for line in first) + 1, limits)
    if frame is None:
        frame = _split(data, mark, max(line.count(mark) for line in data.split(b"\n")) + 1, limits)
    return frame


def _split(data: bytes, mark: bytes, width: int, limits: ReadLimits) -> pl.DataFrame | None:
    """Return the cells of a text of at most ``width`` columns, None where it has more."""
    _check_size(data.count(b"\n") + 1, width, limits)
    # A first line of our own says how many columns there are, whatever the file's first line has.
    names = mark.join(f"c{at}".encode() for at in range(width))
    try:
        frame = pl.read_csv(
            names + b"\n" + data,
            separator=mark.decode(),
            infer_schema=False,
            empty_string_is_null=False,
            missing_columns="insert",
        )
    except pl.exceptions.PolarsError:
        return None
    return trimmed(frame)


def _well_formed(separator: str) -> str:
    """Return the pattern of a text in which every quote opens, closes or is doubled in a field."""
    bare = rf'[^"\r\n{separator}]*'
    field = rf'(?:"[^"]*(?:""[^"]*)*"|{bare})'
    return rf"\A(?:{field}(?:{separator}|\r?\n))*{field}\z"


def _spans_lines(data: bytes, frame: pl.DataFrame) -> bool:
    """Say whether a cell spans lines, so that somebody must look whether it swallowed records."""
    return b'"' in data and frame.height < data.rstrip(b"\r\n").count(b"\n") + 1


def careful_frame(
    data: bytes, separator: str, limits: ReadLimits
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Read any text, quotes without a partner too, with remarks about them. Raises Refused."""
    quoted = quoted_rows(data.decode("utf-8"), separator)
    rows = quoted.rows
    width = max(map(len, rows), default=0)
    _check_size(len(rows), width, limits)
    padded = [row + [""] * (width - len(row)) for row in rows]
    columns = list(zip(*padded, strict=True)) if width else []
    frame = pl.DataFrame(
        [pl.Series(f"c{at}", column, dtype=pl.String) for at, column in enumerate(columns)]
    )
    return trimmed(frame), quoted.remarks


def _check_size(rows: int, width: int, limits: ReadLimits) -> None:
    if rows > limits.rows or width > limits.columns or rows * width > limits.cells:
        raise Refused("CSV 过大(行数、列数或单元格数超限),请拆分后重报")


def trimmed(frame: pl.DataFrame) -> pl.DataFrame:
    """Drop the blank columns at the right; cells that a short row lacks are ''."""
    if not frame.width:
        return frame
    if any(frame.null_count().row(0)):
        frame = frame.fill_null("")
    width = frame.width
    while width and not (frame.to_series(width - 1) != "").any():
        width -= 1
    return frame.select(frame.columns[:width])
