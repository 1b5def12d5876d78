"""What each published table and column means, in Chinese and English.

Models carry their descriptions in dbt ("zh | en"); a column that a model hands on from a filed
table is described by the dictionary, through dbt's sources; what Python makes stands in
``texts.yml``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.core.errors import FilingsError
from pipelines.core.files import parsed_yaml
from pipelines.core.settings import Home
from pipelines.s7_published import sample

SEPARATOR = " | "


@dataclass(frozen=True)
class Texts:
    """A table's comment and its columns' comments, each ``中文 | English``; '' where missing."""

    table: str = ""
    columns: dict[str, str] = field(default_factory=dict)


class Comments:
    """Comments by table, for one home's dbt manifest."""

    def __init__(self, manifest: dict[str, Any], own: dict[str, Texts]) -> None:
        self._nodes: dict[str, Any] = {**manifest["nodes"], **manifest["sources"]}
        self._models = {
            node["name"]: key
            for key, node in manifest["nodes"].items()
            if node["resource_type"] in ("model", "seed")
        }
        self._own = own

    @classmethod
    def of(cls, home: Home) -> Comments:
        """Read the manifest that dbt left in the home.

        Raises:
            FilingsError: dbt has not run there.
        """
        path = home.dbt_target / "manifest.json"
        if not path.exists():
            raise FilingsError(f"没有 dbt 的清单 {path},请先构建模型。")
        return cls(json.loads(path.read_text(encoding="utf-8")), own_texts())

    def of_table(self, table: str) -> str:
        """Return a table's comment, '' where nobody gave one in both languages."""
        if table in self._own:
            return self._own[table].table
        node = self._nodes.get(self._models.get(table, ""), {})
        return _both(node.get("description", ""))

    def of_column(self, table: str, column: str) -> str:
        """Return a column's comment: its own, else that of the nearest table it comes from."""
        own = sample.COMMENT if column == sample.COLUMN else ""
        if table in self._own:
            return self._own[table].columns.get(column, own)
        for key in self._ancestry(self._models.get(table, "")):
            text = _both(self._described(key, column))
            if text:
                return text
        return own

    def _described(self, key: str, column: str) -> str:
        """Return what one node says of a column."""
        entry = self._nodes.get(key, {}).get("columns", {}).get(column, {})
        return str(entry.get("description", ""))

    def _ancestry(self, key: str) -> Iterator[str]:
        """Return a node and what it is made of, nearest first, each once."""
        waiting, seen = [key], set()
        while waiting:
            current = waiting.pop(0)
            if current in seen or current not in self._nodes:
                continue
            seen.add(current)
            yield current
            waiting += self._nodes[current].get("depends_on", {}).get("nodes", [])


@cache
def own_texts() -> dict[str, Texts]:
    """Return the texts of the tables that Python makes."""
    path = Path(__file__).with_name("texts.yml")
    raw = parsed_yaml(path.read_text(encoding="utf-8"))
    return {name: Texts(entry["comment"], entry["columns"]) for name, entry in raw.items()}


def _both(text: str) -> str:
    """Return a description that has both languages, '' for any other."""
    flat = " ".join(text.split())
    return flat if SEPARATOR in flat else ""


def with_key(text: str, key: Sequence[str]) -> str:
    """Return a table's comment with the key that it has, as it is where either is missing."""
    if not (text and key):
        return text
    return f"{chinese(text)};主键:{'、'.join(key)}{SEPARATOR}{english(text)}; key: {', '.join(key)}"


def chinese(text: str) -> str:
    """Return the Chinese half of a comment."""
    return text.split(SEPARATOR)[0]


def english(text: str) -> str:
    """Return the English half of a comment."""
    return text.split(SEPARATOR)[-1]
