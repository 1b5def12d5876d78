"""A record that a kill, the disk or a hand damaged: one sentence with its name, others go on."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from filing_samples import csv_bytes, headers, rows

from pipelines import s2_lake, s8_county
from pipelines.core.errors import FilingsError
from pipelines.core.files import TornError
from pipelines.core.lock import lock_holder, refresh_lock
from pipelines.core.settings import Home
from pipelines.s1_archive import inbox, receive, reception, submissions, withdraw
from pipelines.s1_archive.notices import NOTICE_TORN
from pipelines.s1_archive.records import MANIFEST_TORN, WITHDRAWAL_TORN
from pipelines.s3_models.timeliness.filing_calendar import read_calendar
from pipelines.s4_findings.lifecycle import read_waivers
from pipelines.s8_county import send_messages
from pipelines.s8_county.channels import read_channels
from pipelines.s8_county.messages import Message, is_written, outbox_file, write_outbox

NOW = datetime(2020, 7, 1, 2, 0)
# Cut off, nothing, a cut character, no JSON, JSON of another shape, zeros after a power failure.
TORN = [b'{"submission_id": "9901', b"", b'{"reason": "\xe6\x92', b"x", b"[]", b"{}", b"1", b"\0\0"]


def drop(home: Home, county: str = "990101", name: str = "a.csv", count: int = 2) -> Path:
    path = home.inbox / county / "2020-06" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    body = [[county if cell == "990101" else cell for cell in row] for row in rows("ben", count)]
    path.write_bytes(csv_bytes([headers("ben"), *body]))
    return path


def record(home: Home, folder: str) -> Path:
    (found,) = (home.archive / folder).glob("*.json")
    return found


@pytest.mark.parametrize("content", TORN)
def test_a_torn_submission_stops_what_rests_on_it_and_nobodys_intake(home, content):
    drop(home)
    receive(home, NOW)
    torn = record(home, "manifests")
    torn.write_bytes(content)
    drop(home, "990102")
    drop(home, count=3)
    found = reception(home, NOW)
    assert [each.submission_id for each in found.submissions] == [
        "990101-2020-06-v2",  # its number is not used again
        "990102-2020-06-v1",
    ]
    assert found.warnings == [f"{torn} 已损坏,{MANIFEST_TORN}。"]
    s8_county.write_notices(home)
    with pytest.raises(TornError, match=r"990101-2020-06-v1\.json 已损坏"):
        s2_lake.ingest(home)
    s8_county.write_receipts(home)
    # The other county is read and told; the torn one's later delivery may rest on it and waits.
    assert [path.parts[-3] for path in sorted(home.reports.rglob("*.txt"))] == ["990102"]
    assert not list(home.lake.rglob("*.parquet"))


@pytest.mark.parametrize("content", TORN)
def test_a_torn_withdrawal_lets_nothing_stand_again(home, content):
    drop(home)
    receive(home, NOW)
    withdraw(home, "990101-2020-06-v1", "报错了", NOW)
    torn = record(home, "withdrawals")
    torn.write_bytes(content)
    drop(home)
    found = reception(home, NOW)
    assert [each.version for each in found.submissions] == [2]  # no repeat of what was withdrawn
    assert found.warnings == [f"{torn} 已损坏,{WITHDRAWAL_TORN}。"]
    with pytest.raises(TornError, match="用 filings withdraw 重新撤回"):
        s2_lake.ingest(home)
    torn.unlink()
    withdraw(home, "990101-2020-06-v1", "报错了", NOW)
    assert len(s2_lake.ingest(home).results) == 2


def test_another_torn_record_does_not_stop_a_withdrawal(home):
    drop(home)
    drop(home, "990102")
    receive(home, NOW)
    (home.archive / "manifests" / "990102-2020-06-v1.json").write_bytes(b"")
    assert withdraw(home, "990101-2020-06-v1", "报错了", NOW).submission_id == "990101-2020-06-v1"


@pytest.mark.parametrize("content", TORN)
def test_a_torn_notice_is_written_anew_from_what_lies_there(home, content):
    drop(home)
    receive(home, NOW)
    drop(home, name="~$b.xlsx")
    reception(home, NOW)
    torn = record(home, "notices")
    torn.write_bytes(content)
    found = reception(home, NOW)
    assert found.warnings == [f"{torn} 已损坏,{NOTICE_TORN}。"]
    assert [each.path for each in found.left] == ["990101/2020-06/~$b.xlsx"]
    assert json.loads(torn.read_text())["left"][0]["path"] == "990101/2020-06/~$b.xlsx"


@pytest.mark.parametrize("content", TORN)
@pytest.mark.parametrize("step", ["write_submission", "_remove"])
def test_a_torn_decision_is_made_again(home, monkeypatch, content, step):
    """The kill came before the submission was written, or after."""
    path = drop(home)

    def killed(*given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(inbox, step, killed)
        with pytest.raises(KeyboardInterrupt):
            receive(home, NOW)
    torn = record(home, "decided")
    torn.write_bytes(content)
    found = reception(home, NOW)
    assert found.warnings == [f"{torn} 已损坏,{inbox.DECISION_TORN}。"]
    assert [each.submission_id for each in submissions(home)] == ["990101-2020-06-v1"]
    assert not path.exists() and not torn.exists()


def a_message(vintage: int) -> Message:
    return Message("990101", "2020-06", vintage, "2020-07-05T10:00:00+08:00", "题", "文", "x.xlsx")


class Taking:
    """A transport that takes everything."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def __call__(self, channel, message, attachment) -> bool:
        self.seen.append(message.vintage)
        return True


@pytest.fixture
def one_channel(tmp_path, monkeypatch) -> None:
    path = tmp_path / "channels.yml"
    path.write_text('"990101": ["json://localhost"]\n', encoding="utf-8")
    monkeypatch.setenv("FILINGS_CHANNELS", str(path))


@pytest.mark.usefixtures("one_channel")
@pytest.mark.parametrize("cut", [1, 40, 43, 44, 45, 90])
def test_a_torn_last_line_of_the_log_is_told_and_written_on_after(home, cut):
    """Cut anywhere, inside a character too: the county's Chinese label stands in the line."""
    write_outbox(home, 1, [a_message(1)])
    send_messages(home, Taking())
    whole = home.sent_log.read_bytes()
    line = json.dumps({"county_code": "990101", "channel": "渠道的名称" * 6}, ensure_ascii=False)
    home.sent_log.write_bytes(whole + line.encode()[:cut])
    write_outbox(home, 2, [a_message(2)])
    taking = Taking()
    result = send_messages(home, taking)
    assert taking.seen == [2]
    assert result.warnings == (f"{home.sent_log} 已损坏,第 3 行已跳过,其余照常,可以删去第 3 行。",)
    states = [json.loads(one)["state"] for one in home.sent_log.read_bytes().splitlines()[3:]]
    assert states == ["sending", "sent"]


@pytest.mark.usefixtures("one_channel")
@pytest.mark.parametrize("line", [b"{}", b"1", b'"x"', b"\xff\xfe", b'{"county_code": "9'])
def test_a_torn_line_in_the_middle_sends_nothing_twice(home, line):
    write_outbox(home, 1, [a_message(1)])
    send_messages(home, Taking())
    home.sent_log.write_bytes(line + b"\n" + home.sent_log.read_bytes())
    taking = Taking()
    assert "第 1 行" in send_messages(home, taking).warnings[0]
    assert taking.seen == []


@pytest.mark.usefixtures("one_channel")
@pytest.mark.parametrize("content", [*TORN[:4], b"{}", b"1", b'[{"county_code": 1}]', b"[1]"])
def test_a_torn_outbox_file_stops_no_other_message(home, content):
    write_outbox(home, 1, [a_message(1)])
    write_outbox(home, 2, [a_message(2)])
    outbox_file(home, 1).write_bytes(content)
    taking = Taking()
    result = send_messages(home, taking)
    assert taking.seen == [2]
    if content != b"{}":  # an empty list of messages is one, whatever its brackets
        assert result.warnings[0].startswith(f"{outbox_file(home, 1)} 已损坏,其中的消息")
        assert not is_written(home, 1)
    assert is_written(home, 2)


def test_a_torn_text_of_who_holds_the_lock_is_no_error(home):
    with refresh_lock(home):
        home.lock.write_bytes("pid 1,自".encode()[:-1])
        assert lock_holder(home) is not None


@pytest.mark.parametrize(
    "read", [lambda path: read_channels(path, b""), read_waivers, read_calendar]
)
@pytest.mark.parametrize("content", ['# 渠道\n"990101": []\n'.encode("gb18030"), b"a: \xe6\x92"])
def test_what_a_steward_saved_in_another_encoding_is_named_with_its_line(tmp_path, read, content):
    path = tmp_path / "file.yml"
    path.write_bytes(content)
    with pytest.raises(FilingsError, match=r"file\.yml 第 1 行有不是 UTF-8 的字符"):
        read(path)
