"""dbt, started and parsed once: the program behind ``runner.Dbt``.

Run as a script, in the environment that ``runner`` gives it. It parses the project, then reads
one JSON list of dbt's arguments a line and answers each with one JSON object a line: ``code`` (0
went well) and ``output``. Each command runs in a fork, because dbt holds the database file until
its process ends. Nothing of the warehouse is imported: a fork is as small as dbt itself.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
import tempfile
from typing import IO

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

_PR_SET_PDEATHSIG = 1
# How often a command under way looks whether anybody still waits for it, in milliseconds.
_LOOK_MS = 500


def main(options: list[str]) -> None:
    """Serve until the input ends; ``options`` are dbt's global ones, for every command."""
    _end_with_parent()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    with tempfile.TemporaryFile() as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
        parsed = dbtRunner().invoke([*options, "parse"])
        broken = None if parsed.success else {"code": _code(parsed), "output": _taken(log)}
        for line in sys.stdin:
            answer = broken or _answer([*options, *json.loads(line)], parsed.result, log)
            print(json.dumps(answer), file=answers, flush=True)


def _answer(arguments: list[str], manifest: object, log: IO[bytes]) -> dict[str, int | str]:
    """Run one command in a fork and say how it ended."""
    _taken(log)
    server = os.getpid()
    child = os.fork()
    if child == 0:
        _end_with_parent()
        if os.getppid() != server:
            os._exit(1)
        assert isinstance(manifest, Manifest)
        code = _code(dbtRunner(manifest).invoke(arguments))
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        _flush()
        os._exit(code)  # what this process would do at its end is not the fork's to do
    return {"code": _ended(child), "output": _taken(log)}


def _ended(child: int) -> int:
    """Wait for a fork and return its exit status; end with it when nobody waits for the answer."""
    asked = select.poll()
    asked.register(sys.stdin.fileno(), 0)  # only whether the other end is closed
    if hasattr(os, "pidfd_open"):
        asked.register(os.pidfd_open(child), select.POLLIN)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        for _, event in asked.poll(_LOOK_MS):
            if event & (select.POLLHUP | select.POLLERR):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                sys.exit(1)


def _end_with_parent() -> None:
    """Let Linux kill this process when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _code(result: dbtRunnerResult) -> int:
    """Return dbt's exit status, having printed the error, which dbt does not tell of all."""
    if result.exception is not None:
        print(result.exception, file=sys.stderr)
    return 0 if result.success else 1


def _taken(log: IO[bytes]) -> str:
    """Return what was printed since the last call."""
    _flush()
    log.seek(0)
    text = log.read().decode("utf-8", "replace")
    log.seek(0)
    log.truncate()
    return text


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
