"""Planted contradictions: for each rule one function that breaks it and says where."""

from pipelines.simulate.defects.plan import COUNTY_RULES, ENTITY_RULES, RULES, plant
from pipelines.simulate.defects.planter import Planter, Truth

__all__ = ["COUNTY_RULES", "ENTITY_RULES", "RULES", "Planter", "Truth", "plant"]
