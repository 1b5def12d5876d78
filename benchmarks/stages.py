"""Time and memory of every stage on the sample, each beside a bound measured in the same run.

    python benchmarks/stages.py [--profile sample|small] [--home DIR]

Every stage runs in a process of its own, so its peak memory is its own and its start-up is paid as
it is paid at night by the first stage. The bounds are what no implementation could beat by much:
the Excel library's bare parse of the same workbooks, one DuckDB write of the same rows, one hash
over every column of the same rows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.home import Home, make_home

HOME = "from pipelines.core.settings import home; at = home()\n"

STAGES: list[tuple[str, str, str | None]] = [
    ("simulate", "from pipelines.simulate import simulate; simulate(at, profile=PROFILE)", None),
    ("receive", "from pipelines.s1_archive import receive; receive(at)", "read"),
    ("lake", "from pipelines.s2_lake import ingest; ingest(at)", "parse"),
    ("receipts", "from pipelines.s8_county import write_receipts; write_receipts(at)", None),
    ("load", "from pipelines.s3_models import load; load(at)", None),
    ("dbt models", "from pipelines.s3_models import run_dbt; run_dbt(at, 'models')", "write"),
    ("findings", "from pipelines.s4_findings import run; run(at)", "hash"),
    ("dbt indicators", "from pipelines.s3_models import run_dbt; run_dbt(at, 'indicators')", None),
    ("gate", "from pipelines.s6_gate import run_gate; run_gate(at)", None),
    (
        "dbt publication",
        "from pipelines.s3_models import run_dbt; run_dbt(at, 'publication')",
        None,
    ),
    (
        "publish",
        "from pipelines.s4_findings import catalogue_version\n"
        "from pipelines.s7_published import input_fingerprint, publish\n"
        "publish(at, catalogue_version=catalogue_version(), fingerprint=input_fingerprint(at))",
        "copy",
    ),
    ("county", "from pipelines.s8_county import write_reports; write_reports(at)", None),
]

BOUNDS = {
    "read": (
        "read and hash the files",
        "import hashlib\n"
        "for p in at.archive.rglob('*'):\n"
        "    if p.is_file(): hashlib.sha256(p.read_bytes())",
    ),
    "parse": (
        "bare parse of the workbooks",
        "import fastexcel\n"
        "for p in at.archive.rglob('*.xlsx'):\n"
        "    book = fastexcel.read_excel(p)\n"
        "    for name in book.sheet_names:\n"
        "        book.load_sheet(name, header_row=None, dtypes='string').to_polars()",
    ),
    "write": (
        "one DuckDB write of the lake's rows",
        "import duckdb\n"
        "db = duckdb.connect(str(at.temp / 'bound.duckdb'))\n"
        "for t in sorted(at.lake.iterdir()):\n"
        "    files = [str(f) for f in t.rglob('*.parquet')]\n"
        "    if files: db.read_parquet(files, union_by_name=True).create(f't_{t.name}')",
    ),
    "hash": (
        "one hash over every column of the records",
        "import duckdb\n"
        "db = duckdb.connect(str(at.build_db), read_only=True)\n"
        'for (t,) in db.execute("select table_name from information_schema.tables where"\n'
        "        \" table_schema = 'records'\").fetchall():\n"
        "    db.execute(f'select bit_xor(hash(COLUMNS(*)::varchar)) from records.{t}').fetchall()",
    ),
    "copy": (
        "one DuckDB copy of the published file",
        "import duckdb\n"
        "db = duckdb.connect(str(at.temp / 'copy.duckdb'))\n"
        "db.execute(f\"attach '{at.published_db}' as source (read_only)\")\n"
        "db.execute('copy from database source to copy')",
    ),
}


@dataclass(frozen=True)
class Measure:
    """Wall seconds and peak memory (MiB) of one process."""

    seconds: float
    mebibytes: float


def measure(code: str, environment: dict[str, str]) -> Measure:
    """Run Python code in a fresh process. Raises RuntimeError where it fails."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"failed: {code.splitlines()[-1]}")
    return Measure(seconds, usage.ru_maxrss / 1024)


def benchmark(profile: str, folder: Path) -> None:
    """Print one row per stage: its seconds and memory, and its bound's, with the ratio."""
    make_home(Home(folder))
    environment = os.environ | {"FILINGS_HOME": str(folder)}
    head = HOME + f"PROFILE = {profile!r}\n"
    stages = {name: measure(head + code, environment) for name, code, _ in STAGES}
    bounds = {name: measure(HOME + code, environment) for name, (_, code) in BOUNDS.items()}
    empty = measure("pass", environment)
    print(f"An empty process: {empty.seconds:.2f} s, {empty.mebibytes:.0f} MiB\n")
    print("| stage | s | MiB | bound | s | MiB | ratio |\n|---|---|---|---|---|---|---|")
    for name, _, key in STAGES:
        row = stages[name]
        line = f"| {name} | {row.seconds:.2f} | {row.mebibytes:.0f} "
        if key:
            bound = bounds[key]
            line += f"| {BOUNDS[key][0]} | {bound.seconds:.2f} | {bound.mebibytes:.0f} "
            line += f"| {row.seconds / bound.seconds:.1f} |"
        else:
            line += "| | | | |"
        print(line)


def main() -> None:
    """Read the arguments and run in a temporary home unless one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="sample")
    parser.add_argument("--home", type=Path)
    arguments = parser.parse_args()
    if arguments.home:
        benchmark(arguments.profile, arguments.home)
    else:
        with tempfile.TemporaryDirectory() as folder:
            benchmark(arguments.profile, Path(folder))


if __name__ == "__main__":
    main()
