"""Defects that are a cell or two of one row: what is wrong, in whose row, as data.

A person's row is that of a member beside the head; a living row that of an ordinary household. A
village can carry several of these defects, since a finding names the rule and the village.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipelines.core.errors import FilingsError
from pipelines.simulate.defects.households import MONITORING_SINCE
from pipelines.simulate.defects.persons import at_work, idle, someone
from pipelines.simulate.defects.planter import Family, Planter, age
from pipelines.simulate.filing import NO, YES, Row
from pipelines.simulate.people import HEALTHY, WEAK

Defect = Callable[[Planter, int], None]
Wanted = Callable[[Planter, Row], bool]


def _pupil(planter: Planter, row: Row) -> bool:
    return row["student_status"] == "小学" and row["health"] == HEALTHY


def _adult(planter: Planter, row: Row) -> bool:
    return age(row, planter.day) >= 17


def _any(planter: Planter, row: Row) -> bool:
    return True


def _cut_phone(row: Row) -> Row:
    return {"phone": str(row["phone"])[:-1]}


_PERSONS: dict[str, tuple[Wanted, Row | Callable[[Row], Row], str]] = {
    "P009": (idle, {"birth_date": "19791345"}, "出生日期不是日期"),
    "P010": (_any, {"ethnicity": None}, "民族为空"),
    "P012": (idle, {"labor_ability": None}, "劳动技能为空"),
    "P016": (idle, {"education": None}, "文化程度等三项同时为空"),
    "P017": (_pupil, {"education": "小学"}, "文化程度和在校生状况同时填报"),
    "P025": (_pupil, {"dropout_reason": "因病"}, "因病未上学但健康"),
    "P034": (idle, {"health": "残疾", "labor_ability": WEAK}, "残疾人未填残疾人证"),
    "P037": (_any, {"has_critical_ins": None}, "大病保险为空"),
    "P048": (idle, {"welfare_post_months": 3}, "有岗位月数无岗位"),
    "P053W": (at_work, {"health": "长期慢性病", "labor_ability": WEAK}, "弱劳动力已务工"),
    "P055": (at_work, _cut_phone, "务工人员联系电话10位"),
    "P066": (at_work, {"work_months": 13}, "务工月数超过12"),
    "P067": (_pupil, {"is_soldier": YES}, "小学生填现役军人"),
    "P070": (_adult, {"identified_on": "201001"}, "人员识别早于户首次识别"),
}

# What else an exited household's defect contradicts, from the day that monitoring began.
_UNMONITORED = {
    "P037": {"H032": "脱贫户大病保险为空而未监测", "H035": "脱贫户不达标而未监测"},
}

_HOMES: dict[str, tuple[Row, str]] = {
    "L001": ({"arable": "120.5"}, "耕地面积超过100亩"),
    "L007": ({"water_area": None}, "水面面积为空"),
    "L009": ({"road_km": "6.5"}, "与村主干路距离超过5公里"),
    "L010": ({"road_km": YES}, "与村主干路距离填“是”"),
    "L011": ({"entry_road": None}, "入户路类型为空"),
    "L017": ({"living_power": NO, "production_power": NO, "has_tv": NO}, "未通生活用电"),
    "L021": ({"house_area": 6}, "人均住房面积过小"),
    "L022": ({"build_year": 2091}, "建房时间晚于采集年度"),
    "L024": ({"water_l": 10}, "人均日供水量不足而填饮水安全"),
    "L025": ({"has_toilet": NO}, "脱贫户无卫生厕所"),
}

_VILLAGES: dict[str, tuple[Callable[[Row], Row], str]] = {
    "V016": (lambda row: {"dangerous_hh": _more(row, "total_hh")}, "危房户数大于总户数"),
    "V021": (lambda row: {"migrant_pop": _more(row, "labor_pop")}, "外出务工大于劳动力"),
    "V022": (lambda row: {"dibao_hh": _more(row, "dibao_pop")}, "低保户数大于人数"),
    "V023": (lambda _: {"unpaved_km": "1.5"}, "已通路而未通里程大于0"),
    "V025": (lambda _: {"doctor_n": 0}, "有卫生室无医师"),
}


def _more(row: Row, column: str) -> int:
    return int(str(row[column])) + 1


def _person(rule: str) -> Defect:
    want, values, note = _PERSONS[rule]

    def plant(planter: Planter, index: int) -> None:
        home, row = someone(planter, lambda one: want(planter, one))
        planter.change("p", row, **(values(row) if callable(values) else values))
        planter.found_person(row, note)
        if planter.day >= MONITORING_SINCE:
            for also, told in _UNMONITORED.get(rule, {}).items():
                planter.found_household(home, told, rule=also)

    return plant


def _ordinary(home: Family) -> bool:
    return home.row["household_attr"] == "一般贫困户" and len(home.members) >= 2


def _home(values: Row, note: str) -> Defect:
    def plant(planter: Planter, index: int) -> None:
        home = planter.home(_ordinary)
        planter.change("liv", home.living, **values)
        planter.found_household(home, note)

    return plant


def _village(values: Callable[[Row], Row], note: str) -> Defect:
    def plant(planter: Planter, index: int) -> None:
        free = [
            row for row in planter.filing.tables["vil"] if row["village_code"] not in planter.used
        ]
        if index >= len(free):
            raise FilingsError(f"模拟县 {planter.county} 的村太少,无法埋设 {planter.rule}。")
        row = free[index]
        planter.change("vil", row, **values(row))
        planter.found("village", note, subject=row["village_code"])

    return plant


CELL_RULES: Mapping[str, Defect] = {
    **{rule: _person(rule) for rule in _PERSONS},
    **{rule: _home(*spec) for rule, spec in _HOMES.items()},
    **{rule: _village(*spec) for rule, spec in _VILLAGES.items()},
}
"""Defects by rule, to be planted after all others: they ask for little."""
