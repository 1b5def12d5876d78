"""What one county files for one period: rows by table, a row being column name → value or None.

Values are text, whole numbers or decimals as they will stand in the cell; money is in yuan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from pipelines.simulate.dates import age_at, day_text, month_text
from pipelines.simulate.people import UNABLE, Household, Person
from pipelines.simulate.population import County

Row = dict[str, object]

YES, NO = "是", "否"


def yes(value: bool) -> str:
    """Return 是 or 否."""
    return YES if value else NO


@dataclass
class Filing:
    """All tables of one delivery; ``previous`` is the county's data date before, None at first."""

    county: County
    period: str
    as_of: date
    previous: date | None
    tables: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    homes: dict[str, Household] = field(default_factory=dict)

    def add(self, alias: str, rows: Iterable[Row]) -> None:
        """Append rows to a table."""
        self.tables[alias].extend(rows)

    def by(self, alias: str, column: str) -> dict[str, list[Row]]:
        """Return a table's rows grouped by one column."""
        grouped: dict[str, list[Row]] = defaultdict(list)
        for row in self.tables[alias]:
            grouped[str(row[column])].append(row)
        return grouped


def register(filing: Filing) -> None:
    """Fill households, persons, changes and the villages' table."""
    day, previous = filing.as_of, filing.previous
    for household in filing.county.households:
        if household.ended and previous and previous < household.ended <= day:
            filing.add("chg", (_change(one) for one in household.members))
        if household.ended and household.ended <= day:
            continue
        live = household.live(day)
        filing.homes[household.code] = household
        filing.tables["hh"].append(_household(filing, household, live))
        filing.add("p", (_person(filing, household, one, live=True) for one in live))
        if previous:
            _moves(filing, household, previous)
    _villages(filing)


def _moves(filing: Filing, household: Household, previous: date) -> None:
    day = filing.as_of
    for one in household.members:
        joined = one.since is not None and previous < one.since <= day
        left = one.until is not None and previous < one.until <= day
        if joined or left:
            filing.tables["chg"].append(_change(one))
        # Offices differ: some keep the row of who left for one more filing, some delete it.
        if left and one.rank < 0.4:
            filing.tables["p"].append(_person(filing, household, one, live=False))


def _change(one: Person) -> Row:
    household = one.code[:10]
    if one.until is None:
        kind, reason, on = "自然增加", one.joined_by, one.since
    else:
        kind, reason, on = "自然减少", one.left_by, one.until
    if one.until is not None and one.relation == "户主":
        kind = "整户自然消亡(销户)"
    return {
        "person_code": one.code,
        "household_code": household,
        "change_type": kind,
        "change_reason": reason,
        "change_date": day_text(on),
    }


def _household(filing: Filing, household: Household, live: list[Person]) -> Row:
    county = filing.county
    village = county.villages[household.village]
    head = household.head
    on_roll = household.kind != "edge"
    day = filing.as_of
    unable = all(one.labor(day) in UNABLE for one in live)
    kind = "一般农户"
    if on_roll:
        kind = "贫困户" if day.year <= 2020 or household.kind == "poor" else "脱贫户"
    row: Row = {
        "year": day.year,
        "county_name": county.name,
        "county_code": county.code,
        "town_name": village.town_name,
        "town_code": village.town_code,
        "village_name": village.name,
        "village_code": village.code,
        "natural_village": f"{household.group}组",
        "group_no": f"{household.group:02d}",
        "household_code": household.code,
        "head_name": head.name,
        "head_id_no": head.filed_id,
        "phone": household.phone,
        "bank_name": "样例农村商业银行",
        "bank_account": f"6200{household.code}{household.group:02d}",
        "member_count": len(live),
        "household_type": kind,
        "is_martyr_family": NO,
        "in_coop": yes(household.group % 3 == 0),
        "is_relocated": yes(household.relocated),
        "is_whole_no_labor": yes(unable and household.attr in ("低保贫困户", "特困供养贫困户")),
    }
    if on_roll:
        row |= {
            "id_standard": "国家标准",
            "household_attr": household.attr,
            "exit_status": "未脱贫" if household.kind == "poor" else "已脱贫",
            "first_identified_on": month_text(household.identified),
            "exit_year": household.exit_year,
            "main_cause": household.cause,
            "other_causes": ",".join(household.other_causes) or None,
        }
    if household.relocated:
        row |= {
            "relocation_type": "集中安置",
            "relocation_self_fund": min(9000, 2500 * len(live)),
            "relocation_area": 22 * len(live),
            "old_house_demolished": YES,
            "reclaimed_mu": "0.12",
        }
    return row


def _person(filing: Filing, household: Household, one: Person, *, live: bool) -> Row:
    day = filing.as_of
    adult = age_at(one.born, day) >= 16
    started = max(household.identified, one.since or household.identified, one.born)
    joined = one.since is not None and filing.previous is not None and one.since > filing.previous
    status = "自然增加" if joined else "正常"
    return {
        "year": day.year,
        "household_code": household.code,
        "person_code": one.code,
        "name": one.name,
        "gender": one.gender,
        "id_type": "残疾人证" if one.certificate else "居民身份证",
        "id_no": one.filed_id,
        "birth_date": day_text(one.born),
        "relation": one.relation,
        "ethnicity": "汉族",
        "education": one.education(day),
        "student_status": one.student_status(day),
        "health": one.health,
        "labor_ability": one.labor(day),
        "has_resident_medical": YES,
        "has_employee_medical": NO,
        "has_critical_ins": YES,
        "received_medical_aid": yes(one.health == "患有大病"),
        "has_resident_pension": yes(adult),
        "has_employee_pension": NO,
        "dibao_policy": "农村低保" if one.dibao else "未享受",
        "tekun_policy": "农村特困" if one.tekun else "不享受",
        "is_soldier": NO,
        "disability_no": one.filed_id if one.certificate else None,
        "politics": "群众",
        "identified_on": month_text(started),
        "member_status": status if live else "自然减少",
    }


def is_live(row: Row) -> bool:
    """Whether a person's row counts as a live member."""
    return row["member_status"] in ("正常", "自然增加", None)


def _villages(filing: Filing) -> None:
    """One row per village, with the households still poor that the filing itself holds."""
    county, day = filing.county, filing.as_of
    poor_hh: dict[int, int] = defaultdict(int)
    poor_pop: dict[int, int] = defaultdict(int)
    homes: dict[int, int] = defaultdict(int)
    people: dict[int, int] = defaultdict(int)
    relief: dict[int, int] = defaultdict(int)
    arable: dict[int, float] = defaultdict(float)
    for household in filing.homes.values():
        live = household.live(day)
        homes[household.village] += 1
        people[household.village] += len(live)
        relief[household.village] += sum(one.dibao for one in live)
        arable[household.village] += household.arable
        if household.kind == "poor":
            poor_hh[household.village] += 1
            poor_pop[household.village] += len(live)
    for index, village in enumerate(county.villages):
        total = village.total_pop
        outside = max(0, total - people[index])
        relief_pop = relief[index] + outside // 60
        exited = village.is_poor and poor_pop[index] < 0.02 * total
        filing.tables["vil"].append(
            {
                "year": day.year,
                "village_code": village.code,
                "county_code": county.code,
                "village_attr": "贫困村" if village.is_poor else "非贫困村",
                "is_exited": yes(exited),
                "exit_year": min(2018, day.year - 1) if exited else None,
                "total_hh": max(village.total_hh, homes[index]),
                "total_pop": total,
                "poor_hh": poor_hh[index],
                "poor_pop": poor_pop[index],
                "dibao_hh": relief_pop // 2,
                "dibao_pop": relief_pop,
                "tekun_pop": total // 120,
                "disabled_pop": total // 40,
                "labor_pop": total * 11 // 20,
                "migrant_pop": total * 5 // 20,
                "medical_pop": total * 99 // 100,
                "pension_pop": total * 3 // 5,
                "collective_income": f"{6 + index % 9}.5",
                "road_paved": YES,
                "unpaved_km": 0,
                "has_bus": YES,
                "unsafe_water_hh": 0,
                "hard_water_hh": 0,
                "dangerous_hh": 0,
                "power_ok": YES,
                "clinic_n": 1,
                "doctor_n": 1 + index % 2,
                "toilet_n": 1 + index % 3,
                "dump_n": 3 + index % 4,
                "library_n": 1,
                "school_n": 1 if index % 3 == 0 else 0,
                "has_coop": YES,
                "arable": int(arable[index] * 1.1) + total,
                "forest": total * 2,
            }
        )
