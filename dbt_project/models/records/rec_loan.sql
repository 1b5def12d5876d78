{{ config(materialized='table') }}
-- One row per accepted row of the loan ledger.
with

loans as (
    select * from {{ ref('stg_filings__microloans') }}
),

-- Characters 7 to 14 of a citizen number, with or without a disability certificate's end.
births as (
    select
        record_id,
        loan_on,
        case
            when length(borrower_id_no) in (18, 20, 22)
                then try_cast(
                    substr(borrower_id_no, 7, 4) || '-'
                    || substr(borrower_id_no, 11, 2) || '-'
                    || substr(borrower_id_no, 13, 2) as date
                )
        end as born_on
    from loans
),

first_rows as (
    select
        county_code,
        period,
        household_code,
        min(row_no) as first_row_no
    from loans
    group by county_code, period, household_code
),

final as (
    select
        loans.*,
        {{ full_years('births.born_on', 'births.loan_on') }} as borrower_age,
        coalesce(loans.row_no = first_rows.first_row_no, false) as is_first_of_household
    from loans
    inner join births using (record_id)
    left join first_rows using (county_code, period, household_code)
)

select * from final
