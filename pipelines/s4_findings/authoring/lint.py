"""What a steward runs after a change of the catalogue: all that can be known without data."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pipelines.core.entries import noting
from pipelines.core.settings import RULES
from pipelines.s4_findings.authoring.bind import bind_faults
from pipelines.s4_findings.authoring.examples import coverage_gaps, example_faults
from pipelines.s4_findings.catalogue import (
    THRESHOLDS_FILE,
    Catalogue,
    read_rules,
)
from pipelines.s4_findings.lifecycle import read_waivers

_COLUMNS = ("kind", "area_code", "valid_from", "valid_to", "value", "unit", "basis")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def lint(rules: Path = RULES, thresholds: Path = THRESHOLDS_FILE) -> list[str]:
    """Return every fault of the catalogue as a sentence with file and line; an empty list is clean.

    Names, labels, thresholds and indicators are checked while compiling, types by letting DuckDB
    bind the SQL, examples for their names and values and for the three kinds every rule needs,
    the lines of the threshold seed for what they must hold, waivers for their fields.
    """
    faults: list[str] = []
    catalogue = Catalogue(read_rules(rules, faults), faults=faults)
    faults += bind_faults(catalogue)
    faults += example_faults(catalogue)
    faults += coverage_gaps(catalogue)
    faults += threshold_faults(thresholds)
    with noting(faults):
        read_waivers()
    return faults


def threshold_faults(path: Path) -> list[str]:
    """Return a sentence for each line of the seed that is no threshold, or stands there twice."""
    faults: list[str] = []
    seen: dict[tuple[str, ...], int] = {}
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines, None)
        for row in lines:
            at = f"{path.name}:{lines.line_num}"
            faults += [f"{at}: {what}" for what in _line_faults(row)]
            first = seen.setdefault(tuple(row[:3]), lines.line_num)
            if first != lines.line_num:
                faults.append(f"{at}: {', '.join(row[:3])} stands in line {first} already")
    return faults


def _line_faults(row: list[str]) -> Iterator[str]:
    if len(row) != len(_COLUMNS):
        yield f"{len(row)} fields, expected {', '.join(_COLUMNS)}"
        return
    kind, area, valid_from, valid_to, value, unit, basis = row
    if not (kind and unit and basis):
        yield "kind, unit and basis must be given"
    if not re.fullmatch("[0-9]{6}", area):
        yield f"area_code {area!r} is no six-digit code (000000 is the nation)"
    for name, text in (("valid_from", valid_from), ("valid_to", valid_to)):
        if not _is_day(text) and not (name == "valid_to" and not text):
            yield f"{name} {text!r} is no date YYYY-MM-DD"
    if _is_day(valid_from) and _is_day(valid_to) and valid_to < valid_from:
        yield f"valid_to {valid_to} is before valid_from {valid_from}"
    if not _NUMBER.fullmatch(value):
        yield f"value {value!r} is no number"


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False
