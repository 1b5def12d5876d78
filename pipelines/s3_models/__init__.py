"""Stage 3: the lake and the history enter the build database; dbt builds dimensions, facts, records."""
