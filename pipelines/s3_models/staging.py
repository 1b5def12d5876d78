"""The staging models and their descriptions, generated from the dictionary.

``python -m pipelines.s3_models.staging --write`` writes ``dbt_project/models/staging``; without
``--write`` it says which files differ and exits 1. A test keeps the committed files equal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from pipelines.core.dictionary import Dictionary, Table, dictionary
from pipelines.core.settings import DBT_PROJECT
from pipelines.s3_models.lake import lake_columns

STAGING = DBT_PROJECT / "models" / "staging"

PROVENANCE_TEXT = {
    "county_code": "报送县代码(收件文件夹) | Filing county (inbox folder)",
    "period": "报送期 | Filing period",
    "submission_id": "报送编号 | Submission",
    "source_file": "来源文件 | File as delivered",
    "source_sheet": "来源工作表,CSV 为空 | Sheet, empty for CSV",
    "source_row": "来源行号(从 1 起) | Row in the sheet, 1-based",
    "row_no": "本次报送中的顺序 | Order within the delivery",
}

ABSENT_TEXT = "所在工作表缺少的列,没有缺列为空 | Columns that its sheet lacks, null where none"


def model_name(table: Table) -> str:
    """Return the name of a table's staging model; registers share one name in the dictionary."""
    return f"stg_filings__{table.alias if table.name == 'registry' else table.name}"


def period_end_name(table: Table) -> str:
    """Return what the period's end is called: as_of, unless the filed table has its own."""
    filed = {column.name for column in table.columns}
    return "period_end" if "as_of" in filed else "as_of"


def generate(filed: Dictionary) -> dict[str, str]:
    """Return file name → content of the whole staging folder."""
    tables = filed.tables.values()
    files = {f"{model_name(table)}.sql": _model(table) for table in tables}
    files["_sources.yml"] = _yaml({"version": 2, "sources": [_lake_source(filed)]})
    files["_staging.yml"] = _yaml({"version": 2, "models": [_staging_model(t) for t in tables]})
    return files


def _model(table: Table) -> str:
    """Return the one line of a staging model."""
    key = ", ".join(f"'{_key_column(table, name)}'" for name in table.key)
    end = period_end_name(table)
    more = "" if end == "as_of" else f", end_as='{end}'"
    return f"{{{{ staged('{table.alias}', key=[{key}]{more}) }}}}\n"


def _key_column(table: Table, name: str) -> str:
    """Return the lake column that tells rows apart: a person's number by its protected key."""
    stored = Table.stored_name(name)
    return f"{stored}_key" if table.column(name).sensitive == "id" else stored


def _lake_source(filed: Dictionary) -> dict[str, object]:
    """Return the dbt source of the lake views, with every column's type, meaning and privacy."""
    return {
        "name": "lake",
        "schema": "lake",
        "description": "各县报送的表,按数据字典定型 | Tables as filed, typed by the dictionary",
        "tables": [
            {
                "name": table.alias,
                "description": f"{table.title_zh} | {table.title_en}",
                "columns": [
                    {
                        "name": column.name,
                        "data_type": column.sql_type,
                        "description": f"{column.zh} | {column.en}",
                        "config": {"meta": {"public": column.public}},
                    }
                    for column in lake_columns(table)
                ],
            }
            for table in filed.tables.values()
        ],
    }


def _staging_model(table: Table) -> dict[str, object]:
    """Return a staging model's description: its grain, its own columns, and what must hold."""
    end = period_end_name(table)
    own = [{"name": name, "description": text} for name, text in PROVENANCE_TEXT.items()]
    own.append({"name": end, "description": "期末(数据截至日) | Last day of the period"})
    first = "同一主键在文件顺序中的第一行 | First row of its key in file order"
    own.append({"name": "is_first", "description": first})
    own.append({"name": "absent_columns", "description": ABSENT_TEXT})
    return {
        "name": model_name(table),
        "description": (
            f"{table.title_zh},每个报送行一行({table.grain_zh}) | "
            f"{table.title_en}, one row per accepted row ({table.grain})"
        ),
        "columns": own,
    }


def _yaml(content: object) -> str:
    """Return YAML with Chinese as it is, in the order given."""
    head = "# Generated from the dictionary: python -m pipelines.s3_models.staging --write\n"
    return head + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)


def differences(folder: Path, files: dict[str, str]) -> Iterator[str]:
    """Yield the name of every file of the folder that is missing, stale or no longer wanted."""
    for name, content in files.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            yield name
    for path in sorted(folder.glob("*")):
        if path.name not in files:
            yield path.name


def write(folder: Path, files: dict[str, str]) -> None:
    """Write the folder; what is no longer generated goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*"):
        if path.name not in files:
            path.unlink()
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write the staging folder, or say what differs. Returns the exit status."""
    files = generate(dictionary())
    if "--write" in arguments:
        write(STAGING, files)
        return 0
    stale = list(differences(STAGING, files))
    for name in stale:
        print(f"{STAGING / name} differs from the dictionary")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
