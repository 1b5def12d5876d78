"""Stage 8: every county office learns what changed: a findings workbook and a message."""
