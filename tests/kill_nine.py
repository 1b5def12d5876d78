"""The child that is killed: receive, ingest and receipts of one home, when told to begin.

Run by ``test_kill_nine.py``. It says "ready" when its imports are done and waits for a line, so
that the kill falls into the work and not into the start.
"""

import sys
from datetime import datetime
from pathlib import Path

from pipelines.core.settings import Home
from pipelines.s1_archive import receive
from pipelines.s2_lake import ingest
from pipelines.s8_county import write_receipts

NOW = datetime(2020, 7, 1, 2, 0)


def intake(home: Home) -> None:
    """What a night does before its models."""
    receive(home, NOW)
    ingest(home)
    write_receipts(home)


if __name__ == "__main__":
    home = Home(Path(sys.argv[1]))
    print("ready", flush=True)
    sys.stdin.readline()
    intake(home)
    print("done", flush=True)
