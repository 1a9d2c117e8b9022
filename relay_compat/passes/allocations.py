"""The allocations around lowered calls in one block of a program: what ManifestAlloc writes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from relay_compat.calls import only_reshapes
from relay_compat.devices.lexical import Lexical
from relay_compat.devices.marks import copied, fixed
from relay_compat.devices.place import ANYWHERE, Place
from relay_compat.ir.expr import Call, Constant, Expr, Let, Tuple, TupleGetItem, Var
from relay_compat.op.call import call
from relay_compat.passes.building import as_tensor, scalar
from tensor_core import codes, dtypes, shapes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.node import Node
from tensor_core.types import TensorType, TupleType, Type, leaves

_ALIGNMENT = 64
"""In bytes."""
_DATA, _SHAPE = 1, 2
"""What a shape function takes of an argument: its elements, or its shape (ShapeFuncParamState in TVM 0.19)."""


class Allocations:
    """The bindings of one block, in order. ``done``: what became of the expressions in it."""

    def __init__(self, lexical: Lexical, host: Place) -> None:
        self._lexical, self._host = lexical, host
        self.bindings: list[tuple[Var, Expr]] = []
        self.done: dict[Node, Expr] = {}

    def around(self, body: Expr) -> Expr:
        """The bindings, then ``body``."""
        for var, value in reversed(self.bindings):
            body = Let(var, value, body)
        return body

    def called(self, before: Call, function: Expr, args: tuple[Expr, ...], place: Place) -> Expr:
        """What a lowered call gives, whose result lies in tensors that are bound here."""
        metadata: Any = before.attrs["metadata"] if before.attrs is not None else {}
        attrs = metadata.get("relay_attrs", Attrs("DictAttrs", {}))
        type_: Any = getattr(before, "checked")  # noqa: B009
        results = [as_tensor(item) for item in leaves(type_)]
        types = [getattr(arg, "checked") for arg in before.args[1].fields]  # type: ignore[attr-defined]  # noqa: B009
        sized = [] if _static(results) else self._sizes(metadata, args, types, attrs)
        if only_reshapes(before):
            shape = sized[0] if sized else self._at_host(_sizes_of(results[0]))
            return call("vm.reshape_tensor", args[0], shape, newshape=results[0].shape)
        if sized:
            numbered = enumerate(zip(results, sized, strict=True))
            tensors = [self._tensor_of(item, size, str(n), place) for n, (item, size) in numbered]
        else:
            tensors = [self._tensor(item, str(n), place) for n, item in enumerate(results)]
        self._bind("x", _invoked(function, args, tensors, attrs), place)
        return Tuple(tuple(tensors)) if isinstance(type_, TupleType) else tensors[0]

    def _sizes(self, metadata: Any, args: Sequence[Expr], types: Sequence[Type], attrs: Any) -> list[Var]:
        """The shapes of the results, as the call's shape function computes them."""
        function = metadata.get("prim_shape_fn_var")
        if function is None:
            raise fail(codes.EXECUTION_FAILED, "a lowered call gives unknown sizes and has no shape function")
        known: list[Expr] = []
        for arg, type_, state in zip(args, types, metadata["prim_shape_fn_states"], strict=True):
            known += (self._known(part, int(state), len(known) + n) for n, part in enumerate(_parts(arg, type_)))
        given = [as_tensor(item) for item in leaves(getattr(function, "checked").ret_type)]  # noqa: B009
        shapes_ = [self._tensor(item, f"out_shape_{n}", self._host) for n, item in enumerate(given)]
        self._bind("shape_func", _invoked(function, known, shapes_, attrs), self._host)
        return shapes_

    def _known(self, arg: Expr, state: int, number: int) -> Var:
        """What the shape function takes of an argument, on the host."""
        if state == _SHAPE:
            return self._bind(f"in_shape_{number}", call("vm.shape_of", arg, dtype="int64"), self._host)
        if state != _DATA:
            raise fail(codes.EXECUTION_FAILED, f"a shape function takes {state} of an argument, which nothing means")
        place = self._lexical.place(arg, ANYWHERE)
        value = arg if place == self._host else copied(arg, place, self._host)
        return self._bind(f"in_shape_{number}", value, self._host)

    def _tensor(self, type_: TensorType, name: str, place: Place) -> Var:
        """A tensor of known sizes in storage of its own."""
        size = prod(type_.concrete_shape) * _bytes(type_)
        shape = self._at_host(_sizes_of(type_))
        storage = self._storage(self._at_host(scalar(size, "int64")), shape, type_, name, place)
        return self._placed(storage, shape, type_, f"tensor_{name}", place)

    def _tensor_of(self, type_: TensorType, shape: Var, name: str, place: Place) -> Var:
        """A tensor of a shape that was computed."""
        whole = call("add", scalar(dtypes.bits(type_.dtype), "int64"), scalar(7, "int64"))
        item = call("divide", whole, scalar(8, "int64"))
        size = call("multiply", call("prod", shape), item)
        storage = self._storage(self._at_host(size), shape, type_, name, place)
        return self._placed(storage, shape, type_, f"out_{name}", place)

    def _storage(self, size: Expr, shape: Expr, type_: TensorType, name: str, place: Place) -> Var:
        options = {"dtype": type_.dtype, "virtual_device": place.record()}
        value = call("memory.alloc_storage", size, shape, scalar(_ALIGNMENT, "int64"), **options)
        return self._bind(f"storage_{name}", value, place)

    def _placed(self, storage: Var, shape: Expr, type_: TensorType, name: str, place: Place) -> Var:
        offset = self._at_host(scalar(0, "int64"))
        options = {"dtype": type_.dtype, "const_shape": None, "assert_shape": type_.shape}
        return self._bind(name, call("memory.alloc_tensor", storage, offset, shape, **options), place)

    def _at_host(self, value: Expr) -> Expr:
        return fixed(value, self._host)

    def _bind(self, name: str, value: Expr, place: Place) -> Var:
        var = Var(name)
        self.bindings.append((var, fixed(value, place)))
        self._lexical.bind(var, place)
        return var


def _static(types: Sequence[TensorType]) -> bool:
    return all(shapes.is_static(type_.shape) for type_ in types)


def _parts(arg: Expr, type_: Type) -> list[Expr]:
    """The tensors of an argument, left to right."""
    if not isinstance(type_, TupleType):
        return [arg]
    return [part for n, field in enumerate(type_.fields) for part in _parts(TupleGetItem(arg, n), field)]


def _sizes_of(type_: TensorType) -> Constant:
    return Constant(np.asarray(type_.concrete_shape, "int64"))


def _bytes(type_: TensorType) -> int:
    return (dtypes.bits(type_.dtype) + 7) // 8


def _invoked(function: Expr, args: Sequence[Expr], results: Sequence[Expr], attrs: Any) -> Call:
    values = {"__dict__": attrs}
    return call("vm.invoke_tvm_op", function, Tuple(tuple(args)), Tuple(tuple(results)), **values)
