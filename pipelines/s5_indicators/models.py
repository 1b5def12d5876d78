"""The indicator models of the dbt project as DuckDB SQL, without dbt and in a moment.

The files that the night's dbt renders are rendered here with Jinja; only the lists of indicators
are given by the caller. A test holds the SQL against that which dbt compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

import duckdb
from jinja2 import Environment, StrictUndefined

from pipelines.core.settings import DBT_PROJECT

FOLDER = DBT_PROJECT / "models" / "indicators"
MACROS = DBT_PROJECT / "macros"
MACRO_FILES = ("filed.sql", "portable.sql", "thresholds.sql", "indicators/terms.sql")
SCHEMA = "indicators"
# Sources that stand in a schema of another name (models/sources.yml).
SOURCE_SCHEMAS = {"receipts": "lake"}
# What the models call of dbt's own macros.
DBT_DATEDIFF = ("dbt.include.duckdb", "macros/utils/datediff.sql")


class Models:
    """The indicator models over some indicators, made one by one in a DuckDB database.

    ``lists`` is what the generated macros give (``generate.macro_data``). The database has the
    record views, receipts and findings that the models read.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, lists: Mapping[str, list[dict[str, Any]]]
    ) -> None:
        self.connection = connection
        self._made: set[str] = set()
        self._jinja = Environment(extensions=["jinja2.ext.do"], undefined=StrictUndefined)
        self._jinja.globals |= {
            "ref": self._relation,
            "source": lambda source, name: f"{SOURCE_SCHEMAS.get(source, source)}.{name}",
            "return": lambda value: value,
            "adapter": _Adapter(self._macro),
            "dbt": _Dbt(self._macro),
            **{name: lambda data=data: data for name, data in lists.items()},
        }
        texts = [(MACROS / name).read_text(encoding="utf-8") for name in MACRO_FILES]
        package, path = DBT_DATEDIFF
        texts.append((resources.files(package) / path).read_text(encoding="utf-8"))
        self._macros = self._jinja.from_string("\n".join(texts)).module
        self._jinja.globals |= {
            name: macro for name, macro in vars(self._macros).items() if callable(macro)
        }
        connection.execute(f"create schema if not exists {SCHEMA}")

    def sql(self, name: str) -> str:
        """Return the SQL of a model; the models it reads are made on the way."""
        return self._jinja.from_string((FOLDER / f"{name}.sql").read_text("utf-8")).render()

    def make(self, name: str) -> str:
        """Make a model and those it reads, once each; returns its name with the schema."""
        if name not in self._made:
            self._made.add(name)
            self.connection.execute(f"create table {SCHEMA}.{name} as ({self.sql(name)})")
        return f"{SCHEMA}.{name}"

    def has(self, relation: str) -> bool:
        """Whether a table of that name stands in the database, schema.table."""
        found = self.connection.execute(
            "select 1 from duckdb_tables() where schema_name || '.' || table_name = ?", [relation]
        )
        return found.fetchone() is not None

    def _relation(self, name: str) -> str:
        """Return where a model stands: an indicator model is made, others are there already."""
        if (FOLDER / f"{name}.sql").exists():
            return self.make(name)
        return f"{'records' if name.startswith('rec_') else 'main'}.{name}"

    def _macro(self, name: str) -> Callable[..., str]:
        macro: Callable[..., str] = getattr(self._macros, name)
        return macro


class _Adapter:
    """Stands for dbt's adapter: a dispatched macro is DuckDB's."""

    def __init__(self, macro: Callable[[str], Callable[..., str]]) -> None:
        self._macro = macro

    def dispatch(self, name: str, package: str | None = None) -> Callable[..., str]:
        """Return DuckDB's version of a macro."""
        return self._macro(f"duckdb__{name}")


class _Dbt:
    """Stands for dbt's own macros that write SQL: they are those of its DuckDB adapter."""

    def __init__(self, macro: Callable[[str], Callable[..., str]]) -> None:
        self._macro = macro

    def datediff(self, first: str, second: str, part: str) -> str:
        """Return the SQL of a difference of dates in whole parts."""
        return self._macro("duckdb__datediff")(first, second, part)
