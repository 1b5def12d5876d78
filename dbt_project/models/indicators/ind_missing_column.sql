-- One row per county, period and figure that needs a column which a filed table lacks.
with

absent as (
    select * from {{ ref('rec_absent_column') }}
),

needs as (
    {% set nothing %}
    select
        '' as indicator_code,
        '' as breakdown,
        '' as table_name,
        '' as column_name,
        0 as position
    where false
    {% endset %}
    {% set statements = [nothing] %}
    {% for figure in indicator_figures() %}
    {% for column in figure.columns %}
    {% set statement %}
    select
        '{{ figure.code }}' as indicator_code,
        '{{ figure.breakdown }}' as breakdown,
        '{{ column.split('.')[0] }}' as table_name,
        '{{ column.split('.')[1] }}' as column_name,
        {{ loop.index }} as position
    {% endset %}
    {% do statements.append(statement) %}
    {% endfor %}
    {% endfor %}
    {{ statements | join('union all') }}
),

final as (
    select
        absent.county_code,
        absent.period,
        needs.indicator_code,
        needs.breakdown,
        count(*) as n_missing_columns,
        {{ joined("needs.table_name || '.' || needs.column_name", ',', 'needs.position') }} as missing_columns
    from absent
    inner join needs
        on
            absent.table_name = needs.table_name
            and absent.column_name = needs.column_name
    group by absent.county_code, absent.period, needs.indicator_code, needs.breakdown
)

select * from final
