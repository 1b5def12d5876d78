-- One row per county, period and indicator that a finding of a holding rule names. It holds until
-- it is resolved or waived, or its rule silenced: an explanation changes no figure.
with

findings as (
    select * from {{ source('findings', 'fct_finding') }}
    where effect = 'hold' and status not in ('resolved', 'waived', 'silenced')
),

named as (
    {{ explode_list(source('findings', 'dim_rule'), 'holds', ['rule_id']) }}
),

per_rule as (
    select
        findings.county_code,
        findings.period,
        named.element as indicator_code,
        findings.rule_id,
        count(*) as n_findings
    from findings
    inner join named on findings.rule_id = named.rule_id
    group by findings.county_code, findings.period, named.element, findings.rule_id
),

final as (
    select
        county_code,
        period,
        indicator_code,
        cast(sum(n_findings) as bigint) as n_open_hold_findings,
        {{ joined('rule_id', ',', 'rule_id') }} as hold_rule_ids
    from per_rule
    group by county_code, period, indicator_code
)

select * from final
