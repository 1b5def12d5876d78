"""Findings keep their ids when the key changes: they are made of the keys that numbers had first.

Before a new key counts, every number that was read is keyed with it, and history keeps, sealed,
which key the number had first (``core.privacy.first_keys``). The numbers themselves stay where they
are, in the archive and in what reading made of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import polars as pl

from pipelines.core.database import read_only
from pipelines.core.dictionary import dictionary
from pipelines.core.errors import FilingsError
from pipelines.core.history import (
    FIRST_KEY,
    KEY_ROTATED,
    About,
    Change,
    draft,
    read_chain,
)
from pipelines.core.privacy import key_fingerprint, key_in_use, keyed, known_key, opened, sealed
from pipelines.core.settings import Home
from pipelines.core.sql import literal
from pipelines.s2_lake import ingest, is_up_to_date

# Keys stand in a record's own key, alone or beside other columns.
APPLY = """
UPDATE rules.failure SET record_key = renamed.record_key
FROM (
  SELECT word.rule_id, word.record_id,
    string_agg(coalesce(known.first, word.text), '|' ORDER BY word.place) AS record_key
  FROM (
    SELECT rule_id, record_id, unnest(string_split(record_key, '|')) AS text,
      generate_subscripts(string_split(record_key, '|'), 1) AS place
    FROM rules.failure
  ) AS word LEFT JOIN history.first_key AS known ON known.keyed = word.text
  GROUP BY ALL HAVING count(known.keyed) > 0
) AS renamed
WHERE renamed.rule_id = failure.rule_id AND renamed.record_id = failure.record_id
"""


def keep_first_keys(home: Home, new: bytes) -> bool:
    """Record under ``new``, which is to be the key, which key every number had first.

    Returns whether that was possible: the filings were read under the key before, or still can
    be. The caller holds the refresh lock.

    Raises:
        HistoryError: history is not whole.
    """
    if not read_chain(home):
        return True
    old = _old_key(home)
    if old is not None:
        _read_what_is_not(home)
    numbers = _numbers(home)
    first = _built_first(home) | (_recorded_first(home, old) if old is not None else {})
    again = keyed([each.encode() for each in numbers["number"]], new)
    rows = {
        key: sealed(first.get(before, before), key, new)
        for key, before in zip(again, numbers["keyed"], strict=True)
    }
    with draft(home) as change:
        change.connection.execute(
            "create table renamed as select unnest(cast(? as varchar[])) as keyed, "
            "unnest(cast(? as varchar[])) as sealed, ? as made_under",
            [list(rows), list(rows.values()), key_fingerprint(new)],
        )
        # Until the new key counts a night may still run under the one in use.
        older = f"made_under <> {literal(key_in_use(home) or '')}"
        gone = f"select keyed from before.first_key where {older}"
        change.add(Change(FIRST_KEY, "from renamed", f"{gone} except select keyed from renamed"))
        change.commit(About(KEY_ROTATED, key_fingerprint=key_fingerprint(new)))
    return bool(rows)


def apply_first_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """Let failures be known by the first key of their numbers; nothing where none ever changed."""
    connection.execute(APPLY)


def _old_key(home: Home) -> bytes | None:
    """Return the key that is in use, None where it is not at hand any more."""
    try:
        return known_key(home)
    except FilingsError:
        return None


def _read_what_is_not(home: Home) -> None:
    """Read the archive where that was not done yet, or was lost; damage stops no change of key."""
    try:
        if not is_up_to_date(home):
            ingest(home)
    except FilingsError:
        return


def _recorded_first(home: Home, old: bytes) -> dict[str, str]:
    """Return the first keys that history keeps under the key in use, by that key."""
    with draft(home) as change:
        rows = change.connection.execute(
            "select keyed, sealed from before.first_key where made_under = ?",
            [key_fingerprint(old)],
        ).fetchall()
    return {key: opened(seal, key, old) for key, seal in rows}


def _built_first(home: Home) -> dict[str, str]:
    """Return the first keys of the last night, by the key that was in use."""
    if not home.build_db.exists():
        return {}
    with read_only(home.build_db) as connection:
        try:
            return dict(connection.execute("select keyed, first from history.first_key").fetchall())
        except duckdb.CatalogException:  # a build cut off, or of an older version
            return {}


def _numbers(home: Home) -> pl.DataFrame:
    """Return every number that was read, once, with its key (``number``, ``keyed``)."""
    nothing = pl.DataFrame(schema={"number": pl.String, "keyed": pl.String})
    every = pl.concat([nothing, *_filed_numbers(home)]).drop_nulls()
    return every.unique("number", keep="first", maintain_order=True)


def _filed_numbers(home: Home) -> Iterator[pl.DataFrame]:
    columns = {
        alias: [each.name for each in table.columns if each.sensitive == "id"]
        for alias, table in dictionary().tables.items()
    }
    for path in sorted(home.ingested.glob("[!.]*/tables/*.parquet")):
        frame = pl.scan_parquet(path)
        there = frame.collect_schema()
        for name in columns.get(path.stem, []):
            if f"{name}_key" in there:
                number = pl.col(name).str.strip_chars().str.to_uppercase().str.slice(0, 18)
                pair = frame.select(number.alias("number"), pl.col(f"{name}_key").alias("keyed"))
                yield pair.unique().collect()
