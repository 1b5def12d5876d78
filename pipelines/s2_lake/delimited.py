"""Delimited text (.csv, .txt): decoded, its separator found, its rows kept at their numbers."""

from __future__ import annotations

import codecs
import csv
import io
import re
from pathlib import Path

import polars as pl

from pipelines.core.dictionary import dictionary, normal
from pipelines.core.settings import ReadLimits
from pipelines.s2_lake.loading import overlong
from pipelines.s2_lake.sheet import Refused, Sheet

BINARY = "不是 Excel 工作簿或 CSV 文本,请按模板另存为 .xlsx 或 .csv 后报送"
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1f]")


def read_delimited(path: Path, limits: ReadLimits) -> Sheet:
    """Return a text file as one sheet named ''. Raises Refused."""
    text = decoded(path.read_bytes())
    separator = _separator(text)
    frame = fast_frame(text, separator, limits)
    if frame is None:
        frame = careful_frame(text, separator, limits)
    sheet = Sheet("", frame, 0, "csv", path)
    problem = overlong(sheet, limits)
    if problem:
        raise Refused(problem)
    return sheet


def decoded(data: bytes) -> str:
    """Decode by byte order mark, then strict UTF-8, then GB18030. Raises Refused."""
    marked = next((code for mark, code in _MARKS.items() if data.startswith(mark)), "")
    if marked:
        encodings = [marked]
    elif b"\0" in data:
        encodings = ["utf-16-le", "utf-16-be"]
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_text(text) and (marked or b"\0" not in data or "\n" in text):
            return text
    if b"\0" in data or (not marked and _CONTROL.search(data[:4096].decode("latin-1"))):
        raise Refused(BINARY)
    raise Refused("文字编码无法识别,请另存为 UTF-8 或 GB18030 编码的 CSV,或改报 .xlsx")


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


def fast_frame(text: str, separator: str, limits: ReadLimits) -> pl.DataFrame | None:
    """Read with polars; None where a quote or a line end is such that readers would differ."""
    if text.count("\r") != text.count("\r\n"):
        return None
    data = text.encode()
    whole = pl.Series([data], dtype=pl.Binary).cast(pl.String)
    if b'"' in data and not whole.str.contains(_well_formed(separator))[0]:
        return None
    lines = whole.str.split("\n").explode()
    width = int(str(lines.str.count_matches(separator, literal=True).max() or 0)) + 1
    _check_size(len(lines), width, limits)
    del lines, whole
    # A first line of our own says how many columns there are, whatever the file's first line has.
    names = separator.join(f"c{at}" for at in range(width)).encode()
    try:
        frame = pl.read_csv(
            names + b"\n" + data,
            separator=separator,
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


def careful_frame(text: str, separator: str, limits: ReadLimits) -> pl.DataFrame:
    """Read with Python's reader, which takes any text. Raises Refused."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise Refused("CSV 结构有误(引号不配对或单元格过长),请重新导出后报送") from error
    width = max(map(len, rows), default=0)
    _check_size(len(rows), width, limits)
    padded = [row + [""] * (width - len(row)) for row in rows]
    columns = list(zip(*padded, strict=True)) if width else []
    return trimmed(
        pl.DataFrame(
            [pl.Series(f"c{at}", column, dtype=pl.String) for at, column in enumerate(columns)]
        )
    )


def _check_size(rows: int, width: int, limits: ReadLimits) -> None:
    if rows > limits.rows or width > limits.columns or rows * width > limits.cells:
        raise Refused("CSV 过大(行数、列数或单元格数超限),请拆分后重报")


def trimmed(frame: pl.DataFrame) -> pl.DataFrame:
    """Drop the blank columns at the right and the blank rows at the end; missing cells are ''."""
    if not frame.width:
        return frame
    frame = frame.fill_null("")
    filled = frame.select((pl.all() != "").any()).row(0)
    width = max((at + 1 for at, holds in enumerate(filled) if holds), default=0)
    return frame.select(frame.columns[:width])
