"""Nothing that leads to somebody is in the published file, in its tables or in its bytes."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import polars as pl
import pytest
from built_nights import make_night, seen

from pipelines.core.dictionary import dictionary
from pipelines.core.privacy import HIDDEN, Names, Prefixes
from pipelines.core.settings import Home
from pipelines.s7_published import publish
from pipelines.s7_published.cleaning import Cleaner
from pipelines.s7_published.contract import CLEANED, public_tables

# Of the right shape, of nobody: area 990101.
ID, ID15, MOBILE, CARD = (
    "990101198001010011",
    "990101800101001",
    "13800001111",
    "6222020000000000000",
)
NAME, VILLAGER = "欧阳无双", "高山"
PLANTED = [
    ID,
    f"{ID[:6]} {ID[6:14]} {ID[14:]}",
    f"{ID[:6]}********{ID[-4:]}",
    ID15,
    f"+86{MOBILE}",
    "138-0000-1111",
    "0716-7212345",
    CARD,
    NAME,
    f"{NAME}({ID})",
    "９９０１０１１９８００１０１００１１",
]
KEY_FORM = re.compile(re.escape(HIDDEN) + "[0-9a-f]{12}")


@pytest.fixture
def cleaner() -> Cleaner:
    return Cleaner(Names([NAME, VILLAGER]), Prefixes({"990101", "130226"}), b"key")


def cleaned(cleaner: Cleaner, kind: str, *values: str | None) -> list[str | None]:
    return cleaner.clean(kind, pl.Series(values, dtype=pl.String)).to_list()


@pytest.mark.parametrize("kind", CLEANED)
@pytest.mark.parametrize("planted", PLANTED)
def test_what_was_planted_leaves_by_no_kind_of_column(
    cleaner: Cleaner, kind: str, planted: str
) -> None:
    for value in (planted, f"见{planted}", f"{planted}的表.xlsx"):
        (left,) = cleaned(cleaner, kind, value)
        assert left is None or not re.search("[0-9０-９]{3}|欧阳|无双", KEY_FORM.sub("", left)), (
            left
        )


LAWFUL = {
    "key": [
        "exit_path",
        "9901000045",
        "990101101201",
        "13022600123",
        "9901012019P0001",
        "样A990101",
        "样B101报废0",
        "记-0012",
        "样例财农〔2019〕1号",
        "D9901000003",
        "08",
        "2020-06-1",
        "cause_share_01",
    ],
    "label": ["因病", "男", "制造业", "义务教育"],
    "label_key": ["cause_share", "paid_town"],
    "name": [
        "2019年样例2村通组公路硬化项目1",
        "样例农村商业银行",
        "高山村道路硬化",
        "大排查",
        "样例1镇",
    ],
    "place": ["高山村", "高山镇", "示例一县", "8组", "广东省"],
    "file": ["家庭成员.xlsx", "建档立卡户_20200630.xlsx", "资金拨付、支付台账", "高山村.xlsx"],
    "message": ["该户(或其成员)登记的电话共有2户在用。", "主要致贫原因填“因病”,但户内2人为健康。"],
    "value": [
        "2019年11月",
        "201911",
        "12.5%",
        "约1.4万",
        "小学三年级",
        "是",
        "9901000045",
        "健康,长期慢性病",
    ],
    "cell": [
        "2540",
        "健康,长期慢性病",
        "某",
        "1966****",
        "*******1111",
        "示例村",
        "2020-06-30",
        "否",
    ],
    "printed": ["24", "约1.4万", "0.8%", "1,234.50", "—"],
}


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, vs in LAWFUL.items() for v in vs])
def test_what_is_of_its_kind_stands(cleaner: Cleaner, kind: str, value: str) -> None:
    assert cleaned(cleaner, kind, value, "", None) == [value, "", None]


@pytest.mark.parametrize(
    ("kind", "value", "left"),
    [
        ("label", "给儿子娶媳妇", HIDDEN),
        ("name", VILLAGER, HIDDEN),
        ("place", VILLAGER, HIDDEN),
        ("value", "村里说没有这回事", HIDDEN),
        ("value", "某", HIDDEN),
        ("value", "*******1111", HIDDEN),
        ("cell", "**********", None),
        ("cell", f"{ID[:6]}********{ID[-4:]}", None),
        ("cell", "村里说没有这回事", HIDDEN),
        ("printed", "问过会计了", HIDDEN),
        ("message", f"证件号码为{ID},与{NAME}的相同。", "证件号码为〔未公开〕,与某的相同。"),
    ],
)
def test_what_is_not_shown_to_be_of_its_kind_is_hidden(
    cleaner: Cleaner, kind: str, value: str, left: str | None
) -> None:
    assert cleaned(cleaner, kind, value) == [left]


@pytest.mark.parametrize("value", [ID, "修路的那一户", "李某某户", NAME])
def test_a_hidden_key_still_joins(cleaner: Cleaner, value: str) -> None:
    (first,) = cleaned(cleaner, "key", value)
    assert first is not None and KEY_FORM.fullmatch(first)
    assert cleaned(cleaner, "key", "9901000045", value) == ["9901000045", first]
    assert cleaned(Cleaner(Names([]), Prefixes(), b"other"), "key", ID) != [first]


def test_sensitive_columns_are_declared_nowhere() -> None:
    columns = [column for table in dictionary().tables.values() for column in table.columns]
    sensitive = {column.name for column in columns if column.sensitive}
    public = {column.name for column in columns if not column.sensitive}
    declared = {
        f"{table}.{name}"
        for table, one in public_tables().items()
        for name in one.kinds
        if name in sensitive - public
    }
    assert declared == set()
    # ``name`` is a project's in one table, a person's in others.
    assert [t for t, one in public_tables().items() if "name" in one.kinds] == ["fct_project"]


ROWS = 20_001
MANY = f"from range({ROWS}) as t(n)"


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A publication of many rows that had planted values in every kind of column."""
    home = Home(tmp_path_factory.mktemp("planted"))
    folder = home.ingested / "990101-2020-06-v1" / "tables"
    folder.mkdir(parents=True)
    pl.DataFrame({"name": [NAME, "司徒不凡"]}).write_parquet(folder / "p.parquet")
    number = "'990101' || (19400101 + n % 28) || lpad((n % 10000)::varchar, 4, '0')"
    make_night(
        home,
        1,
        f"""create table main.fct_loan as select '990101' as county_code, '2020-06' as period,
            'L' || n as loan_no, case when n % 3 = 0 then {number} else 'H' || n end
            as household_code, '{NAME}信用社' as bank, '还欠{NAME}的钱' as purpose,
            13800000000 + n as amount_yuan, n::decimal(20, 6) as balance_yuan,
            '贷款{NAME}.xlsx' as source_file, 'S' as source_sheet, n as source_row {MANY}""",
        f"""create table main.fct_monitoring as select case when n % 3 = 0 then {number}
            else 'H' || n end as household_code, ['因病', {number}] as risks,
            '司徒不凡说' || {number} as risk_note {MANY}""",
        f"""create table main.dim_household as select '990101' as county_code,
            case when n % 3 = 0 then {number} else 'H' || n end as household_code,
            '990101-' || case when n % 3 = 0 then {number} else 'H' || n end || '-2020-06-30'
            as household_key {MANY}""",
        f"""insert into findings.fct_finding (finding_id, rule_id, message_zh, masked_id, cells)
            select 'F' || n, 'P001', '证件号码为' || {number} || ',电话{MOBILE}。',
            '990101********0011', [{{'file': '{NAME}.xlsx', 'sheet': 'S', 'row': n,
            'column': '证件号码', 'value': '990101********' || right({number}, 4)}},
            {{'file': 'a.xlsx', 'sheet': 'S', 'row': n, 'column': '备注', 'value': {number}}}]
            {MANY}""",
    )

    publish(home, catalogue_version="c1", fingerprint="f1")
    return home


def every_byte(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def every_value(home: Home) -> str:
    """Every row of the published file and of its Parquet tables, as JSON."""
    rows: list[tuple[str]] = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.published_db}' as published (read_only)")
        tables = connection.execute(
            "select '\"' || schema_name || '\".\"' || table_name || '\"' from duckdb_tables() "
            "where database_name = 'published'"
        ).fetchall()
        sources = [f"published.{table}" for (table,) in tables]
        sources += [f"'{path}'" for path in home.parquet.glob("1/*.parquet")]
        for source in sources:
            rows += connection.execute(f"select to_json(t)::varchar from {source} as t").fetchall()
    return "\n".join(row for (row,) in rows)


def test_planted_values_are_in_no_byte_and_no_value_of_what_is_published(planted: Home) -> None:
    values = every_value(planted)
    assert values.count('"H7"') >= 3  # the rows are there to be searched
    raw = every_byte(planted.published) + b"\0" + values.encode()
    for value in (NAME, "司徒不凡", MOBILE):
        assert value.encode() not in raw
    assert not re.search(rb"990101194001(?:0[1-9]|[12][0-9])[0-9]{3}", raw)
    # Bytes of a compressed column may put a run of one byte behind an area: in raw bytes only
    # the whole masked form counts, in values any part of it.
    assert not re.search(rb"990101\*{8}[0-9]{3}[0-9Xx]", raw)
    assert not re.search(r"990101\*{4,}", values)


def test_keys_join_and_stay_unique_where_they_held_a_number(planted: Home) -> None:
    assert seen(
        planted,
        f"select count(*), count(distinct household_code), "
        f"count(*) filter (household_code like '{HIDDEN}%') from dim_household",
    ) == [(ROWS, ROWS, ROWS // 3)]
    for table in ("fct_loan", "fct_monitoring"):
        query = f"select count(*) from {table} join dim_household using (household_code)"
        assert seen(planted, query) == [(ROWS,)]
    assert seen(
        planted,
        "select count(*) from dim_household "
        "where household_key <> county_code || '-' || household_code || '-2020-06-30'",
    ) == [(0,)]


def test_every_other_value_leaves_as_it_was(planted: Home) -> None:
    assert seen(
        planted,
        "select loan_no, household_code, bank, purpose, amount_yuan, balance_yuan, "
        f"replace(source_file, '{HIDDEN}', '')[13:], source_row from fct_loan where source_row = 7",
    ) == [("L7", "H7", HIDDEN, HIDDEN, None, 7, "", 7)]
    assert seen(
        planted, "select risks, risk_note from fct_monitoring where household_code = 'H7'"
    ) == [(["因病", HIDDEN], HIDDEN)]
    message, cells = seen(
        planted, "select message_zh, cells from fct_finding where finding_id = 'F7'"
    )[0]
    assert message == "证件号码为〔未公开〕,电话〔未公开〕。"
    assert [(c["row"], c["column"], c["value"]) for c in cells] == [
        (7, "证件号码", None),
        (7, "备注", None),
    ]
    assert seen(planted, "select cells from fct_finding where finding_id = '1'") == [([],)]
