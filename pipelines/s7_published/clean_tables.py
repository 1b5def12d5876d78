"""Tables of the build database as they may leave: written clean, never cleaned afterwards.

What was once in a file stays in its old blocks, so no value enters the published file before it is
clean. The distinct values of every text column are cleaned beside it; the tables are then made by
one select each, in which the values that changed are looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines.core.privacy import HIDDEN
from pipelines.core.sql import literal
from pipelines.s7_published.cleaning import Cleaner
from pipelines.s7_published.contract import CLEANED, COMPOSITE, JOINED, PRIVATE, PublicTable

# Filed numbers that may be a phone, with the country before it too, or are longer than any amount:
# 19,999,999,999 yuan is no household's and no county's.
_PHONES = ("13000000000 and 19999999999", "8613000000000 and 8619999999999")
_TOO_LONG = "100000000000000"
CHANGED = "changed_value"


@dataclass(frozen=True)
class BuiltTable:
    """A table of the build database that is to be published, with the kind of each column."""

    place: str
    name: str
    kinds: Mapping[str, str]
    declared: PublicTable
    lists: frozenset[str]

    def texts(self) -> Iterator[tuple[str, str, str]]:
        """Yield column (``column.field`` of a record), kind and SQL of each text to be cleaned."""
        for column, kind in self.kinds.items():
            if kind in CLEANED:
                one = f'unnest("{column}")' if column in self.lists else f'"{column}"'
                yield column, kind, f"select {one} as v from {self.place}"
            elif kind == COMPOSITE:
                for field, field_kind in self.declared.composite[column].items():
                    if field_kind in CLEANED:
                        records = f'select unnest("{column}") as r from {self.place}'
                        yield (
                            f"{column}.{field}",
                            field_kind,
                            f'select r."{field}" as v from ({records})',
                        )


class CleanTables:
    """The values of some tables that change, looked up while the tables are made."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        tables: Iterable[BuiltTable],
        cleaner: Cleaner,
        scratch: Path,
    ) -> None:
        """Clean the distinct values of the tables. ``scratch`` is a private folder."""
        parts = [_distinct(connection, table, scratch) for table in tables]
        values = pl.concat([part for part in parts if part is not None])
        changed = [
            _changes(kind, cleaner, group)
            for (kind,), group in sorted(values.group_by("kind", maintain_order=True))
        ]
        every = pl.concat(changed)
        places = values.join(every, on=["kind", "before"], how="semi").select("table", "column")
        self._touched: set[tuple[str, str]] = set(places.unique().rows())
        path = scratch / "changed_values.parquet"
        every.write_parquet(path)
        connection.execute(
            f"create temp table {CHANGED} as from read_parquet({literal(str(path))})"
        )
        path.unlink()

    def select(self, table: BuiltTable, more: str = "") -> str:
        """Return the query of a table as it may leave, in one fixed order.

        ``more`` are further columns, in terms of the row ``t`` as it was built.
        """
        shown, joins = [], []
        for at, (column, kind) in enumerate(table.kinds.items()):
            if kind == PRIVATE:
                continue
            value, join = self._column(table, column, kind, f"c{at}")
            shown.append(f'{value} as "{column}"')
            joins.append(join)
        return (
            f"select {', '.join(shown)}{more} from {table.place} as t "
            f"{' '.join(filter(None, joins))} order by all"
        )

    def _column(self, table: BuiltTable, column: str, kind: str, alias: str) -> tuple[str, str]:
        """Return SQL of one column's clean value, and the join that it needs."""
        filed = f't."{column}"'
        if kind == "number":
            like_a_phone = " or ".join(f"{filed} between {span}" for span in _PHONES)
            return (
                f"case when abs({filed}) < {_TOO_LONG} and not "
                f"(floor({filed}) = {filed} and ({like_a_phone})) then {filed} end",
                "",
            )
        if kind == "text":
            return f"case when trim({filed}) <> '' then '{HIDDEN}' else {filed} end", ""
        if kind == COMPOSITE:
            return self._records(table, column, alias)
        if kind == JOINED:
            return self._joined(table, column, alias)
        if (table.name, column) not in self._touched:
            return filed, ""
        if column in table.lists:
            return _list(table, column, kind, alias)
        return _looked_up(filed, alias), _join(alias, kind, filed)

    def _joined(self, table: BuiltTable, column: str, alias: str) -> tuple[str, str]:
        """Return a key that is put together, with the clean form of the key that stands in it."""
        part = table.declared.joined[column]
        if (table.name, part) not in self._touched:
            return f't."{column}"', ""
        clean = f'replace(t."{column}", t."{part}", {alias}.after)'
        return (
            f'case when {alias}.before is null then t."{column}" else {clean} end',
            _join(alias, table.kinds[part], f't."{part}"'),
        )

    def _records(self, table: BuiltTable, column: str, alias: str) -> tuple[str, str]:
        """Return a list of records with every field clean."""
        fields, joins = [], []
        for at, (field, kind) in enumerate(table.declared.composite[column].items()):
            filed, value = f'u.r."{field}"', f'u.r."{field}"'
            if (table.name, f"{column}.{field}") in self._touched:
                value = _looked_up(filed, f"f{at}")
                joins.append(_join(f"f{at}", kind, filed))
            fields.append(f"'{field}': {value}")
        if not joins:
            return f't."{column}"', ""
        listed = (
            f"select u.id, list({{{', '.join(fields)}}} order by u.n) as v "
            "from (select rowid as id, "
            f'unnest("{column}") as r, generate_subscripts("{column}", 1) as n '
            f"from {table.place}) as u {' '.join(joins)} group by u.id"
        )
        return (
            f'case when len(t."{column}") > 0 then {alias}.v else t."{column}" end',
            f"left join ({listed}) as {alias} on {alias}.id = t.rowid",
        )


def _list(table: BuiltTable, column: str, kind: str, alias: str) -> tuple[str, str]:
    """Return a list with every value clean."""
    value = _looked_up("u.v", "l")
    listed = (
        f"select u.id, list({value} order by u.n) as v from (select rowid as id, "
        f'unnest("{column}") as v, generate_subscripts("{column}", 1) as n from {table.place}) '
        f"as u {_join('l', kind, 'u.v')} group by u.id"
    )
    return (
        f'case when len(t."{column}") > 0 then {alias}.v else t."{column}" end',
        f"left join ({listed}) as {alias} on {alias}.id = t.rowid",
    )


def _join(alias: str, kind: str, filed: str) -> str:
    """Return the join that looks a value up among those that changed."""
    on = f"{alias}.kind = '{kind}' and {alias}.before = {filed}"
    return f"left join {CHANGED} as {alias} on {on}"


def _looked_up(filed: str, alias: str) -> str:
    """Return a value, the clean one where it changed (which may be null)."""
    return f"case when {alias}.before is null then {filed} else {alias}.after end"


def _distinct(
    connection: duckdb.DuckDBPyConnection, table: BuiltTable, scratch: Path
) -> pl.DataFrame | None:
    """Return table, column, kind and ``before``: the distinct texts of a table; None for none."""
    selects = [
        f"select '{table.name}' as \"table\", '{column}' as \"column\", '{kind}' as kind, "
        f"v as before from ({texts}) where v is not null group by v"
        for column, kind, texts in table.texts()
    ]
    if not selects:
        return None
    path = scratch / f"values_{table.name}.parquet"
    union = " union all ".join(selects)
    connection.execute(f"copy ({union}) to {literal(str(path))} (format parquet)")
    values = pl.read_parquet(path)
    path.unlink()
    return values


def _changes(kind: object, cleaner: Cleaner, group: pl.DataFrame) -> pl.DataFrame:
    """Return kind, before and after of the values of one kind that change."""
    before = group["before"].unique().sort()
    after = cleaner.clean(str(kind), before)
    return (
        pl.DataFrame({"before": before, "after": after})
        .filter(pl.col("before").ne_missing(pl.col("after")))
        .select(pl.lit(str(kind)).alias("kind"), "before", "after")
    )
