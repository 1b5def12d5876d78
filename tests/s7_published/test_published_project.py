"""The whole dbt project over an empty lake: what is published has the promised shape."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from support_homes import with_parse

from pipelines import s3_models
from pipelines.core.database import build_database, read_only
from pipelines.core.settings import Home
from pipelines.s7_published import IncompleteError, Publication, check_complete, publish
from pipelines.s7_published.contract import PRIVATE, public_tables

pytestmark = pytest.mark.slow

# Design section 4: what each table must have.
PROMISED = {
    "dim_region": "region_code valid_from region_name level parent_region_code valid_to",
    "dim_period": "period period_end year",
    "dim_household": "household_key household_code county_code village_code household_attr "
    "household_type valid_from valid_to is_current",
    "dim_person": "person_key person_code household_code gender birth_year relation",
    "dim_cause_of_poverty": "cause_code cause_name_zh cause_name_en",
    "dim_fund": "",
    "dim_project": "",
    "dim_village": "",
    "fct_household": "county_code period household_code exit_status main_cause member_count "
    "net_income_per_capita",
    "fct_person": "county_code period person_code health labor_ability student_status",
    "fct_household_cause": "county_code period household_code cause_code is_main",
    "fct_fund_flow": "county_code period kind amount_yuan",
    "fct_project": "county_code period project_code status started_on completed_on budget_yuan "
    "paid_yuan",
    "fct_employment": "county_code period person_code spell",
    "dim_rule": "rule_id title_zh grain severity effect basis valid_from valid_to",
    "fct_finding": "finding_id rule_id county_code period grain household_code person_code "
    "object_code severity effect status message_zh advice_zh cells first_seen_on last_seen_on "
    "resolved_on",
    "fct_rule_outcome": "rule_id county_code period n_applicable n_pass n_fail n_undecidable",
    "dim_indicator": "indicator_code name_zh name_en unit numerator_zh denominator_zh basis",
    "fct_indicator": "region_code period indicator_code breakdown vintage numerator denominator "
    "value unit as_of status reason_zh is_current",
    "fct_submission": "submission_id county_code period received_at due_on is_on_time rows_read "
    "rows_accepted rows_quarantined rows_ignored status is_out_of_order withdrawn_at "
    "withdrawn_reason admitted_at",
    "fct_filing": "county_code period table frequency covers_from covers_to is_expected "
    "is_received due_at is_calendar_known received_at is_on_time rows_accepted required_cells "
    "required_cells_filled share_filled",
    "fct_submission_file": "submission_id file sheet table status reason_zh rows_read "
    "rows_accepted rows_quarantined rows_ignored",
    "fct_quarantine": "submission_id file sheet row column value reason_zh",
    "fct_submission_change": "submission_id file sheet row column before after rule_zh",
    "meta_refresh": "vintage catalogue_version newest_received_at deliveries about_zh about_en",
}

Columns = dict[str, dict[str, str | None]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Home:
    return with_parse(Home(tmp_path_factory.mktemp("project")), parsed_project)


@pytest.fixture(scope="module")
def publication(home: Home) -> Publication:
    """One dbt run over all three groups; nothing was filed, nothing is held."""
    s3_models.load(home)
    s3_models.invoke(home, ["build", "--resource-type", "model", "--resource-type", "seed"], "全部")
    return publish(home, catalogue_version="c1", fingerprint="f1")


@pytest.fixture(scope="module")
def columns(home: Home, publication: Publication) -> Columns:
    with read_only(home.published_db) as connection:
        rows = connection.execute(
            "select table_name, column_name, comment from duckdb_columns() "
            "where not internal order by table_name, column_index"
        ).fetchall()
    found: Columns = {}
    for table, column, comment in rows:
        found.setdefault(table, {})[column] = comment
    return found


@pytest.mark.parametrize("table", PROMISED)
def test_the_promised_tables_have_the_promised_columns(columns: Columns, table: str) -> None:
    assert set(PROMISED[table].split()) <= set(columns[table])


def test_every_table_and_column_has_a_comment_in_both_languages(
    publication: Publication, columns: Columns
) -> None:
    assert publication.uncommented == ()
    for comments in columns.values():
        assert all(comment and " | " in comment for comment in comments.values())
        for column, comment in comments.items():
            assert re.search("[一-鿿]", (comment or "").split(" | ")[0]), (column, comment)


def test_what_is_declared_is_what_is_published(columns: Columns) -> None:
    declared = {
        table: {name for name, kind in one.kinds.items() if kind != PRIVATE}
        for table, one in public_tables().items()
    }
    declared["meta_refresh"] |= {"is_sample"}
    for table, names in columns.items():
        assert set(names) | {"is_sample"} == declared[table], table
    assert set(columns) == set(declared)


def test_nothing_filed_gives_no_figure_and_no_error(home: Home, publication: Publication) -> None:
    with read_only(home.published_db) as connection:
        counts = [
            connection.execute(f"select count(*) from {table}").fetchone()
            for table in ("fct_indicator", "fct_household", "dim_indicator")
        ]
    assert counts[:2] == [(0,), (0,)] and counts[2] is not None and counts[2][0] >= 25


def test_nothing_declared_is_missing_even_where_nothing_was_filed(
    home: Home, publication: Publication
) -> None:
    with pytest.raises(IncompleteError) as raised:
        check_complete(home)
    assert raised.value.faults == ("表 dim_rule 是空的,而它从不应为空",), "rules are not dbt's"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("drop table main.fct_indicator", "声明要发布的表 fct_indicator 没有建成"),
        ("alter table main.fct_indicator drop column value", "fct_indicator.value 没有建成"),
        (
            "alter table main.fct_loan alter amount_yuan type double",
            "fct_loan.amount_yuan 声明的类型是 DECIMAL(20,6),构建出的却是 DOUBLE",
        ),
        ("delete from main.dim_indicator", "表 dim_indicator 是空的"),
        ("drop table findings.fct_finding", "声明要发布的表 fct_finding 没有建成"),
    ],
)
def test_what_is_declared_and_not_built_stops_the_publication(
    home: Home, publication: Publication, tmp_path: Path, statement: str, reason: str
) -> None:
    copy = Home(tmp_path)
    copy.build_db.parent.mkdir(parents=True)
    shutil.copy(home.build_db, copy.build_db)
    shutil.copytree(home.dbt_target, copy.dbt_target)
    with build_database(copy) as connection:
        connection.execute("insert into findings.dim_rule (rule_id) values ('P001')")
        connection.execute("checkpoint")
    assert check_complete(copy) == len(public_tables()) - 1
    with build_database(copy) as connection:
        connection.execute(statement)
    with pytest.raises(IncompleteError) as raised:
        check_complete(copy)
    (fault,) = raised.value.faults
    assert reason in fault
    assert str(raised.value) == f"停止发布:{fault}。"
