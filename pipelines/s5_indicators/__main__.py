"""``python -m pipelines.s5_indicators --write`` writes the generated dbt macro of the indicators.

Without ``--write`` it says whether the file differs and exits 1.
"""

from __future__ import annotations

import sys

from pipelines.core.errors import CatalogueError
from pipelines.s5_indicators.definitions import read_indicators
from pipelines.s5_indicators.generate import GENERATED, generate, refuse_stale


def main(arguments: list[str]) -> int:
    """Write the file, or say that it differs. Returns the exit status."""
    try:
        if "--write" in arguments:
            GENERATED.write_text(generate(read_indicators()), encoding="utf-8")
        else:
            refuse_stale()
    except CatalogueError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
