"""Tables on a terminal, and CSV for whatever reads it next."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from pipelines.core.workbook import harmless


def show(headers: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None) -> None:
    """Print a table; on a pipe it is as wide as its content."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*(text(value) for value in row))
    width = None if sys.stdout.isatty() else 200
    Console(width=width, highlight=False, markup=False, emoji=False).print(table)


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write CSV to the standard output, an empty field for null.

    What counties wrote may start like a formula; whoever opens the file in Excel is safe from it.
    """
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([harmless(header) for header in headers])
    writer.writerows([harmless(text(value)) for value in row] for row in rows)


def text(value: Any) -> str:
    """Return a cell's text: nothing for null, decimals without padding, lists joined."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        plain = format(value, "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if isinstance(value, list):
        return "、".join(text(each) for each in value)
    return str(value)
