"""Which deliveries count stands once, and the models say the same."""

import re
from pathlib import Path

import pytest

from pipelines.core.statuses import DOES_NOT_COUNT, NOT_IN_FORCE, Status, sql_list

PROJECT = Path(__file__).parents[2] / "dbt_project"
MACROS = (PROJECT / "macros" / "statuses.sql").read_text()


@pytest.mark.parametrize(
    ("macro", "statuses"), [("not_in_force", NOT_IN_FORCE), ("does_not_count", DOES_NOT_COUNT)]
)
def test_the_models_have_the_same_set(macro, statuses):
    written = re.search(rf"macro {macro}\(\) -%}}\s*(\(.*\))", MACROS)
    assert written and written[1] == sql_list(statuses)


def test_no_model_lists_the_statuses_of_deliveries_by_itself():
    listed = re.compile(r"'(?:reply|superseded)'\s*,|,\s*'(?:reply|superseded|refused)'")
    found = [
        path.name for path in PROJECT.glob("models/**/*.sql") if listed.search(path.read_text())
    ]
    assert not found


def test_every_status_counts_or_does_not_and_has_its_word():
    assert set(Status) - set(DOES_NOT_COUNT) == {Status.ACCEPTED, Status.PARTIAL}
    assert len({each.label for each in Status}) == len(Status)
