"""Defects that other departments' registers show, and beside each what must not be accused.

They are planted last, into registers of households that no other defect uses, and each takes a
person of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from pipelines.core.errors import FilingsError
from pipelines.simulate.dates import day_text, days
from pipelines.simulate.defects.planter import Planter, age
from pipelines.simulate.filing import NO, YES, Row, is_live
from pipelines.simulate.people import HEALTHY


def _citizen(planter: Planter, want: Callable[[Row], bool], *, spare: bool = False) -> Row:
    """Return a member on the roll whom the registers know, as wanted and not used yet.

    A ``spare`` one, of whom nothing will be found, may be drawn again.
    """
    known = {str(row["id_no"]) for row in planter.filing.tables["reg_police"]}
    on_roll = {
        str(row["household_code"])
        for row in planter.filing.tables["hh"]
        if row["household_type"] != "一般农户"
    }
    for row in planter.filing.tables["p"]:
        person = str(row["person_code"])
        if (
            person not in planter.used
            and is_live(row)
            and str(row["id_no"])[:18] in known
            and row["household_code"] in on_roll
            and row["household_code"] not in planter.used
            and want(row)
        ):
            if not spare:
                planter.used.add(person)
            return row
    raise FilingsError(
        f"模拟县 {planter.county} 的部门登记中没有适合埋设 {planter.rule} 的人,"
        "请增加 --households 后重试。"
    )


def _entry(planter: Planter, alias: str, person: Row) -> Row:
    """Return the person's row of a register."""
    number = str(person["id_no"])[:18]
    return next(row for row in planter.filing.tables[alias] if row["id_no"] == number)


def _grown(planter: Planter) -> Callable[[Row], bool]:
    """Return what is wanted of a grown-up of whom nothing else is told."""
    working = {row["person_code"] for row in planter.filing.tables["emp"]} | {
        row["person_code"] for row in planter.filing.tables["post"]
    }

    def want(row: Row) -> bool:
        return (
            age(row, planter.day) >= 25
            and row["health"] == HEALTHY
            and row["student_status"] is None
            and row["dibao_policy"] == "未享受"
            and row["tekun_policy"] == "不享受"
            and row.get("work_status") is None
            and not row.get("welfare_post")
            and row["person_code"] not in working
        )

    return want


def _pupil(row: Row) -> bool:
    return row["student_status"] in ("小学", "七年级", "八年级", "九年级")


def x001(planter: Planter, index: int) -> None:
    """Cancelled by the police for death before the data date; another one died after it."""
    row = _citizen(planter, _grown(planter))
    before = planter.day.replace(day=1)
    planter.change(
        "reg_police", _entry(planter, "reg_police", row), status="死亡注销",
        death_on=day_text(before),
    )  # fmt: skip
    planter.found_person(row, "公安已死亡注销")
    later = _citizen(planter, _grown(planter), spare=True)
    planter.change(
        "reg_police", _entry(planter, "reg_police", later), status="死亡注销",
        death_on=f"{planter.day.year + 1}0105",
    )  # fmt: skip


def x002(planter: Planter, index: int) -> None:
    """Registration moved away."""
    row = _citizen(planter, _grown(planter))
    planter.change("reg_police", _entry(planter, "reg_police", row), status="迁出")
    planter.found_person(row, "户籍已迁出")


def x003(planter: Planter, index: int) -> None:
    """Another name at the police."""
    row = _citizen(planter, lambda one: one["relation"] != "户主" and _grown(planter)(one))
    planter.change("reg_police", _entry(planter, "reg_police", row), name=f"{row['name']}玉")
    planter.found_person(row, "与公安登记姓名不同")


def x005(planter: Planter, index: int) -> None:
    """On the establishment; another one is a village cadre."""
    for kind in ("在编", "村干部"):
        row = _citizen(planter, _grown(planter), spare=kind == "村干部")
        number = str(row["id_no"])[:18]
        planter.add(
            "reg_payroll", {"id_no": number, "unit": "样例乡政府", "kind": kind, "wage_yuan": 3900}
        )
        if kind == "在编":
            planter.found_person(row, "财政供养人员")


def x006(planter: Planter, index: int) -> None:
    """A car; another one's is scrapped."""
    for status in ("正常", "报废"):
        row = _citizen(planter, _grown(planter), spare=status == "报废")
        planter.add(
            "reg_vehicle",
            {
                "id_no": str(row["id_no"])[:18],
                "plate": f"样B{planter.county[3:]}{status}{index}",
                "kind": "小型客车",
                "reg_on": "20180522",
                "price_yuan": 64000,
                "status": status,
            },
        )
        if status == "正常":
            planter.found_person(row, "名下有小型客车")


def x007(planter: Planter, index: int) -> None:
    """A firm; another one is a member of a cooperative."""
    for entity, role in (("样例建材有限公司", "法人"), ("样例种养专业合作社", "股东")):
        row = _citizen(planter, _grown(planter), spare=role == "股东")
        planter.add(
            "reg_biz",
            {
                "id_no": str(row["id_no"])[:18],
                "entity": f"{entity}{index}",
                "role": role,
                "capital_yuan": 200000,
                "status": "存续",
            },
        )
        if role == "法人":
            planter.found_person(row, "存续企业法人")


def x008(planter: Planter, index: int) -> None:
    """A flat; another one sold a flat since."""
    buyer = planter.filing.tables["reg_biz"][0]["id_no"]
    for sold in (False, True):
        row = _citizen(planter, _grown(planter), spare=sold)
        unit = f"{planter.county}U{index}{int(sold)}"
        flat: Row = {"unit_no": unit, "kind": "商品房", "area": 96}
        planter.add("reg_estate", {"id_no": str(row["id_no"])[:18], **flat, "reg_on": "20140310"})
        if sold:
            planter.add("reg_estate", {"id_no": buyer, **flat, "reg_on": "20170918"})
        else:
            planter.found_person(row, "名下有商品房")


def x009(planter: Planter, index: int) -> None:
    """An employer pays into the housing fund of somebody without work."""
    row = _citizen(planter, _grown(planter))
    number = str(row["id_no"])[:18]
    planter.add(
        "reg_payroll", {"id_no": number, "unit": "样例纺织厂", "kind": "公积金", "wage_yuan": 3100}
    )
    planter.found_person(row, "单位缴纳公积金而填无业")


def x011(planter: Planter, index: int) -> None:
    """Another grade at school."""
    row = _citizen(planter, _pupil)
    grade = "八年级" if row["student_status"] == "小学" else "三年级"
    planter.change("reg_school", _entry(planter, "reg_school", row), grade=grade)
    planter.found_person(row, "学籍年级不同")


def x012(planter: Planter, index: int) -> None:
    """A child whom the school reports as having left."""
    row = _citizen(planter, _pupil)
    planter.change("reg_school", _entry(planter, "reg_school", row), status="辍学")
    planter.found_person(row, "学籍为辍学")
    planter.found_person(row, "学籍为辍学,系统填在校", rule="X010")


def x013(planter: Planter, index: int) -> None:
    """Not insured by the register."""
    row = _citizen(planter, _grown(planter))
    planter.change("reg_medical", _entry(planter, "reg_medical", row), insured=NO)
    planter.found_person(row, "医保登记未参保")


def x014(planter: Planter, index: int) -> None:
    """Treated without one-stop settlement."""
    row = _citizen(planter, _grown(planter))
    planter.change("reg_medical", _entry(planter, "reg_medical", row), one_stop=NO)
    planter.found_person(row, "在库未一站式结算")


def x015(planter: Planter, index: int) -> None:
    """A certificate of somebody filed as healthy, with a subsidy for a grade that has none."""
    row = _citizen(planter, _grown(planter))
    planter.add(
        "reg_disabled",
        {
            "cert_no": f"{str(row['id_no'])[:18]}43",
            "kind": "肢体",
            "grade": "三级",
            "status": "有效",
            "living_subsidy": 600,
            "care_subsidy": 0,
        },
    )
    planter.found_person(row, "残联持证,系统填健康")
    _three_sources(planter, row, "残联有证,系统两处都无", person=row["person_code"])


def x018(planter: Planter, index: int) -> None:
    """低保 and 特困 at the same time, of somebody filed with neither."""
    relieved = {
        one["household_code"]
        for one in planter.filing.tables["p"]
        if one["dibao_policy"] != "未享受" or one["tekun_policy"] != "不享受"
    }
    row = _citizen(
        planter, lambda one: one["household_code"] not in relieved and _grown(planter)(one)
    )
    for kind in ("农村低保", "分散特困"):
        planter.add(
            "reg_civil",
            {
                "id_no": str(row["id_no"])[:18],
                "kind": kind,
                "start_on": "20180401",
                "month_yuan": 260,
                "case_no": f"C{row['person_code']}{kind[0]}",
            },
        )
    planter.found_person(row, "同时享受低保和特困")
    planter.found_person(row, "民政在享,系统填未享受", rule="X016")
    _three_sources(planter, row, "民政在享低保,系统和收入表都没有")


def x019(planter: Planter, index: int) -> None:
    """Subsidies on a certificate that was cancelled."""
    row = _citizen(planter, _grown(planter))
    planter.add(
        "reg_disabled",
        {
            "cert_no": f"{str(row['id_no'])[:18]}42",
            "kind": "肢体",
            "grade": "二级",
            "status": "注销",
            "living_subsidy": 600,
            "care_subsidy": 1200,
        },
    )
    planter.found_person(row, "残疾人证注销后仍发补贴")


def x017(planter: Planter, index: int) -> None:
    """A house appraised as dangerous that is filed as safe."""
    moved = {
        row["household_code"] for row in planter.filing.tables["hh"] if row["is_relocated"] == YES
    }
    row = _citizen(
        planter,
        lambda one: one["relation"] == "户主" and one["household_code"] not in moved,
    )
    planter.change("reg_housing", _entry(planter, "reg_housing", row), grade="C")
    planter.found("household", "住建鉴定为C级", household=row["household_code"])


def x022(planter: Planter, index: int) -> None:
    """A chronic illness card of somebody filed as healthy."""
    row = _citizen(planter, _grown(planter))
    planter.change("reg_medical", _entry(planter, "reg_medical", row), chronic_card=YES)
    planter.found_person(row, "持慢病卡,系统填健康")


def x023(planter: Planter, index: int) -> None:
    """Aid to a pupil that is no measure of the household."""
    helped = {row["household_code"] for row in planter.filing.tables["mea"]}
    row = _citizen(planter, lambda one: one["household_code"] not in helped and _pupil(one))
    planter.change("reg_school", _entry(planter, "reg_school", row), aid_yuan=1250)
    planter.found_person(row, "教育资助未记入帮扶措施")


def x004(planter: Planter, index: int) -> None:
    """Somebody in the head's register book who stands in no household."""
    row = _citizen(planter, lambda one: one["relation"] == "户主")
    entry = _entry(planter, "reg_police", row)
    born = planter.filing.county.first.replace(year=1990, day=2) + days(index)
    number = planter.filing.county.registry.number(born, "女")
    planter.add("reg_police", dict(entry) | {"id_no": number, "name": "甲安"})
    planter.found("household", "户口簿上有人未登记", household=row["household_code"])


def _three_sources(planter: Planter, row: Row, note: str, person: object = "") -> None:
    planter.found("household", note, household=row["household_code"], person=person, rule="R022")


REGISTER_RULES: dict[str, Callable[[Planter, int], None]] = {
    "X011": x011, "X012": x012, "X023": x023, "X017": x017, "X004": x004, "X001": x001,
    "X002": x002, "X003": x003, "X005": x005, "X006": x006, "X007": x007, "X008": x008,
    "X009": x009, "X013": x013, "X014": x014, "X015": x015, "X018": x018, "X019": x019,
    "X022": x022,
}  # fmt: skip


def plant_registers(planter: Planter, times: int) -> None:
    """Plant every register's defect ``times`` times. Raises FilingsError where nobody fits."""
    for rule, function in REGISTER_RULES.items():
        for index in range(times):
            with planter.planting(rule):
                function(planter, index)
