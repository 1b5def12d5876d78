"""Commands that ask the published warehouse: findings, query."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.homes import working_home
from pipelines.cli.table import show, write_csv
from pipelines.core.errors import FilingsError

if TYPE_CHECKING:
    import duckdb

_FINDINGS = """
select finding_id, county_code, period, severity, effect, status, rule_id, household_code,
    coalesce(person_code, object_code) as who,
    cells[1].file as file, cells[1]."row" as "row", cells[1]."column" as "column", message_zh
from fct_finding
where (? is null or county_code = ?) and (? is null or period = ?)
    and (? is null or rule_id = ?) and (? is null or status = ?) and (? is null or severity = ?)
order by array_position(['hold', 'explain', 'note'], effect), county_code, period, severity,
    rule_id, finding_id
"""
# A line of it is read on a screen of 100 columns.
_WIDTH = 100
# So many known values are named where one is not known.
_NAMED = 30
_HEADS = ("疑点 / 县 期次", "规则 / 程度", "状态", "对象", "问题 / 单元格")


@contextmanager
def published() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published file read-only.

    Raises:
        FilingsError: nothing is published yet, or it cannot be opened.
    """
    import duckdb

    from pipelines.core.database import published_file

    home = working_home()
    path = home.published_db
    if not path.exists():
        raise FilingsError(f"还没有发布过数据({path} 不存在),请先运行 filings refresh。")
    # The published file is untrusted SQL's only object: no files, no network, no settings.
    config: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": False,
        "lock_configuration": True,
        "temp_directory": "",  # nothing is spilled beside the file
    }
    with published_file(home) as readable:
        try:
            connection = duckdb.connect(str(readable), read_only=True, config=config)
        except duckdb.Error:
            raise FilingsError(
                f"打不开 {path}(已损坏或正被改写),请用 filings doctor 检查。"
            ) from None
        try:
            yield connection
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise FilingsError(
                f"读不了 {path}(已损坏,或由别的版本写成:{reason}),请用 filings doctor 检查。"
            ) from None
        finally:
            connection.close()


def findings(
    county: Annotated[str | None, typer.Option(help="县码 | county")] = None,
    period: Annotated[str | None, typer.Option(help="期次 YYYY-MM | period")] = None,
    rule: Annotated[str | None, typer.Option(help="规则号 | rule")] = None,
    status: Annotated[str | None, typer.Option(help="状态,如 open、resolved | status")] = None,
    severity: Annotated[str | None, typer.Option(help="程度:error、warn | severity")] = None,
    limit: Annotated[int, typer.Option(min=1, help="最多几条 | at most so many")] = 50,
    csv: Annotated[bool, typer.Option("--csv", help="以 CSV 输出全部 | all, as CSV")] = False,
) -> None:
    """列出疑点,暂缓发布指标的在前 | Findings of the published warehouse, what holds first."""
    from pipelines.s8_county.findings import SEVERITIES, STATUSES

    _refuse_unknown("状态", status, STATUSES)
    _refuse_unknown("程度", severity, SEVERITIES)
    chosen = [value for value in (county, period, rule, status, severity) for _ in range(2)]
    with published() as connection:
        for what, value, source in (
            ("县码", county, "select county_code from fct_submission"),
            ("期次", period, "select period from fct_submission"),
            ("规则", rule, "select rule_id from dim_rule"),
        ):
            if value is not None:
                known = connection.execute(f"select distinct * from ({source}) order by all")
                _refuse_unknown(what, value, [str(each) for (each,) in known.fetchall()])
        result = connection.execute(_FINDINGS, chosen)
        headers = [column[0] for column in result.description]
        rows = result.fetchall()
    if csv:
        write_csv(headers, rows)
        return
    found = [dict(zip(headers, row, strict=True)) for row in rows[:limit]]
    show(_HEADS, [_line(each) for each in found], width=_WIDTH, whole=_HEADS[:4])
    print(f"共 {len(rows)} 条" + (f",列出前 {limit} 条" if len(rows) > limit else ""))


def _line(finding: dict[str, Any]) -> tuple[str, ...]:
    """Return a finding as the cells of its line, two lines of text in most of them."""
    from pipelines.s8_county.findings import EFFECTS, SEVERITIES, STATUSES

    effect = "暂缓发布" if finding["effect"] == "hold" else EFFECTS[finding["effect"]]
    row = "" if finding["row"] is None else f" 第{finding['row']}行"
    column = f"“{finding['column']}”" if finding["column"] else ""
    return (
        f"{finding['finding_id']}\n{finding['county_code']} {finding['period']}",
        f"{finding['rule_id']} {SEVERITIES[finding['severity']]}\n{effect}",
        STATUSES[finding["status"]],
        "\n".join(filter(None, (finding["household_code"], finding["who"]))),
        f"{finding['message_zh']}\n{finding['file'] or ''}{row}{column}",
    )


def _refuse_unknown(what: str, value: str | None, known: Collection[str]) -> None:
    """Say that a county, period … does not exist, rather than that it has no findings.

    Raises FilingsError that names the known ones, where they are few.
    """
    if value is None or value in known:
        return
    if not known:
        raise FilingsError(f"没有{what} {value}:还没有任何报送,请先用 filings refresh 收件。")
    near = get_close_matches(value, known, n=5, cutoff=0.5) or sorted(known)[:_NAMED]
    shown = list(known) if len(known) <= _NAMED else near
    more = "" if len(shown) == len(known) else f" 等 {len(known)} 个"
    raise FilingsError(f"没有{what} {value};已有的是 {'、'.join(shown)}{more}。")


def query(
    sql: Annotated[str, typer.Argument(help="一条 SELECT 语句 | one question in SQL")],
    csv: Annotated[bool, typer.Option("--csv", help="以 CSV 输出全部 | all, as CSV")] = False,
    limit: Annotated[int, typer.Option(min=1, help="最多显示几行 | at most so many")] = 200,
) -> None:
    """用 SQL 查询已发布的数据(只读)| Ask the published warehouse in SQL, read-only."""
    from pipelines.cli.question import answer, in_parts

    with published() as connection:
        result = answer(connection, sql)
        headers = [column[0] for column in result.description or ()]
        if csv:
            write_csv(headers, itertools.chain.from_iterable(in_parts(result)))
            return
        shown: list[tuple[Any, ...]] = []
        count = 0
        for part in in_parts(result):
            shown += part[: limit - len(shown)]
            count += len(part)
    show(headers, shown)
    if count > limit:
        print(f"共 {count} 行,列出前 {limit} 行;全部请用 --csv。")
