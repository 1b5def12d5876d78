"""Defects in a household's income."""

from __future__ import annotations

from decimal import Decimal

from pipelines.simulate.defects.households import MONITORING_SINCE, plain
from pipelines.simulate.defects.planter import Family, Planter, age
from pipelines.simulate.livelihood import per_head

_MONITORING_LINES = (2020, 2024)


def _idle(planter: Planter, home: Family) -> bool:
    """Whether an income can be taken away: nobody has a job, a measure or a pension."""
    return (
        plain(home)
        and home.code not in planter.engaged
        and all(age(row, planter.day) < 60 for row in home.members)
    )


def _destitute(planter: Planter, home: Family) -> None:
    """Record what an income far below last year's and every line is as well."""
    previous = planter.filing.previous
    if planter.day >= MONITORING_SINCE and planter.day.year in _MONITORING_LINES:
        planter.found_household(home, "脱贫户收入低于监测范围而未监测", rule="H034")
    if planter.day.year >= 2020:
        planter.found_household(home, "脱贫户收入低于4000元", rule="I019")
    if previous and previous.year == planter.day.year - 1:
        planter.found_household(home, "收入比上年下降过多", rule="I023")


def h036(planter: Planter, index: int) -> None:
    """Out of poverty this year with an income below this year's line."""
    home = planter.home(lambda one: _idle(planter, one))
    planter.change("hh", home.row, exit_year=planter.day.year)
    planter.earn(home, net_pc=2400)
    planter.found_household(home, "脱贫当年收入低于标准")
    _destitute(planter, home)


def i001(planter: Planter, index: int) -> None:
    """A gross income that is not the sum of its parts; what is derived from it follows."""
    home = planter.home(plain)
    gross = int(str(home.income["gross"])) + 500
    net = Decimal(gross - int(str(home.income["business_cost"])))
    planter.change(
        "inc", home.income, gross=gross, net=net, net_pc=per_head(net, len(home.members))
    )
    planter.found_household(home, "年收入不等于四项之和")


def i002(planter: Planter, index: int) -> None:
    """A transfer income that is not the sum of its parts."""
    home = planter.home(plain)
    other = int(str(home.income["other_transfer"] or 0))
    planter.change("inc", home.income, other_transfer=other + 120)
    planter.found_household(home, "转移性收入不等于各子项之和")


def i003(planter: Planter, index: int) -> None:
    """A net income that leaves out a part of the costs."""
    home = planter.home(lambda one: plain(one) and int(str(one.income["business"])) > 0)
    planter.change("inc", home.income, business_cost=int(str(home.income["business_cost"])) + 300)
    planter.found_household(home, "纯收入不等于年收入减支出")


def i004(planter: Planter, index: int) -> None:
    """An income per head that is not net income by members."""
    home = planter.home(plain)
    planter.change("inc", home.income, net_pc=Decimal(str(home.income["net_pc"])) + 25)
    planter.found_household(home, "人均纯收入不等于纯收入除以人口")


def i005(planter: Planter, index: int) -> None:
    """A negative part, sums kept."""
    home = planter.home(lambda one: plain(one) and int(str(one.income["wage"])) > 2000)
    shift = int(str(home.income["property"])) + 200
    wage = int(str(home.income["wage"])) + shift
    planter.change("inc", home.income, property=-200, wage=wage)
    planter.found_household(home, "财产性收入为负")


def i007(planter: Planter, index: int) -> None:
    """No income at all."""
    home = planter.home(lambda one: _idle(planter, one))
    planter.earn(home, net_pc=0)
    planter.found_household(home, "全部收入为0")
    _destitute(planter, home)


def i011(planter: Planter, index: int) -> None:
    """Poor relief in the income of a household that nobody of gets it; sums kept."""
    home = planter.home(lambda one: plain(one) and int(str(one.income["other_transfer"] or 0)) > 9)
    other = int(str(home.income["other_transfer"]))
    planter.change("inc", home.income, dibao_amt=other, other_transfer=0)
    planter.found_household(home, "无低保却有低保金")


def i028(planter: Planter, index: int) -> None:
    """Ten thousands of yuan in a column of yuan."""
    home = planter.home(lambda one: _idle(planter, one) and len(one.members) <= 5)
    planter.earn(home, net_pc=0)
    net = Decimal("3.6")
    planter.change(
        "inc", home.income, wage=net, gross=net, net=net, net_pc=per_head(net, len(home.members))
    )
    planter.found_household(home, "收入疑似按万元填报")
    planter.found_household(home, "工资性收入不足100元", rule="I010")
    _destitute(planter, home)
