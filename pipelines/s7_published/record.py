"""What was put before the world last, recorded outside the folder that the world reads.

``Home.publication_record`` names the vintage that stands and the SHA-256 of its database file and
of its Parquet descriptor (which has the hash of every Parquet file). It is written ahead: before
the database file is replaced, the record names the edition that is coming, so that after a kill
at any moment the file that lies there is one of the two that are named.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.core import files
from pipelines.core.files import sha256
from pipelines.core.home import Home, outbox_vintages
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
    """The edition that stands, and the one that a publication under way is about to put there.

    ``differs`` is a vintage of history that was computed again and came out otherwise, 0 for none.
    """

    standing: Edition | None = None
    coming: Edition | None = None
    differs: int = 0

    def names(self, database: str) -> Edition | None:
        """Return the edition whose database file has this SHA-256, None where neither has."""
        for edition in (self.standing, self.coming):
            if edition is not None and edition.database == database:
                return edition
        return None


def read_record(home: Home) -> Record:
    """Return what is recorded; an empty record where there is none or it cannot be read.

    Nothing rests on the record alone, so that a lost one is no fault: the next publication, or
    the next night that finds the files whole, writes it again.
    """
    try:
        found = json.loads(home.publication_record.read_text(encoding="utf-8"))
        standing, coming = _edition(found["standing"]), _edition(found["coming"])
        return Record(standing, coming, int(found.get("differs", 0)))
    except (OSError, ValueError, TypeError, KeyError):
        return Record()


def announce(home: Home, coming: Edition) -> None:
    """Record what is about to be put in the place of what stands."""
    _write(home, replace(read_record(home), coming=coming))


def settle(home: Home, standing: Edition) -> None:
    """Record that this edition stands, and nothing is on its way."""
    settled = Record(standing)
    if read_record(home) != settled:
        _write(home, settled)


def distrust(home: Home, vintage: int) -> None:
    """Record that this vintage of history cannot be made again: the next night goes on from it."""
    _write(home, replace(read_record(home), differs=vintage))


def _write(home: Home, record: Record) -> None:
    """Put a record in place whole."""
    path = home.publication_record
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
    files.sync(aside)
    aside.replace(path)
    files.sync(path.parent)


def edition_of(home: Home, database: Path, vintage: int, fingerprint: str) -> Edition:
    """Return the edition of a database file whose Parquet folder stands."""
    descriptor = home.parquet / str(vintage) / parquet.DESCRIPTOR
    return Edition(vintage, fingerprint, sha256(database), sha256(descriptor))


def vintage_before_history(home: Home) -> int:
    """Return the highest vintage that a home without history ever published, 0 for none.

    Its record says it; where that is lost, whatever else a publication leaves behind.
    """
    try:
        known = int(json.loads(home.publication_record.read_text(encoding="utf-8"))["highest"])
    except (OSError, ValueError, TypeError, KeyError):
        known = 0
    known = max(known, parquet.switched_vintage(home.parquet) or 0)
    told = outbox_vintages(home)
    # Folders alone are what a first night left that was cut off before its publication.
    is_published = bool(told) or home.published_db.exists()
    kept = parquet.kept_vintages(home.parquet) if is_published else []
    return known or max([*kept, *told], default=0)


def _edition(found: dict[str, Any] | None) -> Edition | None:
    return Edition(**found) if found is not None else None
