"""Wrong versions of functions made by machine: one condition, operator, constant or call of each is another one.

A mutant is put in force by giving the function that is there another code object, so that everybody who holds the
function has it; it lasts as long as the process, which is why mutants are judged in forks. What has run when its
module was imported does not run again.
"""

from __future__ import annotations

import ast
import copy
import gc
import importlib
import inspect
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tensor_core.loops.known import forget

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
_OTHER_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_NOT_COMPUTED = (ast.Raise, ast.Assert, ast.JoinedStr)
"""Messages, and checks of one's own, are for readers."""
_SHOWN = 70


@dataclass(frozen=True)
class Mutant:
    """``what``: the expression of a function or method, and what stands there instead; the ``occurrence``-th such."""

    module: str
    function: str
    what: str
    occurrence: int = 0

    def __str__(self) -> str:
        again = f" ({self.occurrence + 1})" if self.occurrence else ""
        return f"{self.module} {self.function}: {self.what}{again}"


def mutants(module: str) -> list[Mutant]:
    """All mutants of a module, in the order of the text."""
    return [mutant for mutant, _, _ in _sites(module, _tree(module))]


def plant(mutant: Mutant) -> None:
    """Put a mutant in force in this process. LookupError when the module has no such place any more."""
    tree = _tree(mutant.module)
    for found, old, new in _sites(mutant.module, tree):
        if found == mutant:
            changed = ast.fix_missing_locations(_Replacement(old, new).visit(tree))
            module = importlib.import_module(mutant.module)
            _put(module, mutant.function, compile(changed, module.__file__ or mutant.module, "exec"))
            forget()
            return
    raise LookupError(str(mutant))


def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(importlib.import_module(module)))


def _sites(module: str, tree: ast.Module) -> Iterator[tuple[Mutant, ast.expr, ast.expr]]:
    """Mutants, the expressions that they are about, and what these become."""
    for name, function in _functions(tree):
        seen: Counter[str] = Counter()
        for old, new in _expressions(function):
            what = _what(old, new)
            yield Mutant(module, name, what, seen[what]), old, new
            seen[what] += 1


def _what(old: ast.expr, new: ast.expr) -> str:
    """The first words that differ, and where: of long expressions the part around them."""
    before, after = (
        ast.unparse(old),
        "nothing" if isinstance(new, ast.Constant) and new.value is None else ast.unparse(new),
    )
    if max(len(before), len(after)) <= _SHOWN:
        return f"{before} -> {after}"
    at = next((n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), 0)
    first = max(0, at - _SHOWN // 2)
    return " -> ".join(f"{'...' * bool(first)}{text[first : first + _SHOWN]}" for text in (before, after))


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for item in tree.body:
        if isinstance(item, ast.FunctionDef):
            yield item.name, item
        elif isinstance(item, ast.ClassDef):
            for part in item.body:
                if isinstance(part, ast.FunctionDef) and not part.name.startswith("__"):
                    yield f"{item.name}.{part.name}", part


def _expressions(function: ast.FunctionDef) -> Iterator[tuple[ast.expr, ast.expr]]:
    stack: list[ast.AST] = list(reversed(function.body))
    while stack:
        node = stack.pop()
        if isinstance(node, _NOT_COMPUTED) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield node.value, ast.Constant(None)
        if isinstance(node, ast.If | ast.IfExp) and isinstance(node.test, ast.Name | ast.Attribute | ast.Call):
            yield node.test, ast.UnaryOp(ast.Not(), node.test)
        if isinstance(node, ast.expr) and (new := _changed(node)) is not None:
            yield node, new
        stack.extend(reversed([child for child in ast.iter_child_nodes(node) if not _is_aside(node, child)]))


def _is_aside(node: ast.AST, child: ast.AST) -> bool:
    """Annotations, and that sequences are of one length."""
    strict = isinstance(child, ast.keyword) and child.arg == "strict"
    return strict or child in (getattr(node, "annotation", None), getattr(node, "returns", None))


def _changed(node: ast.expr) -> ast.expr | None:
    """What an expression becomes; None where it stays."""
    new: Any = copy.copy(node)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
        new.ops = [_COMPARED[type(node.ops[0])](), *node.ops[1:]]
    elif isinstance(node, ast.BoolOp):
        new.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        new.op = _COMPUTED[type(node.op)]()
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _OTHER_CALLS:
        new.func = ast.Name(_OTHER_CALLS[node.func.id], ast.Load())
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        new.value = not node.value
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        new.value = node.value + 1
    else:
        return None
    return new


class _Replacement(ast.NodeTransformer):
    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self._old = old
        self._new = new

    def visit(self, node: ast.AST) -> Any:
        return self._new if node is self._old else self.generic_visit(node)


def _put(module: ModuleType, name: str, code: CodeType) -> None:
    owner: Any = module
    for part in name.split("."):
        code = next(item for item in code.co_consts if isinstance(item, CodeType) and item.co_name == part)
        owner = owner.__dict__[part]
    found = inspect.unwrap(getattr(owner, "fget", None) or getattr(owner, "func", None) or owner)
    assert isinstance(found, FunctionType), name
    _put_inside(found.__code__, code)
    found.__code__ = code


def _put_inside(old: CodeType, new: CodeType) -> None:
    """Functions that a function has made already get the new code, too."""
    pairs = [(old, new)]
    inner: list[tuple[CodeType, CodeType]] = []
    while pairs:
        one, two = pairs.pop()
        parts = [[item for item in code.co_consts if isinstance(item, CodeType)] for code in (one, two)]
        found = list(zip(*parts, strict=False))
        pairs += found
        inner += found
    if not inner:
        return
    gc.unfreeze()
    for one, two in inner:
        for holder in gc.get_referrers(one):
            if isinstance(holder, FunctionType):
                holder.__code__ = two
    gc.freeze()
