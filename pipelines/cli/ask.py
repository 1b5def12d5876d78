"""Commands that ask the published warehouse: findings, query."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.homes import working_home
from pipelines.cli.table import show, write_csv
from pipelines.core.errors import FilingsError

if TYPE_CHECKING:
    import duckdb

_FINDINGS = """
select finding_id, county_code, period, severity, effect, status, rule_id, household_code,
    coalesce(masked_id, person_code, object_code) as who,
    cells[1].file as file, cells[1]."row" as "row", cells[1]."column" as "column", message_zh
from fct_finding
where (? is null or county_code = ?) and (? is null or period = ?)
    and (? is null or rule_id = ?) and (? is null or status = ?)
order by county_code, period, severity, rule_id, finding_id
"""


@contextmanager
def published() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published file read-only.

    Raises:
        FilingsError: nothing is published yet, or it cannot be opened.
    """
    import duckdb

    from pipelines.core.database import published_file

    at = working_home()
    path = at.published_db
    if not path.exists():
        raise FilingsError(f"还没有发布过数据({path} 不存在),请先运行 filings refresh。")
    # The published file is untrusted SQL's only object: no files, no network, no settings.
    config: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": False}
    with published_file(at) as readable:
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
    county: Annotated[str | None, typer.Option(help="县码")] = None,
    period: Annotated[str | None, typer.Option(help="期次 YYYY-MM")] = None,
    rule: Annotated[str | None, typer.Option(help="规则号")] = None,
    status: Annotated[str | None, typer.Option(help="状态,如 open、resolved")] = None,
    limit: Annotated[int, typer.Option(help="最多几条")] = 50,
    csv: Annotated[bool, typer.Option("--csv", help="以 CSV 输出全部")] = False,
) -> None:
    """列出疑点 | Findings of the published warehouse."""
    chosen = [value for value in (county, period, rule, status) for _ in range(2)]
    with published() as connection:
        _refuse_unknown(connection, "县码", county, "fct_submission", "county_code")
        _refuse_unknown(connection, "规则", rule, "dim_rule", "rule_id")
        result = connection.execute(_FINDINGS, chosen)
        headers = [column[0] for column in result.description]
        rows = result.fetchall()
    if csv:
        write_csv(headers, rows)
        return
    show(headers, rows[:limit])
    print(f"共 {len(rows)} 条" + (f",列出前 {limit} 条" if len(rows) > limit else ""))


def _refuse_unknown(
    connection: duckdb.DuckDBPyConnection, what: str, value: str | None, table: str, column: str
) -> None:
    """Say that a county or rule does not exist, rather than that it has no findings."""
    if value is None:
        return
    known = connection.execute(
        f"select 1 from {table} where {column} = ? limit 1", [value]
    ).fetchone()
    if known is None:
        raise FilingsError(f"没有{what} {value},请核对。")


def query(
    sql: Annotated[str, typer.Argument(help="SQL 语句")],
    csv: Annotated[bool, typer.Option("--csv", help="以 CSV 输出")] = False,
    limit: Annotated[int, typer.Option(help="最多显示几行")] = 200,
) -> None:
    """用 SQL 查询已发布的数据(只读)| Ask the published warehouse in SQL, read-only."""
    import duckdb

    with published() as connection:
        try:
            result = connection.execute(sql)
            headers = [column[0] for column in result.description or ()]
            rows = result.fetchall()
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise FilingsError(
                f"查询失败:{reason} 表名用 SHOW TABLES 查看,列用 DESCRIBE 表名。"
            ) from None
    if csv:
        write_csv(headers, rows)
        return
    show(headers, rows[:limit])
    if len(rows) > limit:
        print(f"共 {len(rows)} 行,列出前 {limit} 行;全部请用 --csv。")
