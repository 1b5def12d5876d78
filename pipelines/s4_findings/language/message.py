"""Sentences for county clerks: templates whose ``{…}`` are expressions of the rule language.

An empty value prints as 空, a yes/no value as 是/否, a list joined by 、, a month as 2019-06.
A sensitive column may stand in a sentence only alone, masked; in a larger one it is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.core.sql import literal
from pipelines.s4_findings.language.expression import Needs
from pipelines.s4_findings.language.values import ExpressionError
from pipelines.s4_findings.language.wide import Wide

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
UNBALANCED = re.compile(r"[{}]")

# Every value becomes text through its type's name: casts inside would fail to bind for other types.
MACROS = """
CREATE OR REPLACE TEMP MACRO zh(v) AS CASE
  WHEN v IS NULL THEN '空'
  WHEN typeof(v) = 'BOOLEAN' THEN CASE CAST(v AS VARCHAR) WHEN 'true' THEN '是' ELSE '否' END
  WHEN typeof(v) = 'BOOLEAN[]' THEN coalesce(nullif(replace(replace(replace(replace(
    regexp_replace(CAST(v AS VARCHAR), '[\\[\\]]', '', 'g'), 'NULL', '空'), ', ', '、'),
    'true', '是'), 'false', '否'), ''), '空')
  WHEN typeof(v) LIKE '%[]' THEN CASE
    WHEN regexp_matches(CAST(v AS VARCHAR), '^[\\[\\], ]*$') THEN '空'
    ELSE replace(replace(regexp_replace(replace(replace(CAST(v AS VARCHAR), '[]', '空'),
      'NULL', '空'), '[\\[\\]]', '', 'g'), ', ', '、'), '''', '') END
  WHEN typeof(v) LIKE 'DECIMAL%' OR typeof(v) IN ('DOUBLE', 'FLOAT')
    THEN regexp_replace(regexp_replace(CAST(CAST(round(TRY_CAST(CAST(v AS VARCHAR) AS DOUBLE), 4)
      AS DECIMAL(24,4)) AS VARCHAR), '(\\.\\d*?)0+$', '\\1'), '\\.$', '')
  ELSE CAST(v AS VARCHAR) END;
CREATE OR REPLACE TEMP MACRO mask_name(v) AS CASE WHEN v IS NOT NULL THEN '某' END;
CREATE OR REPLACE TEMP MACRO mask_birth(v) AS CASE WHEN v IS NULL THEN NULL
  WHEN length(CAST(v AS VARCHAR)) > 4 AND regexp_matches(CAST(v AS VARCHAR), '^(18|19|20)[0-9]{2}')
    THEN left(CAST(v AS VARCHAR), 4) || '****'
  ELSE repeat('*', CAST(length(CAST(v AS VARCHAR)) AS INTEGER)) END;
CREATE OR REPLACE TEMP MACRO last_four(v) AS
  CASE WHEN regexp_matches(v, '[0-9BbXx*]{4}$') THEN right(v, 4) ELSE '****' END;
CREATE OR REPLACE TEMP MACRO mask_id(v) AS CASE WHEN v IS NULL THEN NULL
  WHEN length(v) > 10
    THEN CASE WHEN regexp_full_match(left(v, 6), '[A-Za-z]{0,2}[0-9*]+') THEN left(v, 6)
        ELSE '******' END
      || repeat('*', CAST(greatest(length(v) - 10, 4) AS INTEGER)) || last_four(v)
  ELSE repeat('*', CAST(length(v) AS INTEGER)) END;
CREATE OR REPLACE TEMP MACRO mask_phone(v) AS CASE WHEN v IS NULL THEN NULL
  WHEN length(v) > 4
    THEN repeat('*', CAST(greatest(length(v) - 4, 3) AS INTEGER)) || last_four(v)
  ELSE repeat('*', CAST(length(v) AS INTEGER)) END;
CREATE OR REPLACE TEMP MACRO mask_account(v) AS mask_phone(v);
"""


@dataclass(frozen=True)
class Template:
    """A sentence as SQL text over the wide rows."""

    sql: str
    needs: Needs


def masked(sql: str, kind: str | None) -> str:
    """Return SQL that masks a sensitive value, the SQL itself where it is none."""
    return sql if kind is None else f"mask_{kind}({sql})"


def compile_template(wide: Wide, text: str) -> Template:
    """Compile a sentence. Raises ExpressionError for unknown names and unmaskable values."""
    if UNBALANCED.search(PLACEHOLDER.sub("", text)):
        raise ExpressionError("unbalanced braces")
    needs = Needs()
    parts = []
    position = 0
    for match in PLACEHOLDER.finditer(text):
        if match.start() > position:
            parts.append(literal(text[position : match.start()]))
        compiled = wide.compile(match.group(1))
        if compiled.needs.sensitive and compiled.mask is None:
            names = ", ".join(sorted(compiled.needs.sensitive))
            raise ExpressionError(f"sensitive column {names} may only stand alone in braces")
        value = f"left(CAST({compiled.sql} AS VARCHAR), 7)" if compiled.is_month else compiled.sql
        parts.append(f"zh({masked(value, compiled.mask)})")
        needs.merge(compiled.needs)
        position = match.end()
    if position < len(text):
        parts.append(literal(text[position:]))
    return Template(" || ".join(parts) or "''", needs)
