"""收件提示.txt: what a county's inbox held that became no submission, and what to do about it.

The present state, from the archive alone: where there is nothing to say, there is no text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pipelines.core.settings import Home
from pipelines.core.statuses import NOT_IN_FORCE, Status
from pipelines.core.text import printable
from pipelines.s1_archive import (
    Notice,
    RepeatedFile,
    notices,
    standing_submissions,
)
from pipelines.s2_lake.deliveries.ingest import results
from pipelines.s2_lake.discretion import discretion
from pipelines.s8_county.plain_text import encoded, write_text

NAME = "收件提示.txt"


def write_notices(home: Home) -> list[Path]:
    """Write the text of every county and period that has to be told something; remove the others.

    Returns the paths that stand. The same archive gives the same bytes.
    """
    standing = standing_submissions(home, [])  # what is damaged, reception has told
    told = {
        home.reports / county / period / NAME: notice
        for (county, period), notice in notices(home, standing).items()
        if not notice.is_empty
    }
    for path in sorted(home.reports.glob(f"*/*/{NAME}")):
        if path not in told:
            path.unlink()
    discreet = discretion(home) if told else None
    # What was not read yet has no status: the text is written again when it was.
    idle = {
        each.submission_id: each.status
        for each in (results(home, []) if told else ())
        if each.status in NOT_IN_FORCE
    }
    for path, notice in told.items():
        lines = notice_lines(notice, idle)
        content = encoded(discreet.for_county(lines) if discreet else lines)
        if not (path.exists() and path.read_bytes() == content):
            write_text(path, content)
    return list(told)


def notice_lines(notice: Notice, idle: Mapping[str, str]) -> list[str]:
    """Return the text of one county and period, line by line.

    ``idle`` are the deliveries, with their status, that wait or were superseded while they waited:
    they replace nothing.
    """
    current = [each for each in notice.repeated if not each.replaced_by]
    older = [each for each in notice.repeated if each.replaced_by]
    waiting = [each for each in notice.standing if idle.get(each) == Status.WAITING]
    lines = [f"收件提示  县代码 {notice.county_code}  期次 {notice.period}"]
    if notice.left:
        prefix = f"{notice.county_code}/{notice.period}/"
        lines += ["", "以下内容留在收件文件夹中,没有接收:"]
        lines += _numbered(f"{e.path.removeprefix(prefix)}:{e.reason_zh}。" for e in notice.left)
    if current:
        lines += ["", "以下文件以前收到过,没有新的内容,未再处理,原有数据不变:"]
        lines += _numbered(f"{_repeated(each)}。" for each in current)
        lines += ["处理结果见该次报送的回执;要修改,请改好内容后再报。"]
    if older:
        lines += ["", "以下文件属于以前的报送,未再处理:"]
        lines += _numbered(f"{_repeated(each)};{_replaced(each, idle)}。" for each in older)
        lines += [
            "要恢复以前的内容,请联系市扶贫办撤回后来的报送;要重新报送,请更正后再报。"
            if any(_counting(each, idle) for each in older)
            else "要重新报送,请更正后再报。",
        ]
    if waiting:
        lines += ["", "以下报送正在等待市扶贫办确认,确认前不生效,原有数据不变:"]
        lines += _numbered(
            f"{_version(each)}:原因见该次报送的回执;内容无误的,请联系市扶贫办确认,有误的,请重新报送完整的表。"
            for each in waiting
        )
    return lines


def _numbered(sentences: Iterator[str]) -> list[str]:
    return [f"{number}. {sentence}" for number, sentence in enumerate(sentences, start=1)]


def _repeated(each: RepeatedFile) -> str:
    return (
        f"{printable(each.name)}({_minute(each.noted_at)}再次收到):与{_version(each.submission_id)}"
        f"中的文件相同,首次收到时间 {_minute(each.first_received_at)}"
    )


def _counting(each: RepeatedFile, idle: Mapping[str, str]) -> list[str]:
    """Return the deliveries after the one that a file belongs to which may replace its tables."""
    return [one for one in each.replaced_by if one not in idle]


def _replaced(each: RepeatedFile, idle: Mapping[str, str]) -> str:
    """Say what holds now, in words true whether or not a table was filed again since.

    Which tables the later deliveries hold, reading decides.
    """
    later = "、".join(map(_version, _counting(each, idle)))
    if not later:
        idle_ones = "、".join(map(_version, each.replaced_by))
        return f"其后收到的{idle_ones}没有生效,原有数据不变"
    return f"其后又收到{later},其中再次报送的表以最后一次为准,没有再报的表仍以该次为准"


def _version(submission_id: str) -> str:
    """Return 第2次报送(990101-2020-06-v2)."""
    return f"第{submission_id.rpartition('-v')[2]}次报送({submission_id})"


def _minute(moment: str) -> str:
    """Return an ISO moment as an office writes it."""
    return moment[:16].replace("T", " ")
