"""The publication gate: what it holds, with which reason, and when it stops the night."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.core.database import build_database, read_only
from pipelines.core.errors import GateError
from pipelines.core.settings import Home
from pipelines.s6_gate import BrokenIdentityError, gate, run_gate, suites

CANDIDATE = {
    "region_code": ("varchar", "990101"),
    "period": ("varchar", "2020-06"),
    "indicator_code": ("varchar", None),
    "breakdown": ("varchar", ""),
    "name_zh": ("varchar", "某指标"),
    "kind": ("varchar", "ratio"),
    "factor": ("bigint", 100),
    "numerator_zh": ("varchar", "甲"),
    "denominator_zh": ("varchar", "乙"),
    "numerator": ("decimal(24,6)", 1),
    "denominator": ("decimal(24,6)", 2),
    "base": ("decimal(24,6)", 2),
    "value": ("double", 50.0),
    "bounded_value": ("double", None),
    "n_missing_tables": ("bigint", 0),
    "missing_tables": ("varchar", None),
    "n_missing_columns": ("bigint", 0),
    "missing_columns": ("varchar", None),
    "n_unknown_terms": ("bigint", 0),
    "n_open_hold_findings": ("bigint", 0),
    "hold_rule_ids": ("varchar", None),
}


def make(home: Home, candidates: list[dict[str, Any]], *more: str) -> None:
    with build_database(home) as connection:
        for schema in ("indicators", "findings", "gate"):
            connection.execute(f"create schema {schema}")
        listed = ", ".join(f"{name} {kind}" for name, (kind, _) in CANDIDATE.items())
        connection.execute(f"create table indicators.gate_candidate ({listed})")
        for row in candidates:
            filled = {name: row.get(name, default) for name, (_, default) in CANDIDATE.items()}
            marks = ", ".join("?" for _ in filled)
            connection.execute(
                f"insert into indicators.gate_candidate values ({marks})", list(filled.values())
            )
        connection.execute(
            "create table findings.fct_finding as select '1' as finding_id, 'error' as severity, "
            "'hold' as effect, 'open' as status"
        )
        connection.execute(
            "create table findings.fct_rule_outcome as select 'H001' as rule_id, "
            "'990101' as county_code, '2020-06' as period, 6 as n_applicable, 3 as n_pass, "
            "2 as n_fail, 1 as n_undecidable, 0 as n_not_applicable"
        )
        connection.execute(
            "create table main.fct_submission_file as select 5 as rows_read, 3 as rows_accepted, "
            "1 as rows_quarantined, 1 as rows_ignored"
        )
        for statement in more:
            connection.execute(statement)


def held_figures(home: Home) -> list[tuple[Any, ...]]:
    with read_only(home.build_db) as connection:
        return connection.execute("select * from gate.held").fetchall()


def test_each_failing_figure_is_held_with_its_first_reason(home: Home) -> None:
    many = [{"indicator_code": f"i_{n:03}", "n_open_hold_findings": 1} for n in range(250)]
    make(
        home,
        [
            {"indicator_code": "i_good"},
            {"indicator_code": "i_empty", "base": 0, "denominator": 0, "value": None},
            {"indicator_code": "i_over", "numerator": 3, "value": 150.0, "bounded_value": 150.0},
            {
                "indicator_code": "i_unfiled",
                "numerator": None,
                "denominator": None,
                "base": None,
                "value": None,
                "n_missing_tables": 2,
                "missing_tables": "fa,fp",
                "n_open_hold_findings": 2,
                "hold_rule_ids": "F002,F003",
            },
            {
                "indicator_code": "i_lacking",
                "numerator": None,
                "denominator": None,
                "base": None,
                "value": None,
                "n_missing_columns": 2,
                "missing_columns": "p.household_code,hh.exit_status",
                "n_open_hold_findings": 1,
            },
            {"indicator_code": "i_ruled", "n_open_hold_findings": 3, "hold_rule_ids": "H001,H003"},
            *many,
        ],
    )
    result = run_gate(home)
    rows = {row[2]: row for row in held_figures(home)}
    assert result.held == len(rows) == 255
    assert all(each.passed for each in result.outcomes if each.suite.effect == "block")
    assert "i_good" not in rows
    assert rows["i_empty"][4] == "分母为零,没有可计算的对象"
    assert rows["i_over"][4].startswith("比率超过 100%")
    assert rows["i_unfiled"][4].startswith("未报送:") and "fa" not in rows["i_unfiled"][4]
    assert rows["i_unfiled"][5] == ["F002", "F003"]
    assert rows["i_lacking"][4] == "缺列:家庭成员表“户编号”、户基本信息表“脱贫标志”"
    assert rows["i_ruled"][4:] == (
        "有3条未处理的疑点(规则H001、H003),更正或豁免后发布",
        ["H001", "H003"],
    )


def test_the_page_says_what_is_held_and_asks_nothing_of_anybody(home: Home) -> None:
    over = {"indicator_code": "i_over", "name_zh": "甲率", "n_open_hold_findings": 2}
    make(
        home,
        [{**over, "hold_rule_ids": "F002"}, {**over, "breakdown": "x=1", "hold_rule_ids": "F002"}],
    )
    first = run_gate(home).page.read_bytes()
    text = first.decode()
    assert "可以发布。其中 2 个数值暂缓" in text and "停止发布" not in text.replace(
        "即停止发布", ""
    )
    assert '<td>甲率</td><td class="number">2</td><td>有2条未处理的疑点(规则F002)' in text
    assert "恒等式:收件行数" in text and "{" not in text[text.index("<body>") :]
    assert not re.search(r"https?:|src=|<script|<link", text)
    assert run_gate(home).page.read_bytes() == first


def test_the_page_of_a_stopped_night_says_which_identity(home: Home) -> None:
    make(home, [{"indicator_code": "i_a"}], "update main.fct_submission_file set rows_ignored = 0")
    with pytest.raises(GateError, match="行数不等于"):
        run_gate(home)
    text = home.gate_page.read_text(encoding="utf-8")
    assert "停止发布:1 项恒等式不成立" in text
    assert re.search(r"读取行数不等于接收、隔离与忽略之和</td>\s*<td class=\"bad\">1 行", text)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("update findings.fct_rule_outcome set n_pass = 4", "适用数不等于"),
        ("update findings.fct_rule_outcome set n_pass = null", "适用数不等于"),
        ("insert into findings.fct_finding select * from findings.fct_finding", "疑点编号重复"),
        ("update findings.fct_finding set status = 'gone'", "状态未知"),
        ("update main.fct_submission_file set rows_ignored = 0", "读取行数不等于"),
        ("update indicators.gate_candidate set value = 51", "比率不等于"),
        ("update indicators.gate_candidate set n_missing_tables = 1", "所需的表未报送"),
        ("update indicators.gate_candidate set n_missing_columns = 1", "所需的表未报送或缺列"),
        (
            "insert into indicators.gate_candidate select * from indicators.gate_candidate",
            "有多行",
        ),
    ],
)
def test_a_broken_identity_stops_the_night(home: Home, statement: str, reason: str) -> None:
    make(home, [{"indicator_code": "i_good"}], statement)
    with pytest.raises(BrokenIdentityError, match=reason) as raised:
        run_gate(home)
    broken = [each for each in raised.value.outcomes if not each.passed]
    assert len(raised.value.outcomes) == 22
    assert any(reason in each.check.reason and each.n_failed > 0 for each in broken)
    with pytest.raises(duckdb.Error):
        held_figures(home)


def test_an_engine_error_is_no_finding(home: Home) -> None:
    make(home, [], "alter table indicators.gate_candidate drop column base")
    with pytest.raises(GateError, match="无法执行"):
        run_gate(home)


def test_no_database_no_gate(home: Home) -> None:
    with pytest.raises(GateError, match="没有待检查的数据库"):
        run_gate(home)


def test_nothing_to_publish_holds_nothing(home: Home) -> None:
    make(home, [])
    assert run_gate(home).held == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title: 甲\ntable: t\neffect: maybe\nexpectations: []", "effect"),
        ("title: 甲\ntable: t\nexpectations: []", "effect"),
        ("title: [", "不是有效的检查清单"),
        ("title: 甲\ntable: t\neffect: block\nexpectations: []", "没有 effect: hold"),
        (
            "title: 甲\ntable: t\neffect: hold\nexpectations:\n"
            "- {name: a, type: x, reason: 乙}\n- {name: a, type: y, reason: 丙}",
            "重名",
        ),
    ],
)
def test_a_wrong_suite_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "holds.yml").write_text(text, encoding="utf-8")
    with pytest.raises(GateError, match=reason):
        suites.load_suites(tmp_path)


def test_an_unknown_expectation_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    make(home, [])
    wrong = suites.Suite(
        "holds",
        "甲",
        "indicators.gate_candidate",
        "hold",
        (suites.Check("x", "expect_x", {}, "乙"),),
    )
    monkeypatch.setattr(gate, "load_suites", lambda: [wrong])
    with pytest.raises(GateError, match="expect_x"):
        run_gate(home)
