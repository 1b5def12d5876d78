"""History: its files add up to the last state, and none can be torn, edited or lost unseen."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.history import (
    FINDING,
    MESSAGE,
    NIGHT,
    TABLES,
    TOLD,
    About,
    Change,
    HistoryError,
    chain_faults,
    draft,
    read_history,
    whole,
)
from pipelines.core.history import contract as contracts
from pipelines.core.history import fold as folding
from pipelines.core.settings import Home

# finding_id → status
State = dict[str, str]


def record(home: Home, state: State, vintage: int, kind: str = NIGHT) -> None:
    """Add a file after which these are all findings."""
    with draft(home) as new:
        new.connection.execute("create table now (finding_id VARCHAR, status VARCHAR)")
        if state:
            new.connection.executemany("insert into now values (?, ?)", list(state.items()))
        new.add(whole(FINDING, f"select {FINDING.selected(('finding_id', 'status'))} from now"))
        new.commit(About(kind, vintage=vintage, fingerprint=f"inputs {vintage}"))


def remembered(home: Home, until: int | None = None) -> State:
    """The findings as they were after a file."""
    with draft(home, until) as new:
        rows = new.connection.execute("select finding_id, status from before.finding").fetchall()
    assert len(dict(rows)) == len(rows), "one row per key"
    return dict(rows)


def listed(home: Home) -> list[Path]:
    return sorted(home.history.glob("*.zip"))


NIGHTS: list[State] = [
    {"1": "open", "2": "open"},
    {"1": "resolved", "2": "open", "3": "open"},
    {"1": "reopened", "2": "open", "3": "open"},
]


@pytest.fixture
def filled(home: Home) -> Home:
    """A home with three nights."""
    for vintage, state in enumerate(NIGHTS, start=1):
        record(home, state, vintage)
    return home


def test_a_home_without_history_has_none(home: Home) -> None:
    assert read_history(home).files == []
    assert remembered(home) == {}
    assert not home.history.exists()


def test_every_night_is_remembered_and_only_what_changed_is_written(filled: Home) -> None:
    assert [path.name[:7] for path in listed(filled)] == ["000001-", "000002-", "000003-"]
    for number, state in enumerate(NIGHTS, start=1):
        assert remembered(filled, number) == state
    with draft(filled) as new:
        found = new.connection.execute("select count(*) from folded.finding").fetchall()
    # Night 3 says one row: what finding 1 was before it is still there, to compute night 3 again.
    assert found == [(4,)]


def test_files_are_for_the_owner_alone(filled: Home) -> None:
    assert filled.history.stat().st_mode & 0o077 == 0
    assert [path.stat().st_mode & 0o777 for path in listed(filled)] == [0o600] * 3
    assert not list(filled.history.glob(".part"))


def test_the_same_nights_give_the_same_bytes(filled: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    for vintage, state in enumerate(NIGHTS, start=1):
        record(other, dict(reversed(state.items())), vintage)
    assert [path.name for path in listed(other)] == [path.name for path in listed(filled)]


def test_what_did_not_change_and_was_not_published_writes_nothing(filled: Home) -> None:
    record(filled, NIGHTS[-1], 0, TOLD)
    assert len(listed(filled)) == 3
    record(filled, NIGHTS[-1], 4)
    assert len(listed(filled)) == 4


def test_what_was_folded_can_be_deleted_or_damaged(filled: Home) -> None:
    filled.folded.unlink()
    assert remembered(filled) == NIGHTS[-1]
    filled.folded.write_bytes(b"no database")
    assert remembered(filled) == NIGHTS[-1]
    content = bytearray(filled.folded.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    filled.folded.write_bytes(content)
    record(filled, {}, 4)
    assert remembered(filled) == {}


@pytest.mark.parametrize("part", range(1, 8))
def test_what_was_folded_is_folded_again_wherever_it_is_damaged(filled: Home, part: int) -> None:
    """Also deep inside, where the database opens well and its time of change tells nothing."""
    everything = NIGHTS[-1] | {f"finding {number}": "open" for number in range(500)}
    record(filled, everything, 4)
    assert remembered(filled) == everything
    stamp, content = filled.folded.stat(), bytearray(filled.folded.read_bytes())
    place = slice(len(content) * part // 8, len(content) * part // 8 + 5000)
    content[place] = bytes(255 - each for each in content[place])
    filled.folded.write_bytes(content)
    os.utime(filled.folded, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert remembered(filled) == everything


def test_a_content_is_kept_once(filled: Home) -> None:
    """Of two publications that the same files made, and of two files that are alike."""
    made_by = {"rules.yml": b"- id: P001", "copy.yml": b"- id: P001", "limits.yml": b"a: 1"}
    for change in ({}, {"limits.yml": b"a: 2"}):
        with draft(filled) as new:
            kept = new.keep(made_by | change)
            new.commit(About(NIGHT, vintage=4, made_by=kept))
    first, second = (file.manifest for file in read_history(filled).files[-2:])
    assert set(first.about.made_by) == set(second.about.made_by) == set(made_by)
    assert len(first.members) == 2
    assert list(second.members) == [f"content/{second.about.made_by['limits.yml']}"]


def test_a_further_table_or_column_needs_no_migration(
    filled: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a later version will have them: of what was before they are empty."""
    wider = contracts.HistoryTable(
        "finding", FINDING.key, {**FINDING.columns, "settled_by": "VARCHAR"}
    )
    reply = contracts.HistoryTable("reply", ("reply_id",), {"reply_id": "VARCHAR"})
    tables = (wider, reply, *TABLES[1:])
    from pipelines.core.history import writing

    for module in (contracts, folding, writing):
        monkeypatch.setattr(module, "TABLES", tables)
    with draft(filled) as new:
        ask = "select finding_id, settled_by from before.finding order by 1"
        assert new.connection.execute(ask).fetchall() == [("1", None), ("2", None), ("3", None)]
        assert new.connection.execute("from before.reply").fetchall() == []
        new.add(Change(reply, rows="select 'R1' as reply_id"))
        new.commit(About(TOLD))
    with draft(filled) as new:
        assert new.connection.execute("from before.reply").fetchall() == [("R1",)]


def test_keys_that_are_empty_in_part_are_keys(home: Home) -> None:
    names = ("county_code", "period", "vintage", "title")
    for title in ("old", "new"):
        with draft(home) as new:
            row = (
                "(select null as county_code, '2020-06' as period, 1 as vintage, "
                f"'{title}' as title)"
            )
            new.add(Change(MESSAGE, f"select {MESSAGE.selected(names)} from {row}"))
            new.commit(About(TOLD))
    with draft(home) as new:
        assert new.connection.execute("select title from before.message").fetchall() == [("new",)]


@settings(max_examples=15, deadline=None)
@given(
    nights=st.lists(
        st.tuples(
            st.sampled_from([NIGHT, TOLD]),
            st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["open", "resolved"])),
        ),
        min_size=1,
        max_size=8,
    ),
    seed=st.integers(0, 99),
)
def test_the_files_add_up_to_the_last_state(
    tmp_path_factory: pytest.TempPathFactory, nights: list[tuple[str, State]], seed: int
) -> None:
    """Whatever came and went, with what is folded kept, or deleted now and then."""
    home = Home(tmp_path_factory.mktemp("fold") / "home")
    chance = random.Random(seed)
    states: list[State] = [{}]
    for vintage, (kind, state) in enumerate(nights, start=1):
        before = len(listed(home)) if home.history.exists() else 0
        record(home, state, vintage, kind)
        if len(listed(home) if home.history.exists() else []) > before:
            states.append(state)
        if chance.random() < 0.3:
            home.folded.unlink(missing_ok=True)
        assert remembered(home) == state
    for number, state in enumerate(states):
        assert remembered(home, number) == state


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def remove(path: Path) -> None:
    path.unlink()


def refused(home: Home) -> str:
    with pytest.raises(HistoryError) as raised:
        read_history(home)
    said = str(raised.value)
    assert said.endswith("。") and said.count("。") == 1 and "\n" not in said
    assert "请从备份恢复" in said or "请移走" in said
    return said


@pytest.mark.parametrize("is_folded", [True, False])
@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("harm", [cut, empty, flip, remove])
def test_a_harmed_file_is_named(
    filled: Home, harm: Callable[[Path], None], which: int, is_folded: bool
) -> None:
    path = listed(filled)[which]
    whole_file = path.read_bytes()
    if not is_folded:
        filled.folded.unlink()
    harm(path)
    assert str(path) in refused(filled)
    assert [str(path) in fault for fault in chain_faults(filled)] == [True]
    path.write_bytes(whole_file)
    assert list(chain_faults(filled)) == []
    assert remembered(filled) == NIGHTS[-1]


def test_the_whole_folder_lost_is_seen(filled: Home) -> None:
    newest = listed(filled)[-1]
    shutil.rmtree(filled.history)
    assert "000001" in refused(filled)
    assert str(newest) in list(chain_faults(filled))[-1]


def test_a_file_of_another_home_is_named(filled: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    for vintage, state in enumerate([{}, {"9": "open"}, {}], start=1):
        record(other, state, vintage)
    filled.folded.unlink()
    for which in range(3):
        mine, theirs = listed(filled)[which], listed(other)[which]
        kept = mine.read_bytes()
        mine.unlink()
        foreign = Path(shutil.copy(theirs, filled.history))
        faults = " ".join(chain_faults(filled))
        assert foreign.name in faults or listed(filled)[which + 1].name in faults
        refused(filled)
        foreign.unlink()
        mine.write_bytes(kept)
    beside = Path(shutil.copy(listed(other)[1], filled.history))
    assert beside.name[:6] in refused(filled)


def test_a_file_that_is_no_history_is_named_and_a_hidden_one_is_not(filled: Home) -> None:
    (filled.history / ".DS_Store").write_bytes(b"x")
    (filled.history / "README.md").write_text("x")
    assert list(chain_faults(filled)) == []
    (filled.history / "000004.zip").write_bytes(b"x")
    assert str(filled.history / "000004.zip") in refused(filled)


@pytest.mark.parametrize("harm", [cut, empty, remove])
def test_a_lost_head_is_no_fault(filled: Home, harm: Callable[[Path], None]) -> None:
    harm(filled.history_head)
    assert remembered(filled) == NIGHTS[-1]
    record(filled, {}, 4)
    listed(filled)[-1].unlink()
    assert "000004" in refused(filled)


def test_a_write_that_was_killed_before_its_rename_left_nothing(filled: Home) -> None:
    (filled.history / ".part").write_bytes(b"half")
    assert remembered(filled) == NIGHTS[-1]
    record(filled, {}, 4)
    assert remembered(filled) == {}
    assert not (filled.history / ".part").exists()


def test_only_new_files_are_read(filled: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.core.history import chain

    hashed: list[str] = []
    sha256: Any = chain.sha256
    monkeypatch.setattr(chain, "sha256", lambda path: (hashed.append(path.name), sha256(path))[1])
    read_history(filled)
    assert hashed == [listed(filled)[2].name]  # night 3 was written after the last reading
    read_history(filled)
    assert len(hashed) == 1


def test_duckdb_compares_lists_of_cells_as_values() -> None:
    cells = "[{'file': 'a', 'row': 1}, {'file': null, 'row': 2}]"
    assert duckdb.execute(f"select {cells} as c except select {cells} as c").fetchall() == []
