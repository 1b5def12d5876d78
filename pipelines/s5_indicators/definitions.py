"""The indicators: ``expectations/indicators/*.yml``, read and checked.

What an entry may say stands in ``expectations/schemas/indicators.schema.json``, with what each
field means. Every error names the file, the line and the indicator.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from pipelines.core.dictionary import dictionary
from pipelines.core.entries import entries, noting
from pipelines.core.errors import CatalogueError
from pipelines.core.settings import EXPECTATIONS, INDICATORS

SCHEMA = EXPECTATIONS / "schemas" / "indicators.schema.json"


@dataclass(frozen=True)
class Indicator:
    """One indicator as the steward wrote it: ``data`` is its entry, whole and of the right types.

    ``lines`` gives the line of each field; a field within a field is named by its path
    (``readings.1.numerator``).
    """

    code: str
    data: Mapping[str, Any]
    file: Path
    lines: Mapping[str, int] = field(hash=False, compare=False)

    @property
    def bounded(self) -> bool:
        """Whether a value above 100 % is an error: so for shares, unless the entry says not."""
        return bool(self.data.get("bounded", self.data["unit"] == "%"))

    def at(self, part: str = "code") -> str:
        """Return file and line of one field, or of the nearest field around it."""
        while part not in self.lines and "." in part:
            part = part.rpartition(".")[0]
        return f"{self.file.name}:{self.lines.get(part, min(self.lines.values()))}"

    def refuse(self, what: str, part: str = "code") -> NoReturn:
        """Raise CatalogueError with the place of one field."""
        raise CatalogueError(f"{self.at(part)}: indicator {self.code}: {what}")


def read_indicators(folder: Path = INDICATORS, faults: list[str] | None = None) -> list[Indicator]:
    """Return every indicator of a folder, in the order of files and lines.

    Raises:
        CatalogueError: an entry is none. Where ``faults`` is given, what is wrong is added there
            and the entry left out.
    """
    found: dict[str, Indicator] = {}
    for path in sorted(folder.glob("*.yml")):
        with noting(faults):
            for raw, lines in entries(path):
                with noting(faults):
                    indicator = Indicator(str(raw.get("code", "without code")), raw, path, lines)
                    _check(indicator)
                    if indicator.code in found:
                        indicator.refuse(f"the code stands at {found[indicator.code].at()} already")
                    found[indicator.code] = indicator
    return list(found.values())


@cache
def _schema() -> Draft202012Validator:
    """Return what checks one entry against the schema of the files."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return Draft202012Validator({**schema["items"], "$defs": schema["$defs"]})


def _check(indicator: Indicator) -> None:
    """Refuse an entry that the schema does not allow or that names what does not exist."""
    shape = sorted(_misplaced(indicator), key=lambda fault: fault[0])
    if shape:
        _, part, what = shape[0]
        indicator.refuse(what, part)
    data = indicator.data
    if (data["kind"] == "count") == ("denominator" in data):
        indicator.refuse("a count has no denominator, every other kind has one", "kind")
    if (data["unit"] == "%") != (data["factor"] == 100 and data["kind"] == "ratio"):
        indicator.refuse("the unit % goes with kind ratio and factor 100", "unit")
    if "weight" in data and data["kind"] != "difference":
        indicator.refuse("only a difference has a weight", "weight")
    _check_breakdowns(indicator)
    for part, fields in _parts(indicator):
        _check_filed(indicator, part, fields)


def _misplaced(indicator: Indicator) -> Iterator[tuple[int, str, str]]:
    """Yield each breach of the schema: line, field and what is wrong."""
    for error in _schema().iter_errors(indicator.data):
        part = _part(error)
        line = indicator.at(part).rpartition(":")[2]
        yield int(line), part, f"{part}: {error.message}" if part else error.message


def _part(error: ValidationError) -> str:
    """Return the field that a breach is about: of an unknown field, that field itself."""
    path = [str(step) for step in error.absolute_path]
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        path += [name for name in error.instance if name not in known][:1]
    return ".".join(path)


def _check_breakdowns(indicator: Indicator) -> None:
    readings = [reading["breakdown"] for reading in indicator.data.get("readings", ())]
    if readings and readings[0] != "":
        indicator.refuse("the first reading is the plain one (breakdown: '')", "readings.0")
    for number, breakdown in enumerate(readings):
        if breakdown in readings[:number]:
            indicator.refuse(f"breakdown {breakdown!r} stands twice", f"readings.{number}")


def _parts(indicator: Indicator) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each part that may name tables and columns, with its path."""
    yield "", indicator.data
    for number, reading in enumerate(indicator.data.get("readings", ())):
        yield f"readings.{number}.", reading
    if "by" in indicator.data:
        yield "by.", indicator.data["by"]


def _check_filed(indicator: Indicator, part: str, fields: Mapping[str, Any]) -> None:
    """Refuse a table that is not in the dictionary, and a column that no sheet can lack."""
    known = dictionary().tables
    for alias in fields.get("tables", ()):
        if alias not in known:
            indicator.refuse(f"no filed table is called {alias}", f"{part}tables")
    for named in fields.get("columns", ()):
        alias, _, name = named.partition(".")
        if alias not in known or name not in known[alias].by_name:
            indicator.refuse(f"no filed column is called {named}", f"{part}columns")
        if name in known[alias].key:
            indicator.refuse(f"{named} is a key, which no sheet may lack", f"{part}columns")
