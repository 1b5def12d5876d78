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


def file(at: Home, count: int, county: str = "990101", name: str = "a.csv") -> Submission:
    folder = at.inbox / county / "2020-06"
    folder.mkdir(parents=True, exist_ok=True)
    body = [[county if cell == "990101" else cell for cell in row] for row in rows("ben", count)]
    (folder / name).write_bytes(csv_bytes([headers("ben"), *body]))
    return receive(at, NOW)[0] if name == "a.csv" else submissions(at)[0]


def taken(at: Home) -> dict[str, int]:
    """Rows of the table in the lake, by county."""
    frame = pl.concat(
        pl.read_parquet(path) for path in sorted(at.lake.glob("ben/*/*/part.parquet"))
    )
    return dict(frame.group_by("county_code").len().iter_rows())


def blob(at: Home, submission: Submission) -> Path:
    return blob_path(at, submission.files[0])


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
def test_a_damaged_file_that_was_never_read_is_refused_by_name_and_stops_nobody(at, damage):
    before = file(at, 2)
    s2_lake.ingest(at)
    broken, other = file(at, 3), file(at, 4, county="990102")
    DAMAGES[damage](blob(at, broken))
    found = s2_lake.ingest(at)
    assert taken(at) == {"990101": 2, "990102": 4}
    (told,) = [r for r in found.results if r.submission_id == broken.submission_id]
    assert (told.status, told.rows_read, told.tables) == ("refused", 0, ())
    assert [(f.file, f.status) for f in told.files] == [("a.csv", "refused")]
    assert told.files[0].reason_zh == f"存档文件缺失或已损坏,{reading.NEVER_READ}"
    (said,) = found.warnings
    assert said.startswith(f"{broken.submission_id}:存档文件缺失或已损坏,")
    assert str(blob(at, broken).relative_to(at.root)) in said
    s8_county.write_receipts(at)
    receipts = [path.read_text("utf-8-sig") for path in sorted(at.reports.rglob("*v2*.txt"))]
    assert len(receipts) == 1 and reading.NEVER_READ in receipts[0]
    assert {before.submission_id, other.submission_id} < {r.submission_id for r in found.results}


def test_one_damaged_file_of_a_delivery_refuses_it_whole(at):
    """Half of its files would stand as a smaller filing."""
    folder = at.inbox / "990101" / "2020-06"
    folder.mkdir(parents=True)
    both = rows("ben", 6)
    (folder / "1.csv").write_bytes(csv_bytes([headers("ben"), *both[:3]]))
    (folder / "2.csv").write_bytes(csv_bytes([headers("ben"), *both[3:]]))
    (new,) = receive(at, NOW)
    edited(blob_path(at, new.files[1]))
    (result,) = s2_lake.ingest(at).results
    assert [item.reason_zh.partition(",")[0] for item in result.files] == [
        "同次报送的其他存档文件已损坏",
        "存档文件缺失或已损坏",
    ]
    assert result.status == "refused" and not list(at.lake.rglob("*.parquet"))


def test_what_was_read_before_the_damage_stays_in_force(at, monkeypatch):
    new = file(at, 3)
    s2_lake.ingest(at)
    good = blob(at, new).read_bytes()
    edited(blob(at, new))
    assert s2_lake.ingest(at).warnings == () and taken(at) == {"990101": 3}
    # Reading changed its meaning: every delivery is read again, this one cannot be.
    monkeypatch.setattr(reading, "READER", "next")
    found = s2_lake.ingest(at)
    assert taken(at) == {"990101": 3}
    assert found.results[0].reason_zh == reading.LAST_READ
    assert found.results[0].status == "accepted"
    assert len(found.warnings) == 1
    again = s2_lake.ingest(at)
    assert (again.ingested, again.warnings, taken(at)) == ((), found.warnings, {"990101": 3})
    blob(at, new).write_bytes(good)
    restored = s2_lake.ingest(at)
    assert (restored.ingested, restored.warnings) == ((new.submission_id,), ())
    assert restored.results[0].reason_zh != reading.LAST_READ


def test_a_restored_archive_is_read_by_the_next_night(at):
    new = file(at, 3)
    good = blob(at, new).read_bytes()
    whole = input_fingerprint(at)
    edited(blob(at, new))
    damaged = input_fingerprint(at)
    s2_lake.ingest(at)
    assert input_fingerprint(at) == damaged != whole
    blob(at, new).write_bytes(good)
    assert input_fingerprint(at) == whole
    assert s2_lake.ingest(at).results[0].rows_accepted == 3
    assert input_fingerprint(at) == whole and taken(at) == {"990101": 3}


def test_a_correction_of_a_damaged_delivery_is_read_again_after_it(at):
    first, second = file(at, 3), file(at, 4)
    good = blob(at, first).read_bytes()
    edited(blob(at, first))
    s2_lake.ingest(at)
    blob(at, first).write_bytes(good)
    assert s2_lake.ingest(at).ingested == (first.submission_id, second.submission_id)
    assert s2_lake.ingest(at).ingested == ()


@pytest.mark.parametrize("name", ["tables/ben", "changes", "aside", "quarantined_cells"])
@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"PAR1 cut"])
def test_a_result_that_was_cut_off_is_read_again(at, name, content):
    new = file(at, 3)
    s2_lake.ingest(at)
    shutil.rmtree(at.lake)
    (at.ingested / new.submission_id / f"{name}.parquet").write_bytes(content)
    assert s2_lake.ingest(at).ingested == (new.submission_id,)
    assert taken(at) == {"990101": 3}


def test_a_result_of_another_delivery_with_the_same_number_is_not_taken_for_it(at):
    """The archive was restored from a backup that lacked the newest delivery."""
    first = file(at, 3)
    s2_lake.ingest(at)
    (at.archive / "manifests" / f"{first.submission_id}.json").unlink()
    folder = at.inbox / "990101" / "2020-06"
    (folder / "b.csv").write_bytes(csv_bytes([headers("ben"), *rows("ben", 5)]))
    (new,) = receive(at, NOW.replace(hour=9))
    assert new.submission_id == first.submission_id
    s2_lake.ingest(at)
    assert taken(at) == {"990101": 5}
