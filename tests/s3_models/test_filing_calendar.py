"""The filing calendar: China's working days, who is due when, and what is wrong in the file."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import CatalogueError
from pipelines.s2_lake import SubmissionResult
from pipelines.s3_models.timeliness.filing_calendar import Calendar, Entry, read_calendar
from pipelines.s3_models.timeliness.filings_due import filings_due
from pipelines.s3_models.timeliness.workdays import is_known, is_workday, on_or_after

LONG = "610327"


def calendar(tmp_path: Path, text: str) -> Calendar:
    path = tmp_path / "filing_calendar.yml"
    path.write_text(text, encoding="utf-8")
    return read_calendar(path)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2020-01-19", True),  # a Sunday worked for the Spring Festival
        ("2020-04-26", True),  # a Sunday worked for Labour Day
        ("2020-10-01", False),
        ("2020-10-02", False),
        ("2020-10-10", True),  # a Saturday worked for the National Day
        ("2020-01-31", False),  # the Spring Festival as prolonged in 2020
        ("2018-06-18", False),  # Dragon Boat
        ("2018-09-29", True),
        ("2020-06-13", False),
        ("2020-06-12", True),
    ],
)
def test_known_days(day, works):
    assert is_workday(date.fromisoformat(day)) is works


def test_an_unknown_year_is_monday_to_friday_and_says_so():
    friday, saturday = date(2100, 1, 1), date(2100, 1, 2)
    assert not is_known(friday) and is_workday(friday) and not is_workday(saturday)
    assert on_or_after(saturday).day == date(2100, 1, 4)
    assert not on_or_after(saturday).is_known


@given(st.dates(date(2004, 1, 1), date(2105, 12, 31)))
def test_the_next_working_day_is_the_first_one(day):
    found = on_or_after(day)
    between = (found.day - day).days
    assert is_workday(found.day) and between <= 12
    skipped = [day + timedelta(days=n) for n in range(between)]
    assert not any(is_workday(each) for each in skipped)
    assert found.is_known == all(is_known(each) for each in [*skipped, found.day])


def test_the_committed_calendar_asks_half_yearly_and_moves_to_a_working_day():
    own = read_calendar().of_county("421081")
    (june,) = own.dues("hh", "2020-06")
    assert (june.frequency, june.is_expected) == ("yearly", True)
    assert june.due_at == datetime(2020, 7, 30, 23, 59, 59)
    # 30 January 2020 lay in the Spring Festival, which lasted until 2 February.
    (december,) = own.dues("hh", "2019-12")
    assert december.due_at == datetime(2020, 2, 3, 23, 59, 59)
    (may,) = own.dues("hh", "2020-05")
    assert not may.is_expected and may.due_at == datetime(2020, 6, 30, 23, 59, 59)
    (old,) = own.dues("hh", "2009-12")
    assert (old.frequency, old.due_at, old.is_expected) == (None, None, False)


def test_the_sprint_of_2018_was_sixteen_fridays_of_one_county():
    own = read_calendar().of_county(LONG)
    months = ("2018-05", "2018-06", "2018-07", "2018-08", "2018-09", "2018-10")
    dues = [due for month in months for due in own.dues("agg", month)]
    weekly = [due for due in dues if due.frequency == "weekly"]
    assert len(weekly) == 16
    assert {due.due_at.isoweekday() for due in weekly} == {5}
    assert {due.due_at.time().isoformat() for due in weekly} == {"12:00:00"}
    assert weekly[0].due_at == datetime(2018, 6, 15, 12) and weekly[-1].covers_to.day == 28
    assert [due.frequency for due in dues if due not in weekly] == ["yearly", "yearly"]
    assert [due.frequency for due in own.dues("hh", "2018-07")] == ["yearly"]
    others = read_calendar().of_county("610328")
    assert [due.frequency for due in others.dues("agg", "2018-07")] == ["yearly"]


WEEKLY = """
- area: "000000"
  tables: agg
  frequency: weekly
  due: {weekday: 5, time: "12:00"}
  valid: {from: 2010-01-01}
  basis: x
"""


def test_a_friday_off_moves_to_the_next_working_day_at_noon(tmp_path):
    own = calendar(tmp_path, WEEKLY).of_county(LONG)
    october = own.dues("agg", "2020-10")
    # 2 October 2020 lay in the National Day holiday; Friday 9 October was a day of work.
    assert [due.due_at for due in october[:2]] == [
        datetime(2020, 10, 9, 12),
        datetime(2020, 10, 9, 12),
    ]
    assert [due.covers_to for due in october[:2]] == [date(2020, 10, 2), date(2020, 10, 9)]
    january = own.dues("agg", "2020-01")
    # Two Fridays in one holiday: two reports, due on the same day.
    assert [due.due_at for due in january[-2:]] == [datetime(2020, 2, 3, 12)] * 2
    # Labour Day 2021: Friday 30 April worked, and was no holiday.
    assert own.dues("agg", "2021-04")[-1].due_at == datetime(2021, 4, 30, 12)
    assert not own.dues("agg", "2100-01")[0].is_calendar_known


@given(st.integers(2005, 2030), st.integers(1, 12))
def test_weeks_follow_each_other_without_gap(year, month):
    every_friday = Entry(
        "000000", frozenset(["agg"]), "weekly", date(2004, 1, 1), None, "x", weekday=5
    )
    own = Calendar((every_friday,)).of_county(LONG)
    period = f"{year}-{month:02d}"
    following = f"{year + month // 12}-{month % 12 + 1:02d}"
    dues = own.dues("agg", period) + own.dues("agg", following)[:1]
    for one, next_one in pairwise(dues):
        assert next_one.covers_from - one.covers_to == timedelta(days=1)
        assert one.due_at <= next_one.due_at and one.due_at.date() >= one.covers_to


def test_the_nearest_area_decides_then_the_named_table(tmp_path):
    def entry(area, tables, days, more=""):
        return (
            f'- {{area: "{area}", tables: {tables}, frequency: monthly, due_days: {days}, '
            f"valid: {{from: 2010-01-01{more}}}, basis: x}}\n"
        )

    found = calendar(
        tmp_path,
        entry("000000", '"*"', 1)
        + entry("000000", "[p]", 2)
        + entry("610000", '"*"', 3)
        + entry("610300", '"*"', 6, ", to: 2018-12-31")
        + '- {area: "610300", tables: "*", frequency: monthly, due_days: 7, '
        "valid: {from: 2018-06-01}, basis: x}\n",
    )

    def days(county, table, period):
        (due,) = found.of_county(county).dues(table, period)
        return due.due_at.date()

    assert days("420101", "hh", "2018-07") == date(2018, 8, 1)
    assert days("420101", "p", "2018-07") == date(2018, 8, 2)
    assert days("610101", "p", "2018-07") == date(2018, 8, 3)
    assert days(LONG, "p", "2018-07") == date(2018, 8, 7)
    assert days(LONG, "p", "2018-05") == date(2018, 6, 6)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1", "列表"),
        ("- {}", "第 1 条有误"),
        (WEEKLY + WEEKLY.replace('"000000"', "12"), "第 2 条有误.*六位"),
        (WEEKLY.replace("agg", "nonsense"), "没有这些表"),
        (WEEKLY.replace("agg", "hh"), "周报只有"),
        (WEEKLY.replace("weekly", "daily"), "daily"),
        (WEEKLY.replace("weekday: 5", "weekday: 8"), "weekday"),
        (WEEKLY.replace('"12:00"', '"noon"'), "noon"),
        (WEEKLY.replace("due:", "due_days: 3\n  due:"), "due_days"),
        (WEEKLY.replace("2010-01-01", "someday"), "不是日期"),
    ],
)
def test_a_mistake_in_the_calendar_is_named(tmp_path, text, said):
    with pytest.raises(CatalogueError, match=said):
        calendar(tmp_path, text)


def result(county, period, received_on, tables=("hh",), version=1):
    return SubmissionResult(
        submission_id=f"{county}-{period}-v{version}",
        county_code=county,
        period=period,
        version=version,
        received_at=f"{received_on}T02:00:00+08:00",
        is_sample=False,
        status="accepted" if tables else "refused",
        reason_zh="",
        tables=tables,
        amended=(),
        ignored=(),
        files=(),
        quarantine=(),
        headers=(),
        notes=(),
        dictionary_version="",
    )


def expected(every, standing=None):
    frame = filings_due(
        read_calendar(), dictionary(), every, every if standing is None else standing
    )
    chosen = frame.filter(frame["is_expected"] & (frame["table_name"] == "hh"))
    return list(chosen.select("county_code", "period").iter_rows())


def test_expected_is_from_the_first_filing_to_the_newest_period_of_anybody():
    every = [
        result("990101", "2019-06", "2019-07-05"),
        result("990102", "2020-06", "2020-07-05"),
        result("990102", "2020-03", "2020-07-05", tables=()),
    ]
    assert expected(every) == [
        ("990101", "2019-06"),
        ("990101", "2019-12"),
        ("990101", "2020-06"),
        ("990102", "2020-06"),
    ]


def test_a_slip_of_a_year_makes_nobody_late():
    every = [
        result("990101", "2020-06", "2020-07-05"),
        result("990102", "2020-06", "2020-07-05"),
        result("990102", "2102-06", "2020-07-06"),
    ]
    assert expected(every) == [("990101", "2020-06"), ("990102", "2020-06")]


def test_what_was_withdrawn_or_refused_begins_nothing():
    slip = result("990101", "2010-06", "2020-07-05")
    refused = result("990101", "2015-06", "2020-07-05", tables=())
    right = result("990101", "2020-06", "2020-07-06")
    every = [slip, refused, right]
    assert expected(every, [refused, right]) == [("990101", "2020-06")]
    assert expected([slip], []) == []
    # Its own due date is still known.
    frame = filings_due(read_calendar(), dictionary(), [slip], [])
    assert frame.height == len(dictionary().tables) and frame["due_at"].null_count() == 0
