"""How a rule's predicate reads a column that the filed sheet did not have.

An empty cell is an answer that a rule may judge; where the whole column is missing nobody was asked
(decision 2: the county is told once, S002). So what only an empty cell would decide is unknown
there: ``x is null``, ``coalesce(x, 0)`` and ``x is distinct from 'y'`` are null, and so is a CASE
that goes on past such a question. What the columns that are there decide stays decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlglot import exp

ABSENT = "absent"
BLANK = "blank"
OR_BLANK = "or_blank"

Filed = Callable[[exp.Column], bool]
"""Whether a column of an expression is one that a filed sheet has or lacks."""
Foreign = Callable[[exp.Expr], bool]
"""Whether a node asks of other rows, whose columns are not those of the record."""


def read_absent(tree: exp.Expr, is_filed: Filed, is_foreign: Foreign) -> exp.Expr:
    """Return the expression with ``absent(column)`` asked wherever an empty cell would decide."""
    if is_foreign(tree):
        return tree
    for child in list(tree.iter_expressions()):
        read = read_absent(child, is_filed, is_foreign)
        if read is not child:
            child.replace(read)
    columns = _columns(tree, is_filed, is_foreign)
    if isinstance(tree, exp.Case):
        _read_cases(tree, is_foreign)
    elif isinstance(tree, exp.Coalesce) and columns and _is_reading(tree):
        return _unknown_where([_is_null(tree.this)], columns, tree)
    elif _asks_for_null(tree) and columns:
        return _unknown_where([], columns, tree)
    return tree


def _asks_for_null(node: exp.Expr) -> bool:
    if isinstance(node, exp.Is):
        return isinstance(node.expression, exp.Null)
    return isinstance(node, (exp.NullSafeEQ, exp.NullSafeNEQ))


def _is_reading(node: exp.Coalesce) -> bool:
    """Whether an empty cell is read as a certain value, not replaced by what stands elsewhere."""
    return isinstance(node.expressions[-1], (exp.Literal, exp.Boolean, exp.Case))


def _read_cases(case: exp.Case, is_foreign: Foreign) -> None:
    """Let a CASE whose question is unknown for want of a column go no further."""
    cases = case.args["ifs"]
    goes_on = case.args.get("default") is not None
    read = []
    for place, one in enumerate(cases):
        columns = _asked(one.this, is_foreign)
        if columns and (goes_on or place + 1 < len(cases)):
            read.append(exp.If(this=_all([_is_null(one.this)], columns), true=exp.null()))
        read.append(one)
    case.set("ifs", read)


def _asked(tree: exp.Expr, is_foreign: Foreign) -> list[exp.Column]:
    """Return the columns of which an expression asks whether they are there or blank."""
    calls = (node for node in _own(tree, is_foreign) if isinstance(node, exp.Anonymous))
    return _distinct(
        node.expressions[0] for node in calls if str(node.this).lower() in (ABSENT, BLANK, OR_BLANK)
    )


def _columns(tree: exp.Expr, is_filed: Filed, is_foreign: Foreign) -> list[exp.Column]:
    columns = (node for node in _own(tree, is_foreign) if isinstance(node, exp.Column))
    return _distinct(column for column in columns if is_filed(column))


def _own(tree: exp.Expr, is_foreign: Foreign) -> Iterable[exp.Expr]:
    """Yield the nodes that speak of the record's own row and of those joined to it."""
    return (n for n in tree.walk(prune=is_foreign) if not is_foreign(n))


def _distinct(columns: Iterable[exp.Column]) -> list[exp.Column]:
    return list({column.sql(): column for column in columns}.values())


def _is_null(tree: exp.Expr) -> exp.Expr:
    return exp.Is(this=exp.paren(tree.copy()), expression=exp.null())


def _unknown_where(also: list[exp.Expr], columns: list[exp.Column], tree: exp.Expr) -> exp.Expr:
    unknown = exp.If(this=_all(also, columns), true=exp.null())
    return exp.Paren(this=exp.Case(ifs=[unknown], default=tree.copy()))


def _all(also: list[exp.Expr], columns: list[exp.Column]) -> exp.Expr:
    """Return a condition: everything in ``also``, and any of the columns is absent."""
    absent = exp.or_(*(exp.Anonymous(this=ABSENT, expressions=[c.copy()]) for c in columns))
    return exp.and_(*also, absent)
