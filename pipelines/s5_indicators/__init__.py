"""Stage 5: dbt computes the candidate indicators of every county, period and breakdown.

Here stands what they are: ``definitions`` reads ``expectations/indicators``, ``figures`` tells the
figures of each, ``generate`` writes the dbt macro that the models read. ``lint`` and ``examples``
are for whoever changes an indicator; they run the models themselves (``models``), without dbt.
"""

from pipelines.s5_indicators.generate import refuse_stale

__all__ = ["refuse_stale"]
