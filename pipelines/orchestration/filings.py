"""One filing, one county's workbook: the two ends of the way, cell by cell of county × period.

The night's steps work on everything at once and tell of each cell what they did to it. In the UI
one cell can be made again: a filing is read anew, a workbook written anew, and nothing else moves.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    MaterializeResult,
    MetadataValue,
    asset,
)

from pipelines import s2_lake, s8_county
from pipelines.core.settings import Home
from pipelines.orchestration.partitions import (
    COUNTY_PERIOD,
    Place,
    add_places,
    partition_key,
    place_of,
)
from pipelines.orchestration.resources import LockedHome
from pipelines.orchestration.stage import stage

FILING = AssetKey("filing")
COUNTY_WORKBOOK = AssetKey("county_workbook")
CELLS = (FILING, COUNTY_WORKBOOK)
Metadata = dict[str, MetadataValue[Any]]
Result = MaterializeResult[None]


@asset(
    key=FILING,
    group_name="intake",
    kinds={"python", "polars"},
    partitions_def=COUNTY_PERIOD,
    deps=["lake"],
)
def filing(context: AssetExecutionContext, home: LockedHome) -> Result:
    """一县一期的报送:收到、读取、接收了多少;可单独重读 | One county's filing of a period."""
    place = place_of(context.partition_key)
    with stage("filing", home.folders):
        read = s2_lake.read_again(home.folders, place)
        s8_county.write_receipts(home.folders)
    return MaterializeResult(metadata=_filing_metadata(home.folders, _of_place(read, place)))


@asset(
    key=COUNTY_WORKBOOK,
    group_name="county",
    kinds={"python", "excel"},
    partitions_def=COUNTY_PERIOD,
    deps=["county_reports"],
)
def county_workbook(context: AssetExecutionContext, home: LockedHome) -> Result:
    """一县一期的核查与发布:疑点、暂缓的指标、工作簿;可单独重写 | What a county got for a period."""
    place = place_of(context.partition_key)
    with stage("county_workbook", home.folders):
        s8_county.write_report_again(home.folders, place)
        states = s8_county.county_states(home.folders)
    return MaterializeResult(metadata=_workbook_metadata(home.folders, states[place]))


def tell_filings(
    context: AssetExecutionContext, home: Home, ingested: s2_lake.IngestResult
) -> None:
    """Tell of each filing that was read now, or never told of, what reading gave."""
    by_place: dict[Place, list[s2_lake.SubmissionResult]] = {}
    for each in ingested.results:
        by_place.setdefault((each.county_code, each.period), []).append(each)
    read = {
        place
        for place, those in by_place.items()
        if any(each.submission_id in ingested.ingested for each in those)
    }
    metadata = {place: _filing_metadata(home, those) for place, those in by_place.items()}
    _tell(context, FILING, metadata, read)


def tell_workbooks(context: AssetExecutionContext, home: Home, workbooks: Iterable[Path]) -> None:
    """Tell of each county and period whose workbook was written now, or that was never told of."""
    written = set(workbooks)
    states = s8_county.county_states(home)
    now = {place for place in states if s8_county.workbook_path(home, *place) in written}
    metadata = {place: _workbook_metadata(home, state) for place, state in states.items()}
    _tell(context, COUNTY_WORKBOOK, metadata, now)


def _tell(
    context: AssetExecutionContext,
    key: AssetKey,
    metadata: Mapping[Place, Metadata],
    now: Collection[Place],
) -> None:
    add_places(context.instance, metadata)
    told = context.instance.get_materialized_partitions(key)
    for place in sorted(metadata):
        partition = partition_key(place)
        if place in now or partition not in told:
            context.log_event(
                AssetMaterialization(key, metadata=metadata[place], partition=partition)
            )


def _of_place(read: s2_lake.IngestResult, place: Place) -> list[s2_lake.SubmissionResult]:
    return [each for each in read.results if (each.county_code, each.period) == place]


def _filing_metadata(home: Home, results: Collection[s2_lake.SubmissionResult]) -> Metadata:
    """Return what the UI shows of a filing: its last submission, rows, and where its receipt is."""
    last = max(results, key=lambda each: each.version)
    receipt = s8_county.receipt_path(home, (last.county_code, last.period), last.submission_id)
    return {
        "submissions": MetadataValue.int(len(results)),
        "submission_id": MetadataValue.text(last.submission_id),
        "received_at": MetadataValue.text(last.received_at),
        "status": MetadataValue.text(last.status),
        "rows_read": MetadataValue.int(last.rows_read),
        "dagster/partition_row_count": MetadataValue.int(last.rows_accepted),
        "rows_quarantined": MetadataValue.int(last.rows_quarantined),
        "rows_ignored": MetadataValue.int(last.rows_ignored),
        "receipt": MetadataValue.path(str(receipt)),
    }


def _workbook_metadata(home: Home, state: s8_county.CountyState) -> Metadata:
    """Return what the UI shows of a county's results: judged, held, published, and when."""
    found: Metadata = {
        "vintage": MetadataValue.int(state.vintage),
        "published_up_to": MetadataValue.text(state.received_at),
        "findings_open": MetadataValue.int(state.n_open),
        "findings_all": MetadataValue.int(state.n_findings),
        "figures_published": MetadataValue.int(state.n_published),
        "figures_held": MetadataValue.int(state.n_held),
    }
    path = s8_county.workbook_path(home, *state.place)
    if path.exists():
        found["workbook"] = MetadataValue.path(str(path))
    return found
