"""The indicators as data: whole, about things that exist, and right about their own examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.core.dictionary import dictionary
from pipelines.core.errors import CatalogueError
from pipelines.s4_findings.catalogue import indicator_codes
from pipelines.s5_indicators.definitions import Indicator, read_indicators
from pipelines.s5_indicators.examples import run_examples
from pipelines.s5_indicators.figures import Figure, Term, figures
from pipelines.s5_indicators.generate import GENERATED, generate, refuse_stale
from pipelines.s5_indicators.lint import lint

INDICATOR = """\
- code: i_try1
  name_zh: 残疾户占比
  name_en: Share of households poor by disability
  kind: ratio
  unit: '%'
  term_unit: 户
  factor: 100
  numerator_zh: 因残致贫的户
  denominator_zh: 在册户
  scope_zh: 时点
  basis: 例
  tables: [hh]
  columns: [hh.main_cause]
  from: ind_household
  where: on_roll
  numerator: count(*)
  numerator_where: main_cause = '因残'
  denominator: count(*)
  examples:
    - computed: {numerator: 1, denominator: 4, value: 25}
      rows:
        household:
          - {household_code: h1, main_cause: 因残}
          - {household_code: h2, main_cause: 因病}
          - {household_code: h3, main_cause: 因病}
          - {household_code: h4, main_cause: null}
          - {household_code: h5, main_cause: 因残, on_roll: false}
    - unknown: [hh]
      not_filed: [hh]
    - no_base: {numerator: 0}
"""


def written(folder: Path, text: str) -> list[Indicator]:
    (folder / "a.yml").write_text(text, encoding="utf-8")
    return read_indicators(folder)


def by_code() -> dict[str, Indicator]:
    return {indicator.code: indicator for indicator in read_indicators()}


def test_the_indicators_are_clean() -> None:
    """Names exist, SQL binds, each has its kinds of example, and dbt's macro is theirs."""
    assert lint() == []


def test_indicators_are_right_about_their_examples() -> None:
    count, failures = run_examples(read_indicators())
    assert count >= 3 * 25
    assert [str(failure) for failure in failures] == []


def test_rules_may_hold_what_is_defined() -> None:
    assert indicator_codes() == by_code().keys()
    assert len(indicator_codes()) >= 25


def test_causes_are_those_of_the_code_list() -> None:
    codes = {code.code: code.label for code in dictionary().code_lists["cause"].codes}
    assert by_code()["i_inc11"].data["by"]["values"] == codes


def test_monitored_kinds_are_those_of_the_code_list() -> None:
    labels = {code.label for code in dictionary().code_lists["monitor_type"].codes}
    assert set(by_code()["i_mon1"].data["by"]["values"].values()) == labels


def test_an_indicator_that_is_right_is_passed(tmp_path: Path) -> None:
    written(tmp_path, INDICATOR)
    assert lint(tmp_path) == []


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ("code: i_try1", "code: TRY1", 1, "does not match"),
        ("  name_en: Share of households poor by disability\n", "", 1, "'name_en' is a required"),
        ("  kind: ratio\n", "  kind: rate\n", 4, "'rate' is not one of"),
        ("  kind: ratio\n", "  kind: count\n", 4, "a count has no denominator"),
        ("unit: '%'", "unit: 元", 5, "unit % goes with"),
        ("factor: 100", "factor: '100'", 7, "not of type 'integer'"),
        ("basis: 例", "basis: 例\n  numeratr_where: on_roll", 12, "'numeratr_where' was unexp"),
        ("tables: [hh]", "tables: [hous]", 12, "no filed table is called hous"),
        ("hh.main_cause]", "hh.cause]", 13, "no filed column is called hh.cause"),
        ("hh.main_cause]", "hh.household_code]", 13, "hh.household_code is a key"),
        ("from: ind_household", "from: ind_hosehold", 14, "no model is called ind_hosehold"),
        ("from: ind_household", "from: rec_hosehold", 14, "no record view is called"),
        ("where: on_roll", "where: on_rol", 15, '"on_rol" not found'),
        ("where: on_roll", "where: main_cause", 15, "where is VARCHAR, expected a condition"),
        ("where: on_roll", "where: main_cause > 3", 15, "where: "),
        ("where: on_roll", "where: current_date > '2020-01-01'", 15, "current_date makes another"),
        ("numerator: count(*)", "numerator: count(*", 16, "does not match"),
        ("numerator: count(*)", "numerator: sum(member)", 16, '"member" not found'),
        ("numerator: count(*)", "numerator: sum(main_cause)", 16, "numerator: "),
        ("numerator: count(*)", "numerator: lower(main_cause)", 16, "numerator: "),
        ("main_cause = '因残'", "main_caus = '因残'", 17, '"main_caus" not found'),
        ("denominator: count(*)",
         "denominator: count(*)\n  by: {name: c, column: caus, values: {a: 因病}}", 19,
         '"caus" not found'),
        ("denominator: count(*)", "denominator: count(*)\n  readings:\n    - {breakdown: a=b}",
         20, "the first reading is the plain one"),
        ("denominator: count(*)",
         "denominator: count(*)\n  readings:\n    - breakdown: ''\n    - breakdown: a=b\n"
         "      where: on_rol", 22, '"on_rol" not found'),
        ("denominator: count(*)",
         "denominator: count(*)\n  readings:\n    - {breakdown: ''}\n    - {breakdown: ''}", 21,
         "stands twice"),
        ("{household_code: h1, main_cause", "{household_code: h1, main_caus", 20, "no column main"),
        ("        household:\n", "        houshold:\n", 20, "no record is called houshold"),
        ("not_filed: [hh]", "not_filed: [hhh]", 28, "no filed table is called hhh"),
        ("- computed: {numerator: 1, ", "- computed: {", 20, "'numerator' is a required"),
        ("    - unknown: [hh]\n      not_filed: [hh]\n", "", 19, "no example that is unknown"),
        ("    - no_base: {numerator: 0}\n", "", 19, "no example that is no_base"),
        ("    - no_base: {", "    - breakdown: a=b\n      no_base: {", 30, "no figure 'a=b'"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_file_its_line_and_what_is_wrong(
    tmp_path: Path, right: str, wrong: str, line: int, says: str
) -> None:
    assert right in INDICATOR
    (tmp_path / "a.yml").write_text(INDICATOR.replace(right, wrong, 1), encoding="utf-8")
    (found,) = lint(tmp_path)
    assert found.startswith(f"a.yml:{line}: indicator ") and says in found


def test_a_file_that_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(INDICATOR.replace("[hh]", "[hh", 1), encoding="utf-8")
    (found,) = lint(tmp_path)
    assert found.startswith("a.yml:") and "not YAML" in found


def test_a_code_that_stands_twice_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(INDICATOR + INDICATOR, encoding="utf-8")
    (found,) = lint(tmp_path)
    assert found == "a.yml:31: indicator i_try1: the code stands at a.yml:1 already"


@pytest.mark.parametrize(
    ("right", "wrong", "number"),
    [
        ("value: 25", "value: 26", 1),
        ("denominator: 4", "denominator: 5", 1),
        ("    - unknown: [hh]", "    - unknown: [p]", 2),
        ("    - unknown: [hh]", "    - no_base: {numerator: 0}", 2),
        ("    - no_base: {numerator: 0}", "    - no_base: {numerator: 1}", 3),
        ("    - no_base: {numerator: 0}", "    - unknown: [numerator]", 3),
        # What is wrong is the definition, and its example says so.
        ("where: on_roll", "where: on_roll or true", 1),
        ("main_cause = '因残'", "main_cause is distinct from '因残'", 1),
        ("tables: [hh]", "tables: [p]", 2),
    ],
)
def test_an_example_that_does_not_come_out_is_told(
    tmp_path: Path, right: str, wrong: str, number: int
) -> None:
    count, failures = run_examples(written(tmp_path, INDICATOR.replace(right, wrong, 1)))
    assert (count, [failure.number for failure in failures]) == (3, [number])


def test_what_came_out_instead_is_said(tmp_path: Path) -> None:
    _, failures = run_examples(written(tmp_path, INDICATOR.replace("value: 25", "value: 30")))
    assert [str(failure) for failure in failures] == [
        "a.yml:20: i_try1 example 1: computed {numerator: 1, denominator: 4, value: 30}, "
        "got computed {numerator: 1, denominator: 4, value: 25}"
    ]


def test_examples_of_an_indicator_that_is_not_there_are_refused() -> None:
    with pytest.raises(CatalogueError, match="没有指标 i_none1"):
        run_examples(read_indicators(), ["i_none1"])


READINGS = """\
  columns: [hh.main_cause]
  readings:
    - breakdown: ''
    - {breakdown: count=persons, from: ind_person, columns: [p.household_code]}
  by:
    name: type
    column: main_cause
    tables: [p]
    columns: [hh.exit_status]
    values: {ill: 因病}
"""


@pytest.mark.parametrize("share", [False, True])
def test_figures_are_the_readings_times_the_values(tmp_path: Path, share: bool) -> None:
    text = INDICATOR.replace("  columns: [hh.main_cause]\n", READINGS)
    if share:
        text = text.replace("    name: type\n", "    name: type\n    share: true\n")
    disabled, ill = "main_cause = '因残'", "main_cause = '因病'"
    below = ("on_roll",) if share else ("on_roll", ill)
    expected: list[tuple[Any, ...]] = [
        ("", ("hh",), ("hh.main_cause",), "ind_household", False),
        ("type=ill", ("hh", "p"), ("hh.main_cause", "hh.exit_status"), "ind_household", True),
        ("count=persons", ("hh",), ("p.household_code",), "ind_person", False),
        ("count=persons;type=ill", ("hh", "p"), ("p.household_code", "hh.exit_status"),
         "ind_person", True),
    ]  # fmt: skip
    assert figures(written(tmp_path, text)) == [
        Figure(
            code="i_try1",
            breakdown=breakdown,
            tables=tables,
            columns=columns,
            relation=relation,
            numerator=Term("count(*)", ("on_roll", disabled, *([ill] if is_value else []))),
            denominator=Term("count(*)", below if is_value else ("on_roll",)),
            weight=None,
        )
        for breakdown, tables, columns, relation, is_value in expected
    ]


def test_shares_have_no_plain_figure(tmp_path: Path) -> None:
    text = INDICATOR.replace("  columns: [hh.main_cause]\n", READINGS)
    text = text.replace("    name: type\n", "    name: type\n    plain: false\n")
    breakdowns = [figure.breakdown for figure in figures(written(tmp_path, text))]
    assert breakdowns == ["type=ill", "count=persons;type=ill"]


def test_the_generated_macro_is_that_of_the_indicators() -> None:
    assert GENERATED.read_text(encoding="utf-8") == generate(read_indicators())


@pytest.mark.parametrize("content", [None, "", "{# of yesterday #}"])
def test_a_macro_of_other_indicators_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "generated.sql"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(CatalogueError, match="s5_indicators --write"):
        refuse_stale(path)
    path.write_text(generate(read_indicators()), encoding="utf-8")
    refuse_stale(path)
