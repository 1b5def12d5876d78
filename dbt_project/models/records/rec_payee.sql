{{ config(materialized='table') }}
-- One row per county, period and protected id that money was paid to: who it is on the filed lists.
with

payees as (
    select distinct
        county_code,
        period,
        payee_id_no_key
    from {{ ref('stg_filings__fund_payments') }}
    where payee_id_no_key is not null
),

-- Who is filed now, then who was filed last time and is gone: the dead are paid by mistake.
filed_persons as (
    select
        county_code,
        period,
        id_no_key,
        person_code,
        household_code,
        row_no,
        1 as list_no
    from {{ ref('stg_filings__persons') }}
    where id_no_key is not null
    union all
    select
        county_code,
        period,
        id_no_key,
        person_code,
        household_code,
        row_no,
        2 as list_no
    from {{ ref('rec_person_departed') }}
    where id_no_key is not null
),

persons as (
    select
        payees.county_code,
        payees.period,
        payees.payee_id_no_key,
        filed_persons.person_code,
        filed_persons.household_code,
        row_number() over (
            partition by payees.county_code, payees.period, payees.payee_id_no_key
            order by filed_persons.list_no, filed_persons.row_no
        ) as choice
    from payees
    inner join filed_persons
        on
            payees.county_code = filed_persons.county_code
            and payees.period = filed_persons.period
            and payees.payee_id_no_key = filed_persons.id_no_key
),

households as (
    select
        county_code,
        period,
        household_code,
        on_roll
    from {{ ref('rec_household') }}
    where is_first
),

registered as (
    select
        county_code,
        period,
        id_no_key,
        status,
        death_on
    from {{ ref('stg_filings__reg_police') }}
    where is_first
),

moves as (
    select
        county_code,
        period,
        person_code,
        min(change_date) as moved_on
    from {{ ref('stg_filings__member_changes') }}
    where change_reason = '迁出'
    group by county_code, period, person_code
),

final as (
    select
        payees.county_code,
        payees.period,
        payees.payee_id_no_key,
        persons.person_code as payee_person_code,
        persons.household_code as payee_household_code,
        coalesce(households.on_roll, false) as payee_on_roll,
        registered.status as payee_police_status,
        registered.death_on as payee_death_on,
        moves.moved_on as payee_moved_on
    from payees
    left join persons
        on
            payees.county_code = persons.county_code
            and payees.period = persons.period
            and payees.payee_id_no_key = persons.payee_id_no_key
            and persons.choice = 1
    left join households
        on
            payees.county_code = households.county_code
            and payees.period = households.period
            and persons.household_code = households.household_code
    left join registered
        on
            payees.county_code = registered.county_code
            and payees.period = registered.period
            and payees.payee_id_no_key = registered.id_no_key
    left join moves
        on
            payees.county_code = moves.county_code
            and payees.period = moves.period
            and persons.person_code = moves.person_code
)

select * from final
