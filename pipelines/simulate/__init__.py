"""Simulated counties: people who do not exist, filings that agree, contradictions on purpose."""

from pipelines.simulate.run import simulate, write_correction

__all__ = ["simulate", "write_correction"]
