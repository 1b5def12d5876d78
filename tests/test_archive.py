"""Receiving: unchanged bytes, one submission per delivery, safe at any interruption."""

import os
from datetime import datetime
from pathlib import Path

import pytest

from pipelines import s1_archive
from pipelines.core.settings import Home
from pipelines.s1_archive import blob_path, inbox, receive, reception, submissions

NOW = datetime(2020, 7, 1, 2, 0)


def drop(at: Home, name: str, content: bytes, county: str = "990101", period: str = "2020-06"):
    path = at.inbox / county / period / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def left_in_inbox(at: Home) -> list[str]:
    return sorted(p.name for p in at.inbox.rglob("*") if not p.is_dir())


def test_files_move_from_inbox_to_archive_unchanged(at):
    drop(at, "户.csv", b"one")
    drop(at, "子/人.csv", b"two")
    (new,) = receive(at, NOW)
    assert new.submission_id == "990101-2020-06-v1"
    assert new.received_at == "2020-07-01T02:00:00+08:00"
    assert sorted(file.name for file in new.files) == ["子/人.csv", "户.csv"]
    assert {blob_path(at, file).read_bytes() for file in new.files} == {b"one", b"two"}
    assert left_in_inbox(at) == []
    assert submissions(at) == [new]


def test_the_same_bytes_twice_are_nothing_new(at):
    drop(at, "a.csv", b"one")
    receive(at, NOW)
    drop(at, "b.csv", b"one")
    again = reception(at, datetime(2020, 7, 2))
    assert again.submissions == [] and left_in_inbox(at) == []
    assert again.repeated[0].first_received_at == "2020-07-01T02:00:00+08:00"
    assert again.repeated[0].name == "b.csv"


def test_the_same_bytes_for_another_county_are_its_own(at):
    drop(at, "a.csv", b"one")
    receive(at, NOW)
    drop(at, "a.csv", b"one", county="990102")
    assert [s.submission_id for s in receive(at, NOW)] == ["990102-2020-06-v1"]


def test_a_delivery_with_one_corrected_part_keeps_its_other_parts(at):
    drop(at, "p1.csv", b"one")
    drop(at, "p2.csv", b"two")
    receive(at, NOW)
    drop(at, "p1.csv", b"one")
    drop(at, "p2.csv", b"two, corrected")
    (second,) = receive(at, NOW)
    assert second.version == 2 and [file.name for file in second.files] == ["p1.csv", "p2.csv"]


def test_returning_to_an_earlier_state_is_a_delivery(at):
    for content in (b"one", b"two", b"one"):
        drop(at, "a.csv", content)
        assert len(receive(at, NOW)) == 1
    assert [s.version for s in submissions(at)] == [1, 2, 3]


def test_what_is_no_file_is_left_and_reported(at):
    folder = drop(at, "a.csv", b"one").parent
    (folder / "link.csv").symlink_to(folder / "a.csv")
    os.mkfifo(folder / "pipe.csv")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.csv")).write_bytes(b"x")
    drop(at, "~$a.xlsx", b"lock")
    drop(at, ".hidden", b"x")
    (at.inbox / "readme.txt").write_text("x")
    drop(at, "b.csv", b"x", period="202006")
    found = reception(at, NOW)
    assert [[f.name for f in s.files] for s in found.submissions] == [["a.csv"]]
    assert len(found.left) == 7
    hidden = {item.path for item in found.left if "隐藏文件" in item.reason_zh}
    assert hidden == {"990101/2020-06/.hidden", "990101/2020-06/~$a.xlsx"}
    assert all(item.reason_zh and item.path.encode() for item in found.left)
    assert not {"link.csv", "pipe.csv", ".hidden", "~$a.xlsx"} - set(left_in_inbox(at))


def test_wide_blanks_in_a_name_are_text_and_control_characters_are_not(at):
    for name in ("一　户.csv", "二\u00a0户.csv", "三\u200b.csv"):
        drop(at, name, name.encode())
    drop(at, "四\x07.csv", b"x")
    found = reception(at, NOW)
    assert [file.name[0] for file in found.submissions[0].files] == ["一", "三", "二"]
    assert [item.reason_zh for item in found.left] == ["文件名不是有效文字,请改名后重报"]


def test_the_inboxs_own_readme_is_nobodys_filing(at):
    at.inbox.mkdir(parents=True)
    (at.inbox / "README.md").write_text("x")
    assert reception(at, NOW).left == []


@pytest.mark.parametrize("step", ["_keep", "_commit", "_remove"])
@pytest.mark.parametrize("after", [False, True])
def test_an_interruption_anywhere_ends_in_the_same_state(at, monkeypatch, step, after):
    drop(at, "a.csv", b"one")
    drop(at, "b.csv", b"two")
    whole = getattr(inbox, step)

    def broken(*given):
        if after:
            whole(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(inbox, step, broken)
        with pytest.raises(KeyboardInterrupt):
            receive(at, NOW)
    receive(at, NOW)
    (only,) = submissions(at)
    assert [file.name for file in only.files] == ["a.csv", "b.csv"]
    assert all(blob_path(at, file).exists() for file in only.files)
    assert left_in_inbox(at) == []


def test_a_file_that_is_still_being_written_stays(at, monkeypatch):
    path = drop(at, "a.csv", b"one")
    commit = inbox._commit

    def slow(*given):
        commit(*given)
        path.write_bytes(b"one and more")

    monkeypatch.setattr(inbox, "_commit", slow)
    found = reception(at, NOW)
    assert path.exists() and "写入" in found.left[0].reason_zh
    monkeypatch.undo()
    assert [s.version for s in s1_archive.receive(at, NOW)] == [2]
