"""24 row rules of the catalogue over made-up persons, beside other validators on the same file.

    python -m venv peers && peers/bin/pip install -r benchmarks/peers_requirements.txt
    python benchmarks/peers.py --peers peers/bin/python [--rows 1000000] [--rounds 3]

Every contender reads the same Parquet file of all columns of the person record in a process of its
own and writes the failing pairs (rule, record); they are compared with ours rule by rule. Ours also
counts the four outcomes of each rule, county and period. CPU seconds are user and system of the
process and its children, memory is its peak; medians of rounds in turn. The bound is one hash over
every column as text. What is not installed is said, not guessed. Great Expectations keeps no more
than 200 rows of a query: of its pairs only these are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb

RULES = [
    f"P{number:03}"
    for number in (1, 2, 3, 4, 5, 7, 8, 14, 18, 23, *range(25, 33), 34, 35, 36, 40, 44, 69)
]
COUNTIES, PERIODS, SEED = 20, ("2019-12", "2020-06"), 0.2020
GX_ROWS = 200
BESIDE = Path(__file__).with_name("peers_contenders.py")
OWN, BOUND = "ours", "bound: hash as text"
PEERS = ["polars", "pandera", "dataframely", "pointblank", "dbt", "great_expectations"]
PACKAGES = [
    "duckdb", "polars", "pandera", "dataframely", "pointblank", "dbt-core", "great-expectations",
]  # fmt: skip


# SQL of the columns that the rules read; ``mistake`` makes about one in two hundred of them wrong.
DRAWN = {
    **dict.fromkeys(("record_id", "row_no", "source_row"), "i"),
    **dict.fromkeys(("is_first", "is_live"), "TRUE"),
    "id_length": "CASE WHEN mistake < 0.002 THEN 17 WHEN mistake < 0.03 THEN 20 ELSE 18 END",
    "id_checksum_ok": "random() > 0.003",
    "id_person_count": "CASE WHEN random() < 0.002 THEN 2 ELSE 1 END",
    "id_no": "CASE WHEN random() < 0.001 THEN NULL WHEN random() < 0.001 THEN '999999'"
    " ELSE '990101' END || lpad(CAST(i AS VARCHAR), 12, '0')",
    "id_cert_kind": "CASE WHEN mistake < 0.02 THEN '43' WHEN mistake < 0.021 THEN '91'"
    " WHEN mistake < 0.03 THEN '41' END",
    "id_area_known": "random() > 0.002",
    "age": "CASE WHEN random() > 0.002 THEN years END",
    "gender": "CASE WHEN random() > 0.002 THEN sex END",
    "id_gender": "CASE WHEN random() > 0.003 THEN sex ELSE '男' END",
    "relation": "CASE WHEN years > 40 THEN '户主' WHEN sex = '男' AND random() > 0.005 THEN '之子'"
    " ELSE '之女' END",
    "labor_ability": "CASE WHEN random() < 0.002 THEN NULL WHEN years < 16 OR years > 59"
    " THEN CASE WHEN random() > 0.005 THEN '无劳动力' ELSE '普通劳动力' END ELSE '技能劳动力' END",
    "student_status": "CASE WHEN random() < 0.003 THEN list_extract(['小学', '初中', '技师',"
    " '普通高中一年级', '硕士生及以上', '学龄前儿童'], CAST(years % 6 + 1 AS INTEGER))"
    " WHEN years < 6 THEN '学龄前儿童' WHEN years < 12 THEN '小学' WHEN years < 15 THEN '初中'"
    " WHEN years < 18 THEN '普通高中一年级'"
    " WHEN years = 23 THEN '硕士生及以上' END",
    "education": "CASE WHEN random() < 0.1 THEN NULL WHEN years < 25 THEN '小学' ELSE '大专' END",
    "dropout_reason": "CASE WHEN random() < 0.01 THEN '因病' END",
    "health": "CASE WHEN random() < 0.002 THEN NULL WHEN mistake < 0.025 THEN ['残疾']"
    " WHEN random() < 0.1 THEN ['患有大病'] ELSE ['健康'] END",
    "id_type": "CASE WHEN mistake < 0.018 THEN '残疾人证' ELSE '居民身份证' END",
    "has_resident_medical": "random() > 0.02",
    "has_employee_medical": "random() > 0.99",
    "dibao_policy": "CASE WHEN random() < 0.05 THEN '农村低保' END",
    "tekun_policy": "CASE WHEN random() < 0.01 THEN '农村特困' END",
    "namesake_count": "CASE WHEN random() < 0.001 THEN 2 ELSE 1 END",
}


@dataclass(frozen=True)
class Measure:
    """Wall and CPU seconds and peak memory (MiB) of one process and its children."""

    wall: float
    cpu: float
    mebibytes: float


def measure(command: list[str]) -> Measure | str:
    """Run a command; returns the last line of its complaint where it fails."""
    with tempfile.TemporaryFile() as complaint:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=complaint)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            complaint.seek(0)
            return (complaint.read().decode(errors="replace").strip().splitlines() or ["failed"])[
                -1
            ]
    return Measure(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def generate(rows: int, path: Path) -> None:
    """Write persons as Parquet: what the rules read is drawn so that some fail, the rest filled."""
    from pipelines.s4_findings.language.records import records

    drawn = DRAWN | {
        "county_code": f"'99' || lpad(CAST(i % {COUNTIES} + 101 AS VARCHAR), 4, '0')",
        "period": f"list_extract({list(PERIODS)}, CAST(half + 1 AS INTEGER))",
        "as_of": "CASE half WHEN 0 THEN DATE '2019-12-31' ELSE DATE '2020-06-30' END",
    }
    columns = ", ".join(
        f'CAST({drawn.get(name) or _filled(kind)} AS {kind}) AS "{name}"'
        for name, kind in records().columns("person").items()
    )
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"SELECT setseed({SEED})")
        connection.execute(
            f"COPY (SELECT {columns} FROM (SELECT i, i // {COUNTIES} % 2 AS half,"
            " CAST(floor(random() * 95) AS INTEGER) AS years, random() AS mistake,"
            " CASE WHEN random() < 0.5 THEN '男' ELSE '女' END AS sex"
            f" FROM range({rows}) AS numbers (i))) TO '{path}'"
            " (FORMAT parquet, ROW_GROUP_SIZE 122880)"
        )


def _filled(kind: str) -> str:
    """Return SQL of a value for a column that no rule here reads."""
    if kind == "VARCHAR":
        return "'示例' || CAST(floor(random() * 10000) AS INTEGER)"
    if kind == "BOOLEAN":
        return "random() < 0.5"
    if kind == "DATE":
        return "DATE '1950-01-01' + CAST(floor(random() * 20000) AS INTEGER)"
    return "NULL" if kind.endswith("[]") else "floor(random() * 1000)"


def own(spec: dict[str, Any]) -> None:
    """Judge with the project's own pass; write the outcome counts and the failing keys."""
    from pipelines.s4_findings.catalogue import Catalogue, read_rules
    from pipelines.s4_findings.evaluate import CREATE_RESULTS
    from pipelines.s4_findings.language.message import MACROS
    from pipelines.s4_findings.outcomes import counts_sql, keys_sql, mask_sql, wide_sql

    catalogue = Catalogue(
        [rule for rule in read_rules() if rule.rule_id in RULES], lacking=frozenset()
    )
    rules = catalogue.of_record("person")
    with duckdb.connect() as connection:
        _prepare(connection, spec)
        connection.execute(f"INSERT INTO records.rec_threshold FROM '{spec['resolved']}'")
        connection.execute(MACROS)
        connection.execute(CREATE_RESULTS)
        connection.execute(wide_sql(catalogue, "person", "VIEW"))
        connection.execute(mask_sql("person", rules))
        connection.execute(counts_sql("person", rules))
        connection.execute(
            f"COPY ({keys_sql('person', rules)}) TO '{spec['keys']}' (FORMAT parquet)"
        )
        connection.execute(f"COPY outcome_counts TO '{spec['counts']}' (FORMAT parquet)")


def _prepare(connection: duckdb.DuckDBPyConnection, spec: dict[str, Any]) -> None:
    """Make what the night has: the record, which tables were filed, and thresholds."""
    connection.execute(
        f"""
        CREATE SCHEMA records;
        CREATE VIEW records.rec_person AS FROM read_parquet('{spec["persons"]}');
        CREATE TABLE records.rec_filing AS
          SELECT unnest({spec["counties"]}) AS county_code, period, 'p' AS table_name
          FROM (SELECT unnest({list(PERIODS)}) AS period);
        CREATE TABLE records.rec_threshold (county_code VARCHAR, kind VARCHAR, valid_from DATE,
          valid_to DATE, value DECIMAL(18, 4))
        """
    )


def bound(spec: dict[str, Any]) -> None:
    """Hash every column of every row as text."""
    with duckdb.connect() as connection:
        connection.execute(
            f"SELECT bit_xor(hash(COLUMNS(*)::VARCHAR)) FROM read_parquet('{spec['persons']}')"
        ).fetchall()


def specification(folder: Path, rows: int) -> dict[str, Any]:
    """Return what every contender is told; thresholds are those of the whole nation."""
    from pipelines.s4_findings.authoring.thresholds import fill_thresholds
    from pipelines.s4_findings.catalogue import read_rules

    counties = [f"99{number + 101:04d}" for number in range(COUNTIES)]
    with duckdb.connect() as connection:
        _prepare(connection, {"persons": folder / "persons.parquet", "counties": counties})
        # What the models of the night give to the rules, and the peers get as constants.
        fill_thresholds(connection, counties)
        resolved = str(folder / "thresholds.parquet")
        connection.execute(f"COPY records.rec_threshold TO '{resolved}' (FORMAT parquet)")
        found = connection.execute(
            "SELECT kind, value FROM records.rec_threshold WHERE valid_from <= ?"
            " AND coalesce(valid_to >= ?, TRUE) AND county_code = ?",
            [date(2020, 6, 1), date(2020, 6, 1), counties[0]],
        ).fetchall()
    thresholds = {kind: float(value) for kind, value in found}

    def plain(text: str) -> str:
        return re.sub(r"threshold\('(\w+)'\)", lambda match: str(thresholds[match[1]]), text)

    rules = {rule.rule_id: rule for rule in read_rules() if rule.rule_id in RULES}
    fails = {
        name: f"({plain(rules[name].when)}) IS TRUE AND ({plain(rules[name].must)}) IS FALSE"
        for name in RULES
    }
    return {
        "persons": str(folder / "persons.parquet"), "counties": counties, "rows": rows,
        "thresholds": thresholds, "resolved": resolved, "fails": fails,
        "counts": str(folder / "counts.parquet"),
    }  # fmt: skip


def pairs(path: str) -> dict[str, set[int]]:
    """Read a contender's failing pairs, by rule."""
    found: dict[str, set[int]] = {name: set() for name in RULES}
    with duckdb.connect() as connection:
        for name, ids in connection.execute(
            f"SELECT rule_id, list(record_id) FROM '{path}' GROUP BY ALL"
        ).fetchall():
            found[name] = set(ids)
    return found


def verdict(name: str, theirs: dict[str, set[int]], ours: dict[str, set[int]]) -> str:
    """Say whether a contender found the same pairs as ours."""
    if name == "great_expectations":
        kept = all(
            theirs[rule] <= ours[rule] and len(theirs[rule]) >= min(GX_ROWS, len(ours[rule]))
            for rule in RULES
        )
        return f"same, of the {GX_ROWS} kept" if kept else "OTHER"
    other = [rule for rule in RULES if theirs[rule] != ours[rule]]
    return f"OTHER: {', '.join(other)}" if other else "same"


def benchmark(rows: int, rounds: int, python: Path, folder: Path) -> None:
    """Print one row per contender: medians, the ratio to the bound, and whether pairs are equal."""
    # Elsewhere: a child's peak memory begins with that of the process that starts it.
    prepared = measure([sys.executable, __file__, "--prepare", str(rows), str(folder)])
    if isinstance(prepared, str):
        raise SystemExit(prepared)
    told = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    commands = {BOUND: [sys.executable, __file__, "--judge", BOUND]}
    commands[OWN] = [sys.executable, __file__, "--judge", OWN]
    commands |= {name: [str(python), str(BESIDE), name] for name in PEERS}
    measured: dict[str, list[Measure]] = {name: [] for name in commands}
    complaints: dict[str, str] = {}
    for _ in range(rounds):
        for number, (name, command) in enumerate(commands.items()):
            if name in complaints:
                continue
            scratch = Path(tempfile.mkdtemp(dir=folder))
            file = folder / f"{number}.json"
            keys = str(folder / f"{number}.parquet")
            file.write_text(json.dumps(told | {"keys": keys, "scratch": str(scratch)}))
            result = measure([*command, str(file)])
            if isinstance(result, str):
                complaints[name] = result
            else:
                measured[name].append(result)
    print_versions(rows, rounds, python)
    ours = pairs(str(folder / "1.parquet"))
    base = statistics.median(one.cpu for one in measured[BOUND])
    print(
        "| contender | wall s | CPU s | MiB | ÷ bound | failing pairs |\n|---|---|---|---|---|---|"
    )
    for number, name in enumerate(commands):
        if name in complaints:
            print(f"| {name} | not run: {complaints[name][:90]} | | | | |")
            continue
        wall, cpu, size = (
            statistics.median(getattr(one, part) for one in measured[name])
            for part in ("wall", "cpu", "mebibytes")
        )
        told_pairs = "" if name == BOUND else f"{sum(map(len, ours.values()))} with four outcomes"
        if name not in (BOUND, OWN):
            told_pairs = verdict(name, pairs(str(folder / f"{number}.parquet")), ours)
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {size:.0f} | {cpu / base:.1f} | {told_pairs} |")


def print_versions(rows: int, rounds: int, python: Path) -> None:
    """Print what ran where."""
    code = (
        "import sys; from importlib import metadata\n"
        "for name in sys.argv[1:]:\n"
        "    try: print(name, metadata.version(name))\n"
        "    except metadata.PackageNotFoundError: print(name, 'not installed')"
    )
    listed = subprocess.run(
        [str(python), "-c", code, *PACKAGES], capture_output=True, text=True, check=True
    )
    print(f"{rows:,} persons, medians of {rounds} rounds; load {os.getloadavg()[0]:.1f},")
    print(f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}")
    print(f"ours: duckdb {metadata.version('duckdb')}; {', '.join(listed.stdout.splitlines())}\n")


def main() -> None:
    """Read the arguments; judge as one contender, or measure all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=Path(sys.executable), metavar="PYTHON")
    parser.add_argument("--judge", nargs=2, metavar=("NAME", "SPEC"), help=argparse.SUPPRESS)
    parser.add_argument("--prepare", nargs=2, metavar=("ROWS", "DIR"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.prepare:
        rows, folder = int(arguments.prepare[0]), Path(arguments.prepare[1])
        generate(rows, folder / "persons.parquet")
        (folder / "told.json").write_text(json.dumps(specification(folder, rows)))
        return
    if arguments.judge:
        name, file = arguments.judge
        spec = json.loads(Path(file).read_text(encoding="utf-8"))
        {OWN: own, BOUND: bound}[name](spec)
        return
    with tempfile.TemporaryDirectory() as folder:
        benchmark(arguments.rows, arguments.rounds, arguments.peers, Path(folder))


if __name__ == "__main__":
    main()
