"""LegalizeOps on the modules of real TVM 0.27, by meaning: the tensor programs of two compilers differ in form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import recorded

from migrate.execution import parameters
from migrate.values import Array, Value, leaves
from migrate.verify.inputs import draw
from relax_core.interpret import evaluate
from relax_core.ir.expr import Call, Function, IRModule, Op
from relax_core.text.reader import read
from relax_core.transform import find
from relax_core.well_formed import check
from tensor_core import shapes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.node import Node, post_order
from tensor_core.types import TensorType, TupleType, Type

RELEASE = "0.27"


def equal(corpus: recorded.Corpus, row: Mapping[str, Any]) -> bool:
    """Whether no operator is left that TVM legalizes, the module obeys the rules, and ``main`` computes the same.

    A module whose ``main`` cannot be called with drawn arguments is judged by the first two.
    """
    case = corpus.json(row["name"], "case.json")
    before, theirs = (read(case[side], release=RELEASE) for side in ("before", "after"))
    maker = find("LegalizeOps")
    assert maker is not None
    ours = maker()(before)
    return _operators(ours) <= _operators(theirs) and not check(ours) and _computes_the_same(before, ours)


def alike(ours: IRModule, theirs: IRModule, entry: str, args: Sequence[Value]) -> bool:
    """Whether no operator is left that is not in theirs, either, ours obeys the rules, and a function of both computes
    the same.
    """
    if not _operators(ours) <= _operators(theirs) or check(ours):
        return False
    results = [leaves(evaluate(module, args, entry)) for module in (ours, theirs)]
    return all(map(_near, *results))


def _operators(module: IRModule) -> set[str]:
    functions = [item for item in module.functions.values() if isinstance(item, Function)]
    nodes = post_order(functions, Node.iter_children)
    return {node.op.name for node in nodes if isinstance(node, Call) and isinstance(node.op, Op)} - {"relax.call_tir"}


def _computes_the_same(before: IRModule, after: IRModule) -> bool:
    sizes: dict[str, int] = {}
    rng = np.random.default_rng(0)
    try:
        args = [_drawn(type_, rng, sizes) for _, type_ in parameters(before)]
        wanted = leaves(evaluate(before, args))
    except DiagnosticError:
        return True
    return all(map(_near, wanted, leaves(evaluate(after, args))))


def _drawn(type_: Type | None, rng: np.random.Generator, sizes: dict[str, int]) -> Value:
    if isinstance(type_, TensorType):
        shape = tuple([_size(dim, sizes) for dim in type_.shape])
        return draw(TensorType(shape, type_.dtype or "float32"), rng)
    if isinstance(type_, TupleType):
        return tuple([_drawn(field, rng, sizes) for field in type_.fields])
    return draw(type_, rng)


def _size(dim: Any, sizes: dict[str, int]) -> int:
    if isinstance(dim, int):
        return dim
    return shapes.evaluate(dim, {var: sizes.setdefault(var.name, 2 + len(sizes) % 3) for var in shapes.free_vars(dim)})


def _near(a: Array, b: Array) -> bool:
    """Whether the order of roundings can explain the difference: a hundred unit roundoffs of the largest element."""
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.kind in "biu":
        return bool(np.array_equal(a, b))
    x, y = a.astype(np.float64), b.astype(np.float64)
    scale = float(np.max(np.abs(np.nan_to_num(x)), initial=0.0))
    return bool(np.allclose(x, y, rtol=0, atol=100 * float(np.finfo(a.dtype).eps) * scale, equal_nan=True))
