"""A file that is still being copied is no delivery yet, and its folder waits with it."""

import fcntl
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home, quiet_seconds
from pipelines.s1_archive import blob_path, inbox, notices, reception, submissions, walk

NOW = datetime(2020, 7, 1, 2, 0)
QUIET = "1"


def drop(home: Home, name: str, content: bytes = b"one", county: str = "990101") -> Path:
    path = home.inbox / county / "2020-06" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def received(home: Home) -> dict[str, list[str]]:
    """The names in each new submission."""
    found = reception(home, NOW)
    return {each.submission_id: [file.name for file in each.files] for each in found.submissions}


def waiting(home: Home) -> dict[str, str]:
    """What the county is told of things left in its folder, by name."""
    return {
        Path(each.path).name: each.reason_zh
        for notice in notices(home, submissions(home)).values()
        for each in notice.left
    }


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILINGS_QUIET_SECONDS", QUIET)


@pytest.fixture
def growing(tmp_path: Path):
    """Another process that writes to a file, a line every twentieth of a second, until stopped."""
    children = []

    def start(path: Path, *, reopening: bool) -> None:
        code = (
            "import sys, time\n"
            "path, again = sys.argv[1], sys.argv[2] == '1'\n"
            "file = open(path, 'ab', buffering=0)\n"
            "while True:\n"
            "    file.write(b'a line\\n')\n"
            "    print('ok', flush=True)\n"
            "    if again:\n"
            "        file.close(); time.sleep(0.05); file = open(path, 'ab', buffering=0)\n"
            "    else:\n"
            "        time.sleep(60)\n"
        )
        arguments = [sys.executable, "-c", code, str(path), str(int(reopening))]
        child = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        children.append(child)
        assert child.stdout is not None and child.stdout.readline() == "ok\n"

    yield start
    for child in children:
        child.kill()
        child.wait()


@pytest.mark.usefixtures("quiet")
def test_a_file_that_grows_by_pieces_is_left_whole_with_its_folder(home, growing):
    drop(home, "人.csv")
    slow = drop(home, "户.csv")
    drop(home, "户.csv", county="990102")
    growing(slow, reopening=True)
    assert received(home) == {"990102-2020-06-v1": ["户.csv"]}
    assert waiting(home) == {"户.csv": walk.FOLDER_WAITS}
    assert sorted(each.name for each in slow.parent.iterdir()) == ["人.csv", "户.csv"]


def test_a_file_that_somebody_writes_to_is_left_however_long_it_pauses(home, growing):
    """The quiet time is 0 here: only the open file tells."""
    slow = drop(home, "户.csv")
    growing(slow, reopening=False)
    assert received(home) == {} and waiting(home) == {"户.csv": walk.FOLDER_WAITS}
    assert slow.exists()


@pytest.mark.parametrize("lock", [fcntl.flock, fcntl.lockf])
def test_a_locked_file_is_left(home, lock):
    path = drop(home, "户.csv")
    holder = (
        "import fcntl, sys, time\n"
        "file = open(sys.argv[1], 'r+b')\n"
        f"fcntl.{lock.__name__}(file, fcntl.LOCK_EX)\n"
        "print('ok', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None and child.stdout.readline() == "ok\n"
        assert received(home) == {}
        child.kill()
    assert received(home) == {"990101-2020-06-v1": ["户.csv"]}


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("seconds", [-20 * 365 * 86_400, 20 * 365 * 86_400])
def test_a_time_of_writing_from_elsewhere_neither_tricks_nor_starves(home, growing, seconds):
    """Copied with its time, a file is as old or as young as its copy, not as its original."""
    moment = time.time() + seconds
    done, slow = drop(home, "户.csv"), drop(home, "户.csv", county="990102")
    growing(slow, reopening=True)
    for path in (done, slow):
        os.utime(path, (moment, moment))
    assert received(home) == {"990101-2020-06-v1": ["户.csv"]}
    assert slow.exists()


@pytest.mark.usefixtures("quiet")
def test_a_clock_set_back_neither_tricks_nor_starves(home, growing, monkeypatch):
    drop(home, "户.csv")
    slow = drop(home, "户.csv", county="990102")
    growing(slow, reopening=True)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - 20 * 365 * 86_400)
    assert received(home) == {"990101-2020-06-v1": ["户.csv"]}
    assert slow.exists()


@pytest.mark.usefixtures("quiet")
def test_what_was_put_in_just_now_is_waited_for_and_said(home):
    drop(home, "户.csv")
    said: list[str] = []
    found = reception(home, NOW, said.append)
    assert [each.submission_id for each in found.submissions] == ["990101-2020-06-v1"]
    assert len(said) == 1 and "1 个文件刚放入收件箱" in said[0]
    drop(home, "人.csv")
    time.sleep(float(QUIET))
    reception(home, NOW, said.append)
    assert len(said) == 1


UPLOADS = (
    "户.xlsx.part", "户.xlsx.tmp", "未确认 12345.crdownload", "户.xlsx.filepart", "户.xlsx.!ut",
    "户.xlsx.baiduyun.downloading", "户.xlsx.baiduyun.p.downloading.cfg", "户.xlsx.aria2",
    "户.xlsx.XLTD", "~$户.xlsx", ".~lock.户.xlsx#", ".户.xlsx.Xa3f2B", ".in.户.xlsx.", "户.xlsx~",
    "户.csv.lock", ".户.csv.swp",
)  # fmt: skip


@pytest.mark.parametrize("name", UPLOADS)
def test_an_upload_under_way_lets_the_folder_wait_until_it_is_abandoned(home, monkeypatch, name):
    monkeypatch.setenv("FILINGS_QUIET_SECONDS", "0.5")
    drop(home, "户.xlsx")
    mark = drop(home, name, b"half")
    assert received(home) == {} and waiting(home) == {name: walk.FOLDER_WAITS}
    monkeypatch.setenv("FILINGS_QUIET_SECONDS", "0")
    assert received(home) == {"990101-2020-06-v1": ["户.xlsx"]}
    assert waiting(home)[name] in (walk.UPLOADING, walk.HIDDEN) and mark.exists()


def test_an_upload_ends_in_the_delivery_under_its_proper_name(home, monkeypatch):
    monkeypatch.setenv("FILINGS_QUIET_SECONDS", "0.5")
    drop(home, "户.csv")
    half = drop(home, "人.csv.part", b"half")
    assert received(home) == {}
    half.write_bytes(b"whole")
    half.rename(half.with_name("人.csv"))
    assert received(home) == {"990101-2020-06-v1": ["人.csv", "户.csv"]}
    assert waiting(home) == {}


@pytest.mark.parametrize("name", ["户~1.csv", "part.csv", "下载.csv", "tmp.xlsx", "a.part1.zip"])
def test_a_name_that_only_resembles_an_upload_is_a_file(home, name):
    drop(home, name)
    assert received(home) == {"990101-2020-06-v1": [name]}


def test_a_file_that_changes_while_it_is_copied_is_left(home, monkeypatch):
    path = drop(home, "户.csv", b"1" * 10)
    blocks = inbox._blocks

    def growing(source):
        for block in blocks(source):
            with path.open("ab") as more:
                more.write(b"2" * 10)
            yield block
            return

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_blocks", growing)
        assert received(home) == {} and waiting(home) == {"户.csv": walk.FOLDER_WAITS}
    found = reception(home, NOW)
    assert blob_path(home, found.submissions[0].files[0]).read_bytes() == b"1" * 10 + b"2" * 10


def test_a_file_that_comes_while_another_is_copied_is_of_the_same_delivery(home, monkeypatch):
    drop(home, "户.csv")
    keep = inbox._keep

    def slow(*given):
        kept = keep(*given)
        drop(home, "人.csv")
        return kept

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_keep", slow)
        assert received(home) == {} and waiting(home) == {"人.csv": walk.FOLDER_WAITS}
    assert received(home) == {"990101-2020-06-v1": ["人.csv", "户.csv"]}


def test_a_file_is_not_removed_under_a_writer_that_comes_late(home, monkeypatch):
    path = drop(home, "户.csv")
    write = inbox.write_submission
    late = []

    def slow(*given):
        write(*given)
        late.append(os.open(path, os.O_WRONLY | os.O_APPEND))

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "write_submission", slow)
        reception(home, NOW)
    os.write(late[0], b", and more")
    os.close(late[0])
    assert path.read_bytes() == b"one, and more"
    assert received(home) == {"990101-2020-06-v2": ["户.csv"]}


@pytest.mark.parametrize("value", ["ten", "-1", "nan", "1e9"])
def test_a_quiet_time_that_is_none_is_refused(monkeypatch, value):
    monkeypatch.setenv("FILINGS_QUIET_SECONDS", value)
    with pytest.raises(FilingsError, match="FILINGS_QUIET_SECONDS 应为秒数"):
        quiet_seconds()


def test_the_quiet_time_is_ten_seconds(monkeypatch):
    monkeypatch.delenv("FILINGS_QUIET_SECONDS")
    assert quiet_seconds() == 10
