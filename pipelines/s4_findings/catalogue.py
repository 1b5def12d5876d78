"""The contradiction catalogue: ``expectations/rules/*.yml``, read, checked and compiled.

Every error names the file, the line and the rule. A rule that is not understood stops the night:
a broken rule is an error, never a finding.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from pipelines.core.dictionary import dictionary
from pipelines.core.entries import entries, noting
from pipelines.core.errors import CatalogueError
from pipelines.core.fields import checked_fields
from pipelines.core.settings import DBT_PROJECT, EXPECTATIONS, INDICATORS, RULES
from pipelines.s4_findings.language.expression import Compiled, Lacking
from pipelines.s4_findings.language.message import Template, compile_template
from pipelines.s4_findings.language.records import RECORDS_FILE, Records, records
from pipelines.s4_findings.language.values import ExpressionError
from pipelines.s4_findings.language.wide import Wide

THRESHOLDS_FILE = DBT_PROJECT / "seeds" / "thresholds.csv"
WAIVERS_FILE = EXPECTATIONS / "waivers.yml"

REQUIRED = (
    "id", "title", "grain", "severity", "effect", "must", "cells", "owner", "message", "advice",
    "basis", "examples",
)  # fmt: skip
OPTIONAL = ("record", "when", "holds", "valid", "two_valued", "object", "optional")
SEVERITIES = ("error", "warn")
EFFECTS = ("hold", "explain", "note")
OUTCOMES = ("fires", "passes", "undecidable")
EXAMPLE_KINDS = (*OUTCOMES, "inapplicable")
RULE_ID = re.compile(r"[A-Z][0-9]{3}W?")
REPORT_GRAINS = ("report", "county")


@dataclass(frozen=True)
class Rule:
    """One rule as the steward wrote it; ``lines`` gives the line of each of its fields."""

    rule_id: str
    title: str
    grain: str
    record: str
    severity: str
    effect: str
    holds: tuple[str, ...]
    when: str
    must: str
    cells: tuple[str, ...]
    owner: str
    message: str
    advice: str
    basis: str
    valid_from: date | None
    valid_to: date | None
    two_valued: str | None
    object: str | None
    optional: frozenset[str]
    examples: tuple[dict[str, Any], ...]
    file: Path
    lines: dict[str, int] = field(hash=False, compare=False)

    def at(self, part: str = "id") -> str:
        """Return file and line of one of the rule's fields."""
        return f"{self.file.name}:{self.lines.get(part, self.lines['id'])}"

    def refuse(self, what: str, at: str = "id") -> NoReturn:
        """Raise CatalogueError with this rule's place."""
        raise CatalogueError(f"{self.at(at)}: rule {self.rule_id}: {what}")


@dataclass(frozen=True)
class CompiledRule:
    """A rule with its SQL: ``when`` and ``must`` over the wide rows of its record, sentences and
    object over the table of what is told of failing ones.
    """

    rule: Rule
    when: Compiled
    must: Compiled
    message: Template
    advice: Template
    object_sql: str | None

    @property
    def required_tables(self) -> list[str]:
        """Tables without which ``must`` cannot be asked: all it reads but the optional ones."""
        return sorted(self.must.needs.tables - self.rule.optional)

    @property
    def required_links(self) -> list[tuple[str, str]]:
        """Filed columns without which ``must`` finds no other rows: (table, column)."""
        return sorted(link for link in self.must.needs.links if link[0] not in self.rule.optional)

    @property
    def indicators(self) -> list[str]:
        """Printed figures the predicate names, in the order of its text."""
        return list(dict.fromkeys([*self.when.needs.indicators, *self.must.needs.indicators]))


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read_rule(raw: dict[str, Any], lines: dict[str, int], path: Path) -> Rule:
    line = min(lines.values(), default=1)
    name = raw.get("id", "without id")

    def refuse(what: str, at: str = "id") -> NoReturn:
        raise CatalogueError(f"{path.name}:{lines.get(at, line)}: rule {name}: {what}")

    for key in REQUIRED:
        if raw.get(key) in (None, "") and not (key == "cells" and raw.get("cells") == []):
            refuse(f"field {key} is missing")
    for key in raw:
        if key not in REQUIRED + OPTIONAL:
            refuse(f"unknown field {key}", key)
    if not RULE_ID.fullmatch(str(raw["id"])):
        refuse("an id is a capital letter and three digits (Z001)")
    if raw["severity"] not in SEVERITIES:
        refuse(f"severity is one of {', '.join(SEVERITIES)}", "severity")
    if raw["effect"] not in EFFECTS:
        refuse(f"effect is one of {', '.join(EFFECTS)}", "effect")
    if (raw["effect"] == "hold") != bool(raw.get("holds")):
        refuse("effect hold and the list holds go together", "effect")
    valid = raw.get("valid") or {}
    try:
        checked_fields(valid, "valid", (), ("from", "to"))
    except ValueError as error:
        refuse(str(error), "valid")
    if not all(type(day) is date for day in valid.values()):
        refuse("valid: from and to are dates without quotes", "valid")
    return Rule(
        rule_id=str(raw["id"]),
        title=raw["title"],
        grain=raw["grain"],
        record=raw.get("record") or raw["grain"],
        severity=raw["severity"],
        effect=raw["effect"],
        holds=tuple(raw.get("holds", ())),
        when=_as_text(raw.get("when", True)),
        must=_as_text(raw["must"]),
        cells=tuple(raw["cells"]),
        owner=raw["owner"],
        message=raw["message"],
        advice=raw["advice"],
        basis=raw["basis"],
        valid_from=valid.get("from"),
        valid_to=valid.get("to"),
        two_valued=raw.get("two_valued"),
        object=raw.get("object"),
        optional=frozenset(raw.get("optional", ())),
        examples=tuple(raw["examples"]),
        file=path,
        lines=lines,
    )


def read_rules(folder: Path = RULES, faults: list[str] | None = None) -> list[Rule]:
    """Read every rule of a folder, in the order of files and lines.

    Raises CatalogueError at the first that cannot be read; where ``faults`` is given, what is wrong
    is added there and the rule left out.
    """
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.yml")):
        with noting(faults):
            for raw, lines in entries(path):
                with noting(faults):
                    rule = _read_rule(raw, lines, path)
                    if rule.rule_id in rules:
                        rule.refuse(f"the id stands at {rules[rule.rule_id].at()} already")
                    rules[rule.rule_id] = rule
    return list(rules.values())


@cache
def threshold_kinds() -> frozenset[str]:
    """Return the kinds of the threshold seed."""
    with THRESHOLDS_FILE.open(encoding="utf-8", newline="") as file:
        return frozenset(row["kind"] for row in csv.DictReader(file))


@cache
def indicator_codes() -> frozenset[str]:
    """Return the indicator codes that a rule may hold."""
    files = sorted(INDICATORS.glob("*.yml"))
    return frozenset(str(raw.get("code")) for path in files for raw, _ in entries(path))


@cache
def reported_names() -> frozenset[str]:
    """Return the names of reported totals that the dictionary knows."""
    column = next(c for c in dictionary().tables["agg"].columns if c.name == "indicator")
    if column.codes is None:
        return frozenset()
    return frozenset(code.label for code in dictionary().code_lists[column.codes].codes)


class Catalogue:
    """All rules, compiled. For each record that rules are over, ``wides`` has the table of what is
    asked of every row, ``told`` that of what is said of those that fail.

    Raises CatalogueError at the first rule that cannot be compiled; where ``faults`` is given, what
    is wrong is added there and the rule left out. ``lacking`` are the columns (table, column) that
    some filed sheet lacks: only of these rules ask whether they are there. None: of every column.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        known: Records | None = None,
        faults: list[str] | None = None,
        lacking: Lacking | None = None,
    ):
        self.records = known or records()
        self.lacking = lacking
        self.wides: dict[str, Wide] = {}
        self.told: dict[str, Wide] = {}
        self.rules: list[CompiledRule] = []
        for rule in rules:
            with noting(faults):
                self.rules.append(self._compile(rule))
        self.by_id = {compiled.rule.rule_id: compiled for compiled in self.rules}

    def of_record(self, record: str) -> list[CompiledRule]:
        """Return the rules over one record, in catalogue order."""
        return [compiled for compiled in self.rules if compiled.rule.record == record]

    def _compile(self, rule: Rule) -> CompiledRule:
        if rule.record not in self.records:
            rule.refuse(f"no record is called {rule.record}", "record")
        for indicator in rule.holds:
            if indicator not in indicator_codes():
                rule.refuse(f"holds an unknown indicator {indicator}", "holds")
        for wides, judges in ((self.wides, True), (self.told, False)):
            if rule.record not in wides:
                wides[rule.record] = Wide(
                    self.records,
                    self.records[rule.record],
                    threshold_kinds(),
                    judges=judges,
                    lacking=self.lacking,
                )
        wide, told = self.wides[rule.record], self.told[rule.record]
        when = self._expression(wide, rule, "when", rule.when)
        must = self._expression(wide, rule, "must", rule.must)
        for indicator in [*when.needs.indicators, *must.needs.indicators]:
            if reported_names() and indicator not in reported_names():
                rule.refuse(f"unknown reported total {indicator}", "must")
        for cell in rule.cells:
            self._check_cell(rule, cell)
        return CompiledRule(
            rule=rule,
            when=when,
            must=must,
            message=self._template(told, rule, "message"),
            advice=self._template(told, rule, "advice"),
            object_sql=self._object(told, rule, when, must),
        )

    def _expression(self, wide: Wide, rule: Rule, part: str, text: str) -> Compiled:
        try:
            return wide.compile(text)
        except ExpressionError as error:
            rule.refuse(f"{part}: {error}", part)

    def _template(self, wide: Wide, rule: Rule, part: str) -> Template:
        try:
            return compile_template(wide, getattr(rule, part))
        except ExpressionError as error:
            rule.refuse(f"{part}: {error}", part)

    def _object(self, wide: Wide, rule: Rule, when: Compiled, must: Compiled) -> str | None:
        """SQL of object_code: decisions 17, or what the rule itself says."""
        if rule.object:
            return self._expression(wide, rule, "object", rule.object).sql
        named = [*when.needs.indicators, *must.needs.indicators]
        if rule.grain in REPORT_GRAINS and named:
            return f"'{named[0]}'"
        expression = self.records[rule.record].object
        if expression is None and rule.grain in REPORT_GRAINS:
            return '"county_code"'
        return None if expression is None else self._expression(wide, rule, "id", expression).sql

    def _check_cell(self, rule: Rule, cell: str) -> None:
        record = self.records[rule.record]
        link, _, column = cell.rpartition(".")
        target = rule.record
        if link and link != "prior":
            found = record.joins.get(link) or record.children.get(link)
            if found is None:
                rule.refuse(f"cells: record {rule.record} has no {link}", "cells")
            target = found.record
        if column not in self.records.columns(target):
            rule.refuse(f"cells: record {target} has no column {column}", "cells")


@cache
def load_catalogue(lacking: Lacking | None = None) -> Catalogue:
    """Return the compiled catalogue of ``expectations/rules``. Raises CatalogueError."""
    return Catalogue(read_rules(), lacking=lacking)


def catalogue_version() -> str:
    """Return a hash over everything that decides findings: rules, records, seeds, waivers."""
    digest = hashlib.sha256()
    seeds = sorted(THRESHOLDS_FILE.parent.glob("*.csv"))
    files = [*sorted(RULES.glob("*.yml")), RECORDS_FILE, *seeds, WAIVERS_FILE]
    for path in files:
        digest.update(path.name.encode())
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()[:16]


SENTENCE = re.compile(r"(?ms)^  (?:title|message|advice):(.*?)(?=^  \w|^- |\Z)")


def rule_sentences(folder: Path = RULES) -> list[str]:
    """Return the titles, messages and advice of all rules as they are written, unread."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yml")))
    return [sentence for text in texts for sentence in SENTENCE.findall(text)]
