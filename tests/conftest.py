"""Fixtures that every test may use: a home of its own, what is made once for all tests of a run.

Tests run side by side, each alone. Those that share a fixture of their module run one after the
other in one process, so that it is made once (``make test`` says ``--dist loadgroup``).
"""

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support_homes import filings, made_once, with_parse
from xdist.scheduler import LoadScopeScheduling

from pipelines import s3_models
from pipelines.core.settings import Home, quiet_environment


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-snapshots", action="store_true", help="write snapshots anew")


@pytest.fixture(scope="session", autouse=True)
def no_calls_out() -> Iterator[None]:
    """No test reports anything to anybody, and none reads this machine's settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in quiet_environment().items():
            patch.setenv(name, value)
        for name in ("FILINGS_HOME", "FILINGS_CHANNELS", "DAGSTER_HOME"):
            patch.delenv(name, raising=False)
        patch.setenv("FILINGS_QUIET_SECONDS", "0")
        patch.setenv("FILINGS_KEY", "test key, nobody's secret")
        yield


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home")


class ByModuleFixture(LoadScopeScheduling):
    """Tests go to workers one by one, those of a module that has a fixture of its own together.

    xdist's own ``loadgroup`` marks the ids of tests in a way that pytest 9.2 no longer reads: it
    groups nothing, and every fixture of a module is made once a worker.
    """

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if _has_own_fixture(module) else nodeid


@cache
def _has_own_fixture(module: str) -> bool:
    path = Path(__file__).parent.parent / module
    return path.is_file() and 'scope="module"' in path.read_text(encoding="utf-8")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    return ByModuleFixture(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt's manifest and parse of the project, good for any home: see ``with_parse``."""

    def parse(folder: Path) -> None:
        home = Home(folder / "home")
        s3_models.manifest(home)
        shutil.rmtree(home.dbt_target / "logs", ignore_errors=True)

    return Home(made_once(tmp_path_factory, "parsed", parse) / "home").dbt_target


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Home:
    """A home after its first night: three counties of the small sample. To change it, copy it.

    What ``filings refresh`` printed of that night lies beside it, in ``said.txt``.
    """

    def night(folder: Path) -> None:
        home = with_parse(Home(folder / "home"), parsed_project)
        filings(home, "simulate", "--profile", "small", "--counties", "3", "--households", "450")
        (folder / "said.txt").write_text(filings(home, "refresh").stdout, encoding="utf-8")

    return Home(made_once(tmp_path_factory, "first_night", night) / "home")


def program(name: str) -> str:
    """The path of a program that a test needs; the test is skipped without it, and fails in CI."""
    path = shutil.which(name)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed; .ci/run installs it")
        pytest.skip(f"needs {name}")
    return path


@pytest.fixture(scope="session")
def libreoffice() -> str:
    return program("soffice")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = sorted({str(report.longrepr[2]) for report in skipped if report.longrepr})
    if reasons:
        terminalreporter.write_line(f"skipped {len(skipped)} tests: {'; '.join(reasons)}")
