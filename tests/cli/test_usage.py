"""Help and wrong calls: Chinese, whole, with an example, one sentence each."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner, Result

from pipelines.cli.main import app


def walk(group: Any, path: list[str]) -> Iterator[tuple[list[str], Any]]:
    yield path, group
    for name, command in getattr(group, "commands", {}).items():
        yield from walk(command, [*path, name])


EVERY = {" ".join(path): command for path, command in walk(typer.main.get_command(app), [])}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), prog_name="filings")


@pytest.mark.parametrize("path", EVERY)
def test_help_is_chinese_and_whole(path: str) -> None:
    result = run(*path.split(), "--help")
    assert result.exit_code == 0
    page, command = result.stdout, EVERY[path]
    assert page.startswith("用法:filings")
    assert " | " in page  # Chinese and English
    assert not re.search(r"Usage|Options|Arguments|Commands|Show this message", page)
    assert "…" not in re.sub(r"[A-Z]…|命令 …", "", page)  # nothing is cut
    for parameter in command.params:
        assert (parameter.help or "x") in page
    for each in getattr(command, "commands", {}).values():
        assert " ".join(each.help.strip().split("\n\n")[0].split()) in page


@pytest.mark.parametrize("path", [path for path in EVERY if path])
def test_every_command_has_an_example(path: str) -> None:
    assert EVERY[path].epilog, f"{path} has no example"
    example = EVERY[path].epilog.splitlines()[0]
    assert f"filings {path}" in example
    assert f"例:\n  {example}\n" in run(*path.split(), "--help").stdout + "\n"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["nosuch"], "没有命令 nosuch"),
        (["finding"], "没有命令 finding"),
        (["rules", "nosuch"], "没有命令 nosuch"),
        (["findings", "--limt", "1"], "没有选项 --limt(相近的有 --limit)"),
        (["findings", "--nosuch"], "没有选项 --nosuch"),
        (["findings", "--limit"], "选项 --limit 后面要写值"),
        (["findings", "--limit", "x"], "选项 --limit 的值不可用:应为整数"),
        (["findings", "--limit", "1.5"], "选项 --limit 的值不可用:应为整数"),
        (["findings", "--limit", "0"], "选项 --limit 的值不可用:应不小于 1"),
        (["query", "select 1", "--limit", "-3"], "选项 --limit 的值不可用:应不小于 1"),
        (["refresh", "--wait", "soon"], "选项 --wait 的值不可用:应为数字"),
        (["refresh", "--wait", "-1"], "选项 --wait 的值不可用:应不小于 0"),
        (["refresh", "--wait", "nan"], "选项 --wait 的值不可用:应不小于 0"),
        (["refresh", "--wait", "inf"], "选项 --wait 的值不可用:应为数字"),
        (["rotate-key", "--wait", "NaN"], "选项 --wait 的值不可用:应不小于 0"),
        (["rotate-key", "--wait", "-1"], "选项 --wait 的值不可用:应不小于 0"),
        (["findings", "--csv=1"], "选项 --csv 后面不写值"),
        (["findings", "a", "b\x1b[1m"], "多出的参数:a b\\x1b[1m"),
        (["query"], "缺少参数 SQL"),
        (["check"], "缺少参数 FILES"),
        (["withdraw", "x"], "缺少选项 --reason"),
        (["rules", "show"], "缺少参数 RULE_ID"),
        (["reconcile"], "缺少参数 FIGURES"),
    ],
)
def test_a_wrong_call_is_one_chinese_sentence(call: list[str], said: str) -> None:
    result = run(*call)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"错误:{said}")
    assert result.stderr.count("\n") == 1 and result.stderr.rstrip().endswith("。")
    assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+", result.stderr.split("用法")[0])
    assert "--help" in result.stderr or "后面" in result.stderr
    assert not result.stdout


def test_no_command_shows_the_help() -> None:
    result = run()
    assert result.exit_code == 2
    assert "用法:filings" in result.output
