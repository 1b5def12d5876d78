"""``filings doctor``: every fault of a home is one sentence that says what to do."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from dagster import DagsterInstance
from dagster._daemon.types import DaemonHeartbeat
from typer.testing import CliRunner

from pipelines.cli import doctor, home_checks
from pipelines.core import limits
from pipelines.core.errors import FilingsError
from pipelines.core.history import NIGHT, About, draft
from pipelines.core.lock import refresh_lock
from pipelines.core.privacy import load_key
from pipelines.core.settings import Home
from pipelines.orchestration.instance import prepare_instance
from pipelines.s1_archive import blob_path, receive, withdraw
from pipelines.s8_county.messages import outbox_file, write_outbox

NOW = datetime(2020, 7, 1, 2, 0)


def drop(home: Home, name: str = "a.csv", content: bytes = b"one") -> None:
    path = home.inbox / "990101" / "2020-06" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def fault(check, *given) -> str:
    """The sentence of a check that finds something to mend."""
    with pytest.raises(FilingsError) as raised:
        check(*given)
    return str(raised.value)


def test_a_home_that_is_well(home):
    with refresh_lock(home):
        drop(home)
        receive(home, NOW)
    for folder in (home.archive, home.inbox):
        folder.chmod(0o700)
    for check in (
        home_checks.key,
        home_checks.disk,
        home_checks.clock,
        home_checks.schedule,
        home_checks.last_night,
        home_checks.records,
        home_checks.history,
        home_checks.published,
    ):
        assert check(home)
    assert home_checks.archive(home, lambda done, total: None).startswith("1 次报送")


def test_history_is_counted_and_a_harmed_file_is_named_with_the_way_out(home):
    for vintage in (1, 2):
        with draft(home) as new:
            moment = "2020-07-01T02:00:00+08:00"
            new.commit(About(NIGHT, vintage=vintage, newest_received_at=moment))
    said = home_checks.history(home)
    assert said.startswith("2 个文件")
    assert "记录了 2 次发布,最近是第 2 版(依据 2020-07-01 及以前收到的报送)" in said
    first, second = sorted(home.history.iterdir())
    first.write_bytes(b"x")
    assert fault(home_checks.history, home) == (
        f"历史文件 {first} 损坏或被改写,请从备份恢复这个文件;没有备份的,请移走 {home.history} 和 "
        f"{home.history_head},下次刷新由已发布的文件重新建立。"
    )
    first.unlink()
    second.unlink()
    assert f"{first} 不在了" not in fault(home_checks.history, home)
    assert f"{second} 不在了,请从备份恢复这个文件" in fault(home_checks.history, home)


def test_archived_bytes_are_compared_with_progress(home):
    drop(home, "a.csv", b"one")
    drop(home, "b.csv", b"and two")
    (new,) = receive(home, NOW)
    steps: list[tuple[int, int]] = []
    home_checks.archive(home, lambda done, total: steps.append((done, total)))
    assert steps == [(3, 10), (10, 10)]
    path = blob_path(home, new.files[1])
    path.write_bytes(b"and tw0")
    said = fault(home_checks.archive, home, lambda done, total: None)
    assert said == f"990101-2020-06-v1 的存档文件 {path} 缺失或已损坏,请从备份恢复。"


@pytest.mark.parametrize("name", ["manifests", "withdrawals", "notices", "outbox", "log"])
def test_damaged_records_are_named(home, name):
    drop(home)
    receive(home, NOW)
    withdraw(home, "990101-2020-06-v1", "报错了", NOW)
    drop(home, "~$b.xlsx")
    receive(home, NOW)
    write_outbox(home, 1, [])
    home_checks.records(home)
    path = {
        "outbox": outbox_file(home, 1),
        "log": home.sent_log,
    }.get(name) or next((home.archive / name).glob("*.json"))
    path.write_bytes('{"路'.encode()[:-1])
    assert str(path) in fault(home_checks.records, home)
    assert path.exists()  # who only asks removes nothing


def test_what_others_may_read_is_named(home):
    home.archive.mkdir(parents=True)
    home.archive.chmod(0o700)
    home.inbox.mkdir(parents=True)
    home.inbox.chmod(0o733)  # others may put in and not look
    assert home_checks.access(home)
    (home.archive / "blobs").mkdir()
    (home.archive / "blobs").chmod(0o705)
    assert fault(home_checks.access, home) == (
        f"{home.archive / 'blobs'} 其他用户可以读取,请运行 chmod -R go= {home.archive / 'blobs'}。"
    )


@pytest.mark.parametrize(
    ("addresses", "mode", "named"), [(1, 0o644, True), (1, 0o600, False), (0, 0o644, False)]
)
def test_the_channel_file_is_secret_where_it_holds_addresses(
    home, tmp_path, monkeypatch, addresses, mode, named
):
    path = tmp_path / "channels.yml"
    path.write_text(json.dumps({"990101": ["json://host.invalid/token"] * addresses}))
    path.chmod(mode)
    monkeypatch.setenv("FILINGS_CHANNELS", str(path))
    if named:
        assert fault(doctor._channels, home).endswith(f"请运行 chmod 600 {path}。")
    else:
        assert doctor._channels(home) == f"{addresses} 个地址"


def test_the_disk_is_compared_with_the_limit(home, tmp_path, monkeypatch):
    home.root.mkdir()
    path = tmp_path / "limits.yml"
    text = limits.LIMITS_FILE.read_text(encoding="utf-8")
    path.write_text(text.replace("free_disk_gib: 5", "free_disk_gib: 1000000"), encoding="utf-8")
    monkeypatch.setattr(home_checks, "read_limits", lambda: limits.read_limits(path))
    assert "至少 1000000 GiB" in fault(home_checks.disk, home)


def test_a_clock_before_the_archive_is_named(home):
    drop(home)
    receive(home, datetime(2200, 1, 1))
    assert "2200-01-01T00:00:00+08:00,请校准本机时钟" in fault(home_checks.clock, home)


def test_a_lost_key_is_named(home, monkeypatch):
    monkeypatch.delenv("FILINGS_KEY")
    load_key(home)
    home.key_file.unlink()
    assert "密钥不见了" in fault(home_checks.key, home)


def beat(home: Home, ago: timedelta) -> None:
    """Let the scheduler have given a sign of life so long ago."""
    prepare_instance(home)
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        moment = (datetime.now(UTC) - ago).timestamp()
        instance.add_daemon_heartbeat(DaemonHeartbeat(moment, "SCHEDULER", "id", []))


def test_a_scheduler_that_stopped_is_named(home):
    beat(home, timedelta(seconds=20))
    assert home_checks.schedule(home).startswith("夜间调度在运行")
    beat(home, timedelta(hours=3))
    assert fault(home_checks.schedule, home).endswith("请用 make dev 启动。")


def test_asking_makes_no_dagster_home(home):
    home.root.mkdir()
    home_checks.schedule(home)
    home_checks.last_night(home)
    assert list(home.root.iterdir()) == []


def test_the_command_shows_each_fault_in_its_line_and_exits_1(home, monkeypatch, tmp_path):
    """One command over a home with a rotten file and a torn record."""
    drop(home)
    (new,) = receive(home, NOW)
    blob_path(home, new.files[0]).write_bytes(b"0ne")
    home.sent_log.parent.mkdir(parents=True)
    home.sent_log.write_bytes(b"{")
    monkeypatch.setenv("FILINGS_HOME", str(home.root))
    monkeypatch.setattr(doctor, "_dbt", lambda home: "")
    monkeypatch.setenv("COLUMNS", "300")
    result = CliRunner().invoke(doctor_app(), [])
    assert result.exit_code == 1
    lines = {line.split()[0]: line for line in result.output.splitlines() if line.strip()}
    assert "需处理" in lines["存档文件"] and "需处理" in lines["记录"]
    assert "好" in lines["密钥"]


def doctor_app():
    import typer

    app = typer.Typer()
    app.command()(doctor.doctor)
    return app
