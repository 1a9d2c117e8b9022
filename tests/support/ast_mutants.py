"""Wrong versions of functions made by machine: one negated condition, swapped operator or other constant each.

A mutant is put in force by giving the function that is there another code object, so that everybody who holds the
function has it; it lasts as long as the process, which is why mutants are judged in forks.
"""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

_COMPARED: dict[type, type] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
}  # fmt: skip
_COMPUTED: dict[type, type] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult}


@dataclass(frozen=True)
class Mutant:
    """``what`` is done at a line of a module, inside the function or method ``name``."""

    module: str
    name: str
    line: int
    what: str
    number: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.name}: {self.what}"


def mutants(module: str) -> Iterator[Mutant]:
    """All mutants of a module, in the order of the text."""
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    number = 0
    for name, function in _functions(tree):
        for node, what, _ in _sites(function):
            yield Mutant(module, name, node.lineno, what, number)
            number += 1


def plant(mutant: Mutant) -> None:
    """Put a mutant in force in this process."""
    module = importlib.import_module(mutant.module)
    tree = ast.parse(inspect.getsource(module))
    number = 0
    for _, function in _functions(tree):
        for _, _, change in _sites(function):
            if number == mutant.number:
                change()
                _put(module, mutant.name, compile(tree, module.__file__ or mutant.module, "exec"))
                return
            number += 1
    raise LookupError(str(mutant))


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for item in tree.body:
        if isinstance(item, ast.FunctionDef):
            yield item.name, item
        elif isinstance(item, ast.ClassDef):
            for part in item.body:
                if isinstance(part, ast.FunctionDef) and not part.name.startswith("__"):
                    yield f"{item.name}.{part.name}", part


def _sites(function: ast.FunctionDef) -> Iterator[tuple[Any, str, Any]]:
    """Places inside a function, what is done there, and what does it."""
    stack: list[ast.AST] = list(reversed(function.body))
    while stack:
        node = stack.pop()
        # Messages, checks of one's own and what is only written for readers change nothing that is computed.
        if isinstance(node, ast.Raise | ast.Assert) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            continue
        yield from _at(node)
        children = [child for child in ast.iter_child_nodes(node) if not _is_annotation(node, child)]
        stack.extend(reversed(children))


def _is_annotation(node: ast.AST, child: ast.AST) -> bool:
    return child in (getattr(node, "annotation", None), getattr(node, "returns", None))


def _at(node: Any) -> Iterator[tuple[Any, str, Any]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
        other = _COMPARED[type(node.ops[0])]
        yield node, f"{type(node.ops[0]).__name__} to {other.__name__}", lambda: node.ops.__setitem__(0, other())
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield node, f"to {other.__name__}", lambda: setattr(node, "op", other())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        double = ast.UnaryOp(ast.Not(), copy.copy(node))
        yield node, "not left out", lambda: setattr(node, "operand", ast.fix_missing_locations(ast.copy_location(
            ast.UnaryOp(ast.Not(), node.operand), double.operand)))  # fmt: skip
    elif isinstance(node, ast.If | ast.IfExp) and not isinstance(node.test, ast.Compare | ast.UnaryOp | ast.BoolOp):
        yield (
            node,
            "condition negated",
            lambda: setattr(node, "test", ast.copy_location(ast.UnaryOp(ast.Not(), node.test), node.test)),
        )
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        other = _COMPUTED[type(node.op)]
        yield node, f"{type(node.op).__name__} to {other.__name__}", lambda: setattr(node, "op", other())
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, f"{node.value} to {not node.value}", lambda: setattr(node, "value", not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        more = node.value + 1
        yield node, f"{node.value} to {more}", lambda: setattr(node, "value", more)


def _put(module: ModuleType, name: str, code: CodeType) -> None:
    owner: Any = module
    for part in name.split("."):
        code = next(item for item in code.co_consts if isinstance(item, CodeType) and item.co_name == part)
        owner = owner.__dict__[part]
    found = inspect.unwrap(getattr(owner, "fget", None) or getattr(owner, "func", None) or owner)
    assert isinstance(found, FunctionType), name
    found.__code__ = code
