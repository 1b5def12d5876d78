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
from pipelines.cli.progress import check_progress
from pipelines.core.errors import FilingsError, system_reason
from pipelines.core.modes import is_secret
from pipelines.core.settings import PROJECT_ROOT, Home, channels_file

_LOCK = PROJECT_ROOT / "requirements.lock"


def doctor() -> None:
    """检查安装 | Check the installation; exits 1 where something has to be mended."""
    from pipelines.cli.table import show

    home = working_home()
    with check_progress() as tell:
        rows = [
            (name, "好" if good else "需处理", note) for name, good, note in _checks(home, tell)
        ]
    show(("检查", "结果", "说明"), rows)
    if any(result != "好" for _, result, _ in rows):
        raise typer.Exit(1)


def _checks(
    home: Home, tell: Callable[[str, int, int | None], None]
) -> Iterator[tuple[str, bool, str]]:
    """Yield name, verdict and note of each check; ``tell`` is called with what is looked at."""
    from pipelines.cli import home_checks

    version = ".".join(str(part) for part in sys.version_info[:3])
    yield "Python", sys.version_info[:2] == (3, 11), f"{version}(需要 3.11)"
    wrong = wrong_packages(_LOCK)
    yield "软件包", not wrong, "、".join(wrong[:5]) or "与 requirements.lock 一致"
    for name, path in (("原始数据", home.root / "raw"), ("仓库数据", home.root / "warehouse")):
        yield name, _writable(path), str(path)
    for name, check in (
        ("密钥", home_checks.key),
        ("访问权限", home_checks.access),
        ("磁盘", home_checks.disk),
        ("时钟", home_checks.clock),
        ("夜间调度", home_checks.schedule),
        ("上一次刷新", home_checks.last_night),
        ("记录", home_checks.records),
        ("历史", home_checks.history),
        ("已发布的文件", home_checks.published),
        (
            "存档文件",
            lambda home: home_checks.archive(home, lambda done, all_: tell("存档", done, all_)),
        ),
        ("规则目录", _catalogue),
        ("dbt 项目", _dbt),
        ("消息渠道", _channels),
    ):
        tell(name, 0, None)
        yield name, *_verdict(check, home)


def _verdict(check: Callable[[Home], str], home: Home) -> tuple[bool, str]:
    try:
        return True, check(home)
    except FilingsError as error:
        return False, str(error)
    except OSError as error:
        return False, f"无法读取 {error.filename}({system_reason(error)}),请检查权限和磁盘。"


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


def _catalogue(home: Home) -> str:
    from pipelines.s4_findings.catalogue import load_catalogue

    return f"{len(load_catalogue().rules)} 条规则(全面检查用 filings rules lint)"


def _dbt(home: Home) -> str:
    from pipelines import s3_models

    # In a folder that goes away: who only asks leaves nothing in the home.
    with tempfile.TemporaryDirectory(prefix="filings-doctor-") as scratch:
        s3_models.invoke(Home(Path(scratch)), ["parse"], "dbt 项目解析")
    return "可以解析"


def _channels(home: Home) -> str:
    from pipelines.s8_county.channels import read_channels, unusable

    channels = read_channels(channels_file(), b"")
    wrong = unusable(channels)
    if wrong:
        raise FilingsError(f"无法识别的地址:{'、'.join(wrong)}")
    count = sum(len(those) for those in channels.values())
    if count and not is_secret(channels_file()):
        raise FilingsError(
            f"渠道文件 {channels_file()} 含有密码或令牌,其他用户可以读取,"
            f"请运行 chmod 600 {channels_file()}。"
        )
    return f"{count} 个地址"
