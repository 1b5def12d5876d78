"""The templates' example rows, filed as a county would: they contradict nothing."""

from pathlib import Path

import openpyxl
import pytest
from filing_samples import csv_bytes

from pipelines.cli.dry_run import dry_run
from pipelines.core.dictionary import dictionary
from pipelines.core.settings import Home
from pipelines.s2_lake.tables.titles import EXAMPLE_SHEET
from pipelines.s8_county import write_templates

pytestmark = pytest.mark.slow


def test_the_examples_of_all_tables_contradict_nothing(home: Home, tmp_path: Path) -> None:
    folder = home.inbox / "990101" / "2020-06"
    folder.mkdir(parents=True)
    for path in write_templates(tmp_path):
        sheet = openpyxl.load_workbook(path)[EXAMPLE_SHEET]
        rows = [
            ["" if c is None else str(c) for c in row]
            for row in sheet.iter_rows(min_row=2, values_only=True)
        ]
        (folder / f"{path.stem}.csv").write_bytes(csv_bytes(rows))
    result = dry_run(home, home, lambda stage: None)
    taken = {item.table for item in result.receipt.files if item.status == "accepted"}
    assert taken == set(dictionary().tables)
    assert not result.receipt.quarantine and not result.receipt.notes
    assert not result.findings, "\n".join(map(str, result.findings))
    assert result.changes == []
