"""Which cells a clerk has to look at: file, sheet, row, column as filed, and the value as filed."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.core.dictionary import dictionary
from pipelines.s4_findings.catalogue import Catalogue, CompiledRule
from pipelines.s4_findings.expression import Source
from pipelines.s4_findings.message import masked
from pipelines.s4_findings.records import Link, Record, Records


def cells_sql(catalogue: Catalogue, compiled: CompiledRule, failing: str) -> Iterator[str]:
    """Yield one SELECT in the shape of ``failure_cell`` per cell reference and printed figure.

    ``failing`` is SQL of the failing record_ids; ``row_<record>`` holds their records.
    """
    rule = compiled.rule
    known = catalogue.records
    record = known[rule.record]
    ordinal = 0
    for cell in rule.cells:
        name, _, column = cell.rpartition(".")
        rows, target, on = _rows(known, record, name)
        yield _cell(known, rule.rule_id, failing, record, rows, target, on, column, ordinal)
        ordinal += 1
    for indicator in compiled.indicators:
        rows = (
            "SELECT * FROM records.rec_reported WHERE is_own AND is_latest"
            f" AND indicator = '{indicator}'"
        )
        on = "x.county_code = r.county_code AND x.period = r.period"
        target = known["reported"]
        yield _cell(known, rule.rule_id, failing, record, rows, target, on, "value", ordinal)
        ordinal += 1


def _rows(known: Records, record: Record, name: str) -> tuple[str, Record, str]:
    """Return SQL of the rows a reference points to, their record, and how they join to ``r``."""
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
    """Return SQL of the header to look for where the file's own is not known."""
    if record.cell_header:
        return f'x."{record.cell_header}"'
    if record.table:
        for entry in dictionary().tables[record.table].columns:
            if entry.name == _filed_name(column):
                return "'" + entry.header.replace("'", "''") + "'"
    return f"'{column}'"


def _cell(
    known: Records,
    rule_id: str,
    failing: str,
    record: Record,
    rows: str,
    target: Record,
    on: str,
    column: str,
    ordinal: int,
) -> str:
    columns = known.columns(target.name)
    text = f"{column}_text" if f"{column}_text" in columns else column
    value = masked(f'CAST(x."{text}" AS VARCHAR)', known.sensitive(target.name).get(column))
    if columns[text].endswith("[]"):
        value = f"array_to_string(x.\"{text}\", ',')"
    return f"""
        SELECT '{rule_id}', r.record_id, {ordinal} * 1000000 + coalesce(x.row_no, 0),
          x.submission_id, x.source_file, x.source_sheet, x.source_row, '{target.table}',
          '{_filed_name(column)}', {_header_sql(target, column)}, {value}
        FROM ({failing}) AS failed
        JOIN row_{record.name} AS r ON r.record_id = failed.record_id
        JOIN ({rows}) AS x ON {on}
        WHERE x.source_file IS NOT NULL
    """
