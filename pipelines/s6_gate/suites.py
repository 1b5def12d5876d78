"""The gate's suites as data: ``expectations/gate/*.yml``.

A suite asks one table. ``effect: block`` suites hold identities: one failure stops the night.
``effect: hold`` suites ask candidates of publication: a row that fails is held, with the reason of
the first expectation (in file order) that it fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipelines.core.errors import GateError
from pipelines.core.settings import EXPECTATIONS

EFFECTS = ("block", "hold")


@dataclass(frozen=True)
class Check:
    """One expectation of GX, by its snake-case type, with the sentence that a failure means."""

    type: str
    kwargs: dict[str, Any]
    reason: str


@dataclass(frozen=True)
class Suite:
    """The expectations that one table of the build database must meet."""

    name: str
    title: str
    table: str
    effect: str
    checks: tuple[Check, ...] = field(default=())


def load_suites(folder: Path = EXPECTATIONS / "gate") -> list[Suite]:
    """Return the suites by file name.

    Raises:
        GateError: a file is no suite; the message names it and what is wrong.
    """
    suites = [_suite(path) for path in sorted(folder.glob("*.yml"))]
    if not any(suite.effect == "hold" for suite in suites):
        raise GateError(f"{folder} 中没有 effect: hold 的检查,无法判断哪些指标暂缓发布。")
    return suites


def _suite(path: Path) -> Suite:
    """Return the suite that one file describes."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        checks = tuple(
            Check(entry["type"], dict(entry.get("kwargs", {})), entry["reason"])
            for entry in raw["expectations"]
        )
        suite = Suite(path.stem, raw["title"], raw["table"], raw["effect"], checks)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise GateError(f"{path.name} 不是有效的检查清单:{error}。") from error
    if suite.effect not in EFFECTS:
        raise GateError(f"{path.name} 的 effect 是“{suite.effect}”,只能是 {'、'.join(EFFECTS)}。")
    return suite
