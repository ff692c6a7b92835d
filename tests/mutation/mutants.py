"""Mutants of a module: its source with one small change that some test should notice."""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    **{
        ast.Lt: ast.LtE,
        ast.LtE: ast.Lt,
        ast.Gt: ast.GtE,
        ast.GtE: ast.Gt,
        ast.Eq: ast.NotEq,
        ast.NotEq: ast.Eq,
    },
    **{ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In},
    **{
        ast.Add: ast.Sub,
        ast.Sub: ast.Add,
        ast.Mult: ast.Div,
        ast.Div: ast.Mult,
        ast.FloorDiv: ast.Div,
    },
    **{ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr},
    **{ast.And: ast.Or, ast.Or: ast.And},
}


@dataclass(frozen=True)
class Mutant:
    """A changed source, with the line and the nodes that differ."""

    line: int
    before: str
    after: str
    source: str


def mutants_of(source: str, at_most: int, seed: int) -> list[Mutant]:
    r"""Return a seeded sample of the mutants of a module, in the order of its lines.

    >>> mutants = mutants_of("def f(x):\n    return x < 2\n", 9, 0)
    >>> [(mutant.before, mutant.after) for mutant in mutants]
    [('return x < 2', 'return None'), ('x < 2', 'x <= 2'), ('2', '3')]
    """
    tree = ast.parse(source)
    everything = [
        _mutant(tree, index, number)
        for index, node in enumerate(_nodes(tree))
        for number in range(len(list(_changes(node))))
    ]
    chosen = random.Random(seed).sample(range(len(everything)), min(at_most, len(everything)))
    return [everything[index] for index in sorted(chosen)]


def _mutant(tree: ast.Module, index: int, number: int) -> Mutant:
    original = _nodes(tree)[index]
    changed_tree = copy.deepcopy(tree)
    target = _nodes(changed_tree)[index]
    changed = ast.copy_location(list(_changes(target))[number], original)
    _replace(changed_tree, target, changed)
    source = ast.unparse(ast.fix_missing_locations(changed_tree))
    return Mutant(original.lineno, ast.unparse(original), ast.unparse(changed), source)


def _nodes(tree: ast.AST) -> list[ast.AST]:
    """Return the nodes that may change, the outermost first.

    Docstrings, annotations, messages and imports are left out.
    """
    if isinstance(tree, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom) or _is_text(tree):
        return []
    nodes = [tree] if isinstance(tree, ast.stmt | ast.expr) else []
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "bases", "ctx"):
            continue
        children = value if isinstance(value, list) else [value]
        nodes += [
            node for child in children if isinstance(child, ast.AST) for node in _nodes(child)
        ]
    return nodes


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in the place of a node."""
    match node:
        case ast.Compare(left, [operator], [right]) if type(operator) in SWAPS:
            yield ast.Compare(left, [SWAPS[type(operator)]()], [right])  # type: ignore[list-item]
        case ast.BinOp(left, operator, right) if type(operator) in SWAPS:
            yield ast.BinOp(left, SWAPS[type(operator)](), right)  # type: ignore[arg-type]
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(SWAPS[type(operator)](), values)  # type: ignore[arg-type]
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str() as value):
            yield ast.Constant(f"{value}!")
        case ast.If(test, body, orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Return(value) if value is not None and not _is_none(value):
            yield ast.Return(ast.Constant(None))
        case ast.AugAssign() | ast.Expr(ast.Call()):
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _replace(tree: ast.AST, target: ast.AST, changed: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, changed)
            elif isinstance(value, list):
                value[:] = [changed if item is target else item for item in value]
