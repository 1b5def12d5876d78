"""A published file and the publication before it, as small as a workbook or a message needs."""

import duckdb

from pipelines.core.settings import Home

COUNTY, PERIOD = "990101", "2020-06"
CELLS = """[{'file': '家庭成员.xlsx', 'sheet': '成员', 'row': 7, 'column': '健康状况',
            'value': '健康'}]"""


def publish(
    home: Home,
    findings: list[tuple[str, str]],
    *,
    vintage: int = 1,
    received_at: str = "2020-07-05T10:00:00+08:00",
    submitted_at: str = "2020-07-05T10:00:00+08:00",
    withdrawn_at: str | None = None,
) -> None:
    """Write a published file with the given (finding_id, status)."""
    home.published.mkdir(parents=True, exist_ok=True)
    home.published_db.unlink(missing_ok=True)
    with duckdb.connect(str(home.published_db)) as db:
        db.execute(
            f"""
            create table meta_refresh as select {vintage} as vintage,
                '{received_at}' as newest_received_at;
            create table dim_region as select '{COUNTY}' as region_code, '示例一县' as region_name,
                date '2014-01-01' as valid_from;
            create table dim_rule as select 'H017' as rule_id,
                '主要致贫原因为“因病”,但家中无患病成员' as title_zh;
            create table dim_indicator as select 'i_inc1' as indicator_code,
                '贫困发生率' as name_zh;
            create table dim_breakdown (breakdown varchar, breakdown_zh varchar,
                breakdown_en varchar);
            create table fct_indicator as select '{COUNTY}' as region_code, '{PERIOD}' as period,
                'i_inc1' as indicator_code, '' as breakdown, 1 as vintage, 'held' as status,
                '收入与脱贫标志矛盾' as reason_zh;
            create table fct_submission_column as select 'v1' as submission_id,
                '家庭成员.xlsx' as file, '成员' as sheet, '健康状况' as header,
                'K' as column_letter, 2 as first_row, 99 as last_row;
            create table fct_submission as select 'v1' as submission_id,
                '{COUNTY}' as county_code, '{PERIOD}' as period,
                '{submitted_at}' as received_at, true as is_sample,
                {f"'{withdrawn_at}'" if withdrawn_at else "cast(null as varchar)"} as withdrawn_at;
            create table fct_finding (finding_id varchar, rule_id varchar, county_code varchar,
                period varchar, grain varchar, household_code varchar, person_code varchar,
                object_code varchar, severity varchar, effect varchar, status varchar,
                message_zh varchar, advice_zh varchar, owner_zh varchar,
                cells struct(file varchar, sheet varchar, "row" bigint, "column" varchar,
                    "value" varchar)[],
                first_seen_on date, resolved_on date);
            """
        )
        for finding_id, status in findings:
            db.execute(
                f"""insert into fct_finding values (?, 'H017', '{COUNTY}', '{PERIOD}', 'household',
                '9901010001', '990101000101', null, 'error', 'hold', ?,
                '主要致贫原因填“因病”,但户内1人健康', '核实成员健康状况', '扶贫办', {CELLS},
                date '2020-07-05', null)""",
                [finding_id, status],
            )


def remember(
    home: Home,
    findings: list[tuple[str, str]],
    known: list[str] | None = None,
    withdrawn_at: str | None = None,
    vintage: int = 1,
) -> None:
    """Write the build database: the findings and deliveries that the publication before knew."""
    home.build_db.parent.mkdir(parents=True, exist_ok=True)
    home.build_db.unlink(missing_ok=True)
    with duckdb.connect(str(home.build_db)) as db:
        db.execute(
            f"""
            create schema history;
            create table history.meta_refresh as select {vintage} as vintage;
            create table history.fct_finding (finding_id varchar, status varchar);
            create table history.fct_submission (submission_id varchar, withdrawn_at varchar);
            """
        )
        for row in findings:
            db.execute("insert into history.fct_finding values (?, ?)", row)
        for submission_id in known or []:
            db.execute(
                "insert into history.fct_submission values (?, ?)", [submission_id, withdrawn_at]
            )
