"""The messages of a publication: written once as a file, sent from there until they arrive.

``reports/outbox/<vintage>.json`` is written after the vintage's workbooks: where it exists, the
counties' part of that publication is complete but for the sending.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.core.files import TornError, read_json
from pipelines.core.papers import SAMPLE_MARK
from pipelines.core.settings import Home
from pipelines.s8_county.changes import Change, Publication
from pipelines.s8_county.findings import Held

_SHOWN_HELD = 8
OUTBOX_TORN = "其中的消息不再发送,请从备份恢复这个文件,不需要的请删除"


@dataclass(frozen=True)
class Message:
    """One message to one county about one period of one vintage; ``workbook`` is below the home."""

    county_code: str
    period: str
    vintage: int
    received_at: str
    title: str
    body: str
    workbook: str


def compose(
    change: Change, publication: Publication, held: Sequence[Held], workbook: str
) -> Message:
    """Return the Chinese text that tells a county what changed."""
    mark = f"【{SAMPLE_MARK}】" if change.is_sample else ""
    year, month = change.period.split("-")
    lines = [
        f"{change.county_name}({change.county_code}){year}年{int(month)}月报送数据已核查"
        f"(第{publication.vintage}版)。",
        _what_changed(change),
        *_held_lines(held),
        f"问题清单:{workbook}",
    ]
    if change.n_open:
        lines.append("请在“情况说明”栏写明原因,或更正后重新报送该表。")
    if change.is_sample:
        lines.append(f"本消息依据{SAMPLE_MARK}生成,所涉人员均为虚构。")
    return Message(
        county_code=change.county_code,
        period=change.period,
        vintage=publication.vintage,
        received_at=publication.received_at,
        title=f"{mark}{change.county_name}{change.period}报送核查:"
        f"新增{change.n_new}、消除{change.n_resolved}、待处理{change.n_open}",
        body="\n".join(lines),
        workbook=workbook,
    )


def _what_changed(change: Change) -> str:
    parts = []
    if change.n_submissions:
        parts.append(f"收到报送{change.n_submissions}次")
    if change.n_withdrawn:
        parts.append(f"撤回报送{change.n_withdrawn}次")
    parts.append(f"新增问题{change.n_new}条")
    if change.n_new_hold:
        parts[-1] += f"(其中{change.n_new_hold}条须更正后才能发布指标)"
    parts.append(f"已消除{change.n_resolved}条")
    if change.n_reopened:
        parts.append(f"再次出现{change.n_reopened}条")
    return ",".join(parts) + f";目前待处理{change.n_open}条。"


def _held_lines(held: Sequence[Held]) -> list[str]:
    """Return the plain figures that are held with their reasons, the first few."""
    plain = [each for each in held if not each.breakdown]
    if not plain:
        return []
    lines = [f"暂缓发布的指标{len(plain)}项:"]
    lines += [f"· {each.name}:{each.reason}" for each in plain[:_SHOWN_HELD]]
    if len(plain) > _SHOWN_HELD:
        lines.append(f"· 其余{len(plain) - _SHOWN_HELD}项见问题清单“汇总”。")
    return lines


def outbox_file(home: Home, vintage: int) -> Path:
    """Return the file of one vintage's messages."""
    return home.outbox / f"{vintage:06d}.json"


def write_outbox(home: Home, vintage: int, messages: Sequence[Message]) -> None:
    """Write a vintage's messages in one step: the whole file or none."""
    path = outbox_file(home, vintage)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    with aside.open("w", encoding="utf-8") as file:
        json.dump([asdict(each) for each in messages], file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def read_vintage(home: Home, vintage: int) -> list[Message]:
    """Return the messages of one vintage. Raises TornError where its file is missing or torn."""
    return _messages(outbox_file(home, vintage))


def is_written(home: Home, vintage: int) -> bool:
    """Tell whether a vintage's messages stand whole; a damaged file is written again."""
    try:
        read_vintage(home, vintage)
    except TornError:
        return False
    return True


def read_outbox(home: Home, torn: list[TornError]) -> list[Message]:
    """Return all messages ever written, oldest vintage first; damaged files are added to torn."""
    found: list[Message] = []
    for path in sorted(home.outbox.glob("*.json")):
        try:
            found += _messages(path)
        except TornError as error:
            torn.append(error)
    return found


def _messages(path: Path) -> list[Message]:
    """Return the messages of one file. Raises TornError."""
    try:
        return [Message(**entry) for entry in read_json(path, OUTBOX_TORN)]
    except TypeError:
        raise TornError(path, OUTBOX_TORN) from None
