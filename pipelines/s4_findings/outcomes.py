"""SQL of the one pass over a record: what its rules read, what each says, how often it says so.

A rule says one of four things of a record, told in two bits: 0 not applicable, 1 pass, 2 fail,
3 undecidable. ``WORD`` rules share a word, so that the outcomes of a record are a few numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pipelines.core.sql import literal
from pipelines.s4_findings.catalogue import Catalogue, CompiledRule

# Two bits each leave a 64-bit integer positive.
WORD = 30
FAIL = 2
# Of a rule that says nothing of when it applies.
ALWAYS = "TRUE"
# The lower bit of every rule of a word.
_LOW_BITS = sum(1 << 2 * place for place in range(WORD))


def wide_sql(catalogue: Catalogue, record: str, kind: str = "TABLE") -> str:
    """Return SQL that makes ``wide_<record>``, a temporary table or view: what its rules read.

    It has a flag for each set of tables and link columns that some rule cannot be asked without.
    """
    needs = {
        _flag(one): one
        for one in catalogue.of_record(record)
        if one.required_tables or one.required_links
    }
    filed = {name: _filed_sql(one) for name, one in needs.items() if one.required_tables}
    lacks = {name: _lacks_sql(one) for name, one in needs.items() if one.required_links}
    flags = []
    for name in needs:
        missing = [f"coalesce(NOT filed.{name}, TRUE)"] if name in filed else []
        missing += [f"coalesce(lacks.{name}, FALSE)"] if name in lacks else []
        flags.append(f"({' OR '.join(missing)}) AS {name}")
    joins = [
        *_flags_join("filed", "rec_filing", filed),
        *_flags_join("lacks", "rec_absent_column", lacks),
    ]
    return catalogue.wides[record].create_sql(f"wide_{record}", flags, joins=joins, kind=kind)


def _flag(compiled: CompiledRule) -> str:
    """Return the name of the flag that says what a rule needs is missing."""
    links = [f"{table}_{column}" for table, column in compiled.required_links]
    return "_".join(["lacks", *compiled.required_tables, *links])


def _filed_sql(compiled: CompiledRule) -> str:
    return " AND ".join(
        f"bool_or(table_name = {literal(table)})" for table in compiled.required_tables
    )


def _lacks_sql(compiled: CompiledRule) -> str:
    return " OR ".join(
        f"bool_or(table_name = {literal(table)} AND column_name = {literal(column)})"
        for table, column in compiled.required_links
    )


def _flags_join(alias: str, relation: str, flags: dict[str, str]) -> list[str]:
    """Return the join of flags over the rows that ``relation`` has of a county's period.

    One row per county and period is joined: asked by EXISTS, each flag would hold back every wide
    row until it is answered.
    """
    if not flags:
        return []
    asked = ", ".join(f"{sql} AS {name}" for name, sql in flags.items())
    return [
        f"LEFT JOIN (SELECT county_code, period, {asked} FROM records.{relation}"
        f" GROUP BY county_code, period) AS {alias}"
        f" ON {alias}.county_code = r.county_code AND {alias}.period = r.period"
    ]


def code_sql(compiled: CompiledRule, place: int = 0) -> str:
    """Return SQL of a rule's outcome over the wide rows, at its place in a word."""
    when, must = f"({compiled.when.sql})", f"({compiled.must.sql})"
    rule = compiled.rule
    outside = [_flag(compiled)] if compiled.required_tables or compiled.required_links else []
    if rule.valid_from:
        outside.append(f"as_of < DATE '{rule.valid_from}'")
    if rule.valid_to:
        outside.append(f"as_of > DATE '{rule.valid_to}'")
    step = 1 << 2 * place
    # What holds where it applies: true passes, false fails, anything else is undecidable. Read
    # once, as a number: each branch of a CASE would read it anew.
    holds = must
    if compiled.when.sql != ALWAYS:
        holds = f"({must} OR NOT {when})"
        outside.append(f"NOT {when}")
    code = f"coalesce({2 * step} - {step} * CAST({holds} AS BIGINT), {3 * step})"
    return f"CASE WHEN {' OR '.join(outside)} THEN 0 ELSE {code} END" if outside else code


def _words(rules: Sequence[CompiledRule]) -> Iterator[tuple[int, Sequence[CompiledRule]]]:
    for word, start in enumerate(range(0, len(rules), WORD)):
        yield word, rules[start : start + WORD]


def word_names(rules: Sequence[CompiledRule]) -> list[str]:
    """Return the names of the words that hold the outcomes of a record's rules."""
    return [f"word_{word}" for word, _ in _words(rules)]


def outcome_sql(index: int) -> str:
    """Return SQL of the outcome of a record's rule with that index, over the words."""
    return f"((word_{index // WORD} >> {2 * (index % WORD)}) & 3)"


def fails_any_sql(words: Iterable[str]) -> str:
    """Return SQL that says whether some rule fails: an upper bit without its lower one."""
    return " OR ".join(f"(({word} >> 1) & ~{word} & {_LOW_BITS}) <> 0" for word in words)


def mask_sql(record: str, rules: Sequence[CompiledRule]) -> str:
    """Return SQL of ``mask_<record>``: the words of every record, read from its wide rows."""
    words = [
        " | ".join(f"CAST({code_sql(one, place)} AS BIGINT)" for place, one in enumerate(members))
        + f" AS word_{word}"
        for word, members in _words(rules)
    ]
    return (
        f"CREATE OR REPLACE TEMP TABLE mask_{record} AS\n"
        f"SELECT record_id, county_code, period, {', '.join(words)} FROM wide_{record}"
    )


def counts_sql(record: str, rules: Sequence[CompiledRule]) -> str:
    """Return SQL that counts outcomes from the distinct words of each county and period."""
    counted = " UNION ALL ".join(
        f"""
        SELECT rule.rule_id, county_code, period, (word >> rule.shift) & 3 AS code, n
        FROM (SELECT county_code, period, word_{word} AS word, count(*) AS n
          FROM mask_{record} GROUP BY ALL),
          (VALUES {
            ", ".join(
                f"({2 * place}, {literal(one.rule.rule_id)})" for place, one in enumerate(members)
            )
        }) AS rule (shift, rule_id)
        """
        for word, members in _words(rules)
    )
    return f"""
        INSERT INTO outcome_counts
        SELECT rule_id, county_code, period,
          coalesce(sum(n) FILTER (WHERE code = 1), 0), coalesce(sum(n) FILTER (WHERE code = 2), 0),
          coalesce(sum(n) FILTER (WHERE code = 3), 0), coalesce(sum(n) FILTER (WHERE code = 0), 0)
        FROM ({counted}) GROUP BY ALL
    """


def keys_sql(record: str, rules: Sequence[CompiledRule]) -> str:
    """Return SQL of the failing pairs: rule_id and record_id."""
    failing = ", ".join(
        f"CASE WHEN {outcome_sql(index)} = {FAIL} THEN {literal(one.rule.rule_id)} END"
        for index, one in enumerate(rules)
    )
    return (
        f"SELECT rule_id, record_id FROM (SELECT record_id, unnest([{failing}]) AS rule_id"
        f" FROM mask_{record} WHERE {fails_any_sql(word_names(rules))}) WHERE rule_id IS NOT NULL"
    )
