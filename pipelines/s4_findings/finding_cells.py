"""Which cells a clerk has to look at: file, sheet, row, column as filed, and the value as filed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.core.dictionary import dictionary
from pipelines.core.sql import literal
from pipelines.s4_findings.catalogue import Catalogue, CompiledRule
from pipelines.s4_findings.language.expression import Source
from pipelines.s4_findings.language.message import masked
from pipelines.s4_findings.language.records import Link, Record, Records

PRINTED = "printed figure"
# A whole column says least of where to look; it comes after the printed figures.
_LAST = 1000


@dataclass(frozen=True)
class Failing:
    """A rule with failures, and SQL over ``hit`` that tells which records they are."""

    compiled: CompiledRule
    hit_sql: str


@dataclass(frozen=True)
class Asked:
    """One cell that one rule shows; ``indicator`` says of which printed figure, if of one."""

    rule_id: str
    hit_sql: str
    ordinal: int
    column: str
    indicator: str = ""


def cells_sql(catalogue: Catalogue, record: str, failing: Sequence[Failing]) -> Iterator[str]:
    """Yield one SELECT in the shape of ``failure_cell`` for each place that cells lie in.

    A place is the record itself, its prior row, a linked record or the printed figures: looked up
    once, however many rules show cells of it. ``hit_<record>`` and ``row_<record>`` hold the
    failing records.
    """
    places: dict[str, list[Asked]] = {}
    for each in failing:
        rule = each.compiled.rule
        for ordinal, cell in enumerate(rule.cells):
            place, _, column = cell.rpartition(".")
            if _is_whole_table(catalogue.records[record], place):
                ordinal += _LAST
            asked = Asked(rule.rule_id, each.hit_sql, ordinal, column)
            places.setdefault(place, []).append(asked)
        for ordinal, indicator in enumerate(each.compiled.indicators, len(rule.cells)):
            asked = Asked(rule.rule_id, each.hit_sql, ordinal, "value", indicator)
            places.setdefault(PRINTED, []).append(asked)
    for place, cells in places.items():
        yield _place_sql(catalogue.records, catalogue.records[record], place, cells)


def _place_sql(known: Records, record: Record, place: str, cells: Sequence[Asked]) -> str:
    """Return SQL of the cells of one place: each failing record meets the cells its rules show."""
    rows, target, on = _rows(known, record, place)
    whole = _is_whole_table(record, place)
    listed = ", ".join(
        f"({number}, '{cell.rule_id}', {cell.ordinal}, '{cell.indicator}',"
        f" '{_filed_name(cell.column)}', {_header_sql(target, cell.column)})"
        for number, cell in enumerate(cells)
    )
    hits = ", ".join(f"CASE WHEN {cell.hit_sql} THEN {n} END" for n, cell in enumerate(cells))
    values = " ".join(
        f"WHEN {number} THEN {_value_sql(known, target, cell.column)}"
        for number, cell in enumerate(cells)
    )
    if whole:
        rows = (
            "SELECT DISTINCT county_code, period, submission_id, source_file, source_sheet,"
            f" NULL::BIGINT AS source_row, NULL::BIGINT AS row_no FROM ({rows})"
        )
    value = "NULL" if whole else f"CASE asked.number {values} END"
    header = f'x."{target.cell_header}"' if target.cell_header else "asked.header"
    return f"""
        WITH asked (number, rule_id, ordinal, indicator, column_name, header) AS (VALUES {listed}),
        hit AS (SELECT record_id, unnest([{hits}]) AS number FROM hit_{record.name})
        SELECT asked.rule_id, r.record_id, asked.ordinal * 1000000 + coalesce(x.row_no, 0),
          x.submission_id, x.source_file, x.source_sheet, x.source_row, '{target.table}',
          asked.column_name, {header}, {value}
        FROM hit
        JOIN asked ON asked.number = hit.number
        JOIN row_{record.name} AS r ON r.record_id = hit.record_id
        JOIN ({rows}) AS x ON {on}
        WHERE x.source_file IS NOT NULL
    """


def _is_whole_table(record: Record, place: str) -> bool:
    """Whether a place is all of a filed table: its columns are shown, not its rows."""
    link = record.children.get(place)
    return link is not None and not link.on and link.where is None


def _rows(known: Records, record: Record, name: str) -> tuple[str, Record, str]:
    """Return SQL of the rows a reference points to, their record, and how they join to ``r``."""
    if name == PRINTED:
        printed = "SELECT * FROM records.rec_reported WHERE is_own AND is_latest"
        on = "x.county_code = r.county_code AND x.period = r.period"
        return printed, known["reported"], f"{on} AND x.indicator = asked.indicator"
    if not name:
        return f"SELECT * FROM row_{record.name}", record, "x.record_id = r.record_id"
    if name == "prior":
        link = Link("prior", record.name, tuple((c, c) for c in record.prior))
        before = (
            "(SELECT f.prior_period FROM records.rec_filing AS f WHERE f.county_code ="
            f" {{0}}.county_code AND f.period = {{0}}.period AND f.table_name = '{record.table}')"
        )
        return _linked(known, record, link, before, one=True), record, _on(link, before)
    joined = name in record.joins
    link = record.joins[name] if joined else record.children[name]
    target = known[link.record]
    return _linked(known, record, link, "{0}.period", one=joined), target, _on(link, "{0}.period")


def _on(link: Link, period: str) -> str:
    keys = "".join(f' AND x."{theirs}" = r."{own}"' for own, theirs in link.on)
    return f"x.county_code = r.county_code AND x.period = {period.format('r')}{keys}"


def _linked(known: Records, record: Record, link: Link, period: str, one: bool) -> str:
    """Return SQL of a link's rows that belong to failing records; the first per key where one."""
    target = known[link.record]
    keys = "".join(f' AND b."{own}" = r."{theirs}"' for own, theirs in link.on)
    where = Source(known, target, ()).where(None if link.any_row else target.where, link.where)
    partition = ", ".join(f'r."{c}"' for c in ("county_code", "period", *(t for _, t in link.on)))
    first = f" QUALIFY row_number() OVER (PARTITION BY {partition} ORDER BY r.row_no) = 1"
    return (
        f"SELECT r.* FROM (SELECT r.* FROM {target.place} AS r"
        f" SEMI JOIN (SELECT b.* REPLACE ({period.format('b')} AS period) FROM row_{record.name}"
        f" AS b) AS b ON b.county_code = r.county_code AND b.period = r.period{keys}) AS r"
        f" {where}{first if one else ''}"
    )


def _filed_name(column: str) -> str:
    return "county_code" if column == "filed_county_code" else column


def _header_sql(record: Record, column: str) -> str:
    """Return SQL of the header to look for where neither the file nor the row tells one."""
    if record.table:
        for entry in dictionary().tables[record.table].columns:
            if entry.name == _filed_name(column):
                return literal(entry.header)
    return f"'{column}'"


def _value_sql(known: Records, target: Record, column: str) -> str:
    """Return SQL of a cell's value as filed, masked where it is sensitive."""
    columns = known.columns(target.name)
    text = f"{column}_text" if f"{column}_text" in columns else column
    if columns[text].endswith("[]"):
        return f"array_to_string(x.\"{text}\", ',')"
    return masked(f'CAST(x."{text}" AS VARCHAR)', known.sensitive(target.name).get(column))
