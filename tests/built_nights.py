"""Build databases small enough to be published in a test, and what readers see of them."""

from __future__ import annotations

import json
from typing import Any

from pipelines.core.database import build_database, read_only
from pipelines.core.settings import Home
from pipelines.s3_models import Inputs
from pipelines.s3_models.history import create_filled_later, create_history, create_inputs
from pipelines.s7_published import made_by, publish


def make_night(home: Home, night: int, *statements: str, until: int | None = None) -> None:
    """A build database as the stages leave it on this night, with one more vintage."""
    for path in home.build_db.parent.glob("*"):
        path.unlink()
    with build_database(home) as connection:
        create_history(connection, home, until)
        create_inputs(connection, Inputs("", "", made_by()))
        create_filled_later(connection)
        connection.execute(
            "create table main.fct_indicator as select '990101' as region_code, "
            "'i' || number as indicator_code, vintage, 0.5 * vintage as value "
            f"from range(2000) n(number), range(1, {night + 1}) v(vintage) order by random()"
        )
        connection.execute(
            "create table main.fct_submission as select '990101-2020-06-v' || n as submission_id, "
            "'990101' as county_code, '2020-06' as period, "
            "'2020-07-0' || n || 'T02:00:00+08:00' as received_at, true as is_sample, "
            "cast(null as varchar) as withdrawn_at, cast(null as varchar) as admitted_at, "
            "'accepted' as status "
            f"from range(1, {night + 1}) t(n)"
        )
        connection.execute("create schema if not exists lake")
        connection.execute(
            "create table lake.current_delivery as select submission_id from main.fct_submission"
        )
        connection.execute("create table main.dim_village as select '990101101201' as village_code")
        connection.execute("create table main.other as select 1 as x")
        connection.execute(
            "insert into findings.fct_finding (finding_id, rule_id, cells) values ('2', 'P001', "
            "[{'file': 'a.xlsx', 'sheet': '', 'row': 4, 'column': '姓名', 'value': '某'}]), "
            "('1', 'P001', [])"
        )
        for statement in statements:
            connection.execute(statement)
    home.dbt_target.mkdir(parents=True, exist_ok=True)
    (home.dbt_target / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")


def model(name: str, columns: dict[str, str], parents: list[str], text: str) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "name": name,
        "description": text,
        "columns": {column: {"description": about} for column, about in columns.items()},
        "depends_on": {"nodes": parents},
    }


MANIFEST = {
    "nodes": {
        "m.fct_indicator": model(
            "fct_indicator",
            {"region_code": "地区 | Region", "value": "只有中文"},
            ["m.stg"],
            "指标 | Indicators",
        ),
        "m.stg": model("stg", {"value": "数值 | Value"}, ["s.lake"], "x"),
        "m.fct_submission": model("fct_submission", {}, [], "报送 | Deliveries"),
        "m.dim_village": model("dim_village", {}, [], "村 | Villages"),
    },
    "sources": {"s.lake": {"columns": {"vintage": {"description": "版次 | Vintage"}}}},
}


def put_out(home: Home, night: int, fingerprint: str | None = None) -> Any:
    return publish(home, catalogue_version="c1", fingerprint=fingerprint or f"night {night}")


def seen(home: Home, query: str) -> list[tuple[Any, ...]]:
    with read_only(home.published_db) as connection:
        return connection.execute(query).fetchall()
