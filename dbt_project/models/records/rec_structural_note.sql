-- One row per note on the shape of what was filed, of deliveries that stand for the note's table.
with

notes as (
    select * from {{ source('receipts', 'structural_note') }}
),

submissions as (
    select
        submission_id,
        county_code,
        period
    from {{ source('receipts', 'submission') }}
),

-- Which delivery the lake's rows of a table come from.
current_deliveries as (
    select * from {{ source('receipts', 'current_delivery') }}
),

standing as (
    select
        submissions.county_code,
        submissions.period,
        {{ period_end('submissions.period') }} as as_of,
        notes.submission_id,
        notes.source_file,
        notes.source_sheet,
        notes.source_row,
        row_number() over (
            partition by submissions.county_code, submissions.period
            order by
                notes.submission_id, notes.source_file, notes.source_sheet, notes.table_name,
                notes.column_name, notes.source_row, notes.rule_id, notes.value
        ) as row_no,
        true as is_first,
        notes.rule_id as note_rule,
        notes.table_name,
        notes.column_name,
        notes.header,
        notes.value as note_value,
        notes.sentence_zh
    from notes
    inner join submissions using (submission_id)
    inner join current_deliveries using (submission_id, table_name)
)

select
    *,
    {{ row_id('row_no') }} as record_id
from standing
