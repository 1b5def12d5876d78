"""The life of a finding: stable ids, new, open, waived, resolved, reopened – from stored history.

A finding is the same one as long as rule, county, period, entity and the record's own key are the
same, protected keys as they were first (``first_keys``). Dates derive from the newest delivery or
withdrawal of its county, never from a clock, so a night with nothing new moves none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipelines.core.errors import CatalogueError
from pipelines.core.fields import checked_fields
from pipelines.core.files import parsed_yaml, read_text
from pipelines.core.statuses import DOES_NOT_COUNT, sql_list
from pipelines.s4_findings.catalogue import WAIVERS_FILE
from pipelines.s4_findings.first_keys import apply_first_keys

CURRENT = """
CREATE OR REPLACE TEMP TABLE current_finding AS
WITH keyed AS (
  SELECT failure.*, rule.grain, rule.severity, rule.effect, rule.owner_zh,
    'F' || left(md5(concat_ws('|', failure.rule_id, failure.county_code, failure.period,
      rule.grain, coalesce(failure.household_code, ''), coalesce(failure.person_code, ''),
      coalesce(failure.object_code, ''), coalesce(failure.record_key, ''))), 20) AS finding_id
  FROM rules.failure JOIN findings.dim_rule AS rule ON rule.rule_id = failure.rule_id
), celled AS (
  SELECT keyed.finding_id,
    list({'file': cell.file, 'sheet': cell.sheet, 'row': cell."row",
      'column': coalesce(head.header, cell.header), 'value': cell.value}
      ORDER BY cell.ordinal, cell.file, cell.sheet, cell."row", cell.header, cell.value,
      keyed.record_id) AS cells
  FROM keyed JOIN rules.failure_cell AS cell
    ON cell.rule_id = keyed.rule_id AND cell.record_id = keyed.record_id
  LEFT JOIN (
    SELECT *, first_row = min(first_row) OVER (PARTITION BY submission_id, source_file,
      source_sheet, table_name, column_name) AS is_first
    FROM lake.header
  ) AS head ON head.submission_id = cell.submission_id
    AND head.source_file = cell.file AND head.source_sheet = cell.sheet
    AND head.table_name = cell.table_name AND head.column_name = cell.column_name
    AND CASE WHEN cell."row" IS NULL THEN head.is_first
      ELSE cell."row" BETWEEN head.first_row AND head.last_row END
  GROUP BY keyed.finding_id
), one AS (
  SELECT * FROM keyed QUALIFY row_number() OVER (PARTITION BY finding_id ORDER BY record_id) = 1
)
SELECT one.* EXCLUDE (record, record_id, record_key),
  coalesce(list_distinct_cells(celled.cells), []) AS cells
FROM one LEFT JOIN celled ON celled.finding_id = one.finding_id
"""

# ``known``: the newest delivery, withdrawal or admission of all, when tonight's changes became
# known, and of each county. What was refused or does not count changes nothing.
KNOWN = f"""
CREATE OR REPLACE TEMP TABLE known AS
WITH counted AS (
  FROM lake.submission WHERE status NOT IN {sql_list(DOES_NOT_COUNT)}
), event AS (
  SELECT county_code, received_at AS occurred_at FROM counted
  UNION ALL
  SELECT county_code, withdrawn_at FROM lake.withdrawal
  WHERE submission_id IN (SELECT submission_id FROM counted)
  UNION ALL
  SELECT counted.county_code, admission.admitted_at
  FROM lake.admission AS admission JOIN counted USING (submission_id)
), dated AS (
  SELECT county_code, CAST(left(CAST(occurred_at AS VARCHAR), 10) AS DATE) AS occurred_on
  FROM event
)
SELECT county_code, max(occurred_on) AS county_on, max(max(occurred_on)) OVER () AS known_on
FROM dated GROUP BY county_code;
CREATE OR REPLACE TEMP TABLE sample AS
SELECT DISTINCT sub.county_code, sub.period
FROM lake.submission AS sub JOIN lake.current_delivery AS cur USING (submission_id)
WHERE sub.is_sample
"""

COLUMNS = """
finding_id, rule_id, county_code, period, grain, household_code, person_code, object_code,
severity, effect, status, message_zh, advice_zh, owner_zh, cells, masked_id, village_code, is_new,
first_seen_on, last_seen_on, resolved_on, is_sample
"""

FINDINGS = f"""
CREATE OR REPLACE TABLE findings.fct_finding AS
WITH standing AS (
  SELECT cur.finding_id, cur.rule_id, cur.county_code, cur.period, cur.grain, cur.household_code,
    cur.person_code, cur.object_code, cur.severity, cur.effect,
    CASE
      WHEN EXISTS (
        SELECT 1 FROM waiver
        WHERE waiver.rule_id = cur.rule_id AND waiver.county_code = cur.county_code
          AND waiver.object_code IN (cur.household_code, cur.person_code, cur.object_code)
          AND known.known_on <= waiver.expires_on
      ) THEN 'waived'
      WHEN old.status IS NULL OR old.status = 'waived' THEN 'open'
      WHEN old.status = 'resolved' THEN 'reopened'
      ELSE old.status
    END AS status,
    cur.message_zh, cur.advice_zh, cur.owner_zh, cur.cells, cur.masked_id, cur.village_code,
    old.finding_id IS NULL OR old.status = 'resolved' AS is_new,
    coalesce(old.first_seen_on, known.known_on) AS first_seen_on,
    greatest(coalesce(old.first_seen_on, known.known_on), known.county_on) AS last_seen_on,
    CAST(NULL AS DATE) AS resolved_on, sample.county_code IS NOT NULL AS is_sample
  FROM current_finding AS cur
  LEFT JOIN history.fct_finding AS old ON old.finding_id = cur.finding_id
  LEFT JOIN known ON known.county_code = cur.county_code
  LEFT JOIN sample ON sample.county_code = cur.county_code AND sample.period = cur.period
), gone AS (
  SELECT old.* EXCLUDE (status, is_new, resolved_on, advice_zh, is_sample), old.advice_zh,
    coalesce(old.resolved_on, known.known_on, old.last_seen_on) AS resolved_on, old.is_sample
  FROM history.fct_finding AS old
  LEFT JOIN known ON known.county_code = old.county_code
  ANTI JOIN current_finding AS cur ON cur.finding_id = old.finding_id
), final AS (
  SELECT * FROM standing
  UNION ALL BY NAME
  SELECT *, 'resolved' AS status, false AS is_new FROM gone
)
SELECT {COLUMNS} FROM final ORDER BY county_code, period, rule_id, finding_id
"""


_WAIVER_FIELDS = ("rule", "county", "object", "reason", "approved_by", "expires_on")


@dataclass(frozen=True)
class Waiver:
    """A finding that the steward lets stand until a day, with who decided and why."""

    rule_id: str
    county_code: str
    object_code: str
    reason: str
    approved_by: str
    expires_on: date


def read_waivers(path: Path = WAIVERS_FILE) -> list[Waiver]:
    """Read the waivers. Raises CatalogueError for a wrong field, or a date that is none."""
    raw = parsed_yaml(read_text(path)) if path.exists() else []
    waivers = []
    for number, entry in enumerate(raw or [], 1):
        try:
            entry = checked_fields(entry, f"第 {number} 条", _WAIVER_FIELDS)
            waiver = Waiver(
                rule_id=str(entry["rule"]),
                county_code=str(entry["county"]),
                object_code=str(entry["object"]),
                reason=str(entry["reason"]),
                approved_by=str(entry["approved_by"]),
                expires_on=entry["expires_on"],
            )
        except ValueError as error:
            raise CatalogueError(f"{path.name} 有误:{error}") from error
        if not isinstance(waiver.expires_on, date):
            raise CatalogueError(f"{path.name} 有误:第 {number} 条.expires_on 应为日期(不加引号)")
        waivers.append(waiver)
    return waivers


def write_findings(connection: duckdb.DuckDBPyConnection, waivers: list[Waiver]) -> None:
    """Write ``findings.fct_finding`` from the failures of this night and the history.

    Grain: one row per finding ever seen; a finding of several rows with one key is one finding.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE waiver"
        " (rule_id VARCHAR, county_code VARCHAR, object_code VARCHAR, expires_on DATE)"
    )
    for waiver in waivers:
        connection.execute(
            "INSERT INTO waiver VALUES (?, ?, ?, ?)",
            [waiver.rule_id, waiver.county_code, waiver.object_code, waiver.expires_on],
        )
    connection.execute(
        "CREATE OR REPLACE TEMP MACRO list_distinct_cells(c) AS"
        " list_filter(c, lambda x, i: i = list_position(c, x))"
    )
    connection.execute(KNOWN)
    apply_first_keys(connection)
    connection.execute(CURRENT)
    connection.execute(FINDINGS)
