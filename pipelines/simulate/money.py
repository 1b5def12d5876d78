"""Projects, the money allocated to them, the payments, who benefits: whole yuan, exact totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from pipelines.simulate.dates import day_text, days
from pipelines.simulate.filing import YES, Filing, Row

TOWNSHIP, DIRECT = "乡镇", "市(县)直"

_KINDS = (
    ("产业", "特色种养基地"), ("基础设施", "通组公路硬化"), ("生活条件改善", "安全饮水管网"),
    ("产业", "光伏电站运维"), ("基础设施", "灌溉渠道整修"), ("就业扶贫", "扶贫车间建设"),
)  # fmt: skip
_SOURCES = (
    ("中央", "扶贫发展"), ("省", "扶贫发展"), ("市", "统筹整合涉农资金"),
    ("县", "统筹整合涉农资金"),
)  # fmt: skip
_LISTED = ("产业", "就业扶贫", "生活条件改善")


@dataclass(frozen=True)
class Share:
    """The projects of one using unit: how many, their money in yuan, and how far they are."""

    unit: str
    projects: int
    budget: int
    allocated: int
    paid: int
    started: int
    completed: int
    accepted: int


@dataclass
class _Project:
    row: Row
    unit: str
    allocated: int
    doc: str
    room: int = 0


def split(rng: Random, total: int, count: int) -> list[int]:
    """Return ``count`` amounts that add up to ``total``, each within about half of the mean."""
    weights = [rng.uniform(0.55, 1.45) for _ in range(count)]
    parts = [int(total * weight / sum(weights)) // 100 * 100 for weight in weights]
    parts[-1] += total - sum(parts)
    return parts


def fill(total: int, rooms: Sequence[int]) -> list[int]:
    """Spread ``total`` over ``rooms`` in proportion. Raises ValueError where room is short."""
    if total > sum(rooms):
        raise ValueError(f"{total} yuan do not fit into {sum(rooms)}")
    parts = [total * room // max(1, sum(rooms)) // 100 * 100 for room in rooms]
    left = total - sum(parts)
    for index, room in enumerate(rooms):
        extra = min(left, room - parts[index])
        parts[index] += extra
        left -= extra
    return parts


def money(filing: Filing, rng: Random, shares: Sequence[Share]) -> None:
    """Fill projects, allocations, payments and beneficiaries."""
    projects: list[_Project] = []
    for share in shares:
        projects += _projects(filing, rng, share, len(projects))
    _allocations(filing, projects)
    for share in shares:
        own = [project for project in projects if project.unit == share.unit]
        _payments(filing, rng, own, share.paid)
    _beneficiaries(filing, rng, projects)


def _stage(share: Share, index: int) -> str:
    for stage, count in (
        ("已报账", share.accepted // 3), ("已验收", share.accepted), ("完工", share.completed),
        ("在建", share.started),
    ):  # fmt: skip
        if index < count:
            return stage
    return "未开工"


def _projects(filing: Filing, rng: Random, share: Share, offset: int) -> list[_Project]:
    budgets = split(rng, share.budget, share.projects)
    allocated = fill(share.allocated, budgets)
    order = list(range(share.projects))
    rng.shuffle(order)
    result = []
    for index, place in enumerate(order):
        number = offset + index + 1
        row = _project(filing, rng, share, number, budgets[index], _stage(share, place))
        doc = f"样例财农〔{filing.as_of.year}〕{number % 6 + 1}号"
        project = _Project(row, share.unit, allocated[index], doc)
        project.room = _room(project)
        result.append(project)
    return result


def _project(
    filing: Filing, rng: Random, share: Share, number: int, budget: int, stage: str
) -> Row:
    day = filing.as_of
    village = filing.county.villages[rng.randrange(len(filing.county.villages))]
    category, task = _KINDS[number % len(_KINDS)]
    approved = day - days(rng.randint(150, 170))
    row: Row = {
        "project_code": f"{filing.county.code}{day.year}P{number:04d}",
        "name": f"{day.year}年{village.name}{task}项目{number}",
        "category": category,
        "nature": "新建" if number % 3 else "改扩建",
        "village_code": village.code,
        "county_code": filing.county.code,
        "planned_start": day_text(approved + days(10)),
        "planned_end": day_text(day + days(120)),
        "responsible_unit": village.town_name if share.unit == TOWNSHIP else "样例县直单位",
        "task": f"{task},按批复方案第{number}项实施",
        "budget_yuan": budget,
        "financing": "财政",
        "benefit_hh": min(60, village.total_hh),
        "benefit_pop": min(60, village.total_hh) * 3,
        "benefit_poor_hh": 0,
        "benefit_poor_pop": 0,
        "performance_goal": "改善生产生活条件,带动群众增收",
        "participation": "群众代表参与选项和监督",
        "link_mechanism": "优先吸纳脱贫户务工",
        "in_pool": YES,
        "in_pool_on": day_text(day - days(rng.randint(200, 230))),
        "approved_on": day_text(approved),
        "status": stage,
        "progress_pct": 0,
    }
    if stage != "未开工":
        _advance(rng, row, approved, budget, stage)
    return row


def _advance(rng: Random, row: Row, approved: date, budget: int, stage: str) -> None:
    """Add contract and process dates up to the project's stage, all two weeks before the end."""
    contract = approved + days(rng.randint(12, 20))
    started = contract + days(rng.randint(8, 20))
    row |= {
        "contract_on": day_text(contract),
        "contract_yuan": budget * 96 // 100,
        "started_on": day_text(started),
        "progress_pct": rng.randint(4, 9) * 10,
    }
    if stage == "在建":
        return
    completed = started + days(rng.randint(30, 70))
    row |= {"completed_on": day_text(completed), "progress_pct": 100}
    if stage == "完工":
        return
    accepted = completed + days(rng.randint(5, 12))
    row |= {"accepted_on": day_text(accepted), "final_yuan": budget * 95 // 100}
    if stage == "已报账":
        row["reimbursed_on"] = day_text(accepted + days(rng.randint(3, 10)))


def _room(project: _Project) -> int:
    """Return what may be paid for a project at its stage, in yuan."""
    row = project.row
    if row.get("contract_yuan") is None:
        return 0
    contract = int(str(row["contract_yuan"]))
    if row.get("final_yuan") is not None:
        return min(project.allocated, int(str(row["final_yuan"])) * 97 // 100)
    return min(project.allocated, contract * int(str(row["progress_pct"])) * 9 // 1000)


def _allocations(filing: Filing, projects: list[_Project]) -> None:
    day = filing.as_of
    received: dict[str, int] = {}
    for project in projects:
        received[project.doc] = received.get(project.doc, 0) + project.allocated
    for project in projects:
        number = int(project.doc.split("〕")[1][:-1])
        level, kind = _SOURCES[number % len(_SOURCES)]
        filing.tables["fa"].append(
            {
                "doc_no": project.doc,
                "fund_name": f"{day.year}年{level}财政衔接资金第{number}批",
                "source_level": level,
                "fund_type": kind,
                "budget_year": day.year,
                "county_code": filing.county.code,
                "received_yuan": received[project.doc],
                "received_on": day_text(day - days(179)),
                "allocated_yuan": project.allocated,
                "allocated_on": day_text(day - days(172)),
                "project_code": project.row["project_code"],
                "using_unit": project.unit,
                "is_announced": YES,
            }
        )


def _payments(filing: Filing, rng: Random, projects: list[_Project], total: int) -> None:
    paid = fill(total, [project.room for project in projects])
    for project, amount in zip(projects, paid, strict=True):
        if amount <= 0:
            continue
        advance = amount * 3 // 10 if rng.random() < 0.6 else 0
        parts = [advance, amount - advance] if advance else [amount]
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            day = filing.as_of - days(rng.randint(15, 30) if last else rng.randint(60, 100))
            started = str(project.row["started_on"])
            filing.tables["fp"].append(
                {
                    "voucher_no": f"{filing.county.code}V{len(filing.tables['fp']) + 1:05d}",
                    "doc_no": project.doc,
                    "project_code": project.row["project_code"],
                    "paid_on": max(str(day_text(day)), started),
                    "amount_yuan": part,
                    "pay_kind": "进度款" if last else "预付款",
                    "payee": f"样例施工单位{int(str(project.row['project_code'])[-4:]) % 37 + 1}",
                    "payee_account": f"6300{str(project.row['project_code'])[-4:]}0001",
                }
            )


def _beneficiaries(filing: Filing, rng: Random, projects: list[_Project]) -> None:
    poor = [home for home in filing.homes.values() if home.kind != "edge"]
    for project in projects:
        if project.row["category"] not in _LISTED:
            continue
        chosen = rng.sample(poor, min(8, len(poor)))
        kind = "务工" if project.row["category"] == "就业扶贫" else "设施"
        for home in chosen:
            filing.tables["ben"].append(
                {
                    "project_code": project.row["project_code"],
                    "household_code": home.code,
                    "benefit_kind": kind,
                }
            )
        people = sum(len(home.live(filing.as_of)) for home in chosen)
        project.row["benefit_poor_hh"] = len(chosen)
        project.row["benefit_poor_pop"] = people
    filing.add("prj", (project.row for project in projects))
