"""Work away and at home, public-welfare posts, microloans."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from pipelines.simulate.dates import (
    age_at,
    day_text,
    days,
    month_text,
    months_before,
    years_before,
)  # fmt: skip
from pipelines.simulate.filing import NO, YES, Filing, Row
from pipelines.simulate.people import ABLE, Household, Person

_PLACES = (
    ("广东省", "宝安区"), ("广东省", "番禺区"), ("浙江省", "义乌市"), ("江苏省", "昆山市"),
    ("福建省", "晋江市"), ("上海市", "松江区"),
)  # fmt: skip
_INDUSTRIES = ("制造业", "建筑业", "批发和零售业", "住宿和餐饮业", "居民服务业")
_WAGE_MOST = 9000
_POSTS = (("护林员", "林业"), ("保洁员", "人社"), ("护路员", "交通"), ("河道管理员", "人社"))


@dataclass(frozen=True)
class Workers:
    """Distinct persons: away now, at home, come back without and with a new job, post holders."""

    away: int
    home: int
    returned: int
    reemployed: int
    posts: int = 0


def employment(filing: Filing, rng: Random, workers: Workers) -> None:
    """Fill spells of work and posts, and the persons' own fields about them.

    Incomes have to be there: spells are paid what the household's wages of the year come to.
    Raises ValueError where too few people can work.
    """
    able = _able(filing)
    needed = workers.away + workers.home + workers.returned + workers.reemployed + workers.posts
    if needed > len(able):
        raise ValueError(f"{needed} workers wanted, {len(able)} people can work")
    rows = {str(row["person_code"]): row for row in filing.tables["p"]}
    people = iter(able)
    for index in range(workers.away):
        household, one = next(people)
        spell = _away(filing, rng, household, one, index)
        if index % 40 == 7:
            filing.tables["emp"].append(_earlier(filing, spell))
        filing.tables["emp"].append(spell)
        _mark(rows[one.code], "省外务工", rng.randint(3, 6), "有组织劳务输出")
    for _ in range(workers.home):
        household, one = next(people)
        filing.tables["emp"].append(_home(filing, rng, household, one))
        _mark(rows[one.code], "乡(镇)内务工", rng.randint(3, 6), "自主创业")
    for index in range(workers.returned):
        household, one = next(people)
        filing.tables["emp"].append(_returned(filing, _away(filing, rng, household, one, index)))
    for _ in range(workers.reemployed):
        household, one = next(people)
        spell = _home(filing, rng, household, one)
        filing.tables["emp"].append(spell | {"is_returned": YES, "is_reemployed": YES})
        _mark(rows[one.code], "乡(镇)外县内务工", 2, "龙头企业")
    held: set[str] = set()
    for index in range(workers.posts):
        household, one = next(pair for pair in people if pair[0].code not in held)
        held.add(household.code)
        filing.tables["post"].append(_post(filing, index, household, one))
        rows[one.code] |= {"welfare_post": _POSTS[index % 4][0], "welfare_post_months": 6}
    _pay(filing)


def _able(filing: Filing) -> list[tuple[Household, Person]]:
    """Return who can work, in the same order in every period, so that people keep their jobs.

    People with a trade or a degree come first, and one of each household: neither they nor a
    household with somebody who can work stays without (P058, P059, E019).
    """
    day = filing.as_of
    found = [
        (household, one)
        for household in filing.homes.values()
        if household.sends_workers
        for one in household.live(day)
        if one.labor(day) in ABLE and one.since is None
    ]
    found.sort(key=lambda pair: pair[1].rank)
    firsts = {household.code: one.code for household, one in reversed(found)}

    def waits(pair: tuple[Household, Person]) -> bool:
        household, one = pair
        return not (one.skilled or one.college or firsts[household.code] == one.code)

    return sorted(found, key=waits)


def _spell(filing: Filing, rng: Random, household: Household, one: Person) -> Row:
    began = months_before(filing.as_of, 6 + int(one.rank * 1000) % 3)
    return {
        "snapshot_month": month_text(filing.as_of),
        "person_code": one.code,
        "household_code": household.code,
        "is_working": YES,
        "plan_work": NO,
        "start_month": f"{began:%Y年%m月}",
        "company": f"样例企业{rng.randint(1, 300)}",
        "industry": rng.choice(_INDUSTRIES),
        "is_p2p": NO,
        "transport_subsidy": 0,
        "is_returned": NO,
    }


def _away(filing: Filing, rng: Random, household: Household, one: Person, index: int) -> Row:
    province, county = _PLACES[index % len(_PLACES)]
    place: Row = {"work_prov": province, "work_county": county, "channel": "有组织劳务输出"}
    return _spell(filing, rng, household, one) | place


def _home(filing: Filing, rng: Random, household: Household, one: Person) -> Row:
    place: Row = {
        "work_prov": "样例省",
        "work_county": filing.county.code,
        "channel": "自主创业",
    }
    return _spell(filing, rng, household, one) | place


def _earlier(filing: Filing, spell: Row) -> Row:
    """Return a spell of last year that ended before the present one."""
    began, ended = months_before(filing.as_of, 15), months_before(filing.as_of, 9)
    return spell | {
        "is_working": NO,
        "start_month": f"{began:%Y年%m月}",
        "end_month": f"{ended:%Y年%m月}",
    }


def _returned(filing: Filing, spell: Row) -> Row:
    ended = months_before(filing.as_of, 2)
    return spell | {
        "is_working": NO,
        "end_month": f"{ended:%Y年%m月}",
        "is_returned": YES,
        "is_reemployed": NO,
    }


def _pay(filing: Filing) -> None:
    """Pay the spells so that the year's months make up the household's wages.

    What would be more than most people earn counts as the household's business instead.
    """
    incomes = {str(row["household_code"]): row for row in filing.tables["inc"]}
    for code, spells in filing.by("emp", "household_code").items():
        income = incomes[code]
        months = sum(_months_in_year(filing, row) for row in spells)
        monthly = min(_WAGE_MOST, int(str(income["wage"])) // max(1, months))
        beyond = int(str(income["wage"])) - monthly * months
        if monthly == _WAGE_MOST:
            income["wage"] = int(str(income["wage"])) - beyond
            income["business"] = int(str(income["business"])) + beyond
        for row in spells:
            row["monthly_wage"] = monthly


def _months_in_year(filing: Filing, spell: Row) -> int:
    """Return how many months of the data date's year a spell lasted, both ends counted."""
    year, last = filing.as_of.year, filing.as_of.month
    began, ended = str(spell["start_month"]), str(spell.get("end_month") or f"{year}年{last:02d}月")
    first = 1 if int(began[:4]) < year else int(began[5:7])
    final = 0 if int(ended[:4]) < year else int(ended[5:7])
    return max(0, final - first + 1)


def _mark(row: Row, status: str, months: int, channel: str) -> None:
    code = str(row["person_code"])
    row |= {
        "work_status": status,
        "work_months": months,
        "employment_channel": channel,
        "phone": f"198{code[4:]}",
    }


def _post(filing: Filing, index: int, household: Household, one: Person) -> Row:
    name, unit = _POSTS[index % 4]
    return {
        "post_id": f"{filing.county.code}G{index + 1:04d}",
        "post_name": name,
        "dev_unit": unit,
        "person_code": one.code,
        "household_code": household.code,
        "contract_start": day_text(months_before(filing.as_of, 6)),
        "contract_end": day_text(months_before(filing.as_of, -6)),
        "pay_yuan": 500,
        "last_paid_on": day_text(filing.as_of - days(10)),
        "attendance_days": 22,
        "fund_source": "就业资金",
    }


def loans(filing: Filing, present: list[int], repaid: int) -> None:
    """Fill microloans: a running one per amount in ``present``, ``repaid`` earlier ones of 40,000.

    A household that repaid an earlier loan has a running one as well. Only loans granted by the
    data date are filed. Raises ValueError where too few households can borrow.
    """
    borrowers = _borrowers(filing)
    if len(borrowers) < len(present):
        raise ValueError(f"{len(present)} borrowers wanted, {len(borrowers)} households can borrow")
    for index, amount in enumerate(present):
        household, one = borrowers[index]
        if index < repaid:
            filing.tables["loan"].append(_repaid(filing, household, one, index))
        row = _running(filing, household, one, index, amount)
        if str(row["loan_on"]) <= str(day_text(filing.as_of)):
            filing.tables["loan"].append(row)


def _borrowers(filing: Filing) -> list[tuple[Household, Person]]:
    found = []
    for household in filing.homes.values():
        if household.kind != "exited" or household.ended:
            continue
        for one in household.live(filing.as_of):
            years = age_at(one.born, filing.county.last)
            if 26 <= years <= 58 and one.labor(filing.as_of) in ABLE and one.since is None:
                found.append((household, one))
                break
    return sorted(found, key=lambda pair: pair[1].rank)


def _loan(household: Household, one: Person, number: str, amount: int) -> Row:
    return {
        "loan_no": number,
        "household_code": household.code,
        "borrower_id_no": one.id_no,
        "bank": "样例农村商业银行",
        "amount_yuan": amount,
        "is_renewal": NO,
        "overdue_yuan": 0,
        "overdue_days": 0,
        "rate_pct": "4.35",
        "purpose": "种植" if len(household.members) % 2 else "养殖",
        "actual_user": one.name,
    }


def _repaid(filing: Filing, household: Household, one: Person, index: int) -> Row:
    granted = years_before(filing.county.last, 3) - days(index % 200)
    return _loan(household, one, f"{household.code}L1", 40000) | {
        "loan_on": day_text(granted),
        "due_on": day_text(granted + days(365)),
        "balance_yuan": 0,
        "status": "结清",
        "subsidy_yuan": 1700,
    }


def _running(filing: Filing, household: Household, one: Person, index: int, amount: int) -> Row:
    """Return a running loan; one in a hundred is overdue with a part of its balance."""
    late = index % 100 == 50
    granted = filing.county.last - days(470 if late else 20 + int(one.rank * 1_000_000) % 340)
    row = _loan(household, one, f"{household.code}L2", amount) | {
        "loan_on": day_text(granted),
        "due_on": day_text(granted + days(365 if late else 1000)),
        "balance_yuan": amount if index % 3 else amount - 5000,
        "status": "正常",
        "subsidy_yuan": amount // 50,
    }
    if late and str(row["due_on"]) <= str(day_text(filing.as_of)):
        overdue = filing.as_of - granted - days(365)
        row |= {"status": "逾期", "overdue_yuan": 10000, "overdue_days": overdue.days + 1}
    return row
