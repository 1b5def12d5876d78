"""Fixtures that every test may use: a home of its own, what is made once for all tests of a run.

Tests run side by side, each alone. Those that share a fixture of their module run one after the
other in one process, so that it is made once (``make test`` says ``--dist loadgroup``).
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support_homes import filings, made_once, with_parse

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests of a module that use one of its fixtures, for ``--dist loadgroup``."""
    for item in items:
        info = getattr(item, "_fixtureinfo", None)
        used = [one for found in info.name2fixturedefs.values() for one in found] if info else []
        if any(fixture.scope == "module" for fixture in used):
            item.add_marker(pytest.mark.xdist_group(item.location[0]))


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
