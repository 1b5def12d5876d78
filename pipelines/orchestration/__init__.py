"""Dagster: the stages as assets, the gates as asset checks, the nightly job and its schedule."""
