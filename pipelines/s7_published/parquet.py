"""Published Parquet: a folder per vintage, and the descriptor that says which one counts.

``<vintage>/<table>.parquet`` and ``<vintage>/datapackage.json`` are written first;
``datapackage.json`` beside the folders is switched last, by rename. Readers follow the descriptor.
The last three vintages stay, so that a reader that began with an older one can finish.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import duckdb

from pipelines.core import files
from pipelines.core.database import read_only
from pipelines.core.modes import for_readers
from pipelines.core.sql import literal
from pipelines.s7_published.comments import SEPARATOR, chinese, english
from pipelines.s7_published.contract import public_tables, published_key
from pipelines.s7_published.database import table_names

DESCRIPTOR = "datapackage.json"
KEPT = 3


def write_vintage(database: Path, folder: Path, vintage: int) -> None:
    """Write every table of a published file to ``folder/<vintage>``, aside first, then renamed."""
    aside, final = folder / f".{vintage}.part", folder / str(vintage)
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for_readers(folder)
    with read_only(database) as connection:
        names = table_names(connection)
        for name in names:
            target = literal(str(aside / f"{name}.parquet"))
            connection.execute(
                f"copy (from main.{name}) to {target} (format parquet, compression zstd)"
            )
        descriptor = _descriptor(connection, names, aside)
    _write(aside / DESCRIPTOR, descriptor)
    for path in (*aside.iterdir(), aside):
        for_readers(path)
        files.sync(path)
    shutil.rmtree(final, ignore_errors=True)
    aside.rename(final)
    files.sync(folder)


def switch(folder: Path, vintage: int) -> None:
    """Let the descriptor beside the folders name this vintage, then drop what is no longer kept."""
    descriptor = _from_above(folder, vintage)
    assert descriptor is not None, "a vintage is complete before it is switched to"
    aside = folder / f".{DESCRIPTOR}.part"
    _write(aside, descriptor)
    for_readers(aside)
    files.sync(aside)
    aside.replace(folder / DESCRIPTOR)
    files.sync(folder)
    _drop_old(folder, vintage)


def read_descriptor(path: Path) -> dict[str, Any] | None:
    """Return a descriptor, None where there is none or it is torn."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        whole = int(found["version"]) > 0 and all(
            isinstance(each["path"], str) and isinstance(each["hash"], str)
            for each in found["resources"]
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return found if whole else None


def switched_vintage(folder: Path) -> int | None:
    """Return the vintage that readers are led to, None where there is none or it is torn."""
    found = read_descriptor(folder / DESCRIPTOR)
    return int(found["version"]) if found else None


def is_switched(folder: Path) -> bool:
    """Tell whether the descriptor beside the folders is that of the vintage it names."""
    vintage = switched_vintage(folder)
    if vintage is None:
        return False
    return read_descriptor(folder / DESCRIPTOR) == _from_above(folder, vintage)


def kept_vintages(folder: Path) -> list[int]:
    """Return the vintages that have a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(int(each.name) for each in folder.iterdir() if each.name.isdigit())


def is_complete(folder: Path, vintage: int) -> bool:
    """Tell whether a vintage's folder stands; its rename was its commit."""
    return (folder / str(vintage) / DESCRIPTOR).exists()


def _from_above(folder: Path, vintage: int) -> dict[str, Any] | None:
    """Return a vintage's descriptor with the paths as they are from the folder above it."""
    descriptor = read_descriptor(folder / str(vintage) / DESCRIPTOR)
    for resource in descriptor["resources"] if descriptor else ():
        resource["path"] = f"{vintage}/{resource['path']}"
    return descriptor


def _drop_old(folder: Path, vintage: int) -> None:
    """Remove all vintages up to this one but the last three, and what an interrupted night left.

    Of the last three too those with sample data, where this one has none: it was taken out.
    """
    until = [each for each in kept_vintages(folder) if each <= vintage]
    kept = until[-KEPT:]
    if not _contains_sample(folder / str(vintage)):
        kept = [each for each in kept if not _contains_sample(folder / str(each))]
    for old in until:
        if old not in kept:
            shutil.rmtree(folder / str(old))
    for left in folder.glob(".*.part"):
        if left.is_dir():
            shutil.rmtree(left)


def _contains_sample(folder: Path) -> bool:
    """Tell whether a vintage holds simulated deliveries, as far as it can be read."""
    source = literal(str(folder / "meta_refresh.parquet"))
    try:
        found = duckdb.execute(f"select contains_sample from read_parquet({source})").fetchone()
    except duckdb.Error:
        return False
    return found == (True,)


def _descriptor(
    connection: duckdb.DuckDBPyConnection, names: list[str], folder: Path
) -> dict[str, Any]:
    """Return the Frictionless descriptor; paths are relative to the vintage's folder."""
    meta = connection.execute(
        "select vintage, newest_received_at, about_zh, about_en from main.meta_refresh"
    ).fetchone()
    assert meta is not None
    vintage, received_at, about_zh, about_en = meta
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "poverty-filings",
        "title": "建档立卡报送数据",
        "description": f"{about_zh}\n{about_en}",
        "version": str(vintage),
        "created": received_at,
        "resources": [_resource(connection, name, folder) for name in names],
    }


def _resource(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> dict[str, Any]:
    """Return one table's entry, with the comments of the database as titles."""
    path = folder / f"{name}.parquet"
    comment = connection.execute(
        "select comment from duckdb_tables() where schema_name = 'main' and table_name = ?", [name]
    ).fetchone()
    columns = connection.execute(
        "select column_name, data_type, comment from duckdb_columns() "
        "where schema_name = 'main' and table_name = ? order by column_index",
        [name],
    ).fetchall()
    return {
        "name": name,
        "path": path.name,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": path.stat().st_size,
        "hash": "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest(),
        **_titles(comment[0] if comment else None),
        "schema": {
            "fields": [
                {"name": column, "type": _field_type(kind), "sql_type": kind, **_titles(text)}
                for column, kind, text in columns
            ],
            **_key(name, [column for column, *_ in columns]),
        },
    }


def _key(table: str, columns: list[str]) -> dict[str, Any]:
    """Return the Table Schema's primary key, or a unique key, whose columns may be empty."""
    key = published_key(table, columns)
    if not key:
        return {}
    return (
        {"primaryKey": [*key]} if public_tables()[table].primary_key else {"uniqueKeys": [[*key]]}
    )


def _titles(comment: str | None) -> dict[str, str]:
    """Return a comment as Chinese title and English description."""
    if not comment:
        return {}
    return {"title": chinese(comment), "description": english(comment)}


def comment_of(entry: dict[str, Any]) -> str:
    """Return the comment that an entry's title and description were made of."""
    return f"{entry['title']}{SEPARATOR}{entry['description']}"


def _field_type(kind: str) -> str:
    """Return the Table Schema type of a DuckDB type."""
    if kind.endswith("[]"):
        return "array"
    if kind.startswith("STRUCT"):
        return "object"
    if kind.startswith(("DECIMAL", "DOUBLE", "FLOAT")):
        return "number"
    if "INT" in kind:
        return "integer"
    return {"BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "datetime"}.get(kind, "string")


def _write(path: Path, descriptor: dict[str, Any]) -> None:
    """Write a descriptor."""
    path.write_text(json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
