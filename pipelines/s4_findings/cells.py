"""Which cells a clerk has to look at: file, sheet, row, column as filed, and the value as filed."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.core.dictionary import dictionary
from pipelines.s4_findings.catalogue import Catalogue, CompiledRule
from pipelines.s4_findings.expression import Source, first_rows
from pipelines.s4_findings.message import masked
from pipelines.s4_findings.records import Link, Record


def cells_sql(catalogue: Catalogue, compiled: CompiledRule) -> Iterator[str]:
    """Yield INSERTs into ``failure_cell``, one per cell reference and printed figure."""
    rule = compiled.rule
    record = catalogue.records[rule.record]
    ordinal = 0
    for cell in rule.cells:
        name, _, column = cell.rpartition(".")
        rows, target, on = _rows(catalogue, record, name)
        yield _insert(catalogue, rule.rule_id, record, rows, target, on, column, ordinal)
        ordinal += 1
    for indicator in compiled.indicators:
        rows = (
            "SELECT * FROM records.rec_reported WHERE is_own AND is_latest"
            f" AND indicator = '{indicator}'"
        )
        on = "x.county_code = r.county_code AND x.period = r.period"
        target = catalogue.records["reported"]
        yield _insert(catalogue, rule.rule_id, record, rows, target, on, "value", ordinal)
        ordinal += 1


def _rows(catalogue: Catalogue, record: Record, name: str) -> tuple[str, Record, str]:
    """Return SQL of the rows a reference points to, their record, and how they join to ``r``."""
    known = catalogue.records
    if not name:
        return f"SELECT * FROM records.{record.relation}", record, "x.record_id = r.record_id"
    if name == "prior":
        keys = "".join(f' AND x."{c}" = r."{c}"' for c in record.prior)
        on = (
            "x.county_code = r.county_code AND x.period = (SELECT f.prior_period"
            " FROM records.rec_filing AS f WHERE f.county_code = r.county_code"
            f" AND f.period = r.period AND f.table_name = '{record.table}'){keys}"
        )
        link = Link("prior", record.name, tuple((c, c) for c in record.prior))
        return first_rows(known, link, record.prior), record, on
    link = record.joins.get(name) or record.children[name]
    target = known[link.record]
    on = "x.county_code = r.county_code AND x.period = r.period" + "".join(
        f' AND x."{theirs}" = r."{own}"' for own, theirs in link.on
    )
    if name in record.joins:
        return first_rows(known, link, [theirs for _, theirs in link.on]), target, on
    where = Source(known, target, ()).where(None if link.any_row else target.where, link.where)
    return f"SELECT r.* FROM records.{target.relation} AS r {where}", target, on


def _header_sql(record: Record, column: str) -> str:
    """Return SQL of the header to look for: as filed, the dictionary's where the file lacks it."""
    if record.cell_header:
        return f'x."{record.cell_header}"'
    printed = column
    if record.table:
        filed = "county_code" if column == "filed_county_code" else column
        for entry in dictionary().tables[record.table].columns:
            if entry.name == filed:
                printed = entry.header.replace("'", "''")
    return f"coalesce(h.header, '{printed}')"


def _insert(
    catalogue: Catalogue,
    rule_id: str,
    record: Record,
    rows: str,
    target: Record,
    on: str,
    column: str,
    ordinal: int,
) -> str:
    columns = catalogue.records.columns(target.name)
    text = f"{column}_text" if f"{column}_text" in columns else column
    value = masked(
        f'CAST(x."{text}" AS VARCHAR)', catalogue.records.sensitive(target.name).get(column)
    )
    if columns[text].endswith("[]"):
        value = f"array_to_string(x.\"{text}\", ',')"
    filed = "county_code" if column == "filed_county_code" else column
    header = _header_sql(target, column)
    return f"""
        INSERT INTO failure_cell
        SELECT '{rule_id}', r.record_id, {ordinal} * 1000000 + coalesce(x.row_no, 0),
          x.source_file, x.source_sheet, x.source_row, {header}, {value}
        FROM (SELECT record_id FROM failure WHERE rule_id = '{rule_id}') AS failed
        JOIN records.{record.relation} AS r ON r.record_id = failed.record_id
        JOIN ({rows}) AS x ON {on}
        LEFT JOIN lake.header AS h ON h.submission_id = x.submission_id
          AND h.source_file = x.source_file AND h.source_sheet = x.source_sheet
          AND h.table_name = '{target.table}' AND h.column_name = '{filed}'
        WHERE x.source_file IS NOT NULL
    """
