"""Defects in a household, its living conditions, its monitoring and its loans."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from pipelines.simulate.dates import months_before
from pipelines.simulate.defects.planter import Family, Planter, born
from pipelines.simulate.filing import NO, YES, Row
from pipelines.simulate.livelihood import per_head
from pipelines.simulate.people import ABLE, HEALTHY

MONITORING_SINCE = date(2020, 3, 20)
_NEUTRAL = ("缺技术", "缺资金", "其他")


def _healthy(home: Family) -> bool:
    """Whether nobody is ill or disabled, and the cause says nothing about the members."""
    return home.row["main_cause"] in _NEUTRAL and all(
        row["health"] == HEALTHY for row in home.members
    )


def plain(home: Family) -> bool:
    """Whether the household is an ordinary one: no relief, no newcomer, a neutral history."""
    return home.row["household_attr"] == "一般贫困户" and all(
        row["member_status"] == "正常" for row in home.members
    )


def _any(_: Family) -> bool:
    return True


def h001(planter: Planter, index: int) -> None:
    """A household without a member."""
    county = planter.filing.county
    home = planter.home(plain)
    code = f"{county.code[:2]}{county.code[4:]}{980000 + index:06d}"
    row: Row = dict(home.row) | {
        "household_code": code,
        "member_count": 0,
        "main_cause": "缺资金",
        "other_causes": None,
        "phone": county.registry.phone(),
    }
    link = next(one for one in planter.filing.tables["link"] if one["household_code"] == home.code)
    planter.add("hh", row)
    planter.add("link", dict(link) | {"household_code": code})
    planter.found("household", "户表有记录而成员表无人", household=code)
    planter.found("household", "家庭人口为0", household=code, rule="H048")


def h003(planter: Planter, index: int) -> None:
    """A household size that the members do not make up; the income per head follows it.

    It stays above every line, and not far from last year's.
    """
    home = planter.home(
        lambda one: (
            plain(one) and len(one.members) >= 4 and Decimal(str(one.income["net_pc"])) >= 6300
        )
    )
    count = len(home.members) + 1
    planter.change("hh", home.row, member_count=count)
    net = Decimal(str(home.income["net"]))
    planter.change("inc", home.income, net_pc=per_head(net, count))
    planter.found_household(home, "填写人口数与实际成员数不一致")


def h004(planter: Planter, index: int) -> None:
    """Nobody is the head."""
    home = planter.home(lambda one: len(one.members) >= 2)
    planter.change("p", home.head, relation="其他")
    planter.found_household(home, "户内无户主")


def h005(planter: Planter, index: int) -> None:
    """Two heads."""
    home = planter.home(
        lambda one: any(row["relation"] in ("之父", "之母", "之兄弟姐妹") for row in one.others())
    )
    row = next(one for one in home.others() if one["relation"] in ("之父", "之母", "之兄弟姐妹"))
    planter.change("p", row, relation="户主")
    planter.found_household(home, "户内有两个户主")


def h006(planter: Planter, index: int) -> None:
    """Another head in the household table than among the persons."""
    home = planter.home(_any)
    if index % 2:
        other = planter.filing.county.registry.number(born(home.head), str(home.head["gender"]))
        planter.change("hh", home.row, head_id_no=other)
    else:
        planter.change("hh", home.row, head_name=f"{home.head['name']}错")
    planter.found_household(home, "户表户主与成员表户主不一致")


def h007(planter: Planter, index: int) -> None:
    """Two spouses."""

    def parent(home: Family) -> Row | None:
        """Return the head's parent of the head's other gender: a spouse by all but the number."""
        return next(
            (
                row
                for row in home.others()
                if row["relation"] in ("之父", "之母") and row["gender"] != home.head["gender"]
            ),
            None,
        )

    home = planter.home(
        lambda one: (
            parent(one) is not None and any(row["relation"] == "配偶" for row in one.members)
        )
    )
    row = parent(home)
    assert row is not None
    planter.change("p", row, relation="配偶")
    planter.found_household(home, "户内有两个配偶")


def h008(planter: Planter, index: int) -> None:
    """A person's code of eleven digits, from the day that the person joined."""
    home, row = planter.newcomer()
    change = next(
        one for one in planter.filing.tables["chg"] if one["person_code"] == row["person_code"]
    )
    short = str(row["person_code"])[:10] + "9"
    planter.change("chg", change, person_code=short)
    planter.change("p", row, person_code=short)
    planter.found_household(home, "人编号不是12位")


def h011(planter: Planter, index: int) -> None:
    """A phone number of ten digits, or none."""
    home = planter.home(plain)
    planter.change("hh", home.row, phone=None if index % 2 else str(home.row["phone"])[:-1])
    planter.found_household(home, "户联系电话为空或不是11位")


def h012(planter: Planter, index: int) -> None:
    """Two households with one phone number."""
    homes = [planter.home(plain) for _ in range(2)]
    planter.change("hh", homes[0].row, phone=homes[1].row["phone"])
    for home in homes:
        planter.found_household(home, "不同户登记同一联系电话")


def h014(planter: Planter, index: int) -> None:
    """No main cause, two of them, or one that the code list does not have."""
    home = planter.home(plain)
    planter.change("hh", home.row, main_cause=(None, "因病,因残", "因懒")[index % 3])
    planter.found_household(home, "主要致贫原因为空、多选或不在码表")


def h015(planter: Planter, index: int) -> None:
    """Three other causes."""
    home = planter.home(lambda one: one.row["main_cause"] == "因病")
    planter.change("hh", home.row, other_causes="缺技术,缺资金,因灾")
    planter.found_household(home, "其他致贫原因超过2项")


def h016(planter: Planter, index: int) -> None:
    """The main cause again among the others."""
    home = planter.home(lambda one: one.row["main_cause"] is not None)
    planter.change("hh", home.row, other_causes=home.row["main_cause"])
    planter.found_household(home, "其他致贫原因包含主要致贫原因")


def _cause(
    planter: Planter,
    cause: str,
    want: Callable[[Family], bool],
    note: str,
    also: dict[str, str] | None = None,
) -> None:
    home = planter.home(want)
    planter.change("hh", home.row, main_cause=cause, other_causes=None)
    planter.found_household(home, note)
    for rule, broken in (also or {}).items():
        planter.found_household(home, broken, rule=rule)


def h017(planter: Planter, index: int) -> None:
    """Illness as the cause, and nobody is ill."""
    _cause(planter, "因病", _healthy, "因病致贫而无患病成员")


def h018(planter: Planter, index: int) -> None:
    """Disability as the cause, and nobody is disabled."""
    _cause(planter, "因残", _healthy, "因残致贫而无残疾成员")


def h019(planter: Planter, index: int) -> None:
    """Schooling as the cause, and nobody is at school."""
    _cause(
        planter,
        "因学",
        lambda one: (
            one.row["main_cause"] in _NEUTRAL
            and not any(row["student_status"] for row in one.members)
        ),
        "因学致贫而无在校生",
    )


def h020(planter: Planter, index: int) -> None:
    """Lack of labour as the cause, and everybody can work."""
    _cause(
        planter,
        "缺劳力",
        lambda one: (
            one.row["main_cause"] in _NEUTRAL
            and all(row["labor_ability"] in ABLE for row in one.members)
        ),
        "缺劳力致贫而成员均有劳动能力",
        also={"H021": "缺劳力而普通、技能劳动力占比过高"},
    )


def h026(planter: Planter, index: int) -> None:
    """A poor-relief household without relief, or relief without the household being one."""
    if index % 2:
        home = planter.home(
            lambda one: (
                one.row["household_attr"] == "低保贫困户" and int(str(one.income["wage"])) > 2000
            )
        )
        planter.change("hh", home.row, household_attr="一般贫困户")
    else:
        home = planter.home(plain)
        planter.change("hh", home.row, household_attr="低保贫困户")
    planter.found_household(home, "低保贫困户与成员享受低保情况矛盾")


def h038(planter: Planter, index: int) -> None:
    """Out of poverty in the year of identification."""
    home = planter.home(plain)
    planter.change("hh", home.row, exit_year=int(str(home.row["first_identified_on"])[:4]))
    planter.found_household(home, "当年识别当年脱贫")


def h039(planter: Planter, index: int) -> None:
    """Out of poverty before identification."""
    home = planter.home(plain)
    planter.change("hh", home.row, exit_year=int(str(home.row["first_identified_on"])[:4]) - 1)
    planter.found_household(home, "脱贫年度早于识别年度")


def h040(planter: Planter, index: int) -> None:
    """Out of poverty in no year."""
    home = planter.home(plain)
    planter.change("hh", home.row, exit_year=None)
    planter.found_household(home, "已脱贫而无脱贫年度")


def h041(planter: Planter, index: int) -> None:
    """Out of poverty in a dangerous house or without safe water."""
    home = planter.home(plain)
    if index % 2:
        planter.change("liv", home.living, drink_safe=NO)
        village = home.row["village_code"]
        planter.found("village", "村无饮水不安全户而户不安全", subject=village, rule="L027")
        unmonitored = {"H031": "脱贫户饮水不安全而未监测"}
    else:
        planter.change("liv", home.living, is_dangerous=YES, dangerous_grade="C")
        unmonitored = {"H030": "脱贫户住危房而未监测"}
    planter.found_household(home, "已脱贫而住危房或饮水不安全")
    if planter.day >= MONITORING_SINCE:
        for rule, note in (unmonitored | {"H035": "脱贫户不达标而未监测"}).items():
            planter.found_household(home, note, rule=rule)


def h046(planter: Planter, index: int) -> None:
    """A way of relocation, or a new home, without relocation."""
    home = planter.home(lambda one: plain(one) and one.row["is_relocated"] == NO)
    given: Row = {"relocation_area": 60} if index % 2 else {"relocation_type": "集中安置"}
    planter.change("hh", home.row, **given)
    planter.found_household(home, "非搬迁户填了安置信息")


def l008(planter: Planter, index: int) -> None:
    """More irrigated land than land."""
    home = planter.home(plain)
    planter.change("liv", home.living, irrigated=Decimal(str(home.living["arable"])) + 1)
    planter.found_household(home, "有效灌溉面积大于耕地面积")


def l014(planter: Planter, index: int) -> None:
    """Not dangerous but of grade C; beside the roll, where the exit check (H041) does not look."""
    home = planter.home(lambda one: planter.filing.homes[one.code].monitored == "open", ("edge",))
    planter.change("liv", home.living, dangerous_grade="C")
    planter.found_household(home, "非危房户却填C级")


def l016(planter: Planter, index: int) -> None:
    """Water hard to get and safe."""
    home = planter.home(plain)
    planter.change("liv", home.living, drink_difficult=YES)
    planter.found_household(home, "饮水困难而饮水安全")


def a001(planter: Planter, index: int) -> None:
    """A household whose responsible cadre was taken away, or never came."""
    home = planter.home(plain)
    link = next(one for one in planter.filing.tables["link"] if one["household_code"] == home.code)
    if index % 2:
        ended = months_before(planter.day, 3)
        planter.change("link", link, end_on=f"{ended:%Y%m%d}")
    else:
        planter.remove("link", link)
    planter.found_household(home, "当期无帮扶责任人")
    if planter.day.year <= 2020:
        planter.found_household(home, "脱贫户的帮扶责任人被撤", rule="A013")


def m050(planter: Planter, index: int) -> None:
    """A risk that went away before it came, or on a day though it is still there."""
    home = planter.home(_any, ("exited", "edge"), monitored=True)
    row = next(one for one in planter.filing.tables["mon"] if one["household_code"] == home.code)
    if row["risk_eliminated"] == YES:
        planter.change("mon", row, eliminated_on=f"{int(str(row['identified_on'])[:4]) - 1}11")
    else:
        ended = months_before(planter.day, 0)
        planter.change("mon", row, eliminated_on=f"{ended:%Y%m}")
    planter.found_household(home, "消除时间与识别时间或消除标志矛盾")


def _loan(planter: Planter) -> Row:
    def fit(row: Row) -> bool:
        return row["status"] == "正常" and int(str(row["balance_yuan"])) > 0

    return planter.row("loan", fit, "household_code")


def c001(planter: Planter, index: int) -> None:
    """A running loan above the cap."""
    row = _loan(planter)
    planter.change("loan", row, amount_yuan=60000, balance_yuan=60000)
    planter.found("household", "单户贷款超过5万元", household=row["household_code"])


def c008(planter: Planter, index: int) -> None:
    """More still owed than lent, or more overdue than owed."""
    row = _loan(planter)
    if index % 2:
        planter.change("loan", row, overdue_yuan=int(str(row["balance_yuan"])) + 1000)
        planter.change("loan", row, status="逾期", overdue_days=20)
    else:
        planter.change("loan", row, balance_yuan=int(str(row["amount_yuan"])) + 3000)
    planter.found(
        "household", "余额大于贷款金额或逾期额大于余额",
        household=row["household_code"], subject=row["loan_no"],
    )  # fmt: skip


def e001(planter: Planter, index: int) -> None:
    """A spell of work that ended before it began."""
    # One of last year: months of this year would be missing from the wages (I024).
    row = planter.row(
        "emp",
        lambda one: one["is_working"] == NO and one["is_returned"] == NO,
        "household_code",
    )
    began = str(row["start_month"])
    planter.change("emp", row, end_month=f"{int(began[:4]) - 1}年{began[5:]}")
    planter.found(
        "person", "务工结束时间早于开始时间",
        household=row["household_code"], person=row["person_code"],
    )  # fmt: skip


def y008(planter: Planter, index: int) -> None:
    """A village of another county."""
    home = planter.home(plain)
    code = str(home.row["village_code"])
    planter.change("hh", home.row, village_code=f"990188{code[6:]}")
    planter.found_household(home, "行政村代码不属于本县")
