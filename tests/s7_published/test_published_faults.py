"""A published file that is lost, cut short, altered or locked: told, and mended where it can be."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from built_nights import make_night, put_out, seen
from support_homes import made_once

from pipelines.core.database import log_beside, published_file, read_only
from pipelines.core.errors import FilingsError
from pipelines.core.history import read_chain
from pipelines.core.settings import Home
from pipelines.s7_published import (
    history_faults,
    parquet,
    published_faults,
    published_fingerprint,
    restore,
    rests_on,
)
from pipelines.s7_published import publication as publishing
from pipelines.s7_published.parquet import DESCRIPTOR
from pipelines.s8_county.changes import open_publication, publication


@pytest.fixture(scope="session")
def two_vintages(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with two vintages, to be copied."""

    def publish_twice(folder: Path) -> None:
        home = Home(folder / "home")
        for night in (1, 2):
            make_night(home, night)
            put_out(home, night)
        assert published_faults(home) == ()

    return Home(made_once(tmp_path_factory, "two_vintages", publish_twice) / "home")


@pytest.fixture
def published(two_vintages: Home, home: Home) -> Home:
    """A home with two vintages."""
    shutil.copytree(two_vintages.root, home.root)
    return home


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def retitle(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("指标", "数据"), encoding="utf-8")


HARMS = [cut, flip, remove, empty]


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize(
    "name",
    ["filings.duckdb", "parquet/2/fct_indicator.parquet", "parquet/1/meta_refresh.parquet"],
)
def test_a_harmed_file_is_named(published: Home, name: str, harm: Callable[[Path], None]) -> None:
    path = published.published / name
    harm(path)
    (sentence,) = published_faults(published)
    assert str(path) in sentence and sentence.endswith("。")


@pytest.mark.parametrize("harm", [cut, remove, empty, retitle])
@pytest.mark.parametrize("name", ["datapackage.json", "2/datapackage.json"])
def test_a_harmed_descriptor_is_named(
    published: Home, name: str, harm: Callable[[Path], None]
) -> None:
    harm(published.parquet / name)
    told = " ".join(published_faults(published))
    assert str(published.parquet / name) in told


def test_what_a_client_wrote_into_the_published_file_is_told(published: Home) -> None:
    with duckdb.connect(str(published.published_db)) as client:
        client.execute("create table mine as select 1 as x")
    (sentence,) = published_faults(published)
    assert "被其他程序改写" in sentence


def test_a_client_that_reads_or_only_opens_it_for_writing_harms_nothing(published: Home) -> None:
    for reading in (True, False):
        with duckdb.connect(str(published.published_db), read_only=reading) as client:
            client.execute("select count(*) from fct_indicator").fetchone()
    assert published_faults(published) == ()


def test_a_home_that_never_published_has_no_fault(home: Home) -> None:
    assert published_faults(home) == ()


def content(home: Home) -> dict[str, object]:
    """Tables, columns, types, comments and every row in order."""
    with read_only(home.published_db) as db:
        tables = db.execute(
            "select table_name, comment from duckdb_tables() order by table_name"
        ).fetchall()
        columns = db.execute(
            "select table_name, column_name, data_type, comment from duckdb_columns() "
            "where schema_name = 'main' order by table_name, column_index"
        ).fetchall()
        rows = {name: db.execute(f"from {name}").fetchall() for name, _ in tables}
    return {"tables": tables, "columns": columns, "rows": rows}


@pytest.mark.parametrize("harm", HARMS)
def test_the_database_is_restored_from_parquet(
    published: Home, harm: Callable[[Path], None]
) -> None:
    before = content(published)
    harm(published.published_db)
    (sentence,) = restore(published)
    assert str(published.published_db) in sentence and "恢复为第 2 版" in sentence
    assert content(published) == before
    assert published_faults(published) == () == restore(published)
    assert published_fingerprint(published) == "night 2"
    make_night(published, 3)
    assert put_out(published, 3).vintage == 3
    assert sorted(parquet.kept_vintages(published.parquet)) == [1, 2, 3]


def forget(home: Home, *also: str) -> Home:
    """Make of a home one that an older version published: it has no history."""
    shutil.rmtree(home.history)
    home.history_head.unlink()
    record = json.loads(home.publication_record.read_text())
    del record["differs"]
    home.publication_record.write_text(json.dumps({**record, "highest": 2}))
    for name in also:
        (home.root / "warehouse" / name).unlink()
    return home


@pytest.mark.parametrize("harm", HARMS)
def test_where_the_newest_parquet_is_lost_too_the_night_makes_it_again(
    published: Home, harm: Callable[[Path], None]
) -> None:
    before = parquet_bytes(published)
    harm(published.published_db)
    harm(published.parquet / "2" / "fct_finding.parquet")
    (sentence,) = restore(published)
    assert str(published.published_db) in sentence and "依历史重新得出" in sentence
    assert published_fingerprint(published) is None
    make_again(published)
    assert parquet_bytes(published) == before
    assert published_faults(published) == () == restore(published)


def parquet_bytes(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home.parquet / "2").iterdir()}


def make_again(home: Home) -> None:
    """What a night with the inputs of the second does, and no file of history comes of it."""
    before = sorted(home.history.iterdir())
    until = rests_on(home, "night 2")
    assert until == 1
    make_night(home, 2, until=until)
    assert put_out(home, 2).vintage == 2
    assert sorted(home.history.iterdir()) == before
    assert rests_on(home, "night 2") == rests_on(home, "night 3") == 2


@pytest.mark.parametrize("also", [[], ["publication.json"], ["history.json"]])
def test_published_and_build_can_be_deleted(published: Home, also: list[str]) -> None:
    before, tables = parquet_bytes(published), content(published)
    shutil.rmtree(published.published)
    shutil.rmtree(published.build)
    for name in also:
        (published.root / "warehouse" / name).unlink()
    told = restore(published)
    assert len(told) == ("publication.json" not in also)
    make_again(published)
    assert parquet_bytes(published) == before and content(published) == tables
    assert published_faults(published) == () == history_faults(published)


def test_other_inputs_after_a_loss_are_the_next_night(published: Home) -> None:
    shutil.rmtree(published.published)
    restore(published)
    until = rests_on(published, "night 3")
    make_night(published, 3, until=until)
    assert put_out(published, 3).vintage == 3
    assert len(list(published.history.glob("*.zip"))) == 3


def test_a_night_that_was_recorded_and_not_published_is_published_again(
    published: Home, tmp_path: Path
) -> None:
    """Killed between the two: what readers see is still the night before."""
    home = Home(tmp_path / "killed")
    shutil.copytree(published.root, home.root)
    make_night(published, 3)
    put_out(published, 3)
    shutil.copytree(published.history, home.history, dirs_exist_ok=True)
    assert restore(home) == ()
    assert (rests_on(home, "night 3"), rests_on(home, "other")) == (2, 3)
    make_night(home, 3, until=2)
    put_out(home, 3)
    assert content(home) == content(published)
    assert [path.name for path in sorted(home.history.iterdir())] == [
        path.name for path in sorted(published.history.iterdir())
    ]


def test_a_night_that_comes_out_otherwise_is_said_so_and_the_next_goes_on(published: Home) -> None:
    shutil.rmtree(published.published)
    restore(published)
    changed = "update findings.fct_finding set status = 'open' where finding_id = '1'"
    make_night(published, 2, changed, until=rests_on(published, "night 2"))
    with pytest.raises(FilingsError, match=r"第 2 版.*与历史所记不同\(finding\).*第 3 版"):
        put_out(published, 2)
    assert not published.published_db.exists()
    make_night(published, 3, changed, until=rests_on(published, "night 2"))
    assert put_out(published, 2).vintage == 3
    assert rests_on(published, "night 2") == 3


@pytest.mark.parametrize(
    ("lose", "named"),
    [("findings.fct_finding", "1 条疑点"), ("main.fct_indicator", "2000 条各版指标")],
)
def test_a_build_that_lost_what_history_has_is_refused(
    published: Home, lose: str, named: str
) -> None:
    """As the steps of the graph run in a wrong order would leave it."""
    before = content(published)
    column = "finding_id" if "finding" in lose else "vintage"
    make_night(published, 3, f"delete from {lose} where {column} = '1'")
    with pytest.raises(FilingsError, match=named):
        put_out(published, 3)
    assert content(published) == before
    assert published_faults(published) == () == history_faults(published)


def test_history_that_ends_before_what_is_published_is_named(published: Home) -> None:
    newest = sorted(published.history.iterdir())[-1]
    kept = newest.read_bytes()
    newest.unlink()
    with pytest.raises(FilingsError, match=newest.name):
        restore(published)
    published.history_head.unlink()
    (fault,) = history_faults(published)
    assert "已发布的是第 2 版,历史却只到第 1 版" in fault
    with pytest.raises(FilingsError, match="历史却只到第 1 版"):
        restore(published)
    newest.write_bytes(kept)
    assert restore(published) == () == history_faults(published)


def test_a_home_of_an_older_version_gets_its_history_once(published: Home) -> None:
    """Its first night is told once, and goes on with ids, days and vintages."""
    forget(published)
    before = content(published)
    with pytest.raises(FilingsError, match="还没有记入历史"):
        rests_on(published, "night 3")
    (sentence,) = restore(published)
    # The deliveries are of the sample, of which the archive holds nothing: they are left out.
    assert sentence == (
        f"历史从此存于 {published.history}:已由第 2 版已发布的文件记入疑点 2 条、指标 4000 条、"
        "报送 0 次。"
    )
    assert restore(published) == () == history_faults(published)
    assert content(published) == before
    (first,) = published.history.glob("*.zip")
    assert first.stat().st_mode & 0o777 == 0o600
    make_night(published, 3)
    with read_only(published.build_db) as build:
        past = build.execute("from history.fct_indicator order by all").fetchall()
        meta = build.execute("select vintage, fingerprint from history.meta_refresh").fetchall()
    assert len(past) == 4000 and meta == [(2, "night 2")]
    assert put_out(published, 3).vintage == 3


def test_a_home_of_an_older_version_that_lost_its_file_keeps_its_vintages(published: Home) -> None:
    forget(published)
    cut(published.published_db)
    flip(published.parquet / "2" / "fct_finding.parquet")
    told = " ".join(restore(published))
    assert "恢复为第 1 版" in told and "第 2 版的内容由本次刷新重新得出" in told
    make_night(published, 3)
    assert put_out(published, 3).vintage == 3
    assert sorted(parquet.kept_vintages(published.parquet)) == [1, 2, 3]


def test_where_nothing_is_whole_nothing_is_published_over_it(published: Home) -> None:
    forget(published)
    cut(published.published_db)
    for vintage in ("1", "2"):
        flip(published.parquet / vintage / "fct_finding.parquet")
    before = {path: path.read_bytes() for path in published.published.rglob("*.*")}
    with pytest.raises(FilingsError) as raised:
        restore(published)
    assert str(published.published_db) in str(raised.value)
    assert str(published.parquet) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert {path: path.read_bytes() for path in published.published.rglob("*.*")} == before


def test_a_first_night_cut_off_before_its_publication_is_no_older_version(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    make_night(home, 1)
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "remember", killed)
        with pytest.raises(KeyboardInterrupt):
            put_out(home, 1)
    assert parquet.kept_vintages(home.parquet) == [1]
    assert restore(home) == ()
    assert read_chain(home) == []
    assert put_out(home, 1).vintage == 1


@pytest.mark.parametrize("also", [[], ["publication.json"]])
def test_the_published_folder_removed_by_hand_is_no_new_beginning(
    published: Home, also: list[str]
) -> None:
    published.outbox.mkdir(parents=True)
    (published.outbox / "000002.json").write_text("[]")
    forget(published, *also)
    shutil.rmtree(published.published)
    with pytest.raises(FilingsError, match="不在了"):
        restore(published)


def test_parquet_is_written_again_from_the_database(published: Home) -> None:
    before = {path.name: path.read_bytes() for path in (published.parquet / "2").iterdir()}
    for path in (published.parquet / "2" / "dim_rule.parquet", published.parquet / DESCRIPTOR):
        cut(path)
    told = " ".join(restore(published))
    assert "dim_rule.parquet" in told and "第 2 版" in told
    assert {path.name: path.read_bytes() for path in (published.parquet / "2").iterdir()} == before
    assert published_faults(published) == () == restore(published)


@pytest.mark.parametrize("harm", [cut, remove, empty, retitle])
@pytest.mark.parametrize("name", [DESCRIPTOR, f"2/{DESCRIPTOR}"])
def test_a_harmed_descriptor_is_written_again(
    published: Home, name: str, harm: Callable[[Path], None]
) -> None:
    before = (published.parquet / name).read_bytes()
    harm(published.parquet / name)
    (sentence,) = restore(published)
    assert DESCRIPTOR in sentence
    assert (published.parquet / name).read_bytes() == before
    assert published_faults(published) == ()


def test_a_home_published_before_there_was_a_record_is_taken_over(published: Home) -> None:
    forget(published, "publication.json")
    (sentence,) = restore(published)
    assert "记入疑点 2 条" in sentence
    assert published_faults(published) == ()
    published.publication_record.unlink()
    flip(published.published_db)
    (sentence,) = restore(published)
    assert "恢复为第 2 版" in sentence


def test_a_torn_record_is_no_fault(published: Home) -> None:
    cut(published.publication_record)
    assert restore(published) == ()
    assert published_faults(published) == ()


def test_a_home_that_never_published_has_nothing_to_restore(home: Home) -> None:
    assert restore(home) == ()
    assert not home.publication_record.exists()


CLIENT = """
import duckdb, os, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("insert into dim_rule (rule_id) values ('mine')")
print("open", flush=True)
sys.stdin.readline()
if sys.argv[2] == "killed":
    os._exit(0)
connection.close()
"""


@contextmanager
def client(home: Home, end: str = "killed") -> Iterator[subprocess.Popen[str]]:
    """An analyst's program that opened the published file for writing, and wrote into it."""
    with subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(home.published_db), end],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.communicate("\n")


def test_a_client_that_holds_the_file_keeps_no_night_from_reading_and_publishing(
    published: Home,
) -> None:
    with client(published) as process:
        told = restore(published)
        assert str(process.pid) in told[0] and str(published.published_db) in told[0]
        assert published_fingerprint(published) == "night 2"
        with open_publication(published) as connection:
            assert publication(connection).vintage == 2
        make_night(published, 3)
        assert put_out(published, 3).vintage == 3
        assert seen(published, "select count(*) from dim_rule where rule_id = 'mine'") == [(0,)]
    assert published_faults(published) == ()


def test_what_a_client_leaves_beside_the_file_is_not_read_as_part_of_it(published: Home) -> None:
    with client(published):
        pass
    assert log_beside(published.published_db).exists()
    with published_file(published) as path, read_only(path) as connection:
        rows = connection.execute("select count(*) from dim_rule where rule_id = 'mine'")
        assert rows.fetchall() == [(0,)]
    (sentence,) = restore(published)
    assert str(log_beside(published.published_db)) in sentence
    assert published_faults(published) == ()


def test_what_a_client_wrote_into_the_file_is_replaced(published: Home) -> None:
    with client(published, "closed"):
        pass
    (sentence,) = restore(published)
    assert "被改写" in sentence
    assert seen(published, "select count(*) from dim_rule where rule_id = 'mine'") == [(0,)]
