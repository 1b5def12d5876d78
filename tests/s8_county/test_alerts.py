"""Messages to counties: sent once, over a real SMTP server, repeated only where they failed."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from mailboxes import Mailbox

from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home
from pipelines.s8_county import send_messages
from pipelines.s8_county.changes import Change, Publication
from pipelines.s8_county.channels import Channel, channels_of, read_channels, unusable
from pipelines.s8_county.findings import Held
from pipelines.s8_county.messages import Message, compose, write_outbox

KEY = b"key"


def a_message(vintage: int = 1, county: str = "990101") -> Message:
    workbook = f"warehouse/reports/{county}/2020-06/问题清单-2020-06.xlsx"
    return Message(
        county,
        "2020-06",
        vintage,
        "2020-07-05T10:00:00+08:00",
        f"第{vintage}版",
        "新增问题1条",
        workbook,
    )


def channel_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    path = tmp_path / "channels.yml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("FILINGS_CHANNELS", str(path))
    return path


class Taking:
    """A transport that takes everything, or nothing."""

    def __init__(self, takes: bool = True) -> None:
        self.takes = takes
        self.seen: list[tuple[str, int]] = []

    def __call__(self, channel: Channel, message: Message, attachment: Path | None) -> bool:
        self.seen.append((message.county_code, message.vintage))
        return self.takes


def log_lines(home: Home) -> list[dict[str, Any]]:
    return [json.loads(line) for line in home.sent_log.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    handler = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=port,
        authenticator=lambda *_: AuthResult(success=True),
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield handler, port
    finally:
        controller.stop()


def test_mail_arrives_with_the_workbook_and_only_once(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: tuple[Mailbox, int]
) -> None:
    handler, port = mailbox
    channel_file(
        tmp_path,
        monkeypatch,
        f'"990101": ["mailto://user:hunter2@127.0.0.1:{port}?from=a@example.org&to=b@example.org"]',
    )
    message = a_message()
    workbook = home.root / message.workbook
    workbook.parent.mkdir(parents=True)
    workbook.write_bytes(b"PK workbook")
    write_outbox(home, 1, [message])

    assert send_messages(home).counts()["messages_sent"] == 1
    assert send_messages(home).counts()["messages_sent"] == 0

    (mail,) = handler.mails
    parts = list(mail.walk())
    text = next(part for part in parts if part.get_content_type() == "text/plain")
    assert "新增问题1条" in bytes(text.get_payload(decode=True)).decode()
    attached = [part for part in parts if part.get_filename()]
    assert [part.get_filename() for part in attached] == ["findings-990101-2020-06.xlsx"]
    assert [bytes(part.get_payload(decode=True)) for part in attached] == [b"PK workbook"]
    log = home.sent_log.read_text(encoding="utf-8")
    assert "hunter2" not in log and "127.0.0.1" in log
    assert [line["state"] for line in log_lines(home)] == ["sending", "sent"]


def test_a_server_that_is_down_is_reported_and_tried_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel_file(tmp_path, monkeypatch, 'default: ["mailto://u:p@127.0.0.1:9?to=b@example.org"]')
    write_outbox(home, 1, [a_message()])
    first = send_messages(home)
    assert first.sent == 0
    assert "990101 2020-06" in first.failures[0] and "u:p" not in first.failures[0]
    taking = Taking()
    assert send_messages(home, taking).sent == 1
    assert taking.seen == [("990101", 1)]


def test_one_failing_channel_does_not_stop_the_others(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel_file(tmp_path, monkeypatch, '"990101": ["wecombot://a"]\ndefault: ["feishu://b"]')
    write_outbox(home, 1, [a_message(), a_message(county="990102")])

    def transport(channel: Channel, message: Message, attachment: Path | None) -> bool:
        return message.county_code == "990102"

    result = send_messages(home, transport)
    assert (result.sent, len(result.failures)) == (1, 1)


def test_a_kill_while_sending_never_sends_twice(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel_file(tmp_path, monkeypatch, 'default: ["wecombot://a"]')
    write_outbox(home, 1, [a_message()])

    def killed(channel: Channel, message: Message, attachment: Path | None) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_messages(home, killed)
    with home.sent_log.open("ab") as file:
        file.write(b'{"county_code": "99')  # and the log's last line was cut off
    taking = Taking()
    result = send_messages(home, taking)
    assert (taking.seen, result.sent, result.unclear) == ([], 0, 1)
    write_outbox(home, 2, [a_message(2)])
    assert send_messages(home, taking).sent == 1
    assert taking.seen == [("990101", 2)]


def test_a_channel_set_up_later_gets_the_newest_message_only(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for vintage in (1, 2, 3):
        write_outbox(home, vintage, [a_message(vintage)])
    channel_file(tmp_path, monkeypatch, "default: []")
    taking = Taking()
    assert send_messages(home, taking).sent == 0
    channel_file(tmp_path, monkeypatch, 'default: ["wecombot://a"]')
    send_messages(home, taking)
    assert taking.seen == [("990101", 3)]


def test_a_broken_channel_file_is_reported_not_raised(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = channel_file(tmp_path, monkeypatch, "default: [")
    assert "YAML" in send_messages(home).failures[0]
    path.write_text("湖北: []", encoding="utf-8")
    with pytest.raises(FilingsError, match="六位县码"):
        read_channels(path, KEY)


def test_a_county_without_its_own_channel_takes_the_default(tmp_path: Path) -> None:
    path = tmp_path / "channels.yml"
    path.write_text('default: ["wecombot://a"]\n"990101": []\n"990102": ["mailto://u:p@h.example"]')
    channels = read_channels(path, KEY)
    assert [c.label for c in channels_of(channels, "421081")] == ["wecombot://…"]
    assert channels_of(channels, "990101") == ()
    assert [c.label for c in channels_of(channels, "990102")] == ["mailto://h.example"]
    assert "u:p" not in repr(channels)


def test_addresses_that_apprise_does_not_know_are_named(tmp_path: Path) -> None:
    path = tmp_path / "channels.yml"
    path.write_text('default: ["nosuch://secret", "json://localhost"]')
    assert unusable(read_channels(path, KEY)) == ["default nosuch://…"]


def test_the_text_says_what_changed_and_marks_samples() -> None:
    change = Change("990101", "示例一县", "2020-06", True, 1, 0, 12, 3, 1, 5, 20)
    message = compose(
        change,
        Publication(4, "2020-07-05T10:00:00+08:00"),
        [Held("贫困发生率", "", "收入与脱贫标志矛盾")],
        "warehouse/reports/990101/2020-06/问题清单-2020-06.xlsx",
    )
    assert message.title.startswith("【样例数据】示例一县2020-06")
    assert "新增问题12条(其中3条须更正后才能发布指标)" in message.body
    assert "已消除5条,再次出现1条;目前待处理20条" in message.body
    assert "贫困发生率:收入与脱贫标志矛盾" in message.body
    assert "虚构" in message.body
