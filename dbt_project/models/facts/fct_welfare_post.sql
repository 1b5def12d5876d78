-- One row per county, period, post and holder.
{{ filed_fact('post', 'stg_filings__welfare_posts') }}
