"""Defects in who helps whom, in village teams and in the rectification ledger."""

from __future__ import annotations

from pipelines.simulate.dates import days
from pipelines.simulate.defects.households import plain
from pipelines.simulate.defects.planter import Family, Planter
from pipelines.simulate.filing import Row


def _link(planter: Planter) -> tuple[Family, Row]:
    home = planter.home(plain)
    links = planter.filing.tables["link"]
    return home, next(row for row in links if row["household_code"] == home.code)


def _team(planter: Planter) -> Row:
    return planter.row("team", lambda one: True, "team_id")


def _issue(planter: Planter, index: int, **values: object) -> Row:
    """Append an issue that is right but for ``values``, and return it."""
    day = planter.day
    row: Row = {
        "issue_id": f"{planter.county}Z{planter.rule[1:]}{index}",
        "origin": "大排查",
        "category": planter.filing.tables["iss"][0]["category"],
        "found_on": f"{day - days(90):%Y%m%d}",
        "responsible_unit": "样例责任单位",
        "due_on": f"{day + days(60):%Y%m%d}",
        "status": "已完成",
        "closed_on": f"{day - days(30):%Y%m%d}",
        "evidence": "整改佐证",
    }
    planter.add("iss", row | values)
    return row | values


def a002(planter: Planter, index: int) -> None:
    """An earlier helper whose time ended before it began."""
    home, link = _link(planter)
    began = planter.filing.homes[home.code].identified
    earlier = dict(link) | {"start_on": f"{began:%Y%m%d}", "end_on": f"{began - days(1):%Y%m%d}"}
    planter.add("link", earlier)
    planter.found(
        "household", "帮扶结束早于开始", household=home.code, subject=link["helper_id"]
    )  # fmt: skip


def a006(planter: Planter, index: int) -> None:
    """A helper's phone that is the household's, or none."""
    home, link = _link(planter)
    planter.change("link", link, phone=None if index % 2 else home.row["phone"])
    planter.found(
        "household", "责任人电话为空或与户电话相同",
        household=home.code, subject=link["helper_id"],
    )  # fmt: skip


def a007(planter: Planter, index: int) -> None:
    """A team of two."""
    row = _team(planter)
    planter.change("team", row, member_n=2)
    planter.found("village", "驻村工作队少于3人", subject=row["village_code"])


def a009(planter: Planter, index: int) -> None:
    """A first secretary of two villages."""
    one, other = _team(planter), _team(planter)
    planter.change("team", other, first_secretary_id=one["first_secretary_id"])
    for row in (one, other):
        planter.found("village", "同一第一书记同时任两村", subject=row["village_code"])


def a010(planter: Planter, index: int) -> None:
    """A team that was away too often."""
    row = _team(planter)
    planter.change("team", row, resident_days=239)
    planter.found("village", "年驻村天数不足240天", subject=row["village_code"])


def a012(planter: Planter, index: int) -> None:
    """A helper who never came, or every day and more."""
    home, link = _link(planter)
    planter.change("link", link, visit_n=367 if index % 2 else 0)
    planter.found(
        "household", "走访次数为0或超过日历上限",
        household=home.code, subject=link["helper_id"],
    )  # fmt: skip


def q003(planter: Planter, index: int) -> None:
    """An issue still open after its deadline."""
    due = f"{planter.day - days(1):%Y%m%d}"
    row = _issue(planter, index, status="正在整改", due_on=due, closed_on=None, evidence=None)
    planter.found("issue", "超过整改时限未完成", subject=row["issue_id"])


def q004(planter: Planter, index: int) -> None:
    """An issue closed before it was found."""
    row = _issue(planter, index, closed_on=f"{planter.day - days(91):%Y%m%d}")
    planter.found("issue", "销号早于发现", subject=row["issue_id"])


def q005(planter: Planter, index: int) -> None:
    """An issue closed although its household still breaks its rule (H011, planted before)."""
    broken = [row for row in planter.truth if row.rule_id == "H011"][index]
    row = _issue(planter, index, rule_id="H011", object_code=broken.household_code)
    planter.found("issue", "已销号而规则仍触发", subject=row["issue_id"])


def q006(planter: Planter, index: int) -> None:
    """One village with the same kind of issue twice."""
    village = planter.filing.county.villages[index].code
    for number in (2 * index, 2 * index + 1):
        row = _issue(planter, number, object_code=village)
        planter.found("issue", "同一对象同类问题反复出现", subject=row["issue_id"])


def q007(planter: Planter, index: int) -> None:
    """An issue that is nobody's, or has no deadline."""
    missing = {"due_on": None} if index % 2 else {"responsible_unit": None}
    row = _issue(planter, index, **missing)
    planter.found("issue", "责任单位或时限为空", subject=row["issue_id"])
