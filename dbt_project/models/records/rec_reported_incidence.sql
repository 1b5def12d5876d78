-- One row per county and period that printed a rate of poverty (own, latest), with the poor persons
-- behind it: its own numerator, else the persons still poor of the same data date.
with

figures as (
    select * from {{ ref('rec_reported') }}
    where is_own and is_latest
),

final as (
    select
        rates.*,
        cast(coalesce(rates.num, persons.base_value) as decimal(24, 6)) as poor_persons,
        cast(coalesce(rates.num_low, persons.base_low) as decimal(24, 6)) as poor_persons_low,
        cast(coalesce(rates.num_high, persons.base_high) as decimal(24, 6)) as poor_persons_high
    from figures as rates
    left join figures as persons
        on
            rates.county_code = persons.county_code
            and rates.period = persons.period
            and rates.as_of = persons.as_of
            and persons.indicator = 'pop_remaining'
    where rates.indicator = 'incidence'
)

select * from final
