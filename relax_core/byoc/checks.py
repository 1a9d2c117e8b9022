"""Questions about a match that several pattern tables ask (tvm.relax.backend.utils in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from relax_core.ir.expr import Call, DataflowVar, Expr, Var
from relax_core.ir.types import TensorType
from relax_core.passes.fuse_ops_by_pattern import PatternCheckContext
from relax_core.types.leaves import type_of
from tensor_core import shapes
from tensor_core.shapes import Dim, Shape


def has_leaking_intermediate_variables(context: PatternCheckContext) -> bool:
    """Whether something else than the match uses a value inside of it."""
    output = context.value_to_bound_var[context.matched_expr]
    for var in context.matched_bindings:
        if var is output:
            continue
        if not isinstance(var, DataflowVar):
            # It may be used outside of the block.
            return True
        if any(user not in context.matched_bindings for user in context.var_usages[var]):
            return True
    return False


def tensor(expr: Expr) -> TensorType:
    """The type of a tensor; one of unknown shape for anything else."""
    type_ = type_of(expr)
    return type_ if isinstance(type_, TensorType) else TensorType(None, "")


def batches(dims: Shape) -> Dim:
    """The product of all dimensions but the last two."""
    return shapes.product(dims[:-2])


def same_batches(left: Shape, right: Shape) -> bool:
    """Whether the dimensions before the last two are the same, missing ones being 1."""
    pairs = zip_longest(left[-3::-1], right[-3::-1], fillvalue=1)
    return all(shapes.prove_equal(a, b) for a, b in pairs)


def same_shape(left: Shape, right: Shape) -> bool:
    """Whether the dimensions that both have are the same."""
    return all(map(shapes.prove_equal, left, right))


def depends_on(var: Var, source: Var, usages: Mapping[Var, Sequence[Var]]) -> bool:
    """Whether a variable is computed from another one, or is it."""
    seen = {source}
    pending = [source]
    while pending:
        item = pending.pop()
        if item is var:
            return True
        for user in usages.get(item, ()):
            if user not in seen:
                seen.add(user)
                pending.append(user)
    return False


def residual_fits(root: Call, context: PatternCheckContext) -> bool:
    """Whether what is combined with the result does not depend on it, and has its shape or is a bias."""
    residual = context.annotated_expr.get("residual")
    if residual is None:
        return True
    if not isinstance(residual, Var):
        found = context.value_to_bound_var.get(residual)
        if found is None:
            return False
        residual = found
    result = context.value_to_bound_var[root]
    if depends_on(residual, result, context.var_usages):
        return False
    mine, other = tensor(result).dims, tensor(residual).dims
    if mine is None or other is None:
        return False
    return same_shape(mine, other) or is_bias_like(other, mine[-1])


def is_bias_like(dims: Shape, channels: Dim) -> bool:
    """Whether a tensor holds one value for each channel."""
    return bool(dims) and shapes.prove_equal(dims[-1], channels) and shapes.prove_equal(shapes.product(dims), channels)
