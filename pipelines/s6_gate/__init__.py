"""Stage 6: the publication gate decides which county, period and indicator is held back."""

from __future__ import annotations

from pipelines.s6_gate.checkpoint import Outcome, warm_up
from pipelines.s6_gate.gate import BrokenIdentityError, GateResult, run_gate
from pipelines.s6_gate.suites import Suite, load_suites

__all__ = [
    "BrokenIdentityError",
    "GateResult",
    "Outcome",
    "Suite",
    "load_suites",
    "run_gate",
    "warm_up",
]
