"""Incomes that add up and living conditions that are safe, for every household of a filing."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from random import Random

from pipelines.simulate.dates import age_at
from pipelines.simulate.filing import NO, YES, Filing, Row
from pipelines.simulate.people import UNABLE, Household, Person

_PARTS = (
    "family_planning", "dibao_amt", "tekun_amt", "pension_amt", "eco_amt", "other_transfer",
)  # fmt: skip


def livelihoods(filing: Filing, rng: Random) -> None:
    """Fill the income and the living-conditions table."""
    for code, household in filing.homes.items():
        live = household.live(filing.as_of)
        filing.tables["inc"].append(_income(filing, rng, household, live))
        filing.tables["liv"].append(_living(filing, code, household, live))


def per_head(net: Decimal, members: int) -> Decimal:
    """Return net income per head, to the cent."""
    return (net / members).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _target(rng: Random, household: Household, year: int) -> int:
    """Return the income per head that the household's standing implies, yuan a year.

    It changes from one year to the next, and little.
    """
    if household.kind == "poor":
        return rng.randint(2620, 3150) if year <= 2019 else rng.randint(2900, 3900)
    if household.monitored == "open":
        return rng.randint(4260, 4990)
    if household.monitored == "eliminated":
        return rng.randint(5600, 7600)
    level = 5800 + int(household.code[-6:]) * 7919 % 8000
    return level * (rng.randint(100, 106) + 8 * (year % 2)) // 100


def _income(filing: Filing, rng: Random, household: Household, live: list[Person]) -> Row:
    day, count = filing.as_of, len(live)
    net = count * _target(rng, household, day.year) + rng.randrange(count)
    elders = sum(age_at(one.born, day) >= 60 for one in live)
    parts = dict.fromkeys(_PARTS, 0)
    parts["dibao_amt"] = 1200 * sum(one.dibao for one in live)
    parts["tekun_amt"] = net * 6 // 10 if any(one.tekun for one in live) else 0
    parts["pension_amt"] = 960 * elders
    parts["eco_amt"] = 60 if rng.random() < 0.3 and _forest(household.code) else 0
    parts["other_transfer"] = rng.randrange(0, 180)
    shares = rng.randrange(0, 120) if rng.random() < 0.4 else 0
    left = net - sum(parts.values()) - shares
    wage = business = cost = 0
    if all(one.labor(day) in UNABLE for one in live):
        parts["other_transfer"] += left
    else:
        farmed = left * rng.randint(10, 35) // 100
        cost = farmed * rng.randint(20, 50) // 100
        business, wage = farmed + cost, left - farmed
    transfer = sum(parts.values())
    row: Row = {
        "year": day.year,
        "household_code": household.code,
        "wage": wage,
        "business": business,
        "property": shares,
        "transfer": transfer,
        **{name: value or None for name, value in parts.items()},
        "gross": wage + business + shares + transfer,
        "business_cost": cost,
        "net": net,
        "net_pc": per_head(Decimal(net), count),
    }
    if household.monitored:
        row |= {"claim": 0, "self_pay": rng.randrange(500, 3000)}
    return row


def _forest(code: str) -> int:
    """Return a household's forest land, mu."""
    return int(code[-6:]) % 5


def _living(filing: Filing, code: str, household: Household, live: list[Person]) -> Row:
    number = int(code[-6:])
    forest = _forest(code)
    return {
        "year": filing.as_of.year,
        "household_code": code,
        "arable": f"{household.arable:.1f}",
        "irrigated": f"{household.arable * 0.6:.1f}",
        "forest": forest,
        "grain_for_green": 1 if forest else 0,
        "orchard": number % 3,
        "pasture": 0,
        "water_area": "0.5" if number % 11 == 0 else 0,
        "production_power": YES,
        "drink_difficult": NO,
        "drink_safe": YES,
        "living_power": YES,
        "has_tv": YES,
        "road_km": f"{number % 30 / 10:.1f}",
        "entry_road": "水泥(沥青)" if number % 4 else "砂石",
        "house_area": household.house,
        "house_struct": "砖混材料" if number % 3 else "砖瓦砖木/砖石窑洞",
        "build_year": 1985 + number % 30,
        "is_dangerous": NO,
        "has_toilet": YES,
        "fuel": "清洁能源" if number % 5 else "柴草",
        "water_l": 60,
        "fetch_min": 0,
        "supply_rate": 97,
        "water_quality": "达标",
    }
