"""Dagster: the stages as assets, the gates as asset checks, the nightly job and its schedule.

``build`` makes the definitions of a home, ``definitions`` is the code location that Dagster
loads, ``refresh`` runs the nightly job once in this process. Nothing is imported here, because
importing Dagster takes seconds.
"""
