"""``filings doctor``: is this installation fit to work, and what has to be mended."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import typer

from pipelines.cli.homes import working_home
from pipelines.core.errors import FilingsError
from pipelines.core.settings import PROJECT_ROOT, Home, channels_file, key_from_environment

_LOCK = PROJECT_ROOT / "requirements.lock"


def doctor() -> None:
    """检查安装 | Check the installation; exits 1 where something has to be mended."""
    from pipelines.cli.table import show

    at = working_home()
    rows = [(name, "好" if good else "需处理", note) for name, good, note in _checks(at)]
    show(("检查", "结果", "说明"), rows)
    if any(result != "好" for _, result, _ in rows):
        raise typer.Exit(1)


def _checks(at: Home) -> Iterator[tuple[str, bool, str]]:
    """Yield name, verdict and note of each check."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield "Python", sys.version_info[:2] == (3, 11), f"{version}(需要 3.11)"
    wrong = wrong_packages(_LOCK)
    yield "软件包", not wrong, "、".join(wrong[:5]) or "与 requirements.lock 一致"
    for name, path in (("原始数据", at.root / "raw"), ("仓库数据", at.root / "warehouse")):
        yield name, _writable(path), str(path)
    yield "密钥", *_key(at)
    for name, check in (
        ("已发布的库", _published),
        ("规则目录", _catalogue),
        ("dbt 项目", _dbt),
        ("消息渠道", _channels),
    ):
        yield name, *_verdict(check, at)


def _verdict(check: Callable[[Home], str], at: Home) -> tuple[bool, str]:
    try:
        return True, check(at)
    except FilingsError as error:
        return False, str(error)


def wrong_packages(lock: Path) -> list[str]:
    """Return the locked packages that are missing or of another version."""
    wrong = []
    for name, version in re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)",
        lock.read_text(encoding="utf-8"),
        re.MULTILINE,
    ):
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            installed = "未安装"
        if installed != version:
            wrong.append(f"{name} {installed}(应为 {version})")
    return wrong


def _writable(path: Path) -> bool:
    """Say whether a folder, or the nearest one above it that exists, can be written."""
    while not path.exists():
        path = path.parent
    return os.access(path, os.W_OK)


def _key(at: Home) -> tuple[bool, str]:
    if key_from_environment():
        return True, "FILINGS_KEY"
    if not at.key_file.exists():
        return True, "未设置 FILINGS_KEY,首次运行时生成本机密钥"
    private = at.key_file.stat().st_mode & 0o077 == 0
    return private, f"{at.key_file}" if private else f"{at.key_file} 应只有所有者可读(600)"


def _published(at: Home) -> str:
    import duckdb

    if not at.published_db.exists():
        return "尚未发布"
    try:
        with duckdb.connect(str(at.published_db), read_only=True) as connection:
            row = connection.execute("select newest_received_at from meta_refresh").fetchone()
    except duckdb.Error as error:
        raise FilingsError(f"打不开:{str(error).splitlines()[0]}") from None
    return f"{at.published_db},最新报送 {row[0] if row else '无'}"


def _catalogue(at: Home) -> str:
    from pipelines.s4_findings.catalogue import load_catalogue

    return f"{len(load_catalogue().rules)} 条规则(全面检查用 filings rules lint)"


def _dbt(at: Home) -> str:
    from pipelines import s3_models

    # In a folder that goes away: who only asks leaves nothing in the home.
    with tempfile.TemporaryDirectory(prefix="filings-doctor-") as scratch:
        s3_models.invoke(Home(Path(scratch)), ["parse"], "dbt 项目解析")
    return "可以解析"


def _channels(at: Home) -> str:
    from pipelines.s8_county.channels import read_channels, unusable

    channels = read_channels(channels_file(), b"")
    wrong = unusable(channels)
    if wrong:
        raise FilingsError(f"无法识别的地址:{'、'.join(wrong)}")
    return f"{sum(len(those) for those in channels.values())} 个地址"
