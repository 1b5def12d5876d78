"""Stage 2: archived files become typed, traceable Parquet and a receipt; nothing is lost."""
