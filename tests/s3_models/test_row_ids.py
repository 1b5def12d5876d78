"""Numbers of rows: no row of a county changes its own because of what another county files."""

from __future__ import annotations

import re

from pipelines.core.settings import DBT_PROJECT

NUMBERED = re.compile(r"(?:row_number|rank|dense_rank|ntile)\([^()]*\)\s+over\s*\(\s*(\w+)")


def test_no_model_numbers_the_rows_of_all_counties() -> None:
    """A window over everything moves with every row that anybody adds."""
    models = sorted((DBT_PROJECT / "models").rglob("*.sql"))
    over_everything = [
        model.stem
        for model in models
        if any(word != "partition" for word in NUMBERED.findall(model.read_text("utf-8")))
    ]
    assert len(models) > 100
    assert over_everything == []
