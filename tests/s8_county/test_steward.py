"""What stopped a night reaches the steward's channel, over a real SMTP server, once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from dagster import DagsterInstance, job
from mailboxes import Mailbox

from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home, night_ends_at
from pipelines.orchestration.watch import late
from pipelines.s8_county import tell_steward
from pipelines.s8_county.channels import channels_of, read_channels

CHINA = ZoneInfo("Asia/Shanghai")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server() -> Iterator[tuple[Mailbox, Controller]]:
    mailbox = Mailbox()
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=lambda *_: AuthResult(success=True),
        auth_require_tls=False,
    )
    yield mailbox, controller
    if controller._thread is not None:
        controller.stop()


def channels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int) -> Path:
    path = tmp_path / "channels.yml"
    mail = f"mailto://user:hunter2@127.0.0.1:{port}?from=a@example.org&to=s@example.org"
    path.write_text(f'default: ["wecombot://a"]\nsteward: ["{mail}"]\n', encoding="utf-8")
    monkeypatch.setenv("FILINGS_CHANNELS", str(path))
    return path


def test_a_notice_arrives_once_and_after_a_server_that_was_down(
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: tuple[Mailbox, Controller],
) -> None:
    mailbox, controller = server
    channels(tmp_path, monkeypatch, controller.port)
    assert tell_steward(home, "run 1", "刷新失败", "磁盘已满") == 0
    controller.start()
    assert tell_steward(home, "run 1", "刷新失败", "磁盘已满") == 1
    assert tell_steward(home, "run 1", "刷新失败", "磁盘已满") == 0
    assert tell_steward(home, "run 2", "刷新失败", "另一次") == 1
    texts = [
        bytes(part.get_payload(decode=True)).decode()
        for mail in mailbox.mails
        for part in mail.walk()
        if part.get_content_type() == "text/plain"
    ]
    assert ["磁盘已满" in text for text in texts] == [True, False]
    assert "hunter2" not in (home.reports / "steward.jsonl").read_text(encoding="utf-8")


def test_a_kill_while_telling_tells_no_second_time(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channels(tmp_path, monkeypatch, 9)

    def killed(*_: Any) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tell_steward(home, "run 1", "a", "b", killed)
    assert tell_steward(home, "run 1", "a", "b", lambda *_: True) == 0
    assert tell_steward(home, "run 2", "a", "b", lambda *_: True) == 1


def test_the_stewards_channel_is_no_countys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = read_channels(channels(tmp_path, monkeypatch, 9), b"key")
    assert [each.label for each in channels_of(found, "990101")] == ["wecombot://…"]


def test_a_night_that_did_not_end_by_the_hour_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    @job
    def nightly() -> None:
        pass

    today = datetime.now(CHINA).replace(hour=6, minute=30)
    with DagsterInstance.ephemeral() as instance:
        assert late(instance, "nightly", today - timedelta(hours=1)) == ""
        assert "没有开始" in late(instance, "nightly", today)
        run = instance.create_run_for_job(nightly)
        asked = datetime.now(CHINA) + timedelta(minutes=1)
        monkeypatch.setenv("FILINGS_NIGHT_ENDS", f"{datetime.now(CHINA):%H:%M}")
        assert "还没有做完" in late(instance, "nightly", asked)
        instance.report_run_failed(run)
        assert late(instance, "nightly", asked) == ""


@pytest.mark.parametrize("value", ["25:00", "x"])
def test_an_hour_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FILINGS_NIGHT_ENDS", value)
    with pytest.raises(FilingsError, match="FILINGS_NIGHT_ENDS"):
        night_ends_at()
