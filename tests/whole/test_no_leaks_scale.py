"""A filing of a whole county: no citizen number and no filed name in any byte published.

``FILINGS_LEAK_ROWS`` sets how many persons (default 3,000; 300,000 is a large county).
"""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest
from filing_samples import WEIGHTS, csv_bytes, headers, rows
from leak_search import texts_below

from pipelines.core.settings import Home
from pipelines.orchestration.refresh import run_night

pytestmark = pytest.mark.e2e

ROWS = int(os.environ.get("FILINGS_LEAK_ROWS", "3000"))
SEED = 20260
SURNAMES, GIVEN = "欧阳上官司徒", "鹂鹋鸮鹗鹟鹡鹢鹩鹴鹯鹲鹳"
# Every place that could hold a number, also inside a longer run of digits (hence the lookahead).
# Only filed numbers count: raw bytes of a database put dates side by side that look like one.
_CITIZEN = re.compile("(?=([1-9][0-9]{16}[0-9Xx]))")


def person(row: list[str], rng: random.Random) -> list[str]:
    """A row with a name and number of its own, both also in a column where they do not belong."""
    body = f"990101{rng.randint(1940, 2015)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    body += f"{rng.randint(0, 999):03d}"
    total = sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True))
    number = body + "10X98765432"[total % 11]
    pair = rng.choice((0, 2, 4))
    name = SURNAMES[pair : pair + 2] + "".join(rng.choices(GIVEN, k=2))
    names = {header: at for at, header in enumerate(headers("p"))}
    row[names["姓名"]], row[names["证件号码"]] = name, number
    row[names["务工所在地"]] = rng.choice((f"{name}家", f"{name}{number}", number, "省内"))
    return row


def test_a_whole_county_names_nobody(tmp_path: Path) -> None:
    print(f"seed {SEED}, {ROWS} persons")
    rng, home = random.Random(SEED), Home(tmp_path / "home")
    folder = home.inbox / "990101" / "2020-06"
    folder.mkdir(parents=True)
    body = [person(row, rng) for row in rows("p", ROWS)]
    (folder / "人.csv").write_bytes(csv_bytes([headers("p"), *body]))
    run_night(home)
    names, numbers = ({row[headers("p").index(h)] for row in body} for h in ("姓名", "证件号码"))
    searched = 0
    for path, text in texts_below(home.published, home.reports, home.dagster):
        searched += len(text)
        assert not numbers & set(_CITIZEN.findall(text.upper())), path
        assert not names & set(re.findall(f"(?:欧阳|上官|司徒)[{GIVEN}]{{2}}", text)), path
    assert searched > 100 * ROWS, "the published rows were looked at"
