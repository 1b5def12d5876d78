"""What a rule compares and converts: faults that no row need be seen to find."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

KindOf = Callable[[exp.Column], tuple[str, tuple[str, ...]]]
"""A column's DuckDB type and the labels it can hold, none where it is no closed code."""


class ExpressionError(Exception):
    """The expression cannot be compiled; the message says which name is unknown and what exists."""


def refuse_values(tree: exp.Expr, kind_of: KindOf, is_foreign: Callable[[exp.Expr], bool]) -> None:
    """Look through an expression, but for what it asks of other rows.

    Raises ExpressionError where a text is converted in a way that stops at the first cell that
    cannot be, and where a code is compared with a label that its list does not have.
    """
    for node in tree.walk(prune=is_foreign):
        if is_foreign(node):
            continue
        if type(node) is exp.Cast and not node.to.is_type(*exp.DataType.TEXT_TYPES):
            own = (n for n in node.this.walk(prune=is_foreign) if not is_foreign(n))
            columns = [column for column in own if isinstance(column, exp.Column)]
            texts = [column.name for column in columns if kind_of(column)[0] == "VARCHAR"]
            if texts:
                raise ExpressionError(
                    f"cast of the text {texts[0]} stops the night at the first cell that is no"
                    f" {node.to.sql('duckdb')}: write try_cast"
                )
        for column, label in _compared(node):
            labels = kind_of(column)[1]
            if labels and label not in labels:
                raise ExpressionError(
                    f"{column.name} is never {label!r}: its codes are {', '.join(labels)}"
                )


def _compared(node: exp.Expr) -> Iterator[tuple[exp.Column, str]]:
    """Yield each column with a text that a node compares it with."""
    if isinstance(node, (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)):
        for one, other in ((node.this, node.expression), (node.expression, node.this)):
            if isinstance(one, exp.Column) and isinstance(other, exp.Literal) and other.is_string:
                yield one, str(other.this)
    elif isinstance(node, exp.In) and isinstance(node.this, exp.Column):
        for item in node.expressions:
            if isinstance(item, exp.Literal) and item.is_string:
                yield node.this, str(item.this)
    elif isinstance(node, exp.ArrayContains):
        one, other = node.this, node.expression
        if isinstance(one, exp.Column) and isinstance(other, exp.Literal):
            yield one, str(other.this)
