"""收件提示.txt: what became no submission reaches the county, and is gone when settled."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from filing_samples import csv_bytes, headers, rows

from pipelines import s2_lake
from pipelines.core.settings import Home
from pipelines.s1_archive import receive, withdraw
from pipelines.s8_county import write_notices

COUNTY, PERIOD = "990101", "2020-06"
START = datetime(2020, 7, 1, 2, 0)


def folder(home: Home) -> Path:
    path = home.inbox / COUNTY / PERIOD
    path.mkdir(parents=True, exist_ok=True)
    return path


def night(home: Home, day: int, **files: str) -> str:
    """Drop files, receive, write the texts; return the county's text, '' where there is none."""
    for name, content in files.items():
        (folder(home) / f"{name}.csv").write_text(content)
    receive(home, START + timedelta(days=day))
    path = home.reports / COUNTY / PERIOD / "收件提示.txt"
    written = write_notices(home)
    assert written == ([path] if path.exists() else [])
    return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n") if path.exists() else ""


def test_nothing_to_say_is_no_text(home):
    assert night(home, 0, a="one") == ""


def test_a_repeat_says_when_it_came_first_until_something_new_comes(home):
    night(home, 0, a="one")
    text = night(home, 1, b="one")
    assert text == (
        "收件提示  县代码 990101  期次 2020-06\n\n"
        "以下文件以前收到过,没有新的内容,未再处理,原有数据不变:\n"
        "1. b.csv(2020-07-02 02:00再次收到):与第1次报送(990101-2020-06-v1)中的文件相同,"
        "首次收到时间 2020-07-01 02:00。\n"
        "处理结果见该次报送的回执;要修改,请改好内容后再报。\n"
    )
    assert night(home, 2) == text, "the clerk may look days later"
    assert night(home, 3, a="two") == ""


def test_an_old_version_says_what_came_after_it_and_how_to_go_back(home):
    night(home, 0, hh="households", p="persons")
    night(home, 1, hh="households again")
    text = night(home, 2, p="persons")
    assert "p.csv(2020-07-03 02:00再次收到):与第1次报送" in text
    assert "其后又收到第2次报送(990101-2020-06-v2)" in text
    # The persons of the first delivery still stand: the text must not say they were replaced.
    assert "再次报送的表以最后一次为准,没有再报的表仍以该次为准" in text
    assert "撤回" in text and "更正后再报" in text
    withdraw(home, "990101-2020-06-v2", "报错了", START + timedelta(days=3))
    assert night(home, 4) == ""


def test_what_is_left_is_told_until_it_is_gone(home):
    (folder(home) / "a.csv").write_text("one")
    (folder(home) / "~$a.xlsx").write_text("lock")
    (folder(home) / "指向.csv").symlink_to("a.csv")
    Path(os.fsdecode(os.fsencode(folder(home)) + b"/\xff\n.csv")).write_bytes(b"x")
    text = night(home, 0)
    assert text.splitlines()[2:] == [
        "以下内容留在收件文件夹中,没有接收:",
        "1. ~$a.xlsx:隐藏文件或 Office 的临时文件,不予接收,请关闭文件后删除。",
        "2. 指向.csv:不是普通文件(链接或设备),不予接收,请放入文件本身。",
        "3. \\xff\\n.csv:文件名不是有效文字,请改名后重报。",
    ]
    for path in folder(home).iterdir():
        path.unlink()
    assert night(home, 1) == ""
    assert not list((home.archive / "notices").iterdir())


def test_a_night_with_the_folder_gone_forgets_what_was_left(home):
    (folder(home) / "~$a.xlsx").write_text("lock")
    assert night(home, 0)
    (folder(home) / "~$a.xlsx").unlink()
    folder(home).rmdir()
    assert night(home, 1) == ""


def test_what_lies_in_no_folder_of_a_county_is_told_to_none(home):
    (home.inbox / COUNTY / "202006").mkdir(parents=True)
    (home.inbox / COUNTY / "202006" / "a.csv").write_text("one")
    assert night(home, 0) == ""


def test_the_same_archive_gives_the_same_bytes_and_writes_nothing_twice(home):
    night(home, 0, a="one")
    night(home, 1, a="one")
    path = home.reports / COUNTY / PERIOD / "收件提示.txt"
    before = path.stat().st_mtime_ns
    write_notices(home)
    assert path.stat().st_mtime_ns == before


def households(count: int) -> str:
    return csv_bytes([headers("hh"), *rows("hh", count)]).decode()


def test_a_later_delivery_that_waits_replaces_nothing_and_is_told(home):
    whole, few = households(60), households(10)
    night(home, 0, hh=whole)
    night(home, 1, hh=few)
    s2_lake.ingest(home)
    text = night(home, 2, hh=whole)
    assert "其后收到的第2次报送(990101-2020-06-v2)没有生效,原有数据不变" in text
    assert "再次报送的表以最后一次为准" not in text and "撤回" not in text
    waits = text.partition("以下报送正在等待市扶贫办确认,确认前不生效,原有数据不变:\n")[2]
    assert waits.startswith("1. 第2次报送(990101-2020-06-v2):") and "请重新报送完整的表" in waits
    # The same small file again: it is still the one that waits.
    assert "以前收到过" in night(home, 3, hh=few) and "等待市扶贫办确认" in night(home, 3)
    s2_lake.admit(home, "990101-2020-06-v2", "已核实", "市办", START + timedelta(days=4))
    s2_lake.ingest(home)
    text = night(home, 5, hh=whole)
    assert "其后又收到第2次报送(990101-2020-06-v2),其中再次报送的表以最后一次为准" in text
    assert "等待" not in text


def test_a_delivery_superseded_while_it_waited_replaces_nothing(home):
    whole, more = households(60), households(61)
    night(home, 0, hh=whole)
    night(home, 1, hh=households(10))
    night(home, 2, hh=more)
    s2_lake.ingest(home)
    text = night(home, 3, hh=whole)
    assert "其后又收到第3次报送(990101-2020-06-v3),其中再次报送的表" in text
    assert "v2" not in text and "等待" not in text
