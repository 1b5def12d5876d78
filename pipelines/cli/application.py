"""How every group of commands behaves: help, wrong calls and failures, in Chinese, a sentence each.

Belongs here: what Typer is told to do otherwise. Does not: any command.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from pipelines.cli.help import help_page
from pipelines.cli.homes import closing_words
from pipelines.cli.usage import is_help, usage_error
from pipelines.core.errors import FilingsError, system_reason
from pipelines.core.text import printable

Function = TypeVar("Function", bound=Callable[..., Any])


class FilingsCommand(TyperCommand):
    """A command whose help is ours."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page."""
        formatter.write(help_page(self, ctx))


class FilingsGroup(TyperGroup):
    """A group whose help is ours; what a user can mend is one sentence on the error stream.

    Exit codes: 1 where the work failed, 2 where the call is wrong, 130 where it was broken off.
    """

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page."""
        formatter.write(help_page(self, ctx))

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Run the program: parse, run the command, exit with its code."""
        run = partial(super().main, **extra, standalone_mode=False)
        if not standalone_mode:
            return run(*args)
        try:
            code = run(*args)
        except typer.Abort:
            _tell("已中断")
            code = 1
        except typer.TyperException as error:
            if is_help(error):
                print(error.message)
            else:
                _tell(usage_error(error))
            code = error.exit_code
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with closing_words():
            try:
                return super().invoke(ctx)
            except BrokenPipeError:
                raise  # whoever read the output has closed it; Typer ends quietly
            except (FilingsError, OSError) as error:
                _tell(_sentence(error))
                raise typer.Exit(1) from None


class Application(typer.Typer):
    """A group of commands, the whole of them or a part such as ``filings rules``."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            cls=FilingsGroup,
            no_args_is_help=True,
            add_completion=False,
            pretty_exceptions_show_locals=False,
            **settings,
        )

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Function], Function]:
        """Register a command; ``epilog`` is an example of its use."""
        return super().command(name, **{"cls": FilingsCommand, **settings})


def _tell(sentence: str) -> None:
    print(f"错误:{sentence}", file=sys.stderr)


def _sentence(error: FilingsError | OSError) -> str:
    """Return what went wrong and what to do, in one line."""
    if isinstance(error, FilingsError):
        return printable(" ".join(str(error).split()))
    at = f" {printable(str(error.filename))}" if error.filename else ""
    return f"无法读写{at}({system_reason(error)}),请检查路径、权限和磁盘空间后再试。"
