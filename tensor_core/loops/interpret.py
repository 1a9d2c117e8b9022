"""The reference interpreter of tensor programs: numpy, one block at a time, plain loops one step at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from tensor_core import codes, dtypes, prim
from tensor_core.diagnostics import fail
from tensor_core.loops.binding import Bindings, bind, concrete, dimension
from tensor_core.loops.evaluate import Array, Evaluator, out_of_bounds
from tensor_core.loops.nodes import Axis, Block, Buffer, Combiner, For, If, PrimFunc, Seq, Stmt, Store
from tensor_core.loops.widen import widened
from tensor_core.prim import Var
from tensor_core.types import TensorType

__all__ = ["run", "widened"]

_CHUNK = 1 << 20
"""Points of a block that are evaluated at once, which bounds memory."""


def run(
    func: PrimFunc,
    inputs: Sequence[np.ndarray],
    out_types: Sequence[TensorType] | None = None,
    sizes: Mapping[Var, int] | None = None,
    into: Sequence[np.ndarray | None] = (),
) -> list[np.ndarray]:
    """The outputs of a kernel for input arrays.

    Symbolic dimensions take their values from ``sizes`` and the inputs' shapes, then from ``out_types``. ``into`` has
    for each output an array to write to, or None. R2R0602 when an array does not fit its parameter, or a load or store
    lies outside its buffer.
    """
    count = len(func.params) - func.outputs
    if len(inputs) != count:
        raise fail(codes.EXECUTION_FAILED, f"kernel {func.name} takes {count} arrays, got {len(inputs)}")
    memory: dict[Buffer, Array] = {}
    for buffer, array in zip(func.params, inputs, strict=False):
        if array.dtype != dtypes.to_numpy(buffer.dtype):
            raise fail(codes.EXECUTION_FAILED, f"{buffer.name} has dtype {array.dtype}, expected {buffer.dtype}")
        memory[buffer] = np.asarray(array)
    known = _bind(func, memory, out_types, sizes or {})
    for buffer, given in zip(func.params[count:], into, strict=bool(into)):
        if given is not None:
            memory[buffer] = given
    for buffer in (*func.params[count:], *func.allocations):
        if buffer in memory:
            continue
        memory[buffer] = np.zeros(concrete(buffer.shape, known), dtypes.to_numpy(buffer.dtype))
    variables = {var: np.asarray(value, dtypes.to_numpy(var.dtype)) for var, value in known.items()}
    with np.errstate(all="ignore"):
        _Machine(memory, variables).run(func.body)
    return [memory[buffer] for buffer in func.params[count:]]


def _bind(
    func: PrimFunc, memory: dict[Buffer, Array], out_types: Sequence[TensorType] | None, given: Mapping[Var, int]
) -> Bindings:
    sizes = bind(((buffer.name, buffer.shape, array.shape) for buffer, array in memory.items()), given)
    if not out_types:
        return sizes
    outputs = func.params[len(memory) :]
    return bind(
        ((b.name, b.shape, concrete(t.shape, sizes)) for b, t in zip(outputs, out_types, strict=True)), known=sizes
    )


class _Machine:
    def __init__(self, memory: dict[Buffer, Array], variables: dict[Var, Array]) -> None:
        self._memory = memory
        self._variables = variables

    def run(self, body: Stmt) -> None:
        """Execute a statement; the stack holds what is still to be done, iterators for the loops under way."""
        stack: list[Stmt | Iterator[Stmt]] = [body]
        while stack:
            item = stack.pop()
            match item:
                case Seq():
                    stack.extend(reversed(item.body))
                case Block():
                    self._block(item)
                case Store():
                    self._store(item)
                case If():
                    branch = item.then if self._scalar(item.condition) else item.otherwise
                    if branch is not None:
                        stack.append(branch)
                case For():
                    stack.append(self._steps(item))
                case Iterator():
                    following = next(item, None)
                    if following is not None:
                        stack += [item, following]
                case _:
                    raise fail(codes.MALFORMED_KERNEL, f"{type(item).__name__} is not a statement")

    def _steps(self, item: For) -> Iterator[Stmt]:
        kind = dtypes.to_numpy(item.var.dtype)
        for value in range(int(self._scalar(item.extent))):
            self._variables[item.var] = np.asarray(value, kind)
            yield item.body

    def _scalar(self, expr: prim.PrimExpr) -> Any:
        return Evaluator(self._variables, self._memory)(expr)[()]

    def _store(self, item: Store) -> None:
        evaluate = Evaluator(self._variables, self._memory)
        value = evaluate(item.value)
        self._write(item.buffer, [evaluate(index) for index in item.indices], value)

    def _write(self, buffer: Buffer, indices: Sequence[Array], value: Array) -> None:
        target = self._memory[buffer]
        for place, (index, size) in enumerate(zip(indices, target.shape, strict=True)):
            if not ((index >= 0) & (index < size)).all():
                raise out_of_bounds(buffer, place, size)
        target[tuple(indices)] = value

    def _block(self, block: Block) -> None:
        extents = [self._extent(axis) for axis in block.spatial]
        reduced = [self._extent(axis) for axis in block.reduce]
        if 0 in extents:
            return
        for part in _parts(extents, max(1, _CHUNK // max(1, min(prod(reduced), 64)))):
            variables = {**self._variables, **_grid(block.spatial, part, len(block.reduce))}
            shape = tuple(stop - start for start, stop in part)
            value = self._value(block, variables, shape, reduced)
            flat = {**self._variables, **_grid(block.spatial, part, 0)}
            evaluate = Evaluator(flat, self._memory)
            self._write(block.target, [np.broadcast_to(evaluate(i), shape) for i in block.indices], value)

    def _value(self, block: Block, variables: dict[Var, Array], shape: tuple[int, ...], reduced: list[int]) -> Array:
        kind = dtypes.to_numpy(block.target.dtype)
        if block.combiner is None or block.init is None:
            return np.broadcast_to(Evaluator(variables, self._memory)(block.value), shape)
        total = np.full(shape, self._scalar(block.init), kind)
        if 0 in reduced:
            return total
        for part in _parts(reduced, max(1, _CHUNK // max(1, prod(shape)))):
            chunk = {**variables, **_grid(block.reduce, part, 0)}
            points = (*shape, *(stop - start for start, stop in part))
            value = np.broadcast_to(Evaluator(chunk, self._memory)(block.value), points)
            total = _fold(block.combiner, total, value.reshape(*shape, prod(points[len(shape) :])))
        return total

    def _extent(self, axis: Axis) -> int:
        sizes = {var: int(value) for var, value in self._variables.items() if not value.ndim}
        return dimension(axis.extent, sizes) if not isinstance(axis.extent, int) else axis.extent


def _parts(extents: Sequence[int], limit: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """Boxes of at most ``limit`` points (or one row) that cover the domain in row-major order."""
    steps: list[int] = []
    for extent in reversed(extents):
        step = max(1, min(extent, limit))
        limit = limit // step if step == extent else 1
        steps.append(step)
    ranges = [range(0, extent, step) for extent, step in zip(extents, reversed(steps), strict=True)]
    for starts in product(*ranges):
        yield tuple(
            (start, min(start + r.step, extent)) for start, r, extent in zip(starts, ranges, extents, strict=True)
        )


def _grid(axes: Sequence[Axis], part: Sequence[tuple[int, int]], trailing: int) -> dict[Var, Array]:
    """Index arrays of a box, each along its own dimension, with ``trailing`` unit dimensions after the axes' own."""
    result: dict[Var, Array] = {}
    for place, (axis, (start, stop)) in enumerate(zip(axes, part, strict=True)):
        shape = [1] * (len(axes) + trailing)
        shape[place] = stop - start
        result[axis.var] = np.arange(start, stop, dtype=dtypes.to_numpy(axis.var.dtype)).reshape(shape)
    return result


def _fold(combiner: Combiner, total: Array, values: Array) -> Array:
    """``total`` joined with the last dimension of ``values``, one after the other, in their dtype."""
    match combiner:
        case Combiner.SUM | Combiner.PROD:
            joined = np.concatenate((total[..., None], values), axis=-1)
            operation = np.add if combiner is Combiner.SUM else np.multiply
            return operation.accumulate(joined, axis=-1, dtype=total.dtype)[..., -1]
        case Combiner.ALL:
            return total & values.all(axis=-1)
        case Combiner.ANY:
            return total | values.any(axis=-1)
        case Combiner.MAX | Combiner.MIN:
            keeps = np.greater if combiner is Combiner.MAX else np.less
            for step in range(values.shape[-1]):
                value = values[..., step]
                total = np.where(keeps(total, value), total, value)
            return total
