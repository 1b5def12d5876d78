"""Records of the archive: small JSON files, each put in place whole.

``manifests/`` holds one file per submission, ``withdrawals/`` one per withdrawn and ``admissions/``
one per admitted submission; none is ever changed, and none removed but those of simulated
deliveries (``filings sample remove``), so a version number is never given twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pipelines.core.files import TornError, read_json
from pipelines.core.settings import Home

Record = TypeVar("Record")
# The folders of records that are named by a submission.
RECORD_FOLDERS = ("manifests", "withdrawals", "admissions")

MANIFEST_TORN = "其他县照常收件,但恢复之前不能发布,请从备份恢复这个报送记录"
WITHDRAWAL_TORN = "恢复之前不能发布,请从备份恢复这个撤回记录,或删除它后用 filings withdraw 重新撤回"
ADMISSION_TORN = "恢复之前不能发布,请从备份恢复这个确认记录,或删除它后用 filings admit 重新确认"
_SUBMISSION_ID = re.compile(r"([0-9]{6})-([0-9]{4}-[0-9]{2})-v([0-9]+)")


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


@dataclass(frozen=True)
class Admission:
    """A submission that waited and counts: since when (ISO with offset), why, who said so."""

    submission_id: str
    admitted_at: str
    reason: str
    by: str


def submissions(home: Home, torn: list[TornError] | None = None) -> list[Submission]:
    """Return every submission ever received, withdrawn ones too.

    Ordered by received_at, county, period, version. Where ``torn`` is given, damaged records are
    added to it and passed over.

    Raises:
        TornError: a record is damaged; without it, what is published would be less than was filed.
    """
    found = _records(home.archive / "manifests", submission, MANIFEST_TORN, torn)
    found.sort(key=lambda s: (datetime.fromisoformat(s.received_at), *s.place, s.version))
    return found


def submission(body: dict[str, Any]) -> Submission:
    """Return a submission from its manifest's content."""
    files = tuple(FiledFile(**item) for item in body["files"])
    datetime.fromisoformat(body["received_at"])
    return Submission(**{**body, "files": files})


def write_submission(home: Home, new: Submission) -> None:
    """Write a submission's manifest."""
    write_whole(home.archive / "manifests" / f"{new.submission_id}.json", asdict(new))


def withdrawals(home: Home, torn: list[TornError] | None = None) -> dict[str, Withdrawal]:
    """Return the withdrawals by submission_id, in that order; ``torn`` as in ``submissions``.

    Raises:
        TornError: a record is damaged.
    """
    folder = home.archive / "withdrawals"
    found = _records(folder, lambda body: Withdrawal(**body), WITHDRAWAL_TORN, torn)
    return {each.submission_id: each for each in found}


def standing_submissions(home: Home, torn: list[TornError]) -> list[Submission]:
    """Return the submissions that count, as far as they can be read; damaged records go to torn.

    A withdrawal counts by its file's name, so that a damaged one lets nothing stand again.
    """
    gone = {path.stem for path in (home.archive / "withdrawals").glob("*.json")}
    withdrawals(home, torn)
    return [each for each in submissions(home, torn) if each.submission_id not in gone]


def last_versions(home: Home) -> dict[tuple[str, str], int]:
    """Return the last version number given to each county and period, damaged records included."""
    found: dict[tuple[str, str], int] = {}
    for path in (home.archive / "manifests").glob("*.json"):
        named = _SUBMISSION_ID.fullmatch(path.stem)
        if named:
            place = (named[1], named[2])
            found[place] = max(found.get(place, 0), int(named[3]))
    return found


def write_withdrawal(home: Home, new: Withdrawal) -> None:
    """Write a withdrawal's record."""
    write_whole(home.archive / "withdrawals" / f"{new.submission_id}.json", asdict(new))


def admissions(home: Home, torn: list[TornError] | None = None) -> dict[str, Admission]:
    """Return the admissions by submission_id, in that order; ``torn`` as in ``submissions``.

    Raises:
        TornError: a record is damaged.
    """
    folder = home.archive / "admissions"
    found = _records(folder, lambda body: Admission(**body), ADMISSION_TORN, torn)
    return {each.submission_id: each for each in found}


def write_admission(home: Home, new: Admission) -> None:
    """Write an admission's record."""
    write_whole(home.archive / "admissions" / f"{new.submission_id}.json", asdict(new))


def records_hash(home: Home) -> str:
    """Return the hash (hex) of all records by their bytes: what was received, withdrawn, admitted.

    It also tells apart archives of which a record is damaged.
    """
    digest = hashlib.sha256()
    for records in RECORD_FOLDERS:
        for path in sorted((home.archive / records).glob("*.json")):
            content = path.read_bytes()
            digest.update(f"{records}/{path.name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def moments(home: Home) -> list[str]:
    """Return every moment that can be read in the archive: receipts, withdrawals, admissions."""
    return [
        *(each.received_at for each in submissions(home, [])),
        *(each.withdrawn_at for each in withdrawals(home, []).values()),
        *(each.admitted_at for each in admissions(home, []).values()),
    ]


def write_whole(path: Path, body: object) -> None:
    """Put a JSON file in place in one step: the whole content or nothing, safely on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.stem}.part")
    with aside.open("w", encoding="utf-8") as file:
        json.dump(body, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def read_record(path: Path, make: Callable[[dict[str, Any]], Record], remedy: str) -> Record:
    """Return what a record holds. Raises TornError where it is damaged or is no such record."""
    body = read_json(path, remedy)
    try:
        return make(body)
    except (TypeError, KeyError, ValueError, AttributeError):
        raise TornError(path, remedy) from None


def _records(
    folder: Path,
    make: Callable[[dict[str, Any]], Record],
    remedy: str,
    torn: list[TornError] | None,
) -> list[Record]:
    """Return the records of a folder in the order of their names."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(read_record(path, make, remedy))
        except TornError as error:
            if torn is None:
                raise
            torn.append(error)
    return found
