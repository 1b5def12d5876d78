"""Stage 7: what the world reads is built apart and switched in by rename."""

from __future__ import annotations

from pipelines.s7_published.complete import IncompleteError, check_complete
from pipelines.s7_published.fingerprint import deciding_fingerprint, input_fingerprint
from pipelines.s7_published.integrity import published_faults
from pipelines.s7_published.publication import Publication, publish, published_fingerprint
from pipelines.s7_published.record import last_vintage
from pipelines.s7_published.restoration import restore

__all__ = [
    "IncompleteError",
    "Publication",
    "check_complete",
    "deciding_fingerprint",
    "input_fingerprint",
    "last_vintage",
    "publish",
    "published_faults",
    "published_fingerprint",
    "restore",
]
