"""Calls of tensor expressions: what BlockBuilder.call_te does with a function over tensors (TVM 0.19 to 0.27)."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from relax_core.ir.expr import Call, Expr, PrimValue, ShapeExpr, Tuple, Var, op
from relax_core.ir.types import PrimType, ShapeType, TensorType, TupleType, Type
from relax_core.op.convert import refused, with_type
from relax_core.types.leaves import type_of
from tensor_core import prim, shapes
from tensor_core.attrs import Attrs
from tensor_core.node import Node
from tensor_core.prim import PrimExpr
from tensor_core.releases import older
from tensor_core.te.create import create_prim_func
from tensor_core.te.tensor import Tensor, placeholder
from tensor_core.tir.function import PrimFunc

__all__ = ["Kernel", "kernel_of"]


@dataclass(frozen=True, slots=True)
class Kernel:
    """A tensor program made of tensor expressions, and what it is called with."""

    function: PrimFunc
    args: tuple[Expr, ...]
    out: Type
    scalars: tuple[PrimExpr, ...]

    def call(self, callee: Expr, release: str) -> Call:
        """The call_tir of the program under its name; since 0.26 scalars are arguments as others are."""
        if not self.scalars or not scalars_last(release):
            args = (*self.args, *(with_type(PrimValue(item)) for item in self.scalars))
            return Call(op("relax.call_tir"), (callee, with_type(Tuple(args))), None, (self.out,))
        operands = (callee, with_type(Tuple(self.args)), with_type(ShapeExpr(self.scalars)))
        return Call(op("relax.call_tir"), operands, None, (self.out,))


def scalars_last(release: str) -> bool:
    """Whether a program takes its scalars behind its results, as it did before TVM 0.26."""
    return older(release, "0.26")


@dataclass(slots=True)
class _Arguments:
    """What the function is given in the place of Relax's values, with symbolic variables of its own."""

    args: list[Expr] = field(default_factory=list[Expr])
    params: list[Tensor | prim.Var] = field(default_factory=list[Any])
    symbols: dict[prim.Var, prim.Var] = field(default_factory=dict[prim.Var, prim.Var])
    loose: list[PrimExpr] = field(default_factory=list[PrimExpr])

    def convert(self, value: Any) -> Any:
        """The argument of a tensor expression that stands for a value. R2R0202 for what has none."""
        if isinstance(value, Expr):
            return self._expression(value)
        if isinstance(value, PrimExpr):
            made = self._own(value)
            self.loose.append(made)
            return made
        if isinstance(value, tuple | list):
            items = [self.convert(item) for item in cast("Sequence[Any]", value)]
            return tuple(items) if isinstance(value, tuple) else items
        if isinstance(value, Mapping) and not isinstance(value, Attrs):
            return {key: self.convert(item) for key, item in cast("Mapping[str, Any]", value).items()}
        if value is None or isinstance(value, int | float | str | Type | Attrs):
            return value
        raise refused(f"not supported type in emit_te: {type(value)}")

    def _expression(self, value: Expr) -> Any:
        known = type_of(value)
        if isinstance(known, TensorType):
            if known.dims is None:
                raise AssertionError("emit_te now only supports Tensor that has ShapeExpr shape")
            shape = tuple(map(self._own, known.dims))
            tensor = placeholder(shape, known.dtype, self._name(value, string.ascii_uppercase))
            self.args.append(value)
            self.params.append(tensor)
            return tensor
        if isinstance(known, ShapeType):
            if not isinstance(value, ShapeExpr):
                raise AssertionError("For Expr having ShapeStructInfo, emit_te now only supports ShapeExpr")
            return [self.convert(dim) for dim in value.values]
        if isinstance(known, PrimType) and known.value is None:
            scalar = prim.Var(self._name(value, string.ascii_lowercase), known.dtype)
            self.args.append(value)
            self.params.append(scalar)
            return scalar
        if isinstance(known, PrimType):
            return self.convert(getattr(value, "value", known.value))
        raise refused(f"not supported type in emit_te: {known}")

    def _name(self, value: Expr, letters: str) -> str:
        place = len(self.params)
        if isinstance(value, Var):
            return value.name
        return letters[place] if place < len(letters) else f"tensor_input_{place}"

    def _own(self, dim: Any) -> Any:
        if isinstance(dim, int):
            return dim
        for var in shapes.free_vars(dim):
            if var not in self.symbols:
                self.symbols[var] = prim.Var(var.name, var.dtype)
        return shapes.substitute(dim, {**self.symbols})

    def scalars(self, outputs: Sequence[Tensor]) -> list[prim.Var]:
        """The variables that no dimension of an argument or result is."""
        tensors = [*(item for item in self.params if isinstance(item, Tensor)), *outputs]
        bound = {dim for item in tensors for dim in item.shape if isinstance(dim, Node)}
        used = dict.fromkeys(var for dim in self._used(tensors) for var in shapes.free_vars(dim))
        return [var for var in used if var not in bound and var not in self.params]

    def _used(self, tensors: Sequence[Tensor]) -> Iterator[PrimExpr]:
        for item in tensors:
            yield from (dim for dim in item.shape if isinstance(dim, PrimExpr))
        yield from self.loose


def kernel_of(release: str, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Kernel:
    """The program of ``func`` over these arguments: Relax's tensors, shapes and scalars, and plain values.

    The keyword ``primfunc_attrs`` gives attributes of the program. R2R0202 for an argument of another kind.
    """
    attrs = kwargs.pop("primfunc_attrs", None)
    given = _Arguments()
    inputs = [given.convert(item) for item in args]
    named = {key: given.convert(item) for key, item in kwargs.items()}
    made = func(*inputs, **named)
    outputs = list(cast("Sequence[Any]", made)) if isinstance(made, tuple | list) else [made]
    if not outputs or not all(isinstance(item, Tensor) for item in outputs):
        raise refused(f"only support te.tensor or tuple/list of te.tensor as function output, got {made!r}")
    scalars = given.scalars(outputs)
    tail = [*outputs, *scalars] if scalars_last(release) else [*scalars, *outputs]
    function = create_prim_func([*given.params, *tail], {**program_flags(release), **(attrs or {})})
    back = {mine: outer for outer, mine in given.symbols.items()}
    types = tuple(_result(item, back) for item in outputs)
    out = types[0] if len(types) == 1 else TupleType(types)
    return Kernel(function, tuple(given.args), out, tuple(back.get(var, var) for var in scalars))


def program_flags(release: str) -> dict[str, Any]:
    """What every program made of tensor expressions says of itself in a release."""
    if older(release, "0.24"):
        return {"tir.noalias": True}
    return {"tirx.noalias": True} if older(release, "0.25") else {"s_tir": True, "tirx.noalias": True}


def _result(tensor: Tensor, back: Mapping[prim.Var, prim.Var]) -> Type:
    dims = tuple(dim if isinstance(dim, int) else shapes.substitute(dim, {**back}) for dim in tensor.shape)
    return TensorType(dims, tensor.dtype)
