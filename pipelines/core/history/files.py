"""One file of history: ``000042-<first 16 hex digits of its SHA-256>.zip``, never changed.

A zip without compression, dated alike, so that the same content gives the same bytes:
``manifest.json`` (what the file is, the hash of the file before it and of every member),
``content/<sha256>`` (a file of the project that made this publication and that no earlier file of
history holds) and, per table of the contract, ``rows/<table>.parquet`` (rows that are new or
differ) and ``gone/<table>.parquet`` (keys of rows that are no more).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pipelines.core.files import sha256

FORMAT = 1
NAME = re.compile(r"(?P<number>\d{6})-(?P<sha>[0-9a-f]{16})\.zip")
_MANIFEST = "manifest.json"
_DATED = (1980, 1, 1, 0, 0, 0)

# What a file can be: a publication, what a home's published file held before there was a history,
# what was told to counties, what the removal of the sample and the change of the key did.
NIGHT, TAKEN_OVER, TOLD = "night", "taken over", "told"
SAMPLE_REMOVED, KEY_ROTATED = "sample removed", "key rotated"
PUBLICATIONS = (NIGHT, TAKEN_OVER)


@dataclass(frozen=True)
class About:
    """What a file says of itself beside its rows; of a publication, what it was made of.

    ``made_by`` gives the SHA-256 of every file of the project that decided it, by path.
    """

    kind: str
    vintage: int = 0
    fingerprint: str = ""
    catalogue_version: str = ""
    newest_received_at: str = ""
    deliveries: int = 0
    key_fingerprint: str = ""
    made_by: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """``manifest.json``: the file's place in the chain, what it is, the hashes of its members."""

    number: int
    previous: str
    about: About
    members: Mapping[str, str]

    def text(self) -> str:
        """Return it as JSON, the same text for the same content."""
        return json.dumps(
            {"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1, sort_keys=True
        )


def parse(text: str) -> Manifest:
    """Return a manifest. Raises ValueError where it is none that this version reads."""
    try:
        found = json.loads(text)
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']}")
        about = About(**found["about"])
        return Manifest(int(found["number"]), found["previous"], about, dict(found["members"]))
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error


def read_manifest(path: Path) -> Manifest:
    """Return a file's manifest. Raises ValueError where it has none."""
    try:
        with zipfile.ZipFile(path) as file:
            return parse(file.read(_MANIFEST).decode())
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
        raise ValueError(str(error)) from error


def unpack(path: Path, member: str, folder: Path) -> Path:
    """Write one member of a file into a folder and return where it lies."""
    target = folder / Path(member).name
    with zipfile.ZipFile(path) as file, file.open(member) as source, target.open("wb") as out:
        shutil.copyfileobj(source, out)
    return target


def pack(target: Path, manifest: Manifest, members: Mapping[str, Path]) -> None:
    """Write a file of history for the owner alone, and force it to the disk."""
    target.unlink(missing_ok=True)
    handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w+b") as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
            file.writestr(zipfile.ZipInfo(_MANIFEST, _DATED), manifest.text())
            for name, path in sorted(members.items()):
                entry = zipfile.ZipInfo(name, _DATED)
                entry.file_size = path.stat().st_size
                with path.open("rb") as source, file.open(entry, "w") as member:
                    shutil.copyfileobj(source, member)
        out.flush()
        os.fsync(out.fileno())


def file_name(number: int, sha: str) -> str:
    """Return the name of the file with this number and SHA-256."""
    return f"{number:06d}-{sha[:16]}.zip"


def hashes(members: Mapping[str, Path]) -> dict[str, str]:
    """Return the SHA-256 of members, by name."""
    return {name: sha256(path) for name, path in sorted(members.items())}
