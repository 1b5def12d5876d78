"""What became of every attempt to send: the log that people read, and the attempts of this night.

``Home.sent_log`` and ``Home.attempts`` get two JSON lines per attempt: ``sending`` before (flushed
to disk) and ``sent`` or ``failed`` after. The attempts lie with history, so that nothing is sent
twice where the log is lost in the same night; ``memory`` takes them in and removes them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.core.files import TornError
from pipelines.core.modes import prepare
from pipelines.core.settings import Home

SENDING, SENT, FAILED = "sending", "sent", "failed"
# County, period, vintage and channel: one message on its way over one channel.
Way = tuple[str, str, int, str]


@dataclass(frozen=True)
class Attempt:
    """One line: the state of one message on one channel; ``channel`` is the label people read."""

    received_at: str
    county_code: str
    period: str
    vintage: int
    channel: str
    channel_id: str
    state: str

    @property
    def way(self) -> Way:
        """Which message on which channel it is about."""
        return (self.county_code, self.period, self.vintage, self.channel_id)


def read_attempts(path: Path, torn: list[TornError]) -> list[Attempt]:
    """Return a log's lines, oldest first.

    Lines that a kill or the disk cut are no lines; where there are any, ``torn`` says which.
    """
    found, cut = [], []
    content = path.read_bytes() if path.exists() else b""
    for number, text in enumerate(content.splitlines(), start=1):
        try:
            line = json.loads(text)
            found.append(
                Attempt(
                    line.get("received_at", ""),
                    line["county_code"],
                    line["period"],
                    int(line["vintage"]),
                    line["channel"],
                    line["channel_id"],
                    line["state"],
                )
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            cut.append(str(number))
    if cut:
        lines = f"第 {'、'.join(cut[:5])} 行{'等' if len(cut) > 5 else ''}"
        torn.append(TornError(path, f"{lines}已跳过,其余照常,可以删去{lines}"))
    return found


def last_of(attempts: Iterable[Attempt]) -> dict[Way, Attempt]:
    """Return the last line about every message and channel."""
    return {each.way: each for each in attempts}


def record(home: Home, attempt: Attempt) -> None:
    """Append one line to both places and see it onto the disk before going on."""
    prepare(home)
    home.history.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in (home.attempts, home.sent_log):
        append(path, [attempt])


def append(path: Path, attempts: Sequence[Attempt]) -> None:
    """Append lines and see them onto the disk; after a line that was cut off a new one begins."""
    if not attempts:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if file.tell() and not _ends_line(path):
            file.write(b"\n")
        for each in attempts:
            file.write(json.dumps(asdict(each), ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _ends_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
