{{ config(materialized='table', meta={'compares_counties': true}) }}
-- One row per running loan, post or allowance of a person, and other county where the same runs too.
with

loans as (
    select
        county_code,
        period,
        'loan' as table_name,
        borrower_id_no_key as id_no_key,
        '小额信贷' as kind,
        '借款合同号' as header,
        loan_no as benefit_code,
        {{ provenance() }},
        row_no
    from {{ ref('stg_filings__microloans') }}
    where balance_yuan > 0 and coalesce(status not in ('结清', '核销'), true)
),

posts as (
    select
        county_code,
        period,
        'post' as table_name,
        id_no_key,
        '公益性岗位' as kind,
        '岗位编号' as header,
        post_id as benefit_code,
        {{ provenance() }},
        row_no
    from {{ ref('rec_post') }}
    where is_active
),

allowances as (
    select
        county_code,
        period,
        'reg_civil' as table_name,
        id_no_key,
        '低保、特困' as kind,
        '低保证/户号' as header,
        case_no as benefit_code,
        {{ provenance() }},
        row_no
    from {{ ref('rec_reg_civil') }}
    where is_active and aid in ('低保', '特困')
),

benefits as (
    select * from loans
    where id_no_key is not null
    union all
    select * from posts
    where id_no_key is not null
    union all
    select * from allowances
    where id_no_key is not null
),

shared as (
    select
        table_name,
        id_no_key
    from benefits
    group by table_name, id_no_key
    having min(county_code) <> max(county_code)
),

filings as (
    {{ filings_until_next(['loan', 'post', 'reg_civil']) }}
),

holders as (
    select distinct
        benefits.county_code,
        benefits.period,
        benefits.table_name,
        benefits.id_no_key,
        filings.next_period
    from benefits
    inner join shared using (table_name, id_no_key)
    inner join filings using (county_code, period, table_name)
),

matches as (
    select
        here.county_code,
        here.period,
        here.table_name,
        here.id_no_key,
        there.county_code as other_county_code
    from holders as here
    inner join holders as there
        on
            here.table_name = there.table_name
            and here.id_no_key = there.id_no_key
            and {{ is_latest_elsewhere('here', 'there') }}
),

final as (
    select
        benefits.county_code,
        benefits.period,
        {{ period_end('benefits.period') }} as as_of,
        benefits.id_no_key,
        benefits.kind,
        benefits.header,
        benefits.benefit_code,
        matches.other_county_code,
        {{ provenance('benefits') }},
        benefits.row_no,
        true as is_first,
        {{ numbered_row('benefits.kind, benefits.row_no, matches.other_county_code', 'benefits') }} as record_id
    from benefits
    left join matches using (county_code, period, table_name, id_no_key)
)

select * from final
