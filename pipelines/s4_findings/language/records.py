"""Record views: what a rule may be written over, read from ``expectations/records.yml``.

A record is one row of a ``records.rec_*`` table. ``Records.columns`` answers which columns exist:
those of the filed table (the dictionary) plus the derived ones that dbt documents.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import CatalogueError
from pipelines.core.fields import checked_fields
from pipelines.core.files import parsed_yaml
from pipelines.core.settings import DBT_PROJECT, EXPECTATIONS
from pipelines.core.sql import literal
from pipelines.s3_models.lake import lake_columns

RECORDS_FILE = EXPECTATIONS / "records.yml"
DERIVED_FILE = DBT_PROJECT / "models" / "records" / "_records.yml"

_OPTIONAL = (
    "schema", "table", "where", "entity", "object", "cell_header", "masked_id", "prior", "joins",
    "children", "reads", "sensitive", "columns", "example",
)  # fmt: skip
PROVENANCE = {
    "county_code": "VARCHAR",
    "period": "VARCHAR",
    "submission_id": "VARCHAR",
    "source_file": "VARCHAR",
    "source_sheet": "VARCHAR",
    "source_row": "BIGINT",
    "row_no": "BIGINT",
    "record_id": "BIGINT",
    "as_of": "DATE",
    "is_first": "BOOLEAN",
}


@dataclass(frozen=True)
class Link:
    """A joined record (one row) or a child (any number of rows) of a record."""

    name: str
    record: str
    on: tuple[tuple[str, str], ...]
    where: str | None = None
    any_row: bool = False
    example: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """One record view. ``key`` names a record within its county and period."""

    name: str
    title_zh: str
    relation: str
    schema: str
    table: str | None
    where: str | None
    key: tuple[str, ...]
    entity: dict[str, str]
    object: str | None
    cell_header: str | None
    masked_id: str | None
    prior: tuple[str, ...]
    joins: dict[str, Link]
    children: dict[str, Link]
    reads: dict[str, tuple[str, ...]]
    sensitive: dict[str, str]
    example: dict[str, Any]
    columns: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """SQL name of the view."""
        return f"{self.schema}.{self.relation}"


def _links(owner: str, raw: dict[str, Any] | None) -> dict[str, Link]:
    links = {}
    for name, spec in (raw or {}).items():
        checked_fields(spec, f"{owner}.{name}", ("record", "keys"), ("where", "any_row", "example"))
        on = spec["keys"]
        pairs = tuple(on.items()) if isinstance(on, dict) else tuple((c, c) for c in on)
        links[name] = Link(
            name, spec["record"], pairs, spec.get("where"), spec.get("any_row", False),
            spec.get("example", {}),
        )  # fmt: skip
    return links


def _record(name: str, raw: dict[str, Any]) -> Record:
    checked_fields(raw, name, ("title_zh", "relation", "key"), _OPTIONAL)
    reads = {
        column: (tables,) if isinstance(tables, str) else tuple(tables)
        for column, tables in raw.get("reads", {}).items()
    }
    return Record(
        name=name,
        title_zh=raw["title_zh"],
        relation=raw["relation"],
        schema=raw.get("schema", "records"),
        table=raw.get("table"),
        where=raw.get("where"),
        key=tuple(raw["key"]),
        entity=dict(raw.get("entity", {})),
        object=raw.get("object"),
        cell_header=raw.get("cell_header"),
        masked_id=raw.get("masked_id"),
        prior=tuple(raw.get("prior", ())),
        joins=_links(name, raw.get("joins")),
        children=_links(name, raw.get("children")),
        reads=reads,
        sensitive=raw.get("sensitive", {}),
        columns=raw.get("columns", {}),
        example=raw.get("example", {}),
    )


class Records:
    """All record views with the columns they have and the DuckDB type of each."""

    def __init__(self, records: dict[str, Record], derived: dict[str, dict[str, str]]):
        self.by_name = records
        self._derived = derived
        self._columns: dict[str, dict[str, str]] = {}
        self._sensitive: dict[str, dict[str, str]] = {}

    def __getitem__(self, name: str) -> Record:
        return self.by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    def columns(self, name: str) -> dict[str, str]:
        """Return column → DuckDB type of the record view, in the view's documented order."""
        if name not in self._columns:
            record = self.by_name[name]
            columns = dict(PROVENANCE)
            if record.table and self._inherits(record):
                columns["absent_columns"] = "VARCHAR[]"
                filed = lake_columns(dictionary().tables[record.table])
                columns |= {column.name: column.sql_type for column in filed}
            columns |= self._derived.get(record.relation, {}) | record.columns
            self._columns[name] = columns
        return self._columns[name]

    def sensitive(self, name: str) -> dict[str, str]:
        """Return column → kind (name, id, phone, account) of the view's sensitive columns."""
        if name not in self._sensitive:
            record = self.by_name[name]
            marks = {}
            if record.table and self._inherits(record):
                for column in dictionary().tables[record.table].columns:
                    if column.sensitive:
                        marks[column.name] = column.sensitive
                        marks[f"{column.name}_text"] = column.sensitive
            marks |= record.sensitive
            self._sensitive[name] = marks
        return self._sensitive[name]

    def filed_part(self, name: str, column: str) -> str | None:
        """Return the filed column that a column of the view is, or is a reading of (``x_text``).

        None where the view makes it itself.
        """
        record = self.by_name[name]
        if not record.table or not self._inherits(record):
            return None
        return _filed_parts(record.table).get(column)

    def labels(self, name: str, column: str) -> tuple[str, ...]:
        """Return the labels that a filed code can have, none where its list is open."""
        if self.filed_part(name, column) != column:
            return ()
        table = dictionary().tables[self.by_name[name].table or ""]
        codes = table.by_stored_name[column].codes
        known = dictionary().code_lists[codes] if codes else None
        return known.labels if known and known.closed else ()

    def blank_sql(self, name: str, column: str, value: str) -> str:
        """Return SQL that says whether a filed cell is blank; ``value`` is its qualified name."""
        table = dictionary().tables[self.by_name[name].table or ""]
        filed = table.by_stored_name[column]
        if filed.type == "str":
            return f"trim(coalesce({value}, '')) = ''"
        labels = dictionary().code_lists[filed.codes].blank_labels if filed.codes else ()
        words = ", ".join(literal(label) for label in ("", *labels))
        is_empty = f"coalesce(len({value}), 0) = 0" if filed.type == "codes" else f"{value} IS NULL"
        text = value[:-1] + '_text"'
        return f"({is_empty} AND trim(coalesce({text}, '')) IN ({words}))"

    def is_month(self, name: str, column: str) -> bool:
        """Whether a date column of the view knows only its month."""
        record = self.by_name[name]
        if not record.table or not self._inherits(record):
            return False
        filed = dictionary().tables[record.table].columns
        return any(c.name == column and c.type == "month" for c in filed)

    def _inherits(self, record: Record) -> bool:
        """Whether the view carries all filed columns of its table (summaries do not)."""
        return record.relation not in SUMMARIES


# Views that have only the columns documented for them, not those of the table they come from.
SUMMARIES = frozenset(
    {
        "rec_fund_document",
        "rec_fund_line",
        "rec_active_benefit",
        "rec_cadre_elsewhere",
        "rec_contact_elsewhere",
        "rec_person_elsewhere",
        "rec_cadre",
        "rec_village_income",
        "rec_post_group",
        "rec_reported_group",
        "rec_county",
        "rec_hukou_person",
        "rec_overlooked",
        "rec_register_scope",
        "rec_three_sources",
        "rec_structural_note",
        "rec_village_comparison",
        "rec_weekly_report",
    }
)


@cache
def _filed_parts(alias: str) -> dict[str, str]:
    """Return lake column → the filed column that it is, or is a reading of."""
    table = dictionary().tables[alias]
    return {part.name: part.filed for part in lake_columns(table)}


def _derived_columns(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        raise CatalogueError(f"{path.name}: the documentation of the record views is missing")
    models = parsed_yaml(path.read_text(encoding="utf-8"))["models"]
    return {
        model["name"]: {
            column["name"]: column["data_type"].upper() for column in model.get("columns", [])
        }
        for model in models
    }


@cache
def records(path: Path = RECORDS_FILE) -> Records:
    """Return all record views.

    Raises:
        CatalogueError: a record lacks a field or has one that nobody knows, or links to no record.
    """
    raw = parsed_yaml(path.read_text(encoding="utf-8"))
    try:
        by_name = {name: _record(name, spec) for name, spec in raw.items()}
    except ValueError as error:
        raise CatalogueError(f"{path.name} 有误:{error}") from error
    for record in by_name.values():
        for link in (*record.joins.values(), *record.children.values()):
            if link.record not in by_name:
                raise CatalogueError(
                    f"{path.name}: {record.name}.{link.name} names no record: {link.record}"
                )
    return Records(by_name, _derived_columns(DERIVED_FILE))
