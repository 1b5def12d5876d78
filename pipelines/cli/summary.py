"""The short table at the end of a refresh: what came, what was found, what may be read where."""

from __future__ import annotations

from pipelines.cli.table import show
from pipelines.cli.waiting import show_waiting
from pipelines.core.database import published_file, read_only
from pipelines.core.settings import Home

_INTAKE = """
select s.county_code, coalesce(r.name, ''), s.period, count(*) as deliveries,
    sum(s.rows_read), sum(s.rows_accepted), sum(s.rows_quarantined), sum(s.rows_ignored),
    coalesce(any_value(f.errors), 0), coalesce(any_value(f.warnings), 0),
    coalesce(any_value(i.published), 0), coalesce(any_value(i.held), 0)
from fct_submission as s
left join (
    select region_code, max_by(region_name, valid_from) as name from dim_region group by region_code
) as r on r.region_code = s.county_code
left join (
    select county_code, period, count(*) filter (severity = 'error') as errors,
        count(*) filter (severity = 'warn') as warnings
    from fct_finding where status in ('open', 'reopened') group by county_code, period
) as f on f.county_code = s.county_code and f.period = s.period
left join (
    select region_code, period, count(*) filter (status <> 'held') as published,
        count(*) filter (status = 'held') as held
    from (
        from fct_indicator
        qualify row_number() over (
            partition by region_code, period, indicator_code, breakdown order by vintage desc
        ) = 1
    ) where breakdown = '' group by region_code, period
) as i on i.region_code = s.county_code and i.period = s.period
group by s.county_code, r.name, s.period
order by s.county_code, s.period
"""

_IS_SAMPLE = "select coalesce(bool_or(is_sample), false) from fct_submission"


def show_summary(home: Home) -> None:
    """Print the table of what is published now, and where each result lies."""
    if not home.published_db.exists():
        print("还没有可发布的数据:请把报送放入 raw/inbox/<县码>/<期次>/。")
        return
    with published_file(home) as path, read_only(path) as connection:
        rows = connection.execute(_INTAKE).fetchall()
        sample = connection.execute(_IS_SAMPLE).fetchone()
    headers = ("县码", "县", "期次", "报送", "读取", "接受", "隔离", "忽略", "错误", "疑似",
               "发布指标", "暂缓指标")  # fmt: skip
    total = ("合计", "", "", *(sum(int(row[at_]) for row in rows) for at_ in range(3, 12)))
    title = "样例数据 | sample data" if sample and sample[0] else None
    show(headers, [*rows, total], title)
    places = (
        ("数据库(只读)", home.published_db),
        ("Parquet", home.parquet),
        ("回执与问题清单", home.reports),
        ("发布检查", home.gate_page),
    )
    for name, path in places:
        print(f"{name}:{path}")
    show_waiting(home)
