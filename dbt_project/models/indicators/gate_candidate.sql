-- One row per county, period, indicator and breakdown: what would be published, and all that the
-- gate looks at to decide whether it may be.
with

-- A city that files its own totals (rule Y007) is no county: its figures are its counties' sums.
counties as (
    select * from {{ ref('rec_county') }}
    where right(county_code, 2) <> '00'
),

definitions as (
    select * from {{ ref('ind_definition') }}
),

breakdowns as (
    {% for figure in indicator_figures() %}
    {% if not loop.first %}union all{% endif %}

    select
        '{{ figure.code }}' as indicator_code,
        '{{ figure.breakdown }}' as breakdown,
        {{ figure.weight is not none }} as is_weighted
    {% endfor %}
),

figures as (
    select * from {{ ref('ind_figure') }}
),

missing as (
    select * from {{ ref('ind_missing_table') }}
),

lacking as (
    select * from {{ ref('ind_missing_column') }}
),

holds as (
    select * from {{ ref('ind_hold') }}
),

-- Only deliveries of which a table stands: one that was replaced in whole made no figure.
deliveries as (
    select
        standing.county_code,
        standing.period,
        bool_or(submissions.is_sample) as is_sample
    from {{ source('receipts', 'current_delivery') }} as standing
    inner join {{ ref('fct_submission') }} as submissions
        on standing.submission_id = submissions.submission_id
    group by standing.county_code, standing.period
),

-- Every county and period has every figure. A relation without a row of it counts nothing: zero,
-- where the tables were filed.
sums as (
    select
        counties.county_code,
        counties.period,
        counties.as_of,
        breakdowns.indicator_code,
        breakdowns.breakdown,
        coalesce(missing.n_missing_tables, 0) as n_missing_tables,
        missing.missing_tables,
        coalesce(lacking.n_missing_columns, 0) as n_missing_columns,
        lacking.missing_columns,
        coalesce(holds.n_open_hold_findings, 0) as n_open_hold_findings,
        holds.hold_rule_ids,
        coalesce(deliveries.is_sample, false) as is_sample,
        case
            when missing.n_missing_tables > 0 or lacking.n_missing_columns > 0 then null
            when figures.indicator_code is null then 0
            else figures.numerator
        end as numerator_sum,
        case
            when missing.n_missing_tables > 0 or lacking.n_missing_columns > 0 then null
            when figures.indicator_code is null then 0
            else figures.denominator
        end as denominator_sum,
        case
            when missing.n_missing_tables > 0 or lacking.n_missing_columns > 0 then null
            when figures.indicator_code is null and breakdowns.is_weighted then 0
            else figures.weight
        end as weight_sum
    from counties
    cross join breakdowns
    left join figures
        on
            counties.county_code = figures.county_code
            and counties.period = figures.period
            and breakdowns.indicator_code = figures.indicator_code
            and breakdowns.breakdown = figures.breakdown
    left join missing
        on
            counties.county_code = missing.county_code
            and counties.period = missing.period
            and breakdowns.indicator_code = missing.indicator_code
            and breakdowns.breakdown = missing.breakdown
    left join lacking
        on
            counties.county_code = lacking.county_code
            and counties.period = lacking.period
            and breakdowns.indicator_code = lacking.indicator_code
            and breakdowns.breakdown = lacking.breakdown
    left join holds
        on
            counties.county_code = holds.county_code
            and counties.period = holds.period
            and breakdowns.indicator_code = holds.indicator_code
    left join deliveries
        on counties.county_code = deliveries.county_code and counties.period = deliveries.period
),

terms as (
    select
        sums.*,
        definitions.name_zh,
        definitions.kind,
        definitions.unit,
        definitions.factor,
        definitions.is_bounded,
        definitions.numerator_zh,
        definitions.denominator_zh,
        {{ figure_base() }} as base,
        {{ figure_term('numerator_sum') }} as numerator,
        {{ figure_term('denominator_sum') }} as denominator
    from sums
    inner join definitions on sums.indicator_code = definitions.indicator_code
),

final as (
    select
        county_code as region_code,
        period,
        as_of,
        indicator_code,
        breakdown,
        name_zh,
        kind,
        unit,
        factor,
        numerator_zh,
        denominator_zh,
        numerator_sum,
        denominator_sum,
        weight_sum,
        base,
        numerator,
        denominator,
        {{ figure_value() }} as value,
        case when is_bounded then {{ figure_value() }} end as bounded_value,
        n_missing_tables,
        missing_tables,
        n_missing_columns,
        missing_columns,
        case
            when n_missing_tables > 0 or n_missing_columns > 0 then 0
            else
                case when numerator_sum is null then 1 else 0 end
                + case when kind <> 'count' and denominator_sum is null then 1 else 0 end
        end as n_unknown_terms,
        n_open_hold_findings,
        hold_rule_ids,
        is_sample
    from terms
)

select * from final
