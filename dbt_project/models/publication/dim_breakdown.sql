{{ config(schema='main') }}
-- One row per breakdown that a figure is published under, with its name in words.
with

figures as (
    select distinct
        breakdown,
        string_split(breakdown, ';') as parts
    from {{ ref('fct_indicator') }}
    where breakdown <> ''
),

labels as (
    select * from {{ ref('breakdown_labels') }}
),

causes as (
    select * from {{ ref('dim_cause_of_poverty') }}
),

split as (
    {{ explode_list('figures', 'parts', ['breakdown']) }}
),

named as (
    select
        split.breakdown,
        split.element,
        coalesce(labels.part_zh, causes.cause_name_zh, split.element) as part_zh,
        coalesce(labels.part_en, causes.cause_name_en, split.element) as part_en
    from split
    left join labels on split.element = labels.part
    left join causes on split.element = 'cause=' || causes.cause_code
),

final as (
    select
        breakdown,
        {{ joined('part_zh', '、', 'element') }} as breakdown_zh,
        {{ joined('part_en', ', ', 'element') }} as breakdown_en
    from named
    group by breakdown
)

select * from final
