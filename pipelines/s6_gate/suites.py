"""The gate's suites as data: ``expectations/gate/*.yml``.

A suite asks one table. ``effect: block`` suites hold identities: one failure stops the night.
``effect: hold`` suites ask candidates of publication: a row that fails is held, with the reason of
the first expectation (in file order) that it fails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipelines.core.errors import GateError
from pipelines.core.fields import checked_fields
from pipelines.core.files import parsed_yaml
from pipelines.core.settings import EXPECTATIONS

EFFECTS = ("block", "hold")
_FIELDS = ("title", "table", "effect", "expectations")
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True)
class Check:
    """One expectation of GX, by its snake-case type, with the sentence that a failure means.

    ``name`` tells it apart within its suite, for as long as it asks the same.
    """

    name: str
    type: str
    kwargs: dict[str, Any]
    reason: str

    @property
    def question(self) -> str:
        """The sentence without the values of a failing row."""
        return _PLACEHOLDER.sub("…", self.reason)


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


def _check(entry: Any, number: int) -> Check:
    """Return one expectation. Raises ValueError or TypeError for what is wrong in it."""
    fields = checked_fields(
        entry, f"expectations 第 {number} 条", ("name", "type", "reason"), ("kwargs",)
    )
    return Check(fields["name"], fields["type"], dict(fields.get("kwargs", {})), fields["reason"])


def _suite(path: Path) -> Suite:
    """Return the suite that one file describes."""
    try:
        raw = checked_fields(parsed_yaml(path.read_text(encoding="utf-8")), "", _FIELDS)
        checks = tuple(_check(entry, number) for number, entry in enumerate(raw["expectations"], 1))
        suite = Suite(path.stem, raw["title"], raw["table"], raw["effect"], checks)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise GateError(f"{path.name} 不是有效的检查清单:{error}。") from error
    names = [check.name for check in checks]
    if len(set(names)) < len(names):
        raise GateError(f"{path.name} 有重名的检查,name 应各不相同。")
    if suite.effect not in EFFECTS:
        raise GateError(f"{path.name} 的 effect 是“{suite.effect}”,只能是 {'、'.join(EFFECTS)}。")
    return suite
