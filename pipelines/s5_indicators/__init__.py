"""Stage 5: dbt computes the candidate indicators of every county, period and breakdown."""
