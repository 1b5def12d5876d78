"""What sqlfluff's templater lacks of dbt: stand-ins that render to SQL of the same shape."""

from typing import Any


class _Renders:
    """Any call renders to a function call of the same name."""

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: f"{name}({', '.join(map(str, arguments))})"

    def dispatch(self, name: str, package: str = "") -> Any:
        """Return the dispatched macro's stand-in."""
        return getattr(self, name)


adapter = _Renders()
dbt = _Renders()
