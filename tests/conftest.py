"""Fixtures that every test may use: a home of its own, quiet third-party packages."""

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
