"""Planting: every change of a row is logged under its rule, so that it can be told and undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from random import Random

from pipelines.core.errors import FilingsError
from pipelines.simulate.dates import age_at
from pipelines.simulate.filing import Filing, Row, is_live
from pipelines.simulate.livelihood import per_head

_MISSING = object()


@dataclass(frozen=True)
class Truth:
    """One row of the truth file: what a correct rule engine finds, and where.

    ``cause`` is ``planted`` or ``collateral`` (the planted contradiction breaks this rule too).
    """

    county_code: str
    period: str
    rule_id: str
    grain: str
    household_code: str
    person_code: str
    object_code: str
    cause: str
    note_zh: str


@dataclass(frozen=True)
class Family:
    """One household's rows in the last filing."""

    code: str
    row: Row
    members: list[Row]
    income: Row
    living: Row

    def others(self) -> list[Row]:
        """Return the members beside the head."""
        return [row for row in self.members if row["relation"] != "户主"]

    @property
    def head(self) -> Row:
        """The head's row."""
        return next(row for row in self.members if row["relation"] == "户主")


def born(row: Row) -> date:
    """Return a person's birth date as filed."""
    text = str(row["birth_date"])
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def age(row: Row, day: date) -> int:
    """Return a person's full years by the birth date as filed."""
    return age_at(born(row), day)


@dataclass
class Planter:
    """Plants defects into the last filing of a county, each on an entity of its own."""

    filing: Filing
    rng: Random
    rule: str = ""
    truth: list[Truth] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    _log: list[tuple[str, str, Callable[[], None]]] = field(default_factory=list)
    _order: list[str] = field(default_factory=list)
    _homes: dict[str, Family] = field(default_factory=dict)

    def __post_init__(self) -> None:
        members: dict[str, list[Row]] = defaultdict(list)
        for row in self.filing.tables["p"]:
            if is_live(row):
                members[str(row["household_code"])].append(row)
        income = {str(row["household_code"]): row for row in self.filing.tables["inc"]}
        living = {str(row["household_code"]): row for row in self.filing.tables["liv"]}
        for row in self.filing.tables["hh"]:
            code = str(row["household_code"])
            self._homes[code] = Family(code, row, members[code], income[code], living[code])
        self._order = sorted(self._homes)
        self.rng.shuffle(self._order)

    @cached_property
    def engaged(self) -> set[str]:
        """The households with a job, a post or a measure of support."""
        rows = (row for alias in ("emp", "post", "mea") for row in self.filing.tables[alias])
        return {str(row["household_code"]) for row in rows}

    @property
    def day(self) -> date:
        """The data date."""
        return self.filing.as_of

    @property
    def county(self) -> str:
        """The county's code."""
        return self.filing.county.code

    @contextmanager
    def planting(self, rule: str) -> Iterator[None]:
        """Log what happens inside under a rule."""
        self.rule = rule
        yield
        self.rule = ""

    def home(
        self,
        want: Callable[[Family], bool],
        kinds: tuple[str, ...] = ("exited",),
        *,
        monitored: bool = False,
    ) -> Family:
        """Return a household that was not used yet and is as wanted, and mark it used.

        Raises FilingsError where the county has none left.
        """
        for code in self._order:
            home, drawn = self._homes[code], self.filing.homes[code]
            if code in self.used or drawn.kind not in kinds:
                continue
            if drawn.kind != "edge" and bool(drawn.monitored) != monitored:
                continue
            if want(home):
                self.used.add(code)
                return home
        raise FilingsError(
            f"模拟县 {self.county} 没有适合埋设 {self.rule} 的户,请增加 --households 后重试。"
        )

    def newcomer(self) -> tuple[Family, Row]:
        """Return a household and its grown-up member who moved in since the prior filing."""
        home = self.home(lambda one: self._newcomer(one) is not None)
        row = self._newcomer(home)
        assert row is not None
        return home, row

    def _newcomer(self, home: Family) -> Row | None:
        for row in home.members:
            if row["relation"] == "之兄弟姐妹" and row["member_status"] == "自然增加":
                return row
        return None

    def row(self, alias: str, want: Callable[[Row], bool], key: str) -> Row:
        """Return a row of another table whose key was not used yet, and mark it used.

        Raises FilingsError where there is none.
        """
        rows = list(self.filing.tables[alias])
        self.rng.shuffle(rows)
        for row in rows:
            if str(row[key]) not in self.used and want(row):
                self.used.add(str(row[key]))
                return row
        raise FilingsError(
            f"模拟县 {self.county} 没有适合埋设 {self.rule} 的 {alias} 记录,"
            "请增加 --households 后重试。"
        )

    def change(self, alias: str, row: Row, **values: object) -> None:
        """Change cells of a row."""
        before = {name: row.get(name, _MISSING) for name in values}

        def undo() -> None:
            for name, value in before.items():
                if value is _MISSING:
                    row.pop(name, None)
                else:
                    row[name] = value

        row.update(values)
        self._log.append((self.rule, alias, undo))

    def add(self, alias: str, row: Row) -> None:
        """Append a row to a table."""
        rows = self.filing.tables[alias]
        rows.append(row)
        self._log.append((self.rule, alias, lambda: _drop(rows, row)))

    def remove(self, alias: str, row: Row) -> None:
        """Take a row out of a table."""
        rows = self.filing.tables[alias]
        place = next(index for index, one in enumerate(rows) if one is row)
        del rows[place]
        self._log.append((self.rule, alias, lambda: rows.insert(place, row)))

    def found(
        self,
        grain: str,
        note: str,
        *,
        household: object = "",
        person: object = "",
        subject: object = "",
        rule: str = "",
    ) -> None:
        """Record what must be found; another ``rule`` than the one being planted is collateral."""
        self.truth.append(
            Truth(
                self.county,
                self.filing.period,
                rule or self.rule,
                grain,
                str(household),
                str(person),
                str(subject),
                "collateral" if rule and rule != self.rule else "planted",
                note,
            )
        )

    def found_person(self, row: Row, note: str, rule: str = "") -> None:
        """Record a finding about a person."""
        self.found(
            "person", note, household=row["household_code"], person=row["person_code"], rule=rule
        )

    def found_household(self, home: Family, note: str, rule: str = "") -> None:
        """Record a finding about a household."""
        self.found("household", note, household=home.code, rule=rule)

    def earn(self, home: Family, *, net_pc: int) -> None:
        """Give a household an income per head, all of it from wages, that adds up."""
        net = net_pc * len(home.members)
        zeros: Row = dict.fromkeys(("business", "property", "transfer", "business_cost"), 0)
        parts: Row = dict.fromkeys(
            ("dibao_amt", "tekun_amt", "pension_amt", "eco_amt", "other_transfer"), None
        )
        total: Row = {"wage": net, "gross": net, "net": net}
        total["net_pc"] = per_head(Decimal(net), len(home.members))
        self.change("inc", home.income, **zeros, **parts, **total)

    def undo(self, rule: str) -> list[str]:
        """Take a rule's defects back and return the tables that changed, in order."""
        tables = []
        for name, alias, step in reversed(self._log):
            if name == rule:
                step()
                tables.append(alias)
        return sorted(set(tables))


def _drop(rows: list[Row], row: Row) -> None:
    place = next(index for index, one in enumerate(rows) if one is row)
    del rows[place]
