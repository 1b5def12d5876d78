"""The contenders of ``peers.py``: each judges 24 rules over one Parquet file of persons.

    python peers_contenders.py NAME SPEC

SPEC is a JSON file: ``persons`` (Parquet), ``keys`` (Parquet to write: rule_id, record_id of every
failing pair), ``scratch`` (a folder), ``thresholds`` (kind: value) and ``fails`` (rule_id: SQL that
is true where the rule fails). Nothing of the project is imported: this runs in the peers' own
environment. What a library cannot decide it leaves out of its failures, as the rules do.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

MEN = [
    *("之子", "之女婿", "之孙子", "之外孙子", "之父", "之岳父", "之公公", "之祖父", "之外祖父"),
    *("之侄儿", "之叔伯", "之曾孙子"),
]
WOMEN = [
    *("之女", "之儿媳", "之孙女", "之外孙女", "之母", "之岳母", "之婆婆", "之祖母", "之外祖母"),
    *("之侄女", "之兄弟媳妇", "之曾孙女"),
]
ABLE = ["普通劳动力", "技能劳动力"]
COLLEGE = ["大专", "大专及以上", "本科及以上"]
SEXES = ["男", "女"]


def passes(t: dict[str, float]) -> dict[str, Any]:
    """Return rule_id: polars expression that is false where the rule fails, null where unknown.

    Written by hand after ``expectations/rules``: ``when`` not true, or ``must``.
    """
    import polars as pl

    c = pl.col
    status, none = c("student_status").fill_null(""), pl.lit(None, dtype=pl.Boolean)
    able, length, age = c("labor_ability").is_in(ABLE), c("id_length"), c("age")
    schooled = c("education").fill_null(
        pl.when(c("student_status").is_not_null()).then(pl.lit("")).otherwise(None)
    )
    well, ill = (c("health").list.contains(word) for word in ("健康", "残疾"))
    outside = c("id_no").str.slice(0, 6) != "999999"

    def known(is_known: Any, must: Any) -> Any:
        return pl.when(is_known).then(must).otherwise(none)

    def between(low: str, high: str) -> Any:
        return age.is_between(t[low], t[high])

    return {
        "P001": length.is_in([18, 20, 22]),
        "P002": ~(length == 18) | c("id_checksum_ok"),
        "P003": ~length.is_in([20, 22])
        | (c("id_checksum_ok") & c("id_cert_kind").str.contains("^[1-7][1-4]$")),
        "P004": known(length >= 18, c("id_person_count") <= 1),
        "P005": c("id_no").is_not_null() & outside,
        "P007": ~(length >= 18) | known(c("gender").is_in(SEXES), c("gender") == c("id_gender")),
        "P008": ~(c("id_no").is_null() | outside) | c("id_area_known"),
        "P014": ~c("relation").is_in(MEN + WOMEN)
        | known(c("gender").is_in(SEXES), (c("gender") == "男") == c("relation").is_in(MEN)),
        "P018": ~(age < t["labor_age_min"]) | (c("labor_ability") == "无劳动力"),
        "P023": ~(age >= t["labor_age_max"]) | ~able,
        "P025": ~c("dropout_reason").fill_null("").is_in(["因病", "因残"]) | ~well,
        "P026": ~(status == "小学") | between("primary_age_min", "primary_age_max"),
        "P027": ~(status == "初中") | between("junior_age_min", "junior_age_max"),
        "P028": ~(status.str.starts_with("普通高中") | status.str.starts_with("中职"))
        | between("senior_age_min", "senior_age_max"),
        "P029": ~(
            status.is_in(["技师", "本科"])
            | status.str.starts_with("高职高专")
            | schooled.is_in(COLLEGE)
        )
        | (age >= t["college_age_min"]),
        "P030": ~(status == "硕士生及以上") | (age >= t["master_age_min"]),
        "P031": ~(status.is_in(["学龄前儿童", "学前教育"]) & well) | (age < t["preschool_age_max"]),
        "P032": ~between("labor_age_min", "low_education_age_max")
        | ~schooled.is_in(["文盲或半文盲", "小学"]),
        "P034": ~ill | (c("id_type") == "残疾人证"),
        "P035": ~((length >= 20) & c("id_cert_kind").is_in(["41", "42"])) | ~able,
        "P036": ~length.is_in([20, 22]) | ill,
        "P040": ~(c("has_resident_medical") & c("has_employee_medical")),
        "P044": ~(
            c("dibao_policy").is_in(["农村低保", "城市低保"])
            & c("tekun_policy").is_in(["农村特困", "城市特困"])
        ),
        "P069": c("namesake_count") <= 1,
    }


def polars(spec: dict[str, Any]) -> None:
    """Write the keys by polars alone: the rules as columns, streamed."""
    import polars as pl

    rules = passes(spec["thresholds"])
    marks = [(~rule).fill_null(False).alias(name) for name, rule in rules.items()]
    marked = pl.scan_parquet(spec["persons"]).select("record_id", *marks)
    kept = marked.filter(pl.any_horizontal(list(rules))).collect(engine="streaming")
    _write(kept, list(rules), spec)


def pandera(spec: dict[str, Any]) -> None:
    """Validate lazily; keys from the failure cases."""
    import pandera.polars as pa
    import polars as pl

    rules = passes(spec["thresholds"])
    frame = pl.read_parquet(spec["persons"], columns=_columns(rules))
    checks = [
        pa.Check(lambda data, rule=rule: data.lazyframe.select(rule.fill_null(True)), name=name)
        for name, rule in rules.items()
    ]
    try:
        pa.DataFrameSchema(checks=checks).validate(frame, lazy=True)
        raise SystemExit("pandera found no failure")
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases.select("check", "index")
    ids = frame.select("record_id").with_row_index("index")
    keys = cases.with_columns(pl.col("index").cast(pl.UInt32)).join(ids, on="index")
    keys.select(pl.col("check").alias("rule_id"), "record_id").write_parquet(spec["keys"])


def dataframely(spec: dict[str, Any]) -> None:
    """Filter by a schema of rules; keys from what it says of the rows that it leaves out."""
    import dataframely as dy
    import polars as pl

    rules = passes(spec["thresholds"])
    frame = pl.read_parquet(spec["persons"], columns=_columns(rules))
    members: dict[str, Any] = {name: dy.Any() for name in frame.columns}
    members |= {name: dy.rule()(lambda cls, rule=rule: rule) for name, rule in rules.items()}
    _, failure = type("Persons", (dy.Schema,), members).filter(frame)
    details = failure.details()
    marks = [(pl.col(name) == "invalid").alias(name) for name in rules]
    _write(details.select("record_id", *marks), list(rules), spec)


def pointblank(spec: dict[str, Any]) -> None:
    """Validate by expressions; keys from the extracts."""
    import pointblank as pb
    import polars as pl

    rules = passes(spec["thresholds"])
    frame = pl.read_parquet(spec["persons"], columns=_columns(rules))
    validation = pb.Validate(frame)
    for rule in rules.values():
        validation = validation.col_vals_expr(rule.fill_null(True))
    validation = validation.interrogate(get_first_n=None, extract_limit=frame.height)
    extracts = [
        validation.get_data_extracts(i=step, frame=True)
        .select("record_id")
        .select(pl.lit(name).alias("rule_id"), "record_id")
        for step, name in enumerate(rules, start=1)
    ]
    pl.concat(extracts).write_parquet(spec["keys"])


def dbt(spec: dict[str, Any]) -> None:
    """Build one view and a singular test a rule, its failing keys stored."""
    import duckdb
    from dbt.cli.main import dbtRunner

    folder = Path(spec["scratch"])
    database = folder / "peers.duckdb"
    for name in ("models", "tests"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "dbt_project.yml").write_text(
        "name: peers\nprofile: peers\ndata_tests: {+store_failures: true}\n"
    )
    target = {"type": "duckdb", "path": str(database), "threads": 2}
    profile = {"peers": {"target": "it", "outputs": {"it": target}}}
    (folder / "profiles.yml").write_text(json.dumps(profile))
    (folder / "models" / "persons.sql").write_text(
        f"select * from read_parquet('{spec['persons']}')"
    )
    for name, fails in spec["fails"].items():
        text = f"select record_id from {{{{ ref('persons') }}}} where {fails}"
        (folder / "tests" / f"{name.lower()}.sql").write_text(text)
    place = ["--project-dir", str(folder), "--profiles-dir", str(folder)]
    dbtRunner().invoke(["--quiet", "build", *place])
    keys = " union all ".join(
        f"select '{name}' as rule_id, record_id from main_dbt_test__audit.{name.lower()}"
        for name in spec["fails"]
    )
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"copy ({keys}) to '{spec['keys']}' (format parquet)")


def great_expectations(spec: dict[str, Any]) -> None:
    """Ask one query a rule for its unexpected rows. The report keeps no more than 200 of them."""
    import duckdb
    import great_expectations as gx

    # The gate's own datasource: through SQLAlchemy as it stands GX cannot read DuckDB.
    sys.path.insert(0, str(Path(__file__).parents[1] / "pipelines" / "s6_gate"))
    __import__("duckdb_source")
    database = Path(spec["scratch"]) / "gx.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"create view persons as from read_parquet('{spec['persons']}')")
    context = gx.get_context(mode="ephemeral")
    source = context.data_sources.add_duckdb("it", connection_string=f"duckdb:///{database}")
    batch = source.add_table_asset(
        "persons", table_name="persons"
    ).add_batch_definition_whole_table("all")
    suite = context.suites.add(gx.ExpectationSuite(name="rules"))
    for name, fails in spec["fails"].items():
        query = f"SELECT record_id FROM {{batch}} WHERE {fails}"
        suite.add_expectation(
            gx.expectations.UnexpectedRowsExpectation(
                unexpected_rows_query=query, meta={"rule": name}
            )
        )
    definition = gx.ValidationDefinition(name="it", data=batch, suite=suite)
    found = context.validation_definitions.add(definition).run(result_format="COMPLETE")
    rows = [
        (one.expectation_config.meta["rule"], row["record_id"])
        for one in found.results
        for row in one.result["details"]["unexpected_rows"]
    ]
    import polars as pl

    pl.DataFrame(rows, schema=["rule_id", "record_id"], orient="row").write_parquet(spec["keys"])


def _columns(rules: dict[str, Any]) -> list[str]:
    """Return the columns that the rules read, and the key."""
    return sorted(
        {"record_id", *(name for rule in rules.values() for name in rule.meta.root_names())}
    )


def _write(marked: Any, names: list[str], spec: dict[str, Any]) -> None:
    """Write the pairs of rows with a mark per rule."""
    import polars as pl

    pairs = [
        marked.filter(pl.col(name)).select(pl.lit(name).alias("rule_id"), "record_id")
        for name in names
    ]
    pl.concat(pairs).write_parquet(spec["keys"])


CONTENDERS = {
    "polars": polars,
    "pandera": pandera,
    "dataframely": dataframely,
    "pointblank": pointblank,
    "dbt": dbt,
    "great_expectations": great_expectations,
}


if __name__ == "__main__":
    CONTENDERS[sys.argv[1]](json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
