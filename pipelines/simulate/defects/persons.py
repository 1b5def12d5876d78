"""Defects in one person's record, and persons who contradict the last filing or another county."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from pipelines.simulate.dates import age_at, days
from pipelines.simulate.defects.planter import Family, Planter, age, born
from pipelines.simulate.filing import NO, YES, Row
from pipelines.simulate.identity import citizen_number, invented_name
from pipelines.simulate.people import ABLE, HEALTHY, LOST, NONE, PLAIN


def someone(
    planter: Planter, want: Callable[[Row], bool], kinds: tuple[str, ...] = ("exited",)
) -> tuple[Family, Row]:
    """Return a household and one member beside the head who is as wanted and was there before."""

    def fit(row: Row) -> bool:
        return row["member_status"] == "正常" and want(row)

    home = planter.home(
        lambda one: one.row.get("main_cause") != "缺劳力" and any(map(fit, one.others())),
        kinds,
    )
    return home, next(row for row in home.others() if fit(row))


def _worker(planter: Planter, row: Row) -> bool:
    return (
        row["labor_ability"] in ABLE
        and row["health"] == HEALTHY
        and 22 <= age(row, planter.day) <= 57
        and len(str(row["id_no"])) == 18
    )


def at_work(planter: Planter, row: Row) -> bool:
    """Whether a healthy adult has work now."""
    return _worker(planter, row) and row.get("work_status") is not None


def idle(planter: Planter, row: Row) -> bool:
    """Whether a healthy adult has neither work nor a post."""
    held = row.get("work_status") or row.get("welfare_post")
    return _worker(planter, row) and held is None


def _studies(planter: Planter, row: Row, low: int, high: int) -> bool:
    stage = str(row["student_status"] or "")
    return (
        bool(stage) and row["health"] == HEALTHY and low <= age(row, planter.day) <= high
        and not stage.startswith("高职")
    )  # fmt: skip


def p001(planter: Planter, index: int) -> None:
    """A number that lost its last character."""
    _, row = planter.newcomer()
    planter.change("p", row, id_no=str(row["id_no"])[:17])
    planter.found_person(row, "证件号码少一位")


def p002(planter: Planter, index: int) -> None:
    """A wrong check character."""
    _, row = planter.newcomer()
    number = str(row["id_no"])
    wrong = "0" if number[17] != "0" else "1"
    planter.change("p", row, id_no=number[:17] + wrong)
    planter.found_person(row, "末位校验码错误")


def p003(planter: Planter, index: int) -> None:
    """A disability certificate of a kind or grade that does not exist."""
    _, row = planter.newcomer()
    number = str(row["id_no"])[:18] + ("45", "92")[index % 2]
    planter.change(
        "p", row, id_no=number, disability_no=number, id_type="残疾人证", health="残疾",
        labor_ability="弱劳动力或半劳动力",
    )  # fmt: skip
    planter.found_person(row, "残疾类别或等级不存在")


def p004(planter: Planter, index: int) -> None:
    """Two people of two households with one number."""
    _, first = planter.newcomer()
    _, second = planter.newcomer()
    same = {name: first[name] for name in ("id_no", "birth_date", "gender", "identified_on")}
    planter.change("p", second, **same)
    planter.found_person(first, "与另一户成员证件号码相同")
    planter.found_person(second, "与另一户成员证件号码相同")


def p005(planter: Planter, index: int) -> None:
    """No number, or one of the temporary numbers that begin with six nines."""
    _, row = planter.newcomer()
    number = None
    if index % 2:
        number = citizen_number("999999", born(row), 101 if row["gender"] == "男" else 102)
    planter.change("p", row, id_no=number)
    planter.found_person(row, "临时证件号码" if number else "无证件号码")


def p006(planter: Planter, index: int) -> None:
    """A birth date one year off the number's."""
    _, row = planter.newcomer()
    text = str(row["birth_date"])
    # A year earlier is still a date, but 29 February.
    day = "28" if text[4:] == "0229" else text[6:]
    planter.change("p", row, birth_date=f"{int(text[:4]) - 1}{text[4:6]}{day}")
    planter.found_person(row, "出生日期与证件号码相差一年")


def p007(planter: Planter, index: int) -> None:
    """The other gender than the number's."""
    _, row = planter.newcomer()
    planter.change("p", row, gender="女" if row["gender"] == "男" else "男")
    planter.found_person(row, "性别与证件号码不一致")


def p014(planter: Planter, index: int) -> None:
    """A son who is a woman, or a daughter who is a man."""
    _, row = someone(planter, lambda one: one["relation"] in ("之子", "之女"))
    planter.change("p", row, relation="之女" if row["relation"] == "之子" else "之子")
    planter.found_person(row, "与户主关系和性别矛盾")


def p015(planter: Planter, index: int) -> None:
    """A grown-up of the head's gender as the spouse."""

    def fit(home: Family) -> Row | None:
        return next(
            (
                row for row in home.others()
                if row["gender"] == home.head["gender"] and age(row, planter.day) >= 22
            ),
            None,
        )  # fmt: skip

    home = planter.home(lambda one: fit(one) is not None)
    chosen = fit(home)
    assert chosen is not None
    for row in home.others():
        if row["relation"] == "配偶":
            planter.change("p", row, relation="其他")
    planter.change("p", chosen, relation="配偶")
    planter.found_household(home, "户主与配偶同性别")


def p018(planter: Planter, index: int) -> None:
    """A child who can work."""
    _, row = someone(planter, lambda one: age(one, planter.day) < 15)
    planter.change("p", row, labor_ability=PLAIN)
    planter.found_person(row, "未满16周岁填普通劳动力")
    planter.found_person(row, "在校或学龄前儿童填普通劳动力", rule="P024")


def _unburdened(planter: Planter, row: Row) -> bool:
    """Whether a worker's household owes no loan that only people who can work may get (C007)."""
    return _worker(planter, row) and not _is_in(planter, "loan", row)


def _is_in(planter: Planter, alias: str, row: Row) -> bool:
    code = row["household_code"]
    return any(one["household_code"] == code for one in planter.filing.tables[alias])


def p019(planter: Planter, index: int) -> None:
    """A healthy adult who has lost the ability to work."""
    _, row = someone(planter, lambda one: idle(planter, one) and _unburdened(planter, one))
    planter.change("p", row, labor_ability=LOST)
    planter.found_person(row, "健康成年人填丧失劳动力")


def p020(planter: Planter, index: int) -> None:
    """A healthy adult who never could work."""
    _, row = someone(planter, lambda one: idle(planter, one) and _unburdened(planter, one))
    planter.change("p", row, labor_ability=NONE)
    planter.found_person(row, "健康成年人填无劳动力")


def p023(planter: Planter, index: int) -> None:
    """Full labour at sixty and more, where somebody works (E019)."""

    def fit(one: Row) -> bool:
        old = age(one, planter.day) >= 61 and not one["disability_no"]
        return old and _is_in(planter, "emp", one)

    _, row = someone(planter, fit)
    planter.change("p", row, labor_ability=PLAIN)
    planter.found_person(row, "60周岁以上填普通劳动力")


def _school(planter: Planter, low: int, high: int, stage: str, note: str) -> None:
    _, row = someone(planter, lambda one: _studies(planter, one, low, high))
    planter.change("p", row, student_status=stage)
    planter.found_person(row, note)


def p026(planter: Planter, index: int) -> None:
    """A pupil of primary school aged fifteen and more."""
    _school(planter, 15, 18, "小学", "年龄超过小学阶段")


def p027(planter: Planter, index: int) -> None:
    """A pupil of junior school below twelve."""
    _school(planter, 7, 11, "七年级", "年龄小于初中阶段")


def p028(planter: Planter, index: int) -> None:
    """A pupil of senior school below fifteen."""
    _school(planter, 7, 14, "普通高中一年级", "年龄小于高中阶段")


def p029(planter: Planter, index: int) -> None:
    """A university student below eighteen."""
    _school(planter, 7, 17, "本科", "未满18岁填本科在校")


def p030(planter: Planter, index: int) -> None:
    """A master's student below twenty."""
    _school(planter, 7, 19, "硕士生及以上", "未满20岁填硕士在校")


def p031(planter: Planter, index: int) -> None:
    """A healthy child in kindergarten at seven and more."""
    _school(planter, 7, 14, "学前教育", "满7岁仍填学前教育")


def p035(planter: Planter, index: int) -> None:
    """A certificate of the gravest grades and full labour."""
    _, row = someone(planter, lambda one: _worker(planter, one))
    number = str(row["id_no"]) + ("41", "42")[index % 2]
    planter.change("p", row, id_no=number, disability_no=number, id_type="残疾人证", health="残疾")
    planter.found_person(row, "一二级肢体残疾填普通劳动力")
    planter.found_person(row, "残疾人填普通劳动力", rule="P022")


def p036(planter: Planter, index: int) -> None:
    """A certificate's number and no disability."""
    _, row = someone(planter, lambda one: _worker(planter, one))
    number = str(row["id_no"]) + "33"
    planter.change("p", row, id_no=number, disability_no=number, id_type="残疾人证")
    planter.found_person(row, "残疾人证号但健康状况不含残疾")


def p039(planter: Planter, index: int) -> None:
    """Nobody's insurance; beside the roll, where the exit check (H041) does not look."""
    home = planter.home(lambda one: planter.filing.homes[one.code].monitored == "open", ("edge",))
    planter.change("p", home.members[-1], has_resident_medical=NO)
    planter.found_person(home.members[-1], "未参加任何基本医疗保险")


def p040(planter: Planter, index: int) -> None:
    """Both insurances."""
    _, row = someone(planter, lambda one: _worker(planter, one))
    planter.change("p", row, has_employee_medical=YES)
    planter.found_person(row, "同时参加居民和职工医保")


def p044(planter: Planter, index: int) -> None:
    """Poor relief and special support at once, for somebody who may have the second."""

    def fit(home: Family) -> bool:
        row = home.members[-1]
        cared_for = row["health"] != HEALTHY or not 18 <= age(row, planter.day) < 60
        return home.row["household_attr"] == "低保贫困户" and cared_for

    home = planter.home(fit)
    planter.change("p", home.members[-1], tekun_policy="农村特困")
    planter.found_person(home.members[-1], "同时享受低保和特困供养")
    planter.found_household(home, "享受特困供养而无供养金", rule="I012")


def p060(planter: Planter, index: int) -> None:
    """A parent of the head as the head's child."""
    _, row = someone(planter, lambda one: one["relation"] in ("之父", "之母"))
    planter.change("p", row, relation="之子" if row["relation"] == "之父" else "之女")
    planter.found_person(row, "子女比户主年长")


def p060w(planter: Planter, index: int) -> None:
    """A spouse a few years younger as the head's child."""

    def fit(home: Family) -> Row | None:
        for row in home.others():
            gap = age(home.head, planter.day) - age(row, planter.day)
            if row["relation"] == "配偶" and 1 <= gap <= 14:
                return row
        return None

    home = planter.home(lambda one: fit(one) is not None)
    row = fit(home)
    assert row is not None
    planter.change("p", row, relation="之子" if row["gender"] == "男" else "之女")
    planter.found_person(row, "子女与户主年龄差不足15岁")


def p064(planter: Planter, index: int) -> None:
    """A child as the head, its parents being the head's parents."""

    def child(home: Family) -> Row | None:
        kin = {str(row["relation"]) for row in home.others()}
        if not kin <= {"配偶", "之子", "之女"}:
            return None
        ages = [row for row in home.others() if 4 <= age(row, planter.day) <= 14]
        return ages[0] if ages and len(home.members) <= 4 else None

    home = planter.home(lambda one: child(one) is not None)
    chosen = child(home)
    assert chosen is not None
    for row in home.members:
        if row is chosen:
            relation = "户主"
        elif row["relation"] in ("户主", "配偶"):
            relation = "之父" if row["gender"] == "男" else "之母"
        else:
            relation = "之兄弟姐妹"
        planter.change("p", row, relation=relation)
    planter.change("hh", home.row, head_name=chosen["name"], head_id_no=chosen["id_no"])
    planter.found_household(home, "户主未满16周岁")


def p068(planter: Planter, index: int) -> None:
    """Healthy and ill at once."""
    _, row = someone(planter, lambda one: _worker(planter, one))
    planter.change("p", row, health="健康,长期慢性病")
    planter.found_person(row, "健康与慢性病并列")


def h002(planter: Planter, index: int) -> None:
    """A person of a household that the household table does not have."""
    county = planter.filing.county
    home = planter.home(lambda one: len(one.members) >= 2)
    code = f"{county.code[:2]}{county.code[4:]}{990000 + index:06d}"
    birthday = date(1988, 3, 5) + days(index)
    row = dict(home.head) | {
        "household_code": code,
        "person_code": f"{code}01",
        "name": invented_name(planter.rng),
        "gender": "男",
        "id_type": "居民身份证",
        "id_no": county.registry.number(birthday, "男"),
        "birth_date": f"{birthday:%Y%m%d}",
        "relation": "其他",
        "education": "初中",
        "student_status": None,
        "health": HEALTHY,
        "disability_no": None,
        "labor_ability": PLAIN,
        "dibao_policy": "未享受",
        "tekun_policy": "不享受",
        "welfare_post": None,
        "welfare_post_months": None,
    }
    planter.add("p", row)
    planter.found_person(row, "成员的户编号不在户表")


def t001(planter: Planter, index: int) -> None:
    """A person who left without a record of it; one more than t002 hides, so that T011 sees it."""
    kept = {str(row["person_code"]) for row in planter.filing.tables["p"]}

    def lost(row: Row) -> bool:
        return row["change_type"] == "自然减少" and str(row["person_code"]) not in kept

    row = planter.row("chg", lost, "household_code")
    planter.remove("chg", row)
    planter.found_person(row, "上期在册人员消失而无减少记录")


def t002(planter: Planter, index: int) -> None:
    """A person who came without a record of it."""
    _, row = planter.newcomer()
    change = next(
        one for one in planter.filing.tables["chg"] if one["person_code"] == row["person_code"]
    )
    planter.remove("chg", change)
    planter.found_person(row, "新增成员无增加记录")


def t003(planter: Planter, index: int) -> None:
    """Another name, or another number of the same day and gender, than last time."""
    _, row = someone(planter, lambda one: _worker(planter, one))
    if index % 2:
        number = planter.filing.county.registry.number(born(row), str(row["gender"]))
        planter.change("p", row, id_no=number)
    else:
        planter.change("p", row, name=f"{row['name']}改")
    planter.found_person(row, "同一人编号的姓名或证件号码变化")


def t005(planter: Planter, index: int) -> None:
    """Less schooling than last time."""
    _, row = someone(
        planter,
        lambda one: (
            _worker(planter, one) and one["member_status"] == "正常" and one["education"] == "高中"
        ),
    )
    planter.change("p", row, education="初中")
    planter.found_person(row, "文化程度比上期倒退")


def y001(planter: Planter, pair: int) -> None:
    """A person whom another county has on its roll too; ``pair`` names the person in both."""
    _, row = planter.newcomer()
    # One birthday a pair tells them apart; any number of counties can meet.
    birthday = date(1984, 5, 2) + days(pair)
    number = citizen_number("990119", birthday, 901 + 2 * (pair % 30))
    planter.change(
        "p", row, id_no=number, birth_date=f"{birthday:%Y%m%d}", gender="男",
        name=f"甲{'安柏川岱帆谷禾景'[pair % 8]}山",
    )  # fmt: skip
    assert 20 <= age_at(birthday, planter.day) < 60, "the shared people are of working age"
    planter.found_person(row, "同一证件号码在两县在册")
    # Both counties have entered the arrival, neither the departure.
    planter.found_person(row, "外县已登记迁入,本县未减", rule="Y003")
