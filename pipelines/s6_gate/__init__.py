"""Stage 6: the publication gate decides which county, period and indicator is held back."""

from __future__ import annotations

from pipelines.s6_gate.checkpoint import warm_up
from pipelines.s6_gate.gate import GateResult, run_gate

__all__ = ["GateResult", "run_gate", "warm_up"]
