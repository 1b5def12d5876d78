"""Archived bytes that are not what was received: told by name, never read, nobody else stopped."""

import shutil
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from filing_samples import csv_bytes, headers, rows

from pipelines import s2_lake, s8_county
from pipelines.core.settings import Home
from pipelines.s1_archive import Submission, blob_path, receive, submissions
from pipelines.s2_lake.deliveries import ingest as reading
from pipelines.s7_published import input_fingerprint

NOW = datetime(2020, 7, 1, 2, 0)


def file(home: Home, count: int, county: str = "990101", name: str = "a.csv") -> Submission:
    folder = home.inbox / county / "2020-06"
    folder.mkdir(parents=True, exist_ok=True)
    body = [[county if cell == "990101" else cell for cell in row] for row in rows("ben", count)]
    (folder / name).write_bytes(csv_bytes([headers("ben"), *body]))
    return receive(home, NOW)[0] if name == "a.csv" else submissions(home)[0]


def taken(home: Home) -> dict[str, int]:
    """Rows of the table in the lake, by county."""
    frame = pl.concat(
        pl.read_parquet(path) for path in sorted(home.lake.glob("ben/*/*/part.parquet"))
    )
    return dict(frame.group_by("county_code").len().iter_rows())


def blob(home: Home, submission: Submission) -> Path:
    return blob_path(home, submission.files[0])


def edited(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(b"1", b"2", 1))
    assert path.read_bytes() != content


DAMAGES = {
    "edited": edited,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-5]),
    "emptied": lambda path: path.write_bytes(b""),
    "flipped": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\xff"),
    "missing": lambda path: path.unlink(),
    "another's": lambda path: path.write_bytes(csv_bytes([headers("ben"), *rows("ben", 1)])),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_that_was_never_read_is_refused_by_name_and_stops_nobody(home, damage):
    before = file(home, 2)
    s2_lake.ingest(home)
    broken, other = file(home, 3), file(home, 4, county="990102")
    DAMAGES[damage](blob(home, broken))
    found = s2_lake.ingest(home)
    assert taken(home) == {"990101": 2, "990102": 4}
    (told,) = [r for r in found.results if r.submission_id == broken.submission_id]
    assert (told.status, told.rows_read, told.tables) == ("refused", 0, ())
    assert [(f.file, f.status) for f in told.files] == [("a.csv", "refused")]
    assert told.files[0].reason_zh == f"存档文件缺失或已损坏,{reading.NEVER_READ}"
    (said,) = found.warnings
    assert said.startswith(f"{broken.submission_id}:存档文件缺失或已损坏,")
    assert str(blob(home, broken).relative_to(home.root)) in said
    s8_county.write_receipts(home)
    receipts = [path.read_text("utf-8-sig") for path in sorted(home.reports.rglob("*v2*.txt"))]
    assert len(receipts) == 1 and reading.NEVER_READ in receipts[0]
    assert {before.submission_id, other.submission_id} < {r.submission_id for r in found.results}


def test_one_damaged_file_of_a_delivery_refuses_it_whole(home):
    """Half of its files would stand as a smaller filing."""
    folder = home.inbox / "990101" / "2020-06"
    folder.mkdir(parents=True)
    both = rows("ben", 6)
    (folder / "1.csv").write_bytes(csv_bytes([headers("ben"), *both[:3]]))
    (folder / "2.csv").write_bytes(csv_bytes([headers("ben"), *both[3:]]))
    (new,) = receive(home, NOW)
    edited(blob_path(home, new.files[1]))
    (result,) = s2_lake.ingest(home).results
    assert [item.reason_zh.partition(",")[0] for item in result.files] == [
        "同次报送的其他存档文件已损坏",
        "存档文件缺失或已损坏",
    ]
    assert result.status == "refused" and not list(home.lake.rglob("*.parquet"))


def test_what_was_read_before_the_damage_stays_in_force(home, monkeypatch):
    new = file(home, 3)
    s2_lake.ingest(home)
    good = blob(home, new).read_bytes()
    edited(blob(home, new))
    assert s2_lake.ingest(home).warnings == () and taken(home) == {"990101": 3}
    # Reading changed its meaning: every delivery is read again, this one cannot be.
    monkeypatch.setattr(reading, "READER", "next")
    found = s2_lake.ingest(home)
    assert taken(home) == {"990101": 3}
    assert found.results[0].reason_zh == reading.LAST_READ
    assert found.results[0].status == "accepted"
    assert len(found.warnings) == 1
    again = s2_lake.ingest(home)
    assert (again.ingested, again.warnings, taken(home)) == ((), found.warnings, {"990101": 3})
    blob(home, new).write_bytes(good)
    restored = s2_lake.ingest(home)
    assert (restored.ingested, restored.warnings) == ((new.submission_id,), ())
    assert restored.results[0].reason_zh != reading.LAST_READ


def test_a_restored_archive_is_read_by_the_next_night(home):
    new = file(home, 3)
    good = blob(home, new).read_bytes()
    whole = input_fingerprint(home)
    edited(blob(home, new))
    damaged = input_fingerprint(home)
    s2_lake.ingest(home)
    assert input_fingerprint(home) == damaged != whole
    blob(home, new).write_bytes(good)
    assert input_fingerprint(home) == whole
    assert s2_lake.ingest(home).results[0].rows_accepted == 3
    assert input_fingerprint(home) == whole and taken(home) == {"990101": 3}


def test_a_correction_of_a_damaged_delivery_is_read_again_after_it(home):
    first, second = file(home, 3), file(home, 4)
    good = blob(home, first).read_bytes()
    edited(blob(home, first))
    s2_lake.ingest(home)
    blob(home, first).write_bytes(good)
    assert s2_lake.ingest(home).ingested == (first.submission_id, second.submission_id)
    assert s2_lake.ingest(home).ingested == ()


@pytest.mark.parametrize("name", ["tables/ben", "changes", "aside", "quarantined_cells"])
@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"PAR1 cut"])
def test_a_result_that_was_cut_off_is_read_again(home, name, content):
    new = file(home, 3)
    s2_lake.ingest(home)
    shutil.rmtree(home.lake)
    (home.ingested / new.submission_id / f"{name}.parquet").write_bytes(content)
    assert s2_lake.ingest(home).ingested == (new.submission_id,)
    assert taken(home) == {"990101": 3}


def test_a_result_of_another_delivery_with_the_same_number_is_not_taken_for_it(home):
    """The archive was restored from a backup that lacked the newest delivery."""
    first = file(home, 3)
    s2_lake.ingest(home)
    (home.archive / "manifests" / f"{first.submission_id}.json").unlink()
    folder = home.inbox / "990101" / "2020-06"
    (folder / "b.csv").write_bytes(csv_bytes([headers("ben"), *rows("ben", 5)]))
    (new,) = receive(home, NOW.replace(hour=9))
    assert new.submission_id == first.submission_id
    s2_lake.ingest(home)
    assert taken(home) == {"990101": 5}
