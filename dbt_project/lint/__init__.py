"""What dbt gives to macros and sqlfluff's jinja templater does not: enough to parse the models."""

from collections.abc import Callable
from typing import Any


class _Adapter:
    """Stands for dbt's adapter: a dispatched macro is some SQL."""

    def dispatch(self, name: str, package: str | None = None) -> Callable[..., str]:
        """Return a macro that gives SQL which parses where the macro stands."""
        rows = name in ("explode_list", "months_between")
        return lambda *_, **__: "select 1 as one" if rows else "(1 = 1)"


class _Dbt:
    """Stands for dbt's own cross-database macros."""

    def __getattr__(self, name: str) -> Callable[..., str]:
        return lambda *_, **__: "varchar" if name.startswith("type_") else "1"


adapter = _Adapter()
dbt = _Dbt()
execute = False


def _identity(value: Any) -> Any:
    return value


globals()["return"] = _identity


def indicator_definitions() -> list[Any]:
    """Return no definition: they are made by macros that only dbt can run."""
    return []


def indicator_figures() -> list[Any]:
    """Return no figure, likewise."""
    return []


def _column(*_: Any) -> str:
    return "1"


sql_text = figure_base = figure_term = figure_value = _column
