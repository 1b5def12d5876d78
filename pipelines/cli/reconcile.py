"""``filings reconcile``: printed figures judged by interval arithmetic."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

_VERDICTS = {"holds": "成立", "rounding": "舍入可解释", "contradiction": "不成立"}
_SEVERITIES = {
    "hard": "必有错", "soft": "口径待说明", "minor": "末位之差", "artifact": "小数点或单位",
    "": "另一种读法,不算报告的错",
}  # fmt: skip


def reconcile(
    figures: Annotated[Path, typer.Argument(help="印出的数:CSV,列 report_id、seq、value、unit,"
        "另有 label_zh、concept、approx 更好")],
    relations: Annotated[Path | None, typer.Argument(help="关系:CSV,列 report_id、relation_id、"
        "expression(如 s47 = 100*s46/s44);不给则按 concept 推断")] = None,
    out: Annotated[Path | None, typer.Option(help="判定写入此 CSV:report_id、relation_id、verdict、"
        "severity、message_zh")] = None,
) -> None:  # fmt: skip
    """核对报告里印出的数 | Judge printed figures by interval arithmetic.

    整数计数是准数,其余的数代表末位半个单位以内的一切值,约数更宽。判定为 holds(照所印成立)、
    rounding(舍入可以解释)或 contradiction(任何取值都不成立)。
    退出码:0 已判完(不论有无矛盾),2 文件用不了。
    """
    from pipelines.reconcile.run import reconcile as judge_files
    from pipelines.reconcile.run import write
    from pipelines.reconcile.tables import InputError

    try:
        found = judge_files(figures, relations)
    except InputError as error:
        print(f"错误:{error}", file=sys.stderr)
        raise typer.Exit(2) from None
    for sentence in found.unreadable:
        print(f"注意:{sentence},没有关系用到它", file=sys.stderr)
    if out is not None:
        write(out, found.verdicts)
    wrong = [verdict for verdict in found.verdicts if verdict.verdict == "contradiction"]
    for verdict in wrong:
        weight = _SEVERITIES[verdict.severity]
        print(f"{verdict.report_id} {verdict.relation_id} [{weight}] {verdict.message_zh}")
    kinds = Counter(verdict.verdict for verdict in found.verdicts)
    counts = ",".join(f"{zh} {kinds[name]}" for name, zh in _VERDICTS.items())
    print(f"{'推断' if relations is None else '读入'}关系 {len(found.verdicts)} 条:{counts}")
    weights = Counter(verdict.severity for verdict in wrong)
    if wrong:
        print("矛盾:" + ",".join(f"{zh} {weights[name]}" for name, zh in _SEVERITIES.items()))
