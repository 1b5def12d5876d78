"""What concepts of printed figures say about each other, from ``concepts.yml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.core.files import parsed_yaml

_FILE = Path(__file__).with_name("concepts.yml")


@dataclass(frozen=True)
class Sum:
    """``total`` is the sum of ``parts``; ``may_lack`` are parts that some classifications have."""

    total: str
    parts: tuple[str, ...]
    may_lack: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flow:
    """``closing`` = ``opening`` + ``into`` - ``out``."""

    closing: str
    opening: str
    into: tuple[str, ...]
    out: tuple[str, ...]


@dataclass(frozen=True)
class Bound:
    """``less`` is at most ``more``, or ``instead`` where a report prints no ``more``."""

    less: str
    more: str
    instead: str | None = None


@dataclass(frozen=True)
class Cap:
    """``amount`` over ``count`` is at most ``most`` yuan."""

    amount: str
    count: str
    most: int


@dataclass(frozen=True)
class Rate:
    """``rate`` is 100 × one of ``of`` over one of ``by``, less ``of`` where ``by_difference``."""

    rate: str
    of: tuple[str, ...]
    by: tuple[str, ...]
    by_difference: bool = False


@dataclass(frozen=True)
class Concepts:
    """The whole file, ``{u}`` written out."""

    persons_of_households: dict[str, str]
    sums: tuple[Sum, ...]
    flows: tuple[Flow, ...]
    bounds: tuple[Bound, ...]
    shares: tuple[tuple[str, ...], ...]
    shares_with_rest: tuple[tuple[str, str], ...]
    caps: tuple[Cap, ...]
    rates: tuple[Rate, ...]

    def persons(self, households: str) -> str | None:
        """Return the concept that counts the persons of a concept of households."""
        if households in self.persons_of_households:
            return self.persons_of_households[households]
        if "_households" not in households:
            return None
        return households.replace("_households", "_persons")


def _both(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write out ``{u}`` for households and persons, once where it does not occur."""
    written = []
    for entry in entries:
        for unit in ("households", "persons"):
            made = {key: _fill(value, unit) for key, value in entry.items()}
            if made not in written:
                written.append(made)
    return written


def _fill(value: Any, unit: str) -> Any:
    if isinstance(value, str):
        return value.replace("{u}", unit)
    return tuple(_fill(each, unit) for each in value) if isinstance(value, list) else value


@cache
def concepts() -> Concepts:
    """Return the relations between concepts."""
    raw = parsed_yaml(_FILE.read_text(encoding="utf-8"))
    flows = [
        {"into" if key == "in" else key: value for key, value in entry.items()}
        for entry in _both(raw["flows"])
    ]
    return Concepts(
        persons_of_households=raw["persons_of_households"],
        sums=tuple(Sum(**entry) for entry in _both(raw["sums"])),
        flows=tuple(Flow(**entry) for entry in flows),
        bounds=tuple(Bound(**entry) for entry in _both(raw["bounds"])),
        shares=tuple(tuple(group) for group in raw["shares"]),
        shares_with_rest=tuple((e["rest"], e["prefix"]) for e in raw["shares_with_rest"]),
        caps=tuple(Cap(**entry) for entry in raw["caps"]),
        rates=tuple(Rate(**entry) for entry in _both(raw["rates"])),
    )


def omits_a_part(parts: set[str]) -> bool:
    """Whether exactly these parts are a classification that lacks a part some have."""
    return any(set(known.parts) == parts and known.may_lack for known in concepts().sums)
