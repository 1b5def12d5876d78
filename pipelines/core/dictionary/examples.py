"""Invented cells for the example sheet of a template."""

from __future__ import annotations

from functools import cache
from typing import Any

from pipelines.core.dictionary.model import FOLDER, CodeList, Column, read_yaml


@cache
def _examples() -> dict[str, Any]:
    return read_yaml(FOLDER / "examples.yml")


def examples(column: Column, codes: CodeList | None) -> tuple[str, str]:
    """Return what a column's cell looks like in two rows that nobody filed.

    ``codes`` is the column's code list, None for a column without.
    """
    told = _examples()
    if column.name in told["columns"]:
        pair = told["columns"][column.name]
    elif column.sensitive in told["secrets"]:
        pair = told["secrets"][column.sensitive]
    elif codes is not None and codes.labels:
        first, second = codes.labels[0], codes.labels[min(1, len(codes.labels) - 1)]
        pair = (first, f"{first},{second}" if column.type == "codes" else second)
    elif column.type == "int" and "year" in column.name:
        pair = told["years"]
    elif column.is_identifier:
        pair = told["numbers"]
    else:
        pair = told["types"]["str" if codes is not None else column.type]
    return pair[0], pair[1]
