"""``filings indicators``: what the steward asks of the indicators before a night needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from pipelines.cli.application import Application
from pipelines.cli.table import show as show_table
from pipelines.core.errors import FilingsError

app = Application(help="指标定义 | The definitions of the indicators.")

WIDTH = 100
KINDS = {"ratio": "比率", "difference": "差", "count": "计数"}
OUTCOMES = {"computed": "算得出:", "unknown": "算不出,缺 ", "no_base": "没有数值(基数为零):"}
TERMS = {"numerator": "分子", "denominator": "分母", "value": "数值"}
WORDS = {True: "是", False: "否", None: "空"}


@app.command("list", epilog="filings indicators list 住房")
def list_indicators(
    text: Annotated[str | None, typer.Argument(help="指标代码或名称中的文字")] = None,
) -> None:
    """列出指标 | All indicators, or those whose code or name contains a text."""
    from pipelines.s5_indicators.definitions import read_indicators
    from pipelines.s5_indicators.figures import figures

    chosen = [
        indicator
        for indicator in read_indicators()
        if text is None or text in f"{indicator.code} {indicator.data['name_zh']}"
    ]
    rows = [
        (
            indicator.code,
            indicator.data["name_zh"],
            KINDS[indicator.data["kind"]],
            indicator.data["unit"],
            len(figures([indicator])),
            "、".join(indicator.data["tables"]),
            indicator.at(),
        )
        for indicator in chosen
    ]
    headers = ("指标", "名称", "算法", "单位", "分组数", "所需的表", "文件")
    show_table(headers, rows, width=WIDTH)
    print(f"{len(rows)} 个指标")


@app.command("show", epilog="filings indicators show i_inc1")
def show_indicator(code: Annotated[str, typer.Argument(help="指标代码,如 i_inc1")]) -> None:
    """显示一个指标 | One indicator with its terms, breakdowns and examples."""
    from pipelines.s5_indicators.definitions import read_indicators
    from pipelines.s5_indicators.figures import figures

    found = {indicator.code: indicator for indicator in read_indicators()}.get(code)
    if found is None:
        raise FilingsError(f"没有指标 {code},用 filings indicators list 查看全部。")
    data = found.data
    rows = [
        ("指标", f"{code} {data['name_zh']}({data['name_en']})"),
        ("数值", _value(data)),
        ("分子", data["numerator_zh"]),
        ("分母", data["denominator_zh"]),
        ("口径", data["scope_zh"]),
        ("依据", data["basis"]),
        ("所需的表", list(data["tables"])),
        ("所需的列", list(data.get("columns", ()))),
        ("上限", "超过 100% 的暂缓发布" if found.bounded else "无"),
        ("计算", _computation(data)),
        ("分组", [figure.breakdown or "不分组" for figure in figures([found])]),
        ("文件", found.at()),
        *_examples(data),
    ]
    show_table(("", ""), rows, width=WIDTH)


def _value(data: Mapping[str, Any]) -> str:
    """Return how the value is made of its terms."""
    of_a_term = f"(分子、分母的单位:{data['term_unit']})"
    if data["kind"] == "ratio":
        factor = f"{data['factor']} × " if data["factor"] != 1 else ""
        return f"{factor}分子 ÷ 分母,{data['unit']}{of_a_term}"
    return f"{'分子 − 分母' if data['kind'] == 'difference' else '分子'},{data['unit']}{of_a_term}"


def _computation(data: Mapping[str, Any]) -> str:
    """Return the SQL of the plain reading, a line per part."""
    parts = ("from", "where", "numerator", "numerator_where", "denominator", "denominator_where")
    return "\n".join(f"{part}: {data[part]}" for part in (*parts, "weight") if part in data)


def _examples(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each example: its breakdown, what comes out, and what was filed for it."""
    for number, example in enumerate(data["examples"], 1):
        ((outcome, said),) = ((kind, example[kind]) for kind in OUTCOMES if kind in example)
        given = {name: rows for name, rows in example.items() if name not in (outcome, "breakdown")}
        named = isinstance(said, list)
        listed = "、".join(TERMS.get(name, name) for name in said) if named else _numbers(said)
        breakdown = f"{example['breakdown']}:" if example.get("breakdown") else ""
        yield f"例 {number}", f"{breakdown}{OUTCOMES[outcome]}{listed}\n{_given(given)}"


def _numbers(said: Mapping[str, Any]) -> str:
    return ",".join(
        f"{TERMS[name]} {'无' if number is None else number}" for name, number in said.items()
    )


def _given(given: Mapping[str, Any]) -> str:
    """Return what an example gives, a line per record."""
    lines = [
        f"{name}: {', '.join(f'{key}={_word(value)}' for key, value in row.items())}"
        for name, rows in {**given.get("rows", {}), "findings": given.get("findings", ())}.items()
        for row in rows
    ]
    for name, words in (("not_filed", "未报的表"), ("lacks", "缺的列")):
        if name in given:
            lines.append(f"{words}:{'、'.join(given[name])}")
    return "\n".join(lines)


def _word(value: Any) -> str:
    return WORDS[value] if value is None or isinstance(value, bool) else str(value)


@app.command("test", epilog="filings indicators test i_inc1 i_fund1")
def test_indicators(
    codes: Annotated[list[str] | None, typer.Argument(help="指标代码,缺省为全部")] = None,
) -> None:
    """运行指标自带的例子 | Run the examples of all indicators, or of those named."""
    from pipelines.s5_indicators.definitions import read_indicators
    from pipelines.s5_indicators.examples import run_examples

    count, failures = run_examples(read_indicators(), codes or None)
    for failure in failures:
        print(failure)
    print(f"{count} 个例子,{len(failures)} 个不符")
    if failures:
        raise typer.Exit(1)


@app.command("lint", epilog="filings indicators lint")
def lint_indicators() -> None:
    """检查指标定义 | Every fault of the indicators with file and line."""
    from pipelines.s5_indicators.lint import lint

    faults = lint()
    for fault in faults:
        print(fault)
    print(f"{len(faults)} 处问题" if faults else "指标定义没有问题")
    if faults:
        raise typer.Exit(1)
