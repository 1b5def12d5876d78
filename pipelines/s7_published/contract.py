"""What may be public, column by column: read from ``public.yml``, the only place that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.core.errors import FilingsError

PUBLIC_FILE = Path(__file__).with_name("public.yml")
# Kinds of text that are cleaned value by value, and how the other kinds must be typed.
CLEANED = (
    "key", "label", "label_key", "name", "place", "file", "message", "value", "cell", "printed",
)  # fmt: skip
TYPED = {
    "number": ("BIGINT", "INTEGER", "DECIMAL", "DOUBLE"),
    "count": ("BIGINT", "INTEGER", "DECIMAL", "DOUBLE"),
    "date": ("DATE", "TIMESTAMP"),
    "bool": ("BOOLEAN",),
}
TEXTS = (*CLEANED, "own", "text")
COMPOSITE, JOINED, PRIVATE = "composite", "joined", "private"
EVERYWHERE = "everywhere"


@dataclass(frozen=True)
class PublicTable:
    """One published table: the kind of each column.

    ``joined`` names, for a key that is put together, the key that stands in it; ``composite`` the
    kinds of the fields of a column of records.
    """

    kinds: Mapping[str, str]
    joined: Mapping[str, str] = field(default_factory=dict)
    composite: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@cache
def public_tables(path: Path = PUBLIC_FILE) -> dict[str, PublicTable]:
    """Return what is declared of every table.

    Raises:
        FilingsError: the file names an unknown kind, or a column twice.
    """
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    everywhere = raw.pop(EVERYWHERE, {})
    return {table: _table(table, {**_lists(everywhere), **listed}) for table, listed in raw.items()}


def _lists(everywhere: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the columns that any table may have, under names that no table uses itself."""
    return {f"{EVERYWHERE} {kind}": columns for kind, columns in everywhere.items()}


def _table(table: str, listed: Mapping[str, Any]) -> PublicTable:
    """Return one table's declaration."""
    kinds: dict[str, str] = {}
    for heading, columns in listed.items():
        kind = heading.removeprefix(f"{EVERYWHERE} ")
        if kind not in (*TEXTS, *TYPED, COMPOSITE, JOINED, PRIVATE):
            raise FilingsError(f"{PUBLIC_FILE.name}:{table} 的“{kind}”不是已知的类别。")
        for column in columns:
            if column in kinds:
                raise FilingsError(f"{PUBLIC_FILE.name}:{table}.{column} 声明了两次。")
            kinds[column] = kind
    return PublicTable(kinds, listed.get(JOINED) or {}, listed.get(COMPOSITE) or {})


def kinds_of(table: str, types: Mapping[str, str]) -> dict[str, str]:
    """Return the kind of each column of a table that is to be published, in the table's order.

    ``types`` are its columns' DuckDB types.

    Raises:
        FilingsError: the table or a column is not declared, or is of another type than its kind.
    """
    declared = public_tables().get(table)
    if declared is None:
        raise FilingsError(
            f"停止发布:表 {table} 没有声明哪些列可以公开,请在 s7_published/public.yml 中逐列写明。"
        )
    for column, sql_type in types.items():
        kind = declared.kinds.get(column)
        if kind is None:
            raise FilingsError(
                f"停止发布:{table}.{column} 没有声明能否公开,请在 s7_published/public.yml 中写明。"
            )
        if not _fits(kind, sql_type):
            raise FilingsError(f"停止发布:{table}.{column} 声明为 {kind},类型却是 {sql_type}。")
    return {column: declared.kinds[column] for column in types}


def _fits(kind: str, sql_type: str) -> bool:
    """Tell whether a column's type is one that its kind can have."""
    if kind == PRIVATE:
        return True
    if kind == COMPOSITE:
        return sql_type.startswith("STRUCT") and sql_type.endswith("[]")
    if kind in TYPED:
        return sql_type.startswith(TYPED[kind])
    return sql_type in ("VARCHAR", "VARCHAR[]")
