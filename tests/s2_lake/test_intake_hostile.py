"""Files made to harm: each is refused with its reason, costs little and stops no other."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filing_samples import csv_bytes, read
from hostile_files import CORPUS, Hostile, good_sheet, table, xlsx, zipped

from pipelines import s2_lake
from pipelines.core.errors import FilingsError
from pipelines.core.settings import PROJECT_ROOT, size_limits
from pipelines.s2_lake.files.reader import read_sheets
from pipelines.s2_lake.files.sheet import Refused


def told(path: Path) -> s2_lake.SubmissionResult:
    return read(path).result


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_a_hostile_file_is_refused_with_its_reason(tmp_path, case: Hostile):
    path = tmp_path / case.name
    path.write_bytes(case.content())
    (only,) = told(path).files
    assert only.status == "refused" and case.reason in only.reason_zh, only
    assert "出错" not in only.reason_zh, "a trap that was seen, not an accident"


@pytest.mark.slow
def test_none_of_them_stops_the_file_beside_it(tmp_path):
    small = [case for case in CORPUS if len(case.content()) < 100_000]
    for case in small:
        (tmp_path / case.name).write_bytes(case.content())
    (tmp_path / "好.csv").write_bytes(csv_bytes(table()))
    result = read(*sorted(tmp_path.iterdir())).result
    accepted = [item.file for item in result.files if item.rows_accepted]
    assert accepted == ["好.csv"]
    assert len({item.file for item in result.files}) == len(small) + 1
    assert result.status == "partial"


MEASURE = """
import re, sys
from pathlib import Path
from filing_samples import read

def peak():  # of this program; what resource tells also counts the one that started it
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

first = peak()
for path in sorted(Path(sys.argv[1]).iterdir()):
    read(path)
print(f"[{first}, {peak()}]")
"""


@pytest.mark.slow
def test_the_whole_corpus_costs_little_memory(tmp_path):
    for case in CORPUS:
        (tmp_path / case.name).write_bytes(case.content())
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": f"{PROJECT_ROOT}:{Path(__file__).parents[1]}"},
        capture_output=True,
        check=True,
        text=True,
    )
    before, after = (size / 1024 for size in json.loads(done.stdout))
    # The largest file of the corpus is 30 MB, the largest part of one 60 MB.
    assert after - before < 600, f"{before:.0f} MiB before, {after:.0f} MiB at most"


def test_a_sheet_that_only_claims_to_be_large_is_read(tmp_path):
    path = tmp_path / "a.xlsx"
    claim = '<dimension ref="A1:XFD1048576"/><sheetData>'
    path.write_bytes(xlsx(good_sheet().replace("<sheetData>", claim)))
    assert told(path).rows_accepted == 2


def test_links_to_other_files_are_not_followed(tmp_path):
    path = tmp_path / "a.xlsx"
    target = '<x:externalLink xmlns:x="y"><a href="file:///etc/hostname"/></x:externalLink>'
    path.write_bytes(xlsx(good_sheet(), extra={"xl/externalLinks/externalLink1.xml": target}))
    (sheet,) = read_sheets(path, path.name)
    assert any("链接" in remark for remark in sheet.remarks) and sheet.frame.height == 3


@pytest.mark.parametrize(
    ("limit", "value", "says"),
    [
        ("FILE_BYTES", "100", "请拆分后重报"),
        ("UNPACKED_BYTES", "1000", "过大"),
        ("ENTRIES", "2", "超过 2 个"),
        ("SHEETS", "0", "超过 0 张"),
        ("ROWS", "2", "范围过大"),
        ("COLUMNS", "3", "范围过大"),
        ("CELLS", "11", "范围过大"),
        ("CELL_CHARS", "3", "A1"),
    ],
)
def test_every_limit_is_a_setting(tmp_path, monkeypatch, limit, value, says):
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx(good_sheet()))
    assert read_sheets(path, path.name)[0].frame.shape == (3, 4)
    monkeypatch.setenv(f"FILINGS_LIMIT_{limit}", value)
    size_limits.cache_clear()
    try:
        (only,) = told(path).files
    finally:
        size_limits.cache_clear()
    assert only.status == "refused" and says in only.reason_zh


def test_nesting_is_a_setting(tmp_path, monkeypatch):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"b.zip": zipped({"c.csv": csv_bytes(table())})}))
    assert told(path).rows_accepted == 2
    monkeypatch.setenv("FILINGS_LIMIT_NESTING", "0")
    size_limits.cache_clear()
    try:
        assert "嵌套过深" in told(path).files[0].reason_zh
    finally:
        size_limits.cache_clear()


def test_a_limit_that_is_no_number_is_told(monkeypatch):
    monkeypatch.setenv("FILINGS_LIMIT_ROWS", "viel")
    size_limits.cache_clear()
    try:
        with pytest.raises(FilingsError, match="FILINGS_LIMIT_ROWS"):
            size_limits()
    finally:
        size_limits.cache_clear()


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.ods"])
def test_a_file_cut_short_is_refused_or_read_and_never_an_error(tmp_path, name, cut):
    from test_intake_forms import FORMS

    whole = FORMS[name.rsplit(".", 1)[1]](table())
    path = tmp_path / name
    path.write_bytes(whole[: int(len(whole) * cut)])
    try:
        read_sheets(path, name)
    except Refused as refusal:
        assert str(refusal)
