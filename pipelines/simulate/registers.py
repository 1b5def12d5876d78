"""Small registers of other departments that agree with what the county filed."""

from __future__ import annotations

from collections.abc import Container

from pipelines.simulate.filing import NO, YES, Filing, Row, is_live

_KINDS = dict(zip("1234567", ("视力", "听力", "言语", "肢体", "智力", "精神", "多重"), strict=True))
_GRADES = dict(zip("1234", ("一级", "二级", "三级", "四级"), strict=True))


def registers(filing: Filing, people: int, skip: Container[str] = ()) -> None:
    """Fill the ten registers for whole households, in the order filed, until ``people`` are in.

    Households in ``skip`` are left out: those with planted defects, so that a register neither
    repeats a defect nor contradicts it.
    """
    homes = {str(row["household_code"]): row for row in filing.tables["hh"]}
    living = {str(row["household_code"]): row for row in filing.tables["liv"]}
    strays = filing.by("p", "household_code").keys() - homes.keys()
    for number, row in enumerate(_people(filing, people, skip, strays)):
        identity = str(row["id_no"])
        code = str(row["household_code"])
        village = str(homes[code]["village_code"])
        _citizen(filing, row, identity, code, village)
        if row["relation"] == "户主":
            _house(filing, living[code], identity, village, number)
        if len(identity) >= 20:
            _disabled(filing, identity)
        if row["student_status"] not in (None, "学龄前儿童", "学前教育"):
            _pupil(filing, row, identity, number)
    _outsiders(filing)


def _people(filing: Filing, people: int, *skip: Container[str]) -> list[Row]:
    chosen: list[Row] = []
    for code, members in filing.by("p", "household_code").items():
        if len(chosen) >= people:
            break
        if not any(code in some for some in skip):
            chosen += [row for row in members if is_live(row) and row["id_no"]]
    return chosen


def _citizen(filing: Filing, row: Row, identity: str, code: str, village: str) -> None:
    filing.tables["reg_police"].append(
        {
            "id_no": identity[:18],
            "name": row["name"],
            "hukou_no": f"H{code}",
            "hukou_code": village,
            "hukou_kind": "农业",
            "status": "在册",
        }
    )
    filing.tables["reg_medical"].append(
        {
            "id_no": identity[:18],
            "kind": "居民",
            "year": filing.as_of.year,
            "insured": YES,
            "total_yuan": 800,
            "reimbursed_yuan": 560,
            "one_stop": YES,
            "chronic_card": YES if row["health"] == "长期慢性病" else NO,
        }
    )
    if row["dibao_policy"] == "农村低保":
        filing.tables["reg_civil"].append(
            {
                "id_no": identity[:18],
                "kind": "农村低保",
                "start_on": "20180101",
                "month_yuan": 260,
                "case_no": f"D{code}",
            }
        )
    if row["tekun_policy"] == "农村特困":
        filing.tables["reg_civil"].append(
            {
                "id_no": identity[:18],
                "kind": "分散特困",
                "start_on": "20180101",
                "month_yuan": 520,
                "case_no": f"T{code}",
            }
        )


def _house(filing: Filing, living: Row, identity: str, village: str, number: int) -> None:
    grade = "C" if living["is_dangerous"] == YES else "AB"[number % 2]
    filing.tables["reg_housing"].append(
        {"id_no": identity[:18], "grade": grade, "appraised_on": "20190615"}
    )
    filing.tables["reg_estate"].append(
        {
            "id_no": identity[:18],
            "unit_no": f"{village}F{number:05d}",
            "kind": "农村宅基地",
            "area": 120,
            "reg_on": "20150801",
        }
    )


def _disabled(filing: Filing, identity: str) -> None:
    kind, grade = identity[18], identity[19]
    if kind in _KINDS and grade in _GRADES:
        filing.tables["reg_disabled"].append(
            {
                "cert_no": identity,
                "kind": _KINDS[kind],
                "grade": _GRADES[grade],
                "status": "有效",
                "living_subsidy": 600,
                "care_subsidy": 1200 if grade in "12" else 0,
            }
        )


def _pupil(filing: Filing, row: Row, identity: str, number: int) -> None:
    filing.tables["reg_school"].append(
        {
            "id_no": identity[:18],
            "stu_no": f"X{identity[6:14]}{number:05d}",
            "school": f"样例学校{number % 9 + 1}",
            "grade": row["student_status"],
            "status": "在读",
            "flag_poor": YES,
            "aid_yuan": 0,
        }
    )


def _outsiders(filing: Filing) -> None:
    """Add vehicles, firms and payrolls of a citizen who is on nobody's roll."""
    identity = filing.county.registry.number(filing.county.first.replace(year=1975, day=1), "男")
    filing.tables["reg_vehicle"].append(
        {
            "id_no": identity,
            "plate": f"样A{filing.county.code}",
            "kind": "小型客车",
            "reg_on": "20170309",
            "price_yuan": 86000,
            "status": "正常",
        }
    )
    filing.tables["reg_biz"].append(
        {
            "id_no": identity,
            "entity": "样例商贸有限公司",
            "role": "法人",
            "capital_yuan": 500000,
            "status": "存续",
        }
    )
    filing.tables["reg_payroll"].append(
        {"id_no": identity, "unit": "样例中学", "kind": "在编", "wage_yuan": 4300}
    )
