"""A record with everything its rules need: one wide row each, one group-by per child.

``Wide`` compiles expressions so that every need of theirs becomes one column of that row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from pipelines.core.figures.relation import RelationError
from pipelines.core.figures.relation import parse as parse_relation
from pipelines.core.figures.sql import condition
from pipelines.s4_findings.language.expression import (
    COMPARISONS,
    Compiled,
    Lacking,
    Needs,
    Source,
    belonging,
    is_lambda_variable,
    parse,
    quoted_name,
)
from pipelines.s4_findings.language.records import Link, Record, Records
from pipelines.s4_findings.language.values import ExpressionError

AGGREGATES = ("any", "every", "count", "sum", "min", "max", "list")
CHILD_CALL = re.compile(rf"^({'|'.join(AGGREGATES)})_(\w+)$")
REPORTED = {
    "reported": "base_value",
    "reported_low": "base_low",
    "reported_high": "base_high",
    "reported_num": "num",
    "reported_den": "den",
    "reported_text": None,
    "is_reported": None,
}


@dataclass
class ChildTable:
    """One child of a record: the aggregates that rules ask of it, in one group-by."""

    link: Link
    source: Source
    aggregates: dict[str, str] = field(default_factory=dict)

    def add(self, sql: str) -> str:
        """Return the name under which an aggregate is computed, once however often asked."""
        for name, existing in self.aggregates.items():
            if existing == sql:
                return name
        name = f"a{len(self.aggregates)}"
        self.aggregates[name] = sql
        return name

    def join_sql(self, dated: str, where: str, among: str | None) -> str:
        """Return the LEFT JOIN of the aggregated child; ``dated`` as in ``Source``."""
        kept = belonging(self.link, among)
        alias = f"c_{self.link.name}"
        theirs = ["county_code", "period", *(child for _, child in self.link.on)]
        keys = ", ".join(f'r."{c}" AS "k_{c}"' for c in theirs)
        computed = ", ".join(f"{sql} AS {name}" for name, sql in self.aggregates.items())
        on = f"{alias}.k_county_code = r.county_code AND {alias}.k_period = r.period" + "".join(
            f' AND {alias}."k_{child}" = r."{own}"' for own, child in self.link.on
        )
        return (
            f"LEFT JOIN (SELECT {keys}, {computed}\n{self.source.from_clause(dated, kept)}\n{where}"
            f" GROUP BY ALL) AS {alias} ON {on}"
        )


class Wide(Source):
    """The record together with everything its rules need, read in one pass.

    Expressions compiled here refer to columns of the wide rows.
    """

    def __init__(
        self,
        records: Records,
        record: Record,
        thresholds: Iterable[str],
        *,
        judges: bool = False,
        lacking: Lacking | None = None,
    ):
        super().__init__(records, record, thresholds, judges=judges, lacking=lacking)
        self.projection: dict[str, str] = {}
        self.children: dict[str, ChildTable] = {}
        self.reported: dict[str, str] = {}

    def compile(self, text: str) -> Compiled:
        """Compile to SQL over the wide rows; a bare sensitive column says how it is masked."""
        needs = Needs()
        tree = parse(text)
        sql = self._wide(self.read(tree), needs).sql("duckdb")
        if not isinstance(tree, exp.Column):
            return Compiled(sql, needs)
        record = self.record_of(tree.table)
        return Compiled(
            sql,
            needs,
            mask=self.records.sensitive(record).get(tree.name),
            is_month=self.records.is_month(record, tree.name),
        )

    def _wide(self, tree: exp.Expr, needs: Needs) -> exp.Expr:
        def replace(node: exp.Expr) -> exp.Expr:
            sql: str | None = None
            if isinstance(node, exp.Anonymous):
                sql = self.call(node, needs)
            elif isinstance(node, exp.Column) and not is_lambda_variable(node):
                read = Needs()
                sql = self.column(node, read)
                if node.find_ancestor(*COMPARISONS):
                    read.sensitive.clear()
                needs.merge(read)
            if sql is None:
                return node
            return exp.column(self._project(sql), quoted=True)

        return tree.transform(replace)

    def explained(self, error: Exception) -> str:
        """Return the first line of DuckDB's complaint in the words of the rule."""

        def written(match: re.Match[str]) -> str:
            sql = self.projection.get(match[1], match[0])
            own = re.sub(r'\br\."(\w+)"', r"\1", sql)
            return re.sub(r'\bj_(\w+)\."(\w+)"', r"\1.\2", own)

        return re.sub(r'"?\b(w\d+)\b"?', written, str(error).splitlines()[0])

    def _project(self, sql: str) -> str:
        for name, existing in self.projection.items():
            if existing == sql:
                return name
        name = f"w{len(self.projection)}"
        self.projection[name] = sql
        return name

    def call(self, node: exp.Anonymous, needs: Needs) -> str | None:
        """Return the SQL of a helper, children and reported figures included."""
        name = str(node.this).lower()
        if name in REPORTED:
            return self._reported(name, node, needs)
        if name == "reconciles":
            return self._reconciles(node, needs)
        called = self._child_called(node)
        if called:
            return self._child(*called, node, needs)
        return super().call(node, needs)

    def _child_called(self, node: exp.Anonymous) -> tuple[str, str] | None:
        """Return the aggregate and the child that a call names, None where it is no such call."""
        match = CHILD_CALL.match(str(node.this).lower())
        child = self._child_name(match.group(2)) if match else None
        return (match.group(1), child) if match and child else None

    def _is_foreign(self, node: exp.Expr) -> bool:
        return isinstance(node, exp.Anonymous) and self._child_called(node) is not None

    def _child_name(self, word: str) -> str | None:
        for candidate in (word, word.removesuffix("s"), f"{word.removesuffix('ies')}y"):
            if candidate in self.record.children:
                return candidate
        return None

    def _reported(self, name: str, node: exp.Anonymous, needs: Needs) -> str:
        if len(node.expressions) != 1:
            raise ExpressionError(f"{name} takes one indicator name")
        indicator = quoted_name(node.expressions[0])
        alias = self.reported.setdefault(indicator, f"q_{len(self.reported)}")
        needs.tables.add("agg")
        if indicator not in needs.indicators:
            needs.indicators.append(indicator)
        if name == "is_reported":
            return f"({alias}.record_id IS NOT NULL)"
        if name == "reported_text":
            return f"({alias}.value_text || coalesce({alias}.unit, ''))"
        return f'{alias}."{REPORTED[name]}"'

    def _reconciles(self, node: exp.Anonymous, needs: Needs) -> str:
        if len(node.expressions) != 1:
            raise ExpressionError("reconciles takes one relation in quotes")
        columns = self.records.columns(self.record.name)

        def end(name: str, which: str) -> str:
            own = f"{name}_{which}"
            if "." in name:
                return own
            return own if own in columns else f"reported_{which}('{name}')"

        try:
            relation = parse_relation(quoted_name(node.expressions[0]))
            text = condition(
                relation, lambda name: end(name, "low"), lambda name: end(name, "high")
            )
        except RelationError as error:
            raise ExpressionError(f"reconciles: {error}") from error
        return self.transform(parse(text), needs).sql("duckdb")

    def _child(self, how: str, child: str, node: exp.Anonymous, needs: Needs) -> str:
        table = self.children.get(child)
        if table is None:
            link = self.record.children[child]
            source = Source(
                self.records,
                self.records[link.record],
                self.known_thresholds,
                judges=self.judges,
                lacking=self.lacking,
            )
            table = self.children[child] = ChildTable(link, source)
        self._add_link(table.link, needs)
        inner = Needs()
        arguments = [
            table.source.transform(table.source.read(a.copy()), inner).sql("duckdb")
            for a in node.expressions
        ]
        if how != "list":
            inner.sensitive.clear()
        needs.merge(inner)
        if not arguments:
            raise ExpressionError(f"{node.this} needs a condition")
        ordered = "row_no" in self.records.columns(table.link.record)
        return CHILD_SQL[how](table, f"c_{child}", arguments, ordered)

    def create_sql(
        self,
        name: str,
        extra: Sequence[str] = (),
        among: str | None = None,
        joins: Sequence[str] = (),
        kind: str = "TABLE",
    ) -> str:
        """Return SQL that makes the wide table: identifying columns, ``extra``, projection.

        ``kind`` is TABLE or VIEW, both temporary. ``among`` names a table of the records to take;
        without it they are all of them. ``joins`` are further joins to the record ``r``, which
        ``extra`` reads. The thresholds they need are tables of their own, made first.
        """
        dated = {child: f"dated_{name}_{child}" for child in self.children}
        made = self.create_dated_sql(f"dated_{name}", among) + "".join(
            table.source.create_dated_sql(dated[child]) for child, table in self.children.items()
        )
        columns = [f'{sql} AS "{wide}"' for wide, sql in self.projection.items()]
        children = [
            table.join_sql(
                dated[child],
                table.source.where(
                    None if table.link.any_row else table.source.record.where, table.link.where
                ),
                among,
            )
            for child, table in self.children.items()
        ]
        reported = [self._reported_sql(i, alias) for i, alias in self.reported.items()]
        where = Source(self.records, self.record, ()).where(self.record.where)
        return (
            f"{made}CREATE OR REPLACE TEMP {kind} {name} AS\nSELECT "
            + ", ".join(["r.record_id", "r.county_code", "r.period", "r.as_of", *extra, *columns])
            + f"\n{self.from_clause(f'dated_{name}', among=among)}\n"
            + "\n".join([*children, *reported, *joins])
            + f"\n{where}"
        )

    def _reported_sql(self, indicator: str, alias: str) -> str:
        return (
            f'LEFT JOIN (SELECT * FROM records."rec_reported" WHERE is_own AND is_latest'
            f" AND indicator = '{indicator}' QUALIFY row_number() OVER"
            " (PARTITION BY county_code, period ORDER BY row_no DESC) = 1)"
            f" AS {alias} ON {alias}.county_code = r.county_code AND {alias}.period = r.period"
        )


def _quantifier(table: ChildTable, alias: str, condition: str, found: str, otherwise: str) -> str:
    hit = table.add(f"count(*) FILTER (WHERE {condition})")
    unknown = table.add(f"count(*) FILTER (WHERE ({condition}) IS NULL)")
    return (
        f"CASE WHEN coalesce({alias}.{hit}, 0) > 0 THEN {found}"
        f" WHEN coalesce({alias}.{unknown}, 0) > 0 THEN NULL ELSE {otherwise} END"
    )


def _any(table: ChildTable, alias: str, arguments: list[str], ordered: bool) -> str:
    return _quantifier(table, alias, f"({arguments[0]})", "TRUE", "FALSE")


def _every(table: ChildTable, alias: str, arguments: list[str], ordered: bool) -> str:
    return _quantifier(table, alias, f"NOT ({arguments[0]})", "FALSE", "TRUE")


def _count(table: ChildTable, alias: str, arguments: list[str], ordered: bool) -> str:
    hit = table.add(f"count(*) FILTER (WHERE ({arguments[0]}))")
    unknown = table.add(f"count(*) FILTER (WHERE ({arguments[0]}) IS NULL)")
    return f"CASE WHEN coalesce({alias}.{unknown}, 0) = 0 THEN coalesce({alias}.{hit}, 0) END"


def _condition(arguments: list[str]) -> str:
    return arguments[1] if len(arguments) > 1 else "TRUE"


def _sum(table: ChildTable, alias: str, arguments: list[str], ordered: bool) -> str:
    value, condition = arguments[0], _condition(arguments)
    total = table.add(f"sum({value}) FILTER (WHERE ({condition}))")
    unknown = table.add(
        f"count(*) FILTER (WHERE ({condition}) IS NULL OR (({condition}) AND ({value}) IS NULL))"
    )
    return f"CASE WHEN coalesce({alias}.{unknown}, 0) = 0 THEN coalesce({alias}.{total}, 0) END"


def _extreme(function: str) -> Callable[[ChildTable, str, list[str], bool], str]:
    def sql(table: ChildTable, alias: str, arguments: list[str], ordered: bool) -> str:
        condition = _condition(arguments)
        return f"{alias}." + table.add(f"{function}({arguments[0]}) FILTER (WHERE ({condition}))")

    return sql


def _list(table: ChildTable, alias: str, arguments: list[str], ordered: bool) -> str:
    value, condition = arguments[0], _condition(arguments)
    order = "r.row_no" if ordered else value
    rows = table.add(f"list({value} ORDER BY {order}) FILTER (WHERE ({condition}))")
    return f"coalesce({alias}.{rows}, [])"


CHILD_SQL: dict[str, Callable[[ChildTable, str, list[str], bool], str]] = {
    "any": _any,
    "every": _every,
    "count": _count,
    "sum": _sum,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "list": _list,
}
