"""Stage 6: Great Expectations decides which candidate indicator may be published."""
