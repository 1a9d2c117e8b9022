"""What the rules of SimplifyExpr have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from relax_core.dpl.apply import apply_to_module
from relax_core.dpl.patterns import DFPattern
from relax_core.dpl.rewriters import OrRewriter, PatternMatchingRewriter, Replace
from relax_core.ir.expr import Call, Constant, Expr, IRModule, PrimValue
from relax_core.ir.types import TensorType
from relax_core.op import creator
from relax_core.passes.function_pass import relax_release
from relax_core.types.deduce import type_of
from tensor_core import dtypes, shapes

Say = Callable[..., Expr]
"""``say("add", a, b)``: a call as ``relax.op`` makes it in the release at hand."""
Made = tuple[DFPattern, Replace]


@dataclass(frozen=True, slots=True)
class Rule:
    """``make(say)`` gives the pattern and what makes the replacement; that returns the expression where it stays."""

    name: str
    make: Callable[[Say], Made]


def applied(rules: Sequence[Rule], module: IRModule) -> IRModule:
    """The module with all rules applied until none finds anything."""
    release = relax_release(module)

    def say(path: str, *args: Any, **attributes: Any) -> Expr:
        return creator(path, release)(*args, **attributes)

    return apply_to_module(reduce(OrRewriter, (_rewriter(rule, say) for rule in rules)), module)


def _rewriter(rule: Rule, say: Say) -> PatternMatchingRewriter:
    """Applies the rule to calls. A variable that stands for one is left for the round in which it is gone."""
    pattern, replace = rule.make(say)
    return PatternMatchingRewriter.from_pattern(
        pattern, lambda expr, found: replace(expr, found) if isinstance(expr, Call) else expr
    )


def tensor(expr: Expr) -> TensorType | None:
    """The type of a tensor of known rank and element type; None for anything else."""
    found = type_of(expr)
    return found if isinstance(found, TensorType) and found.ndim >= 0 else None


def dims(expr: Expr) -> tuple[Any, ...] | None:
    """The sizes of a tensor; None where they are not stated."""
    found = tensor(expr)
    stated: Any = None if found is None else found.dims
    return None if stated is None else tuple(stated)


def dtype_of(expr: Expr) -> str:
    """The element type of a tensor, "" where it is not known."""
    found = tensor(expr)
    return "" if found is None else str(found.dtype)


def typed_like(a: Expr, b: Expr) -> bool:
    """Whether two tensors are proven to be of one shape and element type."""
    left, right = dims(a), dims(b)
    if left is None or right is None or len(left) != len(right) or dtype_of(a) != dtype_of(b):
        return False
    return all(map(shapes.prove_equal, left, right))


def one_value(expr: Expr) -> Any:
    """The number that a constant of one element or a scalar holds; None for anything else."""
    if isinstance(expr, Constant) and expr.data.size == 1:
        return expr.data.reshape(-1)[0]
    if isinstance(expr, PrimValue) and not shapes.free_vars(expr.value):
        known: Any = shapes.simplify(expr.value)
        return getattr(known, "value", known)
    return None


def number(value: Any, dtype: str) -> Constant:
    """A constant of rank 0."""
    return Constant(np.asarray(value, dtypes.to_numpy(dtype)))


def attrs(expr: Expr) -> Mapping[str, Any]:
    """The attributes of a call that a pattern matched."""
    found: Any = expr.attrs if isinstance(expr, Call) else None
    return found or {}
