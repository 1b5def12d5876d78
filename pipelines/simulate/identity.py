"""People who do not exist: names from invented syllables, numbers of areas that no county has."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
# The ten heavenly stems serve as surnames: nobody in a village bears a whole family of them.
_FAMILY = "甲乙丙丁戊己庚辛壬癸"
_GIVEN = "安柏川岱帆谷禾景可岚牧宁平朴青若山石泰微文汐夏芯言野依苑云舟竹梓"

SHARED_SEQUENCES = range(900, 1000)
"""Sequence numbers kept for people who are filed in two counties at once (rule Y001)."""


def check_character(first17: str) -> str:
    """Return the 18th character of a citizen number (GB 11643) for its first 17 digits."""
    return _CHECK[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def citizen_number(area: str, born: date, sequence: int) -> str:
    """Return an 18-character number; an odd sequence is a man's, an even one a woman's."""
    first17 = f"{area}{born:%Y%m%d}{sequence:03d}"
    return first17 + check_character(first17)


def invented_name(rng: Random) -> str:
    """Return a name of two or three characters."""
    given = rng.choice(_GIVEN) + (rng.choice(_GIVEN) if rng.random() < 0.8 else "")
    return rng.choice(_FAMILY) + given


@dataclass
class Registry:
    """Hands out numbers of one county so that no two people share one.

    ``area`` is the six-digit prefix; ``low`` and ``high`` bound the sequence numbers, so that two
    counties may use one area without meeting.
    """

    area: str
    low: int
    high: int
    _next: dict[tuple[date, int], int] = field(default_factory=dict)
    _phones: int = 0

    def number(self, born: date, gender: str) -> str:
        """Return a new citizen number for a birth date and 男 or 女."""
        odd = 1 if gender == "男" else 0
        start = self.low + (self.low % 2 != odd)
        sequence = self._next.get((born, odd), start)
        if sequence >= self.high:
            raise ValueError(f"more than {(self.high - self.low) // 2} people born on {born}")
        self._next[(born, odd)] = sequence + 2
        return citizen_number(self.area, born, sequence)

    def phone(self) -> str:
        """Return a phone number that no other household of this or another county has."""
        self._phones += 1
        return f"199{self.area[-2:]}{self._phones:06d}"
