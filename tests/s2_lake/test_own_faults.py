"""An error of our own while a filing is read is told as ours, kept, and read again when mended."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from filing_samples import csv_bytes, headers, rows

from pipelines import s2_lake, s8_county
from pipelines.core.settings import Home
from pipelines.s1_archive import receive
from pipelines.s2_lake.deliveries import delivery
from pipelines.s2_lake.deliveries.faults import FAULTS_FILE

NOW = datetime(2020, 7, 1, 2, 0)
SECRET = "王甲 420000199901010014"
BROKEN, SOUND = "990101-2020-06-v1", "990102-2020-06-v1"


def file(home: Home, county: str, *, day: int = 0) -> None:
    folder = home.inbox / county / "2020-06"
    folder.mkdir(parents=True, exist_ok=True)
    body = [[county if cell == "990101" else cell for cell in row] for row in rows("hh", 3 + day)]
    (folder / "hh.csv").write_bytes(csv_bytes([headers("hh"), *body]))
    receive(home, NOW + timedelta(days=day))


def break_at(patch: pytest.MonkeyPatch, step: str, error: BaseException) -> None:
    """Let a step of reading fail, as a bug of ours would."""

    def broken(*_: Any, **__: Any) -> Any:
        raise error

    patch.setattr(delivery, step, broken)


def text_of(home: Home) -> str:
    (receipt,) = (home.reports / "990101" / "2020-06").glob("*v1.txt")
    return receipt.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("step", ["read_sheets", "blocks", "conform_blocks", "combine", "validate"])
@pytest.mark.parametrize("error", [KeyError, AssertionError, RecursionError, OSError])
def test_a_county_is_told_that_the_fault_is_ours(
    home: Home, monkeypatch: pytest.MonkeyPatch, step: str, error: type[Exception]
) -> None:
    file(home, "990101")
    file(home, "990102")
    s2_lake.ingest(home)
    (home.ingested / BROKEN / "result.json").unlink()
    break_at(monkeypatch, step, error(SECRET))
    found = s2_lake.ingest(home)
    told = {each.submission_id: each for each in found.results}
    (only,) = told[BROKEN].files
    assert told[BROKEN].status == "refused" and s2_lake.is_own_fault(only)
    assert "本系统" in only.reason_zh and "无需重报" in only.reason_zh
    assert told[SOUND].status == "accepted"
    assert found.faulty == ((BROKEN, home.ingested / BROKEN / FAULTS_FILE),)
    kept = found.faulty[0][1].read_text(encoding="utf-8")
    assert error.__name__ in kept and "pipelines/s2_lake/deliveries/delivery.py" in kept
    assert "王甲" not in kept and "420000" not in kept


def test_what_our_program_failed_at_is_read_again_and_not_waited_for(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    file(home, "990101")
    with monkeypatch.context() as patch:
        break_at(patch, "blocks", KeyError("x"))
        s2_lake.ingest(home)
        s8_county.write_receipts(home)
        assert s2_lake.is_up_to_date(home)  # the night goes on
        assert "无需重报" in text_of(home) and "修改后重新报送" not in text_of(home)
        assert s2_lake.ingest(home).ingested == (BROKEN,)
    mended = s2_lake.ingest(home)
    s8_county.write_receipts(home)
    (result,) = mended.results
    assert (result.status, result.rows_accepted, mended.faulty) == ("accepted", 3, ())
    assert not (home.ingested / BROKEN / FAULTS_FILE).exists()
    assert "无需重报" not in text_of(home)
    assert s2_lake.ingest(home).ingested == ()


def test_the_deliveries_after_it_are_read_again_with_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    file(home, "990101")
    with monkeypatch.context() as patch:
        break_at(patch, "blocks", KeyError("x"))
        s2_lake.ingest(home)
    file(home, "990101", day=1)
    assert s2_lake.ingest(home).ingested == (BROKEN, "990101-2020-06-v2")


def test_memory_and_an_interrupt_keep_their_meaning(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    file(home, "990101")
    with monkeypatch.context() as patch:
        break_at(patch, "blocks", MemoryError())
        found = s2_lake.ingest(home)
        assert "请拆分后重报" in found.results[0].files[0].reason_zh and found.faulty == ()
    file(home, "990101", day=1)
    break_at(monkeypatch, "blocks", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        s2_lake.ingest(home)
