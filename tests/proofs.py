"""What is too long for CI, one after the other: ``make prove``, or this file with names.

Each has a time limit, prints its seeds and is told in ``docs/proofs.md`` with its result, commit
and machine. The exit code is that of the worst. ``make test`` runs a slice of each.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOLD = ROOT / "docs" / "proofs.md"
PYTEST = (sys.executable, "-m", "pytest", "-q", "-s")


@dataclass(frozen=True)
class Proof:
    """One proof: what it shows, the command, its variables and the most minutes it may take."""

    name: str
    shows: str
    command: tuple[str, ...]
    minutes: int
    variables: dict[str, str] = field(default_factory=dict)


PROOFS = (
    Proof(
        "damage",
        "10,000 damaged files: no crash, no hang, no lost row",
        (sys.executable, "tests/mutations.py", "--count", "10000"),
        60,
    ),
    Proof(
        "intake-kills",
        "kill −9 at 50 moments of receiving and reading: as if nothing had happened",
        (*PYTEST, "tests/s2_lake/test_kill_nine.py"),
        30,
        {"FILINGS_KILLS": "50"},
    ),
    Proof(
        "night-kills",
        "kill −9 at 20 moments over all stages: the same published bytes, the next night runs",
        (*PYTEST, "tests/whole/test_killed_night_e2e.py"),
        90,
        {"FILINGS_NIGHT_KILLS": "20"},
    ),
    Proof(
        "disturbed",
        "40 sequences of nights that are killed, lose folders or reach nobody: as undisturbed ones",
        (*PYTEST, "tests/whole/test_disturbed_nights.py"),
        60,
        {"FILINGS_DISTURBED": "40"},
    ),
    Proof(
        "pairs",
        "every step alone and every ordered pair of steps: true or refused, nothing lost",
        (*PYTEST, "tests/orchestration/test_selections.py"),
        120,
        {"FILINGS_PAIRS": "all"},
    ),
    Proof(
        "leaks",
        "planted names and numbers, a night that fails at each stage: found nowhere",
        (*PYTEST, "tests/whole/test_no_leaks.py"),
        30,
        {"FILINGS_LEAK_STAGES": "all"},
    ),
    Proof(
        "leaks-300000",
        "300,000 persons: no citizen number and no filed name in any byte published",
        (*PYTEST, "tests/whole/test_no_leaks_scale.py"),
        40,
        {"FILINGS_LEAK_ROWS": "300000"},
    ),
)


def main(names: list[str]) -> int:
    """Run the proofs of these names (default: all) and tell their results."""
    unknown = set(names) - {proof.name for proof in PROOFS}
    if unknown:
        print(f"no such proof: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    worst, lines = 0, told_lines()
    for proof in PROOFS:
        if names and proof.name not in names:
            continue
        print(f"== {proof.name}: {proof.shows}", flush=True)
        code, line = run(proof)
        worst = max(worst, code)
        lines[proof.name] = line
        tell(lines)
    return worst


def run(proof: Proof) -> tuple[int, str]:
    """Run one proof and return its exit code and its line of the table."""
    started = time.monotonic()
    try:
        done = subprocess.run(
            proof.command,
            cwd=ROOT,
            env={**os.environ, **proof.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60 * proof.minutes,
            check=False,
        )
        code, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as error:
        output = error.stdout.decode() if isinstance(error.stdout, bytes) else error.stdout or ""
        code, output = 1, f"{output}\nover {proof.minutes} minutes"
    print(output, flush=True)
    minutes = (time.monotonic() - started) / 60
    last = [line for line in output.splitlines() if line.strip()][-1:]
    said = re.sub(r"[|`]", "", last[0].strip()) if last else ""
    verdict = "passed" if code == 0 else "FAILED"
    return code, (
        f"| {proof.name} | {proof.shows} | {verdict}: {said} | {minutes:.0f} min | {commit()} "
        f"| {date.today()} | {machine()} |"
    )


def told_lines() -> dict[str, str]:
    """Return the lines that the page has, by name."""
    if not TOLD.exists():
        return {}
    text = TOLD.read_text(encoding="utf-8")
    found = re.finditer(r"^\| ([a-z0-9-]+) \|.*$", text, re.MULTILINE)
    return {match[1]: match[0] for match in found}


def tell(lines: dict[str, str]) -> None:
    """Write the page: the last result of each proof."""
    order = [proof.name for proof in PROOFS]
    rows = [lines[name] for name in order if name in lines]
    head = [
        "# Proofs",
        "",
        "What is too long for CI, as `make prove` last saw it; written by `tests/proofs.py`.",
        "",
        "| proof | shows | result | took | commit | day | machine |",
        "|---|---|---|---|---|---|---|",
    ]
    TOLD.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")


def commit() -> str:
    """Return the short hash of what was proved, with + where files were changed since."""
    git = ("git", "-C", str(ROOT))
    short = subprocess.run((*git, "rev-parse", "--short", "HEAD"), capture_output=True, text=True)
    changed = subprocess.run(
        (*git, "status", "--porcelain", "--untracked-files=no", "--", ":!docs/proofs.md"),
        capture_output=True,
        text=True,
    )
    return short.stdout.strip() + ("+" if changed.stdout.strip() else "")


def machine() -> str:
    """Return processors, memory and system."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
