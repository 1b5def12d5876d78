"""A home: the folders of one installation's data, what makes a folder one, and what spoils it."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.errors import FilingsError, system_reason
from pipelines.core.text import printable


@dataclass(frozen=True)
class Home:
    """The folders and files of one installation's data, all below one root."""

    root: Path

    @property
    def inbox(self) -> Path:
        """What counties drop: ``<county>/<period>/<files>``."""
        return self.root / "raw" / "inbox"

    @property
    def archive(self) -> Path:
        """What was received, unchanged, by content hash, with one manifest per submission."""
        return self.root / "raw" / "archive"

    @property
    def truth(self) -> Path:
        """What the simulator planted; read by tests and people, never by a stage."""
        return self.root / "raw" / "truth"

    @property
    def build(self) -> Path:
        """Private working state; can be made again from the archive and the last publication."""
        return self.root / "warehouse" / "build"

    @property
    def ingested(self) -> Path:
        """One folder per ingested submission; the rename of that folder is its commit."""
        return self.build / "ingested"

    @property
    def lake(self) -> Path:
        """Current typed rows: ``<table>/period=…/county=…/part.parquet``."""
        return self.build / "lake"

    @property
    def build_db(self) -> Path:
        """The database being built; same base name as the published one."""
        return self.build / "db" / "filings.duckdb"

    @property
    def dbt_target(self) -> Path:
        """dbt's target and log folder."""
        return self.build / "dbt"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME."""
        return self.build / "dagster"

    @property
    def gate_page(self) -> Path:
        """The steward's page on what the publication gate asked and answered."""
        return self.reports / "发布检查.html"

    @property
    def temp(self) -> Path:
        """DuckDB's spill and other short-lived files."""
        return self.build / "tmp"

    @property
    def errors(self) -> Path:
        """Tracebacks, one per stage, of its last failure: they may quote what was filed."""
        return self.build / "errors"

    @property
    def lock(self) -> Path:
        """The file whose lock means: a refresh of this home is running."""
        return self.build / "refresh.lock"

    @property
    def key_file(self) -> Path:
        """The HMAC key that is made where FILINGS_KEY is unset (mode 600)."""
        return self.root / "warehouse" / "filings.key"

    @property
    def key_record(self) -> Path:
        """The fingerprint of the key under which everything is keyed; not the key itself."""
        return self.root / "warehouse" / "filings.key.fingerprint"

    @property
    def published(self) -> Path:
        """What the world reads."""
        return self.root / "warehouse" / "published"

    @property
    def published_db(self) -> Path:
        """The published DuckDB file, replaced by rename."""
        return self.published / "filings.duckdb"

    @property
    def parquet(self) -> Path:
        """Published Parquet: a folder per vintage, ``datapackage.json`` switched last."""
        return self.published / "parquet"

    @property
    def publication_record(self) -> Path:
        """Which vintage stands and the hashes of its files; outside what the world can remove."""
        return self.root / "warehouse" / "publication.json"

    @property
    def history(self) -> Path:
        """What the warehouse remembers: one file per night, never changed (``core.history``)."""
        return self.root / "warehouse" / "history"

    @property
    def history_head(self) -> Path:
        """Name and hash of the newest file of history; outside the folder that may be lost."""
        return self.root / "warehouse" / "history.json"

    @property
    def folded(self) -> Path:
        """What all files of history add up to; can be made again from them."""
        return self.build / "history.duckdb"

    @property
    def reports(self) -> Path:
        """What goes back to counties: ``<county>/<period>/<workbooks>``."""
        return self.root / "warehouse" / "reports"

    @property
    def outbox(self) -> Path:
        """The messages to counties: ``<vintage>.json``, written after that vintage's workbooks."""
        return self.reports / "outbox"

    @property
    def sent_log(self) -> Path:
        """One JSON line per message sent."""
        return self.reports / "sent.jsonl"

    @property
    def attempts(self) -> Path:
        """The lines of ``sent_log`` that no file of history has yet."""
        return self.history / ".attempts.jsonl"


def was_filed(home: Home) -> bool:
    """Say whether the inbox or the archive holds a file; hidden ones are nobody's filing."""
    return any(
        path.is_file() and not path.name.startswith(".") and path.name != "README.md"
        for folder in (home.inbox, home.archive)
        for path in folder.rglob("*")
    )


def outbox_vintages(home: Home) -> list[int]:
    """Return the vintages that have an outbox file, oldest first."""
    names = (path.stem for path in home.outbox.glob("*.json"))
    return sorted(int(name) for name in names if name.isdigit())


def not_a_home(home: Home) -> str:
    """Return what is wrong with a folder as a home and what to do, '' where it is one."""
    shown = printable(str(home.root))
    make = f"请核对 FILINGS_HOME,或用 filings init {shlex.quote(shown)} 建立数据目录。"
    try:
        if home.inbox.is_dir():
            return "" if os.access(home.inbox, os.R_OK | os.X_OK) else f"没有读取 {shown} 的权限。"
        if not home.root.exists():
            return f"数据目录不存在:{shown}。{make}"
        if not home.root.is_dir():
            return f"{shown} 是文件,不是数据目录。请核对 FILINGS_HOME。"
    except OSError:
        return f"无法读取 {shown},请核对 FILINGS_HOME 和文件夹权限。"
    return f"{shown} 不是数据目录(其中没有 raw/inbox 文件夹)。{make}"


def make_home(home: Home) -> bool:
    """Make a folder a home; say whether it was none before.

    Raises:
        FilingsError: the folder cannot be made or written.
    """
    try:
        is_new = not home.inbox.is_dir()
        if not home.root.exists():
            home.root.mkdir(parents=True)
            home.root.chmod(0o755)  # what is published below it is for everybody
        home.inbox.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        shown, reason = printable(str(home.root)), system_reason(error)
        raise FilingsError(f"无法在 {shown} 建立数据目录({reason}),请核对路径和权限。") from None
    return is_new
