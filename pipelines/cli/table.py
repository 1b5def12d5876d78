"""Tables on a terminal, and CSV for whatever reads it next."""

from __future__ import annotations

import csv
import sys
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any

from pipelines.core.text import printable, printable_lines
from pipelines.core.workbook import harmless


def show(
    headers: Sequence[str],
    rows: Iterable[Sequence[Any]],
    title: str | None = None,
    width: int = 200,
    whole: Collection[str] = (),
) -> None:
    """Print a table as wide as the terminal; on a pipe at most ``width`` columns.

    The columns named ``whole`` are never broken.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for header in headers:
        table.add_column(printable(header), overflow="fold", no_wrap=header in whole)
    for row in rows:
        table.add_row(*(printable_lines(text(value)) for value in row))
    on_terminal = None if sys.stdout.isatty() else width
    Console(width=on_terminal, highlight=False, markup=False, emoji=False).print(table)


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write CSV to the standard output, an empty field for null.

    What counties wrote may start like a formula; whoever opens the file in Excel is safe from it.
    """
    writer = csv.writer(sys.stdout, lineterminator="\n")
    # A terminal obeys escape sequences; whatever else reads this gets what was filed.
    shown = printable_lines if sys.stdout.isatty() else str
    writer.writerow([harmless(shown(header)) for header in headers])
    writer.writerows([harmless(shown(text(value))) for value in row] for row in rows)


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
