"""Constant folding and simplification that give another value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import relay_compat.passes.fold_constant as folding
import relay_compat.passes.simplifications.algebra as algebra
import relay_compat.passes.simplifications.casts as casts
import relay_compat.passes.simplify_inference as inference
import relay_compat.transform as relay_passes
from faults.frame import Bug, bug, meaning, types
from migrate.verify.generate.features import PURE
from migrate.verify.generate.skeletons import FOLDING, LAYERS, PATTERNS
from migrate.verify.properties.structure import leaves_primitive_functions
from relay_compat.types.infer import infer_types

_QUOTE = folding._quote
_RUN = folding.OperatorRunner.run


def _numbers(value: Any, span: Any) -> Any:
    """Truth values become integers."""
    if isinstance(value, np.ndarray | np.generic) and value.dtype == bool:
        value = np.asarray(value, np.int32)
    return _QUOTE(value, span)


def _through_floats(self: Any, call: Any, args: Any) -> Any:
    """Quotients of 64-bit integers are computed in floats."""
    name = getattr(call.op, "name", "")
    if name in ("floor_divide", "divide", "floor_mod") and getattr(args[0], "dtype", None) == np.int64:
        a, b = (np.asarray(arg, np.float64) for arg in args)
        with np.errstate(all="ignore"):
            quotient = np.floor(a / b)
            found = quotient if name != "floor_mod" else a - quotient * b
        if np.isfinite(found).all() and (np.asarray(args[1]) != 0).all():
            return found.astype(np.int64)
    return _RUN(self, call, args)


def _none_inside(*_: Any) -> set[Any]:
    return set()


def _always(*_: Any) -> bool:
    return True


def _epsilon_of_its_own(attrs: Any, dtype: str) -> Any:
    del attrs
    return inference.scalar(np.float32(1e-3), dtype)


def bugs() -> Iterator[Bug]:
    fold = _then_typed(relay_passes.FoldConstant())
    simplify = _then_typed(relay_passes.SimplifyExpr())
    yield bug(
        "21", "#20282", "a folded comparison is an integer", "comparison of constants", types("FoldConstant"), fold,
        (folding, "_quote", _numbers), features=PURE, around=FOLDING,
    )  # fmt: skip
    yield bug(
        "22", "#20281", "int64 division is folded through float64", "quotient of large int64 constants",
        meaning("FoldConstant"), fold, (folding.OperatorRunner, "run", _through_floats), features=PURE, around=PATTERNS,
    )  # fmt: skip
    yield bug(
        "23", "#6436", "constants are folded inside of a primitive function", "call on scalar constants, fused",
        lambda transform: leaves_primitive_functions("FoldConstant", transform), relay_passes.FoldConstant(),
        (folding, "_inside_primitive_functions", _none_inside), features=PURE, around=FOLDING,
    )  # fmt: skip
    yield bug(
        "24", "#13048, #13056", "cast(cast(x, bool), int32) becomes cast(x, int32)", "cast through a narrower type",
        meaning("SimplifyExpr"), simplify, (casts, "widens", _always), features=PURE, around=PATTERNS,
    )  # fmt: skip
    yield bug(
        "25", "#16211", "a pass that is declared exact divides by a square root as rsqrt", "division by a square root",
        meaning("a pass without slack", exact=True), infer_types, _then_typed(_rsqrt()), features=PURE,
        around=PATTERNS,
    )  # fmt: skip
    yield bug(
        "36", "#3216, #19574", "a folded normalisation has another epsilon", "batch_norm or layer_norm",
        meaning("SimplifyInference"), _then_typed(relay_passes.SimplifyInference()),
        (inference, "_epsilon", _epsilon_of_its_own), features=PURE, around=LAYERS,
    )  # fmt: skip


def _then_typed(transform: Any) -> Any:
    return lambda module: infer_types(transform(module))


def _rsqrt() -> Any:
    from relay_compat.dataflow_pattern import rewrite

    def run(module: Any) -> Any:
        result = module.copy()
        for var, function in module.functions.items():
            result.functions[var] = rewrite([algebra.DivideBySquareRoot()], function, module)
        return result

    return run
