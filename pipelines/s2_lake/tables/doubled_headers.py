"""A column that several headers of a sheet name: which one is read, or why none can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.s2_lake.files.sheet import Sheet
from pipelines.s2_lake.tables.header_rows import Match, Place, best_places
from pipelines.s2_lake.texts.characters import stripped

# So many columns are named in a sentence.
SHOWN = 8


@dataclass(frozen=True)
class Choice:
    """The places of a column that are read, those that say nothing else, what is to be told.

    ``problem`` says why none can be chosen.
    """

    kept: tuple[Place, ...]
    others: frozenset[int] = frozenset()
    remarks: tuple[str, ...] = ()
    problem: str = ""


class Doubled:
    """Judges the columns of one sheet by what stands below its header, where a key is filled."""

    def __init__(self, sheet: Sheet, match: Match) -> None:
        self._letter: Callable[[int], str] = sheet.letter
        below = sheet.frame[match.rows[-1] + 1 :]
        cells = below.select(stripped(pl.all()).fill_null(""))
        keys = [cells.columns[p.position] for p in match.found.get(match.table.key[0], ())]
        self._records = cells.filter(pl.any_horizontal(pl.col(keys) != "")) if keys else cells

    def choose(self, places: Sequence[Place]) -> Choice:
        """Choose of the places that name a column: a filled one, and the first of equals.

        A numbered list keeps one place for each number.
        """
        filled, remarks = self._filled(places)
        best = best_places(filled)
        kept = list({place.number: place for place in reversed(best)}.values())[::-1]
        repeated = [place for place in best if place not in kept]
        empty = frozenset(place.position for place in places if place not in filled)
        if not repeated:
            return Choice(tuple(kept), empty, remarks)
        told = f"表头“{repeated[0].header}”重复出现在 {self._columns(best)} 列"
        by_number: Mapping[int, Place] = {place.number: place for place in kept}
        if not all(self._equal(place, by_number[place.number]) for place in repeated):
            return Choice((), problem=f"{told},本表未接收,请只保留一列")
        equal = frozenset(place.position for place in repeated)
        remarks = (*remarks, f"{told},内容逐格相同,按前一列读取")
        return Choice(tuple(kept), empty | equal, remarks)

    def _filled(self, places: Sequence[Place]) -> tuple[list[Place], tuple[str, ...]]:
        """Leave out empty places beside a filled one of the same number, the best-named too."""
        if len(places) < 2:
            return list(places), ()
        has_text = {place: bool((self._cells(place) != "").any()) for place in places}
        numbers = {place.number for place in places if has_text[place]}
        left = [p for p in places if has_text[p] or p.number not in numbers]
        empty = [p for p in best_places(places) if p not in left]
        if not empty:
            return list(places), ()
        headers = "、".join(dict.fromkeys(f"“{place.header}”" for place in places))
        read = self._columns([p for p in left if p.number in {e.number for e in empty}])
        return left, (
            f"表头{headers}重复出现在 {self._columns(places)} 列,"
            f"{self._columns(empty)} 列为空,按 {read} 列读取",
        )

    def _equal(self, one: Place, other: Place) -> bool:
        """Say whether two columns hold the same, cell for cell, in the same unit."""
        return one.scale == other.scale and bool((self._cells(one) == self._cells(other)).all())

    def _cells(self, place: Place) -> pl.Series:
        return self._records.to_series(place.position)

    def _columns(self, places: Sequence[Place]) -> str:
        letters = [self._letter(place.position) for place in places]
        return "、".join(letters[:SHOWN]) + ("等" if len(letters) > SHOWN else "")
