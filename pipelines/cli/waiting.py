"""The deliveries that wait for the steward, as the terminal tells them."""

from __future__ import annotations

from pipelines.core.settings import Home


def show_waiting(home: Home) -> None:
    """Print each delivery that waits, why, and what the steward can do; nothing where none does."""
    from pipelines.core.statuses import Status
    from pipelines.s2_lake import results

    waiting = [each for each in results(home) if each.status == Status.WAITING]
    if not waiting:
        return
    print("等待确认的报送(没有生效):")
    for each in waiting:
        print(f"- {each.submission_id}:{each.reason_zh}")
    print("确认无误的,运行 filings admit 报送编号 --reason 原因 --by 姓名,再运行 filings refresh;")
    print("报送有误的,请县里更正后重新报送。")
