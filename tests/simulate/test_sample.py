"""Simulated deliveries: known by their mark, apart from real ones, removed whole."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from filing_samples import csv_bytes, headers, rows, workbook
from typer.testing import CliRunner, Result

from pipelines.cli.main import app
from pipelines.core.dictionary import dictionary
from pipelines.core.home import Home
from pipelines.s1_archive import receive, submissions
from pipelines.s1_archive.records import (
    Admission,
    Withdrawal,
    write_admission,
    write_withdrawal,
)
from pipelines.s2_lake import ingest, results
from pipelines.s2_lake.simulated import carries_mark, real_deliveries
from pipelines.s8_county import write_receipts
from pipelines.s8_county.removal import planned, remove_simulated
from pipelines.simulate.sheets import TITLE_MARK, write_workbook

SAMPLE, REAL, MIXED = ("421081", "2019-12"), ("990101", "2019-12"), ("990102", "2020-06")


def simulated(path: Path) -> Path:
    filed = dict(zip(headers("ben"), rows("ben", 1)[0], strict=True))
    write_workbook(path, [("ben", [filed])], title="石首市 ", note="x")
    return path


def real(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(csv_bytes([headers("ben"), *rows("ben", 2)]))
    return path


def place(home: Home, where: tuple[str, str]) -> Path:
    return home.inbox / where[0] / where[1]


@pytest.fixture
def filled(home: Home) -> Home:
    """A home with a simulated, a real and a mixed delivery, received and read, and their papers."""
    simulated(place(home, SAMPLE) / "a.xlsx")
    real(place(home, REAL) / "a.csv")
    simulated(place(home, MIXED) / "a.xlsx")
    real(place(home, MIXED) / "b.csv")
    receive(home)
    ingest(home)
    write_admission(home, Admission("421081-2019-12-v1", "2020-01-02T08:00:00+08:00", "x", "y"))
    write_withdrawal(home, Withdrawal("421081-2019-12-v1", "2020-01-03T08:00:00+08:00", "x"))
    for county, period in (SAMPLE, REAL):
        (home.reports / county / period).mkdir(parents=True)
        (home.reports / county / period / "回执.xlsx").write_text("x")
    home.outbox.mkdir(parents=True)
    messages = [
        {"county_code": county, "period": period, "vintage": 1, "title": title, "body": ""}
        for (county, period), title in ((SAMPLE, "【样例数据】新增1"), (REAL, "新增1"))
    ]
    (home.outbox / "000001.json").write_text(json.dumps(messages), encoding="utf-8")
    lines = [{k: m[k] for k in ("county_code", "period", "vintage")} for m in messages]
    home.sent_log.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"torn')
    simulated(place(home, SAMPLE) / "again.xlsx")
    real(place(home, REAL) / "again.csv")
    return home


def run(home: Home, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setenv("FILINGS_HOME", str(home.root))
    return CliRunner().invoke(app, list(arguments))


def tree(home: Home) -> dict[str, bytes]:
    return {
        str(path.relative_to(home.root)): path.read_bytes()
        for path in sorted(home.root.rglob("*"))
        if path.is_file() and path != home.lock
    }


def test_the_mark_goes_where_the_file_goes(home: Home, tmp_path: Path) -> None:
    assert carries_mark(simulated(tmp_path / "任意名.xlsx"), "任意名.xlsx")
    written = workbook(
        tmp_path / "saved.xlsx",
        {"a": [[f"石首市 表 {TITLE_MARK}"], headers("ben"), *rows("ben", 1)]},
    )
    assert carries_mark(written, "saved.xlsx")
    as_csv = tmp_path / "saved.csv"
    as_csv.write_bytes(csv_bytes([[f"表 {TITLE_MARK}"], headers("ben"), *rows("ben", 1)]))
    assert carries_mark(as_csv, "saved.csv")
    assert not carries_mark(real(tmp_path / "421081.csv"), "421081.csv")


@pytest.mark.parametrize("where", [("421081", "2020-06"), ("990101", "2020-06")])
def test_a_county_code_makes_no_sample(home: Home, where: tuple[str, str]) -> None:
    real(place(home, where) / "a.csv")
    receive(home)
    (result,) = ingest(home).results
    assert not result.is_sample
    assert list(real_deliveries(home)) == [f"{'-'.join(where)}-v1"]


@pytest.mark.parametrize("is_received", [True, False])
def test_nothing_is_simulated_into_a_home_with_a_real_delivery(
    home: Home, monkeypatch: pytest.MonkeyPatch, is_received: bool
) -> None:
    real(place(home, REAL) / "a.csv")
    if is_received:
        receive(home)
    before = tree(home)
    result = run(home, monkeypatch, "simulate", "--profile", "small")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1 and "真实报送" in result.stderr
    assert ("990101-2019-12-v1" if is_received else "990101/2019-12/a.csv") in result.stderr
    assert tree(home) == before


def test_the_sample_is_removed_whole_and_the_rest_stays(
    filled: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = run(filled, monkeypatch, "sample", "remove")
    assert asked.exit_code == 1 and "--yes" in asked.stderr
    assert len(submissions(filled)) == 3
    done = run(filled, monkeypatch, "sample", "remove", "--yes")
    assert done.exit_code == 0, done.stderr
    assert "421081-2019-12-v1" in done.stdout and "已移除" in done.stdout
    left = {each.submission_id for each in submissions(filled)}
    assert left == {"990101-2019-12-v1", "990102-2020-06-v1"}
    assert not [name for name in tree(filled) if "421081" in name]
    assert (filled.reports / "990101" / "2019-12" / "回执.xlsx").exists()
    assert (place(filled, REAL) / "again.csv").exists()
    (message,) = json.loads((filled.outbox / "000001.json").read_text(encoding="utf-8"))
    assert message["county_code"] == "990101"
    assert filled.sent_log.read_text().count("990101") == 1
    assert "421081" not in filled.sent_log.read_text() and '{"torn' in filled.sent_log.read_text()
    # What stays can be read again from the archive.
    shutil.rmtree(filled.ingested)
    assert {result.submission_id for result in ingest(filled).results} == left
    again = run(filled, monkeypatch, "sample", "remove", "--yes")
    assert again.exit_code == 0 and "没有样例报送" in again.stdout


def test_papers_of_a_county_that_filed_for_real_too_go_with_the_sample(home: Home) -> None:
    simulated(place(home, MIXED) / "a.xlsx")
    receive(home)
    real(place(home, MIXED) / "b.csv")
    receive(home)
    ingest(home)
    write_receipts(home)
    folder = home.reports.joinpath(*MIXED)
    (folder / "问题清单-2020-06.xlsx").write_text("both")
    remove_simulated(home, planned(home))
    assert {path.stem for path in folder.iterdir()} == {"回执-990102-2020-06-v2"}


def test_a_delivery_that_waited_because_of_the_sample_waits_no_more(home: Home) -> None:
    names = [column.name for column in dictionary().tables["ben"].columns]
    filed = [dict(zip(names, row, strict=True)) for row in rows("ben", 60)]
    write_workbook(place(home, SAMPLE) / "a.xlsx", [("ben", filed)], title="石首市 ", note="x")
    receive(home)
    ingest(home)
    real(place(home, SAMPLE) / "b.csv")
    receive(home)
    ingest(home)
    assert [each.status for each in results(home)] == ["accepted", "waiting"]
    remove_simulated(home, planned(home))
    ingest(home)
    assert [each.status for each in results(home)] == ["accepted"]


def test_a_home_of_the_sample_alone_is_empty_afterwards(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated(place(home, SAMPLE) / "a.xlsx")
    receive(home)
    ingest(home)
    home.published.mkdir(parents=True)
    home.published_db.write_text("x")
    home.key_file.write_text("k")
    assert run(home, monkeypatch, "sample", "remove", "--yes").exit_code == 0
    assert [name for name in tree(home) if "filings.key" not in name] == []
    assert home.key_file.exists()
    assert home.inbox.is_dir()


def test_a_removal_that_was_killed_goes_on(filled: Home, tmp_path: Path) -> None:
    """Killed before every change of the disk in turn, and run again: always the same."""
    whole = Home(tmp_path / "whole")
    shutil.copytree(filled.root, whole.root)
    remove_simulated(whole, planned(whole))
    expected = tree(whole)
    step, ended = 0, False
    while not ended:
        step += 1
        home = Home(tmp_path / f"killed{step}")
        shutil.copytree(filled.root, home.root)
        ended = _killed_before(step, home) == 0
        remove_simulated(home, planned(home))
        assert tree(home) == expected, step
        shutil.rmtree(home.root)
    assert step > 10


def _killed_before(step: int, home: Home) -> int:
    """Remove in a child that dies before its n-th change; return its exit code."""
    removal = planned(home)
    child = os.fork()
    if child == 0:
        left = step

        def die(event: str, _: Any) -> None:
            nonlocal left
            if event in ("os.remove", "os.rmdir", "os.rename"):
                left -= 1
                if left == 0:
                    os._exit(9)

        sys.addaudithook(die)
        try:
            remove_simulated(home, removal)
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
