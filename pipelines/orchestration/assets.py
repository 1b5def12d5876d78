"""The arrows of the way as assets: each calls one stage and shows what it counted.

Belongs here: which stage runs after which, and what the UI shows of it. Does not: any work on
data (the stages do it) and dbt's models (``dbt.py``).
"""

from collections.abc import Iterable, Iterator, Sequence

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetObservation,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    Output,
    asset,
)

from pipelines import s1_archive, s2_lake, s3_models, s4_findings, s6_gate, s7_published, s8_county
from pipelines.core.text import printable
from pipelines.orchestration import filings, gate_checks, steps
from pipelines.orchestration.resources import LockedHome
from pipelines.orchestration.stage import OUTSIDE_FOLDERS, WARNINGS, shown, stage
from pipelines.orchestration.steps import build_step

Result = MaterializeResult[None]
# The check that nothing declared is missing from a publication.
COMPLETE = "declared_tables"
# And the one that our own program failed at no filing; it stops nothing.
NO_FAULTS = "no_faults_of_ours"


def _warn(context: AssetExecutionContext, home: LockedHome, warnings: Sequence[str]) -> None:
    """Show the steward sentences on the asset's page and at the end of ``filings refresh``."""
    if warnings:
        said = s2_lake.log_texts(home.folders, warnings)
        context.log_event(AssetObservation(context.asset_key, metadata={WARNINGS: said}))


# Before all others: what it cannot make whole stops what rests on it, never what is taken in.
FIRST = {"dagster/priority": "1"}


@asset(group_name="county", kinds={"duckdb", "excel"}, op_tags=FIRST)
def history(context: AssetExecutionContext, home: LockedHome) -> Result:
    """上次发布:核对、恢复,补上那一晚没做完的县级反馈 | The last publication, whole and told.

    Has no upstream: it also runs on a night with nothing new, and before anything is replaced.
    """
    with stage("history", home.folders):
        restored = s7_published.restore(home.folders)
    _warn(context, home, restored)
    with stage("county_backlog", home.folders):
        reports = s8_county.write_reports(home.folders)
        messages = s8_county.send_messages(home.folders)
    _warn(context, home, messages.warnings)
    home.restored()
    return MaterializeResult(metadata={**reports.counts(), **messages.counts()})


@asset(group_name="intake", kinds={"python"}, output_required=False)
def submissions(context: AssetExecutionContext, home: LockedHome) -> Iterator[Output[None]]:
    """收件:收件箱里的文件按内容存档,每县每期每版一次报送 | The inbox becomes submissions.

    Where neither filings nor rules nor models changed since the last publication, nothing is
    yielded, so everything downstream is skipped and the run succeeds.
    """
    with stage("submissions", home.folders):
        reception = s1_archive.reception(
            home.folders,
            tell=lambda said: context.log.warning(s2_lake.log_text(home.folders, said)),
        )
        # Here and not with the receipts: a night of repeats only goes no further than this.
        s8_county.write_notices(home.folders)
        archived = s1_archive.submissions(home.folders, [])  # a damaged record stops the next stage
        fingerprint = s7_published.input_fingerprint(home.folders, home.deciding)
        unchanged = fingerprint == s7_published.published_fingerprint(home.folders)
        if unchanged and not s8_county.are_receipts_written(home.folders, archived):
            s8_county.write_receipts(home.folders)
    left, outside = (
        [f"{s2_lake.path_for_logs(each.path)}:{each.reason_zh}" for each in those]
        for those in (reception.left, reception.outside)
    )
    for line in (*left, *outside):
        context.log.warning(line)
    if outside:
        # An observation, because a night with nothing new materialises nothing.
        metadata = {OUTSIDE_FOLDERS: outside}
        context.log_event(AssetObservation("submissions", metadata=metadata))
    _warn(context, home, reception.warnings)
    for repeated in reception.repeated:
        name = s2_lake.path_for_logs(printable(repeated.name))
        context.log.info(f"{repeated.submission_id} again: {name}")
    if unchanged:
        context.log.info("nothing new since the last publication")
        return
    yield Output(
        None,
        metadata={
            "received": len(reception.submissions),
            "repeated": len(reception.repeated),
            "left": len(reception.left),
            "archived": len(archived),
            "files": sum(len(each.files) for each in reception.submissions),
        },
    )


@asset(
    group_name="intake",
    kinds={"python", "polars"},
    deps=[submissions],
    check_specs=[
        AssetCheckSpec(
            name=NO_FAULTS,
            asset="lake",
            description="本系统读取报送时没有出错 | No error of our own while filings were read",
        )
    ],
)
def lake(context: AssetExecutionContext, home: LockedHome) -> Iterator[Result | AssetCheckResult]:
    """读取与规范:逐格读取、识别表、类型化、隔离、回执 | Cells read, typed or quarantined."""
    with stage("lake", home.folders), s3_models.warm_dbt(home.folders) as dbt:
        dbt.start()  # it gets ready while the filings are read
        try:
            ingested = s2_lake.ingest(home.folders)
        finally:  # a record that is damaged stops the night, not the receipts of others
            s8_county.write_receipts(home.folders)
            # Again: whose name stands in a file's name is known only now.
            s8_county.write_notices(home.folders)
    faulty = [
        f"读取 {name} 时本系统出错,有文件或工作表未接收,已告知该县无需重报;"
        f"出错的位置记在 {path.relative_to(home.folders.root)},请转交维护人员。"
        for name, path in ingested.faulty
    ]
    _warn(context, home, (*ingested.warnings, *faulty))
    filings.tell_filings(context, home.folders, ingested)
    yield MaterializeResult(
        metadata={
            "submissions": len(ingested.results),
            "read_now": len(ingested.ingested),
            "changed_partitions": len(ingested.changed_partitions),
            "rows_read": sum(each.rows_read for each in ingested.results),
            "rows_accepted": sum(each.rows_accepted for each in ingested.results),
            "rows_quarantined": sum(each.rows_quarantined for each in ingested.results),
            "rows_ignored": sum(each.rows_ignored for each in ingested.results),
        }
    )
    yield AssetCheckResult(
        check_name=NO_FAULTS,
        passed=not faulty,
        metadata={"n_failed": len(faulty), "submissions": [name for name, _ in ingested.faulty]},
    )


@asset(group_name="intake", kinds={"duckdb"}, deps=[lake, history])
def build_database(context: AssetExecutionContext, home: LockedHome) -> None:
    """构建库:当前各表和上次发布装入库中 | Lake and history enter; what was built of the same stays.

    In it stands what it is made of, as that was when the night began to read it.
    """
    with stage("build_database", home.folders):
        steps.check_inputs(home)
        inputs = s3_models.Inputs(
            s7_published.input_fingerprint(home.folders, home.deciding),
            s4_findings.catalogue_version(),
            s7_published.made_by(),
        )
        s3_models.load(
            home.folders,
            inputs,
            s7_published.rests_on(home.folders, inputs.fingerprint),
            s3_models.manifest(home.folders),
        )
        steps.finish(home.folders, "build_database", context.run_id)


def rule_findings(records: Iterable[AssetKey]) -> AssetsDefinition:
    """Return the asset that evaluates the catalogue over the record views."""

    @asset(group_name="rules", kinds={"python", "duckdb"}, deps=list(records))
    def findings(context: AssetExecutionContext, home: LockedHome) -> Result:
        """疑点:规则目录逐条判定,四种结果 | The catalogue evaluated, four outcomes per rule."""
        with build_step(context, home, "findings"):
            result = s4_findings.run(home.folders)
        return MaterializeResult(metadata=shown(result))

    return findings


def publication_gate(indicators: Iterable[AssetKey]) -> AssetsDefinition:
    """Return the gate: the held figures as a table, and one check per expectation.

    It asks what the suites say now: what is edited during a night is asked in the night after.
    """
    suites = gate_checks.readable_suites()

    @asset(
        group_name="gate",
        kinds={"python"},
        deps=[*indicators, AssetKey("findings")],
        check_specs=gate_checks.specs(suites or []),
    )
    def gate(
        context: AssetExecutionContext, home: LockedHome
    ) -> Iterator[Result | AssetCheckResult]:
        """发布前检查:哪个县、哪一期、哪个指标暂缓发布 | Which county, period and indicator is held.

        A figure that is held warns and stops nothing; a gate that cannot run or a broken identity
        stops the publication.
        """
        with build_step(context, home, "gate"):
            try:
                result = s6_gate.run_gate(home.folders, suites)
            except s6_gate.BrokenIdentityError as error:
                yield from gate_checks.results(context, error.outcomes)
                raise
        yield MaterializeResult(
            metadata={"held": result.held, "page": MetadataValue.path(result.page)}
        )
        yield from gate_checks.results(context, result.outcomes)

    return gate


def published_warehouse(publication: Iterable[AssetKey]) -> AssetsDefinition:
    """Return the asset that swaps the published file in."""

    @asset(
        group_name="published",
        kinds={"duckdb", "parquet"},
        deps=list(publication),
        check_specs=[
            AssetCheckSpec(
                name=COMPLETE,
                asset="published",
                blocking=True,
                description="声明要发布的表齐全、类型相符、有说明,没有无故变少 | All declared",
            )
        ],
    )
    def published(
        context: AssetExecutionContext, home: LockedHome
    ) -> Iterator[Result | AssetCheckResult]:
        """发布:库文件改名替换,Parquet 按版次存放 | Swapped in by rename."""
        with build_step(context, home, "published"):
            try:
                n_tables = s7_published.check_complete(home.folders)
            except s7_published.IncompleteError as error:
                yield AssetCheckResult(
                    check_name=COMPLETE,
                    passed=False,
                    metadata={"n_failed": len(error.faults), "faults": list(error.faults)},
                )
                raise
            inputs = s3_models.inputs_of(home.folders)
            result = s7_published.publish(
                home.folders,
                catalogue_version=inputs.catalogue_version,
                fingerprint=inputs.fingerprint,
            )
        yield MaterializeResult(metadata=shown(result))
        yield AssetCheckResult(check_name=COMPLETE, passed=True, metadata={"tables": n_tables})

    return published


@asset(group_name="county", kinds={"python", "excel"}, deps=["published"])
def county_reports(context: AssetExecutionContext, home: LockedHome) -> Result:
    """县级疑点工作簿:只为有变化的县和期重写 | Findings workbooks where something changed."""
    with stage("county_reports", home.folders):
        result = s8_county.write_reports(home.folders)
    filings.tell_workbooks(context, home.folders, result.workbooks)
    return MaterializeResult(metadata=result.counts())


@asset(group_name="county", kinds={"python"}, deps=[county_reports])
def notifications(context: AssetExecutionContext, home: LockedHome) -> Result:
    """消息:告诉县里变了什么;发不出去的下一晚再发 | What fails is sent next night."""
    with stage("notifications", home.folders):
        result = s8_county.send_messages(home.folders)
    for failure in result.failures:
        context.log.warning(failure)
    _warn(context, home, result.warnings)
    return MaterializeResult(metadata=result.counts())
