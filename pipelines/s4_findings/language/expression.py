"""The rule language: SQL over a record, compiled so that all rules of a record share their work.

An expression is DuckDB SQL whose unqualified columns are the record's. On top of SQL it knows

* ``join.column`` and ``prior.column`` – the one row that belongs to the record, or its own row one
  filing earlier; ``has(join)`` asks whether there is one;
* ``any_child(c)``, ``every_child(c)``, ``count_child(c)``, ``sum_child(v, c)``, ``min_``, ``max_``,
  ``list_`` – over the rows below the record, three-valued;
* ``blank(x)`` – whether a filed cell is empty, or says so in words that mean nothing is there;
  ``or_blank(x, value)`` – the cell, or the value where it is blank: unknown where what stands there
  cannot be read or the column was not filed;
* ``threshold('kind'[, date or year])`` – the value for the record's county and date;
* ``reported('indicator')`` and its kin – the county's own printed figure;
* ``reconciles('incidence = 100*pop_remaining/rural_pop')`` – whether printed figures can be true
  together (``core/figures``): the record's own where it has such an interval, else reported.

``Source`` turns expressions into SQL and remembers what they need; ``Wide`` adds that every need
becomes one column of one temporary table, so that a hundred rules cost one pass, one group-by per
child and one join per joined record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from pipelines.s4_findings.language import thresholds
from pipelines.s4_findings.language.absent import ABSENT, BLANK, OR_BLANK, read_absent
from pipelines.s4_findings.language.records import Link, Record, Records
from pipelines.s4_findings.language.values import ExpressionError, refuse_values

Lacking = frozenset[tuple[str, str]]

# What compares sensitive values says nothing of them but that they differ.
COMPARISONS = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ,
)  # fmt: skip


@dataclass
class Needs:
    """What one compiled expression reads.

    ``links`` are the filed columns (table, column) by which it finds other rows: where a sheet
    lacks one of them, what is found says nothing.
    """

    tables: set[str] = field(default_factory=set)
    links: set[tuple[str, str]] = field(default_factory=set)
    columns: set[tuple[str, str]] = field(default_factory=set)
    indicators: list[str] = field(default_factory=list)
    thresholds: set[str] = field(default_factory=set)
    sensitive: set[str] = field(default_factory=set)

    def merge(self, other: Needs) -> None:
        """Add what another expression reads."""
        self.tables |= other.tables
        self.links |= other.links
        self.columns |= other.columns
        self.thresholds |= other.thresholds
        self.sensitive |= other.sensitive
        for indicator in other.indicators:
            if indicator not in self.indicators:
                self.indicators.append(indicator)


@dataclass(frozen=True)
class Compiled:
    """SQL of an expression, what it reads, and its sensitive kind where it is one bare column."""

    sql: str
    needs: Needs
    mask: str | None = None
    is_month: bool = False


def quoted_name(node: exp.Expr) -> str:
    """Return a name that stands in quotes. Raises ExpressionError where there is none."""
    if not (isinstance(node, exp.Literal) and node.is_string):
        raise ExpressionError(f"expected a quoted name, found {node.sql('duckdb')}")
    return str(node.this)


def parse(text: str) -> exp.Expr:
    """Parse one SQL expression. Raises ExpressionError where it is not one."""
    try:
        tree = sqlglot.parse_one(f"SELECT {text}", dialect="duckdb")
    except SqlglotError as error:
        raise ExpressionError(f"not SQL: {str(error).splitlines()[0]}") from error
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1 or tree.args.get("from_"):
        raise ExpressionError("expected one expression")
    if tree.find(exp.Subquery, exp.Window) or len(list(tree.find_all(exp.Select))) > 1:
        raise ExpressionError("subqueries and window functions have no place in a rule")
    found: exp.Expr = tree.expressions[0]
    return found


class Source:
    """A record with the joins and thresholds its expressions need, as a FROM clause.

    SQL made here refers to aliases: ``r`` the record, ``j_…`` joined rows, ``t`` the thresholds at
    the data date, ``t_…`` those at another moment.
    ``judges`` says whether expressions are predicates, to which a missing column is no empty cell.
    ``lacking`` are the columns (table, column) that some filed sheet lacks; None: any may be.
    """

    def __init__(
        self,
        records: Records,
        record: Record,
        known_thresholds: Iterable[str],
        *,
        judges: bool = False,
        lacking: Lacking | None = None,
    ):
        self.records = records
        self.record = record
        self.known_thresholds = frozenset(known_thresholds)
        self.judges = judges
        self.lacking = lacking
        self.joins: dict[str, Link] = {}
        self.uses_prior = False
        self.data_date_thresholds: set[str] = set()
        self.thresholds: dict[tuple[str, str], str] = {}

    # -- names ---------------------------------------------------------------------------------

    def _column(self, name: str, needs: Needs) -> str:
        columns = self.records.columns(self.record.name)
        if name not in columns:
            raise ExpressionError(f"record {self.record.name} has no column {name}")
        if self.record.table:
            needs.tables.add(self.record.table)
            needs.columns.add((self.record.table, name.removesuffix("_text")))
        self._add_reads(self.record, name, needs)
        if name in self.records.sensitive(self.record.name):
            needs.sensitive.add(name)
        return f'r."{name}"'

    def _joined(self, join: str, needs: Needs) -> tuple[Record, str]:
        if join == "prior":
            if not self.record.prior:
                raise ExpressionError(f"record {self.record.name} has no prior")
            self.uses_prior = True
            if self.record.table:
                needs.tables.add(self.record.table)
            return self.record, "j_prior"
        link = self.record.joins.get(join)
        if link is None:
            known = ", ".join([*self.record.joins, "prior"])
            raise ExpressionError(f"record {self.record.name} joins no {join} (it joins {known})")
        self.joins[join] = link
        target = self.records[link.record]
        self._add_link(link, needs)
        return target, f"j_{join}"

    def _add_link(self, link: Link, needs: Needs) -> None:
        """Add what a link stands on: its table, its keys on both sides, its condition."""
        target = self.records[link.record]
        if target.table:
            needs.tables.add(target.table)
        asked = [column.name for column in parse(link.where or "true").find_all(exp.Column)]
        ends = [(self.record, own) for own, _ in link.on]
        ends += [(target, column) for column in (*(theirs for _, theirs in link.on), *asked)]
        for record, column in ends:
            part = self.records.filed_part(record.name, column)
            if part and record.table and self._may_lack(record.table, part):
                needs.links.add((record.table, part))
            self._add_reads(record, column, needs)

    def _add_reads(self, record: Record, column: str, needs: Needs) -> None:
        """Add what a derived column reads beside the record's row: tables, or ``table.column``."""
        for place in record.reads.get(column, ()):
            table, _, filed = place.partition(".")
            needs.tables.add(table)
            if filed and self._may_lack(table, filed):
                needs.links.add((table, filed))

    def _joined_column(self, join: str, name: str, needs: Needs) -> str:
        target, alias = self._joined(join, needs)
        if name not in self.records.columns(target.name):
            raise ExpressionError(f"record {target.name} (as {join}) has no column {name}")
        self._add_reads(target, name, needs)
        if target.table:
            needs.columns.add((target.table, name.removesuffix("_text")))
        if name in self.records.sensitive(target.name):
            needs.sensitive.add(f"{join}.{name}")
        return f'{alias}."{name}"'

    def record_of(self, join: str) -> str:
        """Return the name of the record that a qualified column belongs to."""
        return self.record.joins[join].record if join in self.record.joins else self.record.name

    def _lackable(self, node: exp.Column) -> str | None:
        """Return the filed column that a name is or reads, where some sheet may lack it."""
        record = self.record_of(node.table)
        part = self.records.filed_part(record, node.name)
        if part is None or not self._may_lack(self.records[record].table or "", part):
            return None
        return part

    def _may_lack(self, table: str, column: str) -> bool:
        return self.lacking is None or (table, column) in self.lacking

    def _is_lackable(self, node: exp.Column) -> bool:
        return not is_lambda_variable(node) and self._lackable(node) is not None

    def _kind_of(self, node: exp.Column) -> tuple[str, tuple[str, ...]]:
        """Return a column's DuckDB type and its closed list of labels, empty where it has none."""
        record = self.record_of(node.table)
        return (
            self.records.columns(record).get(node.name, ""),
            self.records.labels(record, node.name),
        )

    def _is_cell(self, node: exp.Column) -> bool:
        """Whether a column holds what was filed, not a reading of it or something derived."""
        return self.records.filed_part(self.record_of(node.table), node.name) == node.name

    def _is_foreign(self, node: exp.Expr) -> bool:
        return False

    def _absent(self, node: exp.Column) -> str:
        part = self._lackable(node)
        alias = f"j_{node.table}" if node.table else "r"
        return f"list_contains({alias}.\"absent_columns\", '{part}')"

    def _blank(self, call: exp.Anonymous, needs: Needs) -> str:
        """Return SQL of ``blank(x)`` or ``or_blank(x, value)``."""
        wants = 1 if str(call.this).lower() == BLANK else 2
        column = call.expressions[0] if len(call.expressions) == wants else None
        if not isinstance(column, exp.Column) or not self._is_cell(column):
            raise ExpressionError(f"{call.this} takes a filed column{', a value' * (wants - 1)}")
        read = Needs()
        value = self.column(column, read)
        is_blank = self.records.blank_sql(self.record_of(column.table), column.name, value)
        if self._is_lackable(column):
            is_blank = f"CASE WHEN {self._absent(column)} THEN NULL ELSE {is_blank} END"
        if wants == 1:
            # That a cell is empty tells nothing of what is not to be told.
            read.sensitive.clear()
        needs.merge(read)
        if wants == 1:
            return f"({is_blank})"
        instead = self.transform(call.expressions[1].copy(), needs).sql("duckdb")
        return f"(CASE WHEN {value} IS NOT NULL THEN {value} WHEN {is_blank} THEN {instead} END)"

    def _threshold(self, call: exp.Anonymous, needs: Needs) -> str:
        if not 1 <= len(call.expressions) <= 2:
            raise ExpressionError("threshold takes a kind and perhaps a date or year")
        kind = quoted_name(call.expressions[0])
        if kind not in self.known_thresholds:
            raise ExpressionError(f"unknown threshold {kind}")
        needs.thresholds.add(kind)
        if len(call.expressions) == 1:
            self.data_date_thresholds.add(kind)
            return f'{thresholds.AT_DATA_DATE}."{kind}"'
        moment = self.transform(call.expressions[1], needs).sql("duckdb")
        alias = self.thresholds.setdefault((kind, moment), f"t_{len(self.thresholds)}")
        return f'{alias}."value"'

    # -- expressions ---------------------------------------------------------------------------

    def call(self, node: exp.Anonymous, needs: Needs) -> str | None:
        """Return the SQL of a helper of the rule language, None where SQL itself is meant."""
        name = str(node.this).lower()
        if name == ABSENT:
            return self._absent(node.expressions[0])
        if name in (BLANK, OR_BLANK):
            return self._blank(node, needs)
        if name == "threshold":
            return self._threshold(node, needs)
        if name == "has":
            if len(node.expressions) != 1 or not isinstance(node.expressions[0], exp.Column):
                raise ExpressionError("has takes the name of a joined record, or prior")
            _, alias = self._joined(node.expressions[0].name, needs)
            return f'({alias}."record_id" IS NOT NULL)'
        return None

    def column(self, node: exp.Column, needs: Needs) -> str:
        """Return the SQL of a column reference."""
        if node.table:
            return self._joined_column(node.table, node.name, needs)
        return self._column(node.name, needs)

    def read(self, tree: exp.Expr) -> exp.Expr:
        """Return a predicate that knows which columns were not filed; other expressions as is.

        Raises ExpressionError where it compares with what a column can never hold.
        """
        refuse_values(tree, self._kind_of, self._is_foreign)
        return read_absent(tree, self._is_lackable, self._is_foreign) if self.judges else tree

    def transform(self, tree: exp.Expr, needs: Needs) -> exp.Expr:
        """Replace names and helpers by SQL over this source."""

        def replace(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Anonymous):
                sql = self.call(node, needs)
                return node if sql is None else sqlglot.parse_one(sql, dialect="duckdb")
            if isinstance(node, exp.Column) and not is_lambda_variable(node):
                return sqlglot.parse_one(self.column(node, needs), dialect="duckdb")
            return node

        return tree.transform(replace)

    def compile(self, text: str) -> Compiled:
        """Compile an expression to SQL over this source. Raises ExpressionError."""
        needs = Needs()
        return Compiled(self.transform(parse(text), needs).sql("duckdb"), needs)

    # -- SQL -----------------------------------------------------------------------------------

    def create_dated_sql(self, name: str, among: str | None = None) -> str:
        """Return SQL that makes the table of thresholds at the data date, '' where none is used."""
        if not self.data_date_thresholds:
            return ""
        kinds = sorted(self.data_date_thresholds)
        return thresholds.create_dated_sql(name, kinds, among or self.record.place)

    def from_clause(self, dated: str, kept: str = "", among: str | None = None) -> str:
        """Return ``FROM record AS r LEFT JOIN …`` for everything the expressions used.

        ``dated`` is the table that ``create_dated_sql`` makes; ``kept`` is a semi join that keeps
        some of the rows; ``among`` names a table that has the rows to take instead of all, so that
        only what belongs to them is joined.
        """
        parts = [f"FROM {among or self.record.place} AS r {kept}"]
        parts += [self._join_sql(link, among) for link in self.joins.values()]
        if self.uses_prior:
            parts.append(self._prior_sql(among))
        if self.data_date_thresholds:
            parts.append(thresholds.at_data_date_sql(dated))
        parts += [
            thresholds.at_moment_sql(alias, kind, moment)
            for (kind, moment), alias in self.thresholds.items()
        ]
        return "\n".join(parts)

    def where(self, *conditions: str | None) -> str:
        """Return a WHERE clause of conditions over the record's own columns ('' for none)."""
        compiled = [self.compile(text).sql for text in conditions if text]
        return f"WHERE {' AND '.join(f'({sql})' for sql in compiled)}" if compiled else ""

    def _join_sql(self, link: Link, among: str | None) -> str:
        theirs = [child for _, child in link.on]
        on = "".join(f' AND j_{link.name}."{c}" = r."{own}"' for own, c in link.on)
        rows = first_rows(self.records, link, theirs, belonging(link, among))
        return (
            f"LEFT JOIN ({rows}) AS j_{link.name} ON j_{link.name}.county_code = r.county_code"
            f" AND j_{link.name}.period = r.period{on}"
        )

    def _prior_sql(self, among: str | None) -> str:
        link = Link("prior", self.record.name, tuple((c, c) for c in self.record.prior))
        on = "".join(f' AND j_prior."{c}" = r."{c}"' for c in self.record.prior)
        kept = belonging(link, among, same_period=False)
        return (
            'LEFT JOIN records."rec_filing" AS f_prior ON f_prior.county_code = r.county_code'
            f" AND f_prior.period = r.period AND f_prior.table_name = '{self.record.table}'\n"
            f"LEFT JOIN ({first_rows(self.records, link, self.record.prior, kept)}) AS j_prior"
            " ON j_prior.county_code = r.county_code"
            f" AND j_prior.period = f_prior.prior_period{on}"
        )


def belonging(link: Link, among: str | None, same_period: bool = True) -> str:
    """Return the semi join that keeps the linked rows of the records in ``among``, '' for all."""
    if among is None:
        return ""
    pairs = [("county_code", "county_code"), *link.on]
    pairs += [("period", "period")] if same_period else []
    on = " AND ".join(f'among."{own}" = r."{theirs}"' for own, theirs in pairs)
    return f"SEMI JOIN {among} AS among ON {on}"


def first_rows(records: Records, link: Link, keys: Iterable[str], kept: str = "") -> str:
    """Return SQL of a linked record's rows, the first in file order for each key.

    ``kept`` is a semi join that keeps all rows of some keys.
    """
    target = records[link.record]
    source = Source(records, target, ())
    where = source.where(None if link.any_row else target.where, link.where)
    partition = ", ".join(f'r."{c}"' for c in ("county_code", "period", *keys))
    return (
        f"SELECT r.* FROM {target.place} AS r {kept} {where}"
        f" QUALIFY row_number() OVER (PARTITION BY {partition} ORDER BY r.row_no) = 1"
    )


def is_lambda_variable(node: exp.Column) -> bool:
    """Return whether a name is a variable of a lambda around it, not a column."""
    if node.table:
        return False
    parent = node.parent
    while parent is not None:
        if isinstance(parent, exp.Lambda) and node.name in {e.name for e in parent.expressions}:
            return True
        parent = parent.parent
    return False
