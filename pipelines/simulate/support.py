"""Monitored households, the measures they get, responsible cadres, village teams, rectification."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from pipelines.simulate.dates import day_text, days, month_text, months_before
from pipelines.simulate.filing import NO, YES, Filing, Row, yes
from pipelines.simulate.identity import invented_name
from pipelines.simulate.people import HEALTHY, UNABLE, Household, Person

_ORIGINS = ('中央巡视"回头看"', "国考", "大排查", "主题教育检视", "督查暗访")
_CATEGORIES = (
    "义务教育", "基本医疗", "住房安全", "饮水安全", "产业扶贫", "就业扶贫", "金融扶贫", "易地搬迁",
    "资金管理", "项目管理", "驻村帮扶", "档案资料", "数据质量", "兜底保障", "干部作风",
)  # fmt: skip


def monitoring(filing: Filing, rng: Random) -> None:
    """Fill monitored households and support measures.

    A household is identified about four months before the last data date and, where its risk went
    away, is so since the month before that date; earlier filings show what was known then.
    """
    for household in filing.homes.values():
        live = household.live(filing.as_of)
        identified = months_before(filing.county.last, 3 + household.group % 3)
        if household.monitored and identified <= filing.as_of:
            filing.tables["mon"].append(_monitored(filing, rng, household, live))
            filing.add("mea", _measures(filing, household, live))
        elif household.group == 5 and household.kind == "exited" and not _unable(live, filing):
            started = months_before(filing.as_of, 3)
            filing.tables["mea"].append(
                {
                    "household_code": household.code,
                    "measure_kind": "产业帮扶",
                    "measure_item": "特色种养",
                    "started_on": day_text(started + days(14)),
                    "amount_yuan": rng.randint(5, 30) * 100,
                }
            )


def _unable(live: list[Person], filing: Filing) -> bool:
    return all(one.labor(filing.as_of) in UNABLE for one in live)


def _risks(household: Household, live: list[Person], *, unable: bool) -> list[str]:
    risks = []
    if any(one.health in ("长期慢性病", "患有大病") for one in live):
        risks.append("因病")
    if any(one.health == "残疾" for one in live):
        risks.append("因残")
    if not risks:
        risks.append("缺劳动力" if unable else "因产业项目失败")
    return risks


def _monitored(filing: Filing, rng: Random, household: Household, live: list[Person]) -> Row:
    last = filing.county.last
    identified = months_before(last, 3 + household.group % 3)
    ended = months_before(last, household.group % 2)
    done = household.monitored == "eliminated" and ended <= filing.as_of
    unable = _unable(live, filing)
    risks = _risks(household, live, unable=unable)
    early = filing.as_of.year <= 2020
    edge = household.kind == "edge"
    row: Row = {
        "household_code": household.code,
        "monitor_type": ("边缘户" if early else "边缘易致贫户")
        if edge
        else ("脱贫监测户" if early else "脱贫不稳定户"),
        "identified_on": month_text(identified),
        "clue_on": day_text(identified - days(5)),
        "publicity_days": 5 + household.group % 3,
        "risks": ",".join(risks),
        "id_net_pc": rng.randint(4050, 4950),
        "id_wage": rng.randint(2000, 9000),
        "id_self_pay": rng.randint(800, 9000) if "因病" in risks else None,
        "edu_problem": NO,
        "house_problem": NO,
        "medical_problem": NO,
        "water_problem": NO,
        "dev_measure_status": "尚未实施" if unable else YES,
        "risk_eliminated": yes(done),
        "collector": invented_name(rng),
        "collector_phone": filing.county.registry.phone(),
    }
    if done:
        row |= {
            "eliminated_on": month_text(ended),
            "elimination_kind": "帮扶消除",
            "post_net_pc": rng.randint(5300, 7900),
            "post_wage": rng.randint(3000, 9000),
            "post_transfer": rng.randint(500, 3000),
            "post_business": rng.randint(1000, 4000),
            "post_edu_problem": NO,
            "post_house_problem": NO,
            "post_water_problem": NO,
            "post_medical_problem": NO,
        }
    return row


def _measures(filing: Filing, household: Household, live: list[Person]) -> list[Row]:
    began = months_before(filing.county.last, 3 + household.group % 3) + days(20)
    chosen = []
    if any(one.health != HEALTHY for one in live):
        chosen += [("健康帮扶", "参加城乡居民基本医疗保险个人缴费补贴"), ("社会帮扶", "临时救助")]
    if any(one.certificate[1:] in ("1", "2") for one in live):
        chosen.append(("综合保障", "残疾人补贴"))
    if any(one.dibao for one in live):
        chosen.append(("综合保障", "低保"))
    if any(one.tekun for one in live):
        chosen.append(("综合保障", "特困供养"))
    if not _unable(live, filing):
        chosen.append(("产业帮扶", "特色种养"))
    if any((one.student_status(filing.as_of) or "").startswith("高职高专") for one in live):
        chosen.append(("教育帮扶", "雨露计划"))
    return [
        {
            "household_code": household.code,
            "measure_kind": kind,
            "measure_item": item,
            "started_on": day_text(began),
            "amount_yuan": 500 + 100 * household.group,
        }
        for kind, item in chosen or [("社会帮扶", "临时救助")]
    ]


def helpers(filing: Filing, rng: Random, count: int) -> None:
    """Give every household one of ``count`` cadres; the links have begun and have no end."""
    codes = sorted(filing.homes)
    each, more = divmod(len(codes), count)
    order = iter(codes)
    for number in range(count):
        name = invented_name(rng)
        for _ in range(each + (number < more)):
            code = next(order)
            filing.tables["link"].append(
                {
                    "helper_id": f"{filing.county.code}B{number + 1:05d}",
                    "helper_name": name,
                    "unit": f"样例帮扶单位{number % 60 + 1}",
                    "phone": f"1991{number:07d}",
                    "politics": "中共党员" if number % 3 else "群众",
                    "household_code": code,
                    "start_on": day_text(filing.homes[code].identified + days(20)),
                    "visit_n": rng.randint(4, 40),
                }
            )


def teams(filing: Filing, members: int) -> None:
    """Put one team into every village; ``members`` is their number over all teams."""
    villages = filing.county.villages
    each, more = divmod(members, len(villages))
    for index, village in enumerate(villages):
        filing.tables["team"].append(
            {
                "team_id": f"{filing.county.code}D{index + 1:03d}",
                "village_code": village.code,
                "unit": f"样例派出单位{index % 40 + 1}",
                "first_secretary_id": f"{filing.county.code}S{index + 1:03d}",
                "member_n": each + (index < more),
                "start_on": "20180501",
                "resident_days": 240 + index % 40,
            }
        )


def issues(filing: Filing, done: int, doing: int, standing: int, kinds: int) -> None:
    """File rectification issues by status, in ``kinds`` (at most 15) categories."""
    states = ["已完成"] * done + ["正在整改"] * doing + ["已完成并长期坚持"] * standing
    for index, state in enumerate(states):
        closed = None if state == "正在整改" else filing.as_of - days(40 + index % 20)
        filing.tables["iss"].append(
            {
                "issue_id": f"{filing.county.code}Z{index + 1:03d}",
                "origin": _pick(_ORIGINS, index),
                "category": _CATEGORIES[index % kinds],
                "found_on": day_text(filing.as_of - days(200 - index)),
                "responsible_unit": f"样例责任单位{index % 12 + 1}",
                "due_on": day_text(filing.as_of + days(30 + index)),
                "status": state,
                "closed_on": day_text(closed),
                "evidence": f"整改佐证第{index + 1}号" if closed else None,
            }
        )


def _pick(values: Sequence[str], index: int) -> str:
    return values[index % len(values)]
