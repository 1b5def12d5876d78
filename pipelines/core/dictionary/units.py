"""Units that figures may be filed in, and what turns them into the dictionary's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pipelines.core.errors import CatalogueError
from pipelines.core.fields import checked_fields


@dataclass(frozen=True)
class Unit:
    """A unit of the dictionary: its other spellings, and factors from other units into it."""

    name: str
    spellings: tuple[str, ...]
    factors: Mapping[str, Decimal]


def units(path: Path, body: Mapping[str, Any]) -> dict[str, Unit]:
    """Read ``units.yml``. Raises CatalogueError for a factor that is no positive number."""
    return {name: _unit(path, name, item) for name, item in body.items()}


def _unit(path: Path, name: str, item: Mapping[str, Any]) -> Unit:
    try:
        checked_fields(item, name, ("from",), ("also",))
        factors = {other: Decimal(factor) for other, factor in (item.get("from") or {}).items()}
    except (InvalidOperation, TypeError) as error:
        raise CatalogueError(f"{path.name}:单位 {name} 的换算系数不是数值") from error
    except ValueError as error:
        raise CatalogueError(f"{path.name}:单位 {error}") from error
    if any(factor <= 0 for factor in factors.values()):
        raise CatalogueError(f"{path.name}:单位 {name} 的换算系数应大于零")
    return Unit(name, (name, *map(str, item.get("also", ()))), factors)
