"""Relations that follow from what the figures of a report are, where nobody states any.

Precision comes first. A relation is taken only where it is plain which figures are meant: each
concept once in the report, or once between one total and the next. A rate is read with every
numerator and denominator that its definition knows; only where none fits, its own numerator stands
beside it and no other figure of the report would make a denominator, it is a contradiction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from pipelines.core.figures.judge import CONTRADICTION
from pipelines.core.figures.printed import unit_power
from pipelines.core.figures.relation import plain
from pipelines.core.text import compact
from pipelines.reconcile import labels
from pipelines.reconcile.concepts import Concepts, Rate, concepts
from pipelines.reconcile.tables import Figures, Printed, Stated, state

_NEAR = 4
_KIND = 3
_ONE_PERIOD = re.compile(r"年|月|季|本次|本批|此次|今|当前|计划|拟")


def infer(figures: Figures) -> list[Stated]:
    """Return the relations of every report, named by their own expression."""
    found: list[Stated] = []
    for report in figures.reports:
        made = _Report(report, figures, concepts()).relations()
        found += {stated.expression: stated for stated in made}.values()
    return found


@dataclass
class _Report:
    report_id: str
    figures: Figures
    known: Concepts

    def __post_init__(self) -> None:
        self.printed = self.figures.of_report(self.report_id)
        self.place = {printed.key: at for at, printed in enumerate(self.printed)}
        self.of_concept: dict[str, list[Printed]] = {}
        for printed in self.printed:
            if printed.concept:
                self.of_concept.setdefault(printed.concept, []).append(printed)

    def relations(self) -> Iterator[Stated]:
        """Yield what the concepts say, each kind in turn."""
        yield from self._persons()
        yield from self._sums()
        yield from self._flows()
        yield from self._bounds()
        yield from self._shares()
        yield from self._caps()
        for rate in self.known.rates:
            yield from self._rates(rate)

    # -- finding the figures meant ---------------------------------------------------------------

    def _groups(self, head: str, others: Sequence[str]) -> Iterator[list[Printed]]:
        """Yield head and others wherever each other is there once for the head."""
        heads = self._of(head)
        for at, first in enumerate(heads):
            start = self.place[first.key] if len(heads) > 1 else 0
            end = self.place[heads[at + 1].key] if at + 1 < len(heads) else len(self.printed)
            group = [first]
            for concept in others:
                within = [
                    printed
                    for printed in self._of(concept)
                    if start <= self.place[printed.key] < end
                ]
                if len(within) != 1:
                    break
                group.append(within[0])
            else:
                yield group

    def _of(self, concept: str) -> list[Printed]:
        """Return a concept's figures, without exits of one period: they are part of no stock."""
        found = self.of_concept.get(concept, [])
        if "exited" not in concept:
            return found
        return [printed for printed in found if not _ONE_PERIOD.search(printed.label)]

    def _state(self, expression: str) -> Stated:
        return state(self.report_id, expression, expression, self.figures)

    def _holds(self, expression: str) -> bool:
        return not self._fails(self._state(expression))

    def _fails(self, stated: Stated) -> bool:
        return stated.judge().verdict == CONTRADICTION

    def _fits(self, expression: str, rate: Printed) -> bool:
        """Whether a rate may be read so, within two of its last digits (coarse parts fit all)."""
        judgement = self._state(expression).judge()
        near = 2 * Fraction(rate.figure.last_digit)
        return judgement.verdict != CONTRADICTION and (judgement.gap or 0) <= near

    # -- kinds -----------------------------------------------------------------------------------

    def _persons(self) -> Iterator[Stated]:
        """Yield persons against households: the only pair, or the pairs that stand side by side."""
        for concept, households in self.of_concept.items():
            persons = self.of_concept.get(self.known.persons(concept) or "", [])
            if not persons:
                continue
            # Which of the two a report prints first it prints first throughout.
            step = 1 if self.place[households[0].key] < self.place[persons[0].key] else -1
            for household in households:
                beside = self.place[household.key] + step
                near = [person for person in persons if self.place[person.key] == beside]
                if len(households) == len(persons) == 1:
                    near = persons
                near = [person for person in near if _are_alike([household, person])]
                if near and _counted(household) == "户":
                    yield self._state(f"{near[0].name} >= {_in_unit(household, near[0])}")

    def _sums(self) -> Iterator[Stated]:
        for known in self.known.sums:
            if any(self.of_concept.get(concept) for concept in known.may_lack):
                continue
            for total, *parts in self._groups(known.total, known.parts):
                if not _same_dimension([total, *parts]) or not _are_alike([total, *parts]):
                    continue
                added = " + ".join(_in_unit(part, total) for part in parts)
                stated = self._state(f"{total.name} = {added}")
                if not self._fails(stated) or not self._is_another_total(total, parts):
                    yield stated

    def _is_another_total(self, total: Printed, parts: Sequence[Printed]) -> bool:
        """Whether the parts add up to another figure: they are parts of that one then."""
        return any(
            self._holds(f"{other.name} = {' + '.join(_in_unit(part, other) for part in parts)}")
            for other in self.printed
            if other not in (total, *parts) and _same_dimension([other, total])
        )

    def _flows(self) -> Iterator[Stated]:
        for known in self.known.flows:
            others = [known.opening, *known.into, *known.out]
            for closing, *parts in self._groups(known.closing, others):
                if not _same_dimension([closing, *parts]):
                    continue
                signs = ["", *(" + " for _ in known.into), *(" - " for _ in known.out)]
                moved = "".join(
                    sign + _in_unit(part, closing) for sign, part in zip(signs, parts, strict=True)
                )
                yield self._state(f"{closing.name} = {moved}")

    def _bounds(self) -> Iterator[Stated]:
        for known in self.known.bounds:
            more = known.more
            if known.instead and more not in self.of_concept:
                more = known.instead
            for whole, part in self._groups(more, [known.less]):
                if _same_dimension([whole, part]) and _are_alike([whole, part]):
                    yield self._state(f"{_in_unit(part, whole)} <= {whole.name}")

    def _shares(self) -> Iterator[Stated]:
        groups = [*self.known.shares]
        for rest, prefix in self.known.shares_with_rest:
            named = [concept for concept in self.of_concept if concept.startswith(prefix)]
            if rest in named:
                groups.append(tuple(named))
        for concepts_of_group in groups:
            found = [self.of_concept.get(concept, []) for concept in concepts_of_group]
            if len(found) > 1 and all(len(each) == 1 and _percent(each[0]) == 1 for each in found):
                yield self._state("100 = " + " + ".join(each[0].name for each in found))

    def _caps(self) -> Iterator[Stated]:
        for cap in self.known.caps:
            for amount, count in self._groups(cap.amount, [cap.count]):
                if _counted(amount) != "元" or _counted(count) != "户" or not count.figure.value:
                    continue
                if not (
                    _are_alike([amount, count])
                    and labels.have_one_scope([amount.label, count.label])
                ):
                    continue
                power = unit_power(amount.unit) - unit_power(count.unit)
                yield self._state(f"{_times(amount.name, power)}/{count.name} <= {cap.most}")

    # -- rates -----------------------------------------------------------------------------------

    def _rates(self, known: Rate) -> Iterator[Stated]:
        numerators = [p for concept in known.of for p in self.of_concept.get(concept, [])]
        denominators = [p for concept in known.by for p in self.of_concept.get(concept, [])]
        used: set[str] = set()
        missed: list[Printed] = []
        for rate in self.of_concept.get(known.rate, []):
            if _percent(rate) is None:
                continue
            near = self._nearest(rate, numerators), self._nearest(rate, denominators)
            for at, (over, under) in enumerate(product(*near)):
                if not _same_dimension([over, under]) or not under.figure.value:
                    continue
                expression = _rate(rate, over, [under], known.by_difference)
                if self._fits(expression, rate) or (at == 0 and self._holds(expression)):
                    used.add(over.key)
                    yield self._state(expression)
                    break
            else:
                missed.append(rate)
        for rate in missed:
            free = [p for p in numerators if p.key not in used]
            yield from self._missed(known, rate, free, denominators)

    def _nearest(self, rate: Printed, candidates: Iterable[Printed]) -> list[Printed]:
        """Order figures by their distance before the rate; those after it come last."""
        at = self.place[rate.key]
        return sorted(
            candidates,
            key=lambda p: (self.place[p.key] > at, abs(at - self.place[p.key])),
        )

    def _missed(
        self, known: Rate, rate: Printed, free: list[Printed], denominators: list[Printed]
    ) -> Iterator[Stated]:
        """Yield the rate with its own numerator where nothing in the report explains it."""
        at = self.place[rate.key]
        beside = [p for p in self._nearest(rate, free) if 0 < at - self.place[p.key] <= _NEAR]
        for over in beside[:1]:
            unders = [p for p in denominators if _same_dimension([p, over]) and p.figure.value]
            unders = self._denominators(rate, over, unders)
            plain_under = unders and not self._is_of_another_kind(rate, over, unders[0])
            if plain_under and not self._is_explained(rate, over, unders):
                yield self._state(_rate(rate, over, unders[:1], known.by_difference))

    def _denominators(
        self, rate: Printed, over: Printed, known: Sequence[Printed]
    ) -> list[Printed]:
        """Return what the rate's label says it is a share of, else the known ones of its date.

        The likeliest comes first: of a known concept, of the very month or year, near the rate.
        """
        whole = labels.share_of(rate.label)
        if not whole:
            found = [p for p in known if _are_alike([rate, over, p])]
        else:
            found = [
                p
                for p in self.printed
                if labels.is_of(p.label, whole)
                and p not in (over, rate)
                and labels.place(p.label) == labels.place(rate.label)
                and _same_dimension([p, over])
                and p.figure.value
            ]
        dates = labels.dates(rate.label)
        nearest = self._nearest(rate, found)
        return sorted(nearest, key=lambda p: (p not in known, not dates <= labels.dates(p.label)))

    def _is_of_another_kind(self, rate: Printed, over: Printed, under: Printed) -> bool:
        """Whether rate and numerator name a kind that others have too, but not the denominator."""
        kind = labels.common_start(rate.label, over.label)
        others = [p for p in self.printed if p not in (rate, over) and _same_dimension([p, over])]
        kinds = [kind[:length] for length in range(len(kind), _KIND - 1, -1)]
        shared = next((one for one in kinds if any(one in p.label for p in others)), "")
        return bool(shared) and shared not in under.label

    def _is_explained(self, rate: Printed, over: Printed, unders: list[Printed]) -> bool:
        """Whether another figure, or a denominator with one added or taken away, makes the rate."""
        others = [p for p in self.printed if p != over and p != rate and _same_dimension([p, over])]
        readings = [[p] for p in others if p.figure.value]
        readings += [[under, p] for under in unders for p in others if p != under]
        return any(
            self._fits(_rate(rate, over, reading, minus), rate)
            for reading in readings
            for minus in ((False, True) if len(reading) > 1 else (False,))
            if len(reading) == 1 or _value_of(reading, minus)
        )


def _are_alike(group: Sequence[Printed]) -> bool:
    return labels.are_alike(printed.label for printed in group)


def _rate(rate: Printed, over: Printed, under: Sequence[Printed], minus: bool) -> str:
    """Write a rate; ``minus`` takes the second figure (or the numerator) from the first."""
    scale = plain(100 / Fraction(_percent(rate) or 1))
    terms = [_in_unit(printed, over) for printed in under]
    if minus and len(terms) == 1:
        terms.append(over.name)
    joined = (" - " if minus else " + ").join(terms)
    return f"{rate.name} = {scale}*{over.name}/({joined})"


def _value_of(reading: Sequence[Printed], minus: bool) -> Fraction:
    """Return the printed value of a denominator of two figures, in the first's unit."""
    first, second = reading
    power = unit_power(second.unit) - unit_power(first.unit)
    moved = Fraction(second.figure.value) * Fraction(10) ** power
    return Fraction(first.figure.value) - moved if minus else Fraction(first.figure.value) + moved


def _percent(printed: Printed) -> Fraction | None:
    """Return how many percent one unit of a rate is: 1 for %, 1/100 for 0.01%; None for no rate."""
    head, sign, _ = compact(printed.unit).partition("%")
    if not sign:
        return None
    try:
        return (Fraction(head) if head else Fraction(1)) or None
    except (ValueError, ZeroDivisionError):
        return None


def _counted(printed: Printed) -> str:
    """Return what a figure counts, its unit without 万 or 亿; things one by one are 个."""
    plain_unit = compact(printed.unit)
    if unit_power(printed.unit):
        plain_unit = plain_unit[1:]
    return "个" if plain_unit in ("项", "座", "起", "家", "") else plain_unit


def _same_dimension(group: Sequence[Printed]) -> bool:
    return len({_counted(printed) for printed in group}) == 1


def _in_unit(printed: Printed, of: Printed) -> str:
    """Write a figure in another's unit: s2*10000 for one in 万人 beside one in 人."""
    return _times(printed.name, unit_power(printed.unit) - unit_power(of.unit))


def _times(name: str, power: int) -> str:
    if power == 0:
        return name
    return f"{name}*{10**power}" if power > 0 else f"{name}/{10**-power}"
