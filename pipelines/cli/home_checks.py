"""Checks of a home for ``filings doctor``: its records, its files, its machine, its nights.

Each returns a note where all is well and raises FilingsError with what to do where it is not.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pipelines import s1_archive
from pipelines.core import modes
from pipelines.core.errors import FilingsError
from pipelines.core.files import TornError
from pipelines.core.limits import read_limits
from pipelines.core.lock import lock_holder
from pipelines.core.privacy import known_key
from pipelines.core.settings import TIMEZONE, Home, key_from_environment

# Bytes done and bytes in all.
Progress = Callable[[int, int], None]
SILENT_AFTER = timedelta(minutes=10)


def key(home: Home) -> str:
    """Is the key there, and is it the one under which everything was keyed?"""
    if known_key(home) is None:
        return "未设置 FILINGS_KEY,首次运行时生成本机密钥"
    return "FILINGS_KEY" if key_from_environment() else str(home.key_file)


def access(home: Home) -> str:
    """Is what names people closed to other users of the machine?"""
    found = list(modes.open_to_others(home))
    if found:
        more = f"等 {len(found)} 项" if len(found) > 1 else ""
        raise FilingsError(f"{found[0]} {more}其他用户可以读取,请运行 chmod -R go= {found[0]}。")
    return "私有数据只有所有者可读"


def disk(home: Home) -> str:
    """Is there room for a night?"""
    least = read_limits().machine.free_disk_gib
    free = shutil.disk_usage(home.root).free / (1 << 30)
    if free < least:
        raise FilingsError(
            f"{home.root} 所在磁盘只剩 {free:.1f} GiB(至少 {least} GiB,见 expectations/limits.yml),"
            "请清理或扩容。"
        )
    return f"可用 {free:.1f} GiB"


def published(home: Home) -> str:
    """Are the published files still what was published?"""
    from pipelines.s7_published import published_faults

    if not home.published.exists():
        return "尚未发布"
    _raise_all(
        [f"{each.rstrip('。')},运行 filings refresh 恢复" for each in published_faults(home)]
    )
    return "已发布的库、Parquet 和说明文件与发布时一致"


def history(home: Home) -> str:
    """Is history whole, and does it reach to what is published?"""
    from pipelines.core.history import read_chain, way_out
    from pipelines.s7_published import history_faults

    faults = history_faults(home)
    if faults:
        _raise_all([*faults[:3], way_out(home)] if len(faults) < 3 else list(faults))
    files = read_chain(home)
    nights = [file.manifest.about for file in files if file.is_publication]
    if not nights:
        begins = (
            "下次 filings refresh 由已发布的文件建立" if home.published_db.exists() else "尚未发布"
        )
        return f"还没有历史({begins})"
    size = sum(file.stamp.size for file in files) / (1 << 20)
    newest = nights[-1].newest_received_at[:10]
    return (
        f"{len(files)} 个文件({size:.1f} MiB)首尾相接,与写入时一致;记录了 {len(nights)} 次发布,"
        f"最近是第 {nights[-1].vintage} 版(依据 {newest} 及以前收到的报送)"
    )


def records(home: Home) -> str:
    """Can every record be read: of deliveries, withdrawals, admissions, messages?"""
    from pipelines.s8_county import torn_messages

    torn: list[TornError] = [*s1_archive.torn_records(home), *torn_messages(home)]
    _raise_all([str(each) for each in torn])
    return "报送、撤回、确认、消息的记录完整"


def clock(home: Home) -> str:
    """Is the machine's clock not before what was received?"""
    newest = s1_archive.clock_is_behind(home)
    if newest is not None:
        raise FilingsError(f"本机时钟早于档案中最近的时刻 {newest},请校准本机时钟。")
    return "不早于档案中最近的时刻"


def archive(home: Home, progress: Progress) -> str:
    """Are all archived bytes what was received?"""
    every = s1_archive.submissions(home, [])
    files = {file.sha256 + file.name: file for each in every for file in each.files}
    total, done, wrong = sum(file.size for file in files.values()), 0, []
    for each in every:
        for file in each.files:
            if files.pop(file.sha256 + file.name, None) is None:
                continue
            if not s1_archive.is_intact(home, file):
                path = s1_archive.blob_path(home, file)
                wrong.append(f"{each.submission_id} 的存档文件 {path} 缺失或已损坏,请从备份恢复")
            done += file.size
            progress(done, total)
    _raise_all(wrong)
    return f"{len(every)} 次报送的存档文件与收到时一致"


def schedule(home: Home) -> str:
    """Is there a scheduler, where there was one?"""
    from pipelines.orchestration.state import scheduler_seen_at

    seen = scheduler_seen_at(home)
    if seen is None:
        return "没有启动过夜间调度(make dev 启动)"
    if datetime.now(UTC) - seen > SILENT_AFTER:
        raise FilingsError(f"夜间调度已停止(最近一次活动 {_local(seen)}),请用 make dev 启动。")
    return f"夜间调度在运行,最近一次活动 {_local(seen)}"


def last_night(home: Home) -> str:
    """Did the last night succeed, and was it lately?"""
    from pipelines.orchestration.state import last_night, scheduler_seen_at

    night = last_night(home)
    if night is None:
        return "还没有刷新过"
    began = _local(night.began_at)
    if night.seconds is None:
        if lock_holder(home) is None:
            raise FilingsError(f"{began} 的刷新中断了,请运行 filings refresh。")
        return f"{began} 开始的刷新正在进行"
    took = f"{began} 开始,用时 {night.seconds:.0f} 秒"
    if night.status != "SUCCESS":
        raise FilingsError(
            f"上一次刷新没有成功({took}),请运行 filings refresh,或用 make dev 查看原因。"
        )
    hours = read_limits().machine.night_hours
    if scheduler_seen_at(home) and datetime.now(UTC) - night.began_at > timedelta(hours=hours):
        raise FilingsError(
            f"最近 {hours} 小时没有刷新过(上一次 {began}),请查看夜间调度,或运行 filings refresh。"
        )
    return f"成功,{took}"


def _raise_all(sentences: list[str]) -> None:
    """Raise what is wrong: the first few sentences, and how many there are."""
    if sentences:
        shown = ";".join(each.rstrip("。") for each in sentences[:3])
        more = f"(共 {len(sentences)} 处)" if len(sentences) > 3 else ""
        raise FilingsError(f"{shown}{more}。")


def _local(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(TIMEZONE)).strftime("%Y-%m-%d %H:%M")
