"""The dbt macros that know the indicators, generated from ``expectations/indicators``.

``python -m pipelines.s5_indicators --write`` writes
``dbt_project/macros/indicators/generated.sql``. A night with a file that differs is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines.core.errors import CatalogueError
from pipelines.core.settings import DBT_PROJECT
from pipelines.s5_indicators.definitions import Indicator, read_indicators
from pipelines.s5_indicators.figures import figures

GENERATED = DBT_PROJECT / "macros" / "indicators" / "generated.sql"
COMMAND = "python -m pipelines.s5_indicators --write"
# What dbt shows of an indicator beside its figures (ind_definition).
SHOWN = (
    "code", "name_zh", "name_en", "kind", "unit", "term_unit", "factor", "numerator_zh",
    "denominator_zh", "scope_zh", "basis", "tables",
)  # fmt: skip


def macro_data(indicators: Sequence[Indicator]) -> dict[str, list[dict[str, Any]]]:
    """Return what each generated macro gives to the models: macro name → list."""
    return {
        "indicator_definitions": [
            {**{name: each.data[name] for name in SHOWN}, "bounded": each.bounded}
            for each in indicators
        ],
        "indicator_figures": [asdict(figure) for figure in figures(indicators)],
    }


def generate(indicators: Sequence[Indicator]) -> str:
    """Return the content of the generated file."""
    head = f"{{# Generated from expectations/indicators: {COMMAND} #}}\n"
    return head + "".join(_macro(*each) for each in macro_data(indicators).items())


def _macro(name: str, data: Iterable[Mapping[str, Any]]) -> str:
    """Return a macro that gives a list; one line per element, so that a change shows its place."""
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in data)
    return (
        f"\n{{% macro {name}() %}}\n{{% set data %}}{{% raw %}}[\n{lines}\n]{{% endraw %}}"
        f"{{% endset %}}\n{{{{ return(fromjson(data)) }}}}\n{{% endmacro %}}\n"
    )


def refuse_stale(path: Path = GENERATED) -> None:
    """Do nothing where the generated file is that of the indicators as they are now.

    Raises:
        CatalogueError: it is not, or an indicator is wrong.
    """
    if not path.exists() or path.read_text(encoding="utf-8") != generate(read_indicators()):
        raise CatalogueError(
            f"指标定义(expectations/indicators)改过,{path.name} 还是旧的,请先运行:{COMMAND}"
        )
