"""Judge files of printed figures: against stated relations, or against those that follow."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from pipelines.core.errors import FilingsError
from pipelines.core.figures.judge import Judgement
from pipelines.core.figures.relation import RelationError
from pipelines.reconcile.infer import infer
from pipelines.reconcile.message import message
from pipelines.reconcile.severity import second_reading, weigh
from pipelines.reconcile.tables import InputError, Stated, read_figures, read_relations


@dataclass(frozen=True)
class Verdict:
    """One relation's verdict: holds, rounding or contradiction, and how grave it is."""

    report_id: str
    relation_id: str
    verdict: str
    severity: str
    message_zh: str


@dataclass(frozen=True)
class Reconciled:
    """All verdicts in the order of their relations, and what could not be read of the figures."""

    verdicts: list[Verdict]
    unreadable: list[str]


def reconcile(figures_path: Path, relations_path: Path | None = None) -> Reconciled:
    """Judge every relation; without a file of relations, those that follow from the concepts.

    Raises:
        InputError: a file cannot be used; the message says file, row and column.
    """
    figures = read_figures(figures_path)
    stated = infer(figures) if relations_path is None else read_relations(relations_path, figures)
    return Reconciled(verdicts(stated), list(figures.unreadable.values()))


def verdicts(stated: Iterable[Stated]) -> list[Verdict]:
    """Judge relations in their order. Raises InputError naming one that is too long."""
    found = []
    earlier: dict[str, list[tuple[Stated, Judgement]]] = {}
    for each in stated:
        try:
            judgement = each.judge()
        except RelationError as error:
            raise InputError(f"{each.report_id} 的关系 {each.relation_id}:{error}") from None
        before = earlier.setdefault(each.report_id, [])
        severity = weigh(each, judgement, before)
        text = message(each, judgement, severity, second_reading(each, before))
        found.append(Verdict(each.report_id, each.relation_id, judgement.verdict, severity, text))
        before.append((each, judgement))
    return found


def write(path: Path, found: Iterable[Verdict]) -> None:
    """Write verdicts as CSV. Raises FilingsError where the file cannot be written."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([column.name for column in fields(Verdict)])
            writer.writerows(astuple(verdict) for verdict in found)
    except OSError as error:
        raise FilingsError(f"写不了 {path}:{error.strerror}") from None
