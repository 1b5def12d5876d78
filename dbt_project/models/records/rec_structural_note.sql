-- One row per note on the shape of what was filed, of deliveries that stand for the note's table.
with

notes as (
    select
        *,
        row_number() over (
            order by submission_id, source_file, source_sheet, table_name, column_name, source_row
        ) as note_no
    from {{ source('receipts', 'structural_note') }}
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
)

select
    submissions.county_code,
    submissions.period,
    {{ period_end('submissions.period') }} as as_of,
    notes.submission_id,
    notes.source_file,
    notes.source_sheet,
    notes.source_row,
    notes.note_no as record_id,
    notes.note_no as row_no,
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
