"""Which rules of the catalogue stand, how each is proven, and which fired on a home's filings.

``filings rules coverage --out docs/rules.md`` writes the table that the README links to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pipelines.core.files import parsed_yaml
from pipelines.core.settings import EXPECTATIONS
from pipelines.s4_findings.catalogue import OUTCOMES, Catalogue, Rule

NOT_IMPLEMENTED = EXPECTATIONS / "not_implemented.yml"


def coverage(catalogue: Catalogue, fired: Mapping[str, int]) -> str:
    """Return the coverage as Markdown: one line per id, implemented or not.

    ``fired`` is the number of findings by rule on the filings that it is told of.
    """
    rules = sorted((compiled.rule for compiled in catalogue.rules), key=lambda r: r.rule_id)
    missing = parsed_yaml(NOT_IMPLEMENTED.read_text(encoding="utf-8"))
    lines = [
        "# 规则目录覆盖 | Coverage of the rule catalogue",
        "",
        "由 `filings rules coverage --out docs/rules.md` 生成,请勿手改;“样例”为样例县当次疑点数。",
        "",
        f"已实现 {len(rules)} 条,未实现 {len(missing)} 条;"
        f"样例数据上触发过 {sum(1 for r in rules if fired.get(r.rule_id))} 条。",
        "",
        "| 规则 | 标题 | 粒度 | 程度 | 效力 | 触发/通过/不可判 例 | 样例 | 文件 |",
        "|---|---|---|---|---|---|---|---|",
        *(_line(rule, fired.get(rule.rule_id, 0)) for rule in rules),
        "",
        "## 未实现 | Not implemented",
        "",
        "| 规则 | 标题 | 原因 | 需要 |",
        "|---|---|---|---|",
        *(f"| {e['id']} | {e['title']} | {e['reason']} | {e['needed']} |" for e in missing),
        "",
    ]
    return "\n".join(lines)


def _line(rule: Rule, fired: int) -> str:
    counts = Counter(kind for example in rule.examples for kind in example)
    examples = [str(counts[kind]) for kind in OUTCOMES]
    if rule.two_valued:
        examples[-1] = "两值"
    effect = f"{rule.effect} {'、'.join(rule.holds)}".strip()
    title = rule.title.replace("|", "/")
    return (
        f"| {rule.rule_id} | {title} | {rule.grain} | {rule.severity} | {effect} "
        f"| {'/'.join(examples)} | {fired or ''} | {rule.file.name} |"
    )
