"""The limits of intake: what is shipped, and that a wrong file is refused by name."""

from datetime import date
from pathlib import Path

import pytest

from pipelines.core.errors import CatalogueError
from pipelines.core.limits import LIMITS_FILE, read_limits


def test_what_is_shipped():
    limits = read_limits()
    of_day = limits.of_day(date(2020, 7, 1))
    assert of_day is not None
    assert (of_day.from_rows, of_day.most_taken_away, of_day.least_overlap) == (50, 30, 50)
    assert {"hh", "p", "vil"} <= set(of_day.lasting)
    assert limits.of_day(date(2009, 12, 31)) is None


def test_a_later_limit_counts_from_its_day_on(tmp_path: Path):
    text = LIMITS_FILE.read_text("utf-8")
    entry = text[text.index("  - from:") :]
    later = entry.replace("2010-01-01", "2021-01-01").replace("taken_away: 30", "taken_away: 10")
    path = tmp_path / "limits.yml"
    path.write_text(text + later, "utf-8")
    limits = read_limits(path)
    for day, most in ((date(2020, 12, 31), 30), (date(2021, 1, 1), 10)):
        of_day = limits.of_day(day)
        assert of_day is not None and of_day.most_taken_away == most


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        ("free_disk_gib: 5", "free_disk_gib: 50", True),
        ("night_hours: 26", "night_hours: 48", True),
        ("least_share: 50", "least_share: 40", False),
        ("from_rows: 50", "from_rows: 60", False),
    ],
)
def test_what_is_asked_of_the_machine_lets_nothing_be_read_again(
    tmp_path: Path, old: str, new: str, is_same: bool
):
    text = LIMITS_FILE.read_text("utf-8")
    path = tmp_path / "limits.yml"
    path.write_text(text.replace(old, new), "utf-8")
    assert read_limits(path) != read_limits()
    assert (read_limits(path).version == read_limits().version) is is_same


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("least_share: 50", "least_share: 500", "columns.least_share"),
        ("least_share: 50", "least_share: 半数", "columns.least_share"),
        ("least_share: 50", "least_shares: 50", "columns.least_share"),
        ("from_rows: 50", "from_rows: true", "deliveries 第 1 条.from_rows"),
        ("most_taken_away: 30", "most_taken_away: 30\n    more: 1", "deliveries 第 1 条.more"),
        ("from: 2010-01-01", "from: 起初", "deliveries 第 1 条.from"),
        ("[agg]", "[aggregate]", "aggregate"),
        ("[agg]", "agg", "deliveries 第 1 条.renewed"),
        ("deliveries:", "deliveries: []\nothers:", "others"),
        ("deliveries:", "deliveries: [", "limits.yml"),
    ],
)
def test_a_wrong_limit_is_named_with_its_file(tmp_path: Path, old: str, new: str, named: str):
    text = LIMITS_FILE.read_text("utf-8")
    assert old in text
    path = tmp_path / "limits.yml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(CatalogueError, match=r"limits\.yml") as error:
        read_limits(path)
    assert named in str(error.value)
