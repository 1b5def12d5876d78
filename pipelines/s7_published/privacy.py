"""The last look before anything leaves: no sensitive column, nobody's id or phone in any value.

Free text may hold them (佐证材料, a file's name): there they are masked, so that one county's
remark stops nobody's night; a sensitive column is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import FilingsError
from pipelines.core.privacy.numbers import ID_DATE, ID_HEAD, ID_TAIL


@dataclass(frozen=True)
class Pattern:
    """A kind of number in text, not part of a longer word: shown head, hidden middle, shown tail.

    A voucher may look the same, so what is found is compared with the numbers that were filed.
    """

    kind: str
    head: str
    middle: str
    tail: str
    after: str
    least: int
    stars: int
    skip: str

    @property
    def find(self) -> str:
        """The expression whose only group is the whole number."""
        return f"(?:{BEFORE})({self.head}{self.middle}{self.tail})(?:{self.after})"

    @property
    def parts(self) -> str:
        """The expression whose groups are all that is kept."""
        return f"({BEFORE})({self.head}){self.middle}({self.tail})({self.after})"

    @property
    def masked(self) -> str:
        """What the parts are replaced by."""
        return r"\1\2" + "*" * self.stars + r"\3\4"


BEFORE = "^|[^0-9A-Za-z]"
AFTER = "$|[^0-9A-Za-z]"
CERTIFICATE = f"[0-9]{{2}}(?:B[0-9])?(?:{AFTER})"
# Columns not searched: protected keys are hexadecimal; a code of eleven digits is no phone.
KEYS = "_key$"
CODES = "(_key|_code|_id|_no|_on|_at|_letter)$"
PATTERNS = (
    Pattern("id", ID_HEAD, ID_DATE, ID_TAIL, f"{CERTIFICATE}|{AFTER}", 18, 8, KEYS),
    Pattern("phone", "", "1[3-9][0-9]{5}", "[0-9]{4}", AFTER, 11, 7, CODES),
)
# Tables about people: here a bare ``name`` is somebody's.
PEOPLE = ("person", "household", "helper", "team", "employment")


def keep_private(connection: duckdb.DuckDBPyConnection) -> None:
    """Look at every column of schema main; the build database is attached as ``build``.

    Raises:
        FilingsError: a column of that name is sensitive in the dictionary, or a number stood
            its masking; the message names the column, never the value.
    """
    columns = connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'main' "
        "order by table_name, column_index"
    ).fetchall()
    for table, column, _ in columns:
        if is_sensitive(table, column):
            raise FilingsError(f"停止发布:{table}.{column} 是敏感列。")
    types = {(table, name): kind for table, name, kind in columns if "VARCHAR" in kind}
    for table in sorted({table for table, _ in types}):
        for pattern in PATTERNS:
            own = [name for owner, name in types if owner == table]
            texts = [name for name in own if not re.search(pattern.skip, name)]
            for column in _showing(connection, table, texts, pattern):
                _mask(connection, table, column, types[table, column], pattern)
                if _showing(connection, table, [column], pattern):
                    raise FilingsError(f"停止发布:{table}.{column} 中有完整的证件号码或电话。")


def _mask(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, kind: str, pattern: Pattern
) -> None:
    """Mask every number of one kind in a column; nested values go through their JSON text."""
    text = f'"{column}"' if kind == "VARCHAR" else f'cast(to_json("{column}") as varchar)'
    # Twice: two numbers may share the sign between them.
    once = f"regexp_replace({text}, '{pattern.parts}', '{pattern.masked}', 'g')"
    twice = f"regexp_replace({once}, '{pattern.parts}', '{pattern.masked}', 'g')"
    value = twice if kind == "VARCHAR" else f"cast(cast({twice} as json) as {kind})"
    connection.execute(f'update main.{table} set "{column}" = {value}')


def _showing(
    connection: duckdb.DuckDBPyConnection, table: str, columns: list[str], pattern: Pattern
) -> list[str]:
    """Return the columns of a table that show a number which was filed as somebody's."""
    found = _numbers(connection, table, columns, pattern)
    return [name for name, some in found.items() if _were_filed(connection, some, pattern.kind)]


def is_sensitive(table: str, column: str) -> bool:
    """Tell whether a published column has the name of a sensitive one (and of no other)."""
    entries = [entry for filed in dictionary().tables.values() for entry in filed.columns]
    sensitive = {entry.name for entry in entries if entry.sensitive}
    public = {entry.name for entry in entries if not entry.sensitive}
    if column in sensitive & public:
        return any(part in table for part in PEOPLE)
    return column in sensitive


def _numbers(
    connection: duckdb.DuckDBPyConnection, table: str, columns: list[str], pattern: Pattern
) -> dict[str, list[str]]:
    """Return, by text column of one table, what looks like a number of that kind; one pass."""
    if not columns:
        return {}
    texts = {name: f'cast("{name}" as varchar)' for name in columns}
    lengths = _row(connection, table, [f"max(length({text}))" for text in texts.values()])
    # Most columns are short codes: only what could hold a number is searched for one.
    pairs = zip(columns, lengths, strict=True)
    long = [name for name, length in pairs if (length or 0) >= pattern.least]
    hits = [f"regexp_extract_all({texts[name]}, '{pattern.find}', 1)" for name in long]
    found = _row(
        connection,
        table,
        [f"list_distinct(flatten(list({hit}) filter (len({hit}) > 0)))" for hit in hits],
    )
    return {name: some for name, some in zip(long, found, strict=True) if some}


def _row(
    connection: duckdb.DuckDBPyConnection, table: str, aggregates: list[str]
) -> tuple[Any, ...]:
    """Return the one row of some aggregates over a table."""
    if not aggregates:
        return ()
    return connection.execute(f"select {', '.join(aggregates)} from main.{table}").fetchone() or ()


def _were_filed(connection: duckdb.DuckDBPyConnection, numbers: list[str], kind: str) -> bool:
    """Tell whether one of the numbers stands in a sensitive column of that kind in some table."""
    filed = " union all ".join(
        f'select upper(left("{column.name}", 18)) as number from build.lake."{table.alias}"'
        for table in dictionary().tables.values()
        for column in table.columns
        if column.sensitive == kind
    )
    found = connection.execute(
        f"select 1 from ({filed}) where number in (select upper(unnest(?))) limit 1", [numbers]
    ).fetchone()
    return found is not None
