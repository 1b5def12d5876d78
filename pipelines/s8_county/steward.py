"""What stopped a night, told to the steward's channels: once each, whoever notices it.

``reports/steward.jsonl`` gets a line before a notice goes out over a channel and one after; one
that failed is tried again, one whose end is unknown is not.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.core.modes import prepare
from pipelines.core.privacy import known_key
from pipelines.core.settings import Home, channels_file
from pipelines.s8_county.channels import STEWARD, read_channels
from pipelines.s8_county.messages import Message
from pipelines.s8_county.sending import Transport, apprise_transport
from pipelines.s8_county.sent_log import FAILED, SENDING, SENT


@dataclass(frozen=True)
class _Line:
    """The state of one notice on one channel; ``channel`` is the label people read."""

    notice: str
    channel: str
    channel_id: str
    state: str


def tell_steward(
    home: Home, notice: str, title: str, body: str, transport: Transport | None = None
) -> int:
    """Tell the steward of something; return over how many channels it went out now.

    ``notice`` names what it is about (a run, a night): the same is told once on each channel.

    Raises:
        FilingsError: the channel file cannot be read.
    """
    channels = read_channels(channels_file(), known_key(home) or b"").get(STEWARD, ())
    states = {(line.notice, line.channel_id): line.state for line in _lines(home)}
    send = transport or apprise_transport
    sent = 0
    for channel in channels:
        if states.get((notice, channel.channel_id), FAILED) != FAILED:
            continue
        line = _Line(notice, channel.label, channel.channel_id, SENDING)
        _record(home, line)
        is_sent = send(channel, Message("", "", 0, "", title, body, ""), None)
        _record(home, _Line(notice, line.channel, line.channel_id, SENT if is_sent else FAILED))
        sent += is_sent
    return sent


def _log(home: Home) -> Path:
    return home.reports / "steward.jsonl"


def _lines(home: Home) -> list[_Line]:
    """Return the lines of the log; one that a kill cut off is none."""
    path, found = _log(home), []
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            found.append(_Line(**json.loads(text)))
        except (ValueError, TypeError):
            continue
    return found


def _record(home: Home, line: _Line) -> None:
    prepare(home)
    path = _log(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    is_cut = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
    with path.open("a", encoding="utf-8") as file:
        file.write(("\n" if is_cut else "") + json.dumps(asdict(line), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
