"""What a steward is told of a rule that is wrong, before a night depends on it."""

from pathlib import Path

import pytest

from pipelines.s4_findings.authoring.lint import lint, threshold_faults

RULE = """\
- id: Z001
  title: 主要致贫原因又填在其他致贫原因中
  grain: household
  severity: warn
  effect: note
  when: main_cause is not null
  must: not list_contains(other_causes, main_cause)
  cells: [main_cause, other_causes]
  owner: 扶贫办
  message: 主要致贫原因“{main_cause}”又填在其他致贫原因“{other_causes}”中。
  advice: 从其他致贫原因中删去该项。
  basis: 例
  examples:
    - fires: {main_cause: 因病, other_causes: [因病, 缺技术]}
    - passes: {main_cause: 因病, other_causes: [缺技术]}
    - undecidable: {main_cause: 因病, other_causes: null}
"""


def faults(folder: Path, *rules: str) -> list[str]:
    (folder / "a.yml").write_text("".join(rules), encoding="utf-8")
    return lint(folder)


def test_a_rule_that_is_right_is_passed(tmp_path: Path) -> None:
    assert faults(tmp_path, RULE) == []


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ("when: main_cause is not null", "when: main_cause", 6, "when is VARCHAR"),
        ("when: main_cause is not null", "when: member_count", 6, "when is BIGINT"),
        ("when: main_cause is not null", "when: main_cuse = '因病'", 6, "no column main_cuse"),
        ("when: main_cause is not null", "when: main_cause = '得病'", 6, "never '得病'"),
        ("when: main_cause is not null", "when: main_cause in ('因病', '病')", 6, "never '病'"),
        ("when: main_cause is not null", "when: any_member(gender = '男')", 6, None),
        ("when: main_cause is not null", "when: any_member(gender = '雄')", 6, "never '雄'"),
        ("when: main_cause is not null", "when: member_count > '三'", 6, "三"),
        ("when: main_cause is not null", "when: any_member(age > '三')", 7, "三"),
        ("when: main_cause is not null", "when: cast(phone as int) > 0", 6, "write try_cast"),
        ("when: main_cause is not null", "when: try_cast(phone as int) > 0", 6, None),
        ("when: main_cause is not null", "when: blank(on_roll)", 6, "takes a filed column"),
        ("when: main_cause is not null", "when: threshold('lone_cap') > 0", 6, "lone_cap"),
        ("must: not list_contains(other_causes, main_cause)", "must: other_causes > 3", 7, "must"),
        ("“{main_cause}”又", "“{main_caus}”又", 10, "no column main_caus"),
        ("cells: [main_cause, other_causes]", "cells: [main_caus]", 8, "no column main_caus"),
        ("id: Z001", "id: Z001大", 1, "an id is a capital letter"),
        ("grain: household", "grain: household\n  recrod: person", 4, "unknown field recrod"),
        ("  owner: 扶贫办\n", "", 1, "field owner is missing"),
        ("- passes:", "- passed:", 13, "unknown kind passed"),
        ("    - undecidable: {main_cause: 因病, other_causes: null}\n", "", 13, "undecidable"),
        ("other_causes: [缺技术]}", "other_caus: [缺技术]}", 13, "no column other_caus"),
        ("{main_cause: 因病, other_causes: null}", "{member_count: 三口}", 13, "三口"),
    ],
)
def test_a_fault_is_told_with_its_file_its_line_and_what_is_wrong(
    tmp_path: Path, right: str, wrong: str, line: int, says: str | None
) -> None:
    assert right in RULE
    found = faults(tmp_path, RULE.replace(right, wrong, 1))
    if says is None:
        assert found == []
        return
    assert len(found) == 1
    assert found[0].startswith(f"a.yml:{line}: ") and "Z001" in found[0] and says in found[0]


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    bad = RULE.replace("when: main_cause is", "when: main_cuse is")
    other = RULE.replace("Z001", "Z002").replace("“{main_cause}”又", "“{main_caus}”又")
    found = faults(tmp_path, bad, other, RULE.replace("Z001", "Z003"), RULE.replace("Z001", "Z003"))
    assert [sentence.split(": ")[1] for sentence in found] == [
        "rule Z003", "rule Z001", "rule Z002",
    ]  # fmt: skip
    assert "the id stands at a.yml:33 already" in found[0]


def test_a_file_that_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, RULE.replace("cells: [main_cause, other_causes]", "cells: [main"))
    assert found.startswith("a.yml:") and "not YAML" in found


def test_a_name_in_a_complaint_is_the_rules_own(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, RULE.replace("main_cause is not null", "member_count > phone || 1"))
    assert "w0" not in found and "w1" not in found


HEAD = "kind,area_code,valid_from,valid_to,value,unit,basis\n"
LINE = "loan_cap,000000,2010-01-01,,50000,元/户,C001\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (LINE, None),
        (LINE.replace("50000", "五万"), "value '五万' is no number"),
        (LINE.replace("50000,", "50000;"), "6 fields"),
        (LINE.replace("2010-01-01", "2010-13-01"), "valid_from '2010-13-01'"),
        (LINE.replace(",,", ",2009-12-31,"), "before valid_from"),
        (LINE.replace("000000", "42"), "area_code '42'"),
        (LINE + LINE, "stands in line 2 already"),
    ],
)
def test_a_line_that_is_no_threshold_is_told(tmp_path: Path, line: str, says: str | None) -> None:
    path = tmp_path / "thresholds.csv"
    path.write_text(HEAD + line, encoding="utf-8")
    found = threshold_faults(path)
    if says is None:
        assert found == []
        return
    assert len(found) == 1
    assert found[0].startswith(f"thresholds.csv:{1 + line.count('loan')}: ") and says in found[0]
