"""Scalar expressions evaluated with numpy for many points at once: every node gives an array over the points.

This is the reference semantics of :mod:`tensor_core.prim`. Division by zero and casts of values out of the target's
range give what numpy gives; a load outside its buffer is an error unless a guard keeps it from happening.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tensor_core import codes, dtypes, prim
from tensor_core.diagnostics import fail
from tensor_core.loops.intrinsics import MEANINGS
from tensor_core.loops.nodes import Buffer
from tensor_core.prim import PrimExpr
from tensor_core.residues import residues

Array = np.ndarray[Any, np.dtype[Any]]
Memory = Mapping[Buffer, Array]

# A guard is the number of the mask under which a node is evaluated; 0 stands for "everywhere".
_Key = tuple[int, int]


class Evaluator:
    """Evaluates expressions for given values of their variables, which broadcast against each other."""

    def __init__(self, variables: Mapping[prim.Var, Array], memory: Memory) -> None:
        self._variables = variables
        self._memory = memory
        self._values: dict[_Key, Array] = {}
        self._masks: list[Array] = [np.asarray(True)]
        self._arms: dict[tuple[int, int, bool], int] = {}

    def __call__(self, expr: PrimExpr) -> Array:
        """The value of ``expr`` at every point, in the expression's dtype."""
        stack: list[tuple[PrimExpr, int]] = [(expr, 0)]
        while stack:
            node, guard = stack[-1]
            if (id(node), guard) in self._values:
                stack.pop()
                continue
            missing = [(child, g) for child, g in self._operands(node, guard) if (id(child), g) not in self._values]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            value = self._compute(node, guard)
            # Operations on residues of rank 0 give no arrays.
            self._values[id(node), guard] = value if hasattr(value, "dtype") else np.asarray(value, object)
        return self._values[id(expr), 0]

    def _operands(self, node: PrimExpr, guard: int) -> list[tuple[PrimExpr, int]]:
        if isinstance(node, prim.Select) and node.guards:
            condition = self._values.get((id(node.condition), guard))
            if condition is None:
                return [(node.condition, guard)]
            return [(node.a, self._arm(guard, condition, True)), (node.b, self._arm(guard, condition, False))]
        return [(child, guard) for child in node.iter_children() if isinstance(child, PrimExpr)]

    def _arm(self, guard: int, condition: Array, taken: bool) -> int:
        key = (guard, id(condition), taken)
        if key not in self._arms:
            self._arms[key] = len(self._masks)
            self._masks.append((condition if taken else ~condition) & self._masks[guard])
        return self._arms[key]

    def _compute(self, node: PrimExpr, guard: int) -> Array:
        match node:
            case prim.Var():
                return self._variables[node]
            case prim.IntImm() | prim.FloatImm():
                return constant(node.value, node.dtype)
            case prim.Load():
                return self._load(node, guard)
            case prim.Select():
                return self._select(node, guard)
            case prim.Cast():
                return cast_array(self._values[id(node.value), guard], node.dtype)
            case prim.Intrinsic():
                args = [self._values[id(arg), guard] for arg in node.args]
                meaning, dtype = MEANINGS[node.name], dtypes.to_numpy(node.dtype)
                result = meaning.compute(*args)
                return result.view(dtype) if meaning.keeps_bits else result.astype(dtype, copy=False)
            case prim.Not():
                return ~self._values[id(node.a), guard]
            case prim.Binary():
                return binary(node, self._values[id(node.a), guard], self._values[id(node.b), guard])
            case _:
                raise fail(codes.MALFORMED_KERNEL, f"{type(node).__name__} cannot be evaluated in a tensor program")

    def _select(self, node: prim.Select, guard: int) -> Array:
        condition = self._values[id(node.condition), guard]
        one, other = (
            (self._arm(guard, condition, True), self._arm(guard, condition, False)) if node.guards else (guard, guard)
        )
        return np.where(condition, self._values[id(node.a), one], self._values[id(node.b), other])

    def _load(self, node: prim.Load, guard: int) -> Array:
        array = self._memory[node.buffer]
        mask = self._masks[guard] if guard else None
        indices: list[Array] = []
        for place, (expr, size) in enumerate(zip(node.indices, array.shape, strict=True)):
            index = self._values[id(expr), guard]
            inside = (index >= 0) & (index < size)
            if not (inside if mask is None else inside | ~mask).all():
                raise out_of_bounds(node.buffer, place, size)
            indices.append(index if mask is None else np.where(inside, index, 0))
        if mask is not None and array.size == 0:
            return np.zeros(np.broadcast_shapes(mask.shape, *(i.shape for i in indices)), array.dtype)
        return array[tuple(indices)] if indices else array


def constant(value: float | int, dtype: str) -> Array:
    """A rank-0 array; integers wrap to the dtype."""
    if dtypes.is_int(dtype):
        bits = dtypes.bits(dtype)
        value = int(value) & ((1 << bits) - 1)
        if dtypes.is_signed_int(dtype) and value >> (bits - 1):
            value -= 1 << bits
    return cast_array(np.asarray(value), dtype)


def cast_array(value: Array, dtype: str) -> Array:
    """The prim.Cast of an array."""
    if dtype == "bool":
        return value != 0
    if dtype == dtypes.RESIDUE:
        return residues(value)
    target = dtypes.to_numpy(dtype)
    if dtypes.is_float(dtypes.from_numpy(value.dtype)) and dtypes.is_int(dtype) and target.itemsize < 8:
        # Through 64 bits, so that values beyond the target's range wrap on every platform.
        return value.astype(np.int64).astype(target)
    return value.astype(target)


def binary(node: prim.Binary, a: Array, b: Array) -> Array:
    """The value of a two-operand node. R2R0604 for another node."""
    is_float = dtypes.is_float(node.a.dtype)
    match node:
        case prim.Add():
            return a + b
        case prim.Sub():
            return a - b
        case prim.Mul():
            return a * b
        case prim.Div():
            return a / b if is_float else truncated_division(a, b)
        case prim.TruncMod():
            return np.fmod(a, b)
        case prim.FloorDiv():
            return np.floor(a / b) if is_float else np.floor_divide(a, b)
        case prim.FloorMod():
            return a - np.floor(a / b) * b if is_float else np.mod(a, b)
        case prim.Min():
            return np.where(a < b, a, b)
        case prim.Max():
            return np.where(a > b, a, b)
        case prim.EQ():
            return a == b
        case prim.NE():
            return (a != b) & (a == a) & (b == b) if is_float else a != b
        case prim.LT():
            return a < b
        case prim.LE():
            return a <= b
        case prim.GT():
            return a > b
        case prim.GE():
            return a >= b
        case prim.And():
            return a & b
        case prim.Or():
            return a | b
        case _:
            raise fail(codes.MALFORMED_KERNEL, f"{type(node).__name__} cannot be evaluated in a tensor program")


def truncated_division(a: Array, b: Array) -> Array:
    """Integer division toward zero; 0 where the divisor is 0."""
    quotient = np.floor_divide(a, b)
    inexact = (np.mod(a, b) != 0) & (quotient < 0)
    return quotient + inexact.astype(quotient.dtype)


def out_of_bounds(buffer: Buffer, place: int, size: int) -> Exception:
    """The error of an access outside a buffer."""
    return fail(codes.EXECUTION_FAILED, f"index {place} of {buffer.name} is outside [0, {size})")
