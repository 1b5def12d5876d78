{{ config(materialized='table') }}
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
        posts.county_code,
        posts.period,
        'post' as table_name,
        persons.id_no_key,
        '公益性岗位' as kind,
        '岗位编号' as header,
        posts.post_id as benefit_code,
        {{ provenance('posts') }},
        posts.row_no
    from {{ ref('stg_filings__welfare_posts') }} as posts
    inner join {{ ref('rec_person') }} as persons using (county_code, period, person_code)
    where
        persons.is_first
        and posts.contract_start <= posts.as_of
        and coalesce(posts.contract_end >= posts.as_of, true)
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
    from {{ ref('stg_filings__reg_civil') }}
    where
        kind <> '临时救助'
        and start_on <= as_of
        and coalesce(end_on >= as_of, true)
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
        kind,
        id_no_key
    from benefits
    group by kind, id_no_key
    having min(county_code) <> max(county_code)
),

pairs as (
    {{ latest_elsewhere(['loan', 'post', 'reg_civil']) }}
),

holders as (
    select distinct
        benefits.county_code,
        benefits.period,
        benefits.kind,
        benefits.id_no_key
    from benefits
    inner join shared using (kind, id_no_key)
),

matches as (
    select
        pairs.county_code,
        pairs.period,
        pairs.table_name,
        there.id_no_key,
        pairs.other_county_code
    from pairs
    inner join holders as there
        on
            pairs.other_county_code = there.county_code
            and pairs.other_period = there.period
    where
        (pairs.table_name = 'loan' and there.kind = '小额信贷')
        or (pairs.table_name = 'post' and there.kind = '公益性岗位')
        or (pairs.table_name = 'reg_civil' and there.kind = '低保、特困')
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
        row_number() over (
            order by
                benefits.county_code, benefits.period, benefits.kind, benefits.row_no,
                matches.other_county_code
        ) as record_id
    from benefits
    left join matches using (county_code, period, table_name, id_no_key)
)

select * from final
