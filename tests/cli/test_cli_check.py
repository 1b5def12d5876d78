"""The county's dry run on real files: what it says, and that it keeps nothing."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.main import app
from pipelines.core.settings import Home
from pipelines.simulate import simulate

pytestmark = pytest.mark.slow


def test_check_says_what_a_refresh_would_and_stores_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = tmp_path / "county"
    simulate(Home(county), profile="small", counties=1, households=450)
    files = sorted((county / "raw" / "inbox" / "990101" / "2020-06").glob("*.xlsx"))
    monkeypatch.setenv("FILINGS_HOME", str(home.root))
    result = CliRunner().invoke(app, ["check", *map(str, files), "--limit", "3"])
    assert result.exit_code == 1  # defects are planted
    assert "已接收" in result.stdout and "列出前 3 条" in result.stdout
    assert not home.root.exists()
