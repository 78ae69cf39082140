"""
Arithmetic over the fields of a form, as ``"sum(lines.count * lines.price) - discount"``.

An expression is read once, by Python's own parser, and everything but arithmetic is refused; what
is left is a small tree that the server and the browser both walk. Nothing is ever executed.

Names are fields of the same form; ``nested.name`` is a field of the form inside the field
``nested``. Inside ``sum``, ``count``, ``min``, ``max`` and ``avg``, ``lines.name`` is a field of a
line of the formset ``lines``. Lines that are marked for deletion do not count, and what is empty
or no number counts as zero.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from functools import lru_cache
from typing import Any

from django.utils.formats import sanitize_separators

__all__ = ["Tree", "compile_expression", "evaluate", "number"]

Tree = list[Any]

LONGEST = 500
DEEPEST = 60
MOST_LINES = 5000
_SIGNS: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_OVER_LINES = ("sum", "count", "min", "max", "avg")


@lru_cache(maxsize=256)
def _compiled(expression: str) -> Tree:
    if len(expression) > LONGEST:
        raise ValueError(f"The expression is longer than {LONGEST} signs.")
    try:
        parsed = ast.parse(expression.strip(), mode="eval").body
        tree = _tree(parsed, None)
        if _depth(tree) > DEEPEST:
            raise ValueError(f"The expression is nested deeper than {DEEPEST} levels.")
        return tree
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"{expression!r} is not an arithmetic expression.") from None


def compile_expression(expression: str) -> Tree:
    """The tree of an expression. Raises ``ValueError`` for anything that is not arithmetic."""
    return _compiled(str(expression))


def _tree(node: ast.AST, lines: list[str] | None) -> Tree:
    """``lines`` collects the formset whose lines are walked; ``None`` outside of a function."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return ["number", repr(node.value)]
    elif isinstance(node, ast.Name):
        return ["field", node.id]
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        if lines is None:
            return ["nested", node.value.id, node.attr]
        if lines and lines[0] != node.value.id:
            raise ValueError("A function can walk through the lines of one formset only.")
        lines[:] = [node.value.id]
        return ["column", node.attr]
    elif isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        return [_SIGNS[type(node.op)], _tree(node.left, lines), _tree(node.right, lines)]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _tree(node.operand, lines)
        return ["-", ["number", "0"], inner] if isinstance(node.op, ast.USub) else inner
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        plain = len(node.args) == 1 and not node.keywords and lines is None
        if plain and node.func.id in _OVER_LINES:
            return _function(node.func.id, node.args[0])
    raise ValueError(
        f"{ast.unparse(node)!r} is not arithmetic: use names of fields, numbers, + - * / and "
        f"{', '.join(_OVER_LINES)} over the lines of a formset."
    )


def _function(name: str, argument: ast.AST) -> Tree:
    if name == "count" and isinstance(argument, ast.Name):
        return [name, argument.id, ["number", "1"]]  # of lines, whatever is in them
    found: list[str] = []
    inner = _tree(argument, found)
    if not found:
        raise ValueError(f"{name}() needs a column, as {name}(lines.price).")
    return [name, found[0], inner]


def _depth(tree: Tree) -> int:
    return 1 + max((_depth(part) for part in tree if isinstance(part, list)), default=0)


def number(raw: Any) -> Decimal:
    """What was typed, as a number; zero where it is none."""
    if isinstance(raw, bool) or raw == "on":
        return Decimal(1 if raw else 0)
    text = str("" if raw is None else raw).strip()[:60]
    for attempt in (text, sanitize_separators(text)):
        try:
            value = Decimal(str(attempt))
        except DecimalException:
            continue
        if value.is_finite() and abs(value.adjusted()) < 40:
            return value
    return Decimal(0)


def evaluate(
    tree: Tree, data: Mapping[str, Any], prefix: str = "", places: int | None = None
) -> Decimal | None:
    """
    The value of an expression for what was sent; ``None`` where there is none, as for 1 / 0.

    ``prefix`` is that of the form, ``places`` how many digits after the point are kept.
    """
    try:
        value = _value(tree, data, f"{prefix}-" if prefix else "", "")
        if places is not None:
            value = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    except DecimalException:
        return None
    return value if value.is_finite() else None


def _value(tree: Tree, data: Mapping[str, Any], form: str, line: str) -> Decimal:
    kind = tree[0]
    if kind == "number":
        return Decimal(tree[1])
    if kind == "field":
        return number(data.get(f"{form}{tree[1]}"))
    if kind == "nested":
        return number(data.get(f"{form}form-{tree[1]}-{tree[2]}"))
    if kind == "column":
        return number(data.get(f"{line}{tree[1]}"))
    if kind in _OVER_LINES:
        values = [
            _value(tree[2], data, form, one) for one in _walk(data, f"{form}formset-{tree[1]}")
        ]
        return _fold(kind, values)
    left, right = (_value(part, data, form, line) for part in tree[1:])
    if kind == "+":
        return left + right
    if kind == "-":
        return left - right
    return left * right if kind == "*" else left / right


def _walk(data: Mapping[str, Any], prefix: str) -> list[str]:
    """The prefixes of the lines of a formset that stay."""
    try:
        total = min(int(data.get(f"{prefix}-TOTAL_FORMS") or 0), MOST_LINES)
    except (TypeError, ValueError):
        return []
    lines = (f"{prefix}-{index}-" for index in range(total))
    return [line for line in lines if not data.get(f"{line}DELETE")]


def _fold(kind: str, values: list[Decimal]) -> Decimal:
    if kind == "count":
        return Decimal(len(values))
    if not values:
        return Decimal(0)
    if kind == "avg":
        return sum(values, Decimal(0)) / len(values)
    return {"sum": sum, "min": min, "max": max}[kind](values) or Decimal(0)  # type: ignore[operator]
