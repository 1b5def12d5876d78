"""Stage 7: what the world reads is built apart and switched in by rename."""

from __future__ import annotations

from pipelines.s7_published.fingerprint import input_fingerprint
from pipelines.s7_published.integrity import published_faults
from pipelines.s7_published.publication import Publication, publish, published_fingerprint

__all__ = [
    "Publication",
    "input_fingerprint",
    "publish",
    "published_faults",
    "published_fingerprint",
]
