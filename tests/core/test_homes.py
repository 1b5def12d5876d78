"""Which home a command works on; what is no home is refused in one sentence and left as it was."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer.main
from dagster import build_init_resource_context
from typer.testing import CliRunner, Result

from pipelines.cli.main import app
from pipelines.core import settings
from pipelines.core.errors import FilingsError
from pipelines.core.home import Home
from pipelines.core.lock import lock_holder
from pipelines.orchestration.instance import dagster_environment
from pipelines.orchestration.resources import LockedHome

# Commands that need no home, and those that make one.
CATALOGUE = {
    f"{of} {what}" for of in ("rules", "indicators") for what in ("list", "show", "test", "lint")
}
FREE = {"check", "template", "reconcile", *CATALOGUE}
MAKING = {"init", "simulate"}


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command of ``filings --help``, sub-commands too, with arguments that it accepts."""

    def walk(group: Any, path: list[str]) -> Iterator[tuple[str, list[str]]]:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from walk(command, [*path, name])
                continue
            given = [*path, name]
            for parameter in command.params:
                if parameter.required:
                    option = parameter.opts[:1] if parameter.param_type_name == "option" else []
                    given += [*option, "2020-06"]
            yield " ".join([*path, name]), given

    yield from walk(typer.main.get_command(app), [])


ALL = dict(commands())


def missing(root: Path) -> Path:
    return root / "no" / "such home"


def a_file(root: Path) -> Path:
    (root / "file").write_text("x")
    return root / "file"


def below_a_file(root: Path) -> Path:
    return a_file(root) / "home"


def no_home(root: Path) -> Path:
    (root / "raw").mkdir()
    (root / "warehouse").write_text("x")
    return root


def inbox_is_a_file(root: Path) -> Path:
    (root / "raw").mkdir()
    (root / "raw" / "inbox").write_text("x")
    return root


def loop(root: Path) -> Path:
    (root / "loop").symlink_to(root / "loop")
    return root / "loop"


def too_long(root: Path) -> Path:
    return root / ("x" * 300)


BAD = [missing, a_file, below_a_file, no_home, inbox_is_a_file, loop, too_long]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def tree(root: Path) -> list[tuple[str, bytes]]:
    return [
        (str(path), path.read_bytes() if path.is_file() else b"")
        for path in sorted(root.rglob("*"))
    ]


def is_one_sentence(result: Result, *said: str) -> bool:
    """Say whether a failure is told in a line: no traceback, and not an error of the usage."""
    lines = result.stderr.strip().splitlines()
    is_told = len(lines) == 1 and lines[0].startswith("错误:") and lines[0].endswith("。")
    return is_told and isinstance(result.exception, SystemExit) and all(w in lines[0] for w in said)


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("name", sorted(set(ALL) - FREE - MAKING))
def test_what_is_no_home_is_refused_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, bad: Callable[[Path], Path]
) -> None:
    home = bad(tmp_path)
    before = tree(tmp_path)
    monkeypatch.setenv("FILINGS_HOME", str(home))
    result = run(*ALL[name])
    assert result.exit_code == 1
    assert is_one_sentence(result, str(home)), result.stderr
    assert tree(tmp_path) == before


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
@pytest.mark.parametrize("name", sorted(set(ALL) - FREE))
def test_a_blank_home_is_no_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, blank: str
) -> None:
    monkeypatch.setattr(settings, "PROJECT_ROOT", tmp_path)
    monkeypatch.setenv("FILINGS_HOME", blank)
    result = run(*ALL[name])
    assert result.exit_code == 1
    assert is_one_sentence(result, "FILINGS_HOME"), result.stderr
    assert tree(tmp_path) == []


@pytest.mark.parametrize("bad", [a_file, below_a_file, inbox_is_a_file, loop, too_long])
@pytest.mark.parametrize("name", sorted(MAKING))
def test_a_home_is_not_made_where_it_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, bad: Callable[[Path], Path]
) -> None:
    home = bad(tmp_path)
    before = tree(tmp_path)
    monkeypatch.setenv("FILINGS_HOME", str(home))
    assert is_one_sentence(run(name)), name
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "arguments", [["rules", "list", "H016"], ["rules", "show", "H016"], ["rules", "test", "H016"]]
)
def test_what_asks_of_the_catalogue_needs_no_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("FILINGS_HOME", str(tmp_path / "none"))
    assert run(*arguments).exit_code == 0
    assert tree(tmp_path) == []


def test_templates_need_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILINGS_HOME", str(tmp_path / "none"))
    assert run("template", "hh", "--out", str(tmp_path / "out")).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("content", [b"", b"\x00" * 8192, b"no database" * 999, None])
@pytest.mark.parametrize("name", ["findings", "query", "rules coverage"])
def test_a_damaged_published_file_is_one_sentence(
    home: Home, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes | None
) -> None:
    home.inbox.mkdir(parents=True)
    home.published.mkdir(parents=True)
    if content is None:  # a database, but not ours
        duckdb.connect(str(home.published_db)).close()
        if name == "query":
            return
    else:
        home.published_db.write_bytes(content)
    before = tree(home.root)
    monkeypatch.setenv("FILINGS_HOME", str(home.root))
    assert is_one_sentence(run(*ALL[name]), str(home.published_db))
    assert tree(home.root) == before


def without_rights(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as someone to whom the modes of files apply."""
    command = [str(Path(sys.executable).with_name("filings")), *arguments]
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("root can write everything here")
        command = [setpriv, "--bounding-set=-dac_override,-dac_read_search", *command]
    return subprocess.run(
        command,
        env={**os.environ, "FILINGS_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "is_home"),
    [
        (name, is_home)
        for name in ("receive", "refresh", "withdraw", "simulate", "findings")
        for is_home in (True, False)
    ]
    + [("init", False)],
)
def test_a_read_only_folder_is_one_sentence(tmp_path: Path, name: str, is_home: bool) -> None:
    home = tmp_path / "home"
    (home / "raw" / "inbox" if is_home else home).mkdir(parents=True)
    folders = [home, *(path for path in home.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        done = without_rights(*ALL[name], home=home)
        assert done.returncode == 1
        lines = [line for line in done.stderr.splitlines() if line != "刷新开始 …"]
        assert len(lines) == 1 and lines[0].startswith("错误:")
        assert sorted(home.rglob("*")) == sorted(folders[1:])
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_a_folder_that_may_not_be_read_is_no_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "raw" / "inbox").mkdir(parents=True)
    home.chmod(0)
    try:
        done = without_rights("findings", home=home)
    finally:
        home.chmod(0o755)
    assert done.returncode == 1
    assert done.stderr.startswith("错误:无法读取") and done.stderr.count("\n") == 1


def test_init_makes_a_home_and_its_key_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FILINGS_KEY", raising=False)
    monkeypatch.setenv("FILINGS_HOME", str(tmp_path / "other"))
    home = tmp_path / "new home"
    result = run("init", str(home))
    assert result.exit_code == 0
    assert f"已建立数据目录:{home}" in result.stdout
    assert f"export FILINGS_HOME='{home}'" in result.stdout
    assert "已生成本机密钥" in result.stderr
    assert (home / "raw" / "inbox").is_dir()
    key = Home(home).key_file.read_bytes()
    again = run("init", str(home))
    assert again.exit_code == 0 and "已经是数据目录" in again.stdout
    assert Home(home).key_file.read_bytes() == key
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("name", ["alerts", "findings", "query", "withdraw", "rules coverage"])
def test_a_question_makes_no_key(home: Home, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("FILINGS_KEY", raising=False)
    monkeypatch.setenv("FILINGS_HOME", str(home.root))
    home.inbox.mkdir(parents=True)
    run(*ALL[name])
    assert not home.key_file.exists()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A fresh checkout: nothing was ever filed, no home is named."""
    monkeypatch.setattr(settings, "PROJECT_ROOT", tmp_path)
    monkeypatch.delenv("FILINGS_HOME", raising=False)
    return Home(tmp_path)


def test_the_sample_has_a_home_of_its_own(project: Home) -> None:
    assert settings.chosen_home().root == project.root / "sample"
    with pytest.raises(FilingsError, match="make refresh"):
        settings.home()
    assert is_one_sentence(run("findings"), "make refresh")
    assert tree(project.root) == []
    settings.sample_home().inbox.mkdir(parents=True)
    assert settings.home() == settings.sample_home()


def test_the_sample_is_named_at_start_and_end_and_never_in_the_result(project: Home) -> None:
    settings.sample_home().inbox.mkdir(parents=True)
    result = run("alerts")
    assert result.exit_code == 0
    first, last = result.stderr.splitlines()
    assert first.startswith("样例:") and str(project.root / "sample") in first
    assert last.startswith("以上为样例数据")
    assert "样例" not in result.stdout
    failed = run("findings").stderr.splitlines()
    assert [line[:3] for line in failed] == ["样例:", "错误:", "以上为"]


@pytest.mark.parametrize("place", ["inbox/420101/2020-06/户.xlsx", "archive/blobs/ab/x"])
def test_the_first_file_of_an_office_ends_the_sample(project: Home, place: str) -> None:
    settings.sample_home().inbox.mkdir(parents=True)
    (project.inbox).mkdir(parents=True)
    (project.inbox / "README.md").write_text("x")
    (project.inbox / ".DS_Store").write_text("x")
    assert settings.home() == settings.sample_home()
    file = project.root / "raw" / place
    file.parent.mkdir(parents=True)
    file.write_text("x")
    assert settings.home() == project
    assert "样例" not in run("alerts").stderr


@pytest.mark.parametrize("is_named", [False, True])
def test_a_schedule_on_the_sample_fails_once_an_office_files(
    project: Home, monkeypatch: pytest.MonkeyPatch, is_named: bool
) -> None:
    """What ``make dev`` hands its processes; a sample that was named is what its user wants."""
    sample = settings.sample_home()
    sample.inbox.mkdir(parents=True)
    if is_named:
        monkeypatch.setenv("FILINGS_HOME", str(sample.root))
    for name, value in dagster_environment(sample).items():
        monkeypatch.setenv(name, value)
    night = LockedHome(root=str(sample.root))
    with night.yield_for_execution(build_init_resource_context()):
        assert lock_holder(sample)
    file = project.inbox / "420101" / "2020-06" / "户.xlsx"
    file.parent.mkdir(parents=True)
    file.write_text("x")
    said = nullcontext() if is_named else pytest.raises(FilingsError, match="重新运行")
    with said, night.yield_for_execution(build_init_resource_context()):
        pass
    assert settings.home() == sample


def test_a_named_sample_is_a_home_like_any_other(
    project: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.sample_home().inbox.mkdir(parents=True)
    monkeypatch.setenv("FILINGS_HOME", str(settings.sample_home().root))
    assert run("alerts").stderr == ""
