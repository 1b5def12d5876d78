"""Filings are read by the owner of the home alone, what is published by everybody."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from filing_samples import csv_bytes, headers, rows

from pipelines.core import modes
from pipelines.core.lock import refresh_lock
from pipelines.core.privacy import load_key
from pipelines.core.settings import PROJECT_ROOT, Home
from pipelines.s7_published import parquet
from pipelines.s7_published.publication import put_in_place

INTAKE = """
from pathlib import Path
import sys
from pipelines import s1_archive, s2_lake, s8_county
from pipelines.core.lock import refresh_lock
from pipelines.core.modes import write_privately
from pipelines.core.settings import Home
write_privately()
at = Home(Path(sys.argv[1]))
with refresh_lock(at):
    s1_archive.receive(at)
    s2_lake.ingest(at)
    s8_county.write_notices(at)
    s8_county.write_receipts(at)
"""


def run(home: Home, *arguments: str) -> None:
    """Run Python as a session with the usual umask would, with a key of the home's own."""
    environment = {**os.environ, "FILINGS_HOME": str(home.root), "PYTHONPATH": str(PROJECT_ROOT)}
    environment.pop("FILINGS_KEY")
    subprocess.run(
        [sys.executable, *arguments], env=environment, umask=0o022, check=True, timeout=120
    )


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def drop(home: Home) -> None:
    folder = home.inbox / "990101" / "2020-06"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_bytes(csv_bytes([headers("ben"), *rows("ben", 3)]))
    (folder / "~$a.csv").write_bytes(b"lock")


def private(home: Home) -> list[Path]:
    tops = [folder for folder in modes.private_folders(home) if folder.exists()]
    return [*tops, *(path for top in tops for path in top.rglob("*"))]


def test_intake_leaves_nothing_that_others_may_read(home):
    drop(home)
    run(home, "-c", INTAKE, str(home.root))
    found = private(home)
    assert len(found) > 20 and {path.suffix for path in found} >= {".parquet", ".xlsx", ".csv"}
    assert {path: oct(mode(path)) for path in found if mode(path) & 0o077} == {}
    assert mode(home.key_file) == 0o600
    # What is published lies below these.
    assert mode(home.root / "warehouse") & 0o055 == 0o055


def test_commands_write_privately_and_pass_on_what_is_published(home):
    run(home, "-m", "pipelines.cli.main", "init", str(home.root))
    assert mode(home.root) & 0o055 == 0o055 and mode(home.key_file) == 0o600
    assert mode(home.inbox) & 0o077 == 0
    drop(home)
    run(home, "-m", "pipelines.cli.main", "receive")
    assert {path: oct(mode(path)) for path in private(home) if mode(path) & 0o077} == {}
    assert list(home.archive.rglob("*.csv"))


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_what_is_published_is_readable_whatever_the_umask(home, mask):
    built = home.build / "publish" / "filings.duckdb"
    before = os.umask(mask)
    try:
        built.parent.mkdir(parents=True)
        with duckdb.connect(str(built)) as connection:
            connection.execute(
                "create table meta_refresh as select 1 as vintage, '' as newest_received_at, "
                "'' as about_zh, '' as about_en, '' as fingerprint"
            )
        parquet.write_vintage(built, home.parquet, 1)
        put_in_place(home, built, 1, "f")
    finally:
        os.umask(before)
    published = [home.published, *home.published.rglob("*")]
    assert len(published) == 7  # with the vintage's table and two descriptors
    for path in published:
        assert mode(path) == (0o755 if path.is_dir() else 0o644), path


def test_an_older_home_is_closed_and_one_opened_to_a_group_on_purpose_stays(home):
    for folder, top_mode in ((home.archive, 0o755), (home.reports, 0o750)):
        (folder / "in").mkdir(parents=True)
        (folder / "in" / "file").write_text("x")
        (folder / "in" / "file").chmod(0o644)
        (folder / "in").chmod(0o755)
        (folder / "link").symlink_to("in")
        folder.chmod(top_mode)
    home.key_file.write_text("k")
    home.key_file.chmod(0o644)
    with refresh_lock(home):
        pass
    assert (mode(home.archive), mode(home.archive / "in" / "file")) == (0o700, 0o600)
    assert (mode(home.reports), mode(home.reports / "in" / "file")) == (0o750, 0o644)
    assert mode(home.key_file) == 0o600
    assert set(modes.open_to_others(home)) - {home.lock} == {
        home.reports / "in",
        home.reports / "in" / "file",
    }


def test_a_key_that_is_made_is_its_owners_alone(home, monkeypatch):
    monkeypatch.delenv("FILINGS_KEY")
    load_key(home)
    assert mode(home.key_file) == 0o600


@pytest.mark.parametrize(("given", "secret"), [(0o600, True), (0o640, False), (0o604, False)])
def test_a_file_of_ones_own_is_secret_where_nobody_else_reads_it(tmp_path, given, secret):
    path = tmp_path / "channels.yml"
    path.write_text("x")
    path.chmod(given)
    assert modes.is_secret(path) is secret
