"""The indicator models over hand-made record views, run by dbt as in the night."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from indicator_tables import THRESHOLDS, make_build_database
from support_homes import with_parse

from pipelines.core.database import read_only
from pipelines.core.settings import Home
from pipelines.s3_models import invoke
from pipelines.s5_indicators.bench import bench_database
from pipelines.s5_indicators.definitions import read_indicators
from pipelines.s5_indicators.generate import macro_data
from pipelines.s5_indicators.models import FOLDER, Models
from pipelines.s6_gate import run_gate

pytestmark = pytest.mark.slow

HERE = "990101"
GAPS = "990103"
CITY = "990100"
ALL_TABLES = [
    "hh",
    "p",
    "chg",
    "liv",
    "vil",
    "fa",
    "fp",
    "prj",
    "emp",
    "loan",
    "mon",
    "link",
    "iss",
]


def filings(period: str = "2020-06", tables: list[str] = ALL_TABLES, **more: Any) -> list[dict]:
    return [{"period": period, "table_name": name, **more} for name in tables]


def people(prefix: str, household: str, count: int, **values: Any) -> list[dict[str, Any]]:
    return [
        {"household_code": household, "person_code": f"{prefix}{n}", **values} for n in range(count)
    ]


def report_rows() -> dict[str, list[dict[str, Any]]]:
    """One county whose figures are those of a small printed report."""
    households = [
        # 2 households with 62 persons left, 3 exited; 1 edge household beside the roll
        {"household_code": "poor1", "is_still_poor": True, "main_cause": "因病"},
        {"household_code": "poor2", "is_still_poor": True, "main_cause": "因残"},
        {"household_code": "out1", "main_cause": "因病"},
        {"household_code": "out2", "main_cause": "因学"},
        {"household_code": "out3", "is_still_poor": None},
        {"household_code": "edge", "on_roll": False},
    ]
    persons = [
        *people("a", "poor1", 60, has_resident_medical=True),
        *people("b", "poor2", 2, has_employee_medical=True, labor_ability="普通劳动力"),
        *people("c", "out1", 30, school_age=10, student_status="小学"),
        *people("d", "out2", 5, school_age=15, labor_ability="技能劳动力"),
        *people("e", "out3", 3, school_age=6, dropout_reason="因残"),
        *people("f", "edge", 4),
        *people("g", "out1", 1, is_live=False),
        *people("h", "out1", 1, is_first=False, is_soldier=True),
        *people("i", "out2", 1, is_soldier=True),
    ]
    spells = [
        {"person_code": "b0", "start_month": "2019-12-01"},
        {"person_code": "d0", "start_month": "2020-02-01"},
        {"person_code": "d1", "is_returned": True, "is_working": False, "is_reemployed": True},
        {"person_code": "d2", "is_returned": True, "is_working": False},
        {"person_code": "d3", "end_month": "2020-03-01"},
        {"person_code": "d4", "is_outside_county": False, "start_month": "2020-03-01"},
        {"person_code": "f0"},
    ]
    projects = [
        {
            "level": "township" if n < 89 else "direct",
            "is_started": n < 79,
            "is_completed": n < 60,
            "is_accepted": n < 30,
            "budget_yuan": 1000,
        }
        for n in range(121)
    ]
    paid = {"has_payments": True, "paid_yuan": 150}
    projects[0] |= {"contract_yuan": 300, "progress_pct": 100, **paid}
    projects[1] |= {"contract_yuan": 100, "paid_yuan": None, "progress_pct": 40}
    projects[2] |= {"contract_yuan": 50, "paid_yuan": 10, "progress_pct": 10, "status": "终止"}
    projects[120] |= {"in_pool": False}
    settled = {"balance_yuan": 0, "overdue_yuan": 0}
    issues = ["已完成"] * 20 + ["正在整改"] * 2 + ["已完成并长期坚持"] * 19
    return {
        "county": [
            {
                "has_prior": True,
                "opening_roll_pop": 105,
                "identified_pop": 5,
                "increase_pop": 2,
                "decrease_pop": 1,
                "cancelled_pop": 3,
                "deleted_pop": 1,
                "roll_pop": 106,
                "opening_roll_hh": 6,
                "identified_hh": 0,
                "roll_hh": 5,
                "opening_poor_pop": 25,
                "returned_pop": 4,
                "exited_pop": 2,
                "poor_increase_pop": 0,
                "poor_decrease_pop": 1,
                "poor_pop": 31,
                "opening_poor_hh": 3,
                "returned_hh": 0,
                "exited_hh": 0,
                "poor_hh": 2,
                "gone_hh": 1,
                "gone_poor_hh": 1,
            },
        ],
        "household": [
            *households,
            {"household_code": "out1", "period": "2019-12"},
            {"household_code": "out3", "is_still_poor": None, "period": "2019-12"},
            {"household_code": "poor1", "is_still_poor": True, "period": "2019-12"},
        ],
        "person": [
            *persons,
            *people("o", "out1", 77, period="2019-12"),
            *people("u", "out3", 3, period="2019-12"),
            *people("q", "poor1", 25, period="2019-12"),
        ],
        "village": [
            {"total_pop": 500_000},
            {"total_pop": 16_775},
            {"total_pop": 9, "is_first": False},
        ],
        "reported": [
            {"indicator": "out_prev", "base_value": 4},
            {"indicator": "rural_pop", "base_value": 1},
        ],
        "allocation": [
            {"allocated_yuan": Decimal("173404600"), "doc_no": "D1"},
            {"allocated_yuan": Decimal("5000"), "doc_no": "D0", "is_this_budget": False},
        ],
        "payment": [
            {"amount_yuan": Decimal("78510100")},
            {"amount_yuan": Decimal("100"), "pay_kind": "退回冲销"},
            {"amount_yuan": Decimal("777"), "doc_no": "D0"},
        ],
        "project": projects,
        "spell": spells,
        "loan": [
            {"household_code": "out1", "amount_yuan": 50_000, **settled},
            {
                "household_code": "out1",
                "amount_yuan": 40_000,
                "balance_yuan": 40_000,
                "overdue_yuan": 1_000,
            },
            {"household_code": "out2", "amount_yuan": 30_000, **settled, "balance_yuan": 10_000},
            {"household_code": "out2", "amount_yuan": 30_000, **settled, "is_renewal": True},
        ],
        "monitoring": [
            {"household_code": "out1", "risk_eliminated": True, "identified_on": "2020-02-01"},
            {"household_code": "out1", "risk_eliminated": False, "identified_on": "2019-02-01"},
            {"household_code": "out2"},
            {"household_code": "edge", "monitor_type": "边缘易致贫户", "risk_eliminated": True},
        ],
        "helper": [
            {"household_code": "poor1"},
            {"household_code": "edge"},
            {"household_code": "out1", "is_active": False},
        ],
        "living": [
            {"household_code": "poor1", "is_dangerous": False, "drink_safe": True, "water_l": 20},
            {"household_code": "poor2", "is_dangerous": True, "dangerous_grade": "D"},
            {
                "household_code": "out1",
                "dangerous_grade": "B",
                "drink_safe": True,
                "fetch_min": 21,
            },
            {"household_code": "out2", "is_dangerous": False, "drink_safe": False},
        ],
        "issue": [{"status": status} for status in issues],
        "filing": [*filings(prior_period="2019-12")],
        "threshold": thresholds(HERE),
        "submission": [{"submission_id": "s1", "is_sample": True}],
        "current_delivery": [{"submission_id": "s1"}],
        "rule": [
            {"rule_id": "H003", "effect": "hold", "holds": ["i_inc10", "i_inc1"]},
            {"rule_id": "H001", "effect": "hold", "holds": ["i_inc10"]},
            {"rule_id": "M050", "effect": "hold", "holds": ["i_mon1"]},
        ],
        "finding": [
            finding("1", "H003", "open", "hold"),
            finding("2", "H003", "reopened", "hold"),
            finding("3", "H001", "open", "hold"),
            finding("4", "M050", "waived", "hold"),
            finding("5", "P001", "open", "explain", household_code="out1"),
            finding("6", "P002", "open", "explain", household_code="out1"),
            finding("7", "P002", "waived", "explain", household_code="out2"),
            finding("8", "P002", "open", "explain", household_code="edge"),
        ],
    }


def thresholds(county: str) -> list[dict[str, Any]]:
    """Every threshold, from 2018 on."""
    return [
        {"county_code": county, "kind": kind, "value": value} for kind, value in THRESHOLDS.items()
    ]


def county_with_gaps() -> dict[str, list[dict[str, Any]]]:
    """A county that left one amount of each ledger blank, and where work and school are mixed."""
    here = {"county_code": GAPS}
    worker = {"labor_ability": "普通劳动力"}
    spells = [
        # Two jobs of 3 and 4 months, of 3 and 3; a year long over; two at the same time.
        {"person_code": "two", "start_month": "2019-12-01", "end_month": "2020-02-01"},
        {"person_code": "two", "start_month": "2020-03-01"},
        {"person_code": "more", "start_month": "2019-12-01", "end_month": "2020-02-01"},
        {"person_code": "more", "start_month": "2020-04-01"},
        {"person_code": "old", "start_month": "2018-01-01", "end_month": "2018-12-01"},
        {"person_code": "same", "start_month": "2020-03-01"},
        {"person_code": "same", "start_month": "2020-03-01", "end_month": "2020-05-01"},
    ]
    project = {"contract_yuan": 100, "progress_pct": 50, "has_payments": True}
    rows: dict[str, list[dict[str, Any]]] = {
        "household": [{"household_code": person} for person in ("two", "more", "old", "same")],
        "person": [
            {"person_code": "two", "household_code": "two", **worker},
            {"person_code": "more", "household_code": "more", **worker},
            {"person_code": "old", "household_code": "old", **worker},
            {"person_code": "same", "household_code": "same", **worker},
            {"person_code": "k1", "household_code": "old", "school_age": 14, "education": "初中"},
            {"person_code": "k2", "household_code": "old", "school_age": 15, "education": "初中"},
        ],
        "spell": spells,
        "village": [{"total_pop": 100}, {"total_pop": None}],
        "reported": [
            {"indicator": "rural_pop", "base_value": 5},
            {"indicator": "out_prev", "base_value": 7},
        ],
        "allocation": [{"allocated_yuan": 100}, {"allocated_yuan": None}],
        "payment": [{"amount_yuan": 10}, {"amount_yuan": None}],
        "project": [
            {**project, "paid_yuan": 10, "budget_yuan": 100},
            {**project, "paid_yuan": None, "budget_yuan": None},
        ],
        "loan": [
            {"household_code": "two", "amount_yuan": 5, "balance_yuan": 5, "overdue_yuan": 1},
            {"household_code": "old"},
        ],
    }
    county = bare_county(GAPS, "2020-06", ALL_TABLES)
    # Work alone was filed the year before: nobody's count.
    year_before = bare_county(GAPS, "2019-12", ["emp"])
    return {
        **{table: [{**row, **here} for row in added] for table, added in rows.items()},
        "county": [*county["county"], *year_before["county"]],
        "filing": [*county["filing"], *year_before["filing"]],
        "threshold": thresholds(GAPS),
    }


def finding(number: str, rule: str, status: str, effect: str, **more: Any) -> dict[str, Any]:
    return {
        "finding_id": number,
        "rule_id": rule,
        "county_code": HERE,
        "period": "2020-06",
        "severity": "error",
        "effect": effect,
        "status": status,
        **more,
    }


def bare_county(code: str, period: str, tables: list[str], **more: Any) -> dict[str, list[dict]]:
    """A county that filed some tables and nothing in them that counts."""
    return {
        "county": [{"county_code": code, "period": period, **more}],
        "filing": [{**row, "county_code": code} for row in filings(period, tables)],
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Home:
    home = with_parse(Home(tmp_path_factory.mktemp("indicators")), parsed_project)
    rows = report_rows()
    last_year = {"county_code": "990102", "period": "2019-12"}
    this_year = {"county_code": "990102", "period": "2020-06"}
    for more in (
        county_with_gaps(),
        bare_county(CITY, "2020-06", ["agg"]),
        bare_county("990102", "2019-12", ["hh", "p", "emp"]),
        bare_county("990102", "2020-06", ["hh", "p", "emp", "prj", "loan", "mon"]),
        {
            "household": [{"household_code": "x", **when} for when in (last_year, this_year)],
            "person": [
                {"household_code": "x", "person_code": f"x{n}", **when}
                for when in (last_year, this_year)
                for n in range(3)
            ],
            "spell": [
                *({"person_code": f"x{n}", **last_year} for n in range(2)),
                *({"person_code": f"x{n}", **this_year} for n in range(3)),
            ],
            "loan": [{"household_code": "x", "is_renewal": True, "amount_yuan": 5, **this_year}],
            "reported": [{"indicator": "rural_pop", "base_value": 100, **this_year}],
            # A trial delivery that a real one has replaced.
            "submission": [
                {"submission_id": "s2", "is_sample": True, **this_year},
                {"submission_id": "s3", "is_sample": False, **this_year},
            ],
            "current_delivery": [{"submission_id": "s3", **this_year}],
        },
    ):
        for table, added in more.items():
            rows[table] = [*rows.get(table, []), *added]
    make_build_database(home, rows)
    invoke(home, ["run", "--select", "tag:indicators"], "指标")
    return home


@pytest.mark.parametrize("model", sorted(path.stem for path in FOLDER.glob("*.sql")))
def test_examples_of_indicators_run_the_sql_that_dbt_runs(home: Home, model: str) -> None:
    """Lint and examples render the models without dbt: the same SQL, but for where tables stand."""
    (compiled,) = home.dbt_target.glob(f"compiled/**/{model}.sql")
    with bench_database() as connection:
        models = Models(connection, macro_data(read_indicators()))
        ours = models.sql(model).split()
    bare = re.sub(r'"\w+"\."(\w+)"\."(\w+)"', r"\1.\2", compiled.read_text(encoding="utf-8"))
    assert ours == bare.split()


Figures = dict[tuple[str, str, str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def figures(home: Home) -> Figures:
    with read_only(home.build_db) as connection:
        found = connection.execute("select * from indicators.gate_candidate")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {
        (row["region_code"], row["period"], row["indicator_code"], row["breakdown"]): row
        for row in rows
    }


def test_a_city_that_files_its_totals_is_no_county(figures: Figures) -> None:
    """Its figures are its counties' sums: one of its own would stand twice in the publication."""
    assert {region for region, *_ in figures} == {HERE, GAPS, "990102"}


@pytest.mark.parametrize(
    ("code", "breakdown", "numerator", "denominator"),
    [
        ("i_inc1", "", 62, 516_775),
        ("i_inc9", "", 4, 77),
        ("i_inc10", "", 36, 101),
        ("i_inc10", "count=households", 2, 5),
        ("i_inc11", "cause=01", 90, 101),
        ("i_inc11", "cause=03", 6, 101),
        ("i_inc11", "cause=99", 0, 101),
        ("i_inc11", "cause=01;count=households", 2, 5),
        ("i_inc15", "", 107, 106),
        ("i_inc15", "count=households", 5, 5),
        ("i_inc15", "identity=stock", 31, 31),
        ("i_inc15", "count=households;identity=stock", 2, 2),
        ("i_fund1", "", 78_510_000, 173_404_600),
        ("i_fund10", "", 173_404_600, 119_000),
        ("i_fund11", "", "37.5", 85),
        ("i_prj1", "", 79, 121),
        ("i_prj1", "level=township", 79, 89),
        ("i_prj1", "level=direct", 0, 32),
        ("i_prj2", "level=township", 60, 89),
        ("i_prj3", "level=township", 30, 60),
        ("i_emp1", "", 2, 4),
        ("i_emp3", "", 1, 2),
        ("i_emp4", "", 1, 2),
        ("i_loan1", "", 2, 5),
        ("i_loan2", "", 1_000, 50_000),
        ("i_loan5", "", 120_000, 2),
        ("i_med1", "", 62, 100),
        ("i_hou1", "", 3, 5),
        ("i_water1", "", 1, 5),
        ("i_edu1", "", 33, 38),
        ("i_mon1", "", 34, 40),
        ("i_mon1", "count=households", 2, 3),
        ("i_mon1", "type=unstable", 30, 36),
        ("i_mon1", "type=sudden", 0, 0),
        ("i_mon1", "count=households;type=edge", 1, 1),
        ("i_hlp1", "", 2, 6),
        ("i_rec1", "", 39, 41),
        ("i_rec1", "reading=strict", 20, 41),
        ("i_dq1", "", 1, 5),
    ],
)
def test_terms(
    figures: Figures, code: str, breakdown: str, numerator: object, denominator: object
) -> None:
    row = figures[HERE, "2020-06", code, breakdown]
    assert (row["numerator"], row["denominator"]) == (
        Decimal(str(numerator)),
        Decimal(str(denominator)),
    )
    assert row["n_missing_tables"] == 0
    assert row["n_unknown_terms"] == 0


@pytest.mark.parametrize(
    ("code", "breakdown", "value"),
    [
        ("i_inc1", "", 100 * 62 / 516_775),
        ("i_fund1", "", 100 * 78_510_000 / 173_404_600),
        ("i_prj1", "level=township", 100 * 79 / 89),
        ("i_loan5", "", 60_000.0),
        ("i_inc15", "", 1.0),
        ("i_fund11", "", -47.5),
        ("i_mon1", "type=sudden", None),
    ],
)
def test_value_follows_kind_and_factor(
    figures: Figures, code: str, breakdown: str, value: float | None
) -> None:
    assert figures[HERE, "2020-06", code, breakdown]["value"] == value


def test_shares_have_no_plain_figure(figures: Figures) -> None:
    assert (HERE, "2020-06", "i_inc11", "") not in figures


def test_every_indicator_of_the_issue_is_there(figures: Figures) -> None:
    wanted = [
        "i_inc1",
        "i_inc9",
        "i_inc10",
        "i_inc11",
        "i_inc15",
        "i_fund1",
        "i_fund10",
        "i_fund11",
        "i_prj1",
        "i_prj2",
        "i_prj3",
        "i_emp1",
        "i_emp3",
        "i_emp4",
        "i_loan1",
        "i_loan2",
        "i_loan5",
        "i_med1",
        "i_hou1",
        "i_water1",
        "i_edu1",
        "i_mon1",
        "i_hlp1",
        "i_rec1",
        "i_dq1",
    ]
    assert {code for _, _, code, _ in figures} >= set(wanted)


def test_prior_year_filing_comes_before_the_reported_count(figures: Figures) -> None:
    row = figures["990102", "2020-06", "i_emp1", ""]
    assert (row["numerator"], row["denominator"]) == (3, 2)


def test_reported_rural_population_stands_in_for_villages(figures: Figures) -> None:
    assert figures["990102", "2020-06", "i_inc1", ""]["denominator"] == 100


def test_what_was_not_filed_is_missing_not_zero(figures: Figures) -> None:
    row = figures["990102", "2020-06", "i_fund1", ""]
    assert (row["numerator"], row["denominator"], row["value"]) == (None, None, None)
    assert (row["n_missing_tables"], row["missing_tables"]) == (2, "fa,fp")


def test_no_prior_filing_leaves_a_term_unknown(figures: Figures) -> None:
    assert figures["990102", "2019-12", "i_inc9", ""]["n_unknown_terms"] == 2


def test_filed_and_nothing_counted_is_zero(figures: Figures) -> None:
    assert figures["990102", "2020-06", "i_prj1", ""]["denominator"] == 0
    assert figures["990102", "2020-06", "i_loan5", ""]["numerator"] == 0
    assert figures["990102", "2020-06", "i_mon1", ""]["n_unknown_terms"] == 0
    assert figures["990102", "2020-06", "i_fund11", ""]["n_missing_tables"] == 1


def test_amounts_that_are_all_blank_are_unknown(figures: Figures) -> None:
    assert figures["990102", "2020-06", "i_loan2", ""]["n_unknown_terms"] == 2


@pytest.mark.parametrize(
    ("code", "unknown"),
    [
        ("i_inc1", ["denominator"]),
        ("i_fund1", ["numerator", "denominator"]),
        ("i_fund10", ["numerator", "denominator"]),
        ("i_fund11", ["numerator"]),
        ("i_loan2", ["numerator", "denominator"]),
        ("i_loan5", ["numerator"]),
    ],
)
def test_one_blank_amount_makes_the_sum_unknown(
    figures: Figures, code: str, unknown: list[str]
) -> None:
    row = figures[GAPS, "2020-06", code, ""]
    assert [term for term in ("numerator", "denominator") if row[term] is None] == unknown
    assert (row["n_unknown_terms"], row["value"]) == (len(unknown), None)


def test_a_count_of_the_year_before_needs_the_roll(figures: Figures) -> None:
    assert figures[GAPS, "2020-06", "i_emp1", ""]["denominator"] == 7


def test_months_of_all_jobs_in_the_window_add_up_once(figures: Figures) -> None:
    row = figures[GAPS, "2020-06", "i_emp4", ""]
    assert (row["numerator"], row["denominator"]) == (2, 4)


def test_junior_school_is_completed_at_the_end_of_school_age(figures: Figures) -> None:
    row = figures[GAPS, "2020-06", "i_edu1", ""]
    assert (row["numerator"], row["denominator"]) == (1, 2)


def test_open_findings_of_holding_rules_are_counted(figures: Figures) -> None:
    row = figures[HERE, "2020-06", "i_inc10", "count=households"]
    assert (row["n_open_hold_findings"], row["hold_rule_ids"]) == (3, "H001,H003")
    assert figures[HERE, "2020-06", "i_inc1", ""]["hold_rule_ids"] == "H003"


def test_a_waived_finding_holds_nothing(figures: Figures) -> None:
    assert figures[HERE, "2020-06", "i_mon1", ""]["n_open_hold_findings"] == 0


def test_sample_deliveries_mark_their_figures(figures: Figures) -> None:
    assert figures[HERE, "2020-06", "i_inc1", ""]["is_sample"]
    assert not figures["990102", "2020-06", "i_inc1", ""]["is_sample"]


def test_names_of_a_breakdown_stand_in_order(figures: Figures) -> None:
    for _, _, _, breakdown in figures:
        names = [part.split("=")[0] for part in breakdown.split(";")]
        assert names == sorted(names)


def test_models_read_only_record_views_and_no_clock() -> None:
    """The definitions must not hide a clock: the same filings give the same figures."""
    project = Path(__file__).parents[2] / "dbt_project"
    for path in [*project.glob("macros/indicators/*.sql"), *project.glob("models/ind*/*.sql")]:
        text = path.read_text(encoding="utf-8").lower()
        assert "current_date" not in text and "now()" not in text, path


# The names of breakdowns are seeds, which these hand-made tables do not have.
PUBLISH = ["build", "--select", "tag:publication", "test_type:unit,tag:indicators"]
PUBLISH += ["--exclude", "dim_breakdown"]


def test_gate_and_publication_models_with_their_unit_and_data_tests(home: Home) -> None:
    """What passes the gate is published as vintage 1, what does not is held with its reason."""
    run_gate(home)
    invoke(home, [*PUBLISH], "发布")
    with read_only(home.build_db) as connection:
        found = connection.execute(
            "select indicator_code, numerator, denominator, value, status, vintage, is_current, "
            "is_sample, reason_zh from main.fct_indicator where region_code = ? "
            "and period = '2020-06' and breakdown = '' and indicator_code in ('i_inc1', 'i_fund1') "
            "order by 1",
            [HERE],
        ).fetchall()
        sudden = connection.execute(
            "select count(*) from main.fct_indicator where breakdown like '%type=sudden%' "
            "and region_code = ?",
            [HERE],
        ).fetchone()
    reason = "有2条未处理的疑点(规则H003),更正或豁免后发布"
    rate = 100 * 78_510_000 / 173_404_600
    assert found == [
        ("i_fund1", 78_510_000, 173_404_600, rate, "published", 1, True, True, None),
        ("i_inc1", None, None, None, "held", 1, True, True, reason),
    ]
    assert sudden == (0,)
