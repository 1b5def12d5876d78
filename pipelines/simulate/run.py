"""Making a sample: which counties, in which processes, into which files, with which truth."""

from __future__ import annotations

import csv
import json
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pipelines.core.errors import FilingsError
from pipelines.core.settings import Home
from pipelines.simulate import profiles
from pipelines.simulate.dates import period_end
from pipelines.simulate.defects import Planter, Truth, plant
from pipelines.simulate.defects.plan import arrivals, shishou_truth
from pipelines.simulate.defects.registers import plant_registers
from pipelines.simulate.defects.since_last import against_last_time
from pipelines.simulate.filing import Filing
from pipelines.simulate.registers import registers
from pipelines.simulate.reported import own_report
from pipelines.simulate.sheets import write_workbook

PROFILES = ("sample", "shishou", "counties", "small")
# People in a county's registers, which are extracts, as offices send them; where contradictions are
# planted, so many for each time.
_REGISTERED = 80
_REGISTERED_FOR_DEFECTS = 300
Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and what was done last."""

# The workbooks of one delivery: file name and the tables in it.
_BOOKS = (
    ("户基本信息", ("hh",)),
    ("家庭成员", ("p", "chg")),
    ("收入", ("inc",)),
    ("生产生活条件", ("liv",)),
    ("行政村", ("vil", "team")),
    ("资金项目台账", ("fa", "fp", "prj", "ben")),
    ("务工与公益性岗位", ("emp", "post")),
    ("小额信贷", ("loan",)),
    ("监测帮扶", ("mon", "mea", "link")),
    ("问题整改", ("iss",)),
    ("部门登记", (
        "reg_police", "reg_vehicle", "reg_biz", "reg_payroll", "reg_estate", "reg_school",
        "reg_medical", "reg_disabled", "reg_civil", "reg_housing",
    )),
    ("上报汇总数", ("agg",)),
)  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """What was asked for; the same sample and seed give the same bytes."""

    profile: str
    counties: int
    households: int
    periods: tuple[str, ...]
    seed: int

    @property
    def times(self) -> int:
        """How often each defect is planted in a county: on a household of its own each time."""
        return 2 if self.households >= 300 else 1

    @property
    def with_defects(self) -> int:
        """How many of the invented counties hold defects: all but the last."""
        return max(1, self.counties - 1) if self.counties else 0

    def pairs(self, place: int) -> list[int]:
        """Return the people whom the county at ``place`` shares with its neighbours."""
        shared = []
        for index in range(self.with_defects - 1):
            if place in (index, index + 1):
                shared += [index * self.times + number for number in range(self.times)]
        return shared


@dataclass(frozen=True)
class _Task:
    """One county; of Shishou, which is large, one period."""

    county: str
    place: int
    period: str | None


def simulate(
    home: Home,
    *,
    profile: str = "sample",
    counties: int = 4,
    households: int = 600,
    periods: Sequence[str] = ("2019-12", "2020-06"),
    seed: int = 2020,
    progress: Progress | None = None,
) -> Path:
    """Write a sample's workbooks into the inbox and its truth file, and return that file.

    Profiles: ``sample`` (Shishou and ``counties`` invented counties, the last of them without
    defects), ``shishou``, ``counties`` (invented ones only), ``small`` (at most three counties
    of at most 450 households, for tests). ``households`` is per invented county; ``periods`` are
    theirs, ``YYYY-MM`` — Shishou's are fixed. Raises FilingsError for arguments that cannot be.
    """
    sample = _sample(profile, counties, households, periods, seed)
    tasks = _tasks(sample)
    truth: list[Truth] = []
    for done, (task, found) in enumerate(_written(home, sample, tasks), start=1):
        truth += found
        if progress:
            progress(done, len(tasks), f"{task.county} {task.period or '各期'}")
    return _write_truth(home, sample, truth)


def _written(
    home: Home, sample: Sample, tasks: Sequence[_Task]
) -> Iterator[tuple[_Task, list[Truth]]]:
    """Write every task's workbooks, two at a time, and yield each when it is done."""
    if sample.profile == "small":
        # Starting processes takes longer than the work.
        for task in tasks:
            yield task, _write_task(home, sample, task)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=2, mp_context=context) as pool:
        running = {pool.submit(_write_task, home, sample, task): task for task in tasks}
        for future in as_completed(running):
            yield running[future], future.result()


def _sample(
    profile: str, counties: int, households: int, periods: Sequence[str], seed: int
) -> Sample:
    if profile not in PROFILES:
        raise FilingsError(f"没有名为“{profile}”的模拟方案;可用:{'、'.join(PROFILES)}。")
    try:
        ordered = tuple(sorted(set(periods), key=period_end))
    except ValueError as error:
        raise FilingsError("报送期应写作 YYYY-MM,例如 2020-06。") from error
    if profile == "shishou":
        counties = 0
    elif profile == "small":
        counties, households = min(counties, 3), min(households, 450)
    if profile != "shishou" and not 1 <= counties <= profiles.MOST_COUNTIES:
        raise FilingsError(f"模拟县的数量应在 1 至 {profiles.MOST_COUNTIES} 之间。")
    if counties and len(ordered) < 2:
        raise FilingsError("至少需要两个报送期,才能埋设跨期矛盾。")
    if counties and period_end(ordered[0]).year < 2016:
        raise FilingsError("报送期应不早于 2016 年。")
    if counties and households < 450:
        raise FilingsError("每个模拟县至少需要 450 户,才能给每条规则埋设矛盾。")
    return Sample(profile, counties, households, ordered, seed)


def _tasks(sample: Sample) -> list[_Task]:
    tasks = []
    if sample.profile in ("sample", "shishou"):
        tasks = [_Task(profiles.SHISHOU, -1, period) for period in profiles.SHISHOU_PERIODS]
    return tasks + [_Task(f"9901{n + 1:02d}", n, None) for n in range(sample.counties)]


def county_filings(sample: Sample, place: int) -> tuple[list[Filing], Planter | None]:
    """Return an invented county's filings and, where it has defects, who planted them."""
    has_defects = place < sample.with_defects
    pairs = sample.pairs(place) if has_defects else []
    filings = profiles.invented(
        place + 1,
        sample.households,
        sample.periods,
        sample.seed,
        arrivals=arrivals(sample.times, len(pairs)),
    )
    for filing in filings[:-1]:
        own_report(filing)
        registers(filing, _REGISTERED)
    if not has_defects:
        own_report(filings[-1])
        registers(filings[-1], _REGISTERED)
        return filings, None
    planter = plant(filings[-1], seed=sample.seed, place=place, times=sample.times, pairs=pairs)
    registers(filings[-1], _REGISTERED_FOR_DEFECTS * sample.times, planter.used)
    plant_registers(planter, sample.times)
    against_last_time(planter, filings[-2])
    return filings, planter


def _write_task(home: Home, sample: Sample, task: _Task) -> list[Truth]:
    if task.place < 0:
        filings = profiles.shishou(sample.seed, only=task.period)
        truth = [row for filing in filings for row in shishou_truth(filing)]
    else:
        filings, planter = county_filings(sample, task.place)
        truth = planter.truth if planter else []
    for filing in filings:
        write_filing(home, filing)
    return truth


def write_filing(home: Home, filing: Filing) -> list[Path]:
    """Write one delivery's workbooks into the inbox and return them."""
    written = []
    for name, aliases in _BOOKS:
        filled = [alias for alias in aliases if filing.tables.get(alias)]
        if filled:
            written.append(_write_book(home, filing, name, filled))
    return written


def _write_book(home: Home, filing: Filing, name: str, aliases: Sequence[str]) -> Path:
    county = filing.county
    path = home.inbox / county.code / filing.period / f"{name}.xlsx"
    write_workbook(
        path,
        [(alias, filing.tables[alias]) for alias in aliases],
        title=f"{county.name} ",
        note=f"填报单位:{county.name}  数据截至:{filing.as_of:%Y年%m月%d日}  金额单位:元",
    )
    return path


def _write_truth(home: Home, sample: Sample, truth: Sequence[Truth]) -> Path:
    """Write the truth, ordered, and beside it what the sample was made of."""
    home.truth.mkdir(parents=True, exist_ok=True)
    path = home.truth / f"truth-{sample.seed}.csv"
    rows = sorted(set(truth), key=lambda one: tuple(asdict(one).values()))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(Truth)])
        writer.writerows([asdict(row).values() for row in rows])
    text = json.dumps(asdict(sample), ensure_ascii=False, indent=1)
    (home.truth / f"sample-{sample.seed}.json").write_text(text + "\n", encoding="utf-8")
    return path


def write_correction(
    home: Home, *, county: str, period: str, rule_id: str, seed: int = 2020
) -> list[Path]:
    """Write a second delivery in which a county has corrected one rule's planted defects.

    It holds the affected tables whole, everything else in them as it was. Returns the workbooks.
    Raises FilingsError where the sample of ``seed`` is not in this home or planted no such defect.
    """
    note = home.truth / f"sample-{seed}.json"
    if not note.exists():
        raise FilingsError(f"没有种子为 {seed} 的模拟数据,请先运行 filings simulate。")
    made = json.loads(note.read_text(encoding="utf-8"))
    sample = Sample(**(made | {"periods": tuple(made["periods"])}))
    place = int(county[4:]) - 1 if county.startswith("9901") else -1
    if not 0 <= place < sample.with_defects or period != sample.periods[-1]:
        raise FilingsError(f"{county} {period} 没有埋设矛盾。")
    filings, planter = county_filings(sample, place)
    assert planter is not None
    tables = planter.undo(rule_id)
    if not tables:
        raise FilingsError(f"{county} {period} 没有埋设 {rule_id}。")
    return [_write_book(home, filings[-1], f"更正{rule_id}", tables)]
