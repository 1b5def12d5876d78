"""The rows of a county's workbook in the words an office uses, numbers masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from pipelines.core.privacy import Reading
from pipelines.s8_county.changes import OPEN_STATUSES
from pipelines.s8_county.private_form import CountyForm

SEVERITIES = {"error": "错误", "warn": "疑似"}
EFFECTS = {"hold": "更正", "explain": "解释", "note": "提示"}
STATUSES = {
    "open": "待处理",
    "reopened": "再次出现",
    "explained": "已说明",
    "accepted": "已认可",
    "waived": "已豁免",
    "silenced": "已静默",
    "resolved": "已消除",
}
# A finding about many cells names the first ones; the message has the numbers.
MAX_CELLS = 6

_FINDINGS = """
select
    f.finding_id, f.rule_id, r.title_zh, f.severity, f.effect, f.status,
    f.household_code, f.person_code, f.masked_id, f.object_code,
    f.message_zh, f.advice_zh, f.owner_zh, f.cells, f.first_seen_on, f.resolved_on
from county_finding as f
left join pub.main.dim_rule as r using (rule_id)
where f.county_code = ? and f.period = ? and list_contains(?, f.status)
order by
    f.severity, array_position(['hold', 'explain', 'note'], f.effect), f.rule_id,
    f.household_code nulls last, f.person_code nulls last, f.object_code nulls last, f.finding_id
"""

_COLUMN_LETTERS = """
select c.file, c.sheet, c.header, c.first_row, c.last_row, c.column_letter
from county_column as c
join pub.main.fct_submission as s using (submission_id)
where s.county_code = ? and s.period = ?
qualify s.received_at = max(s.received_at) over (partition by c.file, c.sheet, c.header)
order by all
"""

_HELD = """
select d.name_zh, b.breakdown_zh, i.reason_zh
from (
    from pub.main.fct_indicator
    where region_code = ? and period = ?
    qualify row_number() over (
        partition by indicator_code, breakdown order by vintage desc
    ) = 1
) as i
left join pub.main.dim_indicator as d using (indicator_code)
left join pub.main.dim_breakdown as b using (breakdown)
where i.status = 'held'
order by i.indicator_code, i.breakdown
"""

_COUNTS = """
select f.severity, f.effect, f.status, f.rule_id, any_value(r.title_zh), count(*)
from pub.main.fct_finding as f
left join pub.main.dim_rule as r using (rule_id)
where f.county_code = ? and f.period = ?
group by f.severity, f.effect, f.status, f.rule_id
order by f.severity, array_position(['hold', 'explain', 'note'], f.effect), f.rule_id, f.status
"""


@dataclass(frozen=True)
class Finding:
    """One finding; ``cells`` are dicts of file, sheet, row, column and value, masked already."""

    finding_id: str
    rule_id: str
    title: str | None
    severity: str
    effect: str
    status: str
    household_code: str | None
    person_code: str | None
    masked_id: str | None
    object_code: str | None
    message: str
    advice: str
    owner: str | None
    cells: tuple[dict[str, Any], ...]
    first_seen_on: date | None
    resolved_on: date | None


@dataclass(frozen=True)
class Held:
    """One figure of the county and period that is not published, and why."""

    name: str
    breakdown: str
    reason: str


@dataclass(frozen=True)
class RuleCount:
    """How many findings of one rule stand in one status."""

    severity: str
    effect: str
    status: str
    rule_id: str
    title: str | None
    n: int


Letters = dict[tuple[str, str, str], list[tuple[int, int, str]]]
"""Column letters by file, sheet and header, each with the first and last row that it is for."""
# Where the columns of _FINDINGS stand that are masked.
_N_COLUMNS, _CODES, _SENTENCES, _CELLS = 16, (6, 7, 9), (10, 11), 13


def open_findings(form: CountyForm, county_code: str, period: str) -> list[Finding]:
    """Return what waits for the county, the most serious first."""
    return _findings(form, county_code, period, list(OPEN_STATUSES))


def resolved_findings(form: CountyForm, county_code: str, period: str) -> list[Finding]:
    """Return what the county has mended."""
    return _findings(form, county_code, period, ["resolved"])


def rule_counts(
    connection: duckdb.DuckDBPyConnection, county_code: str, period: str
) -> list[RuleCount]:
    """Return findings per severity, effect, rule and status."""
    rows = connection.execute(_COUNTS, [county_code, period]).fetchall()
    return [RuleCount(*row) for row in rows]


def held_figures(
    connection: duckdb.DuckDBPyConnection, county_code: str, period: str
) -> list[Held]:
    """Return the figures whose latest vintage is held."""
    rows = connection.execute(_HELD, [county_code, period]).fetchall()
    return [Held(name or "", breakdown or "", reason or "") for name, breakdown, reason in rows]


def column_letters(form: CountyForm, county_code: str, period: str) -> Letters:
    """Return where a header as shown stands in the latest delivery, by (file, sheet, header).

    Each with the first and last row that it stands over: a sheet may have several headers.
    """
    letters: Letters = {}
    rows = form.connection.execute(_COLUMN_LETTERS, [county_code, period]).fetchall()
    shown = zip(
        *(form.discreet.for_county(row[at] for row in rows) for at in range(3)), strict=True
    )
    for place, (_, _, _, first, last, letter) in zip(shown, rows, strict=True):
        letters.setdefault(place, []).append((first, last, letter))
    return letters


def _findings(
    form: CountyForm, county_code: str, period: str, statuses: list[str]
) -> list[Finding]:
    """Return the findings in some statuses, every text in them as the county may read it."""
    rows = form.connection.execute(_FINDINGS, [county_code, period, statuses]).fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * _N_COLUMNS
    for at in _CODES:
        columns[at] = _kept_null(columns[at], form.discreet.for_county(columns[at], Reading.CODE))
    for at in _SENTENCES:
        columns[at] = tuple(form.discreet.for_county(columns[at]))
    columns[_CELLS] = _masked_cells(form, columns[_CELLS])
    return [Finding(*row) for row in zip(*columns, strict=True)]


def _masked_cells(
    form: CountyForm, cells: Sequence[Sequence[dict[str, Any]] | None]
) -> tuple[tuple[dict[str, Any], ...], ...]:
    """Return each finding's cells with every text in them masked."""
    flat = [cell for several in cells for cell in several or ()]
    for name in ("file", "sheet", "column", "value"):
        filed = [cell[name] for cell in flat]
        shown = _kept_null(filed, form.discreet.for_county(filed))
        flat = [{**cell, name: text} for cell, text in zip(flat, shown, strict=True)]
    masked = iter(flat)
    return tuple(tuple(next(masked) for _ in several or ()) for several in cells)


def _kept_null(filed: Sequence[str | None], shown: Sequence[str]) -> tuple[str | None, ...]:
    """Return the texts shown, null where nothing was filed."""
    return tuple(None if f is None else s for f, s in zip(filed, shown, strict=True))


def places(finding: Finding, letters: Letters) -> dict[str, str]:
    """Return the cells to look at as text: file, sheet, row, column (header and letter), value.

    Several cells stand on lines of their own, in the same order in each of the columns; what is
    the same for all of them is named once.
    """
    shown = finding.cells[:MAX_CELLS]
    columns = [_column(cell, letters) for cell in shown]
    if len(finding.cells) > len(shown):
        columns.append(f"……另有{len(finding.cells) - len(shown)}处")
    return {
        "file": _once([_text(cell["file"]) for cell in shown]),
        "sheet": _once([_text(cell["sheet"]) for cell in shown]),
        "row": _once(["整列" if cell["row"] is None else _text(cell["row"]) for cell in shown]),
        "column": "\n".join(columns),
        "value": "\n".join(_value(cell) for cell in shown),
    }


def _once(lines: list[str]) -> str:
    """Return lines one below the other, a single one where all are the same."""
    return lines[0] if len(set(lines)) == 1 else "\n".join(lines)


def _value(cell: dict[str, Any]) -> str:
    return _text(cell["value"]) or ("—" if cell["row"] is None else "(空)")


def _column(cell: dict[str, Any], letters: Letters) -> str:
    """Return ``主要致贫原因(K 列)``, the header alone where the letter is not known."""
    header = _text(cell["column"])
    stands = letters.get((cell["file"] or "", cell["sheet"] or "", header), [])
    row = cell["row"]
    if row is not None and len(stands) > 1:
        stands = [stand for stand in stands if stand[0] <= row <= stand[1]]
    letter = stands[0][2] if stands else None
    return f"{header}({letter}列)" if letter else header


def _text(value: Any) -> str:
    return "" if value is None else str(value)
