"""The web server has no login: it listens on this machine only, unless one stands in front."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pipelines.core.errors import FilingsError
from pipelines.core.settings import PROJECT_ROOT, Home
from pipelines.orchestration.__main__ import web_arguments
from pipelines.orchestration.instance import prepare_instance

OPEN = ["0.0.0.0", "::", "192.0.2.7", "warehouse.example", "localhost.example", ""]


def test_by_default_only_this_machine_reaches_it() -> None:
    assert web_arguments([], behind_login=False) == ["--host", "127.0.0.1"]
    assert web_arguments(["-p", "4000"], behind_login=False)[2:] == ["-p", "4000"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.5", "::1", "localhost"])
def test_this_machine_may_be_named(host: str) -> None:
    assert web_arguments(["--host", host], behind_login=False) == ["--host", host]


@pytest.mark.parametrize(
    ("option", "host"),
    [
        (option, host)
        for option in (["-h", "{}"], ["--host", "{}"], ["--host={}"], ["--dagit-host", "{}"])
        for host in OPEN
    ]
    + [(["-h{}"], host) for host in OPEN if host],
)
def test_other_machines_reach_it_only_behind_a_login(option: list[str], host: str) -> None:
    given = [part.format(host) for part in option]
    with pytest.raises(FilingsError, match="FILINGS_BEHIND_LOGIN"):
        web_arguments(given, behind_login=False)
    assert web_arguments(given, behind_login=True) == ["--host", host]


def test_the_refusal_is_one_sentence_and_starts_nothing(home: Home) -> None:
    home.inbox.mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.orchestration", "-h", "0.0.0.0"],
        env={**os.environ, "FILINGS_HOME": str(home.root)},
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("错误:") and "Traceback" not in done.stderr
    assert not home.dagster.exists()


def test_dagster_asks_for_no_address_and_reports_nothing(home: Home) -> None:
    from dagster import DagsterInstance

    prepare_instance(home)
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        assert not instance.nux_enabled
        assert not instance.telemetry_enabled


def test_an_older_configuration_of_ours_is_renewed_and_the_stewards_own_is_kept(home: Home) -> None:
    configuration = home.dagster / "dagster.yaml"
    prepare_instance(home)
    ours = configuration.read_text(encoding="utf-8")
    configuration.write_text("# Written by the warehouse. | 由本系统写入。\ntelemetry: {}\n")
    prepare_instance(home)
    assert configuration.read_text(encoding="utf-8") == ours
    configuration.write_text("telemetry: {}\n")
    prepare_instance(home)
    assert configuration.read_text(encoding="utf-8") == "telemetry: {}\n"
