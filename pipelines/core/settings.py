"""Where things lie and how much of the machine may be used: the only reader of the environment.

``FILINGS_HOME`` moves all data (default: the project's root); ``FILINGS_KEY`` is the HMAC key;
``FILINGS_MEMORY`` and ``FILINGS_THREADS`` bound DuckDB; ``FILINGS_CHANNELS`` names the file of
the counties' message channels (default: ``expectations/channels.yml``); ``FILINGS_LIMIT_*`` bound
what is read (``ReadLimits``); ``FILINGS_QUIET_SECONDS`` is how long a file in the inbox must rest.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from pipelines.core.errors import FilingsError

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
    def gate_page(self) -> Path:
        """The steward's page on what the publication gate asked and answered."""
        return self.reports / "发布检查.html"

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
    def publication_record(self) -> Path:
        """Which vintage stands and the hashes of its files; outside what the world can remove."""
        return self.root / "warehouse" / "publication.json"

    @property
    def reports(self) -> Path:
        """What goes back to counties: ``<county>/<period>/<workbooks>``."""
        return self.root / "warehouse" / "reports"

    @property
    def sent_log(self) -> Path:
        """One JSON line per message sent."""
        return self.reports / "sent.jsonl"


@dataclass(frozen=True)
class ReadLimits:
    """How large a filed file may be; what is larger is refused before it is held in memory.

    Each is set by ``FILINGS_LIMIT_<NAME>``, e.g. ``FILINGS_LIMIT_SHEETS=200``:

    - ``file_bytes``: one file as filed (512 MiB);
    - ``unpacked_bytes``: all parts of one workbook, or all members of one archive with the
      archives in it (1 GiB: about 500,000 person rows in one workbook);
    - ``ratio``: unpacked to packed size, asked from 50 MiB unpacked on (300);
    - ``entries``: parts of a workbook or members of an archive (5,000);
    - ``nesting``: archives within an archive (1);
    - ``sheets``: sheets of a workbook (1,000);
    - ``rows``, ``columns``: what one sheet spans, from A1 (2,000,000 and 16,384);
    - ``cells``: rows × columns spanned by all sheets of one file (60 million; some 100 bytes of
      memory each while it is read, so 6 GB at worst);
    - ``cell_chars``: characters of one cell (32,767, as in Excel).
    """

    file_bytes: int = 512 << 20
    unpacked_bytes: int = 1 << 30
    ratio: int = 300
    entries: int = 5_000
    nesting: int = 1
    sheets: int = 1_000
    rows: int = 2_000_000
    columns: int = 16_384
    cells: int = 60_000_000
    cell_chars: int = 32_767


@cache
def read_limits() -> ReadLimits:
    """Return the limits of reading. Raises FilingsError where a variable is no whole number."""
    given = {}
    for limit in fields(ReadLimits):
        variable = f"FILINGS_LIMIT_{limit.name.upper()}"
        value = os.environ.get(variable)
        if value:
            if not value.isdecimal():
                raise FilingsError(f"环境变量 {variable} 应为整数,现为“{value}”")
            given[limit.name] = int(value)
    return ReadLimits(**given)


def home() -> Home:
    """Return the home that ``FILINGS_HOME`` names, the project's root where it is unset."""
    return Home(Path(os.environ.get("FILINGS_HOME") or PROJECT_ROOT).resolve())


def quiet_seconds() -> float:
    """Return how long a file in the inbox must not change before it is taken (default 10 s).

    Raises FilingsError where FILINGS_QUIET_SECONDS is no number of seconds from 0 to a day.
    """
    value = os.environ.get("FILINGS_QUIET_SECONDS") or "10"
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        raise FilingsError(f"环境变量 FILINGS_QUIET_SECONDS 应为秒数(0 至 86400),现为“{value}”")
    return seconds


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
