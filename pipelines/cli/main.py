"""The ``filings`` command: one Typer application, a module per group of commands.

Belongs here: how the commands are put together and how an error reaches the user. Everything a
command needs is imported when it runs, so that ``--help`` is quick.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from pipelines.cli import ask, catalogue, doctor, intake, night, reconcile
from pipelines.cli.homes import closing_words
from pipelines.core.errors import FilingsError, reason_zh
from pipelines.core.modes import write_privately
from pipelines.core.settings import quiet_environment
from pipelines.core.text import printable


class FilingsGroup(TyperGroup):
    """Prints what a user can mend as one sentence on the error stream and exits 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with closing_words():
            try:
                return super().invoke(ctx)
            except BrokenPipeError:
                raise  # whoever read the output has closed it; Typer ends quietly
            except (FilingsError, OSError) as error:
                print(f"错误:{sentence(error)}", file=sys.stderr)
                raise typer.Exit(1) from None


def sentence(error: FilingsError | OSError) -> str:
    """Return what went wrong and what to do, in one line."""
    if isinstance(error, FilingsError):
        return printable(str(error))
    at = f" {printable(str(error.filename))}" if error.filename else ""
    return f"无法读写{at}({reason_zh(error)}),请检查路径、权限和磁盘空间后再试。"


# What these write is no part of a home: it is handed to others.
HANDED_ON = ("template", "reconcile", "rules")

app = typer.Typer(
    cls=FilingsGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def keep_quiet(ctx: typer.Context) -> None:
    """建档立卡报送数据仓库:收件、核查、发布、反馈 | The poverty-filing warehouse."""
    os.environ.update(quiet_environment())
    if ctx.invoked_subcommand not in HANDED_ON:
        write_privately()


app.command("init")(intake.init)
app.command("simulate")(intake.simulate)
app.command("receive")(intake.receive)
app.command("withdraw")(intake.withdraw)
app.command("check")(intake.check)
app.command("template")(intake.template)
app.command("refresh")(night.refresh)
app.command("rotate-key")(night.rotate_key)
app.command("alerts")(night.alerts)
app.command("findings")(ask.findings)
# A question may begin with a comment, which looks like an option.
app.command("query", context_settings={"ignore_unknown_options": True})(ask.query)
app.command("reconcile")(reconcile.reconcile)
app.command("doctor")(doctor.doctor)
app.add_typer(catalogue.app, name="rules")


if __name__ == "__main__":
    app()
