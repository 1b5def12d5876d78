"""The CSV files of printed figures and of relations between them; errors say file, row, column."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.errors import FilingsError
from pipelines.core.figures.judge import Judgement, judge
from pipelines.core.figures.printed import Figure, figure
from pipelines.core.figures.relation import Relation, RelationError, parse

_FIGURE_COLUMNS = ("report_id", "seq", "value", "unit")
_RELATION_COLUMNS = ("report_id", "relation_id", "expression")
_YES = {"true", "1", "yes", "y", "是"}
_NO = {"false", "0", "no", "n", "否", ""}


class InputError(FilingsError):
    """A CSV file that cannot be used; the message names file, row and column."""


@dataclass(frozen=True)
class Printed:
    """One printed figure: ``key`` is its name in every report (``R071.s1``)."""

    report_id: str
    seq: str
    label: str
    concept: str
    text: str
    unit: str
    figure: Figure

    @property
    def name(self) -> str:
        """The figure's name within its own report."""
        return f"s{self.seq}"

    @property
    def key(self) -> str:
        """The figure's name across reports."""
        return f"{self.report_id}.{self.name}"

    @property
    def shown(self) -> str:
        """Value and unit as printed."""
        gap = " " if self.unit[:1].isdigit() else ""
        return f"{'约' if self.figure.is_approx else ''}{self.text}{gap}{self.unit}"


@dataclass(frozen=True)
class Stated:
    """One relation, its figures named across reports."""

    report_id: str
    relation_id: str
    expression: str
    relation: Relation
    figures: dict[str, Printed]

    @property
    def crosses_reports(self) -> bool:
        """Whether it reaches into another report."""
        return any(printed.report_id != self.report_id for printed in self.figures.values())

    def judge(self) -> Judgement:
        """Judge the relation over its figures. Raises RelationError where it is too long."""
        units = {name: printed.unit for name, printed in self.figures.items()}
        known = {name: printed.figure for name, printed in self.figures.items()}
        return judge(self.relation, known, units)


@dataclass(frozen=True)
class Figures:
    """All readable figures by key, in file order, and what was said of the others."""

    by_key: dict[str, Printed]
    unreadable: dict[str, str]

    def of_report(self, report_id: str) -> list[Printed]:
        """Return a report's figures in file order."""
        return [printed for printed in self.by_key.values() if printed.report_id == report_id]

    @property
    def reports(self) -> list[str]:
        """The reports in file order."""
        return list(dict.fromkeys(printed.report_id for printed in self.by_key.values()))


def read_figures(path: Path) -> Figures:
    """Read printed figures. A value that is no figure is kept aside, and matters if it is named.

    Raises:
        InputError: the file cannot be read, a column is missing, or a figure stands there twice.
    """
    by_key: dict[str, Printed] = {}
    unreadable: dict[str, str] = {}
    for number, row in _rows(path, _FIGURE_COLUMNS):
        report, seq = row["report_id"].strip(), row["seq"].strip()
        key = f"{report}.s{seq}"
        if not report or not seq:
            column = "seq" if report else "report_id"
            raise InputError(f"{path.name} 第{number}行 {column} 列:空着,指标没有编号")
        if key in by_key or key in unreadable:
            raise InputError(f"{path.name} 第{number}行 seq 列:{report} 的 {seq} 前面已有一行")
        approx = row.get("approx", "").strip().casefold()
        if approx not in _YES | _NO:
            raise InputError(f"{path.name} 第{number}行 approx 列:“{approx}”应为 true 或 false")
        text, unit = row["value"].strip(), row["unit"].strip()
        found = figure(text, unit, approx=approx in _YES)
        if found is None:
            unreadable[key] = f"{path.name} 第{number}行 value 列:“{text}”不是数"
            continue
        label, concept = row.get("label_zh", "").strip(), row.get("concept", "").strip()
        by_key[key] = Printed(report, seq, label or f"s{seq}", concept, text, unit, found)
    return Figures(by_key, unreadable)


def read_relations(path: Path, figures: Figures) -> list[Stated]:
    """Read relations over figures, in file order.

    Raises:
        InputError: the file cannot be read, a column is missing, an expression is none, or it names
            a figure that is not there or is no number.
    """
    stated = []
    for number, row in _rows(path, _RELATION_COLUMNS):
        report, text = row["report_id"].strip(), row["expression"]
        try:
            stated.append(state(report, row["relation_id"].strip(), text, figures))
        except RelationError as error:
            raise InputError(f"{path.name} 第{number}行 expression 列“{text}”:{error}") from None
    return stated


def state(report_id: str, relation_id: str, expression: str, figures: Figures) -> Stated:
    """Return a relation with the figures it names. Raises RelationError."""
    relation = parse(expression)
    named: dict[str, Printed] = {}
    for name in relation.names:
        key = name if "." in name else f"{report_id}.{name}"
        if key in figures.unreadable:
            raise RelationError(f"{name} 用不了,{figures.unreadable[key]}")
        if key not in figures.by_key:
            raise RelationError(f"没有指标 {key}")
        named[name] = figures.by_key[key]
    return Stated(report_id, relation_id, expression.strip(), relation, named)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and row. The header is line 1."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(f"{path.name} 第1行:缺列 {'、'.join(missing)}")
            for row in reader:
                if None in row:
                    raise InputError(f"{path.name} 第{reader.line_num}行:列数比表头多")
                yield reader.line_num, row
    except UnicodeDecodeError:
        raise InputError(f"{path.name}:不是 UTF-8 编码的文本,请另存为 UTF-8 的 CSV") from None
    except OSError as error:
        raise InputError(f"{path.name}:打不开({error.strerror})") from None
    except csv.Error as error:
        raise InputError(f"{path.name}:不是 CSV({error})") from None
