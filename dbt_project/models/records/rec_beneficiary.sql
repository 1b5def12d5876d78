-- One row per accepted row of the list of beneficiaries.
select * from {{ ref('stg_filings__project_beneficiaries') }}
