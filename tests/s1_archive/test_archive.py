"""Receiving: unchanged bytes, one submission per delivery, safe at any interruption."""

import os
from datetime import datetime
from pathlib import Path

import pytest

from pipelines import s1_archive
from pipelines.core.settings import Home, size_limits
from pipelines.core.text import printable
from pipelines.s1_archive import (
    blob_path,
    inbox,
    notices,
    receive,
    reception,
    submissions,
    walk,
)

NOW = datetime(2020, 7, 1, 2, 0)
LATER = datetime(2020, 7, 5, 2, 0)


def drop(home: Home, name: str, content: bytes, county: str = "990101", period: str = "2020-06"):
    path = home.inbox / county / period / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def left_in_inbox(home: Home) -> list[str]:
    return sorted(p.name for p in home.inbox.rglob("*") if not p.is_dir())


def test_files_move_from_inbox_to_archive_unchanged(home):
    drop(home, "户.csv", b"one")
    drop(home, "子/人.csv", b"two")
    (new,) = receive(home, NOW)
    assert new.submission_id == "990101-2020-06-v1"
    assert new.received_at == "2020-07-01T02:00:00+08:00"
    assert sorted(file.name for file in new.files) == ["子/人.csv", "户.csv"]
    assert {blob_path(home, file).read_bytes() for file in new.files} == {b"one", b"two"}
    assert left_in_inbox(home) == []
    assert submissions(home) == [new]


def test_the_same_bytes_twice_are_nothing_new(home):
    drop(home, "a.csv", b"one")
    receive(home, NOW)
    drop(home, "b.csv", b"one")
    again = reception(home, datetime(2020, 7, 2))
    assert again.submissions == [] and left_in_inbox(home) == []
    assert again.repeated[0].first_received_at == "2020-07-01T02:00:00+08:00"
    assert again.repeated[0].name == "b.csv"


def test_the_same_bytes_for_another_county_are_its_own(home):
    drop(home, "a.csv", b"one")
    receive(home, NOW)
    drop(home, "a.csv", b"one", county="990102")
    assert [s.submission_id for s in receive(home, NOW)] == ["990102-2020-06-v1"]


def test_a_delivery_with_one_corrected_part_keeps_its_other_parts(home):
    drop(home, "p1.csv", b"one")
    drop(home, "p2.csv", b"two")
    receive(home, NOW)
    drop(home, "p1.csv", b"one")
    drop(home, "p2.csv", b"two, corrected")
    (second,) = receive(home, NOW)
    assert second.version == 2 and [file.name for file in second.files] == ["p1.csv", "p2.csv"]


def test_what_is_no_file_is_left_and_reported(home):
    folder = drop(home, "a.csv", b"one").parent
    (folder / "link.csv").symlink_to(folder / "a.csv")
    os.mkfifo(folder / "pipe.csv")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.csv")).write_bytes(b"x")
    drop(home, "~$a.xlsx", b"lock")
    drop(home, ".hidden", b"x")
    (home.inbox / "readme.txt").write_text("x")
    drop(home, "b.csv", b"x", period="202006")
    found = reception(home, NOW)
    assert [[f.name for f in s.files] for s in found.submissions] == [["a.csv"]]
    assert sorted(item.path for item in found.left) == [
        "990101/2020-06/" + name
        for name in (".hidden", "\\xff.csv", "link.csv", "pipe.csv", "~$a.xlsx")
    ]
    assert [item.path for item in found.outside] == ["990101/202006", "readme.txt"]
    hidden = {item.path for item in found.left if "隐藏文件" in item.reason_zh}
    assert hidden == {"990101/2020-06/.hidden", "990101/2020-06/~$a.xlsx"}
    assert all(item.reason_zh and item.path.encode() for item in found.left)
    assert not {"link.csv", "pipe.csv", ".hidden", "~$a.xlsx"} - set(left_in_inbox(home))


def test_names_are_shown_on_one_line_whatever_is_in_them():
    for name, safe in {
        "户.csv": "户.csv",
        "a\nb.csv": "a\\nb.csv",
        "\x1b[31m.csv": "\\x1b[31m.csv",
        os.fsdecode(b"\xff.csv"): "\\xff.csv",
        "表\u202exslx.exe": "表\\u202exslx.exe",
        "a\u2028b": "a\\u2028b",
        "一\u3000户": "一\u3000户",
    }.items():
        assert printable(name) == safe


@pytest.fixture
def three_megabytes(monkeypatch):
    monkeypatch.setenv("FILINGS_LIMIT_FILE_BYTES", str(3 << 20))
    size_limits.cache_clear()
    yield 3 << 20
    size_limits.cache_clear()


def test_a_file_over_the_configured_limit_is_left_even_if_it_grows_later(home, three_megabytes):
    drop(home, "a.csv", b"1" * three_megabytes)
    drop(home, "b.csv", b"1" * (three_megabytes + 1))
    (folder,) = walk.folders(home, [])
    folder.files.append(home.inbox / "990101/2020-06/b.csv")
    assert [inbox._keep(home, folder, path) is None for path in folder.files] == [False, True]
    assert [item.reason_zh for item in folder.left] == ["文件超过 3 MB,请拆分后重报"] * 2


def test_what_cannot_be_read_stops_nobody(home, monkeypatch):
    drop(home, "a.csv", b"one")
    bad = drop(home, "b.csv", b"two")
    opened = os.open

    def refusing(path, *given, **more):
        if path == bad:
            raise PermissionError(13, "denied", str(path))
        return opened(path, *given, **more)

    monkeypatch.setattr(os, "open", refusing)
    found = reception(home, NOW)
    assert [[f.name for f in s.files] for s in found.submissions] == [["a.csv"]]
    assert [(item.path, item.reason_zh) for item in found.left] == [
        ("990101/2020-06/b.csv", walk.UNREADABLE)
    ]
    assert bad.exists()


def test_folders_without_end_are_left(home):
    drop(home, "/".join(["深"] * 12) + "/a.csv", b"one")
    drop(home, "/".join(["浅"] * 8) + "/b.csv", b"two")
    found = reception(home, NOW)
    assert [f.name for s in found.submissions for f in s.files] == ["浅/" * 8 + "b.csv"]
    assert [item.path for item in found.left] == ["990101/2020-06/" + "/".join(["深"] * 9)]


def test_wide_blanks_in_a_name_are_text_and_control_characters_are_not(home):
    for name in ("一　户.csv", "二\u00a0户.csv", "三\u200b.csv"):
        drop(home, name, name.encode())
    drop(home, "四\x07.csv", b"x")
    found = reception(home, NOW)
    assert [file.name[0] for file in found.submissions[0].files] == ["一", "三", "二"]
    assert [item.reason_zh for item in found.left] == ["文件名不是有效文字,请改名后重报"]


def test_the_inboxs_own_readme_is_nobodys_filing(home):
    home.inbox.mkdir(parents=True)
    (home.inbox / "README.md").write_text("x")
    assert reception(home, NOW) == s1_archive.Reception()


def everything(home: Home) -> dict[str, bytes]:
    """What lies in archive and inbox, by path."""
    return {
        str(path.relative_to(home.root)): path.read_bytes()
        for path in sorted(home.root.rglob("*"))
        if path.is_file() and path.name != ".part"
    }


STEPS = ["_keep", "_put_down", "write_submission", "_remove", "write_notice"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kind", ["new", "repeated", "older"])
def test_an_interruption_anywhere_ends_in_the_same_state(home, tmp_path, step, after, kind):
    def prepared(moved: Home) -> Home:
        if kind != "new":
            drop(moved, "a.csv", b"one")
            drop(moved, "b.csv", b"two")
            receive(moved, NOW)
        if kind == "older":
            drop(moved, "a.csv", b"three")
            receive(moved, NOW)
        for name, content in {"a.csv": b"one", "b.csv": b"two", "~$a.csv": b"x"}.items():
            drop(moved, name, content)
        return moved

    undisturbed = prepared(Home(tmp_path / "undisturbed"))
    receive(undisturbed, LATER)
    whole = getattr(inbox, step)

    def broken(*given):
        if after:
            whole(*given)
        raise KeyboardInterrupt

    prepared(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inbox, step, broken)
        if kind == "new" or step != "write_submission":
            with pytest.raises(KeyboardInterrupt):
                receive(home, LATER)
    again = reception(home, LATER)
    assert everything(home) == everything(undisturbed)
    assert left_in_inbox(home) == ["~$a.csv"]
    assert [item.path for item in again.left] == ["990101/2020-06/~$a.csv"]


def test_what_was_decided_keeps_its_moment(home, monkeypatch):
    drop(home, "a.csv", b"one")
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_remove", lambda item: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            receive(home, NOW)
    found = reception(home, LATER)
    assert [s.received_at for s in found.submissions] == ["2020-07-01T02:00:00+08:00"]
    assert found.repeated == [] and left_in_inbox(home) == []


def test_a_file_that_cannot_be_removed_stops_nobody(home, monkeypatch):
    path = drop(home, "a.csv", b"one")
    unlink = Path.unlink

    def refusing(one, *given, **more):
        if one == path:
            raise PermissionError(13, "denied", str(one))
        unlink(one, *given, **more)

    monkeypatch.setattr(Path, "unlink", refusing)
    drop(home, "b.csv", b"two", county="990102")
    found = reception(home, NOW)
    assert [s.submission_id for s in found.submissions] == [
        "990101-2020-06-v1",
        "990102-2020-06-v1",
    ]
    assert [(item.path, item.reason_zh) for item in found.left] == [
        ("990101/2020-06/a.csv", walk.UNMOVABLE)
    ]


def test_what_was_decided_is_carried_out_before_a_withdrawal(home, monkeypatch):
    drop(home, "a.csv", b"one")
    receive(home, NOW)
    drop(home, "a.csv", b"one")
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_remove", lambda item: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            receive(home, LATER)
    s1_archive.withdraw(home, "990101-2020-06-v1", "报错了", LATER)
    assert left_in_inbox(home) == []
    drop(home, "a.csv", b"one")
    assert [s.version for s in receive(home, LATER)] == [2]


def test_a_file_that_is_still_being_written_stays(home, monkeypatch):
    path = drop(home, "a.csv", b"one")
    write = inbox.write_submission

    def slow(*given):
        write(*given)
        path.write_bytes(b"one and more")

    monkeypatch.setattr(inbox, "write_submission", slow)
    found = reception(home, NOW)
    assert path.exists() and "写入" in found.left[0].reason_zh
    (told,) = notices(home, submissions(home)).values()
    assert [item.reason_zh for item in told.left] == [walk.STILL_WRITTEN]
    monkeypatch.undo()
    assert [s.version for s in s1_archive.receive(home, NOW)] == [2]
    assert notices(home, submissions(home)) == {}
