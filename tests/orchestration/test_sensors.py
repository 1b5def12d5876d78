"""The sensor of the inbox: a folder at rest asks for one night, by what stat tells of it."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, SensorResult, SkipReason, build_sensor_context

from pipelines.core.errors import FilingsError
from pipelines.core.lock import refresh_lock
from pipelines.core.settings import Home, inbox_minutes
from pipelines.orchestration.sensors import inbox_sensor, look


def put(home: Home, county: str, name: str = "甲.xlsx", text: str = "x") -> Path:
    path = home.inbox / county / "2020-06" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


class Sensor:
    """Dagster's own evaluation of the sensor, with its cursor kept from tick to tick."""

    def __init__(self, home: Home) -> None:
        self._sensor = inbox_sensor(home, "nightly")
        self._cursor: str | None = None

    def tick(self) -> tuple[int, list[str]]:
        """Return how many runs are asked for, and the partition keys that are added."""
        with DagsterInstance.ephemeral() as instance:
            found = self._sensor(build_sensor_context(instance=instance, cursor=self._cursor))
        assert isinstance(found, SensorResult)
        self._cursor = found.cursor
        added = [
            key for each in found.dynamic_partitions_requests or () for key in each.partition_keys
        ]
        return len(found.run_requests or ()), added


@pytest.fixture
def sensor(home: Home, monkeypatch: pytest.MonkeyPatch) -> Sensor:
    monkeypatch.setenv("FILINGS_INBOX_MINUTES", "0")
    return Sensor(home)


def test_a_folder_at_rest_asks_for_one_night_and_adds_its_key(home: Home, sensor: Sensor) -> None:
    assert sensor.tick() == (0, [])
    put(home, "990101")
    put(home, "990102")
    assert sensor.tick() == (1, ["990101|2020-06", "990102|2020-06"])
    assert sensor.tick() == (0, [])


def test_what_changed_or_came_again_asks_again(home: Home, sensor: Sensor) -> None:
    path = put(home, "990101")
    assert sensor.tick()[0] == 1
    put(home, "990101", text="longer")
    assert sensor.tick()[0] == 1
    path.unlink()  # the night took it in
    assert sensor.tick() == (0, [])
    put(home, "990101", text="longer")
    assert sensor.tick()[0] == 1


def test_a_folder_that_was_just_written_is_waited_for(
    home: Home, sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FILINGS_INBOX_MINUTES")
    put(home, "990101")
    assert sensor.tick() == (0, [])
    monkeypatch.setenv("FILINGS_INBOX_MINUTES", "0")
    assert sensor.tick()[0] == 1


def test_a_clock_that_lies_ahead_makes_no_folder_wait_for_ever(home: Home) -> None:
    path = put(home, "990101")
    early = path.stat().st_ctime - 3600
    (seen,) = look(home, {}, early).values()
    assert seen.since == early
    (later,) = look(home, {"990101|2020-06": seen}, early + 900).values()
    assert later.since == early


def test_what_lies_in_no_countys_folder_asks_for_nothing(home: Home, sensor: Sensor) -> None:
    for name in ("说明.txt", "990101/a.xlsx", "99010/2020-06/a.xlsx", "990101/2020-13/a.xlsx"):
        path = home.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    put(home, "990102").with_name("b.xlsx").symlink_to(home.inbox / "说明.txt")
    assert sensor.tick() == (1, ["990102|2020-06"])


def test_no_file_is_opened(home: Home, sensor: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    put(home, "990101")
    opened: list[str] = []
    for module, name in ((builtins, "open"), (os, "open")):
        sound = getattr(module, name)

        def noting(path: Any, *given: Any, _sound: Any = sound, **options: Any) -> Any:
            opened.append(str(path))
            return _sound(path, *given, **options)

        monkeypatch.setattr(module, name, noting)
    assert sensor.tick()[0] == 1
    assert not [path for path in opened if str(home.inbox) in path]


def test_while_a_night_runs_nothing_is_asked_for(home: Home, sensor: Sensor) -> None:
    put(home, "990101")
    with refresh_lock(home), DagsterInstance.ephemeral() as instance:
        found = inbox_sensor(home, "nightly")(build_sensor_context(instance=instance))
        assert isinstance(found, SkipReason)
    assert sensor.tick()[0] == 1


@pytest.mark.parametrize("value", ["-1", "x", "1441", "nan"])
def test_a_setting_that_is_no_number_of_minutes_is_told(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("FILINGS_INBOX_MINUTES", value)
    with pytest.raises(FilingsError, match="FILINGS_INBOX_MINUTES"):
        inbox_minutes()
