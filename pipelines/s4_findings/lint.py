"""What a steward runs after a change of the catalogue: all that can be known without data."""

from __future__ import annotations

import sys

from pipelines.core.errors import FilingsError
from pipelines.s4_findings.catalogue import Catalogue, load_catalogue
from pipelines.s4_findings.examples import bind, coverage_gaps, run_examples
from pipelines.s4_findings.life import read_waivers


def lint() -> list[str]:
    """Return every fault of the catalogue as a sentence with file and line; an empty list is clean.

    Names, thresholds and indicators are checked while compiling, types by letting DuckDB bind the
    SQL, examples for the three kinds every rule needs, waivers for their fields.
    """
    try:
        catalogue: Catalogue = load_catalogue()
        bind(catalogue)
        read_waivers()
    except FilingsError as error:
        return [str(error)]
    return coverage_gaps(catalogue)


def main(arguments: list[str]) -> int:
    """``lint`` or ``test [IDS]`` from a shell."""
    if arguments[:1] == ["test"]:
        count, failures = run_examples(load_catalogue(), arguments[1:] or None)
        for failure in failures:
            print(failure)
        print(f"{count} examples, {len(failures)} wrong")
        return bool(failures)
    faults = lint()
    print("\n".join(faults) or "the catalogue is clean")
    return bool(faults)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FilingsError as error:
        sys.exit(str(error))
