"""The stages' names for people, and the one sentence that a failed stage leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import Failure

from pipelines.core.errors import FilingsError

# Step key → what an office calls it, in the order of the way.
STAGE_NAMES = {
    "county_backlog": "补发上次未完成的反馈",
    "submissions": "收件",
    "lake": "读取与规范",
    "dbt_models": "建模",
    "findings": "逻辑核查",
    "dbt_indicators": "计算指标",
    "gate": "发布前检查",
    "dbt_publication": "整理发布表",
    "published": "发布",
    "county_reports": "县级工作簿",
    "notifications": "消息",
}


@contextmanager
def stage(step: str) -> Iterator[None]:
    """Turn whatever stops a stage into a Failure that says which stage and why.

    The cause stays chained, so the run's page still shows the traceback.
    """
    try:
        yield
    except Exception as error:
        reason = (
            str(error) if isinstance(error, FilingsError) else f"{type(error).__name__}: {error}"
        )
        sentence = f"阶段“{STAGE_NAMES[step]}”失败,已发布的数据保持不变:{reason}"
        raise Failure(description=sentence, allow_retries=False) from error
