"""Stage 1: what lies in the inbox becomes numbered, unchanged submissions in the archive."""
