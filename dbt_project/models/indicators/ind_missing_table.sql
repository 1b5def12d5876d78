-- One row per county, period and figure that needs a table which the county did not file.
with

counties as (
    select * from {{ ref('rec_county') }}
),

filings as (
    select * from {{ ref('rec_filing') }}
),

needs as (
    {% for figure in indicator_figures() %}
    {% set figure_loop = loop %}
    {% for table in figure.tables %}
    {% if not (figure_loop.first and loop.first) %}union all{% endif %}

    select
        '{{ figure.code }}' as indicator_code,
        '{{ figure.breakdown }}' as breakdown,
        '{{ table }}' as table_name,
        {{ loop.index }} as position
    {% endfor %}
    {% endfor %}
),

final as (
    select
        counties.county_code,
        counties.period,
        needs.indicator_code,
        needs.breakdown,
        count(*) as n_missing_tables,
        {{ joined('needs.table_name', ',', 'needs.position') }} as missing_tables
    from counties
    cross join needs
    left join filings
        on
            counties.county_code = filings.county_code
            and counties.period = filings.period
            and needs.table_name = filings.table_name
    where filings.table_name is null
    group by counties.county_code, counties.period, needs.indicator_code, needs.breakdown
)

select * from final
