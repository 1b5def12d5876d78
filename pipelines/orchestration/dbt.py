"""dbt in Dagster: one project, three groups of assets, dbt's tests as blocking asset checks.

dbt itself is run by ``s3_models.run_dbt`` only (one way, one environment); what it built is told
to Dagster from dbt's own ``manifest.json`` and ``run_results.json`` (``dbt_report.py``).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
)
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from pipelines import s3_models
from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home
from pipelines.orchestration.dbt_report import Report, relations
from pipelines.orchestration.resources import LockedHome
from pipelines.orchestration.steps import build_step

# The schemas that Python fills, and the asset that fills each.
_SOURCE_ASSETS = {
    "lake": AssetKey("build_database"),
    "history": AssetKey("build_database"),
    "findings": AssetKey("findings"),
    "gate": AssetKey("gate"),
}


class Translator(DagsterDbtTranslator):
    """Names dbt's models for the lineage: key ``schema/name``, group = the model's folder."""

    def __init__(self) -> None:
        super().__init__(
            DagsterDbtTranslatorSettings(
                enable_duplicate_source_asset_keys=True, enable_source_metadata=False
            )
        )

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """Return ``schema/name``; a source is the Python asset that fills its schema."""
        schema = dbt_resource_props["schema"]
        if dbt_resource_props["resource_type"] == "source":
            return _SOURCE_ASSETS.get(schema, AssetKey(schema))
        return AssetKey([schema, dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Return the folder below ``models/``, ``seeds`` for seeds."""
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        return str(dbt_resource_props["fqn"][1])

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Return the model's own description, without the SQL."""
        return str(dbt_resource_props.get("description") or "")


def group_assets(
    parsed: Mapping[str, Any],
    group: str,
    first: Callable[[], Any] = lambda: None,
) -> AssetsDefinition:
    """Return one group of models (dbt tag) as assets that run_dbt builds in one go.

    Whichever of them are selected: a model is never newer than what stands beside it.
    ``first`` is called before dbt: it begins what this process can do while dbt works in its own,
    or refuses what dbt must not work with.
    """

    @dbt_assets(
        manifest=parsed,
        select=f"tag:{group}",
        exclude="resource_type:unit_test",
        name=f"dbt_{group}",
        dagster_dbt_translator=Translator(),
    )
    def build(
        context: AssetExecutionContext, home: LockedHome
    ) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        # Of the whole group, whatever was selected: all of it is built.
        report = Report(context, build, parsed)
        with build_step(context, home, f"dbt_{group}"):
            first()
            try:
                s3_models.run_dbt(home.folders, group)
            except FilingsError:
                # The checks that failed are shown on their models; the sentence fails the step.
                yield from report.checks(_run_results(home.folders))
                raise
            results = _run_results(home.folders)
            built = relations(home.folders)
        yield from report.materialisations(results, built)
        yield from report.checks(results)

    return build


def _run_results(home: Home) -> dict[str, dict[str, Any]]:
    """Return dbt's last results by unique id in the order they ended; none without a file."""
    path = home.dbt_target / "run_results.json"
    if not path.exists():
        return {}
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {result["unique_id"]: result for result in results}
