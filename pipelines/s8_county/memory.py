"""What counties were told and what became of it, as history remembers it.

``reports/outbox`` and ``reports/sent.jsonl`` are made for people and can be lost: history has every
message before its outbox file is written, and every attempt to send at the end of the night.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pipelines.core.files import TornError
from pipelines.core.history import (
    MESSAGE,
    OUTBOX,
    SENDING,
    TOLD,
    About,
    Change,
    Draft,
    HistoryTable,
    draft,
)
from pipelines.core.home import Home, outbox_vintages
from pipelines.core.sql import quoted
from pipelines.s8_county.messages import Message, read_vintage, write_outbox
from pipelines.s8_county.sent_log import SENT, Attempt, Way, append, last_of, read_attempts


def tell(home: Home, vintage: int, messages: Sequence[Message]) -> None:
    """Record a vintage's messages, none or more, in history and write them as its outbox file."""
    with draft(home) as new:
        _add(new, OUTBOX, [{"vintage": vintage}])
        _add(new, MESSAGE, [asdict(each) for each in messages])
        new.commit(About(TOLD, vintage=vintage))
    write_outbox(home, vintage, messages)


def recover(home: Home) -> None:
    """Let history, outbox and log say the same.

    History takes in the attempts of a night that was cut off, and what an older version told.
    Outbox files and log lines that are missing or damaged are written again from history. The
    caller holds the refresh lock.

    Raises:
        HistoryError: history is not whole.
    """
    if not any(path.exists() for path in (home.history, home.outbox, home.sent_log)):
        return
    with draft(home) as new:
        whole = _whole_files(home)
        told = {vintage for (vintage,) in _rows(new, "select vintage from before.outbox")}
        taken = [each for vintage in whole.keys() - told for each in whole[vintage]]
        _add(new, OUTBOX, [{"vintage": vintage} for vintage in sorted(whole.keys() - told)])
        _add(new, MESSAGE, [asdict(each) for each in taken])
        log = last_of(read_attempts(home.sent_log, []))
        states = _take_in_attempts(home, new, log, {_place(each) for each in taken})
        lost = {vintage: _messages(new, vintage) for vintage in sorted(told - whole.keys())}
        new.commit(About(TOLD))
    home.attempts.unlink(missing_ok=True)
    for vintage, messages in lost.items():
        write_outbox(home, vintage, messages)
    behind = [each for way, each in sorted(states.items()) if not _says(log.get(way), each)]
    append(home.sent_log, behind)


def _whole_files(home: Home) -> dict[int, list[Message]]:
    """Return the messages of the outbox files that can be read, by vintage."""
    found = {}
    for vintage in outbox_vintages(home):
        try:
            found[vintage] = read_vintage(home, vintage)
        except TornError:
            continue
    return found


def _take_in_attempts(
    home: Home, new: Draft, log: Mapping[Way, Attempt], taken: set[tuple[str, str, int]]
) -> dict[Way, Attempt]:
    """Add what history does not know of attempts, and return the last state of every one.

    History knows more than the log, which may have lost lines, save where it never saw the
    attempt or that it arrived: an older version wrote only the log. Of a message that history
    does not know, as it went with the sample, no attempt is known either.
    """
    columns = ", ".join(Attempt.__dataclass_fields__)
    known = last_of(Attempt(*row) for row in _rows(new, f"select {columns} from before.sending"))
    places = "select county_code, period, vintage from before.message"
    messages = taken | {(row[0], row[1], row[2]) for row in _rows(new, places)}
    found = {way: each for way, each in log.items() if way not in known or each.state == SENT}
    found |= last_of(read_attempts(home.attempts, []))
    changed = {
        way: each
        for way, each in found.items()
        if way[:3] in messages and not _says(known.get(way), each)
    }
    _add(new, SENDING, [asdict(each) for each in changed.values()])
    return known | changed


def _messages(new: Draft, vintage: int) -> list[Message]:
    """Return a vintage's messages in the order of its outbox file."""
    columns = ", ".join(Message.__dataclass_fields__)
    ordered = "order by county_code, period"
    rows = _rows(new, f"select {columns} from before.message where vintage = {vintage} {ordered}")
    return [Message(*row) for row in rows]


def _says(known: Attempt | None, attempt: Attempt) -> bool:
    """Tell whether what is known of an attempt is its state."""
    return known is not None and known.state == attempt.state


def _place(message: Message) -> tuple[str, str, int]:
    return (message.county_code, message.period, message.vintage)


def _rows(new: Draft, query: str) -> list[tuple[Any, ...]]:
    return new.connection.execute(query).fetchall()


def _add(new: Draft, table: HistoryTable, rows: Sequence[Mapping[str, Any]]) -> None:
    """Let a draft have these rows, in one statement however many they are."""
    if not rows:
        return
    listed = ", ".join(
        f"unnest(cast(? as {kind}[])) as {quoted(name)}" for name, kind in table.columns.items()
    )
    values = [[row[name] for row in rows] for name in table.columns]
    new.connection.execute(f"create table now_{table.name} as select {listed}", values)
    new.add(Change(table, f"from now_{table.name}"))
