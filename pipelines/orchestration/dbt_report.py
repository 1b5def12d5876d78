"""What dbt built, told to Dagster: of every model of a group, also of those nobody selected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dagster import (
    AssetCheckEvaluation,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetMaterialization,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    TableColumn,
    TableSchema,
)

from pipelines.core.database import read_only
from pipelines.core.settings import DBT_PROJECT, Home

UNIQUE_ID = "dagster_dbt/unique_id"
Results = Mapping[str, Mapping[str, Any]]


@dataclass
class Relation:
    """A table or view of the build database: column → type, and rows where it is a table."""

    columns: dict[str, str] = field(default_factory=dict)
    n_rows: int | None = None


def relations(home: Home) -> dict[tuple[str, str], Relation]:
    """Return what stands in the build database, by schema and name; rows of tables only."""
    found: dict[tuple[str, str], Relation] = {}
    with read_only(home.build_db) as connection:
        for schema, name, column, sql_type in connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() "
            "where not internal order by table_oid, column_index"
        ).fetchall():
            found.setdefault((schema, name), Relation()).columns[column] = sql_type
        for schema, name, n_rows in connection.execute(
            "select schema_name, table_name, estimated_size from duckdb_tables()"
        ).fetchall():
            found.setdefault((schema, name), Relation()).n_rows = n_rows
    return found


class Report:
    """The events of one step that builds a whole group of models."""

    def __init__(
        self, context: AssetExecutionContext, group: AssetsDefinition, parsed: Mapping[str, Any]
    ) -> None:
        self._context = context
        self._nodes = parsed["nodes"]
        self._specs = {spec.metadata[UNIQUE_ID]: spec for spec in group.specs}
        self._checks = {(spec.metadata or {})[UNIQUE_ID]: spec for spec in group.check_specs}

    def materialisations(
        self, results: Results, built: Mapping[tuple[str, str], Relation]
    ) -> Iterator[MaterializeResult[None]]:
        """Tell of every model and seed, in dbt's order: parents before children.

        What was selected is yielded, the others are logged.
        """
        for unique_id, result in results.items():
            spec = self._specs.get(unique_id)
            if spec is None:
                continue
            schema, name = spec.key.path
            file = f"{DBT_PROJECT.name}/{self._nodes[unique_id]['original_file_path']}"
            metadata = _metadata(result, built.get((schema, name), Relation()), file)
            if spec.key in self._context.selected_asset_keys:
                yield MaterializeResult(asset_key=spec.key, metadata=metadata)
            else:
                self._context.log_event(AssetMaterialization(spec.key, metadata=metadata))

    def checks(self, results: Results) -> Iterator[AssetCheckResult]:
        """Tell of every dbt test that ran."""
        for unique_id, result in results.items():
            spec = self._checks.get(unique_id)
            if spec is None:
                continue
            passed = result["status"] in ("pass", "warn")
            severity = AssetCheckSeverity.ERROR if spec.blocking else AssetCheckSeverity.WARN
            metadata = {"failures": int(result.get("failures") or 0)}
            if spec.key in self._context.selected_asset_check_keys:
                yield AssetCheckResult(
                    asset_key=spec.asset_key,
                    check_name=spec.name,
                    passed=passed,
                    severity=severity,
                    metadata=metadata,
                )
            else:
                self._context.log_event(
                    AssetCheckEvaluation(
                        asset_key=spec.asset_key,
                        check_name=spec.name,
                        passed=passed,
                        severity=severity,
                        metadata={"failures": MetadataValue.int(metadata["failures"])},
                        blocking=spec.blocking,
                    )
                )


def _metadata(
    result: Mapping[str, Any], relation: Relation, file: str
) -> dict[str, MetadataValue[Any]]:
    """Return what the UI shows of one model: seconds, columns, SQL, and the rows of a table."""
    columns = [TableColumn(name, sql_type) for name, sql_type in relation.columns.items()]
    shown: dict[str, MetadataValue[Any]] = {
        "seconds": MetadataValue.float(round(result["execution_time"], 3)),
        "dagster/column_schema": MetadataValue.table_schema(TableSchema(columns)),
        "sql": MetadataValue.path(file),
    }
    if relation.n_rows is not None:
        shown["dagster/row_count"] = MetadataValue.int(relation.n_rows)
    return shown
