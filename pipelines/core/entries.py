"""YAML lists that people write (rules, indicators): each entry with the lines of its fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from pipelines.core.errors import CatalogueError
from pipelines.core.files import YAML_LOADER


def entries(path: Path) -> list[tuple[dict[str, Any], dict[str, int]]]:
    """Return each entry of a file with the line (from 1) of each of its fields.

    A field within a field is named by its path: ``readings.1.numerator``.

    Raises:
        CatalogueError: the file is not YAML, or no list of entries; it names file and line.
    """
    try:
        loader = YAML_LOADER(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        raws = loader.construct_document(node) if node else []
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path.name}:{_line_of(error)}: not YAML: {error}") from error
    if not isinstance(raws, list) or not all(isinstance(raw, dict) for raw in raws):
        raise CatalogueError(f"{path.name}: expected a list of entries")
    nodes = node.value if node else []
    return [(raw, dict(_lines(each))) for raw, each in zip(raws, nodes, strict=True)]


def _line_of(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 1


def _lines(node: yaml.Node, path: str = "") -> Iterator[tuple[str, int]]:
    """Yield the path of each field below a node with its line."""
    if isinstance(node, yaml.MappingNode):
        fields = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        fields = [(str(number), item, item) for number, item in enumerate(node.value)]
    else:
        return
    for name, marked, value in fields:
        yield path + name, marked.start_mark.line + 1
        yield from _lines(value, f"{path}{name}.")


@contextmanager
def noting(faults: list[str] | None) -> Iterator[None]:
    """Add a CatalogueError to ``faults`` instead of raising it, where they are given."""
    try:
        yield
    except CatalogueError as error:
        if faults is None:
            raise
        faults.append(str(error))
