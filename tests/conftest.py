"""Fixtures that every test may use: a home of its own, quiet third-party packages."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

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
def at(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home")


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
