"""Repeats, old versions and withdrawals: decided by whole sets of bytes, told to the county."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home
from pipelines.s1_archive import (
    FiledFile,
    Submission,
    notices,
    receive,
    reception,
    submissions,
    withdraw,
    withdrawals,
)
from pipelines.s1_archive.repeats import repeats

COUNTY, PERIOD = "990101", "2020-06"
START = datetime(2020, 7, 1, 2, 0)


def deliver(home: Home, day: int, period: str = PERIOD, **files: str):
    """Drop files (name → content) and receive on a day."""
    folder = home.inbox / COUNTY / period
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content)
    found = reception(home, START + timedelta(days=day))
    assert list(folder.iterdir()) == []
    return found


def standing(home: Home) -> list[Submission]:
    gone = withdrawals(home)
    return [each for each in submissions(home) if each.submission_id not in gone]


def test_a_part_of_the_newest_is_repeated_and_says_when_it_came_first(home):
    deliver(home, 0, a="one", b="two")
    deliver(home, 1, a="one", b="three")
    found = deliver(home, 2, a="one")
    assert found.submissions == []
    (told,) = found.repeated
    assert (told.name, told.submission_id, told.replaced_by) == ("a.csv", "990101-2020-06-v1", ())
    assert told.first_received_at == "2020-07-01T02:00:00+08:00"
    assert told.noted_at == "2020-07-03T02:00:00+08:00"
    assert notices(home, standing(home))[COUNTY, PERIOD].repeated == (told,)


def test_a_resend_of_an_older_version_is_recognised_and_not_applied(home):
    deliver(home, 0, a="one")
    deliver(home, 1, a="two")
    deliver(home, 2, a="three")
    found = deliver(home, 3, a="one")
    assert found.submissions == [] and len(submissions(home)) == 3
    (told,) = found.repeated
    assert told.submission_id == "990101-2020-06-v1"
    assert told.replaced_by == ("990101-2020-06-v2", "990101-2020-06-v3")


def test_files_of_several_submissions_together_are_a_new_delivery(home):
    deliver(home, 0, a="one", b="two")
    deliver(home, 1, a="three")
    (new,) = deliver(home, 2, a="three", b="two").submissions
    assert [file.name for file in new.files] == ["a.csv", "b.csv"]


def test_a_partly_known_set_is_a_new_delivery_with_all_its_files(home):
    deliver(home, 0, a="one", b="two")
    (new,) = deliver(home, 1, a="one", c="new").submissions
    assert [file.name for file in new.files] == ["a.csv", "c.csv"]


def test_a_new_delivery_silences_what_was_said_of_repeats(home):
    deliver(home, 0, a="one")
    deliver(home, 1, a="one")
    deliver(home, 2, b="one")
    assert [each.name for each in notices(home, standing(home))[COUNTY, PERIOD].repeated] == [
        "a.csv",
        "b.csv",
    ]
    deliver(home, 3, a="two")
    assert notices(home, standing(home)) == {}


def test_a_withdrawn_delivery_no_longer_counts_as_received(home):
    deliver(home, 0, a="one")
    deliver(home, 1, a="two")
    repeated = deliver(home, 2, a="one").repeated
    assert repeated[0].replaced_by == ("990101-2020-06-v2",)
    withdraw(home, "990101-2020-06-v2", "报错了", START + timedelta(days=3))
    assert notices(home, standing(home))[COUNTY, PERIOD].is_empty, "the first one stands again"
    assert deliver(home, 4, a="one").repeated[0].replaced_by == ()
    (again,) = deliver(home, 5, a="two").submissions
    assert again.submission_id == "990101-2020-06-v3"


def test_a_clock_set_back_never_puts_a_delivery_before_an_older_one(home):
    deliver(home, 0, a="one")
    assert deliver(home, 1, a="two").warnings == []
    found = deliver(home, -7000, a="three")
    (third,) = found.submissions
    assert third.received_at == "2020-07-02T02:00:01+08:00"
    assert found.warnings == [
        "本机时钟早于档案中最近的时刻 2020-07-02T02:00:00+08:00,"
        "接收时间按 2020-07-02T02:00:01+08:00 记录,请校准本机时钟。"
    ]
    assert [each.version for each in submissions(home)] == [1, 2, 3]


def test_a_withdrawal_under_a_clock_set_back_comes_after_what_was_received(home):
    deliver(home, 0, a="one")
    gone = withdraw(home, "990101-2020-06-v1", "报错了", datetime(1999, 1, 1))
    assert gone.withdrawn_at == "2020-07-01T02:00:01+08:00"
    (second,) = deliver(home, -7000, a="two").submissions
    assert second.received_at == "2020-07-01T02:00:02+08:00"


def test_the_same_moment_again_is_not_moved(home):
    deliver(home, 0, a="one")
    found = deliver(home, 0, a="two")
    assert (found.submissions[0].received_at, found.warnings) == ("2020-07-01T02:00:00+08:00", [])


def test_a_version_number_is_never_given_twice(home):
    deliver(home, 0, a="one")
    withdraw(home, "990101-2020-06-v1", "报错了", START)
    (again,) = deliver(home, 1, a="one").submissions
    assert again.version == 2


def test_a_withdrawal_is_recorded_with_its_moment_and_reason(home):
    deliver(home, 0, a="one")
    done = withdraw(home, "990101-2020-06-v1", " 报错了\n县 ", datetime(2020, 7, 9))
    assert (done.withdrawn_at, done.reason) == ("2020-07-09T00:00:00+08:00", "报错了 县")
    assert withdrawals(home) == {"990101-2020-06-v1": done}


@pytest.mark.parametrize(
    ("submission_id", "reason", "said"),
    [
        ("990101-2020-06-v9", "报错了", "没有编号为"),
        ("../990101-2020-06-v1", "报错了", "没有编号为"),
        ("990101-2020-06-v2", "再撤一次", r"已于 2020-07-02T02:00:00\+08:00 撤回"),
        ("990101-2020-06-v1", " \n", "--reason"),
        ("990101-2020-06-v1", "长" * 501, "--reason"),
    ],
)
def test_what_cannot_be_withdrawn_is_refused(home, submission_id, reason, said):
    deliver(home, 0, a="one")
    deliver(home, 1, a="two")
    withdraw(home, "990101-2020-06-v2", "报错了", START + timedelta(days=1))
    with pytest.raises(FilingsError, match=said):
        withdraw(home, submission_id, reason, START)
    assert list(withdrawals(home)) == ["990101-2020-06-v2"]


def test_another_period_has_its_own_versions(home):
    deliver(home, 0, a="one")
    assert [s.submission_id for s in deliver(home, 1, period="2020-05", a="one").submissions] == [
        "990101-2020-05-v1"
    ]
    assert receive(home) == []


CONTENTS = st.sets(st.sampled_from("abcde"), min_size=1)


@given(st.lists(CONTENTS, min_size=1, max_size=5), CONTENTS)
def test_repeated_exactly_when_one_submission_holds_all(versions, dropped):
    def filed(contents):
        return tuple(FiledFile(f"{one}.csv", one, 1) for one in sorted(contents))

    known = [
        Submission(f"v{n}", COUNTY, PERIOD, n, f"2020-07-0{n}T02:00:00+08:00", filed(contents))
        for n, contents in enumerate(versions, start=1)
    ]
    found = repeats(filed(dropped), known, "2020-08-01T02:00:00+08:00")
    assert bool(found) == any(dropped <= contents for contents in versions)
    if found:
        assert {each.sha256 for each in found} == dropped
        assert all(each.replaced_by == found[0].replaced_by for each in found)
        assert (found[0].replaced_by == ()) == (dropped <= versions[-1])
        for each in found:
            first = next(s for s in known if each.sha256 in s.hashes)
            assert each.submission_id == first.submission_id
