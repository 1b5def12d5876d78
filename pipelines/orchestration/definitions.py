"""The code location that Dagster loads: the definitions of the home that the environment names."""

from __future__ import annotations

from pipelines.core.modes import write_privately
from pipelines.core.settings import home
from pipelines.orchestration.build import build_definitions

write_privately()
defs = build_definitions(home())
