"""``make dev``: Dagster's UI and daemon, with the schedule on, for the home in use."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pipelines.core.errors import FilingsError
from pipelines.core.modes import prepare, write_privately
from pipelines.core.settings import home, is_default_sample
from pipelines.orchestration.instance import dagster_environment, prepare_instance


def main() -> None:
    """Replace this process by ``dagster dev``; further arguments are handed on."""
    try:
        at = home()
    except FilingsError as error:
        sys.exit(f"错误:{error}")
    kind = "样例数据,人员均为虚构" if is_default_sample(at) else "FILINGS_HOME 可另指"
    print(f"数据目录:{at.root}({kind})", file=sys.stderr)
    write_privately()
    prepare(at)
    prepare_instance(at)
    dagster = str(Path(sys.executable).with_name("dagster"))
    module = "pipelines.orchestration.definitions"
    arguments = [dagster, "dev", "-m", module, *sys.argv[1:]]
    os.execvpe(dagster, arguments, {**os.environ, **dagster_environment(at)})


if __name__ == "__main__":
    main()
