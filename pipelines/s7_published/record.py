"""What was published last, recorded outside the folder that the world reads.

``Home.publication_record`` names the vintage that stands and the SHA-256 of its database file and
of its Parquet descriptor (which has the hash of every Parquet file). It is written ahead: before
the database file is replaced, the record names the edition that is coming, so that after a kill
at any moment the file that lies there is one of the two that are named.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.core.settings import Home
from pipelines.s7_published import parquet


@dataclass(frozen=True)
class Edition:
    """One vintage: its number, the fingerprint of its inputs, the SHA-256 of what lies there."""

    vintage: int
    fingerprint: str
    database: str
    descriptor: str


@dataclass(frozen=True)
class Record:
    """The edition that stands, and the one that a publication under way is about to put there."""

    standing: Edition | None = None
    coming: Edition | None = None

    def names(self, database: str) -> Edition | None:
        """Return the edition whose database file has this SHA-256, None where neither has."""
        for edition in (self.standing, self.coming):
            if edition is not None and edition.database == database:
                return edition
        return None


def read_record(at: Home) -> Record:
    """Return what is recorded; an empty record where there is none or it cannot be read.

    Nothing rests on the record alone, so that a lost one is no fault: the next publication, or
    the next night that finds the files whole, writes it again.
    """
    try:
        found = json.loads(at.publication_record.read_text(encoding="utf-8"))
        return Record(_edition(found["standing"]), _edition(found["coming"]))
    except (OSError, ValueError, TypeError, KeyError):
        return Record()


def write_record(at: Home, record: Record) -> None:
    """Put a record in place whole."""
    path = at.publication_record
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
    parquet.sync(aside)
    aside.replace(path)
    parquet.sync(path.parent)


def edition_of(at: Home, database: Path, vintage: int, fingerprint: str) -> Edition:
    """Return the edition of a database file whose Parquet folder stands."""
    descriptor = at.parquet / str(vintage) / parquet.DESCRIPTOR
    return Edition(vintage, fingerprint, sha256(database), sha256(descriptor))


def sha256(path: Path) -> str:
    """Return the hash of a file's bytes (hex)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _edition(found: dict[str, Any] | None) -> Edition | None:
    return Edition(**found) if found is not None else None
