"""What all files of history add up to: the newest row of every key, kept in ``Home.folded``.

A night reads new files only; the database of folded rows can be deleted, it is made again from
all. In it stands, per key, the row before the last publication and whatever came since, so that
the last night can be computed again on what it was computed on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from pipelines.core.database import read_only
from pipelines.core.files import sha256
from pipelines.core.history.chain import File, Stamp, read_chain
from pipelines.core.history.contract import TABLES, HistoryTable, contract_version
from pipelines.core.history.files import parse, unpack
from pipelines.core.home import Home
from pipelines.core.settings import duckdb_config
from pipelines.core.sql import literal, quoted

# Folded rows carry the number of the file that has them, and whether it says that they are gone.
_NUMBER, _GONE = "file_number", "is_gone"


@dataclass(frozen=True)
class History:
    """All files of a home's history, oldest first, and the database of what they add up to."""

    files: Sequence[File]
    database: Path

    @property
    def number(self) -> int:
        """The number of the newest file, 0 where there is none."""
        return self.files[-1].number if self.files else 0

    @property
    def publications(self) -> list[File]:
        """The files that record a publication, oldest first."""
        return [file for file in self.files if file.is_publication]

    @property
    def last(self) -> File | None:
        """The last recorded publication."""
        return next((file for file in reversed(self.files) if file.is_publication), None)

    def rows_sql(self, table: HistoryTable, until: int, place: str = "folded.main") -> str:
        """Return the query of a table as it was after the file with number ``until``.

        ``place`` is where ``database`` is attached.
        """
        seen = f"(from {place}.{table.name} where {_NUMBER} <= {until})"
        newest = (
            f"select {table.keys}, max({_NUMBER}) as newest from {seen} group by {table.keys} "
            "having count(*) > 1"
        )
        listed = ", ".join(f"seen.{quoted(name)}" for name in table.columns)
        return (
            f"select {listed} from {seen} as seen left join ({newest}) as later "
            f"on {table.matches('seen', 'later')} "
            f"where not {_GONE} and coalesce(later.newest = seen.{_NUMBER}, true)"
        )

    def is_folded(self, until: int) -> bool:
        """Tell whether ``database`` still has the rows as they were after that file."""
        last = self.last
        return self.database.exists() and (last is None or until >= last.number - 1)


def read_history(home: Home) -> History:
    """Return a home's history with the database of its folded rows brought up to date.

    The caller holds the refresh lock.

    Raises:
        HistoryError: a file is torn, edited, missing or does not belong here.
    """
    known = _known(home)
    files = read_chain(home, {file.path.name: file for file in known})
    if files or known:
        home.folded.parent.mkdir(parents=True, exist_ok=True)
        done = len(known) if [f.sha256 for f in known] == _hashes(files[: len(known)]) else 0
        try:
            _fold(home, home.folded, files, done)
        except duckdb.Error:  # what was folded is damaged: it is made again
            _fold(home, home.folded, files, 0)
    return History(files, home.folded)


@contextmanager
def as_of(home: Home, history: History, until: int) -> Iterator[Path]:
    """Give a database that has the rows as they were after a file: the one at hand, or another."""
    if history.is_folded(until):
        yield history.database
        return
    home.temp.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="history-", dir=home.temp) as folder:
        path = Path(folder, home.folded.name)
        _fold(home, path, [file for file in history.files if file.number <= until], 0)
        yield path


def _hashes(files: Sequence[File]) -> list[str]:
    return [file.sha256 for file in files]


def _known(home: Home) -> list[File]:
    """Return the files that are folded, none where the database is missing, damaged or of another
    kind.
    """
    try:
        if _seal(home.folded).read_text(encoding="utf-8") != sha256(home.folded):
            return []
        with read_only(home.folded) as connection:
            if connection.execute("from contract").fetchone() != (contract_version(),):
                return []
            return [
                File(home.history / name, Stamp(size, modified), sha, parse(manifest))
                for name, size, modified, sha, manifest in connection.execute(
                    "select name, size, modified_ns, sha256, manifest from file order by number"
                ).fetchall()
            ]
    except (OSError, duckdb.Error, ValueError):
        return []


def _seal(database: Path) -> Path:
    """Return the file that has the SHA-256 of a folded database: damage is seen before its use."""
    return database.with_name(f"{database.name}.sha256")


def _fold(home: Home, path: Path, files: Sequence[File], done: int) -> None:
    """Bring a database up to these files, of which it has the first ``done``."""
    if done == 0:
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()
    elif done == len(files):
        return
    connection = duckdb.connect(str(path), config=duckdb_config(home))
    try:
        connection.execute("begin")
        if done == 0:
            _create(connection)
        for file in files[done:]:
            _add(connection, home, file)
        connection.execute("commit")
    finally:
        connection.close()
    _seal(path).write_text(sha256(path), encoding="utf-8")


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create table contract as select ? as version", [contract_version()])
    connection.execute(
        "create table file (number INTEGER, name VARCHAR, size BIGINT, modified_ns BIGINT, "
        "sha256 VARCHAR, manifest VARCHAR)"
    )
    for table in TABLES:
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in table.columns.items())
        connection.execute(
            f"create table {table.name} ({columns}, {_NUMBER} INTEGER, {_GONE} BOOLEAN)"
        )


def _add(connection: duckdb.DuckDBPyConnection, home: Home, file: File) -> None:
    """Fold one more file."""
    if file.is_publication:
        for table in TABLES:
            _forget_older(connection, table)
    home.temp.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="history-", dir=home.temp) as folder:
        for table in TABLES:
            for member, is_gone in ((table.rows_member, False), (table.gone_member, True)):
                if member in file.manifest.members:
                    path = unpack(file.path, member, Path(folder))
                    _insert(connection, table, path, file.number, is_gone)
                    path.unlink()
    connection.execute(
        "insert into file values (?, ?, ?, ?, ?, ?)",
        [
            file.number, file.path.name, file.stamp.size, file.stamp.modified_ns, file.sha256,
            file.manifest.text(),
        ],
    )  # fmt: skip


def _forget_older(connection: duckdb.DuckDBPyConnection, table: HistoryTable) -> None:
    """Keep the newest row of every key: nothing is computed again on what was before it."""
    connection.execute(
        f"delete from {table.name} as old using (select {table.keys}, max({_NUMBER}) as newest "
        f"from {table.name} group by {table.keys} having count(*) > 1) as later "
        f"where {table.matches('old', 'later')} and old.{_NUMBER} < later.newest"
    )
    connection.execute(f"delete from {table.name} where {_GONE}")


def _insert(
    connection: duckdb.DuckDBPyConnection,
    table: HistoryTable,
    path: Path,
    number: int,
    is_gone: bool,
) -> None:
    """Add the rows of one member; a column that an older version did not know is empty."""
    source = f"read_parquet({literal(str(path))})"
    there = {name for name, *_ in connection.execute(f"describe from {source}").fetchall()}
    connection.execute(
        f"insert into {table.name} select {table.selected(there)}, {number}, {is_gone} "
        f"from {source}"
    )
