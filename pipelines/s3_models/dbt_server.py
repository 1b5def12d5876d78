"""dbt, started and parsed once: the program behind ``dbt.Dbt``.

Run as a script, with the environment of ``dbt.dbt_environment``. It parses the project, then reads
one JSON list of dbt's arguments a line and answers each with one JSON object a line: ``code`` (0
went well) and ``output``. Each command runs in a fork, because dbt holds the database file until
its process ends. Nothing of the warehouse is imported: a fork is as small as dbt itself.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from typing import IO

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest


def main(options: list[str]) -> None:
    """Serve until the input ends; ``options`` are dbt's global ones, for every command."""
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
    child = os.fork()
    if child == 0:
        assert isinstance(manifest, Manifest)
        code = _code(dbtRunner(manifest).invoke(arguments))
        DuckDBConnectionManager.close_all_connections()
        _flush()
        os._exit(code)  # what this process would do at its end is not the fork's to do
    _, status = os.waitpid(child, 0)
    return {"code": os.waitstatus_to_exitcode(status), "output": _taken(log)}


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
