"""Taking simulated deliveries out of a home whole, as if they had never been received.

What goes is put down first (``archive/removing.json``), then done, then crossed out: after a kill
the next call goes on where it stopped. A home that holds nothing else is empty afterwards, save its
key; from any other the next refresh drops what was published of them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.history import (
    MESSAGE,
    SAMPLE_REMOVED,
    SENDING,
    TABLES,
    About,
    Change,
    draft,
    read_chain,
)
from pipelines.core.papers import SAMPLE_MARK
from pipelines.core.settings import Home
from pipelines.core.sql import literal
from pipelines.s1_archive import RECORD_FOLDERS, blob_path, submissions
from pipelines.s1_archive.records import write_whole
from pipelines.s2_lake.deliveries.waiting import forget_doubts
from pipelines.s2_lake.simulated import carries_mark, inbox_files, is_simulated
from pipelines.s8_county.findings_workbook import workbook_path
from pipelines.s8_county.memory import recover


@dataclass(frozen=True)
class Removal:
    """What is to go: deliveries, files of the inbox, and whether nothing real is left."""

    submissions: tuple[str, ...]
    inbox: tuple[str, ...]
    is_all: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to take out."""
        return not (self.submissions or self.inbox)


def planned(home: Home) -> Removal:
    """Return what a removal would take out; an interrupted one is taken up as it was put down."""
    plan = _plan_path(home)
    if plan.exists():
        body = json.loads(plan.read_text(encoding="utf-8"))
        return Removal(tuple(body["submissions"]), tuple(body["inbox"]), body["is_all"])
    every = submissions(home)
    gone = [each for each in every if is_simulated(home, each)]
    waiting = inbox_files(home)
    marked = [path for path in waiting if carries_mark(path, path.name)]
    return Removal(
        tuple(each.submission_id for each in gone),
        tuple(str(path.relative_to(home.inbox)) for path in marked),
        len(gone) == len(every) and len(marked) == len(waiting),
    )


def remove_simulated(home: Home, removal: Removal) -> None:
    """Take out what ``planned`` told; the caller holds the refresh lock.

    Raises:
        HistoryError: history is not whole; nothing was taken out.
    """
    plan = _plan_path(home)
    _forget(home)
    if not plan.exists():
        gone = [each for each in submissions(home) if each.submission_id in removal.submissions]
        blobs = {
            str(blob_path(home, file).relative_to(home.archive)) for s in gone for file in s.files
        }
        body = {
            "submissions": removal.submissions,
            "inbox": removal.inbox,
            "is_all": removal.is_all,
            "places": sorted({s.place for s in gone}),
            "blobs": sorted(blobs),
        }
        write_whole(plan, body)
    _carry_out(home, json.loads(plan.read_text(encoding="utf-8")))
    plan.unlink()


def _forget(home: Home) -> None:
    """Let history say that all rows about the sample are gone: no night rests on them any more.

    The files of earlier nights stay as they are, with what they say of invented people.
    """
    if not read_chain(home):
        return
    recover(home)
    with draft(home) as new:
        marked = (
            "select county_code, period, vintage from before.message "
            f"where contains(concat(title, ' ', body), {literal(SAMPLE_MARK)})"
        )
        for table in (SENDING, MESSAGE):
            place = "(county_code, period, vintage)"
            gone = f"select {table.keys} from before.{table.name} where {place} in ({marked})"
            new.add(Change(table, gone=gone))
        for table in TABLES:
            if "is_sample" in table.columns:
                gone = f"select {table.keys} from before.{table.name} where is_sample"
                new.add(Change(table, gone=gone))
        new.commit(About(SAMPLE_REMOVED))


def _plan_path(home: Home) -> Path:
    return home.archive / "removing.json"


def _carry_out(home: Home, plan: dict[str, Any]) -> None:
    """Do what was put down, as often as needed."""
    for submission_id in plan["submissions"]:
        for records in RECORD_FOLDERS:
            (home.archive / records / f"{submission_id}.json").unlink(missing_ok=True)
        shutil.rmtree(home.ingested / submission_id, ignore_errors=True)
    forget_doubts(home)
    left = submissions(home)
    kept = {blob_path(home, file) for each in left for file in each.files}
    for name in plan["blobs"]:
        if home.archive / name not in kept:
            (home.archive / name).unlink(missing_ok=True)
    for name in plan["inbox"]:
        (home.inbox / name).unlink(missing_ok=True)
    places = {(county, period) for county, period in plan["places"]}
    shared = {each.place for each in left}
    for county, period in places & shared:
        _drop_papers(home, county, period, plan["submissions"])
    for county, period in places - shared:
        shutil.rmtree(home.reports / county / period, ignore_errors=True)
        for records in ("notices", "decided"):
            (home.archive / records / f"{county}-{period}.json").unlink(missing_ok=True)
    shutil.rmtree(home.truth, ignore_errors=True)
    if plan["is_all"]:
        _empty(home)
    else:
        _drop_messages(home)


def _drop_papers(home: Home, county: str, period: str, gone: list[str]) -> None:
    """Remove the papers about deliveries that go, where a county keeps others of that period.

    The workbook lists findings of both; the next refresh writes it again without the sample's.
    """
    for submission_id in gone:
        for path in (home.reports / county / period).glob(f"回执-{submission_id}.*"):
            path.unlink()
    workbook_path(home, county, period).unlink(missing_ok=True)


def _empty(home: Home) -> None:
    """Remove all that was made of the deliveries; the lock, which is held, stays."""
    for path in home.build.iterdir() if home.build.is_dir() else ():
        if path != home.lock:
            _remove(path)
    for path in (
        home.published,
        home.publication_record,
        home.reports,
        home.history_head,
        home.history,
    ):
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _drop_messages(home: Home) -> None:
    """Take the messages about the sample, which say so, out of log and outbox.

    The log first: the outbox tells which lines of it are about the sample.
    """
    outbox = {
        path: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(home.outbox.glob("*.json"))
    }
    marked = {
        path: [each for each in messages if SAMPLE_MARK in f"{each['title']} {each['body']}"]
        for path, messages in outbox.items()
    }
    gone = {
        (each["county_code"], each["period"], each["vintage"])
        for messages in marked.values()
        for each in messages
    }
    if gone and home.sent_log.exists():
        _keep_lines(
            home.sent_log,
            lambda line: (line["county_code"], line["period"], line["vintage"]) not in gone,
        )
    for path, messages in outbox.items():
        if marked[path]:
            write_whole(path, [each for each in messages if each not in marked[path]])


def _keep_lines(path: Path, is_kept: Callable[[dict[str, Any]], bool]) -> None:
    """Write a log of JSON lines anew with those that are kept; torn ones stay as they are."""
    kept = []
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            if not is_kept(json.loads(line)):
                continue
        except (ValueError, KeyError, TypeError):
            pass
        kept.append(line)
    aside = path.with_name(f".{path.name}.part")
    aside.write_bytes(b"".join(kept))
    aside.replace(path)
