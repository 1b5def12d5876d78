"""The names that an editor offers while a YAML file is written: tables, records, indicators …

The JSON Schemas of ``expectations/schemas`` say the shape of each file that people edit; the names
that a value may have are generated into ``names.schema.json``, so that they stand once, where they
are defined. ``python -m pipelines.s4_findings.editor_names --write`` renews it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

from pipelines.core.dictionary import TYPES, dictionary
from pipelines.core.privacy import SENSITIVE_KINDS
from pipelines.core.settings import EXPECTATIONS
from pipelines.s4_findings.catalogue import EFFECTS, SEVERITIES, indicator_codes
from pipelines.s4_findings.language.records import records

NAMES_FILE = EXPECTATIONS / "schemas" / "names.schema.json"
COMMAND = "python -m pipelines.s4_findings.editor_names --write"


def names() -> dict[str, list[str]]:
    """Return the names that values may have, by what they name."""
    words = dictionary()
    return {
        "table": list(words.tables),
        "record": list(records().by_name),
        "indicator": sorted(indicator_codes()),
        "code_list": list(words.code_lists),
        "unit": list(words.units),
        "column_type": list(TYPES),
        "sensitive": list(SENSITIVE_KINDS),
        "severity": list(SEVERITIES),
        "effect": list(EFFECTS),
    }


def schema_text() -> str:
    """Return what ``names.schema.json`` should hold."""
    body = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "名称 | Names",
        "description": f"由程序生成,请勿手改 | Generated: {COMMAND}",
        "$defs": {kind: _one_of(known) for kind, known in names().items()},
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def _one_of(known: Iterable[str]) -> dict[str, object]:
    return {"type": "string", "enum": list(known)}


def main(arguments: list[str]) -> int:
    """Write the names, or say that the file is not up to date. Returns the exit status."""
    if "--write" in arguments:
        NAMES_FILE.write_text(schema_text(), encoding="utf-8")
        return 0
    if NAMES_FILE.exists() and NAMES_FILE.read_text(encoding="utf-8") == schema_text():
        return 0
    print(f"{NAMES_FILE.name} is not up to date: run {COMMAND}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
