"""The ``filings`` command."""
