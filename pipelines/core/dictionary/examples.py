"""What the example sheets of the templates show: two invented households and their papers."""

from __future__ import annotations

from functools import cache

from pipelines.core.dictionary.model import FOLDER, Table, read_yaml
from pipelines.core.errors import CatalogueError

_FILE = FOLDER / "examples.yml"


@cache
def _examples() -> dict[str, list[dict[str, str]]]:
    return read_yaml(_FILE)


def examples(table: Table) -> list[dict[str, str]]:
    """Return a table's example rows: text by column name, '' for a cell that stays empty.

    Raises CatalogueError where a row has a column that the table does not have.
    """
    rows = _examples().get(table.alias, [])
    names = [column.name for column in table.columns]
    for row in rows:
        unknown = sorted(set(row) - set(names))
        if unknown:
            raise CatalogueError(f"{_FILE.name}:{table.alias} 没有这些列:{'、'.join(unknown)}")
    return [{name: str(row.get(name, "")) for name in names} for row in rows]
