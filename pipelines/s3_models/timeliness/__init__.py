"""Which filings are due when, and whether they came in time and complete."""
