"""What is published, table by table, column by column: ``public.yml``, which alone says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import FilingsError
from pipelines.core.files import parsed_yaml

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
# What a column of these kinds is where ``types`` says nothing else; texts are VARCHAR.
DEFAULT_TYPES = {
    "number": "DECIMAL(20,6)", "count": "BIGINT", "date": "DATE", "bool": "BOOLEAN",
}  # fmt: skip
TEXTS = (*CLEANED, "own", "text")
COMPOSITE, JOINED, PRIVATE = "composite", "joined", "private"
EVERYWHERE = "everywhere"
ABOUT_TABLE = ("types", "filled", "grows", "shrinks", "filed", "primary_key", "unique_key")


@dataclass(frozen=True)
class PublicTable:
    """One published table: the kind and the DuckDB type of each column.

    ``optional`` columns may be missing. A ``filled`` table is never empty; of one that ``grows`` no
    row goes, of one that ``shrinks`` any may. ``joined`` names, for a key that is put together, the
    key that stands in it; ``composite`` the kinds of the fields of a column of records.

    Of ``primary_key`` no column is ever empty and no two rows have the same; of ``unique_key``
    no two rows in which none of them is empty. A table has one of the two.
    """

    kinds: Mapping[str, str]
    types: Mapping[str, str]
    optional: frozenset[str]
    filled: bool = False
    grows: bool = False
    shrinks: bool = False
    primary_key: tuple[str, ...] = ()
    unique_key: tuple[str, ...] = ()
    joined: Mapping[str, str] = field(default_factory=dict)
    composite: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@cache
def public_tables(path: Path = PUBLIC_FILE) -> dict[str, PublicTable]:
    """Return what is declared of every table.

    Raises:
        FilingsError: the file names an unknown kind, or a column twice.
    """
    raw = parsed_yaml(path.read_text(encoding="utf-8"))
    everywhere = raw.pop(EVERYWHERE, {})
    return {table: _table(table, {**_lists(everywhere), **listed}) for table, listed in raw.items()}


def _lists(everywhere: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the columns that any table may have, under names that no table uses itself."""
    return {f"{EVERYWHERE} {kind}": columns for kind, columns in everywhere.items()}


def _table(table: str, listed: Mapping[str, Any]) -> PublicTable:
    """Return one table's declaration."""
    kinds: dict[str, str] = {}
    optional: set[str] = set()
    for heading, columns in listed.items():
        if heading in ABOUT_TABLE:
            continue
        kind = heading.removeprefix(f"{EVERYWHERE} ")
        if kind not in (*TEXTS, *TYPED, COMPOSITE, JOINED, PRIVATE):
            raise FilingsError(f"{PUBLIC_FILE.name}:{table} 的“{kind}”不是已知的类别。")
        for column in columns:
            if column in kinds:
                raise FilingsError(f"{PUBLIC_FILE.name}:{table}.{column} 声明了两次。")
            kinds[column] = kind
            if heading != kind:
                optional.add(column)
    types = _types(table, kinds, listed.get("types") or {})
    return PublicTable(
        kinds,
        types,
        frozenset(optional),
        bool(listed.get("filled")),
        bool(listed.get("grows")),
        bool(listed.get("shrinks")),
        **_keys(table, types, listed),
        joined=listed.get(JOINED) or {},
        composite=listed.get(COMPOSITE) or {},
    )


def _keys(
    table: str, types: Mapping[str, str], listed: Mapping[str, Any]
) -> dict[str, tuple[str, ...]]:
    """Return the one key that is declared, under its name.

    That of a table of filed rows is the dictionary's in one county and period. The first column of
    such a key is never empty in a row that was accepted, but a number that is none has no
    protected key, and further columns may be empty.
    """
    keys = {name: tuple(listed[name]) for name in ("primary_key", "unique_key") if name in listed}
    if "filed" in listed:
        filed = dictionary().tables[listed["filed"]]
        ids = {column.name for column in filed.columns if column.sensitive == "id"}
        columns = [f"{name}_key" if name in ids else name for name in filed.key]
        is_full = len(columns) == 1 and not ids & set(filed.key)
        key = ("county_code", "period", *columns)
        keys["primary_key" if is_full else "unique_key"] = key
    if len(keys) != 1 or not set(*keys.values()) <= types.keys():
        raise FilingsError(f"{PUBLIC_FILE.name}:{table} 应写明一个主键,由公开的列组成。")
    return keys


def _types(
    table: str, kinds: Mapping[str, str], declared: Mapping[str, list[str]]
) -> dict[str, str]:
    """Return the type of each column that is published."""
    types = {
        column: DEFAULT_TYPES.get(kind, "VARCHAR")
        for column, kind in kinds.items()
        if kind != PRIVATE
    }
    for sql_type, columns in declared.items():
        for column in columns:
            if column not in types:
                raise FilingsError(
                    f"{PUBLIC_FILE.name}:{table}.{column} 有类型 {sql_type},却不是公开的列。"
                )
            if not _fits(kinds[column], sql_type):
                kind = kinds[column]
                raise FilingsError(
                    f"{PUBLIC_FILE.name}:{table}.{column} 是 {kind},类型不能是 {sql_type}。"
                )
            types[column] = sql_type
    return types


def published_key(table: str, columns: Collection[str]) -> tuple[str, ...]:
    """Return the key of a published table, () where not all of its columns are there."""
    declared = public_tables()[table]
    key = declared.primary_key or declared.unique_key
    return key if set(key) <= set(columns) else ()


def kinds_of(table: str, types: Mapping[str, str]) -> dict[str, str]:
    """Return the kind of each column of a table that is to be published, in the table's order.

    ``types`` are its columns' DuckDB types.

    Raises:
        FilingsError: the table or a column is not declared, or is of a type unlike its kind.
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
        if kind != PRIVATE and not _fits(kind, sql_type):
            raise FilingsError(f"停止发布:{table}.{column} 声明为 {kind},类型却是 {sql_type}。")
    return {column: declared.kinds[column] for column in types}


def _fits(kind: str, sql_type: str) -> bool:
    """Tell whether a column's type is one that its kind can have."""
    if kind == COMPOSITE:
        return sql_type.startswith("STRUCT") and sql_type.endswith("[]")
    if kind in TYPED:
        return sql_type.startswith(TYPED[kind])
    return sql_type in ("VARCHAR", "VARCHAR[]")
