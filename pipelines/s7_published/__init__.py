"""Stage 7: what the world reads is built apart and switched in by rename."""

from __future__ import annotations

from pipelines.s7_published.complete import IncompleteError, check_complete
from pipelines.s7_published.fingerprint import deciding_fingerprint, input_fingerprint, made_by
from pipelines.s7_published.integrity import history_faults, published_faults
from pipelines.s7_published.publication import (
    Publication,
    publish,
    published_fingerprint,
    rests_on,
)
from pipelines.s7_published.restoration import restore

__all__ = [
    "IncompleteError",
    "Publication",
    "check_complete",
    "deciding_fingerprint",
    "history_faults",
    "input_fingerprint",
    "made_by",
    "publish",
    "published_faults",
    "published_fingerprint",
    "restore",
    "rests_on",
]
