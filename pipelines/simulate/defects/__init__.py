"""Planted contradictions: for each rule one function that breaks it and says where."""

from pipelines.simulate.defects.plan import RULES, plant
from pipelines.simulate.defects.planter import Planter, Truth

__all__ = ["RULES", "Planter", "Truth", "plant"]
