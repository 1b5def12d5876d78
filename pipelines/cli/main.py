"""The ``filings`` command: one Typer application, a module per group of commands.

Belongs here: which commands there are, and an example of each. Everything a command needs is
imported when it runs, so that ``--help`` is quick.
"""

from __future__ import annotations

import os

import typer

from pipelines.cli import ask, catalogue, doctor, indicators, intake, night, reconcile, sample
from pipelines.cli.application import Application
from pipelines.core.modes import write_privately
from pipelines.core.settings import quiet_environment

# What these write is no part of a home: it is handed to others.
HANDED_ON = ("template", "reconcile", "rules", "indicators")

app = Application()


@app.callback()
def keep_quiet(ctx: typer.Context) -> None:
    """建档立卡报送数据仓库:收件、核查、发布、反馈 | The poverty-filing warehouse."""
    os.environ.update(quiet_environment())
    if ctx.invoked_subcommand not in HANDED_ON:
        write_privately()


app.command("init", epilog="filings init /data/filings")(intake.init)
app.command("simulate", epilog="FILINGS_HOME=/data/try filings simulate --profile small")(
    intake.simulate
)
app.command("receive", epilog="filings receive")(intake.receive)
app.command("withdraw", epilog="filings withdraw 990101-2020-06-v2 --reason 报错了期次")(
    intake.withdraw
)
app.command(
    "admit", epilog="filings admit 990101-2020-06-v2 --reason 乡镇撤并 --by 市扶贫办信息科"
)(intake.admit)
app.command("check", epilog="filings check 户.xlsx 家庭成员.xlsx --county 990101 --period 2020-06")(
    intake.check
)
app.command("template", epilog="filings template hh 家庭成员表 --out 模板")(intake.template)
app.command("refresh", epilog="filings refresh --wait 600")(night.refresh)
app.command("rotate-key", epilog="filings rotate-key")(night.rotate_key)
app.command("alerts", epilog="filings alerts --all")(night.alerts)
app.command("findings", epilog="filings findings --county 990101 --period 2020-06 --status open")(
    ask.findings
)
app.command(
    "query",
    epilog='filings query "SELECT county_code, count(*) FROM fct_finding GROUP BY ALL" --csv',
    # A question may begin with a comment, which looks like an option.
    context_settings={"ignore_unknown_options": True},
)(ask.query)
app.command("reconcile", epilog="filings reconcile 数.csv 关系.csv --out 判定.csv")(
    reconcile.reconcile
)
app.command("doctor", epilog="filings doctor")(doctor.doctor)
app.add_typer(sample.app, name="sample", epilog="filings sample remove --yes")
app.add_typer(catalogue.app, name="rules", epilog="filings rules show H017")
app.add_typer(indicators.app, name="indicators", epilog="filings indicators show i_inc1")


if __name__ == "__main__":
    app()
