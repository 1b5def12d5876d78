"""Publication: same inputs nothing, kill anywhere and go on, readers never see two nights."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import duckdb
import pytest
from built_nights import make_night, put_out, seen

from pipelines.core import files
from pipelines.core.errors import FilingsError
from pipelines.core.files import sha256
from pipelines.core.history import chain, chain_faults, read_chain, writing
from pipelines.core.privacy import rotate_key
from pipelines.core.settings import Home
from pipelines.s7_published import fingerprint as fingerprints
from pipelines.s7_published import input_fingerprint, parquet, published_fingerprint
from pipelines.s7_published.comments import Comments, own_texts
from pipelines.s7_published.record import read_record


def test_tables_of_the_build_are_published_as_tables(home: Home) -> None:
    make_night(home, 1)
    result = put_out(home, 1)
    assert (result.vintage, result.changed) == (1, True)
    assert [row[0] for row in seen(home, "select table_name from duckdb_tables() order by 1")] == [
        "dim_rule",
        "dim_village",
        "fct_finding",
        "fct_indicator",
        "fct_rule_outcome",
        "fct_submission",
        "meta_refresh",
    ]
    assert seen(home, "select count(*) from duckdb_views() where not internal") == [(0,)]
    assert seen(
        home, "select vintage, newest_received_at, deliveries, contains_sample from meta_refresh"
    ) == [(1, "2020-07-01T02:00:00+08:00", 1, True)]
    assert seen(home, "select starts_with(about_zh, '【样例数据】') from meta_refresh") == [(True,)]
    assert not list(home.published.glob("*.wal"))


def test_every_row_of_what_was_filed_says_whether_it_is_of_the_sample(home: Home) -> None:
    """990101 is simulated for 2020-06 only; 990102 is real; what stands no more makes no sample."""
    make_night(
        home,
        1,
        "create or replace table main.fct_submission as select *, null::varchar as withdrawn_at, "
        "null::varchar as admitted_at, 'accepted' as status, "
        "'2020-07-01T02:00:00+08:00' as received_at from (values "
        "('a', '990101', '2020-06', true), ('b', '990101', '2019-12', false), "
        "('c', '990102', '2020-06', false), ('old', '990102', '2020-06', true)) "
        "as t (submission_id, county_code, period, is_sample)",
        "create or replace table lake.current_delivery as "
        "select * from (values ('a'), ('b'), ('c')) as t (submission_id)",
        "create table main.fct_loan as select submission_id from main.fct_submission "
        "union all select null",
        "create table main.fct_household_cause as "
        "select county_code, period from main.fct_submission",
        "create table main.dim_person as select * from (values ('990101', '2020-06'), "
        "('990101', '2019-12'), ('990102', '2020-06')) as t (county_code, last_period)",
        "create table main.dim_household as select * from (values "
        "('990101', date '2019-12-31', date '2020-06-30'), ('990101', date '2019-12-31', null), "
        "('990101', date '2020-06-30', null), ('990102', date '2020-06-30', null)) "
        "as t (county_code, valid_from, valid_to)",
        "create table main.dim_cause_of_poverty as select '01' as cause_code",
    )
    put_out(home, 1)
    assert seen(home, "from fct_loan order by all") == [
        ("a", True), ("b", False), ("c", False), ("old", True), (None, False),
    ]  # fmt: skip
    assert seen(home, "select distinct * from fct_household_cause order by all") == [
        ("990101", "2019-12", False), ("990101", "2020-06", True), ("990102", "2020-06", False),
    ]  # fmt: skip
    assert seen(home, "from dim_person order by all") == [
        ("990101", "2019-12", False), ("990101", "2020-06", True), ("990102", "2020-06", False),
    ]  # fmt: skip
    household = "select county_code, valid_to is null, is_sample from dim_household order by all"
    assert seen(home, household) == [
        ("990101", False, False), ("990101", True, True), ("990101", True, True),
        ("990102", True, False),
    ]  # fmt: skip
    assert seen(home, "select * from dim_cause_of_poverty") == [("01",)]
    assert seen(
        home, "select comment from duckdb_columns() where table_name = 'fct_loan' "
        "and column_name = 'is_sample'"
    ) == [("是否来自样例数据(模拟生成的报送) | From simulated deliveries",)]  # fmt: skip


def test_a_withdrawal_is_the_newest_event_and_its_delivery_is_not_counted(home: Home) -> None:
    moment = "2020-07-09T08:00:00+08:00"
    make_night(
        home,
        2,
        f"update main.fct_submission set withdrawn_at = '{moment}' where submission_id like '%v1'",
    )
    put_out(home, 2)
    assert seen(home, "select newest_received_at, deliveries from meta_refresh") == [(moment, 1)]


@pytest.mark.parametrize("status", ["refused", "ignored", "reply", "waiting", "superseded"])
def test_a_delivery_that_does_not_count_is_not_counted(home: Home, status: str) -> None:
    change = f"update main.fct_submission set status = '{status}' where submission_id like '%v1'"
    make_night(home, 2, change)
    put_out(home, 2)
    assert seen(home, "select deliveries from meta_refresh") == [(1,)]


def test_the_same_inputs_publish_nothing(home: Home) -> None:
    make_night(home, 1)
    put_out(home, 1)
    before = home.published_db.stat().st_ino
    assert not put_out(home, 1).changed
    assert home.published_db.stat().st_ino == before
    assert published_fingerprint(home) == "night 1"


def test_nothing_published_has_no_fingerprint(home: Home) -> None:
    assert published_fingerprint(home) is None


def test_a_build_on_an_older_publication_is_refused(home: Home) -> None:
    make_night(home, 1)
    put_out(home, 1)
    with pytest.raises(FilingsError, match="第 0 版"):
        put_out(home, 2)


def test_the_last_three_vintages_of_parquet_stay(home: Home) -> None:
    for night in range(1, 6):
        make_night(home, night)
        put_out(home, night)
    assert sorted(path.name for path in home.parquet.iterdir()) == [
        "3",
        "4",
        "5",
        "datapackage.json",
    ]
    assert parquet.switched_vintage(home.parquet) == 5


def test_vintages_with_sample_data_go_once_it_was_taken_out(home: Home) -> None:
    """Two vintages with the sample, then one without; the ones without stay as ever."""
    real = "update main.fct_submission set is_sample = false"
    for night, statements in enumerate([(), (), (real,), (real,)], start=1):
        make_night(home, night, *statements)
        put_out(home, night)
        kept = parquet.kept_vintages(home.parquet)
        assert kept == {1: [1], 2: [1, 2], 3: [3], 4: [3, 4]}[night]


def test_history_keeps_what_made_a_publication_each_content_once(home: Home) -> None:
    for night in (1, 2):
        make_night(home, night)
        put_out(home, night)
    first, second = (file.manifest for file in read_chain(home))
    made_by = first.about.made_by
    assert made_by == second.about.made_by
    assert {
        "expectations/rules/households.yml",
        "expectations/waivers.yml",
        "expectations/limits.yml",
        "expectations/filing_calendar.yml",
        "dbt_project/seeds/thresholds.csv",
        "pipelines/core/dictionary/codes.yml",
    } <= set(made_by)
    assert any(path.startswith("expectations/indicators/") for path in made_by)
    assert not [path for path in made_by if path.endswith((".py", ".sql"))], "code is no content"
    assert "expectations/channels.yml" not in made_by
    contents = {name for name in first.members if name.startswith("content/")}
    assert contents == {f"content/{sha}" for sha in made_by.values()}
    assert not [name for name in second.members if name.startswith("content/")]
    assert (first.about.fingerprint, second.about.vintage) == ("night 1", 2)


def test_what_is_edited_during_a_night_did_not_make_it(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = tmp_path / "rules.yml"
    rule.write_text("- id: P001")
    monkeypatch.setattr(fingerprints, "PROJECT_ROOT", tmp_path)
    monkeypatch.setattr(fingerprints, "EDITED", (tmp_path,))
    monkeypatch.setattr(fingerprints, "_deciding_files", lambda: iter([rule]))
    make_night(home, 1)
    rule.write_text("- id: P002")
    put_out(home, 1)
    (night,) = read_chain(home)
    assert night.manifest.about.made_by == {"rules.yml": hashlib.sha256(b"- id: P001").hexdigest()}


def test_descriptor_names_every_table_its_columns_and_its_hash(home: Home) -> None:
    make_night(home, 1)
    put_out(home, 1)
    descriptor = json.loads((home.parquet / "datapackage.json").read_text(encoding="utf-8"))
    resources = {entry["name"]: entry for entry in descriptor["resources"]}
    assert set(resources) == {
        row[0] for row in seen(home, "select table_name from duckdb_tables()")
    }
    for entry in resources.values():
        assert (home.parquet / entry["path"]).stat().st_size == entry["bytes"]
    assert resources["fct_indicator"]["title"] == "指标"
    fields = {field["name"]: field for field in resources["fct_finding"]["schema"]["fields"]}
    assert fields["cells"]["type"] == "array"
    assert resources["fct_finding"]["schema"]["primaryKey"] == ["finding_id"]
    assert resources["fct_finding"]["title"].endswith(";主键:finding_id")
    assert resources["fct_finding"]["description"].endswith("; key: finding_id")
    assert resources["dim_village"]["schema"].keys() == {"fields"}, "its key is not in this build"
    ((comment,),) = seen(
        home, "select comment from duckdb_tables() where table_name = 'fct_finding'"
    )
    about = resources["fct_finding"]
    assert comment == f"{about['title']} | {about['description']}"
    assert fields["first_seen_on"] == {
        "name": "first_seen_on",
        "type": "date",
        "sql_type": "DATE",
        "title": "首次发现日期",
        "description": "First seen on",
    }


def test_the_record_has_the_hashes_of_what_stands(home: Home) -> None:
    for night in (1, 2):
        make_night(home, night)
        put_out(home, night)
    standing = read_record(home).standing
    assert standing is not None
    folder = home.parquet / "2"
    assert (standing.vintage, standing.fingerprint) == (2, "night 2")
    assert standing.database == hashlib.sha256(home.published_db.read_bytes()).hexdigest()
    descriptor = (folder / "datapackage.json").read_bytes()
    assert standing.descriptor == hashlib.sha256(descriptor).hexdigest()
    assert not list(home.publication_record.parent.glob("*.part"))


def test_comments_come_from_dbt_from_the_filed_tables_and_from_texts(home: Home) -> None:
    make_night(home, 1)
    result = put_out(home, 1)
    comments = dict(
        seen(
            home,
            "select table_name || '.' || column_name, comment from duckdb_columns() "
            "where schema_name = 'main'",
        )
    )
    assert comments["fct_indicator.region_code"] == "地区 | Region"
    assert comments["fct_indicator.value"] == "数值 | Value"
    assert comments["fct_indicator.vintage"] == "版次 | Vintage"
    assert comments["fct_indicator.indicator_code"] is None
    assert "fct_indicator.indicator_code" in result.uncommented
    assert "fct_indicator" not in result.uncommented
    assert not [name for name in result.uncommented if name.split(".")[0] in own_texts()]


def test_own_tables_have_exactly_the_columns_that_are_described() -> None:
    from pipelines.s3_models import history

    made = {
        "fct_finding": history.FINDING.keys() - {"masked_id"},
        "fct_rule_outcome": history.RULE_OUTCOME,
        "dim_rule": history.RULE,
    }
    for table, columns in made.items():
        texts = own_texts()[table]
        assert set(texts.columns) >= set(columns)
        assert all(" | " in text for text in [texts.table, *texts.columns.values()])


def test_without_a_manifest_there_are_no_comments(home: Home) -> None:
    with pytest.raises(FilingsError, match="清单"):
        Comments.of(home)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("create table main.dim_x as select 1 as n", "表 dim_x 没有声明哪些列可以公开"),
        ("create table main.dim_person as select '某' as name", "dim_person.name 没有声明"),
        (
            "create table main.dim_fund as select 'x' as budget_year",
            "声明为 number,类型却是 VARCHAR",
        ),
    ],
)
def test_what_is_not_declared_does_not_leave(home: Home, statement: str, reason: str) -> None:
    make_night(home, 1)
    put_out(home, 1)
    make_night(home, 2, statement)
    with pytest.raises(FilingsError, match=reason):
        put_out(home, 2)
    assert published_fingerprint(home) == "night 1"


def test_two_tables_of_one_name_are_refused(home: Home) -> None:
    make_night(home, 1, "create table main.fct_finding as select 1 as x")
    with pytest.raises(FilingsError, match="重名"):
        put_out(home, 1)


def test_an_unreadable_publication_is_said_so(home: Home) -> None:
    home.published.mkdir(parents=True)
    home.published_db.write_bytes(b"no database")
    assert published_fingerprint(home) is None
    with pytest.raises(FilingsError, match="无法读取"):
        put_out(home, 1)


def descriptor_of(home: Home) -> dict[str, Any]:
    return json.loads((home.parquet / "datapackage.json").read_text(encoding="utf-8"))


KILLED = """
    import os, sys
    from pathlib import Path
    from pipelines.core.settings import Home
    from pipelines.core import files
    from pipelines.core.history import chain, writing
    from pipelines.s7_published import publish
    left = int(sys.argv[2])
    sync = files.sync

    def until_killed(path):
        global left
        left -= 1
        if left == 0:
            os._exit(9)
        sync(path)

    for module in (files, chain, writing):
        module.sync = until_killed
    publish(Home(Path(sys.argv[1])), catalogue_version="c1", fingerprint="night 2")
"""

# Seven tables and a descriptor, their folder, its parent; the folder of history, its head and that
# one's folder; the file; the record and its folder; the file's folder; the descriptor beside the
# folders; its folder; the record and its folder.
STEPS = 7 + 1 + 1 + 1 + 3 + 1 + 2 + 1 + 1 + 1 + 2
SWITCHED = STEPS - 2


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 9, *range(11, STEPS + 1)])
def test_killed_at_any_step_the_next_run_gives_the_same(tmp_path: Path, step: int) -> None:
    whole, broken = Home(tmp_path / "whole"), Home(tmp_path / "broken")
    for home in (whole, broken):
        for night in (1, 2):
            make_night(home, night)
            if home is whole or night == 1:
                put_out(home, night)
    code = textwrap.dedent(KILLED)
    done = subprocess.run([sys.executable, "-c", code, str(broken.root), str(step)], check=False)
    assert done.returncode == 9
    assert descriptor_of(broken)["version"] == ("2" if step >= SWITCHED else "1")
    # Whatever lies there now is a file that the record names.
    assert read_record(broken).names(sha256(broken.published_db)) is not None
    assert put_out(broken, 2).vintage == 2
    assert published_fingerprint(broken) == "night 2"
    assert descriptor_of(broken) == descriptor_of(whole)
    assert read_record(broken).coming is None
    assert read_record(broken).names(sha256(broken.published_db)) is not None
    assert seen(broken, "select max(vintage) from fct_indicator") == [(2,)]
    history = [[path.name for path in sorted(at.history.iterdir())] for at in (whole, broken)]
    assert history[0] == history[1] and len(history[0]) == 2
    assert list(chain_faults(broken)) == []


def test_without_a_kill_the_steps_are_those_that_were_counted(home: Home) -> None:
    steps: list[Path] = []
    sync = files.sync
    with pytest.MonkeyPatch.context() as patch:
        for module in (files, chain, writing):
            patch.setattr(module, "sync", lambda path: (steps.append(path), sync(path)))
        make_night(home, 1)
        put_out(home, 1)
    assert len(steps) == STEPS


def test_same_inputs_give_the_same_parquet_byte_for_byte(tmp_path: Path) -> None:
    descriptors = []
    for name in ("one", "two"):
        home = Home(tmp_path / name)
        make_night(home, 1)
        put_out(home, 1)
        descriptors.append(descriptor_of(home))
    assert descriptors[0] == descriptors[1]


READER = """
    import json, sys
    from pathlib import Path
    import duckdb
    database, folder, stop = map(Path, sys.argv[1:])
    rounds, vintages = 0, set()
    while not stop.exists() or rounds < 3:
        with duckdb.connect(str(database), read_only=True) as connection:
            (meta,) = connection.execute("select vintage from meta_refresh").fetchone()
            facts = connection.execute(
                "select max(vintage), count(*), sum(value) from fct_indicator").fetchone()
        expected = (meta, 2000 * meta, 2000 * 0.5 * meta * (meta + 1) / 2)
        assert facts == expected, (facts, expected)
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        paths = {entry["name"]: str(folder / entry["path"]) for entry in package["resources"]}
        for path in paths.values():
            duckdb.execute("select count(*) from read_parquet(?)", [path]).fetchone()
        top = duckdb.execute(
            "select max(vintage) from read_parquet(?)", [paths["fct_indicator"]]).fetchone()
        stamp = duckdb.execute(
            "select vintage from read_parquet(?)", [paths["meta_refresh"]]).fetchone()
        assert top == stamp == (int(package["version"]),), (top, stamp, package["version"])
        rounds += 1
        vintages.add(meta)
    print(json.dumps([rounds, len(vintages)]))
"""


@pytest.mark.slow
def test_readers_never_see_an_error_or_two_nights_at_once(home: Home, tmp_path: Path) -> None:
    make_night(home, 1)
    put_out(home, 1)
    stop = tmp_path / "stop"
    arguments = [str(home.published_db), str(home.parquet), str(stop)]
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(READER), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for night in range(2, 8):
        make_night(home, night)
        put_out(home, night)
    stop.touch()
    for reader in readers:
        out, error = reader.communicate(timeout=120)
        assert reader.returncode == 0, error
        rounds, vintages = json.loads(out)
        assert rounds > 3 and vintages > 1


def test_an_open_reader_keeps_its_night(home: Home) -> None:
    make_night(home, 1)
    put_out(home, 1)
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print(c.execute('select vintage from meta_refresh').fetchone()[0], flush=True)\n"
        "sys.stdin.readline()\n"
        "print(c.execute('select max(vintage) from fct_indicator').fetchone()[0], flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(home.published_db)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout is not None and reader.stdin is not None
        assert reader.stdout.readline() == "1\n"
        make_night(home, 2)
        put_out(home, 2)
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "1\n"


def test_fingerprint_follows_the_archive_the_code_and_the_key(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = input_fingerprint(home)
    assert input_fingerprint(home) == empty
    manifests = home.archive / "manifests"
    manifests.mkdir(parents=True)
    (manifests / "990101-2020-06-v1.json").write_text("{}")
    delivered = input_fingerprint(home)
    (manifests / "990101-2020-06-v1.json").write_text('{"a": 1}')
    assert len({empty, delivered, input_fingerprint(home)}) == 3
    (manifests / "990101-2020-06-v1.json").write_text("{}")
    withdrawals = home.archive / "withdrawals"
    withdrawals.mkdir()
    (withdrawals / "990101-2020-06-v1.json").write_text("{}")
    assert input_fingerprint(home) not in (empty, delivered)
    (withdrawals / "990101-2020-06-v1.json").unlink()
    assert input_fingerprint(home) == delivered
    rules = tmp_path / "rules.yml"
    rules.write_text("- id: P001")
    monkeypatch.setattr(fingerprints, "PROJECT_ROOT", tmp_path)
    monkeypatch.setattr(fingerprints, "_deciding_files", lambda: iter([rules]))
    before = input_fingerprint(home)
    rules.write_text("- id: P002")
    assert input_fingerprint(home) != before
    rules.write_text("- id: P001")
    assert input_fingerprint(home) == before
    monkeypatch.setenv("FILINGS_KEY", "another key")
    with pytest.raises(FilingsError, match="rotate-key"):
        input_fingerprint(home)
    rotate_key(home)
    assert input_fingerprint(home) != before


def test_messages_to_counties_do_not_decide_what_is_published() -> None:
    names = {path.name for path in fingerprints._deciding_files()}
    assert "channels.yml" not in names
    assert {"waivers.yml", "holds.yml", "dbt_project.yml", "gate.py", "thresholds.csv"} <= names
    assert not {path.parts[-2] for path in fingerprints._deciding_files()} & {"cli", "simulate"}


def test_duckdb_is_the_version_that_readers_can_open() -> None:
    assert duckdb.__version__.startswith("1.5.")
