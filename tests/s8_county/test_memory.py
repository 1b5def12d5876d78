"""What counties were told outlives the reports folder: nothing is sent twice, nothing is lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filing_samples import csv_bytes, headers, rows
from publications import COUNTY, PERIOD, publish, remember
from test_alerts import Taking, a_message, channel_file

from pipelines.core.history import chain_faults, read_chain
from pipelines.core.papers import SAMPLE_MARK
from pipelines.core.settings import Home
from pipelines.s1_archive import receive
from pipelines.s8_county import deliveries, memory, send_messages, workbook_path, write_reports
from pipelines.s8_county.channels import Channel
from pipelines.s8_county.memory import recover, tell
from pipelines.s8_county.messages import Message, is_written, outbox_file, write_outbox
from pipelines.s8_county.removal import Removal, remove_simulated

COUNTIES = ("990101", "990102", "990103")


@pytest.fixture(autouse=True)
def robots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every county has two robots; none is reached, tests give a transport."""
    addresses = '["json://one.invalid/a", "json://two.invalid/b"]'
    channel_file(tmp_path, monkeypatch, f"default: {addresses}")


class Fated(Taking):
    """A transport that takes messages to a county or not, or is killed over one."""

    def __init__(self, **fates: str) -> None:
        super().__init__()
        self.fates = {name.lstrip("c"): fate for name, fate in fates.items()}

    def __call__(self, channel: Channel, message: Message, attachment: Path | None) -> bool:
        super().__call__(channel, message, attachment)
        fate = self.fates.get(message.county_code, "sent")
        if fate == "killed":
            raise KeyboardInterrupt
        return fate == "sent"


def told(home: Home, vintage: int = 1) -> None:
    tell(home, vintage, [a_message(vintage, county) for county in COUNTIES])


def states(home: Home) -> list[tuple[str, int, str, str]]:
    return [
        (each.message.county_code, each.message.vintage, each.channel.channel_id, each.state)
        for each in deliveries(home)
    ]


def lose_reports(home: Home) -> None:
    shutil.rmtree(home.reports)


def lose_all(home: Home) -> None:
    for folder in (home.reports, home.build, home.published):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("lose", [lose_reports, lose_all])
def test_the_reports_folder_can_be_lost(home: Home, lose: Callable[[Home], None]) -> None:
    told(home)
    send_messages(home, Fated(c990102="failed"))
    tell(home, 2, [])
    outbox = {path.name: path.read_bytes() for path in home.outbox.iterdir()}
    before = states(home)
    assert {state for *_, state in before} == {"sent", "failed"}
    lose(home)
    recover(home)
    assert {path.name: path.read_bytes() for path in home.outbox.iterdir()} == outbox
    assert states(home) == before
    again = Taking()
    send_messages(home, again)
    assert again.seen == [("990102", 1)] * 2, "what was not sent is, what was is not"
    lose(home)
    assert send_messages(home, again).sent == 0
    assert len(again.seen) == 2


def test_a_kill_while_sending_and_a_lost_folder_send_nothing_twice(home: Home) -> None:
    """What the killed attempt had taken is unclear; what came before is sent, after it waits."""
    told(home)
    with pytest.raises(KeyboardInterrupt):
        send_messages(home, Fated(c990102="killed"))
    lose_reports(home)
    again = Taking()
    result = send_messages(home, again)
    assert sorted(again.seen) == [("990102", 1), ("990103", 1), ("990103", 1)]
    assert result.unclear == 1
    assert sorted(state for *_, state in states(home)) == ["sending"] + ["sent"] * 5
    assert not home.attempts.exists()


@pytest.mark.parametrize("name", ["write_outbox", "draft"])
def test_a_kill_while_messages_are_recorded_loses_none(
    home: Home, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    publish(home, [("F1", "open")])
    remember(home, [])
    write_outbox(home, 0, [])  # history is begun, so that the kill meets the vintage's own file
    recover(home)

    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(memory, name, killed)
        with pytest.raises(KeyboardInterrupt):
            write_reports(home)
    if name == "write_outbox":
        lose_reports(home)
    write_reports(home)
    sent = Taking()
    send_messages(home, sent)
    assert sent.seen == [(COUNTY, 1)] * 2


def test_what_an_older_version_told_is_taken_over_once(home: Home) -> None:
    write_outbox(home, 1, [a_message(1)])
    send_messages(home, Fated(c990101="sent"))
    write_outbox(home, 2, [a_message(2)])
    lines = home.sent_log.read_text(encoding="utf-8")
    shutil.rmtree(home.history)
    home.history_head.unlink()
    recover(home)
    assert home.sent_log.read_text(encoding="utf-8") == lines
    before, files = states(home), len(read_chain(home))
    recover(home)
    assert len(read_chain(home)) == files
    lose_reports(home)
    recover(home)
    assert states(home) == before
    assert {state for *_, state in before} == {"sent", ""}


def test_a_torn_outbox_file_is_written_again(home: Home) -> None:
    told(home)
    path = outbox_file(home, 1)
    whole = path.read_bytes()
    for content in (b"", whole[:40], b"[1]"):
        path.write_bytes(content)
        assert not is_written(home, 1)
        assert send_messages(home, Fated(c990101="failed")).warnings == ()
        assert path.read_bytes() == whole


def test_log_lines_that_were_cut_come_back(home: Home) -> None:
    told(home)
    send_messages(home, Taking())
    before = states(home)
    lines = home.sent_log.read_bytes().splitlines(keepends=True)
    home.sent_log.write_bytes(b"".join(lines[:3]) + lines[3][:9])
    again = Taking()
    send_messages(home, again)
    assert again.seen == []
    assert states(home) == before


def test_a_lost_workbook_is_written_again_without_a_message(home: Home) -> None:
    publish(home, [("F1", "open")])
    remember(home, [])
    write_reports(home)
    send_messages(home, Taking())
    book = workbook_path(home, COUNTY, PERIOD)
    content = book.read_bytes()
    lose_reports(home)
    again = Taking()
    assert write_reports(home).workbooks == (book,)
    send_messages(home, again)
    assert book.read_bytes() == content
    assert again.seen == []
    assert write_reports(home).workbooks == ()


def test_messages_about_the_sample_leave_history_with_it(home: Home) -> None:
    real, sample = a_message(1), a_message(1, "990102")
    sample = Message(**{**vars(sample), "title": f"【{SAMPLE_MARK}】{sample.title}"})
    folder = home.inbox / "990101" / "2020-06"
    folder.mkdir(parents=True)
    (folder / "p.csv").write_bytes(csv_bytes([headers("p"), *rows("p", 1)]))
    receive(home)
    tell(home, 1, [real, sample])
    send_messages(home, Taking())
    home.sent_log.unlink()  # before the removal it comes back, and is cleaned with the rest
    remove_simulated(home, Removal((), (), is_all=False))
    for _ in range(2):
        assert {county for county, *_ in states(home)} == {"990101"}
        assert "990102" not in home.sent_log.read_text(encoding="utf-8")
        shutil.rmtree(home.reports)
        recover(home)
    assert list(chain_faults(home)) == []
    entries = json.loads(outbox_file(home, 1).read_text(encoding="utf-8"))
    assert [entry["county_code"] for entry in entries] == ["990101"]
