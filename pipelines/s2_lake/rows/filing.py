"""What every row of a sheet carries: whose delivery it belongs to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Filing:
    """Where a sheet comes from: what every row of it carries."""

    county_code: str
    period: str
    submission_id: str
    file: str
    key: bytes
