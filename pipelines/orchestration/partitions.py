"""County × period as partitions: the UI's grid of filings and of what counties got for them.

Belongs here: the keys. What is told of a cell, and how one is made again, is in ``filings.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from dagster import DagsterInstance, DynamicPartitionsDefinition

COUNTY_PERIOD = DynamicPartitionsDefinition(name="county_period")
_BETWEEN = "|"

# A county's code and a period, ("421081", "2020-06").
Place = tuple[str, str]


def partition_key(place: Place) -> str:
    """Return the key of a county and period: ``421081|2020-06``."""
    return _BETWEEN.join(place)


def place_of(key: str) -> Place:
    """Return the county and period of a key."""
    county_code, _, period = key.partition(_BETWEEN)
    return county_code, period


def add_places(instance: DagsterInstance, places: Iterable[Place]) -> None:
    """Add the keys that are new; those that are there stay."""
    known = set(instance.get_dynamic_partitions(str(COUNTY_PERIOD.name)))
    new = sorted({partition_key(place) for place in places} - known)
    if new:
        instance.add_dynamic_partitions(str(COUNTY_PERIOD.name), new)
