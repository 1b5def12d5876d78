"""``make dev``: Dagster's UI and daemon, with the schedule on, for the home in use."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from pipelines.core import settings
from pipelines.core.errors import FilingsError
from pipelines.core.modes import prepare, write_privately
from pipelines.core.settings import is_behind_login, is_default_sample
from pipelines.orchestration.instance import dagster_environment, prepare_instance

LOOPBACK = "127.0.0.1"


def web_arguments(given: Sequence[str], *, behind_login: bool) -> list[str]:
    """Return the arguments of ``dagster dev`` with the one address that its UI listens on.

    Dagster's UI has no login: whoever reaches it starts and stops nights and reads their logs.

    Raises:
        FilingsError: an address that other machines reach, and nobody said that a login stands
            in front of it.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--host", "--dagit-host", "-h", dest="host", default=LOOPBACK)
    known, others = parser.parse_known_args(given)
    if not (_is_loopback(known.host) or behind_login):
        raise FilingsError(
            f"界面没有登录,不能直接在 {known.host} 上开放:请保持默认的 {LOOPBACK},前面放一个"
            "带登录的反向代理;确已有登录把守,再设 FILINGS_BEHIND_LOGIN=1。"
        )
    return ["--host", known.host, *others]


def _is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address; a name counts only if it is localhost."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def main() -> None:
    """Replace this process by ``dagster dev``; further arguments are handed on."""
    try:
        home = settings.home()
        web = web_arguments(sys.argv[1:], behind_login=is_behind_login())
    except FilingsError as error:
        sys.exit(f"错误:{error}")
    kind = "样例数据,人员均为虚构" if is_default_sample(home) else "FILINGS_HOME 可另指"
    print(f"数据目录:{home.root}({kind})", file=sys.stderr)
    write_privately()
    prepare(home)
    prepare_instance(home)
    dagster = str(Path(sys.executable).with_name("dagster"))
    module = "pipelines.orchestration.definitions"
    arguments = [dagster, "dev", "-m", module, *web]
    os.execvpe(dagster, arguments, {**os.environ, **dagster_environment(home)})


if __name__ == "__main__":
    main()
