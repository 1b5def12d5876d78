"""Reported totals: what a county types into its reports, computed from what it files.

The Shishou figures are those of its published report, with the report's own contradictions.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from pipelines.core.dictionary import dictionary
from pipelines.simulate.dates import day_text, days
from pipelines.simulate.filing import NO, YES, Filing, Row, is_live

CAUSES = (
    ("01", "因病"), ("02", "因残"), ("03", "因学"), ("07", "缺技术"), ("08", "缺劳力"),
    ("09", "缺资金"),
)  # fmt: skip

# Printed figures of the report of 22 June 2020 (indicator, value, unit, numerator, denominator,
# parent); the data date is 16 June, for the four about the end of 2019 that day.
SHISHOU = (
    ("hh", "14538", "户", None, None, None),
    ("pop", "42740", "人", None, None, None),
    ("pop_exited", "43010", "人", None, None, None),
    ("pop_remaining", "62", "人", None, None, None),
    ("poor_hh", "22", "户", None, None, None),
    ("incidence", "0.012", "%", "62", None, None),
    ("cause_share_01", "58.7", "%", None, "42740", "cause_share"),
    ("cause_share_02", "13.5", "%", None, "42740", "cause_share"),
    ("cause_share_03", "2.8", "%", None, "42740", "cause_share"),
    ("cause_share_08", "6.3", "%", None, "42740", "cause_share"),
    ("cause_share_07", "8.5", "%", None, "42740", "cause_share"),
    ("cause_share_99", "9.9", "%", None, "42740", "cause_share"),
    ("planned", "17340.46", "万元", None, None, None),
    ("paid", "7851", "万元", None, None, None),
    ("paid_town", "5111", "万元", None, None, "paid"),
    ("paid_city", "2740", "万元", None, None, "paid"),
    ("disb_rate", "45.3", "%", None, None, None),
    ("cum_fund", "85473.769", "万元", None, None, None),
    ("projects", "121", "个", None, None, None),
    ("projects_town", "89", "个", None, None, "projects"),
    ("started", "79", "个", None, "89", None),
    ("completed", "60", "个", None, "89", None),
    ("start_rate", "88.76", "%", "79", "89", None),
    ("completion_rate", "67.42", "%", "60", "89", None),
    ("out_now", "14752", "人", None, None, None),
    ("out_demand", "约1.4万", "人", None, None, None),
    ("out_ratio_prev", "103.8", "%", None, None, None),
    ("returned", "259", "人", None, None, None),
    ("reemployed", "41", "人", None, None, "returned"),
    ("returned_unemployed", "218", "人", None, None, "returned"),
    ("loan_hh", "2415", "户", None, None, None),
    ("loan_amount", "1.466", "亿元", None, None, None),
    ("mon_hh", "410", "户", None, None, None),
    ("mon_hh_unstable", "177", "户", None, None, "mon_hh"),
    ("mon_hh_edge", "233", "户", None, None, "mon_hh"),
    ("issues", "41", "个", None, None, None),
    ("issues_done", "20", "个", None, None, "issues"),
    ("issues_doing", "2", "个", None, None, "issues"),
    ("issues_standing", "19", "个", None, None, "issues"),
    ("issue_categories", "15", "个", None, None, None),
    ("helper_n", "6668", "人", None, None, None),
)
_END_OF_2019 = ("pop_exited", "pop_remaining", "poor_hh", "incidence")


def figure(
    filing: Filing,
    indicator: str,
    value: object,
    unit: str,
    *,
    num: object = None,
    den: object = None,
    parent: str | None = None,
    as_of: date | None = None,
) -> Row:
    """Return one reported figure, signed and sent three days after the period's end."""
    sent = filing.as_of + days(3)
    return {
        "county_code": filing.county.code,
        "as_of": day_text(as_of or filing.as_of),
        "batch_id": f"{filing.period}-1",
        "indicator": indicator,
        "value": value,
        "unit": unit,
        "num": num,
        "den": den,
        "parent": parent,
        "scope": "时点",
        "locator": "工作情况报告",
        "signed_by": "样例负责人",
        "submitted_at": f"{sent:%Y-%m-%d} 10:00:00",
    }


def shishou_report(filing: Filing) -> None:
    """File the published report's figures."""
    for indicator, value, unit, num, den, parent in SHISHOU:
        day = date(2019, 12, 31) if indicator in _END_OF_2019 else date(2020, 6, 16)
        row = figure(filing, indicator, value, unit, num=num, den=den, parent=parent, as_of=day)
        if indicator == "helper_n":
            row["locator"] = "工作情况报告,“一对一”结对帮扶"
        filing.tables["agg"].append(row)


def percent(part: int, whole: int, places: str) -> str:
    """Return 100 × part / whole as printed, rounded half up to the places of ``places``."""
    return str((Decimal(100) * part / whole).quantize(Decimal(places), ROUND_HALF_UP))


def own_report(filing: Filing) -> None:
    """File totals that agree with the filing's own rows."""
    add = filing.tables["agg"].append
    for rows in (_people(filing), _finance(filing), _projects(filing), _work(filing)):
        for row in rows:
            add(row)


def _roll(filing: Filing) -> tuple[dict[str, Row], list[Row]]:
    """Return the households on the roll by code, and their live members."""
    roll = {
        str(row["household_code"]): row
        for row in filing.tables["hh"]
        if row["household_type"] != "一般农户"
    }
    people = [
        row for row in filing.tables["p"] if is_live(row) and str(row["household_code"]) in roll
    ]
    return roll, people


def persons_by_cause(filing: Filing) -> Counter[str]:
    """Count the persons on the roll by their household's main cause, '' where it is no cause."""
    roll, people = _roll(filing)
    known = {code.label for code in dictionary().code_lists["cause"].codes}
    causes = (str(roll[str(row["household_code"])]["main_cause"]) for row in people)
    return Counter(cause if cause in known else "" for cause in causes)


def _people(filing: Filing) -> list[Row]:
    roll, people = _roll(filing)
    poor = {code for code, row in roll.items() if row["exit_status"] == "未脱贫"}
    remaining = sum(str(row["household_code"]) in poor for row in people)
    rural = sum(int(str(row["total_pop"])) for row in filing.tables["vil"])
    count = len(people)
    rows = [
        figure(filing, "hh", len(roll), "户"),
        figure(filing, "pop", count, "人"),
        figure(filing, "pop_exited", count - remaining, "人"),
        figure(filing, "pop_remaining", remaining, "人"),
        figure(filing, "poor_hh", len(poor), "户"),
        figure(filing, "rural_pop", rural, "人"),
        figure(filing, "incidence", percent(remaining, rural, "0.001"), "%"),
    ]
    by_cause = Counter(str(roll[str(row["household_code"])]["main_cause"]) for row in people)
    shares = [(code, by_cause[name]) for code, name in CAUSES]
    shares.append(("99", count - sum(number for _, number in shares)))
    for code, number in shares:
        value = percent(number, count, "0.1")
        name = f"cause_share_{code}"
        rows.append(figure(filing, name, value, "%", den=count, parent="cause_share"))
    return rows


def _wan(yuan: int) -> str:
    """Return yuan as 万元 with all its places."""
    return f"{Decimal(yuan) / 10000:f}"


def _total(rows: list[Row], column: str) -> int:
    return sum(int(str(row[column])) for row in rows)


def _finance(filing: Filing) -> list[Row]:
    planned = _total(filing.tables["fa"], "allocated_yuan")
    units = {str(row["project_code"]): row["using_unit"] for row in filing.tables["fa"]}
    towns = [row for row in filing.tables["fp"] if units.get(str(row["project_code"])) == "乡镇"]
    paid, town = _total(filing.tables["fp"], "amount_yuan"), _total(towns, "amount_yuan")
    lent = _total(filing.tables["loan"], "amount_yuan")
    homes = {row["household_code"] for row in filing.tables["loan"]}
    return [
        figure(filing, "planned", _wan(planned), "万元"),
        figure(filing, "paid", _wan(paid), "万元"),
        figure(filing, "paid_town", _wan(town), "万元", parent="paid"),
        figure(filing, "paid_city", _wan(paid - town), "万元", parent="paid"),
        figure(filing, "disb_rate", percent(paid, planned, "0.1"), "%"),
        figure(filing, "loan_hh", len(homes), "户"),
        figure(filing, "loan_amount", _wan(lent), "万元"),
    ]


def _projects(filing: Filing) -> list[Row]:
    rows = filing.tables["prj"]
    units = {str(row["project_code"]): row["using_unit"] for row in filing.tables["fa"]}
    town = sum(units.get(str(row["project_code"])) == "乡镇" for row in rows)
    count = len(rows)
    end = str(day_text(filing.as_of))
    reached = {
        stage: sum(str(row.get(f"{stage}_on") or "9") <= end for row in rows)
        for stage in ("started", "completed", "accepted")
    }
    rates = [
        figure(
            filing, name, percent(reached[stage], count, "0.01"), "%", num=reached[stage], den=count
        )
        for name, stage in (("start_rate", "started"), ("completion_rate", "completed"))
    ]
    return [
        figure(filing, "projects", count, "个"),
        figure(filing, "projects_town", town, "个", parent="projects"),
        figure(filing, "projects_city", count - town, "个", parent="projects"),
        *(figure(filing, stage, number, "个") for stage, number in reached.items()),
        *rates,
    ]


def _work(filing: Filing) -> list[Row]:
    home = filing.county.code
    away = {
        row["person_code"]
        for row in filing.tables["emp"]
        if row["is_working"] == YES and row["work_county"] != home
    }
    back = [row for row in filing.tables["emp"] if row["is_returned"] == YES]
    again = sum(row["is_reemployed"] == YES for row in back)
    edge = sum(str(row["monitor_type"]).startswith("边缘") for row in filing.tables["mon"])
    watched = len(filing.tables["mon"])
    states = Counter(row["status"] for row in filing.tables["iss"])
    insured = sum(row["has_resident_medical"] != NO for row in filing.tables["p"])
    everybody = len(filing.tables["p"])
    rows = [
        figure(filing, "out_now", len(away), "人"),
        figure(filing, "out_demand", len(away) + 20, "人"),
        figure(filing, "returned", len(back), "人"),
        figure(filing, "reemployed", again, "人", parent="returned"),
        figure(filing, "returned_unemployed", len(back) - again, "人", parent="returned"),
        figure(filing, "mon_hh", watched, "户"),
        figure(filing, "mon_hh_unstable", watched - edge, "户", parent="mon_hh"),
        figure(filing, "mon_hh_edge", edge, "户", parent="mon_hh"),
        figure(filing, "issues", len(filing.tables["iss"]), "个"),
        figure(filing, "issues_done", states["已完成"], "个", parent="issues"),
        figure(filing, "issues_doing", states["正在整改"], "个", parent="issues"),
        figure(filing, "issues_standing", states["已完成并长期坚持"], "个", parent="issues"),
        figure(
            filing,
            "issue_categories",
            len({row["category"] for row in filing.tables["iss"]}),
            "个",
        ),
        figure(filing, "helper_n", len({row["helper_id"] for row in filing.tables["link"]}), "人"),
        figure(
            filing,
            "coverage",
            percent(insured, everybody, "0.01"),
            "%",
            num=insured,
            den=everybody,
        ),
    ]
    # Figures of zero households say nothing before monitoring began.
    return [
        row for row in rows if filing.tables["mon"] or not str(row["indicator"]).startswith("mon")
    ]
