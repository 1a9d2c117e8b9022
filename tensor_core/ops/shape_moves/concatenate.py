"""concatenate (relax.concat) and stack: join tensors along an existing or a new dimension."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Field,
    Input,
    Kind,
    Law,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Join:
    """``axis``: the dimension along which the inputs follow each other; for stack, its place in the result."""

    axis: int = 0


def _infer_concatenate(params: Join, data: Type) -> Type:
    first, *others = rules.tensors(data, 0)
    axis = rules.axis(params.axis, first.rank)
    shape: list[Dim] = list(first.shape)
    for item in others:
        _same_kind(first, item)
        for n, dim in enumerate(item.shape):
            joined = shapes.add(shape[n], dim) if n == axis else rules.unify(shape[n], dim)
            if joined is None:
                raise Reject(f"dimension {n} differs: {shapes.to_text(shape[n])} and {shapes.to_text(dim)}", 0)
            shape[n] = joined
    if not isinstance(shape[axis], shapes.AnyDim):
        # Kernels check shapes only where the joined axis is open: elsewhere TVM believes no other input's dimension.
        for n in range(len(shape)):
            if any(isinstance(item.shape[n], shapes.AnyDim) for item in (first, *others)):
                shape[n] = shapes.ANY
    return TensorType(tuple(shape), first.dtype)


def _infer_stack(params: Join, data: Type) -> Type:
    first, *others = rules.tensors(data, 0)
    axis = rules.axis(params.axis, first.rank + 1)
    for item in others:
        _same_kind(first, item)
        if any(map(shapes.prove_different, first.shape, item.shape)):
            raise Reject(f"shapes differ: {rules.show(first.shape)} and {rules.show(item.shape)}", 0)
    return TensorType((*first.shape[:axis], 1 + len(others), *first.shape[axis:]), first.dtype)


def _same_kind(first: TensorType, item: TensorType) -> None:
    if item.dtype != first.dtype:
        raise Reject(f"element types differ: {first.dtype} and {item.dtype}", 0)
    if item.rank != first.rank:
        raise Reject(f"numbers of dimensions differ: {first.rank} and {item.rank}", 0)


def _concatenate(params: Join, data: tuple[Array, ...]) -> Array:
    return np.concatenate(data, params.axis)


def _stack(params: Join, data: tuple[Array, ...]) -> Array:
    return np.stack(data, params.axis)


def _lower_concatenate(params: Join, b: LoopBuilder, items: tuple[Tensor, ...]) -> Tensor:
    axis = rules.axis(params.axis, items[0].rank)
    ends: list[Dim] = []
    for item in items:
        ends.append(shapes.add(ends[-1], item.shape[axis]) if ends else item.shape[axis])
    shape = (*items[0].shape[:axis], ends[-1], *items[0].shape[axis + 1 :])

    def part(number: int) -> Callable[..., PrimExpr]:
        start = ends[number - 1] if number else 0
        return lambda *i: items[number][(*i[:axis], i[axis] - as_expr(start), *i[axis + 1 :])]

    return b.compute(
        shape, lambda *i: _choose(i[axis], ends, [part(n)(*i) for n in range(len(items))]), name="T_concat"
    )


def _lower_stack(params: Join, b: LoopBuilder, items: tuple[Tensor, ...]) -> Tensor:
    axis = rules.axis(params.axis, items[0].rank + 1)
    shape = (*items[0].shape[:axis], len(items), *items[0].shape[axis:])
    ends = range(1, len(items) + 1)
    return b.compute(
        shape,
        lambda *i: _choose(i[axis], ends, [item[(*i[:axis], *i[axis + 1 :])] for item in items]),
        name="T_stack",
    )


def _choose(position: PrimExpr, ends: Sequence[Dim], values: Sequence[PrimExpr]) -> PrimExpr:
    """The value of the part in which ``position`` lies."""
    result = values[-1]
    for end, value in reversed(list(zip(ends, values[:-1], strict=False))):
        result = prim.if_then_else(position < as_expr(end), value, result)
    return result


def _expand_stack(params: Join, f: Fragment[Any], data: Any) -> Any:
    items = rules.tensors(f.type_of(data), 0)
    axis = rules.axis(params.axis, items[0].rank + 1)
    parts = (f.call("expand_dims", f.item(data, n), axis=(axis,)) for n in range(len(items)))
    return f.call("concatenate", f.tuple(*parts), axis=axis)


def _read_concat(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    if attrs["axis"] is None and rules.tensors(types[0], 0)[0].rank != 1:
        raise Reject("without an axis the inputs must have one dimension")
    return {"axis": attrs["axis"] or 0}


def _read_stack(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"axis": attrs["axis"] or 0}


_INPUTS = (Input("data", variadic=True),)


def _concatenate_gradient(
    params: Join, f: Fragment[Any], args: Sequence[Any], _result: Any, seed: Any
) -> Sequence[Any]:
    fields = rules.tensors(f.type_of(args[0]), 0)
    axis = rules.axis(params.axis, fields[0].rank)
    lengths = [field.shape[axis] for field in fields[:-1]]
    if not shapes.is_static(lengths):
        raise Reject("the lengths of all parts but the last must be known", 0)
    return [f.call("split", seed, sections=tuple(accumulate(lengths)), axis=params.axis)]


def _stack_gradient(params: Join, f: Fragment[Any], args: Sequence[Any], _result: Any, seed: Any) -> Sequence[Any]:
    fields = rules.tensors(f.type_of(args[0]), 0)
    parts = f.call("split", seed, sections=len(fields), axis=params.axis)
    squeezed = (f.call("squeeze", f.item(parts, place), axis=(params.axis,)) for place in range(len(fields)))
    return [f.tuple(*squeezed)]


def _draw_concatenate(d: Draw) -> Drawn:
    shape, dtype = d.any_shape(1), d.one_of(*draw.EVERY)
    axis = d.axis(len(shape))
    place = axis % len(shape)
    extents = d.extents(d.integer(1, 3), least=0, most=3)
    parts = (TensorType((*shape[:place], extent, *shape[place + 1 :]), dtype) for extent in extents)
    return Drawn(Join(axis), (TupleType(tuple(parts)),))


def _draw_stack(d: Draw) -> Drawn:
    part = TensorType(d.any_shape(0, 3), d.one_of(*draw.EVERY))
    return Drawn(Join(d.axis(part.rank + 1)), (TupleType((part,) * d.integer(1, 3)),))


CONCATENATE = OpCard(
    name="concatenate",
    inputs=_INPUTS,
    params=Join,
    infer=_infer_concatenate,
    reference=_concatenate,
    lower=_lower_concatenate,
    gradient=_concatenate_gradient,
    relay=RelaySpelling(
        name="concatenate", attrs_type="relay.attrs.ConcatenateAttrs", fields=(Field("axis", Kind.INT, 0),)
    ),
    relax=(
        RelaxSpelling(
            name="relax.concat",
            operands=(Operand("data"),),
            attrs_type="relax.attrs.ConcatAttrs",
            fields=(Field("axis", Kind.INT, 0, optional=True),),
            read=_read_concat,
        ),
    ),
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.MOVES}),
    draw=_draw_concatenate,
)

STACK = OpCard(
    name="stack",
    inputs=_INPUTS,
    params=Join,
    infer=_infer_stack,
    reference=_stack,
    lower=_lower_stack,
    gradient=_stack_gradient,
    expand=_expand_stack,
    relay=RelaySpelling(name="stack", attrs_type="relay.attrs.StackAttrs", fields=(Field("axis", Kind.INT, 0),)),
    relax=(
        RelaxSpelling(
            name="relax.stack",
            operands=(Operand("data"),),
            attrs_type="relax.attrs.StackAttrs",
            fields=(Field("axis", Kind.INT, 0, optional=True),),
            since="0.21",
            read=_read_stack,
        ),
    ),
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.MOVES}),
    draw=_draw_stack,
)

CARDS = (CONCATENATE, STACK)
