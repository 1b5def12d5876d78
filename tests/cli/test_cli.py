"""The command: help on everything, one sentence where it fails, the published file read-only."""

import re
import sys
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import duckdb
import pytest
from filing_samples import csv_bytes, headers, read, rows, workbook
from typer.testing import CliRunner, Result

from pipelines.cli.doctor import wrong_packages
from pipelines.cli.dry_run import DryRun
from pipelines.cli.main import app
from pipelines.core.lock import refresh_lock
from pipelines.core.settings import Home
from pipelines.s8_county.messages import Message, write_outbox

COMMANDS = [
    ["simulate"],
    ["receive"],
    ["withdraw"],
    ["admit"],
    ["check"],
    ["template"],
    ["refresh"],
    ["alerts"],
    ["findings"],
    ["query"],
    ["doctor"],
    ["rules", "list"],
    ["rules", "show"],
    ["rules", "test"],
    ["rules", "lint"],
    ["indicators", "list"],
    ["indicators", "show"],
    ["indicators", "test"],
    ["indicators", "lint"],
]


@pytest.fixture
def run(home: Home, monkeypatch: pytest.MonkeyPatch) -> Any:
    home.inbox.mkdir(parents=True)
    monkeypatch.setenv("FILINGS_HOME", str(home.root))

    def run_command(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return run_command


@pytest.fixture
def published(home: Home) -> Home:
    home.published.mkdir(parents=True)
    with duckdb.connect(str(home.published_db)) as db:
        db.execute(
            """
            create table fct_finding as
            select 'F' || n as finding_id, '99010' || n as county_code, '2020-06' as period,
                'error' as severity, 'hold' as effect,
                case n when 1 then 'open' else 'resolved' end as status, 'H00' || n as rule_id,
                '9901010001' as household_code, null::varchar as person_code,
                null::varchar as masked_id, null::varchar as object_code,
                [{'file': '户.xlsx', 'row': 4, 'column': '脱贫标志'}] as cells, '矛盾' as message_zh
            from range(1, 4) as t (n);
            create table fct_submission as select distinct county_code, period from fct_finding;
            create table dim_rule as select distinct rule_id from fct_finding;
            """
        )
    return home


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(run: Any, command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "|" in result.output  # Chinese | English


def test_help_imports_nothing_heavy() -> None:
    import subprocess

    code = (
        "import sys; import pipelines.cli.main; "
        "print([n for n in ('dagster', 'duckdb', 'polars', 'pandera', 'apprise', 'dbt')"
        " if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_query_before_any_publication_says_what_to_do(run: Any) -> None:
    result = run("query", "select 1")
    assert result.exit_code == 1
    assert "filings refresh" in result.stderr
    assert "Traceback" not in result.output


def test_query_prints_a_table_or_csv(run: Any, published: Home) -> None:
    result = run("query", "select rule_id, status from fct_finding order by all")
    assert result.exit_code == 0
    assert "H001" in result.stdout and "status" in result.stdout
    result = run(
        "query", "--csv", "select rule_id, null as x from fct_finding order by all limit 1"
    )
    assert result.stdout == "rule_id,x\nH001,\n"
    result = run("query", "--csv", "select 14752::decimal(38,8) as a, 0::decimal(38,8), 1.5, 100")
    assert result.stdout.splitlines()[1] == "14752,0,1.5,100"


@pytest.mark.parametrize(
    "sql",
    [
        "delete from fct_finding",
        "select * from read_csv('/etc/passwd')",
        "attach '/tmp/other.duckdb'",
        "copy fct_finding to '/tmp/out.csv'",
        "select no_such_column from fct_finding",
    ],
)
def test_query_reads_the_published_file_and_nothing_else(
    run: Any, published: Home, sql: str
) -> None:
    result = run("query", sql)
    assert result.exit_code == 1
    assert result.stderr.startswith("错误:查询失败")


def test_findings_are_chosen_by_county_rule_and_status(run: Any, published: Home) -> None:
    assert "共 3 条" in run("findings").stdout
    result = run("findings", "--county", "990101", "--status", "open", "--rule", "H001")
    assert "共 1 条" in result.stdout
    assert "户.xlsx" in result.stdout
    assert run("findings", "--csv", "--status", "open").stdout.count("\n") == 2


@pytest.mark.parametrize("choice", [("--county", "990109"), ("--rule", "H999")])
def test_what_does_not_exist_is_not_taken_for_clean(
    run: Any, published: Home, choice: tuple[str, str]
) -> None:
    result = run("findings", *choice)
    assert result.exit_code == 1
    assert choice[1] in result.stderr


def test_a_busy_home_is_one_sentence(run: Any, home: Home) -> None:
    with refresh_lock(home):
        result = run("receive")
    assert result.exit_code == 1
    assert "另一次刷新正在进行" in result.stderr


def test_receive_tells_of_repeats_and_of_what_lies_outside(run: Any, home: Home) -> None:
    folder = home.inbox / "990101" / "2020-06"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("one")
    assert "990101-2020-06-v1:1 个文件" in run("receive").stdout
    (folder / "b\u202evsc.csv").write_text("one")
    (home.inbox / "c.csv").write_text("x")
    result = run("receive")
    assert "990101/2020-06/b\\u202evsc.csv:与 990101-2020-06-v1 的文件相同" in result.stdout
    assert "c.csv:未收,不在“六位县代码/期次”文件夹内" in result.stdout
    assert (home.reports / "990101" / "2020-06" / "收件提示.txt").exists()


def test_withdraw_records_once_and_refuses_what_is_not_there(run: Any, home: Home) -> None:
    folder = home.inbox / "990101" / "2020-06"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("one")
    run("receive")
    result = run("withdraw", "990101-2020-06-v1", "--reason", "报错了期次")
    assert result.exit_code == 0 and "撤回" in result.stdout
    for wrong, said in {"990101-2020-06-v1": "已于", "990101-2020-06-v2": "没有编号为"}.items():
        result = run("withdraw", wrong, "--reason", "报错了期次")
        assert result.exit_code == 1 and said in result.stderr
        assert result.stderr.count("\n") == 1


def test_check_needs_to_know_whose_filing_it_is(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a")
    result = run("check", str(file))
    assert result.exit_code == 1
    assert "--county" in result.stderr
    assert "没有这个文件" in run("check", str(tmp_path / "none.xlsx")).stderr


@pytest.mark.parametrize("period", ["2020-00", "2020-13", "2020-6", "1820-06"])
def test_check_refuses_a_month_that_is_none(run: Any, tmp_path: Path, period: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a")
    result = run("check", str(file), "--county", "990101", "--period", period)
    assert result.exit_code == 1 and "--period" in result.stderr


def test_check_takes_real_files_of_different_names_only(run: Any, tmp_path: Path) -> None:
    place = ("--county", "990101", "--period", "2020-06")
    files = [tmp_path / folder / "x.csv" for folder in ("a", "b")]
    for file in files:
        file.parent.mkdir()
        file.write_text("a")
    result = run("check", *map(str, files), *place)
    assert result.exit_code == 1 and "同名" in result.stderr and "x.csv" in result.stderr
    link = tmp_path / "y.csv"
    link.symlink_to(files[0])
    result = run("check", str(link), *place)
    assert result.exit_code == 1 and "链接" in result.stderr and "y.csv" in result.stderr


@pytest.mark.parametrize("name", ["~$x.xlsx", ".x.csv", "x\x07.csv"])
def test_check_says_what_an_inbox_would_not_take(run: Any, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text("a")
    result = run("check", str(file), "--county", "990101", "--period", "2020-06")
    assert result.exit_code == 1
    assert result.stderr.startswith("错误:") and "收件箱不予接收" in result.stderr


@pytest.mark.slow
def test_check_says_what_was_not_read_and_what_could_not_be_asked(run: Any, tmp_path: Path) -> None:
    place = ("--county", "990101", "--period", "2020-06")
    good, bad = tmp_path / "受益.csv", tmp_path / "坏.xlsx"
    good.write_bytes(csv_bytes([headers("ben"), *rows("ben", 2)]))
    bad.write_bytes(b"x")
    result = run("check", str(good), str(bad), *place)
    assert result.exit_code == 1
    assert "未读取的文件:坏.xlsx" in result.stdout
    assert re.search(r"另有 \d+ 条规则未能核查", result.stdout)
    result = run("check", str(bad), *place)
    assert result.exit_code == 1
    assert "没有读到任何数据" in result.stdout and "共 0 条问题" not in result.stdout


def test_a_dry_run_of_nothing_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = workbook(tmp_path / "空.xlsx", {"表": [headers("ben")]})
    ignored = DryRun(read(empty).result, [], [], 0)
    assert ignored.has_errors
    ignored.show(5)
    assert "没有读到任何数据" in capsys.readouterr().out


def test_alerts_show_what_waits(
    run: Any, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channels = tmp_path / "channels.yml"
    channels.write_text('default: ["wecombot://secret-token"]')
    monkeypatch.setenv("FILINGS_CHANNELS", str(channels))
    write_outbox(home, 1, [Message("990101", "2020-06", 1, "2020-07-05", "新增1", "…", "x.xlsx")])
    result = run("alerts")
    assert "待发 1 条" in result.stdout
    assert "secret-token" not in result.output


def test_doctor_names_what_differs_from_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("duckdb==0.0.1 \\\n    --hash=sha256:00\nno-such-package[extra]==1.0\n")
    wrong = wrong_packages(lock)
    assert wrong[0].startswith("duckdb ") and "0.0.1" in wrong[0]
    assert "no-such-package 未安装" in wrong[1]


def test_rules_of_a_catalogue_that_is_clean(run: Any) -> None:
    result = run("rules", "show", "NOSUCH")
    assert result.exit_code == 1
    assert "没有规则 NOSUCH" in result.stderr


def test_an_indicator_is_found_and_shown_within_100_columns(run: Any) -> None:
    listed = run("indicators", "list", "贷")
    found = [code in listed.stdout for code in ("i_loan1", "i_loan2", "i_inc1")]
    assert found == [True, False, False]
    assert "i_loan5" in listed.stdout and "2 个指标" in listed.stdout
    shown = run("indicators", "show", "i_fund11")
    for text in (
        "拨付-形象进度差",
        "分子 − 分母",
        "算得出:分子 60,分母 50,数值 10",
        "算不出,缺 分子",
    ):
        assert text in shown.stdout
    for line in (listed.stdout + run("indicators", "show", "i_inc11").stdout).splitlines():
        assert sum(2 if east_asian_width(char) in "WF" else 1 for char in line) <= 100


def test_an_indicator_that_is_not_there_is_refused(run: Any) -> None:
    for command in ("show", "test"):
        result = run("indicators", command, "i_none1")
        assert result.exit_code == 1 and "没有指标 i_none1" in result.stderr


def test_examples_of_one_indicator_are_run(run: Any) -> None:
    result = run("indicators", "test", "i_loan1")
    assert (result.exit_code, result.stdout) == (0, "3 个例子,0 个不符\n")
