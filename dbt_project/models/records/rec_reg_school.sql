-- One row per accepted row of the school register.
with

pupils as (
    select * from {{ ref('stg_filings__reg_school') }}
),

final as (
    select
        pupils.*,
        -- 送教上门 is school at home; 休学 keeps the place at school, but is no attendance.
        status in ('在读', '送教上门') as is_attending,
        {{ school_stage('grade') }} as stage
    from pupils
)

select * from final
