"""The counties of a sample: Shishou as its report tells it, and invented ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random

from pipelines.simulate.dates import period_end
from pipelines.simulate.filing import Filing, register
from pipelines.simulate.identity import SHARED_SEQUENCES, Registry
from pipelines.simulate.livelihood import livelihoods
from pipelines.simulate.money import DIRECT, TOWNSHIP, Share, money
from pipelines.simulate.population import County, Movements, Plan, settle, sizes, villages
from pipelines.simulate.reported import shishou_report
from pipelines.simulate.support import helpers, issues, monitoring, teams
from pipelines.simulate.work import Workers, employment, loans

SHISHOU = "421081"
SHISHOU_PERIODS = ("2019-12", "2020-06")
SHISHOU_CAUSES = {
    "因病": 25088,
    "因残": 5770,
    "因学": 1197,
    "缺劳力": 2693,
    "缺技术": 3633,
    "其他": 4231,
    None: 128,
}
"""Persons of the roll by their household's main cause: 58.7, 13.5, 2.8, 6.3, 8.5, 9.9 and 0.3 %."""

MOST_COUNTIES = 19
_SHISHOU_AREA = "990120"
_NUMERALS = "一二三四五六七八九"
_CAUSE_WEIGHTS = {
    "因病": 48, "因残": 12, "因学": 6, "缺劳力": 7, "缺技术": 10, "缺资金": 9, "其他": 8,
}  # fmt: skip


def county_name(number: int) -> str:
    """Return 示例一县 … 示例十九县, the names in dim_region."""
    tens, ones = divmod(number, 10)
    return f"示例{'十' if tens else ''}{_NUMERALS[ones - 1] if ones else ''}县"


def _filings(county: County, periods: Sequence[str]) -> list[Filing]:
    result = []
    previous: date | None = None
    for period in periods:
        filing = Filing(county, period, period_end(period), previous)
        register(filing)
        result.append(filing)
        previous = filing.as_of
    return result


def _county(code: str, name: str, area: str, periods: Sequence[str], rng: Random) -> County:
    return County(
        code=code,
        name=name,
        ends=tuple(period_end(period) for period in periods),
        rng=rng,
        registry=Registry(area, 0, SHARED_SEQUENCES.start),
        villages=[],
    )


def shishou(seed: int, only: str | None = None) -> list[Filing]:
    """Return Shishou's filings of 2019-12 and 2020-06, with the figures of the published report.

    ``only`` names the one period that is wanted; the other is then left out.
    """
    rng = Random(f"{seed}/{SHISHOU}")
    county = _county(SHISHOU, "石首市", _SHISHOU_AREA, SHISHOU_PERIODS, rng)
    county.villages = villages(rng, SHISHOU, 228, 516775)
    settle(county, _shishou_plans(rng), Movements(departures=190, arrivals=0, dissolutions=14))
    earlier, now = _filings(county, SHISHOU_PERIODS)
    if only != now.period:
        _shishou_ledgers(earlier, seed, Workers(14212, 1400, 0, 0), _shares_2019())
    if only != earlier.period:
        _shishou_ledgers(now, seed, Workers(14752, 1350, 218, 41), _shares_2020())
        issues(now, 20, 2, 19, 15)
        shishou_report(now)
    return [filing for filing in (earlier, now) if only in (None, filing.period)]


def _shishou_ledgers(filing: Filing, seed: int, workers: Workers, shares: Sequence[Share]) -> None:
    topic = f"{seed}/{SHISHOU}/{filing.period}"
    livelihoods(filing, Random(f"{topic}/income"))
    money(filing, Random(f"{topic}/money"), shares)
    employment(filing, Random(f"{topic}/work"), workers)
    # 2,415 running loans of 40,000 on average and 1,250 repaid ones of 40,000: 146.6 million yuan.
    amounts = [50000, 40000, 30000] * 805
    loans(filing, amounts, repaid=1250)
    monitoring(filing, Random(f"{topic}/monitoring"))
    helpers(filing, Random(f"{topic}/helpers"), 6668)
    teams(filing, 430)


def _shares_2020() -> list[Share]:
    return [
        Share(TOWNSHIP, 89, 126_500_000, 112_000_000, 51_110_000, 79, 60, 42),
        Share(DIRECT, 32, 69_720_900, 61_404_600, 27_400_000, 26, 17, 10),
    ]


def _shares_2019() -> list[Share]:
    return [
        Share(TOWNSHIP, 70, 98_000_000, 98_000_000, 78_000_000, 70, 66, 60),
        Share(DIRECT, 24, 46_000_000, 46_000_000, 36_000_000, 24, 22, 20),
    ]


def _shishou_plans(rng: Random) -> list[Plan]:
    groups = (
        ("poor", "", 22, 62),
        ("exited", "eliminated", 24, 73),
        ("exited", "open", 153, 421),
        ("exited", "", 14538 - 199, 42740 - 556),
    )
    homes = [
        (kind, monitored, size)
        for kind, monitored, count, people in groups
        for size in sizes(rng, count, people)
    ]
    rng.shuffle(homes)
    homes.sort(key=lambda home: home[0] != "poor")
    plans = [
        Plan(kind, size, cause, monitored)
        for (kind, monitored, size), cause in zip(homes, _share_out(homes), strict=True)
    ]
    for monitored, count, people in (("eliminated", 49, 111), ("open", 184, 550)):
        plans += [Plan("edge", size, None, monitored) for size in sizes(rng, count, people)]
    return plans


def _share_out(homes: Sequence[tuple[str, str, int]]) -> list[str | None]:
    """Give every home a cause so that the persons by cause are exactly SHISHOU_CAUSES.

    The first homes (the poor) get 因病. A cause takes homes in order while they fit, 其他 what is
    left. 因学 takes no one-person home, and nobody monitored or poor goes without a cause.
    """
    result: list[str | None] = [None] * len(homes)
    left = list(range(len(homes)))
    order = ("因病", None, "因残", "因学", "缺劳力", "缺技术")
    for cause in order:
        wanted, passed = SHISHOU_CAUSES[cause], []
        for index in left:
            kind, monitored, size = homes[index]
            barred = (cause == "因学" and size == 1) or (
                cause is None and (bool(monitored) or kind == "poor")
            )
            # A rest of three always finds a home of three.
            if not barred and wanted and (size <= wanted - 3 or size == wanted):
                result[index] = cause
                wanted -= size
            else:
                passed.append(index)
        if wanted:
            raise ValueError(f"{wanted} persons of {cause} found no home")
        left = passed
    for index in left:
        result[index] = "其他"
    return result


def invented(
    number: int, households: int, periods: Sequence[str], seed: int, *, arrivals: int
) -> list[Filing]:
    """Return the consistent filings of invented county ``number`` (1 …), one per period.

    ``arrivals``: people who move in between the first and the last period.
    """
    code = f"9901{number:02d}"
    rng = Random(f"{seed}/{code}")
    county = _county(code, county_name(number), code, periods, rng)
    county.villages = villages(rng, code, max(8, households // 40), households * 36)
    settle(
        county,
        _plans(rng, households),
        Movements(max(20, households // 25), arrivals, max(1, households // 200)),
    )
    filings = _filings(county, periods)
    for filing in filings:
        _ledgers(filing, seed, households)
    return filings


def _plans(rng: Random, households: int) -> list[Plan]:
    poor = max(6, households // 50)
    watched = max(6, households // 40)
    edge = max(10, households // 25)
    causes = rng.choices(list(_CAUSE_WEIGHTS), list(_CAUSE_WEIGHTS.values()), k=households - edge)
    drawn = sizes(rng, households, int(households * 2.95))
    plans = []
    for index, cause in enumerate(causes):
        size = max(2, drawn[index]) if cause == "因学" else drawn[index]
        kind = "poor" if index < poor else "exited"
        monitored = ""
        if poor <= index < poor + watched:
            monitored = "eliminated" if index % 4 == 0 else "open"
        plans.append(Plan(kind, size, cause, monitored))
    for index in range(edge):
        monitored = "eliminated" if index % 5 == 0 else "open"
        plans.append(Plan("edge", drawn[len(causes) + index], None, monitored))
    return plans


def _ledgers(filing: Filing, seed: int, households: int) -> None:
    topic = f"{seed}/{filing.county.code}/{filing.period}"
    people = sum(len(home.live(filing.as_of)) for home in filing.homes.values())
    livelihoods(filing, Random(f"{topic}/income"))
    count = max(36, households // 15)
    money(filing, Random(f"{topic}/money"), _shares(count))
    employment(
        filing,
        Random(f"{topic}/work"),
        Workers(people // 4, people // 14, 6, 2, max(4, people // 90)),
    )
    borrowing = households // 6
    loans(filing, [50000, 30000, 20000] * (borrowing // 3), repaid=0)
    monitoring(filing, Random(f"{topic}/monitoring"))
    helpers(filing, Random(f"{topic}/helpers"), int(households / 2.2))
    teams(filing, 3 * len(filing.county.villages))
    issues(filing, 4, 1, 3, 5)


def _shares(count: int) -> list[Share]:
    """Return shares whose budgets equal the money allocated."""
    town, direct = count * 2 // 3, count - count * 2 // 3
    return [
        Share(unit, n, n * 600_000, n * 600_000, n * 220_000, n - 4, n - 6, n - 7)
        for unit, n in ((TOWNSHIP, town), (DIRECT, direct))
    ]
