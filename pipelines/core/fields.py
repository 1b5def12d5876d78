"""The fields of an entry that people write: what is missing or unknown is named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def checked_fields(
    body: Any, where: str, required: Collection[str], optional: Collection[str] = ()
) -> Mapping[str, Any]:
    """Return the entry, which has all required fields and none but these and the optional ones.

    ``where`` is how the entry is called in the message, '' for the whole file.

    Raises:
        ValueError: the entry is no mapping, or lacks a field, or has one that nobody knows.
    """
    place = f"{where}." if where else ""
    if not isinstance(body, dict):
        raise ValueError(f"{where or '全文'} 应为键值")
    missing = [f"{place}{name}" for name in required if name not in body]
    unknown = [f"{place}{name}" for name in body if name not in required and name not in optional]
    if missing:
        raise ValueError(f"缺少 {'、'.join(missing)}")
    if unknown:
        raise ValueError(f"没有这样的字段:{'、'.join(unknown)}")
    return body
