"""The graph of the night, its order, and what a failure or nothing new does to it.

The stages are replaced by recorders, so that these tests are about Dagster alone; the dbt project
is the real one, parsed once.
"""

import errno
import json
import logging
import multiprocessing
from collections.abc import Callable, Iterator
from datetime import datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support_homes import with_parse

from pipelines import s1_archive, s2_lake, s3_models, s4_findings, s6_gate, s7_published, s8_county
from pipelines.core.errors import BusyError, FilingsError, GateError
from pipelines.core.lock import refresh_lock
from pipelines.core.settings import Home

pytestmark = pytest.mark.slow

SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "definitions.json"
ORDER = [
    "history",
    "submissions",
    "lake",
    "load",
    "dbt models",
    "findings",
    "dbt indicators",
    "gate",
    "dbt publication",
    "published",
    "county_reports",
    "notifications",
]


@pytest.fixture
def home(parsed_project: Path, home: Home) -> Home:
    """A home of its own with the parsed manifest in it."""
    return with_parse(home, parsed_project)


class Recorder:
    """Stands for every stage: writes down who was called, and fails where told to."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.called: list[str] = []
        self.failing: dict[str, Exception] = {}
        self.fingerprints = ["new", "old"]
        self.published: dict[str, Any] = {}
        self.patch = patch
        counts = s8_county.ReportResult((), 1), s8_county.SendResult(0, (), 0)
        reception = s1_archive.Reception()
        self.replace(s1_archive, "reception", "submissions", reception)
        self.replace(s1_archive, "submissions", None, [])
        self.replace(s2_lake, "ingest", "lake", s2_lake.IngestResult((), (), ()))
        self.replace(s8_county, "write_receipts", None, [])
        self.replace(s2_lake, "is_up_to_date", None, True)
        patch.setattr(s3_models, "load", self.load)
        patch.setattr(s3_models, "inputs_of", lambda at: self.inputs)
        self.replace(s4_findings, "run", "findings", s4_findings.FindingsResult(0, 0, {}, 0, 0))
        self.replace(s6_gate, "warm_up", None, None)
        self.replace(
            s6_gate, "run_gate", "gate", s6_gate.GateResult(0, gate_outcomes(""), Path("docs"))
        )
        self.replace(s7_published, "check_complete", None, 51)
        patch.setattr(s7_published, "publish", self.publish)
        patch.setattr(s7_published, "input_fingerprint", self.fingerprint)
        patch.setattr(s7_published, "published_fingerprint", lambda at: self.fingerprints[1])
        self.replace(s8_county, "write_reports", "county_reports", counts[0])
        self.replace(s8_county, "send_messages", "notifications", counts[1])
        patch.setattr(s3_models, "run_dbt", self.run_dbt)
        patch.setattr("pipelines.core.dbt.runner.Dbt.start", lambda dbt: None)

    def replace(self, module: Any, name: str, step: str | None, value: Any) -> None:
        def stand_in(*args: Any, **options: Any) -> Any:
            if step:
                self.note(step)
            return value

        self.patch.setattr(module, name, stand_in)

    def note(self, step: str) -> None:
        self.called.append(step)
        if step in self.failing:
            raise self.failing[step]

    def fingerprint(self, home: Home, deciding: str | None = None) -> str:
        """The night's fingerprint; with a real hash of the project's files where one is asked."""
        return self.fingerprints[0] or str(deciding)

    def load(self, home: Home, inputs: s3_models.Inputs, until: int, models: object) -> None:
        self.inputs = inputs
        self.note("load")

    def publish(self, home: Home, **stamp: str) -> s8_county.ReportResult:
        self.published = stamp
        self.note("published")
        return s8_county.ReportResult((), 1)

    def run_dbt(self, home: Home, group: str) -> None:
        """Do as if dbt had built the group."""
        manifest = json.loads((home.dbt_target / "manifest.json").read_text(encoding="utf-8"))
        parents = {unique_id: manifest["parent_map"][unique_id] for unique_id in manifest["nodes"]}
        results = [
            {
                "unique_id": unique_id,
                "status": "pass" if unique_id.startswith("test.") else "success",
                "execution_time": 0.0,
            }
            for unique_id in TopologicalSorter(parents).static_order()
        ]
        (home.dbt_target / "run_results.json").write_text(json.dumps({"results": results}))
        self.note(f"dbt {group}")

    @property
    def way(self) -> list[str]:
        """The calls, the backlog's two counted as one."""
        assert self.called[:2] == ["county_reports", "notifications"]
        return ["history", *self.called[2:]]


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder(monkeypatch)


def test_snapshot_of_the_definitions(home: Home, request: pytest.FixtureRequest) -> None:
    from pipelines.orchestration.build import JOB, build_definitions

    definitions = build_definitions(home)
    graph = definitions.resolve_asset_graph()
    job = definitions.resolve_job_def(JOB)
    schedule = definitions.resolve_schedule_def("nightly_at_two")
    seen = {
        "assets": {
            key.to_user_string(): {
                "group": graph.get(key).group_name,
                "deps": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
            }
            for key in sorted(graph.get_all_asset_keys())
        },
        "checks": sorted(
            f"{key.asset_key.to_user_string()}:{key.name}" for key in graph.asset_check_keys
        ),
        "job": {"name": job.name, "steps": sorted(node.name for node in job.graph.nodes)},
        "schedule": {
            "cron": schedule.cron_schedule,
            "timezone": schedule.execution_timezone,
            "status": schedule.default_status.value,
            "job": schedule.job_name,
        },
        "sensors": {each.name: each.default_status.value for each in definitions.sensors or ()},
    }
    text = json.dumps(seen, ensure_ascii=False, indent=1) + "\n"
    if request.config.getoption("--update-snapshots"):
        SNAPSHOT.parent.mkdir(exist_ok=True)
        SNAPSHOT.write_text(text, encoding="utf-8")
    assert SNAPSHOT.read_text(encoding="utf-8") == text, (
        "the graph changed; if that is meant: "
        "pytest tests/orchestration/test_orchestration.py --update-snapshots"
    )


def test_the_lineage_is_the_drawing(home: Home) -> None:
    from dagster import AssetKey

    from pipelines.orchestration.build import build_definitions

    graph = build_definitions(home).resolve_asset_graph()

    def parents(name: str) -> set[str]:
        return {key.to_user_string() for key in graph.get(AssetKey(name.split("/"))).parent_keys}

    assert parents("lake") == {"submissions"}
    assert parents("submissions") == set()
    assert parents("staging/stg_filings__households") == {"build_database"}
    assert parents("build_database") == {"lake", "history"}
    assert "records/rec_household" in parents("findings")
    assert "findings" in parents("gate")
    assert any(name.startswith("indicators/") for name in parents("gate"))
    assert {"main/fct_indicator", "gate"} <= parents("published")
    assert parents("county_reports") == {"published"}
    assert parents("notifications") == {"county_reports"}
    gate = {
        key.name: graph.get(key) for key in graph.asset_check_keys if key.asset_key.path == ["gate"]
    }
    assert gate["identity_outcomes_outcomes_add_up"].blocking
    assert not gate["holds_no_open_hold"].blocking


def gate_outcomes(broken: str) -> tuple[s6_gate.Outcome, ...]:
    """What became of every expectation: of the given suites all fail, three rows each."""
    return tuple(
        s6_gate.Outcome(suite, check, suite.name != broken, 3 if suite.name == broken else 0)
        for suite in s6_gate.load_suites()
        for check in suite.checks
    )


def gate_checks(home: Home) -> tuple[Any, dict[str, Any]]:
    """A night in memory, and what became of the gate's checks, by name."""
    from pipelines.orchestration.build import JOB, build_definitions

    job = build_definitions(home).resolve_job_def(JOB)
    result = job.execute_in_process(raise_on_error=False)
    evaluated = result.get_asset_check_evaluations()
    return result, {each.check_name: each for each in evaluated if each.asset_key.path == ["gate"]}


def test_every_check_of_the_gate_is_told_with_its_count(home: Home, stages: Recorder) -> None:
    told = s6_gate.GateResult(0, gate_outcomes("holds"), Path("docs"))
    stages.replace(s6_gate, "run_gate", "gate", told)
    result, checks = gate_checks(home)
    assert result.success and "published" in stages.called
    assert len(checks) == 22
    held = {name: each for name, each in checks.items() if name.startswith("holds_")}
    assert len(held) == 7
    assert all(not each.passed and each.metadata["n_failed"].value == 3 for each in held.values())
    assert all(checks[name].passed for name in checks.keys() - held.keys())


def test_what_our_own_program_failed_at_is_red_and_stops_nothing(
    home: Home, stages: Recorder
) -> None:
    from pipelines.orchestration.build import JOB, build_definitions
    from pipelines.orchestration.refresh import run_night

    faulty = (("990101-2020-06-v1", home.ingested / "990101-2020-06-v1" / "faults.txt"),)
    stages.replace(s2_lake, "ingest", "lake", s2_lake.IngestResult((), (), (), (), faulty))
    job = build_definitions(home).resolve_job_def(JOB)
    result = job.execute_in_process(raise_on_error=False)
    (check,) = [
        each for each in result.get_asset_check_evaluations() if each.asset_key.path == ["lake"]
    ]
    assert (check.check_name, check.passed, check.blocking) == ("no_faults_of_ours", False, False)
    assert result.success and "published" in stages.called
    (warning,) = run_night(home).warnings
    assert "990101-2020-06-v1" in warning and "faults.txt" in warning and "无需重报" in warning


def test_a_broken_identity_is_red_and_stops_the_night(home: Home, stages: Recorder) -> None:
    from pipelines.orchestration.refresh import failure

    outcomes = gate_outcomes("identity_rows")
    stages.failing = {"gate": s6_gate.BrokenIdentityError("恒等式不成立", outcomes)}
    result, checks = gate_checks(home)
    assert not result.success and "恒等式不成立" in str(failure(result))
    assert [name for name, each in checks.items() if not each.passed] == [
        "identity_rows_rows_add_up"
    ]
    check = checks["identity_rows_rows_add_up"]
    assert check.severity.value == "ERROR" and check.metadata["n_failed"].value == 3
    assert check.metadata["reason"].value == "读取行数不等于接收、隔离与忽略之和"
    assert "published" not in stages.called


def test_gate_suites_that_cannot_be_read_stop_the_gate_alone(
    home: Home, stages: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.orchestration.refresh import run_night

    def unreadable() -> list[Any]:
        raise GateError("holds.yml 不是有效的检查清单")

    monkeypatch.setattr(s6_gate, "load_suites", unreadable)
    stages.failing = {"gate": GateError("holds.yml 不是有效的检查清单")}
    with pytest.raises(FilingsError, match="不是有效的检查清单"):
        run_night(home)
    assert stages.called[-1] == "gate"


def test_stages_run_in_the_order_of_the_way(home: Home, stages: Recorder) -> None:
    from pipelines.orchestration.refresh import run_night

    night = run_night(home)
    assert stages.way == ORDER
    assert night.is_new
    assert next(iter(night.seconds)) == "history"


def test_nothing_new_skips_the_rest_and_succeeds(home: Home, stages: Recorder) -> None:
    from pipelines.orchestration.refresh import run_night

    stages.fingerprints = ["same", "same"]
    night = run_night(home)
    assert stages.way == ["history", "submissions"]
    assert not night.is_new


def test_what_lies_in_no_countys_folder_is_told_on_the_console(
    home: Home, stages: Recorder
) -> None:
    from pipelines.orchestration.refresh import run_night

    outside = [s1_archive.LeftFile("990101/202006", "期次文件夹应写成“年-月”")]
    reception = s1_archive.Reception(outside=outside)
    stages.replace(s1_archive, "reception", "submissions", reception)
    stages.fingerprints = ["same", "same"]
    assert run_night(home).warnings == ("收件箱中 990101/202006:期次文件夹应写成“年-月”。",)


@pytest.mark.parametrize(
    ("step", "error", "name"),
    [
        ("lake", OSError("disk full"), "读取与规范"),
        ("dbt indicators", FilingsError("模型 ind_person 失败"), "计算指标"),
        ("gate", GateError("恒等式不成立"), "发布前检查"),
        ("dbt publication", FilingsError("检验不通过"), "整理发布表"),
    ],
)
def test_a_failing_stage_stops_before_the_publication_and_says_why(
    home: Home, stages: Recorder, step: str, error: Exception, name: str
) -> None:
    from pipelines.orchestration.refresh import run_night

    stages.failing = {step: error}
    with pytest.raises(FilingsError) as raised:
        run_night(home)
    assert name in str(raised.value) and str(error) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "published" not in stages.called
    assert stages.called[-1] == step


@pytest.mark.parametrize("step", ["history", "county_reports"])
def test_what_is_wrong_with_the_last_publication_never_stops_the_intake(
    home: Home, stages: Recorder, step: str
) -> None:
    from pipelines.orchestration.refresh import run_night

    stages.replace(s7_published, "restore", "history", ())
    stages.replace(s8_county, "write_receipts", "receipts", [])
    stages.failing = {step: FilingsError("某文件损坏")}
    with pytest.raises(FilingsError, match="某文件损坏"):
        run_night(home)
    assert stages.called[-3:] == ["submissions", "lake", "receipts"]


def test_what_was_read_before_the_reading_stopped_has_its_receipt(
    home: Home, stages: Recorder
) -> None:
    from pipelines.orchestration.refresh import run_night

    stages.replace(s8_county, "write_receipts", "receipts", [])
    stages.failing = {"lake": OSError(errno.ENOSPC, "No space left on device", "/data/x")}
    with pytest.raises(FilingsError, match="/data/x 磁盘已满"):
        run_night(home)
    assert stages.called[-1] == "receipts"


def test_what_was_mended_of_the_last_publication_is_told(home: Home, stages: Recorder) -> None:
    from pipelines.orchestration.refresh import run_night

    stages.fingerprints = ["same", "same"]
    stages.replace(s7_published, "restore", None, ("已恢复为第 2 版。",))
    assert run_night(home).warnings == ("已恢复为第 2 版。",)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_receipt_that_is_lost_is_written_again_on_a_night_with_nothing_new(
    home: Home, stages: Recorder, is_there: bool
) -> None:
    from pipelines.orchestration.refresh import run_night

    one = s1_archive.Submission("990101-2020-06-v1", "990101", "2020-06", 1, "2020-07-01", ())
    stages.replace(s1_archive, "submissions", None, [one])
    stages.replace(s8_county, "write_receipts", "receipts", [])
    stages.fingerprints = ["same", "same"]
    if is_there:
        folder = home.reports / "990101" / "2020-06"
        folder.mkdir(parents=True)
        (folder / "回执-990101-2020-06-v1.xlsx").write_text("x")
    run_night(home)
    assert stages.called.count("receipts") == (0 if is_there else 1)


@pytest.mark.parametrize("while_", ["lake", "dbt models", "findings", "gate", "dbt publication"])
def test_a_rule_edited_while_a_night_runs_is_applied_by_the_next(
    home: Home, stages: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, while_: str
) -> None:
    """The publication is stamped with the files as they were before any of them was read."""
    from pipelines.orchestration.refresh import run_night

    rule = tmp_path / "rules.yml"
    rule.write_text("- id: P001")
    monkeypatch.setattr("pipelines.s7_published.fingerprint.PROJECT_ROOT", tmp_path)
    monkeypatch.setattr("pipelines.s7_published.fingerprint._deciding_files", lambda: iter([rule]))
    read_by_the_night = s7_published.deciding_fingerprint()
    stages.fingerprints = ["", "old"]
    note = stages.note

    def edited(step: str) -> None:
        if step == while_:
            rule.write_text("- id: P002")
        note(step)

    monkeypatch.setattr(stages, "note", edited)
    run_night(home)
    assert stages.published["fingerprint"] == read_by_the_night
    assert s7_published.deciding_fingerprint() != read_by_the_night


def hold(root: str, ready: Any, release: Any) -> None:
    """Hold a home's lock in another process until told to let go."""
    with refresh_lock(Home(Path(root))):
        ready.set()
        release.wait(300)


@pytest.fixture
def holder(home: Home) -> Iterator[Callable[[], None]]:
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    process = context.Process(target=hold, args=(str(home.root), ready, release))
    process.start()
    assert ready.wait(30)
    yield release.set
    release.set()
    process.join()


def test_a_second_refresh_says_who_holds_the_lock(
    home: Home, stages: Recorder, holder: Callable[[], None]
) -> None:
    from pipelines.orchestration.refresh import run_night

    with pytest.raises(BusyError, match=r"pid \d+,自 20"):
        run_night(home)
    assert stages.called == []
    holder()
    assert run_night(home, wait_seconds=20).is_new


def test_one_lock_is_held_from_the_start_of_a_night_to_its_end(
    home: Home, stages: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.core import lock
    from pipelines.orchestration.refresh import run_night

    taken: list[bool] = []
    acquire = lock._acquire

    def acquired(*args: Any) -> None:
        acquire(*args)
        taken.append(True)

    monkeypatch.setattr(lock, "_acquire", acquired)
    run_night(home)
    assert len(taken) == 1
    assert lock.lock_holder(home) is None


def test_the_scheduler_launches_the_job_at_two_in_the_morning(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster's own scheduler, one evaluation just before 02:00 in China and one just after."""
    from dagster._core.instance_for_test import instance_for_test
    from dagster._core.test_utils import create_test_daemon_workspace_context, freeze_time
    from dagster._core.workspace.load_target import ModuleTarget
    from dagster._scheduler.scheduler import launch_scheduled_runs

    home.inbox.mkdir(parents=True)
    monkeypatch.setenv("FILINGS_HOME", str(home.root))
    china = ZoneInfo("Asia/Shanghai")
    launcher = {"module": "dagster._core.test_utils", "class": "MockedRunLauncher"}
    target = ModuleTarget(
        module_name="pipelines.orchestration.definitions",
        attribute=None,
        working_directory=None,
        location_name="filings",
    )
    with (
        instance_for_test(
            overrides={"run_launcher": launcher}, synchronous_run_coordinator=True
        ) as instance,
        create_test_daemon_workspace_context(target, instance) as workspace,
    ):

        def evaluate(moment: datetime) -> list[Any]:
            with freeze_time(moment):
                list(
                    launch_scheduled_runs(
                        workspace, logging.getLogger("scheduler"), moment, iteration_times={}
                    )
                )
            return list(instance.get_runs())

        assert evaluate(datetime(2026, 11, 22, 1, 59, 30, tzinfo=china)) == []
        (run,) = evaluate(datetime(2026, 11, 22, 2, 0, 10, tzinfo=china))
        assert run.job_name == "nightly"
        assert run.tags["dagster/schedule_name"] == "nightly_at_two"
        assert [queued.run_id for queued in instance.run_launcher.queue()] == [run.run_id]
