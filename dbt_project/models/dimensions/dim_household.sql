{% set attributes = [
    'village_code',
    'household_attr',
    'household_type',
    'exit_status',
    'exit_year',
    'return_year',
    'main_cause',
    'is_relocated',
    'relocation_type',
    'is_whole_no_labor',
] %}
-- One row per household and unbroken run of filings in which its attributes stayed the same.
with

filings as (
    select
        county_code,
        period,
        as_of,
        row_number() over (partition by county_code order by period) as filing_no
    from {{ ref('rec_filing') }}
    where table_name = 'hh'
),

households as (
    select * from {{ ref('rec_household') }}
    where is_first
),

states as (
    select
        households.county_code,
        households.household_code,
        filings.as_of,
        filings.filing_no,
        households.on_roll,
        {% for attribute in attributes %}
        households.{{ attribute }},
        {% endfor %}
        lag(filings.filing_no) over history as filing_no_before,
        {% for attribute in attributes %}
        lag(households.{{ attribute }}) over history as {{ attribute }}_before{{ ',' if not loop.last }}
        {% endfor %}
    from households
    inner join filings using (county_code, period)
    window history as (
        partition by households.county_code, households.household_code order by filings.filing_no
    )
),

marked as (
    select
        *,
        case
            when filing_no_before is distinct from filing_no - 1 then 1
            {% for attribute in attributes %}
            when {{ attribute }} is distinct from {{ attribute }}_before then 1
            {% endfor %}
            else 0
        end as is_start
    from states
),

runs as (
    select
        *,
        sum(is_start) over (
            partition by county_code, household_code order by filing_no
            rows between unbounded preceding and current row
        ) as run_no
    from marked
),

versions as (
    select
        county_code,
        household_code,
        run_no,
        min(as_of) as valid_from,
        max(filing_no) as last_filing_no,
        max(on_roll) as on_roll,
        {% for attribute in attributes %}
        max({{ attribute }}) as {{ attribute }}{{ ',' if not loop.last }}
        {% endfor %}
    from runs
    group by county_code, household_code, run_no
),

final as (
    select
        versions.county_code || '-' || versions.household_code || '-' || cast(versions.valid_from as {{ dbt.type_string() }})
        as household_key,
        versions.household_code,
        versions.county_code,
        {% for attribute in attributes %}
        versions.{{ attribute }},
        {% endfor %}
        versions.on_roll,
        versions.valid_from,
        -- The data date of the first filing that says otherwise, or no longer names the household.
        filings.as_of as valid_to,
        filings.as_of is null as is_current
    from versions
    left join filings
        on
            versions.county_code = filings.county_code
            and filings.filing_no = versions.last_filing_no + 1
)

select * from final
