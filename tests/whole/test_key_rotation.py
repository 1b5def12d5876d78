"""The key is known by its fingerprint: another one is refused until it is rotated."""

import json
import shutil
from datetime import datetime

import polars as pl
import pytest
from filing_samples import csv_bytes, headers, rows
from typer.testing import CliRunner

from pipelines import s2_lake
from pipelines.cli.main import app
from pipelines.core.database import build_database
from pipelines.core.errors import FilingsError
from pipelines.core.history import FINDING, About, draft, whole
from pipelines.core.history import NIGHT as HISTORY_NIGHT
from pipelines.core.privacy import known_key, load_key, opened, protected_key, rotate_key
from pipelines.core.settings import Home
from pipelines.s1_archive import receive
from pipelines.s3_models.history import create_history
from pipelines.s4_findings.evaluate import RESULTS
from pipelines.s4_findings.first_keys import keep_first_keys
from pipelines.s4_findings.lifecycle import write_findings
from pipelines.s7_published import input_fingerprint
from pipelines.s8_county import keep_channels, send_messages
from pipelines.s8_county.messages import Message, write_outbox

NOW = datetime(2020, 7, 1, 2, 0)


@pytest.fixture
def own_key(monkeypatch) -> None:
    """The key is the home's own, none is set."""
    monkeypatch.delenv("FILINGS_KEY")


def drop(home: Home, count: int = 3) -> None:
    folder = home.inbox / "990101" / "2020-06"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "p.csv").write_bytes(csv_bytes([headers("p"), *rows("p", count)]))
    receive(home, NOW)


def keys(home: Home) -> dict[str, str]:
    """The keyed ids in the lake, by the id as filed."""
    frame = pl.read_parquet(home.lake / "p" / "**" / "*.parquet", hive_partitioning=False)
    return dict(frame.select("id_no", "id_no_key").iter_rows())


def test_a_key_in_the_environment_that_changed_is_refused_before_anything_is_keyed(
    home, monkeypatch
):
    drop(home)
    s2_lake.ingest(home)
    before = keys(home)
    monkeypatch.setenv("FILINGS_KEY", "another")
    drop(home, 5)
    for ask in (load_key, known_key, s2_lake.ingest, s2_lake.results, input_fingerprint):
        with pytest.raises(FilingsError, match=r"密钥\(FILINGS_KEY\)与数据加密时所用的不是同一个"):
            ask(home)
    assert keys(home) == before
    assert [path.name for path in home.ingested.iterdir()] == ["990101-2020-06-v1"]


@pytest.mark.usefixtures("own_key")
@pytest.mark.parametrize("lose", [lambda path: path.unlink(), lambda path: path.write_text(" \n")])
def test_a_lost_key_is_refused_and_no_other_is_made(home, lose):
    load_key(home)
    lose(home.key_file)
    with pytest.raises(FilingsError, match="密钥不见了"):
        load_key(home)
    assert not home.key_file.exists() or not home.key_file.read_text().strip()


def test_the_record_does_not_hold_the_key(home, monkeypatch):
    monkeypatch.setenv("FILINGS_KEY", "a secret of this house")
    load_key(home)
    assert b"secret" not in home.key_record.read_bytes()
    assert home.key_record.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"\xff", b"0f"])
def test_a_torn_record_of_the_key_is_named(home, content):
    load_key(home)
    home.key_record.write_bytes(content)
    with pytest.raises(FilingsError, match=r"filings\.key\.fingerprint 已损坏"):
        load_key(home)


@pytest.mark.usefixtures("own_key")
def test_rotation_keys_everything_anew(home):
    drop(home)
    s2_lake.ingest(home)
    old, before, inputs = load_key(home), keys(home), input_fingerprint(home)
    new = rotate_key(home)
    assert load_key(home) == new != old
    assert input_fingerprint(home) != inputs
    assert s2_lake.ingest(home).ingested == ("990101-2020-06-v1",)
    after = keys(home)
    assert after == {number: protected_key(number, new) for number in before}
    assert not set(after.values()) & set(before.values())
    assert s2_lake.ingest(home).ingested == ()


def test_rotation_takes_the_key_that_was_put_in_place(home, monkeypatch):
    load_key(home)
    with pytest.raises(FilingsError, match="FILINGS_KEY 还是原来的密钥"):
        rotate_key(home)
    monkeypatch.setenv("FILINGS_KEY", "another")
    assert rotate_key(home) == b"another" == load_key(home)
    assert not home.key_file.exists()


@pytest.mark.usefixtures("own_key")
def test_a_rotation_that_is_killed_half_way_is_made_good_by_the_next(home, monkeypatch):
    from pipelines.core.privacy import keys as module

    load_key(home)

    def killed(*given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "_record", killed)
        with pytest.raises(KeyboardInterrupt):
            rotate_key(home)
    written = home.key_file.read_bytes()
    with pytest.raises(FilingsError, match="rotate-key"):
        load_key(home)
    assert rotate_key(home) == written == load_key(home)


@pytest.mark.usefixtures("own_key")
def test_a_lost_key_can_be_replaced(home):
    load_key(home)
    home.key_file.unlink()
    assert rotate_key(home) == load_key(home)


def test_a_damaged_delivery_does_not_stand_under_another_key(home, monkeypatch):
    drop(home)
    s2_lake.ingest(home)
    (blob,) = home.archive.glob("blobs/*/*.csv")
    blob.write_bytes(b"x")
    monkeypatch.setenv("FILINGS_KEY", "another")
    rotate_key(home)
    assert s2_lake.ingest(home).results[0].status == "refused"


@pytest.mark.parametrize("fates", [("sent", "sent"), ("failed", "failed"), ("sent", "failed")])
def test_what_was_sent_is_not_sent_again_under_a_new_key(home, tmp_path, monkeypatch, fates):
    """Two robots have one label; what fared differently between them counts for neither."""
    path = tmp_path / "channels.yml"
    addresses = ["json://one.invalid/a", "json://two.invalid/b"]
    path.write_text(f'"990101": {json.dumps(addresses)}\n', encoding="utf-8")
    monkeypatch.setenv("FILINGS_CHANNELS", str(path))
    load_key(home)
    message = Message("990101", "2020-06", 1, "2020-07-05T10:00:00+08:00", "题", "文", "x.xlsx")
    write_outbox(home, 1, [message])
    fate = dict(zip(addresses, fates, strict=True))
    send_messages(home, lambda channel, message, workbook: fate[channel.address] == "sent")
    monkeypatch.setenv("FILINGS_KEY", "another")
    rotate_key(home, lambda key: keep_channels(home, key))
    again: list[str] = []

    def takes(channel, message, workbook) -> bool:
        again.append(channel.address)
        return True

    send_messages(home, takes)
    assert sorted(again) == ([] if fates == ("sent", "sent") else addresses)


# What a night's rules leave: failures whose own key holds a protected one, or holds none.
NIGHT = """
create schema findings; create schema lake; create schema rules;
create table findings.dim_rule as select 'R01' as rule_id, 'payroll' as grain,
  'error' as severity, 'explain' as effect, '人社局' as owner_zh;
create table lake.submission (submission_id VARCHAR, county_code VARCHAR, period VARCHAR,
  received_at VARCHAR, is_sample BOOLEAN, status VARCHAR);
create table lake.withdrawal (submission_id VARCHAR, county_code VARCHAR, withdrawn_at VARCHAR);
create table lake.admission (submission_id VARCHAR, admitted_at VARCHAR);
create table lake.current_delivery (submission_id VARCHAR, table_name VARCHAR);
create table lake.header (submission_id VARCHAR, source_file VARCHAR, source_sheet VARCHAR,
  table_name VARCHAR, column_name VARCHAR, first_row BIGINT, last_row BIGINT, header VARCHAR);
"""


def a_night(home: Home) -> dict[str, str]:
    """Judge and record what is read, one finding a person; return the statuses by id."""
    s2_lake.ingest(home)
    home.build_db.unlink(missing_ok=True)
    with build_database(home) as night:
        create_history(night, home)
        night.execute(NIGHT)
        for table, columns in RESULTS.items():
            night.execute(f"create table rules.{table} (record VARCHAR, {columns})")
        records = [f"{key}|在编" for key in keys(home).values()] + ["330000|A"]
        for number, record in enumerate(records):
            night.execute(
                "insert into rules.failure by name select 'R01' as rule_id, ? as record_id, "
                "'990101' as county_code, '2020-06' as period, ? as record_key",
                [number, record],
            )
        write_findings(night, [])
        found = night.execute("select finding_id, status from findings.fct_finding").fetchall()
    with draft(home) as new:
        new.connection.execute(f"attach '{home.build_db}' as built (read_only)")
        rows = f"select {FINDING.names} from built.findings.fct_finding"
        new.add(whole(FINDING, rows))
        new.commit(About(HISTORY_NIGHT))
    return dict(found)


@pytest.mark.parametrize("lose_build", [False, True])
@pytest.mark.usefixtures("own_key")
def test_findings_keep_their_ids_over_changes_of_the_key(home, lose_build):
    """Also where build was lost before, a person was filed in between, or one comes back."""
    drop(home, 3)
    first = a_night(home)
    drop(home, 5)
    second = a_night(home)
    assert len(first) == 4 and len(second) == 6 and first.keys() < second.keys()
    for _ in range(2):
        if lose_build:
            shutil.rmtree(home.build)
        rotate_key(home, lambda key: keep_first_keys(home, key))
        assert a_night(home) == second
        assert a_night(home) == second
    drop(home, 2)
    rotate_key(home, lambda key: keep_first_keys(home, key))
    gone = a_night(home)
    assert gone.keys() == second.keys()
    assert sorted(gone.values()) == ["open"] * 3 + ["resolved"] * 3
    rotate_key(home, lambda key: keep_first_keys(home, key))
    drop(home, 6)
    back = a_night(home)
    assert back.keys() > second.keys()
    assert sorted(back.values()) == ["open"] * 4 + ["reopened"] * 3


def test_ids_last_where_the_key_was_changed_outside(home, monkeypatch):
    """FILINGS_KEY is new before the command runs: the old key is not at hand any more."""
    drop(home)
    before = a_night(home)
    for key in ("second", "third", "fourth"):
        monkeypatch.setenv("FILINGS_KEY", key)
        rotate_key(home, lambda new: keep_first_keys(home, new))
        assert a_night(home) == before


@pytest.mark.usefixtures("own_key")
def test_a_rotation_killed_before_the_new_key_counts_changes_nothing(home):
    drop(home)
    before = a_night(home)
    rotate_key(home, lambda key: keep_first_keys(home, key))
    a_night(home)

    def killed(key: bytes) -> None:
        keep_first_keys(home, key)
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            rotate_key(home, killed)
        assert a_night(home) == before
    rotate_key(home, lambda key: keep_first_keys(home, key))
    assert a_night(home) == before


@pytest.mark.usefixtures("own_key")
def test_what_can_not_be_kept_is_told(home):
    drop(home)
    a_night(home)
    shutil.rmtree(home.build)
    home.key_file.unlink()
    kept = []
    rotate_key(home, lambda key: kept.append(keep_first_keys(home, key)))
    assert kept == [False]


@pytest.mark.usefixtures("own_key")
def test_history_tells_nobody_whose_a_key_was(home):
    """No number, no first key, and none of the keys before but under a cover of the present one."""
    drop(home)
    a_night(home)
    numbers, old = set(keys(home)), set(keys(home).values())
    rotate_key(home, lambda key: keep_first_keys(home, key))
    a_night(home)
    with draft(home) as new:
        rows = new.connection.execute("from before.first_key").fetchall()
    assert {keyed for keyed, *_ in rows} == set(keys(home).values())
    told = {str(value) for row in rows for value in row}
    assert not told & (old | numbers)
    key = load_key(home)
    assert {opened(seal, keyed, key) for keyed, seal, _ in rows} == old
    assert not {opened(seal, keyed, b"another") for keyed, seal, _ in rows} & old


def test_the_command_says_what_to_do_first(home, monkeypatch):
    home.inbox.mkdir(parents=True)
    monkeypatch.setenv("FILINGS_HOME", str(home.root))
    load_key(home)
    result = CliRunner().invoke(app, ["rotate-key"])
    assert result.exit_code == 1
    assert "请先把它改为新的值" in result.output
    monkeypatch.setenv("FILINGS_KEY", "another")
    for command in ("refresh", "receive", "alerts"):
        result = CliRunner().invoke(app, [command])
        assert result.exit_code == 1, command
        assert result.output.count("错误:密钥(FILINGS_KEY)与数据加密时所用的不是同一个") == 1
