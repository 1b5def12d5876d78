"""The people of one county over all its periods: drawn for the last data date, told backwards.

Births, marriages, moves and deaths between the first and the last data date are events of single
persons; whoever is not born yet or still alive stands accordingly in the earlier filings.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from pipelines.simulate.dates import age_at, days, years_before
from pipelines.simulate.identity import Registry, invented_name
from pipelines.simulate.people import ABLE, HEALTHY, UNABLE, Household, Person, Sketch, sketch


@dataclass(frozen=True)
class Plan:
    """One household to be drawn."""

    kind: str
    size: int
    cause: str | None
    monitored: str = ""


@dataclass(frozen=True)
class Village:
    """One village: codes and the totals of all its residents."""

    code: str
    name: str
    town_code: str
    town_name: str
    total_hh: int
    total_pop: int
    is_poor: bool


@dataclass
class County:
    """One county's people and places. ``ends`` are its data dates in order."""

    code: str
    name: str
    ends: tuple[date, ...]
    rng: Random
    registry: Registry
    villages: list[Village]
    households: list[Household] = field(default_factory=list)

    @property
    def first(self) -> date:
        """The first data date."""
        return self.ends[0]

    @property
    def last(self) -> date:
        """The last data date."""
        return self.ends[-1]


@dataclass(frozen=True)
class Movements:
    """How many events to draw: departures, people moving in, whole households that die out."""

    departures: int
    arrivals: int
    dissolutions: int


def villages(rng: Random, county: str, count: int, residents: int) -> list[Village]:
    """Return villages in towns of up to 16 whose residents add up to ``residents``."""
    weights = [rng.uniform(0.8, 1.2) for _ in range(count)]
    shares = [int(residents * weight / sum(weights)) for weight in weights]
    shares[0] += residents - sum(shares)
    result = []
    for index, people in enumerate(shares):
        town, village = index // 16 + 1, index % 16 + 1
        town_code = f"{county}{100 + town}"
        result.append(
            Village(
                code=f"{town_code}{200 + village}",
                name=f"样例{index + 1}村",
                town_code=town_code,
                town_name=f"样例{town}镇",
                total_hh=max(2, int(people / rng.uniform(3.0, 3.6))),
                total_pop=people,
                is_poor=index % 6 == 1,
            )
        )
    return result


def settle(county: County, plans: Sequence[Plan], movements: Movements) -> None:
    """Draw all households of ``plans`` into the county, and the movements of its people."""
    rng = county.rng
    # The poor live in few villages, in turn, so that each of these has several poor households.
    count = len(county.villages)
    turns = itertools.cycle(range(max(2, count // 6)))
    placed = sorted(
        ((next(turns) if plan.kind == "poor" else rng.randrange(count), plan) for plan in plans),
        key=lambda pair: pair[0],
    )
    for village, plan in placed:
        _add(county, village, plan, sketch(rng, plan.size, plan.cause))
    _marry(county)
    _arrive(county, movements.arrivals)
    _depart(county, movements.departures)
    _dissolve(county, movements.dissolutions)


def _add(county: County, village: int, plan: Plan, sketches: list[Sketch]) -> Household:
    rng = county.rng
    number = len(county.households) + 1
    household = Household(
        code=f"{county.code[:2]}{county.code[4:]}{number:06d}",
        kind=plan.kind,
        cause=plan.cause,
        monitored=plan.monitored,
        village=village,
        group=rng.randint(1, 9),
        phone=county.registry.phone(),
    )
    for item in sketches:
        if plan.monitored == "eliminated" and item.relation in ("户主", "配偶"):
            # Where the risk is gone somebody can still do some work (M022).
            item.age = min(item.age, 73)
        person(county, household, item)
    _health(rng, household, county.last)
    _history(rng, household, county)
    _allowance(rng, household, county.last)
    household.relocated = plan.kind == "exited" and rng.random() < 0.02
    household.arable = round(len(sketches) * rng.uniform(0.6, 1.6), 1)
    household.house = len(sketches) * rng.randint(18, 32) + 10
    if plan.kind != "edge" and rng.random() < 0.3:
        household.other_causes = tuple(
            cause
            for cause in rng.sample(("缺技术", "缺资金", "因灾"), rng.randint(1, 2))
            if cause != plan.cause
        )
    county.households.append(household)
    return household


def person(county: County, household: Household, item: Sketch) -> Person:
    """Add a member who is ``item.age`` at the last data date, and return it."""
    rng = county.rng
    # Who learned a trade or went to college has work (P058, P059).
    employed = household.sends_workers
    born = years_before(county.last, item.age) - days(rng.randrange(1, 360))
    if item.age == 0:
        born = county.last - days(rng.randrange(1, 360))
    added = Person(
        code=f"{household.code}{len(household.members) + 1:02d}",
        name=invented_name(rng),
        gender=item.gender,
        born=born,
        id_no=county.registry.number(born, item.gender),
        relation=item.relation,
        skilled=rng.random() < 0.2 and employed,
        college=18 <= item.age <= 30 and rng.random() < 0.15 and employed,
        schooling=_schooling(rng, item.age),
        rank=rng.random(),
    )
    if born > county.first:
        added.since, added.joined_by = born, "出生"
    household.members.append(added)
    return added


def _schooling(rng: Random, age: int) -> str:
    if age < 30:
        return rng.choice(("高中", "初中"))
    if age < 60:
        return rng.choice(("小学", "初中", "初中", "高中"))
    return rng.choice(("文盲或半文盲", "小学", "小学"))


def _health(rng: Random, household: Household, last: date) -> None:
    """Give somebody the illness or disability that the cause names, and a few others.

    Where labour is short, and in households that are still poor or monitored, nobody can do a
    full day's work.
    """
    adults = [one for one in household.members if age_at(one.born, last) >= 18]
    oldest = max(adults, key=lambda one: -one.born.toordinal())
    chosen = oldest if rng.random() < 0.75 else rng.choice(adults)
    if household.cause == "因病":
        chosen.health = rng.choice(("长期慢性病", "长期慢性病", "患有大病"))
    elif household.cause == "因残":
        chosen.health = "残疾"
        chosen.certificate = rng.choice("123457") + rng.choice("1234")
        if household.monitored == "eliminated":
            chosen.certificate = chosen.certificate[0] + "3"
    elif household.cause == "缺劳力":
        for one in adults:
            one.health = "长期慢性病"
    elif age_at(oldest.born, last) >= 65 and rng.random() < 0.25:
        oldest.health = "长期慢性病"
    if household.kind == "poor" or (household.kind == "exited" and household.monitored):
        for one in adults:
            one.health = "长期慢性病" if one.health == HEALTHY else one.health
    for one in household.members:
        one.college = one.college and one.health == HEALTHY


def _history(rng: Random, household: Household, county: County) -> None:
    limit = min(2019, county.first.year)
    if household.kind == "poor":
        month = date(limit, rng.randint(3, 10), 1)
        household.identified = month if month < county.first else date(limit - 1, month.month, 1)
    else:
        year = min(rng.choice((2013, 2014, 2014, 2015, 2016)), limit - 1)
        household.identified = date(year, 12 if year == 2013 else rng.randint(1, 12), 1)
    if household.kind == "exited":
        household.exit_year = rng.randint(household.identified.year + 1, limit)


def _allowance(rng: Random, household: Household, last: date) -> None:
    """Give 低保 or 特困供养 and the household attribute that goes with it."""
    if household.kind == "edge":
        return
    household.attr = "一般贫困户"
    members = household.members
    if all(one.labor(last) in UNABLE for one in members):
        alone = len(members) == 1 and age_at(members[0].born, last) >= 62
        household.attr = "特困供养贫困户" if alone and rng.random() < 0.6 else "低保贫困户"
    elif rng.random() < 0.12:
        household.attr = "低保贫困户"
    for one in members:
        one.tekun = household.attr == "特困供养贫困户"
        one.dibao = household.attr == "低保贫困户"


def _between(county: County) -> date:
    """Return a day after the first data date and not after the last."""
    span = (county.last - county.first).days
    return county.first + days(county.rng.randint(1, span)) if span else county.last


def _marry(county: County) -> None:
    if county.first == county.last:
        return
    for household in county.households:
        for one in household.members:
            if one.relation == "之儿媳" and one.health == HEALTHY and county.rng.random() < 0.1:
                one.since, one.joined_by = _between(county), "婚入"
                one.skilled = one.college = False


def _arrive(county: County, count: int) -> None:
    """Let healthy grown-up brothers and sisters of the heads move in with people who work."""
    if county.first == county.last:
        return
    fit = [
        household
        for household in county.households
        if household.kind == "exited"
        and household.cause != "缺劳力"
        and not household.monitored
        and any(one.labor(county.last) in ABLE and one.since is None for one in household.members)
        and len(household.members) <= 5
        and age_at(household.head.born, county.last) < 60
    ]
    for household in county.rng.sample(fit, min(count, len(fit))):
        gender = county.rng.choice("男女")
        one = person(county, household, Sketch("之兄弟姐妹", gender, county.rng.randint(27, 45)))
        one.since, one.joined_by = _between(county), "迁入"
        one.skilled = one.college = False
        one.dibao = household.attr == "低保贫困户"


def _depart(county: County, count: int) -> None:
    """Let parents who stand in the first filing die, and grown daughters marry, before the last."""
    if county.first == county.last:
        return
    rng = county.rng
    fit = [
        household
        for household in county.households
        if 2 <= len(household.members) <= 5
        and not household.monitored
        and household.kind == "exited"
        and household.cause != "缺劳力"
        and all(one.relation not in ("之父", "之母") for one in household.members)
    ]
    for household in rng.sample(fit, min(count, len(fit))):
        age = age_at(household.head.born, county.last)
        if age < 48 or age > 58:
            one = person(county, household, Sketch("之母", "女", max(age + 16, min(age + 24, 96))))
            one.left_by = "死亡"
        else:
            one = person(county, household, Sketch("之女", "女", age - 26))
            one.left_by = rng.choice(("婚出", "迁出"))
        one.until = _between(county)
        one.dibao = household.attr == "低保贫困户"


def _dissolve(county: County, count: int) -> None:
    if county.first == county.last:
        return
    for _ in range(count):
        village = county.rng.randrange(len(county.villages))
        sketches = [Sketch("户主", county.rng.choice("男女"), county.rng.randint(76, 90))]
        household = _add(county, village, Plan("exited", 1, "因病"), sketches)
        household.ended = _between(county)
        household.head.until, household.head.left_by = household.ended, "死亡"


def sizes(rng: Random, count: int, people: int) -> list[int]:
    """Return ``count`` household sizes between 1 and 7 that add up to ``people``.

    Raises ValueError where that cannot be.
    """
    if not count <= people <= 7 * count:
        raise ValueError(f"{people} people cannot live in {count} households of one to seven")
    result = rng.choices((1, 2, 3, 4, 5, 6), (0.15, 0.26, 0.28, 0.18, 0.09, 0.04), k=count)
    gap = people - sum(result)
    while gap:
        index = rng.randrange(count)
        step = 1 if gap > 0 else -1
        if 1 <= result[index] + step <= 7:
            result[index] += step
            gap -= step
    return result
