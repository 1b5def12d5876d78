"""Records of the archive: small JSON files, each put in place whole, and the blobs' addresses.

``manifests/`` holds one file per submission, ``withdrawals/`` one per withdrawn submission; neither
is ever changed or removed, so a version number is never given twice.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.core.settings import Home

_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True)
class FiledFile:
    """One file of a delivery: its name relative to the inbox folder, hash and size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Submission:
    """One delivery: county × period × version; ``received_at`` is ISO with offset."""

    submission_id: str
    county_code: str
    period: str
    version: int
    received_at: str
    files: tuple[FiledFile, ...]

    @property
    def place(self) -> tuple[str, str]:
        """County and period, which deliveries compete for."""
        return self.county_code, self.period

    @property
    def hashes(self) -> frozenset[str]:
        """What was delivered, as bytes: the set of the files' hashes."""
        return frozenset(file.sha256 for file in self.files)


@dataclass(frozen=True)
class Withdrawal:
    """A submission that no longer counts: since when (ISO with offset) and why."""

    submission_id: str
    withdrawn_at: str
    reason: str


def submissions(at: Home) -> list[Submission]:
    """Return every submission ever received, withdrawn ones too.

    Ordered by received_at, county, period, version.
    """
    found = [submission(body) for body in _bodies(at.archive / "manifests")]
    found.sort(key=lambda s: (datetime.fromisoformat(s.received_at), *s.place, s.version))
    return found


def submission(body: dict[str, Any]) -> Submission:
    """Return a submission from its manifest's content."""
    files = tuple(FiledFile(**item) for item in body["files"])
    return Submission(**{**body, "files": files})


def write_submission(at: Home, new: Submission) -> None:
    """Write a submission's manifest."""
    write_whole(at.archive / "manifests" / f"{new.submission_id}.json", asdict(new))


def withdrawals(at: Home) -> dict[str, Withdrawal]:
    """Return the withdrawals by submission_id, in that order."""
    found = [Withdrawal(**body) for body in _bodies(at.archive / "withdrawals")]
    return {each.submission_id: each for each in found}


def write_withdrawal(at: Home, new: Withdrawal) -> None:
    """Write a withdrawal's record."""
    write_whole(at.archive / "withdrawals" / f"{new.submission_id}.json", asdict(new))


def moments(at: Home) -> list[str]:
    """Return every moment that the archive records: of receipts and of withdrawals."""
    received = [each.received_at for each in submissions(at)]
    return received + [each.withdrawn_at for each in withdrawals(at).values()]


def blob_path(at: Home, file: FiledFile) -> Path:
    """Return where the archived bytes of a file lie."""
    suffix = Path(file.name).suffix.lower()
    suffix = suffix if _SUFFIX.fullmatch(suffix) else ""
    return at.archive / "blobs" / file.sha256[:2] / f"{file.sha256}{suffix}"


def write_whole(path: Path, body: object) -> None:
    """Put a JSON file in place in one step: the whole content or nothing, safely on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.stem}.part")
    with aside.open("w", encoding="utf-8") as file:
        json.dump(body, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _bodies(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
