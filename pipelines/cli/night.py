"""Commands of the night: refresh, alerts."""

from __future__ import annotations

import math
import sys
import time
from typing import Annotated

import typer

from pipelines.cli.homes import working_home
from pipelines.core.home import Home, make_home
from pipelines.core.settings import chosen_home, is_default_sample, key_from_environment


def _finite(seconds: float) -> float:
    if not math.isfinite(seconds):
        raise typer.BadParameter("应为数字")
    return seconds


Wait = Annotated[
    float, typer.Option(min=0, callback=_finite, help="另一次刷新正在进行时最多等候的秒数")
]
_STATES = {"": "待发", "sent": "已发", "failed": "未发出,将重发", "sending": "结果不明,不再重发"}


def refresh(
    wait: Wait = 0.0,
    make_sample: Annotated[
        bool,
        typer.Option(
            "--make-sample",
            help="从未收到报送时先生成样例 | make refresh uses it",
        ),
    ] = False,
) -> None:
    """运行一晚的刷新 | Run the nightly job once."""
    from pipelines.core.lock import refresh_lock
    from pipelines.core.privacy import load_key
    from pipelines.s7_published import deciding_fingerprint

    deciding = deciding_fingerprint()  # before dbt or anything else reads one of those files
    home = _sample_made() if make_sample else working_home()
    load_key(home)  # a key is made, with a warning, before the lines of progress begin
    print("刷新开始 …", file=sys.stderr)
    with refresh_lock(home, wait):  # who has to wait learns it before anything takes long
        _refresh(home, deciding, make_sample=make_sample)


def _refresh(home: Home, deciding: str, *, make_sample: bool = False) -> None:
    """Run one night under the refresh lock and show what it did."""
    from pipelines import s3_models
    from pipelines.cli import summary
    from pipelines.cli.progress import sample_progress
    from pipelines.cli.sample import fill_sample

    started = time.monotonic()
    with s3_models.warm_dbt(home) as dbt:
        if not s3_models.is_parsed(home):
            dbt.start()  # it parses while Dagster is imported and the sample is made
        from pipelines.orchestration.refresh import run_locked_night

        with sample_progress() as progress:
            made = make_sample and fill_sample(home, progress)
        if made:
            print(f"  已生成样例县 {time.monotonic() - started:.1f} 秒", file=sys.stderr)
        night = run_locked_night(home, deciding)
    if not night.is_new:
        print("没有新的报送,已发布的数据不变。")
    for warning in night.warnings:
        print(f"注意:{warning}", file=sys.stderr)
    summary.show_summary(home)
    print(f"用时 {time.monotonic() - started:.1f} 秒")


def rotate_key(
    wait: Wait = 0.0,
) -> None:
    """更换密钥并用它重新读取、发布全部报送 | Take a new key and key everything anew.

    密钥放在 FILINGS_KEY 的,先改变量再运行。
    """
    from pipelines.core import privacy
    from pipelines.core.lock import refresh_lock
    from pipelines.s4_findings.first_keys import keep_first_keys
    from pipelines.s7_published import deciding_fingerprint
    from pipelines.s8_county import keep_channels

    deciding = deciding_fingerprint()
    home, kept = working_home(), True

    def before(key: bytes) -> None:
        nonlocal kept
        keep_channels(home, key)
        kept = keep_first_keys(home, key)

    with refresh_lock(home, wait):
        privacy.rotate_key(home, before)
        where = "FILINGS_KEY" if key_from_environment() else f"{home.key_file},请妥善备份"
        print(f"已换用新密钥({where})。现在用它重新读取并发布全部报送。")
        if not kept:
            print(
                "原来的密钥不在了,也没有用它读取过的数据:"
                "依据部门登记数据的疑点,编号随密钥而变,旧编号转为已消除,新编号作为新增。"
            )
        print("刷新开始 …", file=sys.stderr)
        _refresh(home, deciding)


def _sample_made() -> Home:
    """Return the home in use; the sample's is made where nothing else was chosen."""
    home = chosen_home()
    if is_default_sample(home):
        make_home(home)
    return working_home()


def alerts(
    all_: Annotated[bool, typer.Option("--all", help="也列出已发的")] = False,
) -> None:
    """查看发给县里的消息:已发、待发、未发出 | What was sent to counties and what waits."""
    from pipelines.cli.table import show
    from pipelines.s8_county import deliveries, due

    every = deliveries(working_home())
    waiting = due(every)
    shown = every if all_ else [each for each in every if each in waiting or each.state != "sent"]
    rows = [
        (
            each.message.county_code,
            each.message.period,
            each.message.vintage,
            each.channel.label,
            _STATES[each.state] if each.state or each in waiting else "已有更新的消息",
            each.message.title,
        )
        for each in shown
    ]
    show(("县", "期次", "版次", "渠道", "状态", "标题"), rows)
    print(f"待发 {len(waiting)} 条,共 {len(every)} 条")
