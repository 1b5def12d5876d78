"""The command: help on everything, one sentence where it fails, the published file read-only."""

import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.doctor import wrong_packages
from pipelines.cli.main import app
from pipelines.core.lock import refresh_lock
from pipelines.core.settings import Home
from pipelines.s8_county.messages import Message, write_outbox

COMMANDS = [
    ["simulate"],
    ["receive"],
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
]


@pytest.fixture
def run(at: Home, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("FILINGS_HOME", str(at.root))

    def run_command(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return run_command


@pytest.fixture
def published(at: Home) -> Home:
    at.published.mkdir(parents=True)
    with duckdb.connect(str(at.published_db)) as db:
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
            """
        )
    return at


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


def test_a_busy_home_is_one_sentence(run: Any, at: Home) -> None:
    with refresh_lock(at):
        result = run("receive")
    assert result.exit_code == 1
    assert "另一次刷新正在进行" in result.stderr


def test_check_needs_to_know_whose_filing_it_is(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a")
    result = run("check", str(file))
    assert result.exit_code == 1
    assert "--county" in result.stderr
    assert "没有这个文件" in run("check", str(tmp_path / "none.xlsx")).stderr


def test_alerts_show_what_waits(
    run: Any, at: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channels = tmp_path / "channels.yml"
    channels.write_text('default: ["wecombot://secret-token"]')
    monkeypatch.setenv("FILINGS_CHANNELS", str(channels))
    write_outbox(at, 1, [Message("990101", "2020-06", 1, "2020-07-05", "新增1", "…", "x.xlsx")])
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
