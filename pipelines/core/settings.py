"""Where things lie and how much of the machine may be used: the only reader of the environment.

``FILINGS_HOME`` moves all data (default: the project's root, or its sample while no office ever
filed there); ``FILINGS_KEY`` is the HMAC key;
``FILINGS_MEMORY`` and ``FILINGS_THREADS`` bound DuckDB; ``FILINGS_CHANNELS`` names the file of
the counties' message channels (default: ``expectations/channels.yml``); ``FILINGS_LIMIT_*`` bound
what is read (``ReadLimits``); ``FILINGS_QUIET_SECONDS`` is how long a file in the inbox must rest;
``FILINGS_INBOX_MINUTES`` how long an inbox folder must, until ``make dev`` runs a night for it;
``FILINGS_NIGHT_ENDS`` by when a night should have ended;
``FILINGS_BEHIND_LOGIN=1`` says that a login stands in front of the web server;
``FILINGS_SAMPLE_BY_DEFAULT=1`` is set by ``make dev`` for its own processes (``home_variables``).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from datetime import time
from functools import cache
from pathlib import Path

from pipelines.core.errors import FilingsError
from pipelines.core.home import Home as Home
from pipelines.core.home import not_a_home, was_filed
from pipelines.core.text import printable

PROJECT_ROOT = Path(__file__).resolve().parents[2]
DBT_PROJECT = PROJECT_ROOT / "dbt_project"
EXPECTATIONS = PROJECT_ROOT / "expectations"
RULES = EXPECTATIONS / "rules"
INDICATORS = EXPECTATIONS / "indicators"

TIMEZONE = "Asia/Shanghai"
_BY_DEFAULT = "FILINGS_SAMPLE_BY_DEFAULT"


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
def size_limits() -> ReadLimits:
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


def named_or_own_home() -> Home:
    """Return the home that ``FILINGS_HOME`` names, the project's own where it is unset.

    Raises:
        FilingsError: ``FILINGS_HOME`` is blank or cannot be a path.
    """
    named = os.environ.get("FILINGS_HOME")
    if named is None:
        return Home(PROJECT_ROOT)
    if not named.strip():
        raise FilingsError(
            "环境变量 FILINGS_HOME 是空白,请写上数据目录的路径,或取消这个变量(unset FILINGS_HOME)。"
        )
    try:
        return Home(Path(named).resolve())
    except (OSError, RuntimeError, ValueError):
        raise FilingsError(f"FILINGS_HOME 不是可用的路径:{printable(named)},请核对。") from None


def chosen_home() -> Home:
    """Return the home to work on, whether or not it is there: the named one, else the project's.

    The project's is its own as soon as anything lies in its inbox or archive, until then that of
    its sample. Raises FilingsError as ``named_or_own_home`` does.
    """
    home = named_or_own_home()
    unnamed = "FILINGS_HOME" not in os.environ
    return sample_home() if unnamed and not was_filed(home) else home


def home() -> Home:
    """Return the chosen home, which is one: a folder with ``raw/inbox``. Makes nothing.

    Raises:
        FilingsError: it is not there, is no folder, cannot be read or is no home.
    """
    home = chosen_home()
    fault = not_a_home(home)
    if fault and is_default_sample(home):
        fault = "样例还没有生成,请先运行 make refresh;正式数据请用 FILINGS_HOME 指明数据目录。"
    if fault:
        raise FilingsError(fault)
    return home


def sample_home() -> Home:
    """Return where the project's sample lives, whether or not it was made."""
    return Home(PROJECT_ROOT / "sample")


def is_default_sample(home: Home) -> bool:
    """Say whether a home is the sample's and was chosen because nothing else was."""
    return "FILINGS_HOME" not in os.environ and home == sample_home()


def home_variables(home: Home) -> dict[str, str]:
    """Return the variables that keep a process and its children on a home, and say why it is this.

    It is named, so that processes that start later cannot choose another one.
    """
    return {"FILINGS_HOME": str(home.root), _BY_DEFAULT: "1" if is_default_sample(home) else "0"}


def is_sample_over() -> bool:
    """Say whether this process keeps to the sample only because nothing had been filed.

    True where ``home_variables`` chose the sample by default and something was filed since.
    """
    return os.environ.get(_BY_DEFAULT) == "1" and was_filed(Home(PROJECT_ROOT))


def quiet_seconds() -> float:
    """Return how long a file in the inbox must not change before it is taken (default 10 s).

    Raises FilingsError where FILINGS_QUIET_SECONDS is no number of seconds from 0 to a day.
    """
    return _span("FILINGS_QUIET_SECONDS", 10, 86_400, "秒数")


def inbox_minutes() -> float:
    """Return how long an inbox folder must lie unchanged until a night is asked for (default 10).

    Raises FilingsError where FILINGS_INBOX_MINUTES is no number of minutes from 0 to a day.
    """
    return _span("FILINGS_INBOX_MINUTES", 10, 1_440, "分钟数")


def _span(name: str, usual: float, most: int, what: str) -> float:
    """Return a span of time from the environment. Raises FilingsError where it is none."""
    value = os.environ.get(name) or str(usual)
    try:
        span = float(value)
    except ValueError:
        span = -1.0
    if not 0 <= span <= most:
        raise FilingsError(f"环境变量 {name} 应为{what}(0 至 {most}),现为“{value}”")
    return span


def night_ends_at() -> tuple[int, int]:
    """Return the hour and minute (China) by which a night should have ended (default 06:00).

    Raises FilingsError where FILINGS_NIGHT_ENDS is no time of day.
    """
    value = os.environ.get("FILINGS_NIGHT_ENDS") or "06:00"
    try:
        ends = time.fromisoformat(value)
    except ValueError:
        raise FilingsError(
            f"环境变量 FILINGS_NIGHT_ENDS 应为时刻(如 06:00),现为“{value}”"
        ) from None
    return ends.hour, ends.minute


def duckdb_config(home: Home) -> dict[str, str | bool | int | float | list[str]]:
    """Return DuckDB's settings: bounded memory and threads, spill inside the home."""
    home.temp.mkdir(parents=True, exist_ok=True)
    return {
        "memory_limit": os.environ.get("FILINGS_MEMORY", "4GB"),
        "threads": os.environ.get("FILINGS_THREADS", str(min(os.cpu_count() or 2, 8))),
        "temp_directory": str(home.temp),
    }


def channels_file() -> Path:
    """Return the YAML file that maps county codes to apprise addresses."""
    return Path(os.environ.get("FILINGS_CHANNELS") or EXPECTATIONS / "channels.yml")


def key_from_environment() -> str | None:
    """Return FILINGS_KEY, or None where it is unset or empty."""
    return os.environ.get("FILINGS_KEY") or None


def is_behind_login() -> bool:
    """Tell whether the steward says that a login stands in front of the web server."""
    return os.environ.get("FILINGS_BEHIND_LOGIN") == "1"


def quiet_environment() -> dict[str, str]:
    """Return the variables that keep third-party packages from calling out."""
    return {
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
