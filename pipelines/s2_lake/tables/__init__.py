"""A sheet becomes tables: which table, and where each of its fields stands."""
