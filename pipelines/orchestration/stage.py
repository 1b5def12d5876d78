"""The stages' names for people, and the one sentence that a failed stage leaves behind."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from dagster import Failure, MetadataValue

from pipelines.core.reasons import reason_zh
from pipelines.core.settings import Home
from pipelines.s2_lake import log_text

# Under this name an observation lists what lies in no county's folder: no county can be told of it.
OUTSIDE_FOLDERS = "left_outside_folders"
# And under this one: whole sentences for the steward.
WARNINGS = "warnings"

# Step key → what an office calls it, in the order of the way, what one cell needs last.
STAGE_NAMES = {
    "history": "核对上次发布",
    "county_backlog": "补发上次未完成的反馈",
    "submissions": "收件",
    "lake": "读取与规范",
    "build_database": "装入构建库",
    "dbt_models": "建模",
    "findings": "逻辑核查",
    "dbt_indicators": "计算指标",
    "gate": "发布前检查",
    "dbt_publication": "整理发布表",
    "published": "发布",
    "county_reports": "县级工作簿",
    "notifications": "消息",
    "filing": "重读一县一期",
    "county_workbook": "重写一县一期的工作簿",
}


@contextmanager
def stage(step: str, home: Home) -> Iterator[None]:
    """Turn whatever stops a stage into a Failure that says which stage and why.

    An error may quote what was filed, and Dagster keeps what it is told, with all causes. So it is
    told the sentence alone, without anybody's name or number; the traceback lies in the private
    build folder.
    """
    try:
        yield
    except Exception as error:
        reason = log_text(home, reason_zh(error))
        _keep_traceback(home, step, error)
        sentence = f"阶段“{STAGE_NAMES[step]}”失败,已发布的数据保持不变:{reason}"
        raise Failure(description=sentence, allow_retries=False) from None


def _keep_traceback(home: Home, step: str, error: Exception) -> None:
    """Write the traceback of a stage's last failure; a full disk must not hide the reason."""
    try:
        home.errors.mkdir(parents=True, exist_ok=True)
        text = "".join(traceback.format_exception(error))
        (home.errors / f"{step}.txt").write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError:
        return


def shown(result: Any) -> dict[str, MetadataValue[Any]]:
    """Return a stage's result (a dataclass) as what the UI shows of the materialisation.

    Numbers and texts stand as they are, dictionaries by key, lists by their length.
    """
    found: dict[str, MetadataValue[Any]] = {}
    for field in fields(result):
        value = getattr(result, field.name)
        if isinstance(value, dict):
            found |= {f"{field.name}_{key}": _value(each) for key, each in value.items()}
        else:
            found[field.name] = _value(value)
    return found


def _value(value: Any) -> MetadataValue[Any]:
    if isinstance(value, int) and not isinstance(value, bool):
        return MetadataValue.int(value)
    if isinstance(value, float):
        return MetadataValue.float(value)
    if isinstance(value, Path):
        return MetadataValue.path(str(value))
    if isinstance(value, (list, tuple, set, frozenset)):
        return MetadataValue.int(len(value))
    return MetadataValue.text(str(value))
