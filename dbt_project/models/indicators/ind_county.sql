-- One row per county and period that filed anything: totals that more than one table makes.
-- A total is zero where a table has no row that counts, null where one that counts lacks the amount
-- or where another period is needed and was not filed; the gate holds what rests on a null or on a
-- table that was not filed.
with

counties as (
    select * from {{ ref('rec_county') }}
),

filings as (
    select * from {{ ref('rec_filing') }}
),

lacking as (
    select * from {{ ref('ind_missing_column') }}
),

-- Whose exit mark is missing is neither still poor nor exited.
rolls as (
    select
        county_code,
        period,
        count(*) filter (where is_still_poor) as still_poor_pop,
        count(*) filter (where not is_still_poor) as exited_pop
    from {{ ref('ind_person') }}
    where on_roll
    group by county_code, period
),

opening_rolls as (
    select
        filings.county_code,
        filings.period,
        rolls.exited_pop
    from filings
    inner join rolls
        on
            filings.county_code = rolls.county_code
            and filings.prior_period = rolls.period
    where filings.table_name = 'p'
),

villages as (
    select
        county_code,
        period,
        {{ sum_of_all('total_pop') }} as village_pop
    from {{ ref('rec_village') }}
    where is_first
    group by county_code, period
),

reported as (
    select
        county_code,
        period,
        max(base_value) filter (where indicator = 'rural_pop') as rural_pop,
        max(base_value) filter (where indicator = 'out_prev') as out_prev
    from {{ ref('rec_reported') }}
    where is_own and is_latest
    group by county_code, period
),

allocations as (
    select * from {{ ref('rec_allocation') }} where is_first
),

allocated as (
    select
        county_code,
        period,
        {{ sum_of_all('allocated_yuan') }} as allocated_yuan
    from allocations
    where is_this_budget
    group by county_code, period
),

-- A payment belongs to the budget of its document; of an unknown document, to the data date's.
documents as (
    select
        county_code,
        period,
        doc_no,
        bool_or(is_this_budget) as is_this_budget
    from allocations
    group by county_code, period, doc_no
),

paid as (
    select
        payments.county_code,
        payments.period,
        {{ sum_of_all(signed_yuan('payments.pay_kind', 'payments.amount_yuan')) }} as paid_yuan
    from {{ ref('rec_payment') }} as payments
    left join documents
        on
            payments.county_code = documents.county_code
            and payments.period = documents.period
            and payments.doc_no = documents.doc_no
    where payments.is_first and coalesce(documents.is_this_budget, true)
    group by payments.county_code, payments.period
),

pool as (
    select
        county_code,
        period,
        {{ sum_of_all('budget_yuan') }} as pool_budget_yuan
    from {{ ref('rec_project') }}
    where is_first and in_pool is distinct from false and status is distinct from '终止'
    group by county_code, period
),

-- Who works away can be told where the roll was filed as well, and every column that tells it.
filings_of_work as (
    select
        filings.county_code,
        filings.period
    from filings
    left join lacking
        on
            filings.county_code = lacking.county_code
            and filings.period = lacking.period
            and lacking.indicator_code = 'i_emp1'
    where filings.table_name in ('hh', 'p', 'emp') and lacking.indicator_code is null
    group by filings.county_code, filings.period
    having count(distinct filings.table_name) = 3
),

away as (
    select
        filings_of_work.county_code,
        filings_of_work.period,
        cast(left(filings_of_work.period, 4) as integer) as year_of_filing,
        count(*) filter (where workers.is_away) as away_pop
    from filings_of_work
    left join {{ ref('ind_worker') }} as workers
        on
            filings_of_work.county_code = workers.county_code
            and filings_of_work.period = workers.period
    group by filings_of_work.county_code, filings_of_work.period
),

away_at_year_end as (
    select
        county_code,
        year_of_filing,
        away_pop,
        row_number() over (partition by county_code, year_of_filing order by period desc) as recency
    from away
),

final as (
    select
        counties.county_code,
        counties.period,
        counties.as_of,
        case when rolls.county_code is null then 0 else rolls.still_poor_pop end as still_poor_pop,
        case when villages.county_code is null then reported.rural_pop else villages.village_pop end
            as rural_pop,
        case when allocated.county_code is null then 0 else allocated.allocated_yuan end as allocated_yuan,
        case when paid.county_code is null then 0 else paid.paid_yuan end as paid_yuan,
        case when pool.county_code is null then 0 else pool.pool_budget_yuan end as pool_budget_yuan,
        case when away.county_code is null then 0 else away.away_pop end as away_pop,
        coalesce(year_before.away_pop, reported.out_prev) as away_pop_year_before,
        case when counties.has_prior then counties.returned_pop end as returned_pop,
        opening_rolls.exited_pop as opening_exited_pop,
        case when counties.has_prior then
            counties.opening_roll_pop + counties.identified_pop + counties.increase_pop
            - counties.decrease_pop - counties.cancelled_pop - counties.deleted_pop
        end as expected_roll_pop,
        case when counties.has_prior then counties.roll_pop end as closing_roll_pop,
        case when counties.has_prior then
            counties.opening_roll_hh + counties.identified_hh - counties.gone_hh
        end as expected_roll_hh,
        case when counties.has_prior then counties.roll_hh end as closing_roll_hh,
        case when counties.has_prior then
            counties.opening_poor_pop + counties.identified_pop + counties.returned_pop
            + counties.poor_increase_pop - counties.poor_decrease_pop - counties.exited_pop
        end as expected_poor_pop,
        case when counties.has_prior then counties.poor_pop end as closing_poor_pop,
        case when counties.has_prior then
            counties.opening_poor_hh + counties.identified_hh + counties.returned_hh
            - counties.exited_hh - counties.gone_poor_hh
        end as expected_poor_hh,
        case when counties.has_prior then counties.poor_hh end as closing_poor_hh
    from counties
    left join rolls
        on
            counties.county_code = rolls.county_code
            and counties.period = rolls.period
    left join opening_rolls
        on
            counties.county_code = opening_rolls.county_code
            and counties.period = opening_rolls.period
    left join villages
        on
            counties.county_code = villages.county_code
            and counties.period = villages.period
    left join reported
        on
            counties.county_code = reported.county_code
            and counties.period = reported.period
    left join allocated
        on
            counties.county_code = allocated.county_code
            and counties.period = allocated.period
    left join paid
        on
            counties.county_code = paid.county_code
            and counties.period = paid.period
    left join pool
        on
            counties.county_code = pool.county_code
            and counties.period = pool.period
    left join away
        on
            counties.county_code = away.county_code
            and counties.period = away.period
    left join away_at_year_end as year_before
        on
            counties.county_code = year_before.county_code
            and year_before.year_of_filing = cast(left(counties.period, 4) as integer) - 1
            and year_before.recency = 1
)

select * from final
