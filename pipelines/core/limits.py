"""The limits of ``expectations/limits.yml``: what intake asks about, what a machine should have,
what a publication may lose.

What each limit means stands beside it in the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import CatalogueError
from pipelines.core.fields import checked_fields
from pipelines.core.files import parsed_yaml, read_text
from pipelines.core.settings import EXPECTATIONS

LIMITS_FILE = EXPECTATIONS / "limits.yml"


@dataclass(frozen=True)
class ColumnLimits:
    """How few columns a table may have: the least share (percent), asked from so many columns."""

    least_share: int
    from_columns: int


@dataclass(frozen=True)
class DeliveryLimits:
    """What a delivery may change without a question, for what is received from ``start`` on.

    Shares are percent: of the rows, the most that may go; of the keys, the least that has to be
    there again; both of tables of which ``from_rows`` rows stand. ``lasting`` tables (aliases) are
    also compared with the period before, of ``renewed`` ones the keys are not compared.
    """

    start: date
    from_rows: int
    most_taken_away: int
    least_overlap: int
    lasting: tuple[str, ...]
    renewed: tuple[str, ...]


@dataclass(frozen=True)
class MachineLimits:
    """What ``filings doctor`` asks of a machine: free disk in GiB, a night within so many hours."""

    free_disk_gib: int
    night_hours: int


@dataclass(frozen=True)
class PublicationLimits:
    """How many rows a table may lose without a cause: the most percent, from so many rows on."""

    most_lost: int
    from_rows: int


@dataclass(frozen=True)
class Limits:
    """All limits; those on deliveries with the latest first."""

    columns: ColumnLimits
    deliveries: tuple[DeliveryLimits, ...]
    machine: MachineLimits
    publication: PublicationLimits

    @property
    def version(self) -> str:
        """A short text that differs where intake would ask otherwise, whatever the machine."""
        asked = repr((self.columns, self.deliveries))
        return hashlib.sha256(asked.encode()).hexdigest()[:8]

    def of_day(self, day: date) -> DeliveryLimits | None:
        """Return the limits on a delivery received on a day, None where there were none yet."""
        return next((each for each in self.deliveries if each.start <= day), None)


def read_limits(path: Path = LIMITS_FILE) -> Limits:
    """Read the limits as they stand now.

    Raises:
        CatalogueError: it is no YAML, or a limit is missing, unknown or out of range; the message
            names the file and the limit.
    """
    try:
        body = parsed_yaml(read_text(path))
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path.name} 不是有效的 YAML:{error}") from error
    try:
        parts = checked_fields(body, "", ("columns", "deliveries", "machine", "publication"))
        return Limits(
            _columns(parts["columns"]),
            _deliveries(parts["deliveries"]),
            _machine(parts["machine"]),
            _publication(parts["publication"]),
        )
    except ValueError as error:
        raise CatalogueError(f"{path.name} 有误:{error}") from error


def _columns(body: Any) -> ColumnLimits:
    fields = checked_fields(body, "columns", ("least_share", "from_columns"))
    return ColumnLimits(
        _number(fields, "columns", "least_share", 1, 100),
        _number(fields, "columns", "from_columns", 1, 1000),
    )


def _machine(body: Any) -> MachineLimits:
    fields = checked_fields(body, "machine", ("free_disk_gib", "night_hours"))
    return MachineLimits(
        _number(fields, "machine", "free_disk_gib", 0, 10**6),
        _number(fields, "machine", "night_hours", 1, 10**4),
    )


def _publication(body: Any) -> PublicationLimits:
    fields = checked_fields(body, "publication", ("most_lost", "from_published_rows"))
    return PublicationLimits(
        _number(fields, "publication", "most_lost", 0, 100),
        _number(fields, "publication", "from_published_rows", 1, 10**9),
    )


def _deliveries(body: Any) -> tuple[DeliveryLimits, ...]:
    if not isinstance(body, list) or not body:
        raise ValueError("deliveries 应为条目的列表")
    found = [_delivery(item, f"deliveries 第 {at} 条") for at, item in enumerate(body, start=1)]
    found.sort(key=lambda each: each.start, reverse=True)
    for one, other in pairwise(found):
        if one.start == other.start:
            raise ValueError(f"deliveries 中有两条都自 {one.start} 起")
    return tuple(found)


def _delivery(body: Any, where: str) -> DeliveryLimits:
    names = ("from", "from_rows", "most_taken_away", "least_overlap", "lasting", "renewed")
    fields = checked_fields(body, where, names)
    start = fields["from"]
    if not isinstance(start, date) or isinstance(start, datetime):
        raise ValueError(f"{where}.from 应为日期:{start}")
    return DeliveryLimits(
        start,
        _number(fields, where, "from_rows", 1, 10**9),
        _number(fields, where, "most_taken_away", 0, 100),
        _number(fields, where, "least_overlap", 0, 100),
        _tables(fields, where, "lasting"),
        _tables(fields, where, "renewed"),
    )


def _tables(body: Mapping[str, Any], where: str, name: str) -> tuple[str, ...]:
    value = body[name]
    if not isinstance(value, list) or not all(isinstance(alias, str) for alias in value):
        raise ValueError(f"{where}.{name} 应为表的代号的列表:{value}")
    unknown = sorted(set(value) - set(dictionary().tables))
    if unknown:
        raise ValueError(f"{where}.{name} 没有这张表:{'、'.join(unknown)}")
    return tuple(sorted(set(value)))


def _number(body: Mapping[str, Any], where: str, name: str, least: int, most: int) -> int:
    value = body[name]
    # bool is an int to Python, to a person it is none.
    if type(value) is int and least <= value <= most:
        return value
    raise ValueError(f"{where}.{name} 应为 {least} 至 {most} 的整数:{value}")
