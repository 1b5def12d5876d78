"""Adding a file to history: what changed against what it adds up to, committed by rename."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from pipelines.core.files import sha256, sync
from pipelines.core.history.chain import File, stamp_of, write_head
from pipelines.core.history.contract import TABLES, HistoryTable
from pipelines.core.history.files import PUBLICATIONS, About, Manifest, file_name, hashes, pack
from pipelines.core.history.fold import History, as_of, read_history
from pipelines.core.home import Home
from pipelines.core.modes import prepare
from pipelines.core.settings import duckdb_config
from pipelines.core.sql import literal


@dataclass(frozen=True)
class Change:
    """What a file says of one table, as SQL over a draft's connection.

    Of ``rows`` (with all columns of the contract) those are written that are new or differ;
    ``gone`` gives the keys of rows that are no more.
    """

    table: HistoryTable
    rows: str = ""
    gone: str = ""


class Draft:
    """A file of history in the making.

    ``connection`` sees each table of the contract as ``before.<table>``; callers attach or make
    there what they take rows from. ``before`` is how it was after the file that was asked for.
    """

    def __init__(
        self, home: Home, history: History, connection: duckdb.DuckDBPyConnection, folder: Path
    ) -> None:
        self.connection = connection
        self.history = history
        self._at = home
        self._folder = folder
        self._members: dict[str, Path] = {}

    def add(self, change: Change) -> None:
        """Write what changed of one table; what stayed as it was is not in it."""
        table = change.table
        if change.rows:
            rows = f"select {table.selected(table.columns)} from ({change.rows})"
            self._write(table.rows_member, f"{rows} except from before.{table.name}", table)
        if change.gone:
            self._write(table.gone_member, change.gone, table)

    def keep(self, contents: Mapping[str, bytes]) -> dict[str, str]:
        """Keep files of the project, each content once ever; return their SHA-256 by path."""
        known = {member for file in self.history.files for member in file.manifest.members}
        found = {}
        for name, content in sorted(contents.items()):
            path = self._folder / "content"
            path.write_bytes(content)
            found[name] = sha256(path)
            member = f"content/{found[name]}"
            if member not in known:
                self._members[member] = path.rename(self._folder / found[name])
        return found

    def hashes(self) -> dict[str, str]:
        """Return the SHA-256 of what was added so far, by member."""
        return hashes(self._members)

    def commit(self, about: About) -> File | None:
        """Let the draft be the newest file of history.

        Nothing is written, and None returned, where nothing changed and nothing was published.
        """
        if not self._members and about.kind not in PUBLICATIONS:
            return None
        home, files = self._at, self.history.files
        prepare(home)
        home.history.mkdir(mode=0o700, parents=True, exist_ok=True)
        manifest = Manifest(
            self.history.number + 1, files[-1].sha256 if files else "", about, self.hashes()
        )
        aside = home.history / ".part"
        pack(aside, manifest, self._members)
        digest = sha256(aside)
        path = aside.rename(home.history / file_name(manifest.number, digest))
        sync(home.history)
        file = File(path, stamp_of(path), digest, manifest)
        write_head(home, file)
        return file

    def _write(self, member: str, query: str, table: HistoryTable) -> None:
        path = self._folder / member.replace("/", "-")
        source = literal(str(path))
        self.connection.execute(
            f"copy (from ({query}) order by {table.keys}) to {source} "
            "(format parquet, compression zstd)"
        )
        if self.connection.execute(f"select 1 from read_parquet({source}) limit 1").fetchone():
            self._members[member] = path


@contextmanager
def draft(home: Home, until: int | None = None) -> Iterator[Draft]:
    """Give a draft of the next file; ``before`` is after the file with number ``until``, by
    default after the newest. The caller holds the refresh lock.

    Raises:
        HistoryError: a file is torn, edited, missing or does not belong here.
    """
    history = read_history(home)
    until = history.number if until is None else until
    config = duckdb_config(home)
    home.temp.mkdir(parents=True, exist_ok=True)
    with (
        as_of(home, history, until) as database,
        TemporaryDirectory(prefix="history-", dir=home.temp) as folder,
        closing(duckdb.connect(":memory:", config=config)) as connection,
    ):
        connection.execute(f"attach {literal(str(database))} as folded (read_only)")
        connection.execute("create schema before")
        for table in TABLES:
            rows = history.rows_sql(table, until)
            connection.execute(f"create view before.{table.name} as {rows}")
        yield Draft(home, history, connection, Path(folder))


def whole(table: HistoryTable, rows: str) -> Change:
    """Return the change to a table that has these rows and no others from now on."""
    gone = f"select {table.keys} from before.{table.name} except select {table.keys} from ({rows})"
    return Change(table, rows, gone)
