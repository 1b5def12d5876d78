"""One hash over everything that decides what is published: same inputs, same publication."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pipelines.core.privacy import key_fingerprint, load_key
from pipelines.core.settings import DBT_PROJECT, EXPECTATIONS, PROJECT_ROOT, Home
from pipelines.s1_archive import records_hash
from pipelines.s2_lake import damaged_submissions

# Stages that decide results; the command line, the orchestration, the simulator and what goes
# back to counties do not.
STAGES = (
    "core",
    "s1_archive",
    "s2_lake",
    "s3_models",
    "s4_findings",
    "s5_indicators",
    "s6_gate",
    "s7_published",
)
SUFFIXES = (".py", ".sql", ".yml", ".yaml", ".csv")
# Made by tools, or deciding only where messages go.
IGNORED = ("__pycache__", "target", "logs", "dbt_packages", "channels.yml")

# Where those stand that people edit, the decisions apart from the code.
EDITED = (
    EXPECTATIONS,
    DBT_PROJECT / "seeds",
    PROJECT_ROOT / "pipelines" / "core" / "dictionary",
)
EDITED_SUFFIXES = (".yml", ".yaml", ".csv")


def deciding_fingerprint() -> str:
    """Return the hash of the project's files that decide results: code, models, catalogue (hex).

    Taken once, before a process reads any of them: what is edited later is not in it, so that
    the night after applies it.
    """
    digest = hashlib.sha256()
    for path in _deciding_files():
        _add(digest, str(path.relative_to(PROJECT_ROOT)), path.read_bytes())
    return digest.hexdigest()


def input_fingerprint(home: Home, deciding: str | None = None) -> str:
    """Return the hash (hex) of what was received, withdrawn, admitted, what decides, and the key.

    ``deciding`` is the deciding_fingerprint of the files that are used; by default that of now.
    The key decides the protected keys of persons; it enters as a hash made with itself.
    """
    digest = hashlib.sha256()
    _add(digest, "records", records_hash(home).encode())
    # What cannot be read now is read when the archive is restored.
    _add(digest, "damaged", "\n".join(damaged_submissions(home)).encode())
    _add(digest, "deciding", (deciding or deciding_fingerprint()).encode())
    _add(digest, "key", key_fingerprint(load_key(home)).encode())
    return digest.hexdigest()


def made_by() -> dict[str, bytes]:
    """Return the files that people edit and that decide a publication, by path: rules, thresholds,
    indicators, dictionary, waivers, limits, calendar.
    """
    return {
        str(path.relative_to(PROJECT_ROOT)): path.read_bytes()
        for path in _deciding_files()
        if any(path.is_relative_to(place) for place in EDITED) and path.suffix in EDITED_SUFFIXES
    }


def _add(digest: hashlib._Hash, name: str, content: bytes) -> None:
    """Add one named content, so that neither can run into the next."""
    digest.update(f"{name}\0{len(content)}\0".encode())
    digest.update(content)


def _deciding_files() -> Iterator[Path]:
    """Return the project's files that decide results, in one order on every machine."""
    folders = [*(PROJECT_ROOT / "pipelines" / stage for stage in STAGES), DBT_PROJECT, EXPECTATIONS]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(PROJECT_ROOT).parts
            if path.suffix in SUFFIXES and not set(parts) & set(IGNORED) and path.is_file():
                yield path
    lock = PROJECT_ROOT / "requirements.lock"
    if lock.exists():
        yield lock
