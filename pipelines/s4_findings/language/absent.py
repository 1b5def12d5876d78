"""How a rule's predicate reads a column that the filed sheet did not have.

An empty cell is an answer that a rule may judge; where the whole column is missing nobody was asked
(decision 2: the county is told once, S002). So what only an empty cell would decide is unknown
there: ``x is null``, ``coalesce(x, 0)`` and ``x is distinct from 'y'`` are null, and so is a CASE
that goes on past a question about it. What the columns that are there decide stays decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlglot import exp

ABSENT = "absent"
BLANK = "blank"
OR_BLANK = "or_blank"

Lackable = Callable[[exp.Column], bool]
"""Whether a column of an expression is a filed one that some sheet may lack."""
Foreign = Callable[[exp.Expr], bool]
"""Whether a node asks of other rows, whose columns are not those of the record."""


def read_absent(tree: exp.Expr, is_lackable: Lackable, is_foreign: Foreign) -> exp.Expr:
    """Return the expression with ``absent(column)`` asked wherever an empty cell would decide."""
    if is_foreign(tree):
        return tree
    for child in list(tree.iter_expressions()):
        read = read_absent(child, is_lackable, is_foreign)
        if read is not child:
            child.replace(read)
    if isinstance(tree, exp.Case):
        _read_case(tree, is_lackable, is_foreign)
        return tree
    asked = tree.this if isinstance(tree, exp.Coalesce) else tree
    columns = _columns(asked, is_lackable, is_foreign)
    if columns and isinstance(tree, exp.Coalesce):
        return _unknown_where([_is_null(asked)], columns, tree)
    return _unknown_where([], columns, tree) if columns and _asks_for_null(tree) else tree


def _asks_for_null(node: exp.Expr) -> bool:
    if isinstance(node, exp.Is):
        return isinstance(node.expression, exp.Null)
    return isinstance(node, (exp.NullSafeEQ, exp.NullSafeNEQ))


def _read_case(case: exp.Case, is_lackable: Lackable, is_foreign: Foreign) -> None:
    """Let a CASE whose question is unknown for want of a column go no further."""
    operand = case.args.get("this")
    if operand is not None:
        # CASE x WHEN y: the same asked in full.
        for one in case.args["ifs"]:
            one.set("this", exp.EQ(this=operand.copy(), expression=one.this.copy()))
        case.set("this", None)
    cases = case.args["ifs"]
    goes_on = case.args.get("default") is not None
    read = []
    for place, one in enumerate(cases):
        if goes_on or place + 1 < len(cases):
            read += _unknown_question(one.this, is_lackable, is_foreign)
        read.append(one)
    case.set("ifs", read)


def _unknown_question(
    question: exp.Expr, is_lackable: Lackable, is_foreign: Foreign
) -> list[exp.If]:
    """Return what stands before a question: nothing, or that it is unknown for want of a column.

    What other rows lack is not known here; but where a question only asks whether cells are
    empty, nothing else makes it unknown.
    """
    columns = _columns(question, is_lackable, is_foreign)
    if _asks_only_for_null(question) and any(map(is_foreign, question.walk())):
        return [exp.If(this=_is_null(question), true=exp.null())]
    if not columns:
        return []
    return [exp.If(this=_all([_is_null(question)], columns), true=exp.null())]


def _asks_only_for_null(node: exp.Expr) -> bool:
    if isinstance(node, (exp.And, exp.Or, exp.Not, exp.Paren)):
        return all(map(_asks_only_for_null, node.iter_expressions()))
    if isinstance(node, exp.Case):
        # What was made above of a question of this kind.
        return _asks_only_for_null(node.args["default"])
    if isinstance(node, exp.Anonymous):
        name = str(node.this).lower()
        aggregates = name.startswith(("any_", "every_"))
        return name == BLANK or (aggregates and all(map(_asks_only_for_null, node.expressions)))
    return _asks_for_null(node)


def _columns(tree: exp.Expr, is_lackable: Lackable, is_foreign: Foreign) -> list[exp.Column]:
    """Return the columns that some sheet may lack, of those of the record and what is joined."""
    own = (node for node in tree.walk(prune=is_foreign) if not is_foreign(node))
    columns = (node for node in own if isinstance(node, exp.Column) and is_lackable(node))
    return list({column.sql(): column for column in columns}.values())


def _is_null(tree: exp.Expr) -> exp.Expr:
    return exp.Is(this=exp.paren(tree.copy()), expression=exp.null())


def _unknown_where(also: list[exp.Expr], columns: list[exp.Column], tree: exp.Expr) -> exp.Expr:
    unknown = exp.If(this=_all(also, columns), true=exp.null())
    return exp.Paren(this=exp.Case(ifs=[unknown], default=tree.copy()))


def _all(also: Iterable[exp.Expr], columns: Iterable[exp.Column]) -> exp.Expr:
    """Return a condition: everything in ``also``, and any of the columns is absent."""
    absent = exp.or_(*(exp.Anonymous(this=ABSENT, expressions=[c.copy()]) for c in columns))
    return exp.and_(*also, absent)
