"""Progress on the error stream, so that a pipe gets results only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def sample_progress() -> Iterator[Callable[[int, int, str], None]]:
    """Show a bar of counties while a sample is made; yields what the simulator calls."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("生成样例"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=None)

        def advance(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=what)

        yield advance


@contextmanager
def check_progress() -> Iterator[Callable[[str, int, int | None], None]]:
    """Show what is being checked and how much of it is done; yields what the checks call."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("检查 {task.description}"), BarColumn(), TaskProgressColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=None)

        def advance(what: str, done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total, description=what)

        yield advance
