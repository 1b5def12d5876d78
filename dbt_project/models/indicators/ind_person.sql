-- One row per live person, county and period, with what the indicators count.
with

persons as (
    select * from {{ ref('rec_person') }}
),

households as (
    select * from {{ ref('rec_household') }} where is_first
),

school_age as (
    {{ thresholds_at('persons', ['compulsory_age_min', 'compulsory_age_max']) }}
),

final as (
    select
        persons.county_code,
        persons.period,
        persons.person_code,
        persons.household_code,
        coalesce(households.on_roll, false) as on_roll,
        -- Unknown where the exit mark is missing: such a person is neither poor nor exited.
        households.is_still_poor,
        households.main_cause,
        persons.labor_ability,
        persons.is_soldier is distinct from true as must_be_insured,
        coalesce(persons.has_resident_medical, false)
        or coalesce(persons.has_employee_medical, false) as is_insured,
        coalesce(
            persons.school_age
            between school_age.compulsory_age_min and school_age.compulsory_age_max,
            false
        ) as is_school_age,
        coalesce(persons.student_status, '学龄前儿童') <> '学龄前儿童'
        or coalesce(persons.dropout_reason in ('因病', '因残'), false)
        -- Who has been through junior school is done at the end of school age, not before.
        or coalesce(
            persons.education in ('初中', '高中', '大专', '大专及以上', '本科及以上')
            and persons.school_age >= school_age.compulsory_age_max, false
        ) as is_in_education
    from persons
    left join households
        on
            persons.county_code = households.county_code
            and persons.period = households.period
            and persons.household_code = households.household_code
    left join school_age
        on
            persons.county_code = school_age.county_code
            and persons.as_of = school_age.as_of
    where persons.is_first and persons.is_live
)

select * from final
