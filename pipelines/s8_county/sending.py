"""Sending, and remembering what was sent.

Every attempt is recorded before and after (``sent_log``). An attempt without an outcome was cut off
by a kill and may have arrived: it is reported as unclear and never repeated. A failed one is tried
again the next night.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipelines.core.errors import FilingsError
from pipelines.core.files import TornError
from pipelines.core.privacy import known_key
from pipelines.core.settings import Home, channels_file
from pipelines.s8_county.channels import Channel, channels_of, read_channels
from pipelines.s8_county.memory import recover
from pipelines.s8_county.messages import Message, read_outbox
from pipelines.s8_county.sent_log import (
    FAILED,
    SENDING,
    SENT,
    Attempt,
    Way,
    last_of,
    read_attempts,
    record,
)


class Transport(Protocol):
    """Delivers one message over one channel and says whether it was taken."""

    def __call__(self, channel: Channel, message: Message, attachment: Path | None) -> bool:
        """Return True where the channel took the message."""


@dataclass(frozen=True)
class SendResult:
    """What one call did: messages sent, failures to try again, attempts whose end is unknown.

    ``warnings`` are sentences about records that were damaged and passed over.
    """

    sent: int
    failures: tuple[str, ...]
    unclear: int
    warnings: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return {
            "messages_sent": self.sent,
            "messages_failed": len(self.failures),
            "messages_unclear": self.unclear,
        }


@dataclass(frozen=True)
class Delivery:
    """One message on its way over one channel, with the state of its last attempt ('' for none)."""

    message: Message
    channel: Channel
    state: str


def deliveries(home: Home, torn: list[TornError] | None = None) -> list[Delivery]:
    """Return every message × channel of its county with what became of it, oldest first.

    What is damaged in the outbox and in the log is added to ``torn`` and passed over.

    Raises:
        FilingsError: the channel file cannot be read.
    """
    torn = [] if torn is None else torn
    # Without a key nothing was ever refreshed and nothing waits; a question makes none.
    channels = read_channels(channels_file(), known_key(home) or b"")
    states = last_of(read_attempts(home.sent_log, torn))
    return [
        Delivery(message, channel, _state(states.get(_way(message, channel))))
        for message in read_outbox(home, torn)
        for channel in channels_of(channels, message.county_code)
    ]


def due(all_deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Return what has to be sent now, oldest first.

    A channel gets what is newer than the last message it got for that county and period; one that
    never got any gets the newest only, so that a channel set up later is not flooded with history.
    """
    by_place: dict[tuple[str, str, str], list[Delivery]] = defaultdict(list)
    for each in all_deliveries:
        message = each.message
        by_place[each.channel.channel_id, message.county_code, message.period].append(each)
    result = []
    for those in by_place.values():
        told = [n for n, each in enumerate(those) if each.state in (SENT, SENDING)]
        waiting = those[told[-1] + 1 :] if told else those[-1:]
        result += waiting
    return sorted(
        result,
        key=lambda each: (
            each.message.vintage,
            each.message.county_code,
            each.message.period,
            each.channel.channel_id,
        ),
    )


def send_messages(home: Home, transport: Transport | None = None) -> SendResult:
    """Send what is due and record it. A channel that fails is named, never raised.

    The caller holds the refresh lock.

    Raises:
        HistoryError: history, which knows what was sent, is not whole.
    """
    recover(home)
    torn: list[TornError] = []
    try:
        all_deliveries = deliveries(home, torn)
    except FilingsError as error:
        return SendResult(0, (str(error),), 0)
    send = transport or apprise_transport
    sent, failures = 0, []
    for each in due(all_deliveries):
        message, channel = each.message, each.channel
        _record(home, message, channel, SENDING)
        workbook = home.root / message.workbook
        attachment = workbook if channel.takes_attachment and workbook.exists() else None
        if send(channel, message, attachment):
            _record(home, message, channel, SENT)
            sent += 1
        else:
            _record(home, message, channel, FAILED)
            failures.append(
                f"{message.county_code} {message.period} 的消息未能经 {channel.label} 发出,"
                "下次刷新时重发。"
            )
    if home.attempts.exists():
        recover(home)
    unclear = sum(each.state == SENDING for each in all_deliveries)
    return SendResult(sent, tuple(failures), unclear, tuple(map(str, torn)))


def apprise_transport(channel: Channel, message: Message, attachment: Path | None) -> bool:
    """Deliver through apprise, as plain text; False for an address that it does not understand."""
    import apprise
    from apprise.attachment.file import AttachFile

    plugin = apprise.Apprise.instantiate(channel.address, suppress_exceptions=True)
    if plugin is None:
        return False
    attach = apprise.AppriseAttachment()
    if attachment:
        # apprise encodes a Chinese name into a header that no mail client reads.
        name = f"findings-{message.county_code}-{message.period}.xlsx"
        attach.add(AttachFile(str(attachment), name=name))  # type: ignore[no-untyped-call]
    # No transport's error may end the night, and none may print the address with its secrets.
    try:
        return bool(
            plugin.notify(
                body=message.body,
                title=message.title,
                body_format=apprise.NotifyFormat.TEXT,
                attach=attach if attachment else None,
            )
        )
    except Exception:
        return False


def torn_messages(home: Home) -> list[TornError]:
    """Return what is damaged in the outbox and in the log."""
    torn: list[TornError] = []
    read_outbox(home, torn)
    read_attempts(home.sent_log, torn)
    return torn


def keep_channels(home: Home, key: bytes) -> None:
    """Let what was sent count under a new key, by which channels get new ids.

    The key before may be lost: channels are found again by county and label. Of two with one label
    whose messages fared differently, neither counts as told.
    """
    recover(home)
    channels = read_channels(channels_file(), key)
    known: dict[tuple[str, str, int, str], dict[str, str]] = defaultdict(dict)
    for line in read_attempts(home.sent_log, []):
        known[*line.way[:3], line.channel][line.channel_id] = line.state
    for message in read_outbox(home, []):
        for each in channels_of(channels, message.county_code):
            states = known.get((*_way(message, each)[:3], each.label), {})
            if each.channel_id not in states and len(set(states.values())) == 1:
                _record(home, message, each, next(iter(states.values())))


def _way(message: Message, channel: Channel) -> Way:
    return (message.county_code, message.period, message.vintage, channel.channel_id)


def _state(last: Attempt | None) -> str:
    return last.state if last else ""


def _record(home: Home, message: Message, channel: Channel, state: str) -> None:
    """Record a state of a message on a channel."""
    attempt = Attempt(
        message.received_at,
        message.county_code,
        message.period,
        message.vintage,
        channel.label,
        channel.channel_id,
        state,
    )
    record(home, attempt)
