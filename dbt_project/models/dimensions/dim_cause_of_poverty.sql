{{ config(meta={'compares_counties': true}) }}
-- One row per cause of poverty in the dictionary's lists of main and other causes.
with

listed as (
    select
        coalesce(code, label) as cause_code,
        label,
        valid_from,
        valid_to,
        list,
        row_number() over (partition by coalesce(code, label) order by list, position) as choice,
        max(case when list = 'cause' then 1 else 0 end)
            over (partition by coalesce(code, label)) = 1 as can_be_main
    from {{ source('receipts', 'code_list') }}
    where list in ('cause', 'other_cause')
),

english as (
    select * from {{ ref('cause_names') }}
)

select
    listed.cause_code,
    listed.label as cause_name_zh,
    english.cause_name_en,
    listed.can_be_main,
    listed.valid_from,
    listed.valid_to
from listed
left join english using (cause_code)
where listed.choice = 1
