"""Large constants kept apart from the program that uses them.

A constant becomes a call of a function without parameters. Until the constant is given back, that function answers
zeros and is marked, so that the program can be typed and saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relay_compat.ir.expr import Call, Constant, Function, GlobalVar
from relay_compat.ir.module import IRModule
from relay_compat.op.tensor import zeros
from relay_compat.visit import Rewriter
from tensor_core.ndarray import NDArray, ndarray
from tensor_core.node import Node
from tensor_core.types import tensor_type_of

_MARK = "late_bound_const"


def taken_out(module: IRModule, byte_limit: int) -> tuple[IRModule, dict[str, NDArray]]:
    """The module with constants of at least ``byte_limit`` bytes as calls of functions, and their arrays by name."""
    lifter = _Lifter(byte_limit)
    result = module.copy()
    for var, function in module.functions.items():
        if isinstance(function, Function):
            result.functions[var] = lifter.rewrite(function)
    for var, function in lifter.functions.items():
        result.functions[var] = function
    return result, lifter.arrays


def put_back(module: IRModule, arrays: Mapping[str, Any]) -> IRModule:
    """The module with these constants, as far as it misses them."""
    result = module.copy()
    for var, function in module.functions.items():
        if var.name in arrays and _is_missing(function):
            array = ndarray(arrays[var.name])
            result.functions[var] = Function((), Constant(array), tensor_type_of(array))
    return result


def missing(module: IRModule) -> list[str]:
    """The names of constants that were taken out."""
    return sorted(var.name for var, function in module.functions.items() if _is_missing(function))


def _is_missing(function: Any) -> bool:
    return isinstance(function, Function) and bool(function.attrs.get(_MARK))


class _Lifter(Rewriter):
    def __init__(self, byte_limit: int) -> None:
        super().__init__()
        self._limit = byte_limit
        self.arrays: dict[str, NDArray] = {}
        self.functions: dict[GlobalVar, Function] = {}

    def leave(self, old: Node, new: Node) -> Node:
        if not isinstance(old, Constant) or old.data.nbytes < self._limit:
            return new
        var, type_ = GlobalVar(f"{_MARK}_{len(self.arrays)}"), tensor_type_of(old.data)
        self.arrays[var.name] = ndarray(old.data)
        self.functions[var] = Function((), zeros(type_.shape, type_.dtype), type_, (), {_MARK: 1})
        return Call(var, ())
