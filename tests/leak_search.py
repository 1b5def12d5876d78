"""Values that nobody could miss, to be planted in filings, and the search for them anywhere.

Every byte counts: zip members (workbooks are zip), gzip, the cells of Parquet, DuckDB and SQLite
files beside their raw bytes, and names of files and folders.
"""

from __future__ import annotations

import gzip
import io
import re
import sqlite3
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
from filing_samples import id_number

NAME = "欧阳雪鹂"
ID = id_number(777, "19850307")
OLD_ID = "990101850307776"
PHONE = "13987651234"
LANDLINE = "07167654321"
ACCOUNT = "6222021234567890128"
# Each as it is and as people write it.
PLANTS = (
    NAME, f"{NAME[:2]} {NAME[2:]}", f"联系{NAME}办理",
    ID, f"{ID[:6]} {ID[6:14]} {ID[14:]}", f"{ID[:6]}-{ID[6:14]}-{ID[14:]}",
    "".join(chr(ord(c) + 0xFEE0) for c in ID), f"身份证{ID}号", f"id{ID}x",
    OLD_ID, PHONE, f"+86{PHONE}", f"{PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}",
    f"电话{LANDLINE[:4]}-{LANDLINE[4:]}", ACCOUNT, f"卡号{ACCOUNT}",
)  # fmt: skip
_CORES = (NAME, ID, OLD_ID, PHONE, LANDLINE, ACCOUNT)
_APART = re.compile(r"[\s\-‐-―−·]")
_TOO_LONG = 1 << 30


def leaks(*tops: Path) -> dict[str, set[str]]:
    """Return the planted values found below some folders, by the file that holds them."""
    found: dict[str, set[str]] = {}
    for path, text in texts_below(*tops):
        hit = planted(text)
        if hit:
            found[str(path)] = found.get(str(path), set()) | hit
    return found


def texts_below(*tops: Path) -> Iterator[tuple[Path, str]]:
    """Yield every text in and of the files and folders below some folders, with its path."""
    for top in tops:
        for path in sorted([top, *top.rglob("*")]):
            yield path, path.name
            if path.is_file():
                yield from ((path, text) for text in _texts(path))


def planted(text: str) -> set[str]:
    """Return the planted values in a text, however they are spaced."""
    plain = _APART.sub("", unicodedata.normalize("NFKC", text))
    return {core for core in _CORES if core in plain}


def _texts(path: Path) -> Iterator[str]:
    content = path.read_bytes()
    assert len(content) < _TOO_LONG, path
    yield from _bytes(content)
    if path.suffix == ".parquet":
        yield from map(str, pl.read_parquet(path).iter_rows())
    elif path.suffix == ".duckdb":
        yield from _duckdb(path)
    elif content.startswith(b"SQLite format 3"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            yield from connection.iterdump()


def _bytes(content: bytes) -> Iterator[str]:
    """Yield bytes as texts: as they are, and what is packed in them."""
    yield content.decode("utf-8", "ignore")
    yield content.decode("utf-16-le", "ignore")
    if content.startswith(b"\x1f\x8b"):
        yield from _bytes(gzip.decompress(content))
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield member
                yield from _bytes(archive.read(member))


def _duckdb(path: Path) -> Iterator[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = "
            "current_database()"
        ).fetchall()
        for schema, table in tables:
            rows = connection.execute(f'from "{schema}"."{table}"')
            while some := rows.fetchmany(10_000):
                yield from map(str, some)
        yield from map(str, connection.execute("from duckdb_columns()").fetchall())
