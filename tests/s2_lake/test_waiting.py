"""A delivery that takes away much of what stands waits until the steward admits it."""

import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta

import polars as pl
import pytest
from filing_samples import COUNTY, csv_bytes, headers, rows
from returned_receipts import correct, receipt

from pipelines import s2_lake, s8_county
from pipelines.core.errors import FilingsError
from pipelines.core.files import TornError
from pipelines.core.settings import Home
from pipelines.s1_archive import admissions, receive, torn_records, withdraw
from pipelines.s7_published import input_fingerprint

NOW = datetime(2020, 7, 1, 2, 0)
PERIOD, LATER = "2020-06", "2020-12"
V1, V2, V3, V4 = (f"{COUNTY}-{PERIOD}-v{version}" for version in (1, 2, 3, 4))
WHY, WHO = "乡镇撤并,已核实", "市办"


def people(numbers: Iterable[int], alias: str = "hh") -> list[list[str]]:
    wanted = set(numbers)
    every = rows(alias, max(wanted))
    return [row for at, row in enumerate(every, start=1) if at in wanted]


def file(home: Home, day: int, tables: dict[str, list[list[str]]], period: str = PERIOD):
    """File tables on a day and return the results as they stand after it."""
    folder = home.inbox / COUNTY / period
    folder.mkdir(parents=True, exist_ok=True)
    for alias, body in tables.items():
        (folder / f"{alias}.csv").write_bytes(csv_bytes([headers(alias), *body]))
    return take_in(home, day)


def take_in(home: Home, day: int) -> dict[str, s2_lake.SubmissionResult]:
    receive(home, NOW + timedelta(days=day))
    found = s2_lake.ingest(home).results
    s8_county.write_receipts(home)
    for each in found:
        parts = (each.rows_accepted, each.rows_quarantined, each.rows_ignored)
        assert each.rows_read == sum(parts)
    return {each.submission_id: each for each in found}


def admit(home: Home, submission_id: str, day: int) -> None:
    s2_lake.admit(home, submission_id, WHY, WHO, NOW + timedelta(days=day))


def statuses(found: dict[str, s2_lake.SubmissionResult]) -> list[str]:
    return [each.status for each in found.values()]


def lake(home: Home, alias: str = "hh", period: str = PERIOD) -> int:
    """How many rows of a table stand."""
    parts = list(home.lake.glob(f"{alias}/period={period}/county={COUNTY}/*.parquet"))
    return sum(pl.read_parquet(part).height for part in parts)


def told(home: Home, submission_id: str) -> str:
    return receipt(home, submission_id).with_suffix(".txt").read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (100, range(1, 71), "accepted"),  # 30 % fewer
        (100, range(1, 70), "waiting"),
        (50, range(1, 35), "waiting"),
        (49, range(1, 3), "accepted"),  # too few rows to compare
        (100, range(51, 151), "accepted"),  # half of the keys again
        (100, range(52, 152), "waiting"),
        (100, range(1, 400), "accepted"),  # growing takes nothing away
    ],
)
def test_what_waits(home, before, after, status):
    file(home, 0, {"hh": people(range(1, before + 1))})
    found = file(home, 1, {"hh": people(after)})
    assert statuses(found) == ["accepted", status]
    assert lake(home) == (before if status == "waiting" else len(after))


def test_the_reason_says_what_went_and_what_to_do(home):
    file(home, 0, {"hh": people(range(1, 101))})
    found = file(home, 1, {"hh": people(range(91, 121))})
    reason = found[V2].reason_zh
    assert "“户基本信息表”与第 1 次报送相比,由 100 行减为 30 行,减少 70.0%(超过 30%)" in reason
    assert "原有的户编号只有 10.0% 仍在其中(不足 50%)" in reason
    (item,) = found[V2].files
    assert item.status == "waiting" and "减少 70.0%" in item.reason_zh
    assert (item.rows_read, item.rows_accepted) == (30, 30)
    text = told(home, V2)
    assert "等待确认" in text and "请重新报送完整的表" in text and "已全部接收" not in text


def test_an_admitted_delivery_counts_and_its_receipt_says_so(home):
    file(home, 0, {"hh": people(range(1, 101))})
    file(home, 1, {"hh": people(range(1, 11))})
    before = input_fingerprint(home)
    admit(home, V2, 2)
    assert input_fingerprint(home) != before
    assert statuses(take_in(home, 3)) == ["accepted", "accepted"]
    assert lake(home) == 10
    assert WHY in told(home, V2) and WHO not in told(home, V2)
    assert admissions(home)[V2].by == WHO


def test_a_delivery_waits_as_a_whole(home):
    file(home, 0, {"hh": people(range(1, 101)), "inc": people(range(1, 101), "inc")})
    few, nearly_all = people(range(1, 11)), people(range(1, 100), "inc")
    found = file(home, 1, {"hh": few, "inc": nearly_all, "ben": rows("ben", 5)})
    assert {item.status for item in found[V2].files} == {"waiting"}
    assert (lake(home), lake(home, "inc"), lake(home, "ben")) == (100, 100, 0)
    assert [each.submission_id for each in s2_lake.in_force(home, list(found.values()))] == [V1]
    admit(home, V2, 2)
    take_in(home, 3)
    assert (lake(home), lake(home, "inc"), lake(home, "ben")) == (10, 99, 5)


def test_a_table_that_is_not_in_the_delivery_is_not_taken_away(home):
    file(home, 0, {"hh": people(range(1, 101)), "inc": people(range(1, 101), "inc")})
    found = file(home, 1, {"inc": people(range(1, 101), "inc")[::-1]})
    assert statuses(found) == ["accepted", "accepted"] and lake(home) == 100


def test_a_newer_delivery_ends_the_waiting(home):
    file(home, 0, {"hh": people(range(1, 101))})
    file(home, 1, {"hh": people(range(1, 11))})
    found = file(home, 2, {"hh": people(range(1, 99))})
    assert statuses(found) == ["accepted", "superseded", "accepted"]
    assert lake(home) == 98
    assert "没有生效" in told(home, V2) and "第 3 次报送" in told(home, V2)
    with pytest.raises(FilingsError, match="不再等待"):
        admit(home, V2, 3)


def test_a_sheet_of_an_ended_delivery_says_only_what_came_after(home):
    file(home, 0, {"hh": people(range(1, 101))})
    file(home, 1, {"hh": people(range(1, 11)), "ben": rows("ben", 5)})
    found = file(home, 2, {"hh": people(range(1, 99))})
    (reason,) = (item.reason_zh for item in found[V2].files if item.table == "ben")
    assert reason.split(";")[0] == "其后已收到第 3 次报送,本次没有生效"


def test_a_newer_delivery_is_compared_with_what_counts_not_with_what_waits(home):
    file(home, 0, {"hh": people(range(1, 101))})
    file(home, 1, {"hh": people(range(1, 11))})
    found = file(home, 2, {"hh": people(range(1, 13))})
    assert statuses(found) == ["accepted", "superseded", "waiting"]
    admit(home, V3, 3)
    assert statuses(take_in(home, 4)) == ["accepted", "superseded", "accepted"]
    assert lake(home) == 12


def test_a_newer_delivery_of_other_tables_leaves_it_waiting(home):
    file(home, 0, {"hh": people(range(1, 101))})
    file(home, 1, {"hh": people(range(1, 11))})
    found = file(home, 2, {"ben": rows("ben", 5)})
    assert statuses(found) == ["accepted", "waiting", "accepted"]
    assert (lake(home), lake(home, "ben")) == (100, 5)


def test_withdrawing_ends_the_waiting_and_brings_it_back(home):
    file(home, 0, {"hh": people(range(1, 101))})
    file(home, 1, {"hh": people(range(1, 11))})
    file(home, 2, {"hh": people(range(1, 99))})
    withdraw(home, V3, "报错了", NOW + timedelta(days=3))
    assert statuses(take_in(home, 4)) == ["accepted", "waiting", "accepted"]
    assert lake(home) == 100
    withdraw(home, V2, "报错了", NOW + timedelta(days=5))
    take_in(home, 6)
    with pytest.raises(FilingsError, match="撤回"):
        admit(home, V2, 7)
    assert lake(home) == 100


def test_what_stood_at_receipt_decides(home):
    """A filing withdrawn before is compared with no more; one withdrawn after was compared with."""
    file(home, 0, {"ben": rows("ben", 100)})
    withdraw(home, V1, "报错了", NOW + timedelta(days=1))
    assert statuses(file(home, 2, {"ben": rows("ben", 10)})) == ["accepted", "accepted"]
    assert lake(home, "ben") == 10
    file(home, 3, {"inc": people(range(1, 101), "inc")})
    file(home, 4, {"inc": people(range(1, 11), "inc")})
    withdraw(home, V3, "报错了", NOW + timedelta(days=5))
    assert statuses(take_in(home, 6))[3] == "waiting" and lake(home, "inc") == 0


def test_an_admitted_delivery_is_what_the_next_is_compared_with(home):
    file(home, 0, {"hh": people(range(1, 101))})
    file(home, 1, {"hh": people(range(1, 61))})
    admit(home, V2, 2)
    found = file(home, 3, {"hh": people(range(1, 51))})
    assert statuses(found) == ["accepted", "accepted", "accepted"] and lake(home) == 50


def test_the_period_before_for_tables_whose_keys_last(home):
    file(home, 0, {"hh": people(range(1, 101)), "ben": rows("ben", 100)})
    found = file(home, 1, {"hh": people(range(1, 11)), "ben": rows("ben", 10)}, LATER)
    last = found[f"{COUNTY}-{LATER}-v1"]
    assert last.status == "waiting"
    assert f"“户基本信息表”与 {PERIOD} 期相比" in last.reason_zh and "受益" not in last.reason_zh
    assert lake(home, period=LATER) == 0 and lake(home, "ben", LATER) == 0
    assert lake(home) == 100


def test_the_period_before_counts_only_where_the_period_has_no_filing(home):
    file(home, 0, {"hh": people(range(1, 101))})
    file(home, 1, {"hh": people(range(1, 11))}, LATER)
    admit(home, f"{COUNTY}-{LATER}-v1", 2)
    found = file(home, 3, {"hh": people(range(1, 12))}, LATER)
    assert found[f"{COUNTY}-{LATER}-v2"].status == "accepted"


def test_an_earlier_period_filed_later_is_not_compared_with_a_later_one(home):
    file(home, 0, {"hh": people(range(1, 101))}, LATER)
    assert statuses(file(home, 1, {"hh": people(range(1, 11))})) == ["accepted", "accepted"]


def test_periods_filed_at_once_are_compared_in_their_order(home):
    folder = home.inbox / COUNTY / PERIOD
    folder.mkdir(parents=True)
    (folder / "hh.csv").write_bytes(csv_bytes([headers("hh"), *people(range(1, 101))]))
    found = file(home, 0, {"hh": people(range(1, 11))}, LATER)
    assert statuses(found) == ["accepted", "waiting"]


def test_reports_that_name_themselves_anew_are_counted_only(home):
    def report(first: int) -> list[list[str]]:
        return people(range(first, first + 60), "agg")

    file(home, 0, {"agg": report(1)})
    assert statuses(file(home, 1, {"agg": report(101)})) == ["accepted", "accepted"]
    assert statuses(file(home, 2, {"agg": report(201)[:20]}))[-1] == "waiting"


def test_everything_read_again_gives_the_same(home):
    file(home, 0, {"hh": people(range(1, 101))})
    file(home, 1, {"hh": people(range(1, 61))})
    admit(home, V2, 2)
    file(home, 3, {"hh": people(range(1, 56))})
    file(home, 4, {"hh": people(range(1, 11))})
    file(home, 5, {"hh": people(range(1, 12))}, LATER)
    before = take_in(home, 6)
    assert statuses(before) == ["accepted", "accepted", "accepted", "waiting", "waiting"]
    shutil.rmtree(home.build)
    shutil.rmtree(home.reports)
    assert take_in(home, 7) == before
    assert lake(home) == 55


def test_a_returned_correction_never_waits_by_its_size(home):
    body = people(range(1, 101))
    body[4][headers("hh").index("户编号")] = ""
    file(home, 0, {"hh": body})
    correct(home, V1, "改.xlsx", {(6, "户编号"): "9901999999"})
    assert statuses(take_in(home, 1)) == ["partial", "accepted"]
    assert lake(home) == 100


def test_corrections_of_a_delivery_that_waits_count_with_it(home):
    file(home, 0, {"hh": people(range(1, 101))})
    body = people(range(1, 11))
    body[4][headers("hh").index("户编号")] = ""
    file(home, 1, {"hh": body})
    correct(home, V2, "改.xlsx", {(6, "户编号"): "9901999999"})
    found = take_in(home, 2)
    assert statuses(found) == ["accepted", "waiting", "accepted"]
    assert found[V3].rows_accepted == 1 and lake(home) == 100
    admit(home, V2, 3)
    take_in(home, 4)
    assert lake(home) == 10


def test_corrections_of_what_counts_are_taken_while_another_waits(home):
    body = people(range(1, 101))
    body[4][headers("hh").index("户编号")] = ""
    file(home, 0, {"hh": body})
    file(home, 1, {"hh": people(range(1, 11))})
    correct(home, V1, "改.xlsx", {(6, "户编号"): "9901999999"})
    found = take_in(home, 2)
    assert statuses(found) == ["partial", "waiting", "accepted"] and lake(home) == 100


def test_a_first_delivery_never_waits(home):
    assert statuses(file(home, 0, {"hh": people(range(1, 3))})) == ["accepted"]


@pytest.mark.parametrize(
    ("submission_id", "reason", "by", "said"),
    [
        (V4, WHY, WHO, "没有编号为"),
        (V1, WHY, WHO, "没有在等待"),
        (V2, " \n", WHO, "--reason"),
        (V2, WHY, "", "--by"),
        (V2, "长" * 501, WHO, "--reason"),
    ],
)
def test_what_cannot_be_admitted(home, submission_id, reason, by, said):
    file(home, 0, {"hh": people(range(1, 101))})
    file(home, 1, {"hh": people(range(1, 11))})
    with pytest.raises(FilingsError, match=said):
        s2_lake.admit(home, submission_id, reason, by, NOW + timedelta(days=2))
    assert admissions(home) == {}


def test_nothing_is_admitted_twice_or_before_it_is_read(home):
    file(home, 0, {"hh": people(range(1, 101))})
    folder = home.inbox / COUNTY / PERIOD
    (folder / "hh.csv").write_bytes(csv_bytes([headers("hh"), *people(range(1, 11))]))
    receive(home, NOW + timedelta(days=1))
    with pytest.raises(FilingsError, match="还没有读取"):
        admit(home, V2, 2)
    s2_lake.ingest(home)
    admit(home, V2, 3)
    with pytest.raises(FilingsError, match="已于 2020-07-04"):
        admit(home, V2, 4)


@pytest.mark.parametrize("content", [b"", b'{"submission_id": "9901', b"{}"])
def test_a_torn_admission_decides_nothing(home, content):
    """What is read while it is damaged would be read as if nobody had admitted anything."""
    file(home, 0, {"hh": people(range(1, 101))})
    file(home, 1, {"hh": people(range(1, 11))})
    admit(home, V2, 2)
    (record,) = (home.archive / "admissions").glob("*.json")
    whole = record.read_bytes()
    record.write_bytes(content)
    for day, last in ((3, 12), (4, 13)):
        (home.inbox / COUNTY / PERIOD / "hh.csv").write_bytes(
            csv_bytes([headers("hh"), *people(range(1, last))])
        )
        receive(home, NOW + timedelta(days=day))
    with pytest.raises(TornError, match="用 filings admit 重新确认"):
        s2_lake.ingest(home)
    assert [error.path for error in torn_records(home)] == [record]
    record.write_bytes(whole)
    assert statuses(take_in(home, 5)) == ["accepted"] * 4
    assert lake(home) == 12


def test_a_dry_run_says_that_it_would_wait(home, tmp_path):
    file(home, 0, {"hh": people(range(1, 101))})
    desk = Home(tmp_path / "desk")
    (read,) = file(desk, 1, {"hh": people(range(1, 11))}).values()
    (sentence,) = s2_lake.would_wait(desk, read, home)
    assert read.status == "accepted" and "由 100 行减为 10 行" in sentence
    assert s2_lake.would_wait(desk, read, Home(tmp_path / "no home")) == []
