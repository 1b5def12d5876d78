"""The compiled rule language against a naive evaluator of three-valued logic."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.s4_findings.authoring.examples import CODES, COUNTY, Bench, empty_database
from pipelines.s4_findings.authoring.thresholds import fill_thresholds
from pipelines.s4_findings.catalogue import load_catalogue
from pipelines.s4_findings.language.expression import ExpressionError, Needs
from pipelines.s4_findings.language.message import MACROS as MESSAGE_MACROS
from pipelines.s4_findings.language.message import compile_template
from pipelines.s4_findings.language.records import Link, Record, Records
from pipelines.s4_findings.language.wide import Wide
from pipelines.s4_findings.outcomes import code_sql, wide_sql

BOOLS = (True, False, None)


def record(name: str, **more: Any) -> Record:
    base: dict[str, Any] = {
        "name": name, "title_zh": name, "schema": "records",
        "relation": f"rec_{name}", "table": None, "where": None,
        "key": ("code",), "entity": {}, "object": None, "cell_header": None, "masked_id": None,
        "prior": (), "joins": {}, "children": {}, "reads": {}, "sensitive": {}, "example": {},
    }  # fmt: skip
    return Record(**(base | more))


def toy() -> Records:
    child = Link("child", "child", (("code", "parent"),))
    parent = record(
        "parent",
        children={"child": child},
        joins={"first": Link("first", "child", (("code", "parent"),))},
        prior=("code",),
    )
    columns = {
        "rec_parent": {"code": "VARCHAR", "a": "BOOLEAN", "n": "BIGINT", "tags": "VARCHAR[]"},
        "rec_child": {"parent": "VARCHAR", "ok": "BOOLEAN", "v": "BIGINT"},
    }
    return Records({"parent": parent, "child": record("child")}, columns)


def database(records: Records) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA records")
    for name, rec in records.by_name.items():
        columns = ", ".join(f'"{c}" {t}' for c, t in records.columns(name).items())
        connection.execute(f"CREATE TABLE records.{rec.relation} ({columns})")
    connection.execute(
        "CREATE TABLE records.rec_filing (county_code VARCHAR, period VARCHAR, table_name VARCHAR,"
        " n_rows BIGINT, prior_period VARCHAR);"
        "CREATE TABLE records.rec_threshold (county_code VARCHAR, kind VARCHAR,"
        " valid_from DATE, valid_to DATE, value DOUBLE)"
    )
    connection.execute(MESSAGE_MACROS)
    return connection


def insert(connection: duckdb.DuckDBPyConnection, table: str, **values: Any) -> None:
    values = {"county_code": "990101", "period": "2020-06", "is_first": True} | values
    names = ", ".join(f'"{n}"' for n in values)
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))


def ask(
    connection: duckdb.DuckDBPyConnection, records: Records, *expressions: str
) -> tuple[Any, ...]:
    wide = Wide(records, records["parent"], ("cap",))
    compiled = [wide.compile(text).sql for text in expressions]
    connection.execute(wide.create_sql("wide"))
    row = connection.execute(f"SELECT {', '.join(compiled)} FROM wide").fetchone()
    assert row is not None
    return row


def naive_any(values: list[bool | None]) -> bool | None:
    if True in values:
        return True
    return None if None in values else False


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(BOOLS), st.none() | st.integers(-5, 5)), max_size=5))
def test_children_are_three_valued(rows: list[tuple[bool | None, int | None]]) -> None:
    records = toy()
    with database(records) as connection:
        insert(connection, "records.rec_parent", code="p", record_id=1)
        for number, (ok, v) in enumerate(rows):
            insert(
                connection, "records.rec_child", parent="p", ok=ok, v=v,
                row_no=number, record_id=number,
            )  # fmt: skip
        insert(connection, "records.rec_child", parent="other", ok=True, v=9, row_no=99)
        got = ask(
            connection, records, "any_child(ok)", "every_child(ok)", "count_childs(ok)",
            "sum_child(v, ok)", "max_child(v, ok)",
        )  # fmt: skip
    oks = [ok for ok, _ in rows]
    negated = naive_any([None if ok is None else not ok for ok in oks])
    every = None if negated is None else not negated
    count = None if None in oks else oks.count(True)
    counted = [v for ok, v in rows if ok]
    total = None if None in oks or None in counted else sum(v or 0 for v in counted)
    known = [v for v in counted if v is not None]
    assert got == (naive_any(oks), every, count, total, max(known, default=None))


@pytest.mark.parametrize(
    ("when", "must", "code"),
    [
        (False, False, 0), (False, None, 0), (False, True, 0),
        (True, True, 1), (True, False, 2), (True, None, 3),
        (None, True, 1), (None, False, 3), (None, None, 3),
    ],
)  # fmt: skip
def test_four_outcomes(when: bool | None, must: bool | None, code: int) -> None:
    class Part:
        def __init__(self, value: bool | None):
            self.sql = "NULL::BOOLEAN" if value is None else str(value)
            self.needs = Needs()

    class Stub:
        valid_from = valid_to = None

    class Compiled:
        pass

    compiled: Any = Compiled()
    compiled.when, compiled.must, compiled.rule = Part(when), Part(must), Stub()
    compiled.required_tables = compiled.required_links = []
    assert duckdb.sql(f"SELECT {code_sql(compiled)}").fetchone() == (code,)


def test_children_read_the_tables_that_their_keys_come_from() -> None:
    """Living conditions know their village from the household table: without it nobody is there."""
    by_village = Link("living", "living", (("code", "village_code"),))
    village = record("village", table="vil", children={"living": by_village})
    living = record("living", table="liv", reads={"village_code": ("hh",)})
    columns = {
        "rec_village": {"code": "VARCHAR"},
        "rec_living": {"village_code": "VARCHAR", "ok": "BOOLEAN"},
    }
    known = Records({"village": village, "living": living}, columns)
    assert Wide(known, village, ()).compile("any_living(ok)").needs.tables == {"liv", "hh"}


def test_joined_row_is_the_first_in_file_order_and_has_says_whether_there_is_one() -> None:
    records = toy()
    with database(records) as connection:
        insert(connection, "records.rec_parent", code="p", record_id=1)
        insert(connection, "records.rec_child", parent="p", v=2, row_no=2, record_id=2)
        insert(connection, "records.rec_child", parent="p", v=1, row_no=1, record_id=1)
        assert ask(connection, records, "first.v", "has(first)", "has(prior)") == (1, True, False)


def test_prior_is_the_row_of_the_last_filing_before() -> None:
    records = toy()
    parent = record("parent", table=None, prior=("code",))
    records.by_name["parent"] = parent
    with database(records) as connection:
        connection.execute(
            "INSERT INTO records.rec_filing VALUES ('990101', '2020-06', 'None', 1, '2019-12')"
        )
        insert(connection, "records.rec_parent", code="p", n=5, record_id=1)
        insert(
            connection, "records.rec_parent", code="p", n=4, record_id=2, period="2019-12", row_no=1
        )
        wide = Wide(records, parent, ())
        sql = wide.compile("n - prior.n").sql
        connection.execute(wide.create_sql("wide"))
        rows = connection.execute(f"SELECT {sql} FROM wide ORDER BY record_id").fetchall()
    assert rows == [(1,), (None,)]


def test_threshold_by_date_or_year() -> None:
    records = toy()
    with database(records) as connection:
        connection.execute(
            "INSERT INTO records.rec_threshold VALUES"
            " ('990101', 'cap', '2020-06-01', NULL, 7),"
            " ('990101', 'cap', '2019-12-01', '2020-05-31', 5)"
        )
        insert(connection, "records.rec_parent", code="p", n=2019, as_of="2020-06-30", record_id=1)
        asked = ("threshold('cap')", "threshold('cap', n)", "threshold('cap', n - 1)")
        assert ask(connection, records, *asked) == (7, 5, None)
        # A threshold without an end holds in years that nobody has filed yet, mistyped ones too.
        assert ask(connection, records, "threshold('cap', n + 80)") == (7,)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nosuch > 1", "no column nosuch"),
        ("second.v > 1", "joins no second"),
        ("first.nosuch", "no column nosuch"),
        ("any_child(nosuch)", "no column nosuch"),
        ("threshold('nosuch') > 1", "unknown threshold nosuch"),
        ("(select 1)", "subqueries"),
        ("a and", "not SQL"),
        ("a; drop table x", "expected one expression"),
    ],
)
def test_unknown_names_are_refused(text: str, says: str) -> None:
    records = toy()
    with pytest.raises(ExpressionError, match=says):
        Wide(records, records["parent"], ("cap",)).compile(text)


def test_lambda_variables_are_no_columns() -> None:
    records = toy()
    with database(records) as connection:
        insert(connection, "records.rec_parent", code="p", tags=["a", "bb"], record_id=1)
        text = "list_transform(tags, lambda x: length(x))"
        assert ask(connection, records, text) == ([1, 2],)


def test_messages_print_empty_yes_no_and_lists() -> None:
    records = toy()
    with database(records) as connection:
        insert(connection, "records.rec_parent", code="p", a=True, tags=["甲", "乙"], record_id=1)
        wide = Wide(records, records["parent"], ())
        template = compile_template(wide, "{a},{n},{tags},{1.50},{sum_child(v)}户")
        connection.execute(wide.create_sql("wide"))
        row = connection.execute(f"SELECT {template.sql} FROM wide").fetchone()
    assert row == ("是,空,甲、乙,1.5,0户",)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[true, null, false]", "是、空、否"),
        ("cast([] as boolean[])", "空"),
        ("true", "是"),
        ("['甲', '乙']", "甲、乙"),
        ("[[1, 2], [3]]", "1、2、3"),
        ("cast(null as varchar)", "空"),
    ],
)
def test_values_are_said_as_an_office_says_them(value: str, said: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(MESSAGE_MACROS)
        assert connection.execute(f"select zh({value})").fetchall() == [(said,)]


# --- columns that were not filed ----------------------------------------------------------------


def outcome(rule_id: str, example: dict[str, Any], *lacking: tuple[str, str]) -> str:
    """What a rule of the catalogue says of one record, some (table, column) not filed at all."""
    catalogue = load_catalogue()
    compiled = catalogue.by_id[rule_id]
    bench = Bench(catalogue.records)
    bench.add(compiled, example, "2020-06")
    with empty_database(catalogue.records) as connection:
        bench.fill(connection)
        for table, column in lacking:
            connection.execute(
                "INSERT INTO records.rec_absent_column VALUES (?, '2020-06', ?, ?)",
                [COUNTY, table, column],
            )
        connection.execute(wide_sql(catalogue, compiled.rule.record))
        (code,) = connection.execute(
            f"SELECT {code_sql(compiled)} FROM wide_{compiled.rule.record}"
        ).fetchall()
    return CODES[code[0]]


@pytest.mark.parametrize(
    ("rule_id", "example", "lacking"),
    [
        # x is not null
        ("H014", {"main_cause": None}, "main_cause"),
        # x is not null or x_text is not null, of a required cell
        ("V004", {"is_exited": True, "school_n": None}, "school_n"),
        # trim(coalesce(x, '')) <> '' among others that are filled
        (
            "E007",
            {
                "is_working": True, "monthly_wage": 3000, "industry": "建筑业", "is_p2p": True,
                "channel": "务工", "company": None,
            },
            "company",
        ),
        # case when x is null then … else …
        ("R019", {"indicator": "pop", "value": "5", "unit": None}, "unit"),
    ],
)  # fmt: skip
def test_an_empty_cell_is_judged_and_a_column_that_is_not_there_is_not(
    rule_id: str, example: dict[str, Any], lacking: str
) -> None:
    assert outcome(rule_id, example) == "fires"
    assert outcome(rule_id, {**example, "absent_columns": [lacking]}) == "undecidable"


def test_what_the_other_columns_decide_is_decided_without_the_missing_one() -> None:
    """Two wages that say no: one of them need not be there."""
    example = {"wage": -1, "business": 1, "property": 1, "transfer": 1, "business_cost": 1}
    assert outcome("I005", {**example, "absent_columns": ["dibao_amt"]}) == "fires"
    fine = {**example, "wage": 1, "absent_columns": ["dibao_amt"]}
    assert outcome("I005", fine) == "undecidable"


def test_rows_below_lack_the_columns_of_their_own_sheet() -> None:
    members = [{"has_critical_ins": None, "absent_columns": ["has_critical_ins"]}]
    household = {"exit_status": "已脱贫", "member": members, "monitoring": []}
    assert outcome("H032", household) == "undecidable"
    members[0]["absent_columns"] = None  # type: ignore[assignment]
    assert outcome("H032", household) == "fires"


def test_without_the_column_that_links_them_rows_are_not_looked_for() -> None:
    loan = {"household_code": None, "household": None}
    assert outcome("C004", loan) == "fires"
    assert outcome("C004", loan, ("loan", "household_code")) == "not applicable"
    roll = {"member_count": 3, "member": []}
    assert outcome("H003", roll, ("p", "household_code")) == "not applicable"
    assert outcome("H014", {"main_cause": None}, ("p", "household_code")) == "fires"


def test_a_derived_column_needs_the_columns_it_comes_from() -> None:
    """V031 counts persons of a village, whom only their household places there."""
    village = {"poor_hh": 0, "poor_pop": 3}
    assert outcome("V031", village) == "fires"
    assert outcome("V031", village, ("p", "household_code")) == "not applicable"


def test_only_of_columns_that_some_sheet_lacks_is_it_asked_whether_they_are_there() -> None:
    """It costs half of a night; on most nights nothing is missing."""
    records = load_catalogue().records
    sql = {
        lacking: Wide(
            records, records["household"], (), judges=True, lacking=frozenset(lacking)
        ).compile("main_cause is not null and any_member(phone is null)")
        for lacking in ((), (("hh", "main_cause"),), (("p", "household_code"),))
    }
    assert [text.sql.count("CASE") for text in sql.values()] == [
        sql[()].sql.count("CASE") + more for more in (0, 1, 0)
    ]
    assert [text.needs.links for text in sql.values()] == [set(), set(), {("p", "household_code")}]


def test_examples_take_the_thresholds_of_the_nearest_area() -> None:
    with empty_database(load_catalogue().records) as connection:
        fill_thresholds(connection, {"990101", "410102"})
        values = connection.execute(
            "SELECT county_code, value, valid_from, valid_to FROM records.rec_threshold"
            " WHERE kind = 'water_litres_min' ORDER BY county_code"
        ).fetchall()
    since = date(2010, 1, 1)
    assert values == [("410102", 40, since, None), ("990101", 20, since, None)]
