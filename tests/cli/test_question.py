"""What is asked of the published file: one question in SQL, and choices that exist."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.main import app
from pipelines.core.home import Home


@pytest.fixture
def published(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    home.inbox.mkdir(parents=True)
    home.published.mkdir(parents=True)
    with duckdb.connect(str(home.published_db)) as db:
        db.execute(
            "create table fct_submission as select * from (values ('990101', '2019-12'), "
            "('990102', '2020-06')) as t (county_code, period);"
            "create table dim_rule as select 'H00' || n as rule_id from range(1, 4) as t (n);"
            "create table fct_finding as select 'F' || repeat('0', 19) || n as finding_id, "
            "'990101' as county_code, '2019-12' as period, 'error' as severity, "
            "['note', 'hold', 'explain'][n] as effect, 'open' as status, 'H00' || n as rule_id, "
            "'9901010001' as household_code, '990101000101' as person_code, "
            "null::varchar as masked_id, null::varchar as object_code, "
            "[{'file': '户基本信息.xlsx', 'row': 4, 'column': '脱贫标志'}] as cells, "
            "repeat('矛盾', 40) as message_zh from range(1, 4) as t (n)"
        )
    monkeypatch.setenv("FILINGS_HOME", str(home.root))
    return home


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def refused(result: Result, *said: str) -> bool:
    line = result.stderr
    one = line.startswith("错误:") and line.count("\n") == 1 and line.rstrip().endswith("。")
    return result.exit_code == 1 and one and all(word in line for word in said)


@pytest.mark.parametrize("sql", ["", " ", ";", ";;", "\n", "/* x */", "/* select 1 */ ;", "-- x"])
def test_an_empty_question_is_told(published: Home, sql: str) -> None:
    assert refused(run("query", sql), "查询是空的"), run("query", sql).output


@pytest.mark.parametrize(
    "sql", ["select 1; select 2", "select 1;;from range(2);", "begin; select 1"]
)
def test_one_question_at_a_time(published: Home, sql: str) -> None:
    assert refused(run("query", sql), "一次只能问一条", "2 条")


@pytest.mark.parametrize(
    "sql",
    [
        "select 1;",
        "select ';' as a, '--' as \"b;c\" -- select 2; select 3",
        "-- what is there\nshow tables",
        "describe fct_finding",
        "summarize fct_finding",
        "from fct_finding select count(*)",
        "with a as (select 1 as x) select sum(x) from a",
        "values (1), (2)",
        "pivot fct_finding on effect using count(*) group by county_code",
        "from (pivot fct_finding on effect using count(*)) limit 1",
        "explain select 1",
        "select * from range(3), generate_series(1, 2), unnest([1, 2])",
        "select range(3), \"sum\"(1), 'enable_logging(' as enable_logging",
        "select comment from duckdb_columns() limit 1",
        "pragma table_info('fct_finding')",
        "select 1 /* enable_logging() */",
    ],
)
def test_every_question_is_answered(published: Home, sql: str) -> None:
    result = run("query", sql)
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize(
    "sql",
    [
        "call enable_logging(storage='file')",
        "call enable_logging(storage='file', storage_path='{}')",
        "select * from enable_logging(storage='file', storage_path='{}')",
        "with a as (from system.main.\"ENABLE_LOGGING\"(storage='file')) from a",
        "select * from enable_logging -- (\n /* ( */ (storage='file')",
        "explain analyze select * from enable_logging(storage='file')",
        "from query('select * from enable_logging()')",
        "from query('select * from enable_' || 'logging()')",
        "from enable_profiling()",
        "from checkpoint()",
        "select write_log('x')",
        "from read_text('{}')",
        "from read_csv('/etc/passwd')",
        "copy (select 1) to '{}'",
        "set threads = 1",
        "pragma enable_profiling",
        "attach '{}' as x",
        "create temp table x as select 1",
        "install httpfs",
        "export database '{}'",
        "delete from fct_finding",
        "begin",
        "checkpoint",
    ],
)
def test_nothing_but_reading_is_possible(published: Home, tmp_path: Path, sql: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    result = run("query", sql.format(tmp_path / "x"))
    assert refused(result, "查询失败"), result.output
    assert sorted(tmp_path.rglob("*")) == before


def test_an_error_in_a_row_is_one_sentence(published: Home) -> None:
    sql = "select case when range = 30000 then error('x') end from range(40000)"
    assert refused(run("query", sql), "查询失败")


def test_rows_are_counted_and_the_first_are_shown(published: Home) -> None:
    result = run("query", "from range(25000)", "--limit", "2")
    assert "共 25000 行,列出前 2 行" in result.stdout
    assert run("query", "from range(25000)", "--csv").stdout.count("\n") == 25001


def test_nothing_that_was_filed_steers_the_terminal(published: Home) -> None:
    result = run("query", "select chr(27) || '[31m户\u202e' as \"a\u001b[1m\"")
    assert result.exit_code == 0
    assert "\x1b" not in result.output and "\u202e" not in result.output
    assert "\\x1b[31m户\\u202e" in result.stdout
    failed = run("query", 'select "no\u001b[1m"')
    assert failed.exit_code == 1 and "\x1b" not in failed.output


@pytest.mark.parametrize(
    ("choice", "named"),
    [
        (("--county", "990109"), ("990109", "990101", "990102")),
        (("--period", "2021-06"), ("2021-06", "2019-12", "2020-06")),
        (("--rule", "H009"), ("H009", "H001")),
        (("--status", "opened"), ("opened", "open", "resolved")),
        (("--severity", "Error"), ("Error", "error", "warn")),
    ],
)
def test_what_is_not_known_is_told_with_what_is(
    published: Home, choice: tuple[str, str], named: tuple[str, ...]
) -> None:
    assert refused(run("findings", *choice), *named)


def test_findings_fit_a_hundred_columns_and_what_holds_comes_first(published: Home) -> None:
    from rich.cells import cell_len

    lines = run("findings").stdout.splitlines()
    assert max(map(cell_len, lines)) <= 100
    ids = [line.split()[0] for line in lines if line.strip().startswith("F0")]
    assert ids == [f"F{n:020d}" for n in (2, 3, 1)]
    assert "户基本信息.xlsx" in run("findings").stdout and "暂缓发布" in run("findings").stdout
    csv = run("findings", "--csv", "--severity", "error").stdout.splitlines()
    assert csv[0].startswith("finding_id,county_code,period,severity,effect,status,rule_id")
    assert [line.split(",")[4] for line in csv[1:]] == ["hold", "explain", "note"]


@pytest.mark.parametrize("command", [["findings"], ["query", "select 1"]])
@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", ""])
def test_a_limit_is_a_number_from_one_on(published: Home, command: list[str], limit: str) -> None:
    result: Any = run(*command, "--limit", limit)
    assert result.exit_code == 2
    assert "--limit" in result.stderr and not result.stdout
