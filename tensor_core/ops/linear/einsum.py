"""einsum: products of the operands' elements summed over the labels that the result does not name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from string import ascii_letters

import numpy as np

from tensor_core import shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import rules
from tensor_core.ops.card import (
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
    Value,
)
from tensor_core.ops.draw import NUMBERS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Einsum:
    """``equation``: labels of every operand and, behind an arrow, of the result."""

    equation: str


_Labels = tuple[str, ...]


def _subscript(text: str, rank: int | None, width: int) -> _Labels:
    """The labels of one operand; an ellipsis stands for numbered labels, aligned to the last."""
    before, dots, after = text.partition("...")
    if not all(label in ascii_letters for label in before + after):
        raise Reject(f"{text!r} names no dimensions")
    count = width if rank is None else rank - len(before) - len(after)
    if count < 0 or (not dots and count and rank is not None):
        raise Reject(f"{text!r} does not name {rank} dimensions", 0)
    return (*before, *(f"{n}" for n in range(width - count, width) if dots), *after)


@cache
def _parse(equation: str, ranks: tuple[int, ...]) -> tuple[tuple[_Labels, ...], _Labels]:
    """The labels of every operand and of the result; Reject when they do not fit operands of these ranks."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    texts = left.split(",")
    if len(texts) != len(ranks):
        raise Reject(f"{equation!r} names {len(texts)} operands, {len(ranks)} are given", 0)
    named = [len(text.replace(".", "")) for text in texts]
    width = max(
        (rank - count for text, rank, count in zip(texts, ranks, named, strict=True) if "..." in text), default=0
    )
    inputs = tuple(_subscript(text, rank, width) for text, rank in zip(texts, ranks, strict=True))
    if arrow:
        output = _subscript(right, None, width)
    else:
        letters = left.replace(",", "").replace(".", "")
        output = (*map(str, range(width)), *sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    known = {label for labels in inputs for label in labels}
    if len(set(output)) != len(output) or not set(output) <= known:
        raise Reject(f"the result of {equation!r} must name labels of the operands, each once")
    return inputs, output


def _extents(inputs: Sequence[_Labels], own: Sequence[Shape]) -> dict[str, Dim]:
    result: dict[str, Dim] = {}
    for labels, shape in zip(inputs, own, strict=True):
        for label, dim in zip(labels, shape, strict=True):
            joined = shapes.broadcast_dim(result[label], dim) if label in result else dim
            if joined is None:
                raise Reject(f"label {label} stands for {shapes.to_text(result[label])} and {shapes.to_text(dim)}", 0)
            result[label] = joined
    return result


def _infer(params: Einsum, data: Type) -> Type:
    operands = rules.tensors(data, 0)
    for item in operands:
        if item.dtype != operands[0].dtype:
            raise Reject(f"operands have different element types: {operands[0].dtype} and {item.dtype}", 0)
    inputs, output = _parse(params.equation, tuple(item.rank for item in operands))
    extents = _extents(inputs, [item.shape for item in operands])
    return TensorType(tuple(extents[label] for label in output), operands[0].dtype)


def _reference(params: Einsum, operands: tuple[Array, ...]) -> Array:
    dtype = operands[0].dtype
    # numpy knows no sums of products of bfloat16.
    known = operands if dtype.kind != "V" else tuple(x.astype(np.float32) for x in operands)
    return np.asarray(np.einsum(params.equation, *known)).astype(dtype)


def _lower(params: Einsum, b: LoopBuilder, operands: tuple[Tensor, ...]) -> Tensor:
    inputs, output = _parse(params.equation, tuple(x.rank for x in operands))
    extents = _extents(inputs, [x.shape for x in operands])
    summed = tuple(label for label in extents if label not in output)

    def term(*i: PrimExpr) -> PrimExpr:
        at = dict(zip((*output, *summed), i, strict=True))
        product: PrimExpr | None = None
        for x, labels in zip(operands, inputs, strict=True):
            place = (
                shapes.as_expr(0) if dim == 1 and extents[label] != 1 else at[label]
                for label, dim in zip(labels, x.shape, strict=True)
            )
            value = x[tuple(place)]
            product = value if product is None else product * value
        assert product is not None
        return product

    shape = tuple(extents[label] for label in output)
    if not summed:
        return b.compute(shape, term, name="T_einsum")
    return b.reduce(shape, tuple(extents[label] for label in summed), term, Combiner.SUM, name="T_einsum")


def _size(params: Einsum, operands: tuple[Array, ...]) -> Array:
    return _reference(params, tuple(map(np.abs, operands)))


def _length(params: Einsum, data: Type) -> float:
    operands = rules.tensors(data, 0)
    inputs, output = _parse(params.equation, tuple(item.rank for item in operands))
    extents = _extents(inputs, [item.shape for item in operands])
    summed = [dim for label, dim in extents.items() if label not in output]
    return float(len(operands) + math.prod(dim if isinstance(dim, int) else 65536 for dim in summed))


def _read_relax(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"equation": attrs["subscripts"]}


def _write_relax(params: Einsum, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"subscripts": params.equation}


def _draw(d: Draw) -> Drawn:
    extents, lead = dict(zip("ijkl", d.extents(4, 1, 4), strict=True)), d.shape(0, 2, most=3)
    dtype, dots = d.one_of(*NUMBERS), "..." if d.flag() else ""
    texts: list[str] = []
    operands: list[TensorType] = []
    for _ in range(d.integer(1, 3)):
        labels = "".join("ijkl"[n] for n in d.permutation(4)[: d.integer(0, 3)])
        before = d.integer(0, len(labels))
        # A dimension of 1 stands for any extent.
        shape = [1 if d.integer(0, 7) == 7 else extents[label] for label in labels]
        texts.append(labels[:before] + dots + labels[before:])
        operands.append(TensorType((*shape[:before], *(d.narrowed(lead) if dots else ()), *shape[before:]), dtype))
    used = sorted(set("".join(texts)) - {"."})
    kept = "".join(used[n] for n in d.permutation(len(used))[: d.integer(0, len(used))])
    equation = ",".join(texts) + (f"->{dots}{kept}" if d.flag() else "")
    return Drawn(Einsum(equation), (TupleType(tuple(operands)),))


CARD = OpCard(
    name="einsum",
    inputs=(Input("data", variadic=True),),
    params=Einsum,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    pattern=Pattern.INJECTIVE,
    relay=RelaySpelling(
        name="einsum",
        attrs_type="relay.attrs.EinsumAttrs",
        fields=(Field("equation", Kind.STR),),
    ),
    relax=(
        RelaxSpelling(
            name="relax.einsum",
            operands=(Operand("data"),),
            attrs_type="relax.attrs.EinsumAttrs",
            fields=(Field("subscripts", Kind.STR),),
            read=_read_relax,
            write=_write_relax,
        ),
    ),
    error=Rounding(factor=_length, magnitude=_size),
    draw=_draw,
)
