"""What a county must be told of its inbox that became no submission: repeats and things left.

``notices/<county>-<period>.json`` holds the present state, not a log: the last reception's left
things, and the repeats since the deliveries that stand now came to stand.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from pipelines.core.files import TornError
from pipelines.core.settings import Home
from pipelines.s1_archive.records import Submission, read_record, write_whole
from pipelines.s1_archive.walk import LeftFile

NOTICE_TORN = "作废并按收件箱现在的情况重写,以前提示过的重复文件不再列出"


@dataclass(frozen=True)
class RepeatedFile:
    """A file whose bytes had been received before; it was removed from the inbox.

    ``submission_id`` and ``first_received_at``: where and when the bytes came first.
    ``replaced_by``: the standing deliveries that came after the one it belongs to; none where it
    belongs to the newest, so that nothing is older than what stands.
    """

    county_code: str
    period: str
    name: str
    sha256: str
    noted_at: str
    first_received_at: str
    submission_id: str
    replaced_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notice:
    """The state of one county and period. ``standing``: the submissions it was written under."""

    county_code: str
    period: str
    standing: tuple[str, ...]
    repeated: tuple[RepeatedFile, ...] = ()
    left: tuple[LeftFile, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.repeated or self.left)

    def noting(self, repeated: list[RepeatedFile], left: list[LeftFile]) -> Notice:
        """Return the state after a reception: more repeats, other things left."""
        known = {(each.name, each.sha256): each for each in (*self.repeated, *repeated)}
        return replace(self, repeated=tuple(known.values()), left=tuple(left))

    def under(self, standing: tuple[str, ...]) -> Notice:
        """Return the state as true under other standing submissions: their repeats are past."""
        return self if standing == self.standing else replace(self, standing=standing, repeated=())


def notices(home: Home, known: list[Submission]) -> dict[tuple[str, str], Notice]:
    """Return what is to be told now, by county and period, in that order.

    ``known`` are the submissions that stand: repeats noted under others are told no more. A
    damaged record is passed over: the next reception notes anew what lies there.
    """
    found = {}
    for path in sorted((home.archive / "notices").glob("*.json")):
        try:
            noted = read_record(path, notice, NOTICE_TORN)
        except TornError:
            continue
        place = (noted.county_code, noted.period)
        found[place] = noted.under(standing_ids(known, place))
    return found


def torn_notices(home: Home) -> list[TornError]:
    """Return what is wrong with the records that cannot be read."""
    found = []
    for path in sorted((home.archive / "notices").glob("*.json")):
        try:
            read_record(path, notice, NOTICE_TORN)
        except TornError as error:
            found.append(error)
    return found


def standing_ids(known: list[Submission], place: tuple[str, str]) -> tuple[str, ...]:
    """Return the ids of one county's and period's submissions, in order of their versions."""
    here = sorted((s for s in known if s.place == place), key=lambda s: s.version)
    return tuple(s.submission_id for s in here)


def write_notice(home: Home, state: Notice) -> None:
    """Write the state of one county and period; remove it where there is nothing to say."""
    path = home.archive / "notices" / f"{state.county_code}-{state.period}.json"
    if state.is_empty:
        path.unlink(missing_ok=True)
    else:
        write_whole(path, asdict(state))


def notice(body: dict[str, Any]) -> Notice:
    """Return a notice from its record's content."""
    return Notice(
        county_code=body["county_code"],
        period=body["period"],
        standing=tuple(body["standing"]),
        repeated=tuple(
            RepeatedFile(**{**each, "replaced_by": tuple(each["replaced_by"])})
            for each in body["repeated"]
        ),
        left=tuple(LeftFile(**each) for each in body["left"]),
    )
