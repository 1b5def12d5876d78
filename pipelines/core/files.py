"""Files of the system and of stewards: a damaged one is named, with what to do about it; and what
must survive a power cut is forced to the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import yaml

from pipelines.core.errors import FilingsError

# libyaml's parser where PyYAML has it: ten times as fast, and it marks lines all the same.
YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TornError(FilingsError):
    """A record is not what was written: cut off, empty, or changed by the disk or by hand."""

    def __init__(self, path: Path, remedy: str) -> None:
        super().__init__(f"{path} 已损坏,{remedy}。")
        self.path = path


def read_json(path: Path, remedy: str) -> Any:
    """Return what a JSON file holds. Raises TornError, which says ``remedy``, where it is torn."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise TornError(path, remedy) from None


def read_text(path: Path) -> str:
    """Return the text of a file that people edit. Raises FilingsError where it is not UTF-8."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FilingsError(
            f"{path} 第 {line} 行有不是 UTF-8 的字符,请用 UTF-8 编码重新保存。"
        ) from None


def sha256(path: Path) -> str:
    """Return the hash of a file's bytes (hex)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Force a file or folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def parsed_yaml(text: str) -> Any:
    """Return what a YAML text says. Raises yaml.YAMLError where it is none."""
    return yaml.load(text, Loader=YAML_LOADER)
