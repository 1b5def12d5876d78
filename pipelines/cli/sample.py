"""The sample: what ``make refresh`` works on while no office ever filed, and how it is removed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from pipelines.cli.application import Application
from pipelines.cli.homes import working_home
from pipelines.core.errors import FilingsError
from pipelines.core.lock import refresh_lock
from pipelines.core.settings import Home, is_default_sample


def fill_sample(home: Home, progress: Callable[[int, int, str], None] | None = None) -> bool:
    """Make the sample counties in the sample's home, once; say whether that was done.

    The caller holds the refresh lock. Any other home is left as it is. ``progress`` is called with
    counties done, counties in all and the last one.
    """
    # The truth is written last: without it the sample is not whole.
    if not is_default_sample(home) or any(home.truth.glob("truth-*.csv")):
        return False
    from pipelines.simulate import simulate

    simulate(home, progress=progress)
    return True


app = Application(help="样例数据 | The simulated deliveries of a home.")


@app.callback()
def about() -> None:
    """样例数据 | The simulated deliveries of a home."""


@app.command("remove", epilog="filings sample remove --yes")
def remove(
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 | do not ask")] = False,
) -> None:
    """移除全部样例报送及由它们产生的一切 | Take simulated deliveries out of a home whole."""
    from pipelines.s8_county.removal import planned, remove_simulated

    home = working_home()
    with refresh_lock(home):
        removal = planned(home)
        if removal.is_empty:
            print("这里没有样例报送。")
            return
        for submission_id in removal.submissions:
            print(submission_id)
        count = f"{len(removal.submissions)} 次样例报送、收件箱中 {len(removal.inbox)} 个样例文件"
        if not yes:
            if not sys.stdin.isatty():
                raise FilingsError(f"将移除 {count},不可恢复;确认请加 --yes。")
            typer.confirm(f"移除以上 {count},不可恢复,确定吗?", abort=True)
        remove_simulated(home, removal)
    print(f"已移除 {count}及其回执、清单和消息。")
    if removal.is_all:
        print("此处已没有任何报送,已发布的数据一并移除。")
    else:
        print("已发布的数据在下次 filings refresh 后不再含有样例。")
