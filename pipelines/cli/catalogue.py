"""``filings rules``: what the steward asks of the catalogue before a night depends on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.application import Application
from pipelines.cli.table import show as show_table
from pipelines.core.errors import FilingsError

app = Application(help="规则目录 | The contradiction catalogue.")


@app.command("list", epilog="filings rules list 搬迁")
def list_rules(
    text: Annotated[str | None, typer.Argument(help="规则号、标题或粒度中的文字")] = None,
) -> None:
    """列出规则 | All rules, or those whose id, title or grain contains a text."""
    from pipelines.s4_findings.catalogue import load_catalogue

    rules = [compiled.rule for compiled in load_catalogue().rules]
    rows = [
        (r.rule_id, r.grain, r.severity, r.effect, "、".join(r.holds), r.title, r.owner)
        for r in sorted(rules, key=lambda rule: rule.rule_id)
        if text is None or text in f"{r.rule_id} {r.title} {r.grain}"
    ]
    show_table(("规则", "粒度", "程度", "效力", "暂缓指标", "标题", "责任部门"), rows)
    print(f"{len(rows)} 条规则")


@app.command("show", epilog="filings rules show H017")
def show_rule(rule_id: Annotated[str, typer.Argument(help="规则号,如 H017")]) -> None:
    """显示一条规则 | One rule with its expressions, texts and examples."""
    from pipelines.s4_findings.catalogue import load_catalogue

    compiled = load_catalogue().by_id.get(rule_id)
    if compiled is None:
        raise FilingsError(f"没有规则 {rule_id},用 filings rules list 查看全部。")
    rule = compiled.rule
    rows = [
        ("规则", rule.rule_id),
        ("标题", rule.title),
        ("粒度", f"{rule.grain}(记录 {rule.record})"),
        ("程度与效力", f"{rule.severity} / {rule.effect} {'、'.join(rule.holds)}"),
        ("适用条件", rule.when),
        ("必须成立", rule.must),
        ("单元格", list(rule.cells)),
        ("提示", rule.message),
        ("怎么办", rule.advice),
        ("责任部门", rule.owner),
        ("依据", rule.basis),
        ("有效期", f"{rule.valid_from or ''} – {rule.valid_to or ''}"),
        ("文件", f"{rule.file.name}:{rule.lines['id']}"),
        *((f"例 {number}", str(example)) for number, example in enumerate(rule.examples, 1)),
    ]
    show_table(("", ""), rows)


@app.command("test", epilog="filings rules test H016 H017")
def test_rules(
    ids: Annotated[list[str] | None, typer.Argument(help="规则号,缺省为全部")] = None,
) -> None:
    """运行规则自带的例子 | Run the examples of all rules, or of those named."""
    from pipelines.s4_findings.authoring.examples import run_examples
    from pipelines.s4_findings.catalogue import load_catalogue

    count, failures = run_examples(load_catalogue(), ids or None)
    for failure in failures:
        print(failure)
    print(f"{count} 个例子,{len(failures)} 个不符")
    if failures:
        raise typer.Exit(1)


@app.command("coverage", epilog="filings rules coverage --out docs/rules.md")
def show_coverage(
    out: Annotated[Path | None, typer.Option(help="写入的文件,缺省打印 | file to write")] = None,
) -> None:
    """规则覆盖表:每条规则的例子数和已发布疑点数 | Coverage of the catalogue as Markdown."""
    from pipelines.cli.ask import published
    from pipelines.s4_findings.authoring.coverage import coverage
    from pipelines.s4_findings.catalogue import load_catalogue

    with published() as connection:
        counted = connection.execute("select rule_id, count(*) from fct_finding group by rule_id")
        fired = {str(rule): int(count) for rule, count in counted.fetchall()}
    text = coverage(load_catalogue(), fired)
    if out is None:
        print(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    print(out)


@app.command("lint", epilog="filings rules lint")
def lint_rules() -> None:
    """检查规则目录 | Every fault of the catalogue with file and line."""
    from pipelines.s4_findings.authoring.lint import lint

    faults = lint()
    for fault in faults:
        print(fault)
    print(f"{len(faults)} 处问题" if faults else "规则目录没有问题")
    if faults:
        raise typer.Exit(1)
