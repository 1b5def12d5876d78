"""Where things lie and how much of the machine may be used: the only reader of the environment.

``FILINGS_HOME`` moves all data (default: the project's root); ``FILINGS_KEY`` is the HMAC key;
``FILINGS_MEMORY`` and ``FILINGS_THREADS`` bound DuckDB; ``FILINGS_CHANNELS`` names the file of
the counties' message channels (default: ``expectations/channels.yml``).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
DBT_PROJECT = PROJECT_ROOT / "dbt_project"
EXPECTATIONS = PROJECT_ROOT / "expectations"
RULES = EXPECTATIONS / "rules"

TIMEZONE = "Asia/Shanghai"


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
    def data_docs(self) -> Path:
        """Great Expectations' context and its Data Docs."""
        return self.build / "gx"

    @property
    def temp(self) -> Path:
        """DuckDB's spill and other short-lived files."""
        return self.build / "tmp"

    @property
    def lock(self) -> Path:
        """The file whose lock means: a refresh of this home is running."""
        return self.build / "refresh.lock"

    @property
    def key_file(self) -> Path:
        """The HMAC key that is made where FILINGS_KEY is unset (mode 600)."""
        return self.root / "warehouse" / "filings.key"

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
    def reports(self) -> Path:
        """What goes back to counties: ``<county>/<period>/<workbooks>``."""
        return self.root / "warehouse" / "reports"

    @property
    def sent_log(self) -> Path:
        """One JSON line per message sent."""
        return self.reports / "sent.jsonl"


def home() -> Home:
    """Return the home that ``FILINGS_HOME`` names, the project's root where it is unset."""
    return Home(Path(os.environ.get("FILINGS_HOME") or PROJECT_ROOT).resolve())


def duckdb_config(at: Home) -> dict[str, str | bool | int | float | list[str]]:
    """Return DuckDB's settings: bounded memory and threads, spill inside the home."""
    at.temp.mkdir(parents=True, exist_ok=True)
    return {
        "memory_limit": os.environ.get("FILINGS_MEMORY", "4GB"),
        "threads": os.environ.get("FILINGS_THREADS", str(min(os.cpu_count() or 2, 8))),
        "temp_directory": str(at.temp),
    }


def channels_file() -> Path:
    """Return the YAML file that maps county codes to apprise addresses."""
    return Path(os.environ.get("FILINGS_CHANNELS") or EXPECTATIONS / "channels.yml")


def key_from_environment() -> str | None:
    """Return FILINGS_KEY, or None where it is unset or empty."""
    return os.environ.get("FILINGS_KEY") or None


def quiet_environment() -> dict[str, str]:
    """Return the variables that keep third-party packages from calling out."""
    return {
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
