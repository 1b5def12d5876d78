"""Households and persons as they are, before anything is written, and how they change with age.

What never changes (birth, health, kin) is stored; what follows from age (school, labour) is derived
at each data date, so that the filings of two periods fit each other and the rules of both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from pipelines.simulate.dates import age_at, school_age_at

HEALTHY = "健康"
WEAK = "弱劳动力或半劳动力"
LOST = "丧失劳动力"
NONE = "无劳动力"
PLAIN = "普通劳动力"
SKILLED = "技能劳动力"
ABLE = (PLAIN, SKILLED)
UNABLE = (NONE, LOST)

_JUNIOR = ("七年级", "八年级", "九年级")
_SENIOR = ("普通高中一年级", "普通高中二年级", "普通高中三年级")
_COLLEGE = ("高职高专一年级", "高职高专二年级", "高职高专三年级")


@dataclass(slots=True)
class Person:
    """One person. ``since``/``until``: joined or left the household between two data dates."""

    code: str
    name: str
    gender: str
    born: date
    id_no: str
    relation: str
    health: str = HEALTHY
    certificate: str = ""
    skilled: bool = False
    college: bool = False
    schooling: str = "初中"
    dibao: bool = False
    tekun: bool = False
    rank: float = 0.0
    since: date | None = None
    joined_by: str = ""
    until: date | None = None
    left_by: str = ""

    @property
    def filed_id(self) -> str:
        """The number as filed: a disability certificate's is 20 characters long."""
        return self.id_no + self.certificate

    def lives_at(self, day: date) -> bool:
        """Whether the person counts as a live member at a data date."""
        return (self.since is None or self.since <= day) and (
            self.until is None or self.until > day
        )

    def student_status(self, day: date) -> str | None:
        """Return the school stage, None for people who do not study."""
        years = school_age_at(self.born, day)
        if years < 3:
            return "学龄前儿童"
        if years < 6:
            return "学前教育"
        if years < 12:
            return "小学"
        if years < 15:
            return _JUNIOR[years - 12]
        if years < 18:
            return _SENIOR[years - 15]
        return _COLLEGE[years - 18] if self.college and years < 21 else None

    def labor(self, day: date) -> str:
        """Return the labour ability that fits age, school and health."""
        years = age_at(self.born, day)
        if years < 16 or self.student_status(day):
            return NONE
        if self.certificate[1:] in ("1", "2"):
            return LOST
        if years >= 75:
            return NONE
        if years >= 60 or self.health != HEALTHY:
            return WEAK
        return SKILLED if self.skilled else PLAIN

    def education(self, day: date) -> str | None:
        """Return the level reached, None for those at school."""
        if self.student_status(day):
            return None
        return "大专" if self.college else self.schooling


@dataclass(slots=True)
class Household:
    """One household. ``kind``: exited, poor (on the roll, still poor) or edge (beside the roll)."""

    code: str
    kind: str
    cause: str | None
    members: list[Person] = field(default_factory=list)
    other_causes: tuple[str, ...] = ()
    attr: str | None = None
    village: int = 0
    group: int = 1
    phone: str = ""
    identified: date = date(2014, 1, 1)
    exit_year: int | None = None
    monitored: str = ""  # "", "open" or "eliminated"
    ended: date | None = None
    relocated: bool = False
    arable: float = 0.0
    house: int = 80

    def live(self, day: date) -> list[Person]:
        """Return the live members at a data date, head first."""
        return [person for person in self.members if person.lives_at(day)]

    @property
    def sends_workers(self) -> bool:
        """Whether its people are drawn for work: out of poverty and in no danger of return."""
        return self.kind == "exited" and not self.monitored

    @property
    def head(self) -> Person:
        """The head of household."""
        return self.members[0]


@dataclass(slots=True)
class Sketch:
    """A member before birth date and number are drawn: relation, gender, age at the end."""

    relation: str
    gender: str
    age: int


# Letters: H head, S spouse, C child at school age or below, A grown child, D daughter-in-law,
# G grandchild, P parent, O and T an old couple.
_SHAPES: dict[int, tuple[tuple[str, float], ...]] = {
    1: (("O", 0.7), ("H", 0.3)),
    2: (("HS", 0.3), ("OT", 0.28), ("HC", 0.1), ("HA", 0.17), ("HP", 0.15)),
    3: (("HSC", 0.38), ("HSP", 0.2), ("HSA", 0.24), ("HPP", 0.05), ("HAP", 0.13)),
    4: (("HSCC", 0.4), ("HSCP", 0.3), ("HSAC", 0.15), ("HSPP", 0.15)),
    5: (("HSCCP", 0.5), ("HSADG", 0.5)),
    6: (("HSCCPP", 0.4), ("HSADGG", 0.6)),
    7: (("HSCCCPP", 1.0),),
}
_OLD_AGES = {"缺劳力": range(79, 88), "缺技术": range(62, 74), "缺资金": range(62, 74)}


def sketch(rng: Random, size: int, cause: str | None) -> list[Sketch]:
    """Return members of a household of ``size`` that has somebody to whom ``cause`` applies.

    因学 gets a child at school, 缺劳力 somebody too young or too old to work (both hold some years
    before the last data date too), 缺技术 and 缺资金 somebody not too old to; sickness and
    disability are given by the caller.
    """
    shapes = _SHAPES[size]
    ages: range | None = None
    if cause == "因学":
        shapes = tuple(item for item in shapes if "C" in item[0]) or (("HC", 1.0),)
        ages = range(8, 15)
    elif cause == "缺劳力":
        chosen = "COTP" if size <= 2 else "C"
        shapes = tuple(item for item in shapes if any(letter in item[0] for letter in chosen))
        ages = range(3, 14)
    shape = rng.choices([name for name, _ in shapes], [weight for _, weight in shapes])[0]
    if shape[0] == "O":
        return _old_people(rng, shape, _OLD_AGES.get(cause or "", range(62, 86)))
    return _family(rng, shape, ages, frail=cause == "缺劳力" and "C" not in shape)


def _old_people(rng: Random, shape: str, ages: range) -> list[Sketch]:
    head = Sketch("户主", rng.choice("男女"), rng.choice(ages))
    if "T" not in shape:
        return [head]
    other = "女" if head.gender == "男" else "男"
    return [head, Sketch("配偶", other, max(ages[0], head.age - rng.randrange(4)))]


def _family(rng: Random, shape: str, ages: range | None, *, frail: bool) -> list[Sketch]:
    children = _children(rng, shape.count("C"), ages)
    grown = rng.randint(20, 25 if "C" in shape else 32) if "A" in shape else None
    if grown is not None:
        age = min(59, grown + rng.randint(22, 27))
        children = [min(child, 17) for child in children]
    elif children:
        age = max(children) + rng.randint(22, 33)
    else:
        age = rng.randint(34, 57)
    if frail:
        age = rng.randint(54, 58)
    head = Sketch("户主", "男" if rng.random() < 0.8 else "女", age)
    members = [head]
    if "S" in shape:
        other = "女" if head.gender == "男" else "男"
        members.append(Sketch("配偶", other, max(21, age - rng.randint(-1, 4))))
    if grown is not None:
        members += _grown(rng, grown, shape)
    for child in children:
        gender = rng.choice("男女")
        members.append(Sketch("之子" if gender == "男" else "之女", gender, child))
    for relation in ("之母", "之父")[: shape.count("P")]:
        older = age + rng.randint(25, 29) if frail else age + rng.randint(20, 28)
        members.append(Sketch(relation, "女" if relation == "之母" else "男", older))
    return members


def _children(rng: Random, count: int, ages: range | None) -> list[int]:
    """Return ages of ``count`` children, eldest first, whose age lies in ``ages`` if given."""
    if not count:
        return []
    eldest = rng.choice(ages) if ages else rng.randint(2 * (count - 1), 17)
    result = [eldest]
    while len(result) < count:
        result.append(max(0, result[-1] - rng.randint(1, 4)))
    return result


def _grown(rng: Random, age: int, shape: str) -> list[Sketch]:
    gender = "男" if "D" in shape else rng.choice("男女")
    members = [Sketch("之子" if gender == "男" else "之女", gender, age)]
    if "D" in shape:
        members.append(Sketch("之儿媳", "女", max(20, age - rng.randrange(3))))
    for index in range(shape.count("G")):
        of = rng.choice("男女")
        years = max(0, min(9, age - 20 - 2 * index))
        members.append(Sketch("之孙子" if of == "男" else "之孙女", of, rng.randint(0, years)))
    return members
