{{ config(materialized='table') }}
-- One row per household and person of the police register who stands either in the household as
-- filed or in the same household register book as its head.
with

members as (
    select
        county_code,
        period,
        household_code,
        register_key,
        relation,
        age,
        is_soldier,
        student_status
    from {{ ref('rec_person') }}
    where is_live and is_first and register_key is not null
),

citizens as (
    select *
    from {{ ref('rec_reg_police') }}
    where is_first and hukou_no is not null
),

books as (
    select
        members.county_code,
        members.period,
        members.household_code,
        min(citizens.hukou_no) as hukou_no
    from members
    inner join citizens
        on
            members.county_code = citizens.county_code
            and members.period = citizens.period
            and members.register_key = citizens.id_no_key
    where members.relation = '户主'
    group by members.county_code, members.period, members.household_code
),

youngest as (
    select
        county_code,
        period,
        household_code,
        min(age) as youngest_age
    from {{ ref('rec_person') }}
    where is_live
    group by county_code, period, household_code
),

pairs as (
    select
        books.county_code,
        books.period,
        books.household_code,
        citizens.record_id as citizen_id
    from books
    inner join citizens
        on
            books.county_code = citizens.county_code
            and books.period = citizens.period
            and books.hukou_no = citizens.hukou_no
    union
    select
        books.county_code,
        books.period,
        books.household_code,
        citizens.record_id as citizen_id
    from books
    inner join members
        on
            books.county_code = members.county_code
            and books.period = members.period
            and books.household_code = members.household_code
    inner join citizens
        on
            members.county_code = citizens.county_code
            and members.period = citizens.period
            and members.register_key = citizens.id_no_key
),

payrolls as (
    select
        county_code,
        period,
        id_no_key
    from {{ ref('rec_reg_payroll') }}
    where is_public_servant or has_employer
    group by county_code, period, id_no_key
),

estates as (
    select
        county_code,
        period,
        id_no_key
    from {{ ref('rec_reg_estate') }}
    where is_owned and kind in ('商品房', '商铺')
    group by county_code, period, id_no_key
),

-- A person stands on file once: an id that several share is no register key.
described as (
    select
        pairs.county_code,
        pairs.period,
        pairs.household_code,
        citizens.as_of,
        citizens.id_no,
        citizens.id_no_key,
        citizens.hukou_no,
        citizens.status,
        {{ provenance('citizens') }},
        citizens.row_no,
        citizens.hukou_no = books.hukou_no as in_book,
        coalesce(members.household_code = pairs.household_code, false) as in_family,
        members.household_code is not null as is_on_file,
        coalesce(members.household_code = pairs.household_code and members.relation = '户主', false) as is_head,
        -- Who married in, serves or studies keeps a registration elsewhere and belongs all the same.
        coalesce(
            members.relation in ('配偶', '之儿媳', '之女婿', '之兄弟媳妇')
            or members.is_soldier
            or members.student_status is not null,
            false
        ) as may_be_elsewhere,
        case
            when {{ is_digits('substr(citizens.id_no, 7, 8)') }}
                then cast(floor((
                    year(citizens.as_of) * 10000 + month(citizens.as_of) * 100 + day(citizens.as_of)
                    - cast(substr(citizens.id_no, 7, 8) as integer)
                ) / 10000) as integer)
        end as age,
        youngest.youngest_age,
        payrolls.id_no_key is not null as has_pay,
        estates.id_no_key is not null as has_flat
    from pairs
    inner join citizens on pairs.citizen_id = citizens.record_id
    inner join books
        on
            pairs.county_code = books.county_code
            and pairs.period = books.period
            and pairs.household_code = books.household_code
    left join members
        on
            citizens.county_code = members.county_code
            and citizens.period = members.period
            and citizens.id_no_key = members.register_key
    left join youngest
        on
            pairs.county_code = youngest.county_code
            and pairs.period = youngest.period
            and pairs.household_code = youngest.household_code
    left join payrolls
        on
            citizens.county_code = payrolls.county_code
            and citizens.period = payrolls.period
            and citizens.id_no_key = payrolls.id_no_key
    left join estates
        on
            citizens.county_code = estates.county_code
            and citizens.period = estates.period
            and citizens.id_no_key = estates.id_no_key
),

final as (
    select
        county_code,
        period,
        as_of,
        household_code,
        id_no,
        id_no_key,
        hukou_no,
        status,
        submission_id,
        source_file,
        source_sheet,
        source_row,
        row_no,
        in_book,
        in_family,
        is_on_file,
        is_head,
        may_be_elsewhere,
        age,
        youngest_age - age as years_younger,
        has_pay,
        has_flat,
        true as is_first,
        {{ numbered_row('household_code, id_no_key') }} as record_id
    from described
)

select * from final
