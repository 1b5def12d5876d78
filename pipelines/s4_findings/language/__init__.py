"""The language of rules: records, expressions, messages become SQL."""
