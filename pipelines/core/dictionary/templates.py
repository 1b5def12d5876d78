"""Versions of the blank workbooks: which is current, which are still read, what they print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.core.errors import CatalogueError
from pipelines.core.fields import checked_fields

_VERSION = re.compile(r"[0-9]{4}\.[0-9]+")


@dataclass(frozen=True)
class TemplateVersion:
    """One version: its name, the day from which it was current, and the headers it prints.

    ``headers`` holds, by table alias and column name, those that are not the dictionary's.
    """

    version: str
    since: date
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class TemplateVersions:
    """The current version, and the earlier ones by name."""

    current: TemplateVersion
    earlier: Mapping[str, TemplateVersion]


def template_versions(path: Path, body: Mapping[str, Any]) -> TemplateVersions:
    """Read ``templates.yml``. Raises CatalogueError for a wrong field, version or date."""
    current = _version(path, body["current"])
    earlier: dict[str, TemplateVersion] = {}
    for item in body.get("earlier") or ():
        old = _version(path, item)
        if old.version in earlier or old.version == current.version:
            raise CatalogueError(f"{path.name}:模板版本 {old.version} 重复")
        if old.since >= current.since:
            raise CatalogueError(f"{path.name}:旧模板版本 {old.version} 的日期不早于现行版本")
        earlier[old.version] = old
    return TemplateVersions(current, earlier)


def _version(path: Path, item: Mapping[str, Any]) -> TemplateVersion:
    try:
        checked_fields(item, "模板版本", ("version", "from"), ("changed",))
    except ValueError as error:
        raise CatalogueError(f"{path.name}:{error}") from error
    version, since = item.get("version"), item.get("from")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise CatalogueError(f"{path.name}:模板版本 {version} 应写成 “2026.1”的样子")
    if not isinstance(since, date):
        raise CatalogueError(f"{path.name}:模板版本 {version} 的启用日期 from 应为日期")
    return TemplateVersion(version, since, item.get("changed") or {})
