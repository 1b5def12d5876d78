"""What dbt gives to macros and sqlfluff's jinja templater does not: enough to parse the models."""

from collections.abc import Callable
from typing import Any

from pipelines.s5_indicators.definitions import read_indicators
from pipelines.s5_indicators.generate import macro_data


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


# The lists that dbt gets from the generated macro: a macro of plain Jinja gives text, not a list.
_INDICATORS = macro_data(read_indicators())


def indicator_definitions() -> list[dict[str, Any]]:
    """Return the indicators, so that the linter sees the SQL that is made of them."""
    return _INDICATORS["indicator_definitions"]


def indicator_figures() -> list[dict[str, Any]]:
    """Return their figures."""
    return _INDICATORS["indicator_figures"]
