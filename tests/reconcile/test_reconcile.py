"""``filings reconcile`` on the development reports, on perturbed ones, and on bad files."""

from __future__ import annotations

import csv
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.main import app
from pipelines.core.figures.judge import CONTRADICTION, HOLDS, ROUNDING
from pipelines.reconcile.run import Verdict, reconcile

DATA = Path(__file__).parents[1] / "data"
FIGURES, RELATIONS = DATA / "report_figures.csv", DATA / "report_relations.csv"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, table: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    return path


@pytest.fixture(scope="module")
def stated() -> dict[str, Verdict]:
    return {verdict.relation_id: verdict for verdict in reconcile(FIGURES, RELATIONS).verdicts}


@pytest.fixture(scope="module")
def inferred() -> list[Verdict]:
    return reconcile(FIGURES).verdicts


def figures_of(report: str, *lines: tuple[str, str, str, str, str]) -> list[dict[str, str]]:
    """Figures of one report: number, concept, value, unit, approx."""
    names = ("seq", "concept", "value", "unit", "approx")
    return [
        {"report_id": report, **dict(zip(names, line, strict=True)), "label_zh": line[1]}
        for line in lines
    ]


def judged(folder: Path, figures: list[dict[str, str]], *expressions: str) -> list[Verdict]:
    table = [
        {"report_id": figures[0]["report_id"], "relation_id": str(number), "expression": text}
        for number, text in enumerate(expressions, 1)
    ]
    return reconcile(
        write(folder / "figures.csv", figures), write(folder / "relations.csv", table)
    ).verdicts


# --- the development reports ------------------------------------------------------------------


def test_every_relation_comes_out_as_it_was_recomputed(stated: dict[str, Verdict]) -> None:
    """Hard ones and probes are contradictions; what holds, strictly or by rounding, is none."""
    wrong = []
    for row in rows(RELATIONS):
        expected = CONTRADICTION
        if row["holds"] == "true":
            expected = HOLDS if row["holds_strict"] == "true" else ROUNDING
        if stated[row["relation_id"]].verdict != expected:
            wrong.append((row["relation_id"], expected))
    assert wrong == []


def test_severity_is_that_of_the_reviewers(stated: dict[str, Verdict]) -> None:
    """A mis-stated relation (probe) has none: it does not hold, and the report is not at fault."""
    differing = [
        (row["relation_id"], row["severity"], stated[row["relation_id"]].severity)
        for row in rows(RELATIONS)
        if row["severity"] != stated[row["relation_id"]].severity
    ]
    assert differing == []


def test_an_equality_is_weighed_alike_whichever_side_stands_first(
    tmp_path: Path, stated: dict[str, Verdict]
) -> None:
    turned = rows(RELATIONS)
    for row in turned:
        if "<" not in row["expression"] and ">" not in row["expression"]:
            row["expression"] = " = ".join(reversed(row["expression"].split(" = ")))
    found = reconcile(FIGURES, write(tmp_path / "turned.csv", turned)).verdicts
    differing = [
        verdict.relation_id
        for verdict in found
        if (verdict.verdict, verdict.severity)
        != (stated[verdict.relation_id].verdict, stated[verdict.relation_id].severity)
    ]
    assert differing == []


def test_a_contradiction_says_figures_computation_and_difference(
    stated: dict[str, Verdict],
) -> None:
    text = stated["R030-04"].message_zh
    for part in (
        "非4类开工率",
        "29.32%",
        "100×2002÷6855=29.20496",
        "相差0.11504",
        "29.315至29.325",
    ):
        assert part in text
    text = stated["R010-02"].message_zh
    for part in ("2145", "1906(88.8578%)", "1907(88.9044%)", "88.89%"):
        assert part in text
    assert "R052-01的口径成立" in stated["R052-02"].message_zh
    assert not [v for v in stated.values() if "NR(" in v.message_zh or "AI(" in v.message_zh]


COUNTED = ("户", "人", "个", "起", "套", "座")
SUM = re.compile(r"s(\d+) = (s\d+(?:\s*[-+]\s*s\d+)*)")


def last_digit(value: str) -> Decimal:
    return Decimal((0, (1,), Decimal(value).as_tuple().exponent))


def test_beyond_rounding_a_sum_contradicts_and_within_it_does_not(tmp_path: Path) -> None:
    """A total moved by one digit contradicts where its parts cannot round so far, else not."""
    tried = Counter[str]()
    printed = rows(FIGURES)
    for row in rows(RELATIONS):
        match = SUM.fullmatch(row["expression"])
        if not match or row["holds_strict"] != "true":
            continue
        table = [dict(each) for each in printed if each["report_id"] == row["report_id"]]
        by_seq = {each["seq"]: each for each in table}
        total = by_seq[match[1]]
        used = [total, *(by_seq[seq] for seq in re.findall(r"s(\d+)", match[2]))]
        if any(each["approx"] == "true" for each in used):
            continue
        value = Decimal(total["value"])
        digits = [last_digit(each["value"]) for each in used]
        measured = (d for d, each in zip(digits, used, strict=True) if each["unit"] not in COUNTED)
        reach = sum(measured, Decimal(0)) / 2
        for moved in (sum(digits), digits[0]):
            total["value"] = str(value + moved)
            (verdict,) = judged(tmp_path, table, row["expression"])
            assert (verdict.verdict == CONTRADICTION) == (moved > reach), row["relation_id"]
            tried[total["unit"][0]] += 1
    assert tried.total() > 150 and tried["万"] > 20


# --- what relations say beside the verdict ----------------------------------------------------


def test_only_the_first_reading_of_a_rate_accuses(tmp_path: Path) -> None:
    figures = figures_of(
        "X1",
        ("1", "task", "200", "户", ""),
        ("2", "started", "150", "户", ""),
        ("3", "persons_task", "400", "人", ""),
        ("4", "rate", "75.0", "%", ""),
    )
    good, probe = judged(tmp_path, figures, "s4 = 100*s2/s1", "s4 = 100*s2/s3")
    assert (good.verdict, probe.verdict, probe.severity) == (HOLDS, CONTRADICTION, "")
    wrong, *_ = judged(tmp_path, figures, "s4 = 100*s2/s3", "s4 = 100*s2/s1")
    assert (wrong.verdict, wrong.severity) == (CONTRADICTION, "hard")


def test_overlapping_categories_beside_a_sum_that_holds_accuse_nobody(tmp_path: Path) -> None:
    figures = figures_of(
        "X1",
        ("1", "total", "100", "户", ""),
        ("2", "one", "60", "户", ""),
        ("3", "two", "40", "户", ""),
        ("4", "of_both", "30", "户", ""),
    )
    _, overlap = judged(tmp_path, figures, "s1 = s2 + s3", "s1 = s2 + s3 + s4")
    assert (overlap.verdict, overlap.severity) == (CONTRADICTION, "")
    (alone,) = judged(tmp_path, figures, "s1 = s2 + s4")
    assert (alone.verdict, alone.severity) == (CONTRADICTION, "hard")


def test_a_lost_decimal_point_is_an_artifact(tmp_path: Path) -> None:
    figures = figures_of(
        "X1",
        ("1", "people", "1000", "人", ""),
        ("2", "poor", "123", "人", ""),
        ("3", "rate", "123", "%", ""),
    )
    (verdict,) = judged(tmp_path, figures, "s3 = 100*s2/s1")
    assert (verdict.verdict, verdict.severity) == (CONTRADICTION, "artifact")


# --- inference --------------------------------------------------------------------------------


def test_inferred_relations_accuse_nobody_wrongly(inferred: list[Verdict]) -> None:
    """Each contradiction found from the concepts alone is one that the reviewers know."""
    known = {
        (row["report_id"], names(row["expression"])): row
        for row in rows(RELATIONS)
        if row["is_contradiction"] == "true"
    }
    accused = [
        (verdict.report_id, names(verdict.relation_id))
        for verdict in inferred
        if verdict.verdict == CONTRADICTION
    ]
    assert [each for each in accused if each not in known] == []
    assert len(accused) >= 20


def test_inference_finds_every_relation_that_follows_from_the_concepts(
    inferred: list[Verdict],
) -> None:
    found = {(verdict.report_id, names(verdict.relation_id)) for verdict in inferred}
    missing = [
        row["relation_id"]
        for row in rows(RELATIONS)
        if row["auto"] == "true" and (row["report_id"], names(row["expression"])) not in found
    ]
    assert missing == []
    assert Counter(verdict.verdict for verdict in inferred)[HOLDS] > 250


def names(expression: str) -> frozenset[str]:
    return frozenset(
        word for word in expression.translate(str.maketrans("+-*/()<>=", " " * 9)).split()
        if word.startswith("s")
    )  # fmt: skip


def test_units_are_brought_together(tmp_path: Path) -> None:
    figures = figures_of(
        "X1",
        ("1", "rural_population", "61.4", "万人", ""),
        ("2", "remaining_persons", "2731", "人", ""),
        ("3", "poverty_incidence", "0.43", "%", ""),
        ("4", "loan_amount", "1.466", "亿元", ""),
        ("5", "loan_households", "2415", "户", ""),
    )
    path = write(tmp_path / "figures.csv", figures)
    found = {v.relation_id: v.verdict for v in reconcile(path).verdicts}
    assert found["s3 = 100*s2/(s1*10000)"] == CONTRADICTION
    assert found["s4*100000000/s5 <= 50000"] == CONTRADICTION


def test_another_denominator_that_fits_clears_a_rate(tmp_path: Path) -> None:
    """What was spent of the first batch is no rate of all that arrived."""
    figures = figures_of(
        "X1",
        ("1", "fund_batch2", "15763", "万元", ""),
        ("2", "fund_arrived", "66185", "万元", ""),
        ("3", "fund_spent", "21185.83", "万元", ""),
        ("4", "expenditure_rate", "42.02", "%", ""),
    )
    assert reconcile(write(tmp_path / "figures.csv", figures)).verdicts == []
    figures[3]["value"] = "47.02"
    (verdict,) = reconcile(write(tmp_path / "figures.csv", figures)).verdicts
    assert (verdict.relation_id, verdict.verdict) == ("s4 = 100*s3/(s2)", CONTRADICTION)


def test_pairs_are_read_in_the_order_of_the_report(tmp_path: Path) -> None:
    """Persons printed before their households: 475人96户, 40人30户."""
    figures = figures_of(
        "X1",
        ("1", "exited_persons", "475", "人", ""),
        ("2", "exited_households", "96", "户", ""),
        ("3", "exited_persons", "40", "人", ""),
        ("4", "exited_households", "30", "户", ""),
    )
    found = reconcile(write(tmp_path / "figures.csv", figures)).verdicts
    assert {v.relation_id: v.verdict for v in found} == {"s1 >= s2": HOLDS, "s3 >= s4": HOLDS}


def test_exits_of_one_year_are_no_part_of_the_roll(tmp_path: Path) -> None:
    figures = figures_of(
        "X1",
        ("1", "filed_persons", "5000", "人", ""),
        ("2", "exited_persons", "900", "人", ""),
        ("3", "remaining_persons", "100", "人", ""),
    )
    path = write(tmp_path / "figures.csv", figures)
    assert "s1 = s2 + s3" in {v.relation_id for v in reconcile(path).verdicts}
    figures[1]["label_zh"] = "2019年脱贫人口"
    path = write(tmp_path / "figures.csv", figures)
    assert "s1 = s2 + s3" not in {v.relation_id for v in reconcile(path).verdicts}


def test_figures_of_different_dates_make_no_total(tmp_path: Path) -> None:
    """All who were poor are out by the end of 2020; who still was at the end of 2019 is in both."""
    figures = figures_of(
        "X1",
        ("1", "filed_persons", "5000", "人", ""),
        ("2", "exited_persons", "5000", "人", ""),
        ("3", "remaining_persons", "100", "人", ""),
    )
    figures[0]["label_zh"], figures[2]["label_zh"] = "2020年底在册人口", "2019年底未脱贫人口"
    found = reconcile(write(tmp_path / "figures.csv", figures)).verdicts
    assert [v.relation_id for v in found if v.verdict == CONTRADICTION] == []
    figures[2]["label_zh"] = "2020年底未脱贫人口"
    found = reconcile(write(tmp_path / "figures.csv", figures)).verdicts
    assert [v.relation_id for v in found if v.verdict == CONTRADICTION] == ["s1 = s2 + s3"]


def test_a_rate_is_of_what_its_label_says(tmp_path: Path) -> None:
    figures = figures_of(
        "X1",
        ("1", "project_total", "214", "个", ""),
        ("2", "project_completed", "203", "个", ""),
        ("3", "project_accepted", "180", "个", ""),
        ("4", "acceptance_rate", "97.4", "%", ""),
    )
    figures[0]["label_zh"], figures[3]["label_zh"] = "2022年实施项目", "项目验收率(占实施项目)"
    found = reconcile(write(tmp_path / "figures.csv", figures)).verdicts
    accused = [v.relation_id for v in found if v.verdict == CONTRADICTION]
    assert accused == ["s4 = 100*s3/(s1)"]
    wide = str.maketrans("()", "\uff08\uff09")
    figures[3]["label_zh"] = figures[3]["label_zh"].translate(wide)
    found = reconcile(write(tmp_path / "figures.csv", figures)).verdicts
    assert [v.relation_id for v in found if v.verdict == CONTRADICTION] == accused
    figures[3]["label_zh"] = "项目验收率(占已入库项目)"
    found = reconcile(write(tmp_path / "figures.csv", figures)).verdicts
    assert [v.relation_id for v in found if v.verdict == CONTRADICTION] == []


def test_a_district_is_no_part_of_its_neighbours_rate(tmp_path: Path) -> None:
    figures = figures_of(
        "X1",
        ("1", "fund_arrived", "14411.3", "万元", ""),
        ("2", "fund_spent", "17361.2", "万元", ""),
        ("3", "expenditure_rate", "84.7", "%", ""),
    )
    for figure, place in zip(figures, ("云峰区", "东坪县", "东坪县"), strict=True):
        figure["label_zh"] = f"2018年{place}资金"
    assert reconcile(write(tmp_path / "figures.csv", figures)).verdicts == []
    figures[0]["label_zh"] = "2018年东坪县资金"
    (verdict,) = reconcile(write(tmp_path / "figures.csv", figures)).verdicts
    assert verdict.verdict == CONTRADICTION


def test_what_was_lent_in_all_is_not_had_by_who_still_owes(tmp_path: Path) -> None:
    figures = figures_of(
        "X1",
        ("1", "loan_amount", "6.384", "亿元", ""),
        ("2", "loan_households", "3318", "户", ""),
    )
    figures[0]["label_zh"], figures[1]["label_zh"] = "累计放贷金额", "有余额贷款户"
    assert reconcile(write(tmp_path / "figures.csv", figures)).verdicts == []
    figures[1]["label_zh"] = "累计获贷户"
    (verdict,) = reconcile(write(tmp_path / "figures.csv", figures)).verdicts
    assert verdict.verdict == CONTRADICTION


def test_a_rate_of_one_kind_is_not_of_a_whole_of_another(tmp_path: Path) -> None:
    """D级竣工率 is of the D级 task, which no concept names, not of the filed households' task."""
    figures = figures_of(
        "X1",
        ("1", "renovation_task_filed", "902", "户", ""),
        ("2", "renovation_level_d", "895", "户", ""),
        ("3", "renovation_completed", "769", "户", ""),
        ("4", "completion_rate", "89.5", "%", ""),
    )
    labels = ("任务中建档立卡户", "四类对象D级任务", "四类对象D级竣工", "四类对象D级竣工率")
    for figure, label in zip(figures, labels, strict=True):
        figure["label_zh"] = label
    found = reconcile(write(tmp_path / "figures.csv", figures)).verdicts
    assert [v.relation_id for v in found if v.verdict == CONTRADICTION] == []
    figures[1]["label_zh"] = "危房改造任务"
    found = reconcile(write(tmp_path / "figures.csv", figures)).verdicts
    assert [v.relation_id for v in found if v.verdict == CONTRADICTION] == ["s4 = 100*s3/(s1)"]


# --- reports that the engine was not made for --------------------------------------------------

INVENTED = [DATA / f"invented_{name}.csv" for name in ("figures", "relations", "truth")]


def test_relations_of_invented_reports_are_judged_as_they_were_meant() -> None:
    figures, relations, _ = INVENTED
    found = {
        (v.report_id, v.relation_id): v.verdict for v in reconcile(figures, relations).verdicts
    }
    meant = {
        (row["report_id"], row["relation_id"]): CONTRADICTION
        if row["holds"] == "false"
        else HOLDS
        if row["holds_strict"] == "true"
        else ROUNDING
        for row in rows(relations)
    }
    assert found == meant


def test_inference_accuses_invented_reports_of_what_was_planted_only() -> None:
    figures, _, truth = INVENTED
    planted = [
        (row["report_id"], {f"s{seq}" for seq in row["seqs"].split()})
        for row in rows(truth)
        if row["kind"] == "contradiction"
    ]
    accused = [
        (v.report_id, names(v.relation_id))
        for v in reconcile(figures).verdicts
        if v.verdict == CONTRADICTION
    ]
    assert accused
    assert [
        (report, used)
        for report, used in accused
        if not any(report == where and used <= seqs for where, seqs in planted)
    ] == []


# --- the command ------------------------------------------------------------------------------


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["reconcile", *map(str, arguments)])
    return result.exit_code, result.output + (result.stderr or "")


def test_the_command_writes_verdicts_and_counts_contradictions(tmp_path: Path) -> None:
    out = tmp_path / "verdicts.csv"
    code, output = run(FIGURES, RELATIONS, "--out", out)
    assert code == 0
    assert "读入关系 422 条" in output and "不成立 47" in output
    written = rows(out)
    assert list(written[0]) == ["report_id", "relation_id", "verdict", "severity", "message_zh"]
    assert [row["relation_id"] for row in written] == [
        row["relation_id"] for row in rows(RELATIONS)
    ]
    code, output = run(FIGURES)
    assert code == 0 and "推断关系" in output


@pytest.mark.parametrize(
    ("figures", "relations", "said"),
    [
        ("report_id,seq,value\nA,1,3\n", None, "figures.csv 第1行:缺列 unit"),
        ("report_id,seq,value,unit\nA,1,3,户\nA,1,4,户\n", None, "第3行 seq 列"),
        ("report_id,seq,value,unit\nA,,3,户\n", None, "第2行 seq 列"),
        ("report_id,seq,value,unit,approx\nA,1,3,户,大概\n", None, "第2行 approx 列"),
        ("report_id,seq,value,unit\nA,1,3,户,5\n", None, "第2行:列数比表头多"),
        ("report_id,seq,value,unit\nA,1,3,户\n", "A,r1,s1 = s2\n", "第2行 expression 列“s1 = s2”"),
        ("report_id,seq,value,unit\nA,1,3,户\n", "A,r1,s1 + 2\n", "第2行 expression 列"),
        ("report_id,seq,value,unit\nA,1,很多,户\n", "A,r1,s1 = 2\n", "第2行 value 列:“很多”不是数"),
    ],
)
def test_bad_files_are_named_with_row_and_column(
    tmp_path: Path, figures: str, relations: str | None, said: str
) -> None:
    paths = [tmp_path / "figures.csv"]
    paths[0].write_text(figures, encoding="utf-8")
    if relations is not None:
        paths.append(tmp_path / "relations.csv")
        paths[1].write_text(f"report_id,relation_id,expression\n{relations}", encoding="utf-8")
    code, output = run(*paths)
    assert code == 2
    assert said in output


def test_files_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_bytes("report_id,seq,value,unit\nA,1,3,户\n".encode("gb18030"))
    assert run(path)[0] == 2
    assert run(tmp_path / "missing.csv")[0] == 2


def test_a_figure_that_no_relation_names_may_be_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_text("report_id,seq,value,unit\nA,1,很多,户\nA,2,3,户\n", encoding="utf-8")
    code, output = run(path)
    assert code == 0 and "第2行 value 列" in output
